"""Intervals, verdicts of an audit and what is read of stored runs, against numbers worked out by hand."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from analysis.runs import audit
from analysis.runs.audit import Audit, Row, judge_audit
from analysis.runs.comparison import compare, measure_difference
from analysis.runs.database import open_runs, open_selection, rank_group
from analysis.runs.export import export_tables
from analysis.runs.intervals import (
    estimate_crossed,
    estimate_mean,
    judge_enough,
    measure_spread,
    runs_needed,
    t_quantile,
)
from analysis.runs.joining import View, open_view
from analysis.runs.pairing import pair
from analysis.runs.ratios import estimate_ratio
from analysis.runs.robustness import (
    Judged,
    Replicates,
    judge_change,
    judge_draws,
    judge_ends,
    measure_looseness,
    read_differences,
)
from analysis.runs.window import Window
from sim.errors import Refused

FEW = [1.0, 2.0, 3.0, 6.0]
"""Mean 3, variance 14/3."""
ERROR = math.sqrt(14 / 3 / 4)
T3 = 3.182446
"""Two-sided 95% of Student's t with three degrees of freedom, from a table."""


def replicates(values, draws=None):
    size = len(values)
    return Replicates(np.array(values, float), np.arange(size), np.array(draws or [""] * size))


def crossed(table):
    rows, columns = np.indices(np.shape(table))
    return np.ravel(np.array(table, float)), rows.ravel(), columns.ravel()


def test_a_mean_of_four_has_the_interval_of_a_table_of_t():
    found = estimate_mean(FEW)
    assert found == pytest.approx((3, 3 - T3 * ERROR, 3 + T3 * ERROR), rel=1e-6)
    assert found.half_width == pytest.approx(T3 * ERROR, rel=1e-6)
    assert estimate_mean([4.0]).mean == 4
    assert math.isnan(estimate_mean([4.0]).low)


@pytest.mark.parametrize(
    ("level", "hint"), [(95.0, "write 0.95"), (1.5, "write 0.015"), (100.0, ""), (0.0, "")]
)
def test_a_level_in_per_cent_is_shown_as_a_share(level, hint):
    with pytest.raises(Refused, match="between 0 and 1") as told:
        t_quantile(level, 5)
    assert str(told.value).endswith(hint or f"not {level:g}")


def test_two_ways_of_sharing_add_up_less_what_is_counted_twice():
    """Three seeds by three draws, each -3, 0 or 3: 3 for the seeds, 3 for the draws, 1.5 for the pairs."""
    effects = np.array([-3.0, 0.0, 3.0])
    found = measure_spread(*crossed(10 + effects[:, None] + effects[None, :]))
    freedom = 4.5**2 / (3**2 / 2 + 3**2 / 2 + 1.5**2 / 8)
    assert found == pytest.approx((10, 4.5, freedom))
    half = stats.t.ppf(0.95, freedom) * math.sqrt(4.5)
    values, seeds, draws = crossed(10 + effects[:, None] + effects[None, :])
    assert estimate_crossed(values, seeds, draws, 0.9) == pytest.approx((10, 10 - half, 10 + half))


def test_of_two_ways_the_larger_is_taken_where_the_sum_is_less():
    # by seed 1, by draw 7/3, by pair 17/15: the sum would be 2.2
    found = measure_spread(*crossed([[0, 1, 5], [2, 3, 7]]))
    assert found.variance == pytest.approx(7 / 3)
    assert found.freedom == pytest.approx(
        max(1, (7 / 3) ** 2 / (1 / 1 + (7 / 3) ** 2 / 2 + (17 / 15) ** 2 / 5))
    )


def test_pairs_without_a_value_leave_their_seed_to_the_others():
    values, seeds, draws = crossed([[0, 1, 5], [2, 3, 7], [9, 9, 9]])
    values[6:] = np.nan
    assert measure_spread(values, seeds, draws) == measure_spread(*crossed([[0, 1, 5], [2, 3, 7]]))


