"""Totals of years at other rates, cash, and breaking even, by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.economics import budget, discounting, present_value
from analysis.economics.present_value import Discounting
from sim.errors import Refused


def test_a_year_counts_with_the_mean_weight_of_its_weeks_a_short_one_with_its_own():
    how = Discounting(0.05, "middle", 78, 0.03)
    weights = 1.05 ** -((np.arange(78) + 0.5) / 52)
    assert how.weights == pytest.approx(weights)
    assert how.by_year == pytest.approx([weights[:52].mean(), weights[52:].mean()])


def test_totals_at_the_declared_rate_are_worth_what_they_were_worth_as_they_ran():
    how = Discounting(0.03, "middle", 104, 0.03)
    known = np.array([97.0, math.nan])
    worth = how.discount_totals(np.array([0, 1]), np.array([100.0, 50.0]), known)
    assert worth == pytest.approx([97.0, 50.0 * how.by_year[1]])


def test_totals_at_another_rate_keep_their_place_within_the_year():
    """A total spent in the first week was worth more than one spent evenly; it still is, by the power of the rates."""
    declared, other = (Discounting(rate, "middle", 104, 0.03) for rate in (0.03, 0.07))
    first, last = 1.03 ** -(0.5 / 52), 1.03 ** -(51.5 / 52)
    worth = other.discount_totals(
        np.array([0, 0, 5]), np.full(3, 100.0), np.array([100 * first, 100 * last, math.nan])
    )
    power = math.log(1.07) / math.log(1.03)
    by_hand = [
        100 * other.by_year[0] * (known / declared.by_year[0]) ** power for known in (first, last)
    ]
    assert worth == pytest.approx([*by_hand, 100 * other.by_year[1]])
    assert worth[:2] == pytest.approx([100 * 1.07 ** -(x / 52) for x in (0.5, 51.5)], rel=1e-3)


def test_without_a_declared_rate_totals_fall_evenly():
    how = Discounting(0.07, "start", 52, 0.0)
    worth = how.discount_totals(np.array([0]), np.array([100.0]), np.array([100.0]))
    assert worth == pytest.approx([100 * how.by_year[0]])
    assert how.weights[0] == 1.0


def test_a_rate_at_which_nothing_is_worth_anything_is_refused_and_just_above_it_is_not():
    with pytest.raises(Refused, match="-100% a year has no meaning"):
        discounting.find_weights(2, -1.0)
    assert discounting.find_weights(2, -0.5, "end", per_year=1) == pytest.approx([2.0, 4.0])
    assert discounting.find_weights(2, 0.0, "continuous").tolist() == [1.0, 1.0]


def test_breaking_even_begins_with_the_investment_and_a_balance_of_zero_covers_it():
    invested = np.array([0.0, 0.0, 5.0, 5.0])
    assert budget._find_break_even(np.array([0.0, 0.0, 1.0, 2.0]), invested) == 2
    assert budget._find_break_even(np.array([0.0, 0.0, -1.0, 0.0]), invested) == 3
    assert budget._find_break_even(np.array([0.0, 0.0, 1.0, -0.1]), invested) is None


def test_cash_is_described_run_by_run_before_the_mean(make_runs):
    runs = make_runs()
    cash = budget.describe_cash(runs)
    pairs = budget._pairs(runs, "baseline", allow_missing=False)
    weekly = pairs.over_weeks(pairs.stored.weekly(["cash"]), "cash", 104)
    for place, name in enumerate(pairs.names):
        each = weekly[:, place]
        assert cash.loc[name, "cash_end"] == pytest.approx(each[:, -1].mean())
        assert cash.loc[name, "lowest_cash"] == pytest.approx(each.min(axis=1).mean())
        assert cash.loc[name, "share_overdrawn"] == (each.min(axis=1) < 0).mean()
        assert cash.loc[name, "share_capped"] == (pairs.outcome("runway")[:, place] >= 520).mean()


def test_weights_within_a_cycle_integrate_what_they_are_for():
    """Half a cycle at each end is exact for a straight line, Simpson's rule for a cubic."""
    times = np.arange(5.0)
    assert discounting.weigh_cycles(4).tolist() == [0.5, 1.0, 1.0, 0.5]
    assert discounting.weigh_cycles(2).tolist() == [0.5, 0.5]
    assert discounting.weigh_cycles(4, "none").tolist() == [1.0] * 4
    simpson = discounting.weigh_cycles(5, "simpson")
    assert simpson == pytest.approx(np.array([1, 4, 2, 4, 1]) / 3)
    assert discounting.weigh_cycles(3, "simpson") == pytest.approx([1 / 3, 4 / 3, 1 / 3])
    assert simpson @ times**3 == pytest.approx(4**4 / 4)
    assert discounting.weigh_cycles(5) @ (3 * times + 1) == pytest.approx(3 * 8 + 4)
    with pytest.raises(Refused, match="even number of cycles, not 3"):
        discounting.weigh_cycles(4, "simpson")
    with pytest.raises(Refused, match="at least two points"):
        discounting.weigh_cycles(1)


