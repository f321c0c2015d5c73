"""Several programmes, one decision: doubt about every pair, ties told, losses called losses."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.reports.context import HEADLINE, open_context
from analysis.reports.decision import fill_decision, rank_in_words, tabulate_others, tabulate_pairs
from analysis.reports.funder import _list_costs, _say_group, fill_brief, say_effect
from analysis.reports.programmes import (
    _list_best,
    find_goal,
    tabulate_programmes,
    tabulate_spending,
    tabulate_worth,
)
from analysis.reports.sections.doubts import _doubt_health, list_doubts
from analysis.reports.side_by_side.cover import say_cover, spell_more
from analysis.reports.side_by_side.sizes import fill_sizes, find_shape
from analysis.reports.side_by_side.years import tabulate_years
from analysis.runs.intervals import Interval


@pytest.fixture
def case(make_runs):
    effects = {"baseline": 0.0, "peer-pilot": -0.08, "close": -0.079, "worse": 0.1}
    return open_context(make_runs(effects, 8))


def test_the_ranking_says_of_every_pair_whether_it_can_be_told_apart(case):
    said = " ".join(rank_in_words(case)[1:])
    names = case.pairs.names
    values = find_goal(case)[1]
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            gap = values[:, place] - values[:, names.index(other)]
            sure = abs(gap.mean()) > 2.3646 * gap.std(ddof=1) / np.sqrt(len(gap))
            sentences = [
                part for part in said.split(".") if f"“{name}”" in part and f"“{other}”" in part
            ]
            assert sentences, (name, other)
            doubtful = any("cannot be told apart" in part for part in sentences)
            assert sure or doubtful, (name, other)
    table = tabulate_pairs(case)
    assert [row[k + 1] for k, row in enumerate(table.rows)] == ["–"] * len(names)


def test_no_table_mixes_what_is_discounted_with_what_is_not(case):
    plain = [tabulate_programmes(case), tabulate_spending(case), tabulate_others(case)]
    for table in plain:
        assert "not discounted" in table.caption
        text = " ".join([*table.columns, *(cell for row in table.rows for cell in row)])
        assert "discounted" not in text
    worth = tabulate_worth(case)
    assert "discounted at 3.0%" in worth.caption
    assert "not discounted" not in worth.caption
    money = case.evaluation.cost.mean(axis=0)
    spent = case.pairs.values(case.stored.spending(["payer"]), "amount").mean(axis=0)
    assert money[0] < spent[0]
    assert {more for _, _, more in _list_costs(case)} == {"2025 prices, not discounted", ""}


def test_ties_for_best_are_told_and_belong_to_nobody_alone(make_runs):
    twins = open_context(make_runs({"baseline": 0.0, "peer-pilot": 0.0, "twin": 0.0}, 4))
    row = _list_best(twins)
    alone = [int(cell.split()[0]) for cell in row[1:]]
    assert sum(alone) <= 4
    assert row[1].endswith("tied for best in 4")
    assert row[3] == row[1]


@pytest.mark.parametrize(
    ("worst", "words"),
    [
        ((0.001, 0.0005, 0.0015), "“b” loses (+1.0, +0.5 to +1.5)"),
        ((0.001, -0.0005, 0.0025), "“b” may lose"),
        ((-0.001, -0.0015, -0.0005), "“b” gains least (−1.0, −1.5 to −0.5)"),
    ],
)
def test_a_group_that_loses_is_said_to_lose_with_its_interval(worst, words):
    rows = pd.DataFrame(
        [("a", -0.01, -0.012, -0.008), ("b", *worst)], columns=["group", "mean", "low", "high"]
    )
    said = _say_group("age", rows, HEADLINE)
    assert words in said
    assert "“a” (−10, −12 to −8" in said


def test_a_group_without_any_change_gains_nothing_and_its_unit_stands_at_its_number():
    rows = pd.DataFrame(
        [("a", 0.0, 0.0, 0.0), ("b", 0.01, 0.008, 0.012)], columns=["group", "mean", "low", "high"]
    )
    said = _say_group("age", rows, HEADLINE)
    assert "“a” has no change (0 admissions per 1,000 residents, the same in every" in said
    assert "“b” loses (+10, +8 to +12)" in said
    assert "most for" not in said


@pytest.mark.parametrize(
    ("least", "words"),
    [
        ((0.001, 0.0005, 0.0015), "all lose, least “b”"),
        ((0.001, -0.001, 0.003), "all lose on average, least “b”"),
    ],
)
def test_that_all_lose_is_certain_only_where_the_intervals_are(least, words):
    rows = pd.DataFrame(
        [("a", 0.01, 0.008, 0.012), ("b", *least)], columns=["group", "mean", "low", "high"]
    )
    assert words in _say_group("age", rows, HEADLINE)


def test_who_gains_is_told_by_visits_where_beds_have_a_part_in_admissions(make_runs, monkeypatch):
    case = open_context(make_runs(replicates=4))
    assert "admissions per 1,000" in fill_brief(case)["gains"][0]
    monkeypatch.setattr(
        "analysis.reports.supply.bed_limits.say_bed_limit", lambda *_: "Beds have a part in that."
    )
    assert "visits per 1,000" in fill_brief(case)["gains"][0]


def test_chance_alone_is_said_in_the_headline_with_a_command_that_adds_parameters(
    make_runs, monkeypatch
):
    alone = open_context(make_runs(replicates=4))
    assert "interval, chance alone," in say_effect(alone)
    assert "chance alone" in say_cover(alone.comparison)
    assert spell_more(alone.comparison).startswith("kinwell compare baseline pilot -n 4 -o ")
    kept = alone.comparison.pairs.stored.path.with_name("pilot.resolved.yaml")
    kept.touch()
    assert spell_more(alone.comparison).startswith(f"kinwell compare baseline {kept} -n 4 -o ")
    assert spell_more(alone.comparison).endswith("--uncertainty evidence")
    command = "kinwell compare a.yaml 'b c.yaml' --uncertainty chance -n 4"
    plans = pd.DataFrame({"command": [command]})
    monkeypatch.setattr(type(alone.stored), "tables", frozenset({"plans"}))
    monkeypatch.setattr(type(alone.stored), "query", lambda *_: plans)
    assert spell_more(alone.comparison) == (
        "kinwell compare a.yaml 'b c.yaml' -n 4 --uncertainty evidence"
    )


@pytest.mark.parametrize("asked", ["-n 3", "-n3", "--replicates=3 --draws 3", "--draws=10 -n 3"])
def test_draws_of_one_seed_are_said_to_leave_chance_out_with_a_command_that_adds_it(
    make_runs, monkeypatch, asked
):
    draws = [{"help": 0.9}, {"help": 1.1}, {"help": 1.3}]
    one = open_context(make_runs(replicates=1, draws=draws))
    assert "interval, parameters alone," in say_effect(one)
    assert "Intervals cover parameters alone: every draw was run with" in say_cover(one.comparison)
    assert "The ranges cover parameters, not chance, nor how the model is built." in list_doubts(
        one
    )
    folder = one.stored.path.parent
    assert spell_more(one.comparison) == (
        f"kinwell compare baseline pilot --uncertainty evidence -o {folder} -n 6 --draws 3"
    )
    command = f"kinwell compare a.yaml {asked} --uncertainty posterior -j 2"
    monkeypatch.setattr(type(one.stored), "tables", frozenset({"plans"}))
    monkeypatch.setattr(type(one.stored), "query", lambda *_: pd.DataFrame({"command": [command]}))
    assert spell_more(one.comparison) == (
        "kinwell compare a.yaml --uncertainty posterior -j 2 -n 6 --draws 3"
    )


def test_scenarios_that_were_run_one_by_one_are_each_run_again(make_runs, monkeypatch):
    """The last command alone would draw parameters for one of them, and leave nothing to compare."""
    alone = open_context(make_runs(replicates=4))
    runs = alone.stored.runs
    hashes = dict(zip(runs["name"], runs["hash"], strict=True))
    names = ["pilot", "baseline", "pilot"]  # the newest first
    plans = pd.DataFrame(
        {
            "command": [f"kinwell run {name}.yaml -n 4" for name in names],
            "scenarios": [f'["{hashes[name]}"]' for name in names],
        }
    )
    monkeypatch.setattr(type(alone.stored), "tables", frozenset({"plans"}))
    monkeypatch.setattr(type(alone.stored), "query", lambda *_: plans)
    assert spell_more(alone.comparison) == (
        "kinwell run baseline.yaml -n 4 --uncertainty evidence"
        " && kinwell run pilot.yaml -n 4 --uncertainty evidence"
    )


def test_drawn_parameters_are_named_and_need_no_command(make_runs):
    draws = [{"help": 0.9}, {"help": 1.1}, {"help": 1.3}]
    drawn = open_context(make_runs(replicates=2, draws=draws))
    assert say_cover(drawn.comparison) == "Intervals cover chance and parameters."
    assert "interval, chance and parameters," in say_effect(drawn)


def test_the_same_programme_at_several_budgets_is_a_curve(make_runs, declare):
    def size(name, staff):
        peers = {"kind": "one_to_one_peer", "staff": {"peer": staff}}
        services = {
            "primary-care": {"kind": "primary_care"},
            "ward": {"kind": "inpatient_ward"},
            "peer-specialists": peers,
        }
        funds = {"grant": {"source": "grant", "amount": f"USD {staff}0_000 per year"}}
        return declare(name, "Peers", more={"services": services, "funds": funds})

    declared = [size("peers-small", 2), size("peers-large", 6)]
    effects = {"baseline": 0.0, "peers-small": -0.05, "peers-large": -0.2, "other": -0.01}
    case = open_context(make_runs(effects, 5, declared))
    (family,) = fill_sizes(case)
    assert family.title == "What more money buys: Peers"
    assert [row[0] for row in family.table.rows] == ["Peers (peers-small)", "Peers (peers-large)"]
    page = fill_decision(case)
    assert page is not None
    assert "Peers (peers-small)" in page["question"]
    shapes = {find_shape(case.stored.declared[name]) for name in ("peers-small", "other")}
    assert len(shapes) == 2


def test_years_stand_in_columns_and_levels_beside_differences(case, make_runs):
    table = tabulate_years(case)
    assert table is not None
    assert list(table.columns[2:]) == ["Year 1", "Year 2"]
    admissions = table.rows[1]
    values = case.pairs.over_weeks(case.stored.weekly([HEADLINE]), HEADLINE, 104)
    place = case.pairs.names.index(admissions[1])
    first = values[:, place, :52].sum(axis=1).mean()
    assert float(admissions[2].split(":")[0].replace(",", "")) == pytest.approx(first, rel=1e-3)
    totals = open_context(make_runs(replicates=3, keep="summary", folder="totals"))
    assert tabulate_years(totals) is None


def test_of_many_scenarios_the_pairs_of_the_best_are_told_in_words(make_runs):
    effects = {name: -0.02 * place for place, name in enumerate(["baseline", *"abcd"])}
    case = open_context(make_runs(effects, 4))
    said = rank_in_words(case)
    best = np.array(case.pairs.names)[np.argmax(find_goal(case)[1].mean(axis=0))]
    assert said[-1].endswith("in the table of every pair.")
    assert all(f"“{case.call(best)}”" in part for part in said[1:-1])


@pytest.mark.parametrize(
    ("cost", "said"),
    [(40_000.0, "no QALY pays for it"), (-40_000.0, "no QALY weighs against the saving")],
)
def test_health_that_is_the_same_everywhere_is_not_a_gain_that_cannot_be_told(cost, said):
    case = SimpleNamespace(
        extra_cost=Interval(cost, cost - 9_000, cost + 9_000), extra_qalys=Interval(0.0, 0.0, 0.0)
    )
    told = _doubt_health(case, 100_000.0)
    assert told == f"The cost alone: health is the same in every replicate, and {said}."
    assert _doubt_health(case, None) == told