@pytest.mark.parametrize("wanted", [0.3, 0.9, 2.0, 30.0])
def test_runs_that_are_needed_are_the_fewest(wanted):
    spread = np.std(FEW, ddof=1)
    enough = [
        n for n in range(2, 400) if stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n) <= wanted
    ]
    assert runs_needed(FEW, wanted) == enough[0]
    assert runs_needed([2.0, 2.0, 2.0], wanted) == 2


def test_precision_is_a_share_of_the_reference():
    half = T3 * ERROR
    found = judge_enough(FEW, [-10.0, -30.0], 1.0001 * half / 20)
    assert found[:5] == (True, pytest.approx(half), pytest.approx(1.0001 * half), 4, 4)
    close = judge_enough(FEW, [10.0, 30.0], 0.99 * half / 20)
    assert (close.enough, close.runs, close.needed) == (False, 4, 5)


@pytest.mark.parametrize("size", [0.2, 5.0])
def test_a_ratio_knows_the_signs_of_both_amounts(size):
    own, noise = np.arange(8), 0.01 * size * np.resize([1.0, -1.0], 8)
    for cost in (-1, 1):
        for gain in (-1, 1):
            found = estimate_ratio(cost * size + noise, gain * size - noise, own, own)
            assert (found.cost, found.gained) == (cost, gain)
            assert found.value == pytest.approx(cost * gain)


def test_a_paired_difference_by_hand():
    """-1, 0, 0, 5 beside 4, 2, 3, 1: three ties and betters are counted of all four."""
    pairs = SimpleNamespace(seeds=np.arange(4), draws=np.zeros(4, int))
    ours, theirs = np.array([3.0, 2.0, 3.0, 6.0]), np.array([4.0, 2.0, 3.0, 1.0])
    found = measure_difference(ours, theirs, "admissions", pairs)
    assert found.mean == 1
    assert (found.share_better, found.share_same) == (0.25, 0.5)
    assert measure_difference(ours, theirs, "qalys", pairs).share_better == 0.25
    assert measure_difference(ours, theirs, "staff", pairs).share_better is None
    assert found.correlation == pytest.approx(np.corrcoef(ours, theirs)[0, 1])
    # variances 3 and 5/3 of the two, 22/3 of the difference
    assert found.variance_ratio == pytest.approx((3 + 5 / 3) / (22 / 3))


def test_a_change_moves_a_difference_by_its_steps():
    found = judge_change(replicates(np.zeros(4)), replicates(FEW), paired=True, tried=1)
    ends = 3 - T3 * ERROR, 3 + T3 * ERROR
    assert found[:6] == pytest.approx((3, *ends, 3, *ends), rel=1e-6)
    assert found.verdict == "robust"
    # five changes share the twentieth: 99% each, 5.840909 in a table
    found = judge_change(replicates(np.zeros(4)), replicates(FEW), paired=True, tried=5)
    assert found[3:6] == pytest.approx((3, 3 - 5.840909 * ERROR, 3 + 5.840909 * ERROR), rel=1e-6)


def test_an_end_of_a_range_moves_the_difference_of_all_replicates():
    """Control 9, 11, 13 (mean 11, error 2/sqrt 3); the end adds 4 to two of them."""
    control = replicates([9.0, 11.0, 13.0])
    changed = Replicates(np.array([13.0, 15.0]), np.array([0, 1]), np.array(["a", "a"]))
    found = judge_ends(control, changed, {"a": "dose at 1"}, {"a": 0.5})["dose at 1"]
    # half a standard deviation of 2 in either, two degrees of freedom: 4.302653 in a table
    step, error = 4.302653 / 2**0.5, 4.302653 * math.hypot(2 / 3**0.5, 1 / 2**0.5)
    assert found[:3] == pytest.approx((15, 15 - error, 15 + error), rel=1e-6)
    assert found[3:6] == pytest.approx((4, 4 - step, 4 + step), rel=1e-6)
    assert found.verdict == "shifted"


def test_without_pairs_two_errors_add_up():
    found = judge_change(replicates([0.0, 2.0]), replicates(FEW), paired=False, tried=1)
    half = 12.706205 * math.hypot(ERROR, 1.0)
    assert found[:3] == pytest.approx((3, 3 - T3 * ERROR, 3 + T3 * ERROR), rel=1e-6)
    assert found[3:6] == pytest.approx((2, 2 - half, 2 + half), rel=1e-6)