def test_a_longer_horizon_than_was_stored_counts_at_the_last_year():
    how = Discounting(0.05, "end", 52, 0.05)
    worth = how.discount_totals(np.array([-1, 0, 3]), np.full(3, 100.0), np.array([90.0] * 3))
    evenly = 1.05 ** -((np.arange(52) + 0.5) / 52)
    assert worth == pytest.approx([100 * how.by_year[0] * 90 / (100 * evenly.mean())] * 3)
    assert how.weights[-1] == pytest.approx(1 / 1.05)


@pytest.mark.parametrize(("saved", "week"), [(0.0, 12), (-30.0, 14), (-70.0, None)])
def test_a_return_is_of_the_mean_of_replicates_week_by_week_from_the_first_investment(
    monkeypatch, saved, week
):
    """Three replicates over six weeks of a window that begins in week 10; nothing is spent before week 12.

    Others save as much as the programme costs, and lose something in week 13 that week 14 brings back, or does not.
    """
    everything, mine = pd.DataFrame({"amount": [1.0, 2.0]}), pd.DataFrame({"amount": [3.0]})
    invested = np.zeros((3, 2, 6))
    invested[:, 1, 2:] = np.array([[10.0], [20.0], [60.0]])
    spent = np.zeros((3, 2, 6))
    spent[:, 1, 3] = np.array([-2.0, 0.0, 2.0]) - saved
    spent[:, 1, 4] = min(-saved, 50.0) * -1.0
    spent[:, 0] = 7.0
    spent[:, 1] += 7.0
    weekly = {id(mine): invested, id(everything): spent}
    pairs = SimpleNamespace(
        names=("town", "pilot"),
        reference="town",
        seeds=np.arange(3),
        draws=np.zeros(3, np.int64),
        whole=np.ones(3, bool),
        first_week=10,
        values=lambda part, _: weekly[id(part)].sum(axis=2),
        over_weeks=lambda part, *_: weekly[id(part)],
        stored=SimpleNamespace(
            window=SimpleNamespace(weeks=6),
            later={"town": {}, "pilot": {"services": {"peers": {"kind": "one_to_one_peer"}}}},
            spending=lambda _, *named: mine if named else everything,
        ),
    )
    monkeypatch.setattr(budget, "_pairs", lambda *_, **__: pairs)
    found = budget.return_on_investment("runs", "pilot")
    lost = max(0.0, -saved - 50.0)
    assert found.break_even_week == week
    assert found.invested.mean == pytest.approx(30.0 * 4)
    assert found.saved.mean == pytest.approx(30.0 * 4 - lost)
    assert found.ratio == pytest.approx(1.0 - lost / 120.0)
    assert found.share_breaking_even == pytest.approx(2 / 3 if saved > -60 else 0.0)
    assert found.weeks_known


def test_evaluation_is_of_a_programme_where_the_committee_is_new_or_changed():
    peers = {"services": {"peers": {"kind": "one_to_one_peer"}}}
    for governance, more in (({}, set()), ({"governance": {"review_every": 13}}, {"evaluation"})):
        later = {"town": {}, "pilot": peers | governance}
        pairs = SimpleNamespace(reference="town", stored=SimpleNamespace(later=later))
        of_peers = budget.find_categories(pairs, "pilot", frozenset({"peers"}))
        assert len(of_peers - {"evaluation"}) == 1
        assert of_peers & {"evaluation"} == more
        assert budget.find_categories(pairs, "pilot", frozenset()) == more


