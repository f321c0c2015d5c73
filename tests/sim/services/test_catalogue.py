"""The catalogue: every kind that a scenario can declare has a row, a category and a leader."""

from math import log

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