def test_a_changed_replicate_is_compared_with_that_of_its_seed():
    control = replicates([5.0, 1.0, 9.0])
    changed = Replicates(np.array([10.0, 6.0]), np.array([2, 0]), np.array(["", ""]))
    assert judge_change(control, changed, paired=True, tried=1).moved == 1.0


def test_draws_differ_by_what_chance_leaves():
    """Means 5, 9, 13 of pairs 2 apart: a variance of 16, of which 1 is chance."""
    control = replicates([7.0, 8.0, 9.0])
    drawn = replicates([4.0, 6, 8, 10, 12, 14], list("aabbcc"))
    found = judge_draws(control, drawn)
    assert found[:4] == pytest.approx(
        (9, 9 - 1.959964 * math.sqrt(15), 9 + 1.959964 * math.sqrt(15), 1)
    )
    # means vary by 16/3, the control by 1/3; 4.302653 in a table
    half = 4.302653 * math.sqrt(17 / 3)
    assert found[4:6] == pytest.approx((1 - half, 1 + half), rel=1e-6)
    # of a normal with that spread, 99% lie above nothing
    assert found.verdict == "robust"
    # a draw with one replicate has a mean, and no spread of its own
    assert judge_draws(control, replicates([4.0, 6, 9], list("aab")))[:1] == (7,)
    # no difference before, and one now in all draws
    came = judge_draws(
        replicates([-1.0, 0, 1]), replicates([4.0, 4.1, 4.0, 4.1, 4.0, 4.1], list("aabbcc"))
    )
    assert came.verdict == "fragile"


def test_how_loose_an_end_is_is_told_by_all_outcomes():
    """Variances of 4 and 16; steps that vary by 2 and 0 of one outcome, and by 32 of the other."""
    control = {"cost": replicates([9.0, 11.0, 13.0]), "days": replicates([0.0, 4.0, 8.0])}
    control["none"] = replicates([0.0, 0.0, 0.0])
    rows = (np.array([0, 1, 0, 1, 2]), np.array(["low"] * 2 + ["high"] * 3))
    changed = {
        "cost": Replicates(np.array([10.0, 14, 9, 11, 13]), *rows),
        "days": Replicates(np.array([0.0, 12, 1, 5, 9]), *rows),
        "none": Replicates(np.array([0.0, 5, 1, 5, 9]), *rows),
    }
    found = measure_looseness(control, changed, ["low", "high", "not run"])
    # of an outcome without chance nothing can be told; of an end without runs the most is assumed
    wanted = {"low": math.sqrt((2 / 4 + 32 / 16) / 2), "high": 0.0, "not run": math.sqrt(2.0)}
    assert found == pytest.approx(wanted)
    ends = {"low": "at its low end", "high": "at 9", "none": "not run"}
    judged = judge_ends(control["cost"], changed["cost"], ends, found)
    assert list(judged) == ["at its low end", "at 9"]
    # 95% shared by two: 6.205347 in a table of two degrees of freedom
    half = 6.205347 * wanted["low"] * 2 / math.sqrt(2)
    assert judged["at its low end"][3:6] == pytest.approx((2, 2 - half, 2 + half), rel=1e-6)


def test_what_grows_with_the_town_is_brought_to_its_size(make_runs):
    folder = make_runs()
    own, half = (read_differences(folder, "baseline", factor)["pilot"] for factor in (1.0, 2.0))
    np.testing.assert_allclose(half["admissions"].values * 2, own["admissions"].values)
    np.testing.assert_allclose(half["phq_mean"].values, own["phq_mean"].values)
    assert own["admissions"].seeds.tolist() == list(range(7, 19))
    outcome = pair(folder).outcome("admissions")
    np.testing.assert_allclose(own["admissions"].values, outcome[:, 1] - outcome[:, 0])


