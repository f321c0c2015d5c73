"""Plans, progress and the rule that ends a study, against numbers that were counted by hand."""

from __future__ import annotations

import io
import math
from collections import UserDict
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fake_community import FakeScenario

from sim.errors import InvalidInput
from sim.outcomes import KEYS
from sim.store import Code, Failure, RunRecord, Store
from sim.store.selection import spell_marks
from sim.studies.running import progress
from sim.studies.running.plan import FactorialPlan, check_whole, read_draws
from sim.studies.running.progress import Lines, say_time, summarise
from sim.studies.running.results_folder import choose_directory
from sim.studies.running.run_key import make_key, spell_draw
from sim.studies.running.stopping_rule import Measured, decide_more, parse_precision

CODE = Code("3", {}, None, None)
ONE, TWO = FakeScenario("baseline"), FakeScenario("pilot", effect=1.0)


@pytest.mark.parametrize(
    ("half", "replicates", "limit", "stop", "reached", "goes_to"),
    [
        (2.0, 10, 500, True, True, 10),  # as tight as was asked for
        (2.0001, 10, 500, False, False, 12),  # two more at least
        (3.0, 10, 500, False, False, math.ceil(10 * 1.5**2 * 1.1)),
        (200.0, 10, 500, False, False, 40),  # four times at most
        (200.0, 10, 11, False, False, 11),
        (200.0, 11, 11, True, False, 11),
    ],
)
def test_replicates_go_with_the_square_of_the_width_within_bounds(
    half, replicates, limit, stop, reached, goes_to
):
    found = decide_more(
        [Measured("cost", half, 2.0), Measured("qalys", 0.0, 0.0)], replicates, limit
    )
    assert found[:3] == (stop, reached, goes_to)
    assert f"±{half:.3g} after {replicates} replicates, ±2 wanted" in found.reason


def test_a_precision_in_per_cent_is_of_the_size_of_the_reference():
    assert parse_precision("250%") == (2.5, True)
    assert parse_precision("250%").goal(-4.0) == 10.0
    assert parse_precision("250").goal(-4.0) == 250.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.99, "less than 1 s"), (1, "1 s"), (89.4, "89 s"), (90, "2 min"), (5_399, "90 min"), (5_400, "1.5 h"), (172_799, "48.0 h"), (172_800, "2.0 days")],
)  # fmt: skip
def test_a_time_is_told_in_the_unit_that_fits(seconds, said):
    assert say_time(seconds) == said


