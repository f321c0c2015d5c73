"""Cases 03 and 10: only runs of one town, one time and one currency are paired, and it is told before anything runs."""

from __future__ import annotations

import pytest

import sim
from analysis.runs.pairing import pair
from sim.errors import InvalidInput, KinwellError
from sim.explorer.editing.workbench import Workbench
from sim.scenario.designs.sweep import load_sweep
from sim.scenario.diagnostics.comparability import SHARED_KEYS
from sim.scenario.schema.names import say_unfit
from sim.studies.choice.declaration import load_choice
from sim.studies.choice.mixes import list_mixes

CHANGES = {
    "population": "population: {residents: 400}",
    "neighbourhoods": "neighbourhoods: {east: {deprivation: 90%}}",
    "horizon": "horizon: 8 weeks",
    "warm_up": "warm_up: 3 weeks",
    "price_year": "price_year: 2020",
    "discount": "discount: {costs: 10%}",
    "perspective": "perspective: societal",
    "willingness_to_pay": "willingness_to_pay: [USD 20_000]",
}


def write_other(folder, change):
    (folder / "other.yaml").write_text(f"extends: small.yaml\ntitle: Other\n{change}\n")


@pytest.mark.parametrize("key", CHANGES)
def test_compare_refuses_before_it_runs(enter, kinwell, key):
    folder = enter("03")
    write_other(folder, CHANGES[key])
    found = kinwell("compare", "small.yaml", "other.yaml", "-n", 2, "-j", 1, "-o", "r")
    assert found.exit_code == 2
    assert f"{key}" in found.output
    assert not (folder / "r").exists()


@pytest.mark.parametrize("key", CHANGES)
def test_a_sweep_against_another_town_is_refused(enter, kinwell, key):
    folder = enter("03")
    write_other(folder, CHANGES[key])
    text = (folder / "sweep.yaml").read_text().replace("big.yaml", "other.yaml")
    (folder / "sweep.yaml").write_text(text)
    for words in (("check", "sweep.yaml"), ("sweep", "sweep.yaml", "-o", "r", "-j", 1)):
        found = kinwell(*words)
        assert found.exit_code == 2
        assert "sweep.yaml:4" in found.output
        assert key in found.output
    assert not (folder / "r").exists()


LEVERS = {
    "population.residents": "[200, 220]",
    "neighbourhoods.east.deprivation": "[10%, 20%]",
    "horizon": "[6 weeks, 8 weeks]",
    "warm_up": "[2 weeks, 3 weeks]",
    "discount.costs": "[3%, 10%]",
    "perspective": "[health_care, societal]",
    "price_year": "[2024, 2025]",
    "willingness_to_pay": "[[USD 20_000], [USD 90_000]]",
}


@pytest.mark.parametrize("path", LEVERS)
def test_a_lever_on_what_pairs_share_is_refused(enter, kinwell, path):
    folder = enter("03")
    text = (
        (folder / "lever.yaml")
        .read_text()
        .replace("population.residents: [200, 220]", f"{path}: {LEVERS[path]}")
    )
    (folder / "lever.yaml").write_text(text)
    found = kinwell("check", "lever.yaml")
    assert found.exit_code == 2
    assert "lever.yaml:5" in found.output
    assert path in found.output


def test_a_column_of_points_on_what_pairs_share_is_refused(enter, kinwell):
    folder = enter("03")
    (folder / "points.csv").write_text(
        "services.peer-specialists.caseload,population.residents\n8,200\n9,220\n"
    )
    (folder / "file.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: pilot.yaml\nagainst: small.yaml\ndesign: {kind: points, file: points.csv}\n"
    )
    found = kinwell("check", "file.yaml")
    assert found.exit_code == 2
    assert "points.csv:1:2" in found.output


def test_taken_alone_points_may_be_towns_of_different_sizes_but_not_of_different_money(enter):
    folder = enter("03")
    alone = (folder / "lever.yaml").read_text().replace("against: small.yaml\n", "")
    (folder / "lever.yaml").write_text(alone)
    assert load_sweep("lever.yaml").levers[0].path == "population.residents"
    (folder / "lever.yaml").write_text(
        alone.replace("population.residents: [200, 220]", "price_year: [2024, 2025]")
    )
    with pytest.raises(KinwellError, match="price_year"):
        load_sweep("lever.yaml")


def test_set_changes_scenario_and_reference_alike(enter):
    folder = enter("03")
    text = (folder / "sweep.yaml").read_text().replace("big.yaml", "small.yaml")
    (folder / "sweep.yaml").write_text(text + "set: {population.residents: 300}\n")
    sweep = load_sweep("sweep.yaml")
    assert sweep.against is not None
    assert {town.population.residents for town in (sweep.scenario, sweep.against)} == {300}


def test_the_baseline_is_not_fetched_into_a_town_that_it_does_not_describe(enter, kinwell):
    folder = enter("10")
    found = kinwell("compare", "a.yaml", "-n", 30, "-o", "r2")
    assert found.exit_code == 2
    assert "baseline" in found.output
    assert "population" in found.output
    assert "horizon" in found.output
    assert not (folder / "r2").exists()


def test_every_difference_is_told_at_once(enter, kinwell):
    enter("10")
    found = kinwell("compare", "a.yaml", "b.yaml", "-n", 30, "-o", "r")
    assert found.exit_code == 2
    assert "horizon differs: 6 weeks and 8 weeks" in found.output


def test_run_names_no_comparison_that_would_be_refused(enter, kinwell):
    enter("10")
    found = kinwell("run", "a.yaml", "b.yaml", "-n", 2, "-j", 1, "-o", "r")
    assert found.exit_code == 0, found.output
    assert "Next: kinwell compare" not in found.output