def test_every_family_of_changes_is_judged_by_its_rule(monkeypatch):
    clear = replicates([4.0, 5.0, 6.0, 5.0])
    tables = {
        "control": clear,
        "order": replicates([4.0, 5.0, 6.0, 5.0]),
        "draws": replicates([4.0, 5.0, -5.0, -4.0], list("aabb")),
        "ends": replicates([4.0, 5.0, 6.0, 5.0], ['{"x": 1.0}'] * 2 + ['{"x": 3.0}'] * 2),
    }
    factors = []

    def read(folder, _, factor=1.0):
        factors.append(factor)
        return {"pilot": {"cost": tables[folder]}}

    monkeypatch.setattr(audit, "read_differences", read)
    monkeypatch.setattr(audit, "_spell", lambda draw: f'{{"x": {draw["x"]}}}')
    seen = []
    monkeypatch.setattr(
        audit, "judge_change", lambda *given, **how: seen.append(how) or judge_change(*given, **how)
    )

    def tell(family, draws=(), *, paired=True, factor=1.0):
        change = SimpleNamespace(
            family=family,
            name=family,
            sentence=f"{family} changed",
            draws=draws,
            paired=paired,
            factor=factor,
        )
        return SimpleNamespace(
            folder="ends" if family == "assumptions" else family, perturbation=change
        )

    first = SimpleNamespace(folder="control", perturbation=None)
    ends = [{"x": 1.0}, {"x": 3.0}]
    every = [
        first,
        tell("order", factor=2.0),
        tell("draws", draws=[{"x": 2.0}]),
        tell("assumptions", ends),
    ]
    found = judge_audit(every, "baseline", ("cost", "qalys"))
    said = {row.change: (row.sentence, row.judged.verdict) for row in found.rows}
    assert said == {
        "order": ("order changed", "robust"),
        "draws": ("draws changed", "fragile"),
        "x at 1": ("x at 1, an end of its range", "robust"),
        "x at 3": ("x at 3, an end of its range", "robust"),
    }
    assert factors == [1.0, 2.0, 1.0, 1.0]
    # of these, only the order counts among the changes tried
    assert seen[0] == {"paired": True, "tried": 1}
    assert found.replicates == 4
    assert found.control["pilot"]["cost"] == pytest.approx(tuple(estimate_mean(clear.values)))
    assert found.verdict("pilot", "cost") == "fragile"


def test_what_has_no_value_is_none_in_plain_data_and_the_rest_is_as_it_is():
    judged = Judged(1.5, 1.0, 2.0, 0.5, math.nan, math.inf, "shifted")
    found = Audit(
        "baseline",
        3,
        (Row("pilot", "cost", "order", "in order", judged),),
        {"pilot": {"cost": (1.0, 0.5, math.nan)}},
    )
    told = found.to_json()["differences"]["pilot"]["cost"]
    assert told["control"] == [1.0, 0.5, None]
    assert told["changes"]["order"] == {
        "sentence": "in order", "mean": 1.5, "low": 1.0, "high": 2.0, "moved": 0.5, "least": None, "most": None, "verdict": "shifted",
    }  # fmt: skip


def test_groups_stand_in_their_order():
    names = [
        "richest fifth",
        "poorest fifth",
        "middle fifth",
        "30 to 44",
        "",
        "100 and over",
        "east",
    ]
    assert sorted(names, key=rank_group) == [
        "",
        "east",
        "poorest fifth",
        "middle fifth",
        "richest fifth",
        "30 to 44",
        "100 and over",
    ]


def change(folder, statement):
    with closing(sqlite3.connect(folder / "runs.db")) as connection, connection:
        connection.execute(statement)


def test_a_name_with_a_fingerprint_is_short_where_it_is_alone(make_runs):
    folder = make_runs(
        {"baseline-0123456789": 0.0, "pilot-89abcdef01": -0.1, "pilot-00abcdef01": -0.2},
        replicates=2,
    )
    stored = open_runs(folder)
    assert stored.names == ["baseline", "pilot-89abcdef01", "pilot-00abcdef01"]
    assert stored.call("baseline-0123456789") == "baseline"
    assert stored.call("pilot-89abcdef01") == "pilot-89abcdef01"


