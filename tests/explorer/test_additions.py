"""What can be added is found by the words that people use, and begins as a shipped scenario has it."""

from __future__ import annotations

import pytest

from sim.evidence.loader import all_kinds
from sim.explorer.editing.additions import find_example, find_kinds, list_shocks, make_thing
from sim.scenario.files.inheritance import read_family
from sim.scenario.library import find_shelf, list_shipped, load
from sim.services.yearly_cost import price_services


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("mobile crisis", "crisis_team"),
        ("hotline", "crisis_line"),
        ("peer specialist", "one_to_one_peer"),
        ("counselling", "individual_therapy"),
        ("hospital beds", "inpatient_ward"),
        ("jobs", "supported_employment"),
        ("social prescribing", "case_management"),
        ("Mobile CRISIS", "crisis_team"),
    ],
)
def test_kinds_are_found_by_the_words_that_people_use(asked, kind):
    assert find_kinds(asked)[0].word == kind


def test_nothing_is_found_for_nonsense_and_everything_for_nothing():
    assert find_kinds("qwxyz") == []
    assert len(find_kinds()) == len(all_kinds())


@pytest.mark.parametrize("town", ["baseline", "uk-town"])
@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_every_kind_fits_every_town(kind, town, tmp_path):
    from sim.explorer.editing.draft_changes import add_thing
    from sim.explorer.editing.workbench import Workbench

    assert find_example("services", kind)
    draft = Workbench(tmp_path, tmp_path / "results").start_from(town, "mine")
    add_thing(draft, "services", kind)
    # A role that this town has no pay for is a price that only whoever plans can say.
    assert not [problem for problem in draft.problems if "has no pay" not in problem.message]


@pytest.mark.parametrize("kind", [kind.word for kind in list_shocks()])
def test_every_shock_begins_whole_where_a_scenario_has_one(kind):
    data = read_family(find_shelf() / "baseline.yaml", find_shelf()).data
    assert make_thing("shocks", kind, data)["kind"] == kind


@pytest.mark.parametrize("name", list_shipped())
def test_costs_are_those_that_the_treasury_declares(name):
    """The cost shown beside a service is what the model's own accounts take for it at full size."""
    from sim.community import Community

    small = load(name).with_({"population.residents": 60, "warm_up": 1})
    treasury = Community(small, rng=1).treasury
    declared = dict(zip(treasury_names(small), treasury.declared_cost * 52, strict=True))
    for service, cost in price_services(small).items():
        if cost.amount is not None:
            assert cost.amount == pytest.approx(declared[service], rel=1e-9), service


def treasury_names(scenario):
    return [name for name, service in scenario.services.items() if service.enabled]
