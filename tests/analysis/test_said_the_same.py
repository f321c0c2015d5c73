"""Two pages say the same of one thing, and a label says what a number is of."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.economics.budget import value_programme
from analysis.economics.valuation import evaluate
from analysis.reports.context import HEADLINE, open_context
from analysis.reports.funder import _say_group
from analysis.reports.planner import tabulate_decisions, tabulate_money, tabulate_unmet
from analysis.reports.plans.money_received import tabulate_received
from analysis.reports.programmes import tabulate_worth
from analysis.reports.researcher import draw_group_effects
from analysis.reports.sections.doubts import _doubt_at, _doubt_cost
from analysis.reports.sections.economic_tables import tabulate_net_benefit
from analysis.reports.sections.equity_tables import tabulate_distribution
from analysis.reports.sections.evidence_quality import judge_runs
from analysis.reports.slides import list_figures
from analysis.runs.intervals import Interval
from analysis.runs.window import call_years
from analysis.text.wording import say_money


@pytest.mark.parametrize(
    ("weeks", "called"),
    [
        ((0, 104), {1: "Year 1", 2: "Year 2"}),
        ((0, 78), {1: "Year 1", 2: "Weeks 52 to 77"}),
        ((0, 53), {1: "Year 1", 2: "Week 52"}),
        ((26, 60), {1: "Weeks 26 to 51", 2: "Weeks 52 to 59"}),
        ((52, 104), {2: "Year 2"}),
    ],
)
def test_a_part_of_a_year_is_called_by_its_weeks(weeks, called):
    assert call_years(*weeks) == called


def test_money_of_half_a_year_is_not_that_of_a_year(make_runs, declare):
    towns = [declare(name, more={"horizon": 78}) for name in ("baseline", "pilot")]
    case = open_context(make_runs(replicates=2, declared=towns))
    heads = [*tabulate_money(case).columns, *tabulate_received(case).columns]
    assert "pilot, weeks 52 to 77" in heads
    assert "Weeks 52 to 77: received / spent" in heads
    assert not [head for head in heads if "year 2" in head.lower()]


def test_what_a_wrong_choice_costs_is_one_amount_on_all_pages(make_runs):
    """The page about several programmes had it with chance, the tables for researchers without."""
    draws = [{"help": help_} for help_ in (0.5, 1.0, 1.5)]
    case = open_context(
        make_runs({"baseline": 0.0, "pilot": -0.08, "close": -0.07}, 3, draws=draws)
    )
    (losses,) = [row for row in tabulate_worth(case).rows if "loss" in row[0]]
    assert losses[0] == "Expected loss of choosing it, over draws"
    nmb = case.evaluation.net_benefit(100_000.0)
    by_hand = (nmb.max(axis=1, keepdims=True) - nmb).mean(axis=0)
    assert list(losses[1:]) == [say_money(float(loss), "USD") for loss in by_hand]
    table = tabulate_net_benefit(case)
    told = [row for row in table.rows if row[0] == "$100,000"]
    assert "Expected loss, USD" in table.columns
    assert ["chosen" in row[-1] for row in told] == [cell == "$0" for cell in losses[1:]]


def test_money_that_no_longer_buys_health_is_no_more_discounted_than_the_health(make_runs):
    """QALYs of groups cannot be discounted; beside them stood what a discounted cost would buy."""
    folder = make_runs(replicates=4)
    case = open_context(folder)
    with closing(sqlite3.connect(folder / "runs.db")) as base:
        spent = dict(
            base.execute(
                "SELECT name, sum(amount) / 4 FROM ledger JOIN runs ON runs.key = run JOIN scenarios"
                " ON scenarios.hash = runs.scenario WHERE category <> 'income' GROUP BY name"
            )
        )
    lost = 1000 * (spent["pilot"] - spent["baseline"]) / 10_000 / 100_000
    table = tabulate_distribution(case)
    assert float(table.rows[-1][3].replace("−", "-")) == pytest.approx(lost, rel=1e-3)
    assert "neither is discounted" in table.caption
    assert evaluate(case.pairs).rates != (0.0, 0.0)


def test_who_is_in_need_is_said_to_be_of_the_reference(make_runs):
    assert tabulate_unmet(open_context(make_runs(replicates=2))).columns[1] == "In need, baseline"


def test_groups_that_cannot_be_told_apart_are_named_with_their_numbers():
    """One number stood there, of a group that nobody could know."""
    rows = pd.DataFrame(
        {"group": ["young", "old"], "mean": [-0.003, -0.002], "low": [-0.006, -0.004]}
        | {"high": [0.0, 0.001]}
    )
    said = _say_group("age", rows, HEADLINE)
    assert said.startswith("By age: no clear difference between groups (“young” −3, −6 to 0 ")
    assert said.endswith("; “old” −2, −4 to +1).")


@pytest.mark.parametrize(
    ("cost", "gain", "worth", "words"),
    [
        # Three QALYs lost at 60,000 each are more than the 60,000 that may be saved at most.
        ((70e3, -60e3, 200e3), -3.0, 60e3, "Not the cost, .* even at the best end .* health lost"),
        ((70e3, -60e3, 200e3), -0.5, 60e3, "^The cost, which cannot be told from none"),
        # Four gained are worth more than the 200,000 that they may cost at most.
        ((70e3, -60e3, 200e3), 4.0, 60e3, "Not the cost, .* even at the worst end .* is worth it"),
        ((70e3, -60e3, 200e3), 3.0, 60e3, "^The cost, which cannot be told from none"),
        ((70e3, -60e3, 200e3), 4.0, None, "^The cost, which cannot be told from none"),
    ],
)
def test_a_cost_that_may_be_none_is_no_doubt_where_health_decides(cost, gain, worth, words):
    case = SimpleNamespace(
        extra_cost=Interval(*cost),
        extra_qalys=Interval(gain, gain, gain),
        say_range=lambda found: f"{found.low:.0f} to {found.high:.0f}",
        say_money=lambda value: f"${value:,.0f}",
    )
    assert re.search(words, _doubt_cost(case, worth))


@pytest.mark.parametrize(
    ("half", "words"), [(0.0, "“old” has no change"), (0.003, "“old” has no clear change")]
)
def test_a_mean_of_nothing_with_an_interval_is_not_called_no_change(half, words):
    rows = pd.DataFrame(
        {"group": ["young", "old"], "mean": [0.02, 0.0], "low": [0.01, -half], "high": [0.03, half]}
    )
    assert words in _say_group("age", rows, HEADLINE)


def test_the_reason_of_a_decision_is_that_of_the_week_that_is_told():
    """Nothing was decided in week 13 because nobody came, and a full service was told as the reason."""
    seen = [(13, "occupancy at 0"), (39, "occupancy at 1"), (52, "occupancy at 1")]
    frame = pd.DataFrame(
        [
            {"name": "pilot", "subject": "more", "action": "nothing", "seed": seed, "draw": ""}
            | {"week": week, "reason": reason}
            for seed in (1, 2)
            for week, reason in seen
        ]
    )
    case = SimpleNamespace(
        stored=SimpleNamespace(rows=lambda _: frame),
        pairs=SimpleNamespace(names=("pilot",), replicates=[(1, ""), (2, "")]),
        comparison=SimpleNamespace(replicates=2),
    )
    (row,) = tabulate_decisions(case).rows
    assert row[3:5] == ["occupancy at 0", "13"]


@pytest.mark.parametrize(
    ("perspective", "weekly"),
    [("health_care", 6_000.0), ("societal", 6_000.0), ("public_payer", 0.0)],
)
def test_the_price_of_a_programme_is_that_of_those_whose_costs_count(
    make_runs, perspective, weekly
):
    """It was that to all payers, not discounted, beside a discounted cost to public payers alone."""
    case = open_context(make_runs(replicates=2))
    # 6,000 a week from the grant for two years, each in the middle of its week, at 3%.
    by_hand = sum(weekly * 1.03 ** (-(week + 0.5) / 52) for week in range(104))
    found = value_programme(evaluate(case.pairs, perspective=perspective), "pilot")
    assert found == pytest.approx(by_hand)


def test_at_the_price_that_is_told_the_programme_is_just_worth_it(make_runs):
    case = open_context(make_runs({"baseline": 0.0, "pilot": -0.0001}, 4))
    room = [line for line in _doubt_at(case, 1000.0) if line.startswith("The price")]
    assert len(room) == 1
    share = float(re.search(r"cost ([\d.]+)% less", room[0])[1]) / 100
    left = 1000.0 * case.extra_qalys.mean - case.extra_cost.mean
    assert left + share * value_programme(case.evaluation, "pilot") == pytest.approx(0, abs=6_000)


def test_of_replicates_that_are_enough_no_more_are_needed(make_runs):
    """As many as were run were said to be needed, also where four would have done."""
    case = open_context(make_runs(replicates=8))
    told = {row[2]: row[4] for row in judge_runs(case, 10.0).rows}
    assert told == {"yes": "no more"}
    (more,) = {row[4] for row in judge_runs(case, 1e-6).rows if row[0] == "Cost of services"}
    assert int(more.replace(",", "")) > 8


def test_where_beds_have_a_part_no_figure_takes_fewer_admissions_for_a_gain(make_runs, monkeypatch):
    """The page for funders told who gains by visits; researchers and slides still by admissions."""
    case = open_context(make_runs(replicates=4))
    assert "for whom admissions change" in " ".join(each.headline for each in list_figures(case))
    for module in ("supply.bed_limits", "slides"):
        where = f"analysis.reports.{module}.say_bed_limit"
        monkeypatch.setattr(where, lambda *_: "Beds have a part in that.")
    titles = " ".join(each.headline for each in list_figures(case))
    assert "for whom emergency visits change" in titles
    assert "; beds have a part in it" in titles
    assert "Emergency visits: who gains more and who less" in draw_group_effects(case).title