def test_in_a_window_rows_are_of_its_weeks_and_what_is_of_the_whole_horizon_is_left_out(make_runs):
    stored = replace(open_selection(make_runs(replicates=2)), window=Window(26, 52))
    assert set(stored.rows("places")["week"]) == {38, 51}
    assert stored.rows("subgroups").empty
    assert not open_selection(stored.path).rows("subgroups").empty
    assert set(stored.weekly(["cost"])["week"]) == set(range(26, 52))
    whole = open_selection(stored.path).weekly(["cost"])
    inside = whole[(whole["week"] >= 26) & (whole["week"] < 52)].groupby("run")["cost"].sum()
    np.testing.assert_allclose(
        stored.summary.set_index("run")["cost"].sort_index(), inside.sort_index()
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_run_in_two_folders_the_finished_one_counts_and_then_that_with_weeks(make_runs, order):
    failed = make_runs(replicates=3, folder="failed", fail=[("pilot", 8)])
    totals = make_runs(replicates=3, folder="totals", keep="summary")
    both = [(failed, totals)[k] for k in order]
    stored, _ = open_view([str(folder) for folder in both], None, View())
    assert stored.failed.empty
    assert len(stored.runs) == 6
    kept = stored.runs.set_index(["name", "seed"])["keep"]
    assert kept["pilot", 8] == "summary"
    assert kept.drop(("pilot", 8)).eq("weekly").all()


def test_pairs_say_whose_weeks_were_kept(make_runs):
    folder = make_runs(replicates=3)
    change(folder, "UPDATE runs SET keep = 'summary' WHERE key LIKE 'pilot%' AND seed = 8")
    pairs = pair(folder)
    assert pairs.with_weeks.tolist() == [[True, True], [True, False], [True, True]]
    assert pairs.whole.tolist() == [True, False, True]
    assert {run.rpartition("-")[0][-1] for run in pairs.whole_runs} == {"7", "9"}
    weeks = pairs.over_weeks(pairs.stored.weekly(["cost"]), "cost", 104)
    assert np.isnan(weeks[1, 1]).all()
    np.testing.assert_allclose(weeks[0].sum(axis=1), pairs.outcome("cost")[0])


def test_a_table_says_how_many_replicates_and_what_the_intervals_cover(make_runs):
    draws = [{"help": 0.5}, {"help": 1.5}]
    found = compare(make_runs(replicates=3, draws=draws))
    assert found.pairs.seeds.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.pairs.draws.tolist() == [0, 1] * 3
    assert "6 replicates, every scenario in each. Intervals: 95%" in found.table()


def test_two_pairs_are_enough_to_compare():
    pairs = SimpleNamespace(seeds=np.arange(3), draws=np.zeros(3, int))
    found = measure_difference(
        np.array([1.0, 4.0, np.nan]), np.array([2.0, 3.0, 5.0]), "admissions", pairs
    )
    assert (found.mean, found.share_better, found.share_same) == (0.0, 0.5, 0.0)
    one = measure_difference(
        np.array([1.0, np.nan, np.nan]), np.array([2.0, 3.0, 5.0]), "admissions", pairs
    )
    assert one.share_better is None


def test_the_first_week_of_a_window_is_in_it_and_its_end_is_not(make_runs):
    stored = open_selection(make_runs(replicates=2))
    assert set(replace(stored, window=Window(38, 51)).rows("places")["week"]) == {38}


def test_what_failed_in_two_folders_is_not_the_same_in_both(make_runs):
    both = [make_runs(replicates=3, folder=name, fail=[("pilot", 8)]) for name in "ab"]
    stored, _ = open_view([str(folder) for folder in both], None, View())
    assert len(stored.failed) == 1
    assert any(note.startswith("5 runs are stored in more than one") for note in stored.notes)


def test_every_exported_table_of_runs_says_whose_they_are(make_runs):
    folder = make_runs(replicates=2)
    export_tables(folder)
    for table in ("ledger", "places", "subgroups", "summary", "weekly"):
        head = (folder / "csv" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        assert head[0].startswith("run,scenario,seed,")
        assert {line.split(",")[1] for line in head[1:]} == {"baseline", "pilot"}
    runs = (folder / "csv" / "runs.csv").read_text(encoding="utf-8").splitlines()[0]
    assert runs.startswith("key,scenario,seed,")
