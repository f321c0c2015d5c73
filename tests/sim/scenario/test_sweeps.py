"""Sweeps as documents: shipped ones are sound, and every mistake is told with its place."""

import math

import pytest

from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.scenario.designs.correlations import factor_correlations
from sim.scenario.designs.factors import choose_family, fit_family
from sim.scenario.designs.sweep import derive, is_sweep, list_sweeps, load_sweep
from sim.scenario.library import load

GOOD = """kind: sweep
title: A sweep
scenario: peer-pilot
against: baseline
set: {population.residents: 500}
vary:
  policy:
    services.peer-specialists.caseload: [8, 12]
    funds.foundation-grant.amount: {from: USD 100_000 per year, to: USD 420_000 per year}
  parameters:
    symptoms.loneliness: evidence
    symptoms.tipping: {distribution: normal, mean: 2.3, sd: 0.1}
    life.event_damping: {distribution: uniform}
  correlations:
    - {between: [symptoms.loneliness, symptoms.tipping], r: -0.5}
design: {kind: latin_hypercube, points: 8}
replicates: 2
seed: 3
keep: weekly
"""


def write(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return path


def test_four_and_more_are_shipped_one_of_a_thousand_runs():
    assert len(list_sweeps()) >= 4
    small = load_sweep("small-town")
    assert small.scenario.population.residents <= 1000
    assert small.design.points * small.replicates * 2 == 1000


@pytest.mark.parametrize("name", list_sweeps())
def test_shipped_sweeps_are_sound(name):
    sweep = load_sweep(name)
    assert is_sweep(name)
    assert sweep.title
    assert sweep.summary
    assert sweep.levers or sweep.uncertainties


def test_a_sweep_is_read_whole(tmp_path):
    sweep = load_sweep(write(tmp_path, GOOD))
    assert (sweep.name, sweep.replicates, list(sweep.seeds), sweep.keep) == (
        "mine",
        2,
        [3, 4],
        "weekly",
    )
    assert sweep.scenario.population.residents == sweep.against.population.residents == 500
    assert [lever.path for lever in sweep.levers] == [
        "services.peer-specialists.caseload",
        "funds.foundation-grant.amount",
    ]
    assert sweep.levers[1].whole
    assert (sweep.levers[1].before, sweep.levers[1].after) == ("USD ", " per year")
    assert [each.family for each in sweep.uncertainties] == [
        choose_family(all_evidence()["symptoms.loneliness"]),
        "normal",
        "uniform",
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("12]", "-3]", "8:45", "must be at least 0"),
        ("caseload: [8", "caselod: [8", "8:", "caselod"),
        ("420_000 per year", "420_000 per month", "9:36", "in the same unit"),
        ("[8, 12]", "8", "8:41", "needs values"),
        ("symptoms.tipping: {", "symptoms.tiping: {", "12:5", "did you mean 'symptoms.tipping'"),
        ("sd: 0.1", "sd: -1", "12:", "sd must be above 0"),
        ("normal, mean: 2.3, sd: 0.1", "gamma", "12:38", "must be one of normal"),
        ("r: -0.5", "r: 1.5", "15:", "must be between -1 and 1"),
        ("points: 8", "pionts: 8", "16:33", "did you mean 'points'"),
        ("latin_hypercube", "sobol", "14:3", "presume independence"),
        ("latin_hypercube", "hypercube", "16:16", "did you mean"),
        ("replicates: 2", "replicates: 0", "17:13", "whole number from 1"),
        ("scenario: peer-pilot", "scenario: peer-pilto", "3:11", "did you mean 'peer-pilot'"),
        ("keep: weekly", "keep: all", "19:7", "summary, weekly"),
        ("residents: 500", "residents: -5", "5:", "population.residents"),
        ("title:", "titel:", "2:1", "did you mean 'title'"),
        ("kind: sweep\n", "kind: trial\n", "1:7", "begins with `kind: sweep`"),
        ("points: 8", "points: 8, crossed: true", "16:9", "need values, not ranges"),
        (
            "kind: latin_hypercube, points: 8",
            "kind: posterior, file: none.csv",
            "16:",
            "there is no file none.csv",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, old, new, place, said):
    assert old in GOOD
    with pytest.raises(InvalidInput) as caught:
        load_sweep(write(tmp_path, GOOD.replace(old, new, 1)))
    assert f"mine.yaml:{place}" in str(caught.value)
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    text = (
        GOOD.replace("12]", "-3]")
        .replace("sd: 0.1", "sd: -1")
        .replace("replicates: 2", "replicates: 0")
    )
    with pytest.raises(InvalidInput) as caught:
        load_sweep(write(tmp_path, text))
    assert [problem.line for problem in caught.value.problems] == [8, 12, 17]


def test_a_scenario_is_no_sweep(tmp_path):
    assert not is_sweep("baseline")
    assert not is_sweep(tmp_path / "nowhere.yaml")
    with pytest.raises(InvalidInput, match="no such sweep"):
        load_sweep(tmp_path / "nowhere.yaml")


def test_names_follow_from_what_a_town_holds():
    town = load("peer-pilot")
    assert derive(town, {}) == town
    few = derive(town, {"services.peer-specialists.caseload": 8})
    assert few.name.startswith("peer-pilot-")
    step = derive(
        derive(town, {"population.residents": 500}), {"services.peer-specialists.caseload": 8}
    )
    assert step == derive(
        town, {"services.peer-specialists.caseload": 8, "population.residents": 500}
    )
    assert derive(few, {}) == few
    assert few.hash != town.hash


def test_the_range_of_every_record_makes_a_distribution():
    for record in all_evidence().values():
        if record.low < record.high:
            numbers = fit_family(choose_family(record), record)
            assert all(math.isfinite(number) for number in numbers)
            assert numbers[0] < numbers[-1] or numbers[-1] > 0


def test_correlations_that_cannot_hold_together_are_found():
    names = ["a", "b", "c"]
    assert factor_correlations(names, [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]) is None
    assert factor_correlations(names, [("a", "b", 0.5)])[1][:2] == pytest.approx([0.5, 0.75**0.5])


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            "services.peer-specialists.caseload\n8\n\nnine\n",
            "points.csv:4:1: services.peer-specialists.caseload: must be a number",
        ),
        (
            "symptoms.noise,services.peer-specialists.caseloads\n0.1,8\n",
            "points.csv:2:2: services.peer-specialists.caseloads: unknown key",
        ),
        ("symptoms.noise\n0.1\nlow\n", "points.csv:3:1: symptoms.noise: must be a number"),
        ("", "holds no points"),
    ],
)
def test_points_are_tried_before_anything_is_run(tmp_path, points, said):
    (tmp_path / "points.csv").write_text(points)
    path = write(
        tmp_path, "kind: sweep\nscenario: peer-pilot\ndesign: {kind: points, file: points.csv}\n"
    )
    with pytest.raises(InvalidInput, match=said):
        load_sweep(path)


