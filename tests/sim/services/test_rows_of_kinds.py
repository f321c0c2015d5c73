"""What each kind of service brings to its row: fees, audiences, voice, kin, outreach, sizes."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.evidence.parameters import make_parameters
from sim.scenario.library import load
from sim.services.kind import CATEGORIES
from sim.services.provision import _find_admitted, arrange
from sim.state.codes import AudienceGroup, KindParameter
from sim.state.staff import ROLES

RAW = make_parameters({}).raw


@pytest.fixture(scope="module")
def arrange_kinds():
    """Rows of one service of each kind that is named, beside those of the town, under its name."""

    def arrange_all(raw=RAW, **services):
        declared = {f"services.{name}": {"kind": name} | told for name, told in services.items()}
        provision = arrange(load("baseline").with_(declared), raw)
        rows = {name: s for s, name in enumerate(provision.names) if name in services}
        return provision, rows

    return arrange_all


PEERS = {"staff": {"peer": 2}, "caseload": 10}


def test_who_pays_how_much_of_a_fee_is_of_the_kind(arrange_kinds):
    """A health centre has a sliding scale; uninsured people pay all of a fee elsewhere."""
    centre = {"staff": {"physician": 1}, "caseload": 30, "fee": "USD 40 per session"}
    provision, rows = arrange_kinds(
        health_centre=centre, psychiatry={"staff": {"psychiatrist": 1}, "caseload": 20}
    )
    burden = provision.offers.burden
    assert burden[rows["health_centre"]].tolist() == pytest.approx([0.2, 0.0, 0.1])
    assert burden[rows["psychiatry"]].tolist() == pytest.approx([1.0, 0.0, 0.2])
    assert provision.offers.fee[rows["health_centre"]] == 40


@pytest.mark.parametrize(
    ("kind", "staff", "who", "level"),
    [
        ("one_to_one_peer", "peer", AudienceGroup.ANYBODY, 0.0),
        ("befriending", "volunteer", AudienceGroup.LONELY, RAW["health.ucla_middle"]),
        ("family_education", "nurse", AudienceGroup.CAREGIVERS, RAW["health.caregiver_from"]),
        ("school_programme", "coordinator", AudienceGroup.PUPILS, 0.0),
        ("workplace_wellness", "coordinator", AudienceGroup.WORKERS, 0.0),
        ("supported_employment", "case_manager", AudienceGroup.OUT_OF_WORK, 0.0),
    ],
)
def test_a_kind_has_its_audience_unless_a_service_states_another(
    arrange_kinds, kind, staff, who, level
):
    told = {"staff": {staff: 1}, "caseload": 12}
    provision, rows = arrange_kinds(**{kind: told})
    s, o = rows[kind], provision.offers
    assert (o.who[s], o.kind_parameters[s, KindParameter.LEVEL]) == (who, pytest.approx(level))
    provision, rows = arrange_kinds(**{kind: told | {"audience": {"who": "alone"}}})
    s, o = rows[kind], provision.offers
    assert (o.who[s], o.kind_parameters[s, KindParameter.LEVEL]) == (
        AudienceGroup.ALONE_AT_HOME,
        0.0,
    )


def test_organisers_vouch_and_find_people_and_caregivers_bring_something_home(arrange_kinds):
    """What one kind has and the others have not; warmth is turned from its measure into connection."""
    raw = dict(RAW) | {"services.family_education.warmth": 0.3}
    provision, rows = arrange_kinds(
        raw,
        organisers={"staff": {"coordinator": 1}},
        family_education={"staff": {"nurse": 1}},
        one_to_one_peer=PEERS,
    )
    organisers, family, peers = (
        rows[name] for name in ("organisers", "family_education", "one_to_one_peer")
    )
    assert provision.voice[organisers].tolist() == [0.4, 1_500.0, 26.0]
    assert provision.speed[[organisers, family, peers]].tolist() == [0.6, 0.0, 0.0]
    assert provision.for_kin[family].tolist() == pytest.approx([0.96, 0.3 * 1.49])
    assert not provision.voice[[family, peers]].any()
    assert not provision.for_kin[[organisers, peers]].any()


def test_what_a_service_states_of_outreach_and_courses_comes_before_its_kind(arrange_kinds):
    o, k = {}, KindParameter.OUTREACH
    for name, told in (("usual", {}), ("stated", {"outreach": "5%", "dropout_at_first": "30%"})):
        provision, rows = arrange_kinds(
            befriending={"staff": {"volunteer": 3}, "caseload": 1} | told
        )
        s = rows["befriending"]
        o[name] = (
            float(provision.offers.kind_parameters[s, k]),
            float(provision.offers.dropout_at_first[s]),
            float(provision.offers.uptake[s]),
        )
    assert o == {
        "usual": (pytest.approx(0.006), 0.0, 1.0),
        "stated": (pytest.approx(0.05), pytest.approx(0.3), 1.0),
    }


def test_care_lessons_and_meetings_are_told_apart(arrange_kinds):
    provision, rows = arrange_kinds(
        one_to_one_peer=PEERS | {"supplies": "USD 3 per session", "rank": 3},
        recovery_group={"staff": {"peer": 1}, "groups": 2, "size": 9},
        stress_workshop={"staff": {"coordinator": 1}},
        psychiatry={"staff": {"psychiatrist": 1}, "caseload": 20},
    )
    o = provision.offers
    flags = {
        name: (
            int(o.informal[s]),
            int(o.friends[s]),
            float(o.kind_parameters[s, KindParameter.LOW_INTENSITY]),
            CATEGORIES[provision.category[s]],
        )
        for name, s in rows.items()
    }
    assert flags == {
        "one_to_one_peer": (1, 0, 0.0, "peer support"),
        "recovery_group": (1, 1, 0.0, "groups"),
        "stress_workshop": (1, 0, 1.0, "education"),
        "psychiatry": (0, 0, 0.0, "psychiatry"),
    }
    s = rows["one_to_one_peer"]
    assert (provision.supplies[s], provision.rank[s]) == (3, 3)
    # Places: of each post, of all groups together, or as many as the kind has room for.
    assert provision.caseload[s] == 10
    assert (
        provision.groups[rows["recovery_group"]],
        provision.caseload[rows["recovery_group"]],
    ) == (18, 18)
    assert provision.caseload[rows["stress_workshop"]] == RAW["services.stress_workshop.room"]


def test_declared_posts_are_counted_whole_and_those_of_an_option_are_not_declared():
    options = {
        "stay": {"title": "Stay"},
        "go": {"title": "Go", "services": {"one_to_one_peer": {"staff": {"peer": 3, "nurse": 1}}}},
    }
    town = load("baseline").with_({
        "services.one_to_one_peer": {"kind": "one_to_one_peer"} | PEERS | {"staff": {"peer": 1.5}},
        "branch": {"at": 52, "options": options},
    })  # fmt: skip
    provision = arrange(town, RAW)
    s, staff = provision.names.index("one_to_one_peer"), provision.staff
    peer, nurse = (
        (staff.service == s) & (staff.role == ROLES.index(role)) for role in ("peer", "nurse")
    )
    assert (peer.sum(), nurse.sum()) == (3, 1)
    assert provision.full[peer].tolist() == [2, 2, 2]
    assert provision.full[nurse].tolist() == [-1]


def test_a_service_for_some_groups_admits_each_combination_in_which_all_are_wanted():
    """Two groups of three and two: their combinations in the order in which they are named."""
    named = {"origin": ("a", "b", "c"), "faith": ("x", "y")}

    def admit(**groups):
        service = SimpleNamespace(audience=SimpleNamespace(groups=groups))
        return _find_admitted(service, named).reshape(3, 2).tolist()

    assert np.all(admit())
    assert admit(origin=("a", "c")) == [[True, True], [False, False], [True, True]]
    assert admit(faith=("y",)) == [[False, True]] * 3
    assert admit(origin=("b",), faith=("x",)) == [[False] * 2, [True, False], [False] * 2]
    everybody = SimpleNamespace(audience=SimpleNamespace(groups={}))
    assert _find_admitted(everybody, {}).tolist() == [True]


@pytest.mark.parametrize("other", ["coordinator", "volunteer", "physician"])
def test_all_places_of_groups_are_those_of_who_leads_them_whoever_else_is_there(
    arrange_kinds, other
):
    """Two peers lead three groups of eight: twelve places each, with any other post beside them."""
    group = {"staff": {"peer": 2, other: 1}, "groups": 3, "size": 8}
    provision, rows = arrange_kinds(recovery_group=group)
    s, staff = rows["recovery_group"], provision.staff
    assert (provision.groups[s], provision.caseload[s]) == (24, pytest.approx(12.0))
    leading = (staff.service == s) & (staff.leading == 1)
    assert (staff.role[leading] == ROLES.index("peer")).all()
    assert staff.hours[leading].sum() == 2


def test_services_of_one_kind_know_one_another(arrange_kinds):
    therapy = {"kind": "individual_therapy", "staff": {"therapist": 1}, "caseload": 10}
    provision, rows = arrange_kinds(
        second=therapy, one_to_one_peer=PEERS, third=therapy, off=therapy | {"enabled": False}
    )
    first = provision.names.index("community-therapy") + 1
    alike = provision.offers.alike
    assert [alike[first - 1], alike[rows["second"]], alike[rows["third"]]] == [first] * 3
    assert alike.sum() == 3 * first
