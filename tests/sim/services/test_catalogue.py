"""The catalogue: every kind that a scenario can declare has a row, a category and a leader."""

from math import log

import pytest

from sim.evidence.loader import all_evidence
from sim.scenario.schema.services import SERVICE_MODELS
from sim.services.catalogue import KINDS
from sim.services.kind import CATEGORIES
from sim.state.services import CHANNELS


def test_every_kind_that_can_be_declared_is_in_the_catalogue_and_the_other_way_round():
    assert set(KINDS) == set(SERVICE_MODELS)
    assert all(name == kind.name for name, kind in KINDS.items())


def test_every_kind_books_its_money_somewhere():
    assert {kind.category for kind in KINDS.values()} <= set(CATEGORIES) - {"income", "evaluation"}
    assert CATEGORIES[0] == "income"
    assert len(set(CATEGORIES)) == len(CATEGORIES)


def test_every_kind_changes_something():
    """A kind without any ceiling above zero would be a service without effect."""
    evidence = all_evidence()
    for name, kind in KINDS.items():
        ceilings = [
            evidence[key].value
            for channel in CHANNELS
            if (key := f"services.{name}.{channel}") in evidence
        ]
        acts = any(evidence[key].value for key in evidence if key.startswith(f"services.{name}."))
        assert acts or kind.hospital, name
        # In standard deviations, or log hazards: at the ceiling no crisis is rarer than a quarter.
        assert all(abs(value) <= log(4) for value in ceilings), name


FLAGS = {
    "people make friends with each other, as members who meet again": (
        "friends",
        "community_activity clubhouse recovery_group family_group youth_group belonging_group",
    ),
    "fees are by what people can pay": ("sliding", "health_centre"),
    "it is paid by the visit or the day": ("hospital", "emergency_department inpatient_ward"),
    "it meets people in a crisis": ("crisis", "crisis_line crisis_team peer_respite crisis_house"),
    "nobody need travel": (
        "online",
        "app online_group moderated_online_group social_media online_course telehealth_therapy",
    ),
    "it is treatment by professionals or the hospital": (
        "not informal",
        (
            "emergency_department inpatient_ward primary_care collaborative_care health_centre"
            " individual_therapy group_therapy telehealth_therapy low_intensity_therapy"
            " school_counsellor practice_practitioner psychiatry"
        ),
    ),
    "it is a meeting, a lesson, a message or an app, and no care": (
        "low_intensity",
        (
            "community_activity organisers crisis_line app online_group moderated_online_group"
            " social_media awareness_campaign recovery_stories first_aid_training stress_workshop"
            " family_education school_programme workplace_wellness online_course"
        ),
    ),
}
"""What some kinds are and all others are not."""


@pytest.mark.parametrize("what", FLAGS)
def test_each_kind_is_what_it_is_and_no_other_is(what):
    flag, names = FLAGS[what]
    _, is_not, name = flag.rpartition("not ")
    found = {kind.name for kind in KINDS.values() if bool(getattr(kind, name)) is not bool(is_not)}
    assert found == set(names.split())