def test_the_name_of_a_scenario_is_told_as_one():
    with pytest.raises(
        InvalidInput, match=r"is a scenario, not a sweep\n.*`kinwell run baseline` takes it"
    ):
        load_sweep("baseline")


LEVELS = """kind: sweep
title: A sweep of a town with levels of its own
scenario: uk-town
set: {population.residents: 500}
vary:
  parameters:
    crisis.stay_median: [10, 30]
    crisis.stay_severe: evidence
    crisis.admission: {distribution: normal, mean: -3, sd: 0.1}
design: grid
"""


def test_values_that_a_sweep_states_take_the_place_of_the_scenarios_and_draws_of_evidence_do_not(
    tmp_path,
):
    town = load_sweep(write(tmp_path, LEVELS)).scenario
    shipped = load("uk-town").parameters
    assert set(shipped) - set(town.parameters) == {"crisis.stay_median", "crisis.admission"}
    assert town.parameters["crisis.stay_severe"] == shipped["crisis.stay_severe"]


def test_a_file_of_points_states_what_its_columns_say(tmp_path):
    (tmp_path / "points.csv").write_text("crisis.stay_median\n10\n30\n")
    text = LEVELS.split("vary:", maxsplit=1)[0] + "design: {kind: points, file: points.csv}\n"
    assert "crisis.stay_median" not in load_sweep(write(tmp_path, text)).scenario.parameters


def test_the_old_key_of_parameters_is_taken_with_a_note(tmp_path):
    sweep = load_sweep(write(tmp_path, GOOD.replace("  parameters:", "  world:")))
    assert sweep.uncertainties == load_sweep(write(tmp_path, GOOD)).uncertainties
    (note,) = [note for note in sweep.notes if "is called `parameters` now" in note.message]
    assert (note.path, note.column) == ("vary.world", 3)
