"""Cases 01, 02 and 08: what is said does not depend on what else a folder holds, nor on what was kept of a run."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.economics import valuation
from analysis.runs.comparison import compare
from analysis.runs.pairing import pair


def count_replicates(output):
    return int(re.search(r"(\d+) (?:replicates|replicates)", output)[1])


def test_runs_kept_as_totals_are_valued_like_those_with_weeks(enter, kinwell):
    enter("01")
    fast = ("-j", 1)
    assert (
        kinwell("compare", "small.yaml", "cut.yaml", "-n", 2, "-o", "mixed", *fast).exit_code == 0
    )
    both = kinwell(
        "compare",
        "small.yaml",
        "cut.yaml",
        "-n",
        2,
        "-s",
        3,
        "--keep",
        "summary",
        "-o",
        "mixed",
        *fast,
    )
    assert both.exit_code == 0
    assert (
        kinwell("compare", "small.yaml", "cut.yaml", "-n", 4, "-o", "right", *fast).exit_code == 0
    )
    for view in valuation.PERSPECTIVES:
        mixed, right = (
            valuation.evaluate(name, "small", perspective=view) for name in ("mixed", "right")
        )
        np.testing.assert_allclose(mixed.effect, right.effect, rtol=1e-9)
        np.testing.assert_allclose(mixed.cost, right.cost, rtol=1e-9)
    # At a rate that was not declared, totals of a year count with the mean weight of its weeks.
    mixed, right = (
        valuation.evaluate(name, "small", rates=(1.0, 1.0)) for name in ("mixed", "right")
    )
    np.testing.assert_allclose(mixed.cost, right.cost, rtol=5e-3)
    np.testing.assert_allclose(mixed.effect, right.effect, rtol=5e-3)
    for name in ("mixed", "right"):
        assert kinwell("report", name, "--against", "small").exit_code == 0


def test_absent_weeks_are_missing_and_not_nothing(enter, kinwell):
    enter("02")
    kinwell("compare", "small.yaml", "other.yaml", "-n", 2, "-o", "f", "-j", 1)
    kinwell(
        "compare",
        "small.yaml",
        "other.yaml",
        "-n",
        2,
        "-s",
        3,
        "--keep",
        "summary",
        "-o",
        "f",
        "-j",
        1,
    )
    pairs = pair("f", "small")
    weekly = pairs.over_weeks(pairs.stored.weekly(["qalys"]), "qalys", 6)
    assert np.isfinite(weekly[:2]).all()
    assert np.isnan(weekly[2:]).all()
    assert pairs.with_weeks.tolist() == [[True, True]] * 2 + [[False, False]] * 2


@pytest.fixture
def folder_with_a_past(enter, kinwell):
    """Chance, then drawn parameters, then chance again; give what each command said."""
    enter("02")
    plain = ("compare", "small.yaml", "other.yaml", "-j", 1, "-o", "f")
    drawn = ("--uncertainty", "evidence", "--draws", 3)
    return [kinwell(*plain, "-n", 4), kinwell(*plain, *drawn, "-n", 6), kinwell(*plain, "-n", 4)]


def test_a_command_answers_for_what_it_asked(folder_with_a_past, kinwell):
    first, second, third = folder_with_a_past
    assert [count_replicates(done.output) for done in folder_with_a_past] == [4, 6, 4]
    assert "covering chance." in first.output
    assert "covering chance and parameters" in second.output
    assert first.stdout == third.stdout
    # A folder is read as it was asked for last, and what is left out is said.
    read = kinwell("compare", "f", "--against", "small")
    assert count_replicates(read.stdout.partition("\n")[2]) == 4
    assert "left out" in read.stdout
    status = kinwell("status", "f")
    assert "8 of 8 runs done" in status.output


def test_other_draws_are_another_question(enter, kinwell):
    enter("02")
    plain = (
        "compare",
        "small.yaml",
        "other.yaml",
        "-j",
        1,
        "-o",
        "f",
        "--uncertainty",
        "evidence",
        "-n",
        4,
    )
    kinwell(*plain, "--draws", 2)
    again = kinwell(*plain, "--draws", 4)
    assert count_replicates(again.output) == 4
    assert len(compare("f", "small").pairs.replicates) == 4


def test_a_run_set_names_its_own_runs(enter):
    enter("02")
    import sim

    towns = [sim.load("small.yaml"), sim.load("other.yaml")]
    few = sim.run(towns, replicates=2, workers=1, into="f")
    drawn = sim.run(
        towns,
        replicates=2,
        workers=1,
        into="f",
        draws=[{"symptoms.noise": 0.3}, {"symptoms.noise": 0.4}],
    )
    assert compare(few, "small").covers == ("chance",)
    assert compare(few, "small").replicates == 2
    assert compare(drawn, "small").replicates == 4
    assert "parameters" in compare(drawn, "small").covers