def test_a_total_that_was_worth_nothing_counts_evenly():
    """It tells nothing of when in the year it fell."""
    how = Discounting(0.07, "middle", 52, 0.03)
    worth = how.discount_totals(np.array([0, 0]), np.array([100.0, 0.0]), np.array([0.0, 0.0]))
    assert worth == pytest.approx([100 * how.by_year[0], 0.0])


def make_pairs(**more):
    """One run of one scenario, by name."""
    given = {
        "names": ("town",),
        "replicates": ((1, ""),),
        "values": lambda frame, column: np.array([[frame[column].sum()]]),
        "first_week": 0,
    }
    return SimpleNamespace(**(given | more))


@pytest.mark.parametrize(
    ("kept", "worth"), [(["r"], 100.0 + 1.0 + 1.0 + 9.0), ([], 100.0 + (1.0 + 10.0 + 90.0) / 2)]
)
def test_spending_counts_at_its_week_or_its_year_the_last_one_included(kept, worth):
    """Sixty weeks at rates by which a week is a tenth and a year half as much: by hand, payer by payer."""
    how = SimpleNamespace(
        weeks=60,
        weights=np.array([1.0] * 59 + [0.1]),
        discount_totals=lambda years, amounts, _: amounts * 0.5**years,
    )
    frame = pd.DataFrame(
        {
            "run": ["r"] * 5,
            "payer": ["public"] * 4 + ["grant"],
            "week": [-1, 58, 59, 60, 0],
            "amount": [100.0, 1.0, 10.0, 90.0, 1e6],
            "discounted": np.nan,
        }
    )
    pairs = make_pairs(
        stored=SimpleNamespace(spending=lambda _: frame, runs_with_weeks=frozenset(kept))
    )
    assert present_value.value_spending(pairs, how, "public") == pytest.approx(worth)
    assert present_value.value_spending(pairs, how) == pytest.approx(1e6 + worth)


def test_a_week_of_an_outcome_counts_at_its_own_weight_the_last_one_included():
    how = SimpleNamespace(weeks=3, weights=np.array([1.0, 0.5, 0.1]))
    frame = pd.DataFrame({"run": "r", "week": [-2, 0, 1, 2, 7], "qalys": 10.0})
    assert present_value._weigh(frame, "qalys", how).tolist() == [10.0, 10.0, 5.0, 1.0, 1.0]


def test_an_outcome_is_valued_by_week_by_year_or_by_its_total_as_each_run_kept_it():
    """Three runs: one with weeks, one with years, one of an older version with nothing but a total."""
    how = SimpleNamespace(
        weeks=2, weights=np.array([1.0, 0.5]), discount_totals=lambda _, amounts, __: amounts / 4
    )
    weekly = pd.DataFrame({"run": ["a", "a"], "week": [0, 1], "qalys": [4.0, 4.0]})
    yearly = pd.DataFrame({"run": ["b"], "year": [0], "amount": [8.0], "discounted": [np.nan]})

    def values(frame, column):
        sums = frame.groupby("run")[column].sum()
        return np.array([[sums.get(run, 0.0) for run in "abc"]])

    pairs = make_pairs(
        values=values,
        with_weeks=np.array([[True, False, False]]),
        has_rows=lambda frame: values(frame.assign(one=1.0), "one") > 0,
        outcome=lambda _: np.array([[8.0, 8.0, 8.0]]),
        stored=SimpleNamespace(weekly=lambda _: weekly, yearly=lambda _: yearly),
    )
    worth = present_value.value_outcome(pairs, "qalys", how)
    assert worth.tolist() == [[4.0 + 2.0, 2.0, 8.0 * 0.75]]