def test_the_rule_names_everything_that_makes_costs_and_effects_comparable():
    assert set(SHARED_KEYS) >= {
        "population", "neighbourhoods", "horizon", "warm_up", "currency", "price_year", "discount", "perspective",
        "willingness_to_pay",
    }  # fmt: skip


@pytest.mark.parametrize("key", CHANGES)
def test_the_page_of_levers_asks_the_same_rule_before_it_runs(enter, key):
    folder = enter("03")
    write_other(folder, CHANGES[key])
    bench = Workbench(folder, folder / "r")
    bench.bring("other.yaml")
    bench.reference_name = "small.yaml"
    with pytest.raises(InvalidInput, match=key):
        bench.gather()


def test_an_audit_of_runs_that_cannot_be_compared_is_refused_before_it_runs(enter, kinwell):
    folder = enter("03")
    write_other(folder, CHANGES["discount"])
    assert kinwell("run", "small.yaml", "other.yaml", "-n", 2, "-j", 1, "-o", "r").exit_code == 0
    found = kinwell("audit", "r", "-n", 2, "-j", 1)
    assert found.exit_code == 2
    assert "discount" in found.output
    assert not (folder / "r" / "audit").exists()


CHOICE = """kind: choice
scenario: small.yaml
programmes:
  peers: {{like: {like}, services: [peer-specialists], sizes: [1]}}
budget: USD 600_000 per year
indifference: 0.1
"""


def test_a_programme_in_prices_of_another_year_is_refused_at_its_place(enter, kinwell):
    folder = enter("03")
    (folder / "old.yaml").write_text("extends: pilot.yaml\ntitle: Old\nprice_year: 2010\n")
    (folder / "my choice.yaml").write_text(CHOICE.format(like="old.yaml"))
    found = kinwell("choose", "my choice.yaml")
    assert found.exit_code == 2
    assert "my choice.yaml:4" in found.output
    assert "2010" in found.output


def test_mixes_with_long_names_are_told_apart_and_plain(enter):
    folder = enter("03")
    text = CHOICE.format(like="pilot.yaml").replace("sizes: [1]", "sizes: [0.5, 1]")
    file = folder / f"{'a very long name ' * 5}.yaml"
    file.write_text(text)
    mixes = list_mixes(load_choice(file))
    names = [mix.name for mix in mixes]
    assert len(set(names)) == len(names) == 3
    assert not any(map(say_unfit, names))


GIVEN = {
    "prices.inpatient_day": ("[USD 500, USD 2_000]", "inpatient_day or uk_inpatient_day moves"),
    "prices.boarding_day": ("[USD 500, USD 2_000]", "`set` changes both"),
    "parameters.care.felt_at_once": ("[0.6, 0.9]", "care.felt_at_once acts in both"),
}


@pytest.mark.parametrize("path", GIVEN)
@pytest.mark.parametrize("paired", [True, False], ids=["paired", "alone"])
def test_a_lever_on_what_is_taken_for_given_is_told_where_points_are_paired(enter, path, paired):
    folder = enter("03")
    values, way = GIVEN[path]
    text = (folder / "lever.yaml").read_text()
    text = text.replace("population.residents: [200, 220]", f"{path}: {values}")
    if not paired:
        text = text.replace("against: small.yaml\n", "")
    (folder / "lever.yaml").write_text(text)
    told = [note for note in load_sweep("lever.yaml").notes if note.path == f"vary.policy.{path}"]
    assert len(told) == paired
    if paired:
        assert way.partition(" or ")[0] in told[0].hint
        assert way.rpartition(" or ")[2] in told[0].hint
        assert "`against` keeps its own value" in told[0].message


def test_a_column_of_prices_is_told_where_points_are_paired(enter):
    folder = enter("03")
    # The price of a day in the ward is a number of the evidence, and so the same in both.
    head = "services.peer-specialists.caseload,prices.boarding_day,prices.inpatient_day"
    (folder / "points.csv").write_text(f"{head}\n8,USD 500,700\n9,USD 2000,900\n")
    (folder / "file.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: pilot.yaml\nagainst: small.yaml\ndesign: {kind: points, file: points.csv}\n"
    )
    told = [note for note in load_sweep("file.yaml").notes if "keeps its own" in note.message]
    assert [(note.path, note.line, note.column) for note in told] == [("prices.boarding_day", 1, 2)]


def test_prices_that_scenarios_do_not_share_are_told_where_they_are_compared(tmp_path):
    town = sim.load("baseline").with_(
        {"population.residents": 300, "horizon": 4, "warm_up": 2, "name": "one"}
    )
    dear = town.with_({"name": "dear", "prices.inpatient_day": "USD 3_000"})
    told = {"name": "told", "prices.focus_groups": "USD 2_000 per review"}
    sim.run([town, dear, town.with_(told)], 2, workers=1, into=tmp_path / "r")
    found = [note for note in pair(tmp_path / "r", "one").notes if "hold that too" in note]
    assert found == ["one and dear differ in prices.inpatient_day, and differences hold that too."]


def test_a_sweep_between_towns_of_unequal_prices_is_told_at_its_reference(enter):
    folder = enter("03")
    write_other(folder, "prices: {inpatient_day: USD 3_000}")
    text = (folder / "sweep.yaml").read_text().replace("big.yaml", "other.yaml")
    (folder / "sweep.yaml").write_text(text)
    told = [note for note in load_sweep("sweep.yaml").notes if note.path == "against"]
    assert "differ in prices.inpatient_day" in told[0].message
