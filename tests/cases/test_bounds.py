"""Case 04: a number of the evidence is held to its bounds from wherever it comes, and an absurd run fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import sim
from sim.errors import InvalidInput, KinwellError
from sim.outcomes import KEYS
from sim.scenario.designs.sweep import load_sweep
from sim.week.record import recorder
from sim.week.record.plausibility import ImplausibleOutcome, check_outcomes

WRONG = {
    "nan": "finite",
    "inf": "finite",
    "-inf": "finite",
    "1e400": "finite",
    "-3": "below 0",
    "0_5": "must be a number",
}


@pytest.mark.parametrize("cell", WRONG)
def test_a_cell_of_a_file_of_points_is(enter, kinwell, cell):
    folder = enter("04")
    path = folder / "points.csv"
    path.write_text(path.read_text().replace("nan", cell))
    found = kinwell("check", "sweep.yaml")
    assert found.exit_code == 2
    assert "points.csv:3:2: symptoms.noise" in found.stderr
    assert WRONG[cell] in found.stderr


def test_all_cells_are_told_at_once(enter, kinwell):
    folder = enter("04")
    (folder / "points.csv").write_text(
        "services.peer-specialists.caseload,symptoms.noise\nmany,0.5\n8,-3\n"
    )
    found = kinwell("check", "sweep.yaml")
    assert "points.csv:2:1: services.peer-specialists.caseload" in found.stderr
    assert "points.csv:3:2: symptoms.noise" in found.stderr


def test_a_value_of_a_world_is(enter, kinwell):
    enter("04")
    found = kinwell("check", "values.yaml")
    assert found.exit_code == 2
    assert "values.yaml:5" in found.stderr
    assert "must not be below 0" in found.stderr


SHAPES = [
    ("symptoms.noise", "{distribution: normal, mean: 0.1, sd: 2}", "below 0"),
    ("symptoms.noise", "{distribution: uniform, low: -1, high: 2}", "below 0"),
    ("symptoms.noise", "{distribution: triangular, low: -1, mode: 0.5, high: 2}", "below 0"),
    ("society.opposite_sex", "{distribution: uniform, low: 0.5, high: 1.5}", "above 1"),
    ("symptoms.return_weeks", "[0, 10]", "divided by"),
    ("symptoms.noise", "[.nan, 1]", "finite"),
    ("symptoms.noise", "[.inf, 1]", "finite"),
    ("symptoms.noise", "{distribution: normal, mean: .nan, sd: 1}", "finite"),
]


@pytest.mark.parametrize(("name", "given", "said"), SHAPES)
@pytest.mark.parametrize("design", ["{kind: latin_hypercube, points: 4}", "grid"])
def test_so_is_whatever_a_distribution_reaches(enter, kinwell, name, given, said, design):
    folder = enter("04")
    if "{" not in given and "kind" in design:
        design = "grid"
    text = f"kind: sweep\ntitle: T\nscenario: pilot.yaml\nvary: {{parameters: {{{name}: {given}}}}}\ndesign: {design}\n"
    (folder / "s.yaml").write_text(text)
    found = kinwell("check", "s.yaml")
    assert found.exit_code == 2, found.output
    assert "s.yaml:4" in found.stderr
    assert said in found.stderr


def test_so_are_rows_of_a_posterior(enter, kinwell):
    folder = enter("04")
    (folder / "p.csv").write_text("symptoms.noise\n0.4\n-2\n")
    (folder / "s.yaml").write_text(
        "kind: sweep\ntitle: T\nscenario: pilot.yaml\ndesign: {kind: posterior, file: p.csv}\n"
    )
    found = kinwell("check", "s.yaml")
    assert found.exit_code == 2
    assert "p.csv:3:1" in found.stderr


@pytest.mark.parametrize("value", [math.nan, math.inf, -3.0])
def test_so_are_draws_of_the_api(enter, value):
    folder = enter("04")
    with pytest.raises(InvalidInput, match=r"symptoms\.noise"):
        sim.run(
            sim.load("small.yaml"),
            replicates=1,
            into=folder / "r",
            draws=[{"symptoms.noise": value}],
        )
    with pytest.raises(KinwellError, match=r"symptoms\.noise"):
        sim.Community(sim.load("small.yaml"), rng=1, draw={"symptoms.noise": value})
    assert not (folder / "r" / "runs.db").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("society.employer_sd", -1.0), ("health.caregiver_hours", 1e308), ("symptoms.noise", -1e9)],
)
def test_a_number_that_no_town_bears_is_refused(name, value):
    with pytest.raises(InvalidInput, match=r"must not be (below 0|beyond 2e\+07)"):
        sim.load("baseline").with_({f"parameters.{name}": value})


@pytest.mark.parametrize(
    "asked",
    [
        {"replicates": 1.0},
        {"replicates": True},
        {"replicates": 10**12},
        {"seed": -1},
        {"seed": 2**64},
        {"workers": -1},
    ],
)
def test_what_is_asked_for_is_a_whole_number_within_bounds(tmp_path, asked):
    with pytest.raises(InvalidInput, match=next(iter(asked)) + " must be a whole number from"):
        sim.run(sim.load("baseline"), into=tmp_path / "r", **({"replicates": 1} | asked))
    assert not (tmp_path / "r" / "runs.db").exists()


def test_a_name_that_no_number_has_is_told_before_anything_runs(enter):
    folder = enter("04")
    with pytest.raises(InvalidInput, match=r"symptoms\.nose"):
        sim.run(
            sim.load("small.yaml"), replicates=1, into=folder / "r", draws=[{"symptoms.nose": 1.0}]
        )


def test_what_lies_within_bounds_still_sweeps(enter):
    folder = enter("04")
    (folder / "points.csv").write_text(
        "services.peer-specialists.caseload,symptoms.noise\n8,0.5\n12,0.6\n"
    )
    assert load_sweep("sweep.yaml").design.kind == "points"


def spoil(results, key, value):
    weekly = {name: np.array(series) for name, series in results.weekly.items()}
    weekly[key][0] = value
    return type(results)(**{**results.__dict__, "weekly": weekly})


@pytest.fixture(scope="module")
def results():
    with_few = sim.load("baseline").with_({"population.residents": 200, "horizon": 3, "warm_up": 1})
    return sim.Community(with_few, rng=1).run()


@pytest.mark.parametrize(
    ("key", "value"),
    [("phq_mean", -2.3e9), ("phq_mean", 27.5), ("qalys", -2.7e12), ("qalys", 1e6), ("lonely", 201), ("admissions", -1),
     ("cost", math.inf), ("strain_mean", 1.2), ("cash", math.nan), ("treated", math.nan)],
)  # fmt: skip
def test_an_outcome_beyond_its_scale_fails_a_run(results, key, value):
    check_outcomes(results, 200)
    with pytest.raises(ImplausibleOutcome, match=key):
        check_outcomes(spoil(results, key, value), 200)


def test_a_wait_in_a_week_without_places_may_be_missing(results):
    check_outcomes(spoil(results, "wait_median", math.nan), 200)


def test_such_a_run_is_stored_as_failed_with_stage_and_draw(enter, kinwell, monkeypatch):
    folder = enter("04")

    def refuse(found, residents):
        assert set(found.weekly) == set(KEYS)
        assert residents == 200
        raise ImplausibleOutcome("phq_mean is 99 in a week, beyond its scale (0 to 27)")

    monkeypatch.setattr(recorder, "check_outcomes", refuse)
    made = sim.run(
        sim.load("small.yaml"),
        replicates=1,
        workers=1,
        into=folder / "r",
        draws=[{"symptoms.noise": 0.4}],
    )
    assert (made.done, made.failed) == (0, 1)
    import sqlite3

    row = (
        sqlite3.connect(folder / "r" / "runs.db")
        .execute("SELECT stage, message, command FROM failures")
        .fetchone()
    )
    assert row[0] == "outcomes"
    assert "phq_mean" in row[1]
    assert "parameters.symptoms.noise=0.4" in row[2]
    assert json.dumps(kinwell("status", "r").output)