def test_what_is_left_is_told_from_the_runs_of_this_start(monkeypatch):
    """Ten of forty were stored; after ten seconds ten more are, so that twenty take twenty."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock.now)
    log = io.StringIO()
    lines = Lines(log)
    lines.start(40, 10)
    for _ in range(10):
        clock.now += 1.0
        lines.advance()
    said = log.getvalue().splitlines()
    # at each tenth, which is every fourth run
    assert [line.split("%")[0].strip() for line in said[1:]] == ["30", "40", "50"]
    assert said[-1] == " 50 %  20 of 40 runs, about 20 s left"


def test_a_whole_number_is_whole_and_within_its_bounds():
    assert check_whole("workers", np.int64(3), 1, 3) == 3
    assert check_whole("workers", 1, 1, 3) == 1
    for wrong in (0, 4, True, 1.0, "2", None):
        with pytest.raises(InvalidInput, match="workers must be a whole number from 1 to 3"):
            check_whole("workers", wrong, 1, 3)


def test_draws_are_mappings_or_a_table_and_none_is_there_twice():
    assert read_draws(None) is None
    assert read_draws([{"a": 1}, UserDict(a=2)]) == [{"a": 1}, UserDict(a=2)]
    assert read_draws(pd.DataFrame({"a": [1.0, 2.0]})) == [{"a": 1.0}, {"a": 2.0}]
    with pytest.raises(InvalidInput, match="is the same as draw 1") as told:
        read_draws([{"b": 2.0}, {"a": 1, "b": 2.0}, {"b": 2, "a": 1.0}])
    assert [problem.file for problem in told.value.problems] == ["draw 2"]
    with pytest.raises(InvalidInput, match="is the same as draw 0"):
        read_draws([None, {}])
    for wrong, said in (
        ("a", "a list of mappings"),
        ([3], "no mapping"),
        ([{"a": True}], "must be a number"),
        ([{"a": "1"}], "must be a number"),
    ):
        with pytest.raises(InvalidInput, match=said):
            read_draws(wrong)
    with pytest.raises(InvalidInput, match="two columns of one name"):
        read_draws(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))
    with pytest.raises(InvalidInput, match="not 3"):
        read_draws(pd.DataFrame({3: [1.0]}))


def test_equal_draws_are_spelled_alike_and_a_key_is_of_all_that_matters():
    assert spell_draw({"b": 1, "a": 2.0}) == '{"a":2.0,"b":1.0}' == spell_draw({"a": 2, "b": 1.0})
    assert spell_draw(None) is None
    assert spell_draw({}) is None
    keys = {
        make_key(*one)
        for one in (
            ("h", 1, None, "4"),
            ("g", 1, None, "4"),
            ("h", 2, None, "4"),
            ("h", 1, "{}", "4"),
            ("h", 1, None, "3"),
        )
    }
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)


def test_every_scenario_is_run_under_every_draw():
    plan = FactorialPlan([ONE, TWO], [{"a": 1.0}, {"a": 2.0}])
    blocks = list(plan.list_blocks())
    assert [(block.number, block.spelled) for block in blocks] == [
        (0, '{"a":1.0}'),
        (1, '{"a":2.0}'),
    ]
    assert all(
        [plan.give(one).name for one in block.variants] == ["baseline", "pilot"] for block in blocks
    )
    (alone,) = FactorialPlan([ONE], []).list_blocks()
    assert alone[:3] == (None, None, None)


def test_a_folder_is_called_after_its_scenarios_within_a_length(tmp_path):
    assert choose_directory([ONE, TWO], None).as_posix() == "results/baseline-pilot"
    many = [FakeScenario(f"scenario-{k}") for k in range(9)]
    long = choose_directory(many, None).name
    assert long.startswith("scenario-0-and-8-more-")
    assert choose_directory(many[:8], None).name != long
    assert choose_directory([ONE], tmp_path / "here") == tmp_path / "here"
    with pytest.raises(InvalidInput, match="is empty"):
        choose_directory([ONE], "")


@pytest.fixture
def study(tmp_path):
    """Two scenarios, three seeds from 5 on, two workers: some done, one failed, others of something else."""
    results = SimpleNamespace(
        weekly={key: np.zeros(2) for key in KEYS}, summary=dict.fromkeys(KEYS, 0.0), network=None,
        subgroups=[], ledger=[], decisions=[], places=[], posts=[],
    )  # fmt: skip

    def keep(*runs, draws=0, marks=()):
        with Store.open(tmp_path / "runs.db") as store:
            store.add_scenarios([ONE, TWO])
            hashes = f'["{ONE.hash}", "{TWO.hash}"]'
            plan = {
                "started": "now",
                "command": "kinwell compare",
                "scenarios": hashes,
                "seed": 5,
                "replicates": 3,
            }
            if marks:
                plan["draw_marks"] = spell_marks(marks)
            store.add_plan(plan | {"draws": draws, "workers": 2, "model_version": "3"})
            for number, (scenario, seed, draw, seconds, version) in enumerate(runs):
                known = RunRecord(f"k{number}", scenario.hash, seed, draw, None, "now", seconds)
                code = Code(version, {}, None, None)
                if seconds < 0:
                    store.add_failure(
                        known, Failure(scenario.name, "running", "why", "", "kinwell run"), code
                    )
                else:
                    store.add_run(known, results, code)
        return summarise(tmp_path)

    return keep


def test_how_far_a_study_is_counts_what_was_asked_for_last(study):
    found = study(
        (ONE, 5, None, 4.0, "3"), (TWO, 7, None, 8.0, "3"), (TWO, 5, None, -1.0, "3"),
        (ONE, 4, None, 99.0, "3"), (ONE, 8, None, 99.0, "3"), (ONE, 6, None, 99.0, "2"), (ONE, 6, '{"a":1.0}', 99.0, "3"),
    )  # fmt: skip
    assert (found.planned, found.done, found.failed, found.left, found.stored) == (6, 2, 1, 3, 7)
    # six seconds a run, three runs, two at a time
    assert (found.seconds_per_run, found.seconds_left) == (6.0, 9.0)
    assert found.failures == ("pilot, seed 5: why\n    repeat it with: kinwell run",)


def test_how_far_a_study_under_draws_is_counts_each_draw(study):
    draws = ['{"a":1.0}', '{"a":2.0}']
    found = study(
        (ONE, 5, draws[0], 4.0, "3"),
        (ONE, 5, None, 9.0, "3"),
        (ONE, 5, '{"a":3.0}', 9.0, "3"),
        draws=2,
        marks=draws,
    )
    assert (found.planned, found.done, found.left) == (12, 1, 11)
    assert (found.seconds_per_run, found.seconds_left) == (4.0, 22.0)


def test_before_the_first_run_ended_no_time_is_told(study):
    found = study()
    assert (found.planned, found.left, found.seconds_per_run, found.seconds_left) == (
        6,
        6,
        None,
        None,
    )