@pytest.mark.parametrize(
    ("first", "weeks", "years"), [(0, 52, [1]), (0, 53, [1, 2]), (0, 1, [1]), (60, 10, [2])]
)
def test_the_budget_has_the_years_that_the_weeks_fall_in(monkeypatch, first, weeks, years):
    """Two payers, of which one spends in the first year alone; the mean of both replicates, and their sum."""
    spending = pd.DataFrame({"payer": ["public", "grant"], "year": [0, 0], "amount": [4.0, 1.0]})
    spending["category"] = "pay"
    pairs = make_pairs(
        names=("town", "pilot"),
        others=("pilot",),
        replicates=((1, ""), (2, "")),
        seeds=np.arange(2),
        draws=np.zeros(2, np.int64),
        first_week=first,
        values=lambda part, _: part["amount"].sum() * np.array([[1.0, 2.0], [1.0, 4.0]]),
        stored=SimpleNamespace(spending=lambda _: spending),
    )
    monkeypatch.setattr(budget, "_pairs", lambda *_, **__: pairs)
    monkeypatch.setattr(budget, "count_weeks", lambda _: weeks)
    impact = budget.budget_impact("runs")
    assert impact["payer"].unique().tolist() == ["all", "grant", "public"]
    for _, mine in impact.groupby("payer"):
        assert mine["year"].tolist() == years
    found = impact.set_index(["payer", "year"])
    if years[0] == 1:
        assert found.loc[("all", 1), ["cost", "reference", "difference"]].tolist() == [15, 5, 10]
    assert not impact[impact["year"] > 1]["cost"].any()


def test_cash_is_told_of_the_runs_whose_weeks_were_kept_and_0_is_no_debt(monkeypatch):
    weekly = np.array([[[5.0, 0.0, 3.0], [4.0, -1.0, 9.0]], [[np.nan] * 3, [7.0, 8.0, 9.0]]])
    for whole, lowest, overdrawn in (
        ([True, False], [0.0, -1.0], [0.0, 1.0]),
        ([False, False], [np.nan] * 2, [np.nan] * 2),
    ):
        pairs = make_pairs(
            names=("town", "pilot"),
            whole=np.array(whole),
            over_weeks=lambda *_: weekly,
            outcome=lambda _: np.array([[519.0, 520.0], [100.0, 521.0]]),
            stored=SimpleNamespace(weekly=lambda _: None),
        )
        monkeypatch.setattr(budget, "_pairs", lambda *_, pairs=pairs, **__: pairs)
        monkeypatch.setattr(budget, "count_weeks", lambda _: 3)
        cash = budget.describe_cash("runs")
        assert cash["share_capped"].tolist() == [0.0, 1.0]
        assert cash["runway_end"].tolist() == [309.5, 520.5]
        assert cash["lowest_cash"].tolist() == pytest.approx(lowest, nan_ok=True)
        assert cash["share_overdrawn"].tolist() == pytest.approx(overdrawn, nan_ok=True)


def test_totals_before_the_first_year_count_as_the_first_and_after_the_last_as_the_last():
    how = Discounting(0.1, "end", 104, 0.1)
    early, first, last, late = how.discount_totals(
        np.array([-1, 0, 1, 2]), np.full(4, 100.0), np.full(4, math.nan)
    )
    assert early == first == pytest.approx(100 * how.by_year[0])
    assert late == last == pytest.approx(100 * how.by_year[1])
    assert first > 1.05 * last


def test_a_total_whose_worth_has_the_other_sign_counts_evenly():
    """Refunds that came early may outweigh what was spent late: no shift within a year explains it."""
    how = Discounting(0.07, "middle", 52, 0.03)
    worth = how.discount_totals(np.array([0, 0]), np.array([10.0, -10.0]), np.array([-1.0, 1.0]))
    assert worth == pytest.approx([10 * how.by_year[0], -10 * how.by_year[0]])


