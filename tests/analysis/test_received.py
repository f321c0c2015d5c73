"""What was received is spent or left, to the cent of the model's own accounts; offsets add up."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.economics import received
from analysis.economics.budget import describe_cash
from analysis.economics.received import find_offsets, receive_and_spend, sum_years
from analysis.reports.context import open_context
from analysis.reports.funder import fill_brief
from analysis.reports.planner import tabulate_cash
from analysis.reports.plans.money_received import (
    list_received,
    say_unspent,
    tabulate_offsets,
    tabulate_received,
)
from analysis.runs.pairing import pair

EXAMPLE = Path(__file__).parents[2] / "results" / "example"
"""Runs of the model that come with it."""


@pytest.fixture(scope="module")
def example():
    return pair(EXAMPLE)


def test_what_is_left_of_all_funds_is_the_cash_that_the_model_holds(example):
    left = sum_years(receive_and_spend(example)).groupby("scenario")["left"].sum()
    cash = dict(zip(example.names, example.outcome("cash").mean(axis=0), strict=True))
    assert left.to_dict() == pytest.approx(cash)


def test_each_year_begins_with_what_the_last_one_left(example):
    frame = receive_and_spend(example)
    for _, fund in frame.groupby(["scenario", "fund", "payer"]):
        assert fund["opening"].tolist()[1:] == fund["left"].tolist()[:-1]
        kept = fund["opening"] + fund["received"] - fund["spent"]
        assert fund["left"].tolist() == pytest.approx(kept.tolist())


def test_offsets_add_up_to_the_budget_impact(example):
    spending = example.stored.spending(["payer"])
    place = example.names.index("peer-pilot")
    for offset in find_offsets(example, "peer-pilot"):
        values = example.values(spending[spending["payer"] == offset.payer], "amount")
        net = float((values[:, place] - values[:, 0]).mean())
        assert offset.net.mean == pytest.approx(net)
        assert offset.invested.mean + offset.elsewhere.mean == pytest.approx(net)


def test_the_pages_say_what_was_received_what_was_spent_and_what_is_left(make_runs):
    """One made-up fund takes in 45,000 a week and pays for nothing, another account owes."""
    case = open_context(make_runs(replicates=2))
    assert set(say_unspent(case.pairs, "pilot")) >= {
        "public-health: $4.68 million received, $0 spent; $4.68 million (100%) is left at the end.",
        "peer-specialists: $0 received, $624,000 spent; $624,000 is owed.",
    }
    rows = {(row[0], row[1]): row[2:] for row in tabulate_received(case).rows}
    whole, each = "$4.68 million", "$2.34 million / $0"
    assert rows["public-health (public)", "pilot"] == [whole, "$0", whole, each, each]
    assert {row[0] for row in tabulate_offsets(case).rows} >= {"grant", "public"}


def test_a_funder_sees_the_funds_of_the_programme_alone():
    (row,) = list_received(open_context(EXAMPLE, focus="peer-pilot"))
    assert row[0] == "Fund: foundation-grant"
    assert list_received(open_context(EXAMPLE, focus="funding-cut")) == []


def test_a_runway_that_was_cut_off_is_told_as_at_least_that_long(example):
    cash = describe_cash(example)
    table = tabulate_cash(open_context(EXAMPLE))
    assert "Runway at the end (weeks, 520 at most)" in table.columns
    told = {row[0]: row[3].endswith(" or more") for row in table.rows}
    assert told == (cash["share_capped"] > 0).to_dict()
    assert any(told.values())


def read_amounts(text: str) -> list[float]:
    """The amounts of money in a text, as a reader would add them up."""
    words = {"": 1.0, " million": 1e6, " billion": 1e9}
    found = re.findall(r"(−?)\$([\d,]+(?:\.\d+)?)( million| billion)?", text)
    return [
        (-1.0 if sign else 1.0) * float(number.replace(",", "")) * words[word]
        for sign, number, word in found
    ]


def test_what_is_left_is_what_came_less_what_went_also_as_it_is_written(example):
    for name in example.names:
        funds = [said for said in say_unspent(example, name) if "no fund may pay" not in said]
        for sentence in funds:
            *came, spent, left = read_amounts(sentence)
            owed = -1.0 if "owed" in sentence else 1.0
            assert sum(came) - spent == pytest.approx(owed * left), sentence
    rows = tabulate_received(open_context(EXAMPLE)).rows
    for row in rows:
        received, spent = (read_amounts(cell)[0] for cell in row[2:4])
        years = [read_amounts(cell) for cell in row[5:]]
        assert sum(year[0] for year in years) == pytest.approx(received), row
        assert sum(year[1] for year in years) == pytest.approx(spent), row


def test_a_funder_reads_one_amount_in_one_way():
    """The grant pays for the programme alone: what is spent of it is what it pays more."""
    rows = {row[0]: row[1] for row in fill_brief(open_context(EXAMPLE, focus="peer-pilot"))["cost"]}
    (paid,) = read_amounts(rows["Paid by: grant"])
    assert paid in read_amounts(rows["Fund: foundation-grant"])


@pytest.fixture
def pairs():
    """Two replicates of a town and a pilot whose peers a grant pays for, 500 being there at first."""
    every = [("public", 9.0, 4.0), ("grant", 0.0, 6.0), ("people", 2.0, 2.0), ("insurer", 1.0, 8.0)]
    mine = [("grant", 0.0, 6.0), ("insurer", 0.0, 7.0)]
    frames = [pd.DataFrame(rows, columns=["payer", "town", "pilot"]) for rows in (every, mine)]
    funds = {"funds": {"gift": {"opening": "USD 500"}, "tax": {}}}
    peers = {"services": {"peers": {"kind": "one_to_one_peer"}}}
    return SimpleNamespace(
        names=("town", "pilot"),
        reference="town",
        seeds=np.arange(2),
        draws=np.zeros(2, np.int64),
        values=lambda part, _: np.outer([0.5, 1.5], part[["town", "pilot"]].sum()),
        stored=SimpleNamespace(
            declared={"town": funds, "pilot": {}},
            later={"town": {}, "pilot": peers},
            spending=lambda _, *named: frames[bool(named)],
        ),
    )


def test_what_a_fund_has_left_opens_its_next_year_also_as_a_debt(pairs):
    came, went = np.array([10.0, 0.0]), np.array([3.0, 600.0])
    rows = received._follow(pairs, "town", ("gift", "public"), came, went)
    told = [[row[key] for key in received.MONEY_COLUMNS] for row in rows]
    assert told == [
        ["town", "gift", "public", 1, 500.0, 10.0, 3.0, 507.0],
        ["town", "gift", "public", 2, 507.0, 0.0, 600.0, -93.0],
    ]
    nothing = np.zeros(2)
    for name, fund, flows, years in (
        ("town", "gift", (nothing, nothing), 2),
        ("town", "tax", (nothing, nothing), 0),
        ("pilot", "gift", (nothing, nothing), 0),
        ("town", "tax", (came, nothing), 2),
        ("town", "other", (nothing, went), 2),
    ):
        assert len(received._follow(pairs, name, (fund, "public"), *flows)) == years


def test_who_pays_most_of_a_programme_is_told_first_and_who_pays_the_same_is_not_told(pairs):
    found = find_offsets(pairs, "pilot")
    told = [(one.payer, one.invested.mean, one.elsewhere.mean, one.net.mean) for one in found]
    assert told == [
        ("insurer", 7.0, 0.0, 7.0),
        ("grant", 6.0, 0.0, 6.0),
        ("public", 0.0, -5.0, -5.0),
    ]
    pairs.stored.later["pilot"] = {}
    unchanged = {
        one.payer: (one.invested.mean, one.net.mean) for one in find_offsets(pairs, "pilot")
    }
    assert unchanged == {"public": (0.0, -5.0), "grant": (0.0, 6.0), "insurer": (0.0, 7.0)}


def test_what_sums_of_sums_leave_is_not_spent_elsewhere(pairs, monkeypatch):
    """Everything that differs is the programme's, summed in another order: 0.1 + 0.2 is not 0.3."""
    whole, programme = (0.1 + 0.2) * 1e5, 0.3 * 1e5
    assert whole != programme

    def told(*asked, **_):
        amount = programme if len(asked) > 1 else whole
        return pd.DataFrame({"payer": ["public"], "amount": [amount]})

    monkeypatch.setattr(pairs.stored, "spending", told)
    monkeypatch.setattr(
        pairs, "values", lambda part, _: np.array([[0.0, part["amount"].sum()]] * len(pairs.seeds))
    )
    (found,) = find_offsets(pairs, "pilot")
    assert found.invested.mean == pytest.approx(30_000)
    assert (found.elsewhere.mean, found.elsewhere.low, found.elsewhere.high) == (0.0, 0.0, 0.0)
