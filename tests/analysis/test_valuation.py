"""Money and health from the runs: discounting, perspectives, budgets, returns."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

import analysis
from analysis.economics import budget, discounting, valuation
from analysis.reports import funder
from analysis.reports.context import open_context
from sim.errors import Refused


@pytest.fixture
def runs(make_runs):
    return make_runs()


def test_present_values_by_hand():
    assert discounting.discount([100, 100], 0.05, "start", per_year=1) == pytest.approx(
        100 + 100 / 1.05
    )
    assert discounting.discount([100, 100], 0.05, "end", per_year=1) == pytest.approx(
        100 / 1.05 + 100 / 1.05**2
    )
    assert discounting.discount([100], 0.05, "middle", per_year=1) == pytest.approx(100 / 1.05**0.5)
    assert discounting.discount(np.ones(104), 0.0) == 104
    assert discounting.discount(np.ones((3, 520)), 0.035).shape == (3,)
    weekly = float(discounting.discount(np.ones(520), 0.035)) / 52
    rate = np.log(1.035)
    assert weekly == pytest.approx((1 - np.exp(-rate * 10)) / rate, rel=1e-5)
    assert float(
        discounting.discount(np.ones(10), 0.035, "continuous", per_year=1)
    ) == pytest.approx((1 - np.exp(-rate * 10)) / rate)
    with pytest.raises(Refused, match="timing"):
        discounting.find_weights(3, 0.03, "later")


def test_costs_are_those_of_the_ledger(runs):
    found = valuation.evaluate(runs, rates=(0.0, 0.0))
    with sqlite3.connect(runs / "runs.db") as connection:
        total = connection.execute(
            "SELECT SUM(amount) FROM ledger WHERE category <> 'income' AND run LIKE 'pilot-%'"
        ).fetchone()[0]
        public = connection.execute(
            "SELECT SUM(amount) FROM ledger WHERE category <> 'income' AND payer = 'public' AND run LIKE 'pilot-%'"
        ).fetchone()[0]
    assert found.cost[:, 1].sum() == pytest.approx(total)
    assert valuation.evaluate(runs, perspective="public_payer", rates=(0.0, 0.0)).cost[
        :, 1
    ].sum() == pytest.approx(public)
    assert found.effect == pytest.approx(found.pairs.outcome("qalys"))


def test_discounting_makes_later_money_smaller(runs):
    plain, used = valuation.evaluate(runs, rates=(0.0, 0.0)), valuation.evaluate(runs)
    assert used.rates == (0.03, 0.03)
    assert (used.cost < plain.cost).all()
    assert used.effect / plain.effect == pytest.approx(
        np.full(used.effect.shape, 1.03**-1.0), rel=0.02
    )


def test_societal_adds_unpaid_care_and_lost_work(runs):
    care, society = (
        valuation.evaluate(runs, perspective=view, rates=(0.0, 0.0))
        for view in ("health_care", "societal")
    )
    added = 20 * care.pairs.outcome("caregiver_hours") + 200 * care.pairs.outcome("work_days_lost")
    assert society.cost - care.cost == pytest.approx(added)


@pytest.mark.parametrize("rates", [(0.03,), 0.03, (0.03, 0.03, 0.03), ("3%", "3%"), (3, 3)])
def test_rates_are_two_shares(runs, rates):
    """One rate alone ended in an IndexError, and 3 for 3% was 300% a year."""
    with pytest.raises(Refused):
        analysis.evaluate(runs, rates=rates)


def test_unknown_perspective_is_refused(runs):
    with pytest.raises(Refused, match="choose health_care, public_payer, societal"):
        valuation.evaluate(runs, perspective="mine")


def test_totals_alone_can_be_valued(make_runs):
    whole, totals = (
        valuation.evaluate(make_runs(keep=keep, folder=keep)) for keep in ("weekly", "summary")
    )
    assert totals.effect == pytest.approx(whole.effect, rel=1e-3)
    assert totals.cost == pytest.approx(whole.cost, rel=0.02)


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        (3, 3.0),
        ("USD 16 per hour", 16.0),
        ({"amount": 2.5}, 2.5),
        ("USD 120_000 per year", 120_000.0),
        (None, 0.0),
    ],
)
def test_prices_are_read_however_they_are_stored(price, amount):
    assert valuation.read_amount(price) == amount


def test_chance_is_removed_where_draws_were_replicated(make_runs):
    draws = [{"help": value} for value in np.linspace(0, 2, 12)]
    found = valuation.evaluate(make_runs(draws=draws, replicates=3))
    assert found.chance_removed
    assert found.net_benefit(100_000.0).shape == (12, 2)
    assert list(found.parameters.columns) == ["help"]
    assert found.parameters["help"].tolist() == pytest.approx(np.linspace(0, 2, 12))
    gain = np.diff(found.net_benefit(100_000.0), axis=1)[:, 0]
    assert np.corrcoef(gain, found.parameters["help"])[0, 1] > 0.8


def test_net_benefit_is_above_nothing_in_so_many_draws_and_not_in_more_than_there_are(make_runs):
    """Of 12 draws, three replicates each, it was above 0 in "36 of 36 draws"."""
    draws = [{"help": value} for value in np.linspace(0, 2, 12)]
    case = open_context(make_runs(draws=draws, replicates=3))
    worth = case.evaluation.thresholds[0]
    share = case.net_benefit(worth)[1]
    told = [row[2] for row in funder._list_value(case) if row[0].startswith("Net benefit at")]
    assert told[0] == f"above 0 in {round(12 * share)} of 12 draws"


def test_budget_adds_up(runs):
    impact = analysis.budget_impact(runs)
    assert set(impact["year"]) == {1, 2}
    payers = impact[impact["payer"] != "all"].groupby("year")["difference"].sum()
    whole = impact[impact["payer"] == "all"].set_index("year")["difference"]
    assert payers.to_dict() == pytest.approx(whole.to_dict())
    assert impact.loc[
        (impact["payer"] == "grant") & (impact["year"] == 1), "difference"
    ].item() == pytest.approx(52 * 6000)
    assert impact.loc[impact["payer"] == "private", "difference"].tolist() == pytest.approx(
        [0, 0], abs=1e-6
    )
    assert impact.equals(analysis.budget_impact(runs / "runs.db", against="baseline"))


def test_money_by_category_is_the_same_money(runs):
    sums = budget.sum_money(runs)
    impact = budget.budget_impact(runs)
    ours = sums[sums["scenario"] == "pilot"].groupby("year")["mean_cost"].sum()
    assert ours.to_dict() == pytest.approx(
        impact[impact["payer"] == "all"].set_index("year")["cost"].to_dict()
    )


def test_return_on_investment(runs):
    found = budget.return_on_investment(runs, "pilot")
    assert found.invested.mean == pytest.approx(104 * 6000)
    assert found.saved.mean == pytest.approx(0.08 * 18_000 * 104)
    assert found.ratio == pytest.approx(0.24)
    assert found.break_even_week is None
    assert found.share_breaking_even == 0


def test_break_even_is_when_savings_stay_above():
    net = np.array([-1.0, -2.0, 1.0, -0.5, 0.2, 3.0])
    assert budget._find_break_even(net, np.ones(6)) == 4
    assert budget._find_break_even(-np.ones(3), np.ones(3)) is None
    assert budget._find_break_even(np.ones(3), np.zeros(3)) is None


def test_cash(runs):
    cash = budget.describe_cash(runs)
    assert (cash["lowest_cash"] <= cash["cash_end"]).all()
    assert cash.loc["baseline", "share_overdrawn"] == 0


def test_the_incremental_table_is_of_the_means(runs):
    found = valuation.evaluate(runs)
    assert found.table.loc["pilot", "icer"] == pytest.approx(
        np.diff(found.cost.mean(axis=0))[0] / np.diff(found.effect.mean(axis=0))[0]
    )
    views = valuation.compare_perspectives(runs)
    assert set(views) == set(valuation.PERSPECTIVES)
    assert (views["societal"].cost >= views["health_care"].cost).all()


def test_the_table_of_a_notebook_has_a_dash_where_there_is_no_ratio(runs):
    """The reference stands before nobody: it has neither extra cost nor a ratio."""
    found = valuation.evaluate(runs)
    page = found._repr_html_()
    assert "nan" not in page.lower()
    assert page.count("–") >= 3
    assert "health care: everything that services spend, whoever pays" in page.lower()
    assert f"{len(found.cost)} replicates; discounted at 3% (costs) and 3% (effects)" in page


def test_parameters_are_those_that_were_varied_and_are_numbers(make_runs):
    """What is the same in every draw can explain nothing; a structural choice has no axis."""
    draws = [{"help": value, "same": 3.0, "form": "logistic"} for value in np.linspace(0, 2, 12)]
    found = valuation.evaluate(make_runs(draws=draws, replicates=2))
    assert list(found.parameters.columns) == ["help"]


def test_thresholds_are_those_that_the_reference_declares(runs):
    assert valuation.evaluate(runs).thresholds == (50_000.0, 100_000.0, 150_000.0)
    pairs = valuation.evaluate(runs).pairs
    del pairs.stored.declared[pairs.reference]["willingness_to_pay"]
    assert valuation.evaluate(pairs).thresholds == ()


@pytest.mark.parametrize(
    ("draws", "layout"),
    [
        ([0, 1, 0, 1], [[0, 2], [1, 3]]),
        ([0, 0, 1], [[0], [1], [2]]),
        ([0, 0], [[0], [1]]),
        ([0, 1], [[0], [1]]),
    ],
)
def test_replicates_of_a_draw_stand_together_where_every_draw_has_as_many(draws, layout):
    """Else, and of a single draw, each pair stands for itself, and chance cannot be told apart."""
    money = np.arange(2.0 * len(draws)).reshape(-1, 2)
    found = valuation.Evaluation(
        SimpleNamespace(draws=np.array(draws)), "health_care", "middle", (0.0, 0.0), money, money
    )
    assert found.layout.tolist() == layout
    assert found.chance_removed == (len(layout[0]) > 1)
    if not found.chance_removed:
        assert found.net_benefit(3.0) == pytest.approx(2.0 * money)


def test_what_a_scenario_does_not_state_is_nothing(runs):
    """No rate, no price, no worth of a QALY; costs of health care over a year."""
    pairs = valuation.evaluate(runs).pairs
    stated = pairs.stored.declared[pairs.reference]
    for key in ("discount", "perspective", "willingness_to_pay", "horizon"):
        del stated[key]
    found = valuation.evaluate(pairs)
    assert (found.rates, found.perspective, found.thresholds) == ((0.0, 0.0), "health_care", ())
    assert valuation.find_horizon(pairs) == 52
    stated["discount"] = {"effects": 0.015}
    assert valuation.evaluate(pairs).rates == (0.0, 0.015)
    stated["horizon"] = 0
    assert valuation.find_horizon(pairs) == 1
    nothing = {"caregiver_hours": 0.0, "work_days_lost": 0.0}
    assert valuation.find_unit_prices({}) == nothing
    assert valuation.find_unit_prices({"prices": {"work_day": 90}}) == nothing | {
        "work_days_lost": 90.0
    }


@pytest.mark.parametrize("asked", [None, (0.08, 0.0)])
def test_costs_and_effects_have_rates_of_their_own_declared_and_asked_for(runs, monkeypatch, asked):
    """At 6% and 2% as they ran: totals of money were discounted at the one, totals of health at the other."""
    seen, nothing = {}, np.zeros_like(valuation.evaluate(runs).effect)

    def value_spending(_, how, payer):
        assert payer is None
        seen["costs"] = how
        return nothing

    def value_outcome(_, key, how):
        seen[key] = how
        return nothing

    monkeypatch.setattr(valuation, "value_spending", value_spending)
    monkeypatch.setattr(valuation, "value_outcome", value_outcome)
    pairs = valuation.pair(runs, "baseline")
    pairs.stored.declared["baseline"]["discount"] = {"costs": 0.06, "effects": 0.02}
    found = valuation.evaluate(pairs, perspective="societal", rates=asked, timing="end")
    costs, effects = asked or (0.06, 0.02)
    assert found.rates == (costs, effects)
    for key, rate, declared in (
        ("costs", costs, 0.06),
        ("caregiver_hours", costs, 0.06),
        ("work_days_lost", costs, 0.06),
        ("qalys", effects, 0.02),
    ):
        assert seen[key] == (rate, "end", 104, declared), key


def test_a_parameter_of_two_values_was_varied(make_runs):
    draws = [{"help": value, "same": 1.0} for value in (0.0, 1.0)]
    found = valuation.evaluate(make_runs(draws=draws, replicates=2))
    assert list(found.parameters.columns) == ["help"]
    assert found.parameters["help"].tolist() == [0.0, 1.0]