def make_two(values):
    """Three replicates of two scenarios, each with a seed of its own."""
    return make_pairs(
        names=("town", "pilot"),
        others=("pilot",),
        replicates=((1, ""), (2, ""), (3, "")),
        seeds=np.arange(3),
        draws=np.zeros(3, np.int64),
        values=values,
    )


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_a_budget_has_students_interval_of_the_paired_differences(monkeypatch, level):
    """Differences of 1, 3 and 8: 4 with 2 degrees of freedom; 95% where no level is stated."""
    spending = pd.DataFrame({"payer": ["public"], "year": [0], "amount": [1.0], "category": "pay"})
    pairs = make_two(lambda *_: np.array([[5.0, 6.0], [9.0, 12.0], [1.0, 9.0]]))
    pairs.stored = SimpleNamespace(spending=lambda _: spending)
    monkeypatch.setattr(budget, "_pairs", lambda *_, **__: pairs)
    monkeypatch.setattr(budget, "count_weeks", lambda _: 52)
    stated = {} if level == 0.95 else {"level": level}
    found = budget.budget_impact("runs", **stated)
    by_hand = stats.t.interval(level, 2, 4.0, math.sqrt(13.0 / 3))
    assert found.index.tolist() == [0, 1]
    assert found.loc[0, ["cost", "reference", "difference"]].tolist() == [9.0, 5.0, 4.0]
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx(by_hand)


def return_on(monkeypatch, invested, spent, *, weeks=True):
    """The return of a programme of three weeks: paired differences by replicate and week."""
    invested, spent = (np.array(each, dtype=float) for each in (invested, spent))
    everything, mine = pd.DataFrame({"amount": [1.0, 2.0]}), pd.DataFrame({"amount": [3.0]})
    weekly = {
        id(part): np.stack([np.zeros_like(each), each], axis=1)
        for part, each in ((mine, invested), (everything, spent))
    }
    pairs = make_two(lambda part, _: weekly[id(part)].sum(axis=2))
    pairs.whole = np.full(3, weeks)
    pairs.over_weeks = lambda part, *_: weekly[id(part)]
    peers = {"services": {"peers": {"kind": "one_to_one_peer"}}}
    pairs.reference, pairs.stored = (
        "town",
        SimpleNamespace(
            window=SimpleNamespace(weeks=3),
            later={"town": {}, "pilot": peers},
            spending=lambda _, *named: mine if named else everything,
        ),
    )
    monkeypatch.setattr(budget, "_pairs", lambda *_, **__: pairs)
    return budget.return_on_investment("runs", "pilot")


def test_nothing_is_returned_on_an_investment_of_nothing_or_less(monkeypatch):
    """There is no ratio where a change takes away more than it adds: it is no investment."""
    for invested in (0.0, -2.0):
        found = return_on(monkeypatch, np.full((3, 3), invested), np.full((3, 3), -5.0))
        assert math.isnan(found.ratio)
        assert found.invested.mean == 3 * invested
        assert found.saved.mean == 3 * (invested + 5.0)
        assert found.break_even_week is None
        assert found.share_breaking_even == 1.0
    tiny = return_on(monkeypatch, np.full((3, 3), 0.01), np.full((3, 3), -0.01))
    assert tiny.ratio == pytest.approx(2.0)
    assert tiny.break_even_week == 0


def test_a_return_has_students_interval_of_what_was_invested_and_saved(monkeypatch):
    """In all 3, 6 and 12 invested and 6, 0 and 3 saved, run by run."""
    invested = np.outer([1.0, 2.0, 4.0], np.ones(3))
    saved = np.outer([2.0, 0.0, 1.0], np.ones(3))
    found = return_on(monkeypatch, invested, invested - saved)
    for told, mean, variance in ((found.invested, 7.0, 21.0), (found.saved, 3.0, 9.0)):
        by_hand = stats.t.interval(0.95, 2, mean, math.sqrt(variance / 3))
        assert told == pytest.approx((mean, *by_hand))
    assert found.share_breaking_even == pytest.approx(1 / 3)
    assert found.ratio == pytest.approx(3 / 7)


def test_where_no_weeks_were_kept_the_week_of_breaking_even_is_not_known(monkeypatch):
    found = return_on(monkeypatch, np.full((3, 3), 2.0), np.full((3, 3), -1.0), weeks=False)
    assert (found.break_even_week, found.weeks_known) == (None, False)
    assert found.ratio == pytest.approx(1.5)


def test_no_programme_breaks_even_before_it_began():
    """Weeks in which less is spent than before are no investment; the first that costs more is."""
    nothing = np.zeros(4)
    assert budget._find_break_even(nothing, np.array([-3.0, -1.0, 0.5, 0.0])) == 2
    assert budget._find_break_even(nothing, np.array([-3.0, -1.0, 0.0, 0.0])) is None
