"""Which services and funds there are in which weeks, and what is missing in some of them."""

from __future__ import annotations

import pytest

from sim.scenario.library import load
from sim.services.affordability import Bill, find_gaps, tell_bills, yearly_income
from sim.services.open_weeks import list_open_together, list_stretches
from sim.services.yearly_cost import price_services, sum_income

PEERS = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 10}


@pytest.fixture(scope="module")
def town():
    """Two peers for USD 100,000 a year, and nothing else that is switched on."""
    baseline = load("baseline")
    off = {f"services.{name}.enabled": False for name in baseline.services}
    money = {"prices.pay.peer": "USD 40_000 per year", "prices.overhead": 0.25, "horizon": 104}
    return baseline.with_(
        off
        | money
        | {
            "services.peers": PEERS,
            "funds.public-funds.amount": "USD 0 per year",
            "funds.public-funds.opening": "USD 0",
        }
    )


def fund(amount, **more):
    return {"source": "grant", "amount": f"USD {amount} per year", "only_for": ["peers"]} | more


def test_weeks_are_cut_where_something_opens_or_ends(town):
    found = list_stretches(town.with_({
        "services.peers.from": "week 10", "services.peers.until": "week 60",
        "funds.g": fund(9, **{"from": "week 20", "to": "week 90"}),
        "funds.once": {"source": "donation", "amount": "USD 900", "only_for": ["peers"], "to": "week 30"},
    }))  # fmt: skip
    told = [
        (first, end, sorted(services), sorted(funds - {"public-funds"}))
        for first, end, services, funds in found
    ]
    assert told == [
        (0, 10, [], ["once"]),
        (10, 20, ["peers"], ["once"]),
        # money that comes once is spent as it is needed, also after its fund has ended
        (20, 30, ["peers"], ["g", "once"]),
        (30, 60, ["peers"], ["g", "once"]),
        (60, 90, [], ["g", "once"]),
        (90, 104, [], ["once"]),
    ]


def test_what_begins_after_the_horizon_counts_as_meant_for_all_of_it(town):
    late = town.with_({"services.later": PEERS | {"from": "week 300"}})
    assert list_open_together(late) == [frozenset({"peers", "later"})]
    follow = town.with_(
        {"services.peers.until": "week 50", "services.later": PEERS | {"from": "week 50"}}
    )
    assert list_open_together(follow) == [frozenset({"later"}), frozenset({"peers"})]


def test_a_fund_brings_its_income_and_what_comes_once_over_the_years(town):
    regular = town.with_({"funds.g": fund(5_200, opening="USD 900")}).funds["g"]
    assert yearly_income(regular, 156) == pytest.approx(5_200 + 300)
    # of less than a year, once is once
    assert yearly_income(regular, 26) == pytest.approx(5_200 + 900)
    once = town.with_(
        {"funds.g": {"source": "grant", "amount": "USD 600", "only_for": ["peers"]}}
    ).funds["g"]
    assert yearly_income(once, 104) == pytest.approx(300)
    assert sum_income(town.with_({"funds.g": fund(5_200)})) == pytest.approx(5_200)


def test_supervision_is_paid_by_the_hour_and_every_post(town):
    usual = price_services(town)["peers"].amount
    hour = town.prices.supervision_hour.amount
    weekly = price_services(town.with_({"services.peers.supervision": "weekly"}))["peers"].amount
    monthly = price_services(town.with_({"services.peers.supervision": "monthly"}))["peers"].amount
    assert usual == pytest.approx(100_000)
    # an hour of supervision a week for each of two posts; a third of that by the month
    assert weekly - usual == pytest.approx(2 * hour * 52)
    assert monthly - usual == pytest.approx(2 * hour * 52 / 3)


@pytest.mark.parametrize(("amount", "gap"), [(94_900, True), (95_100, False), (100_000, False)])
def test_a_gap_of_less_than_a_twentieth_is_none(town, amount, gap):
    found = find_gaps(
        town.with_({"funds.g": fund(amount), "funds.public-funds.only_for": ["ward"]})
    )
    assert bool(found) is gap
    if gap:
        assert found[0].path == ("funds", "g", "amount")
        assert "peers costs USD 100,000 a year, and g brings 94,900" in found[0].message
        assert found[0].hint == "5,100 a year are missing"


def test_what_nobody_may_pay_is_missing_beside_what_funds_are_short_of(town):
    both = town.with_({
        "services.others": PEERS | {"staff": {"peer": 1}},
        "funds.g": fund(60_000), "funds.public-funds.only_for": ["ward"],
    })  # fmt: skip
    lines = tell_bills(both)
    assert lines[-1].endswith("funds 60,000: short of 90,000")
    assert [line.split() for line in lines[1:] if "peers" in line] == [["peers", "100,000", "g"]]
    assert next(line for line in lines if "others" in line).split() == [
        "others",
        "50,000",
        "nobody",
    ]


def test_the_rest_of_a_bill_is_never_less_than_nothing():
    assert Bill(100.0, 30.0, ("g",)).rest == 70.0
    assert Bill(100.0, 130.0, ("g",)).rest == 0.0
    assert Bill(None, 0.0, ()).rest == 0.0


def test_of_two_funds_the_one_that_alone_pays_is_told_with_its_posts(town):
    """What the other may pay too is not its burden; both together are short by no more."""
    shared = fund(70_000, only_for=["peers", "others"])
    found = find_gaps(town.with_({
        "services.others": PEERS | {"staff": {"peer": 1}},
        "funds.a": fund(40_000, only_for=["others"]), "funds.b": shared,
        "funds.public-funds.only_for": ["ward"],
    }))  # fmt: skip
    (gap,) = found
    assert "peers and others cost USD 150,000 a year, and a and b bring 110,000" in gap.message
    assert gap.hint == "40,000 a year are missing"
    alone = find_gaps(town.with_({
        "services.others": PEERS | {"staff": {"peer": 1}},
        "funds.a": fund(400_000, only_for=["others"]), "funds.b": fund(70_000),
        "funds.public-funds.only_for": ["ward"],
    }))  # fmt: skip
    assert [conflict.path for conflict in alone] == [("funds", "b", "amount")]
    assert "peers costs USD 100,000 a year, and b brings 70,000" in alone[0].message


def test_weeks_that_no_fund_pays_are_told_in_words_and_joined_where_they_follow(town):
    """A fund that pays from week 20 to 40, with one that pays in week 60 alone, of two years."""
    funds = {
        "funds.g": fund(100_000, **{"from": "week 20", "to": "week 40"}),
        "funds.h": fund(100_000, **{"from": "week 60", "to": "week 61"}),
        # Weeks are cut here, and nothing that pays for it changes.
        "funds.other": fund(1, only_for=["ward"], **{"from": "week 10", "to": "week 80"}),
        "funds.public-funds.only_for": ["ward"],
    }
    said = tell_bills(town.with_(funds))[-1]
    assert said.endswith(
        "while every fund pays, not in weeks 0 to 19 and in weeks 40 to 59 and from week 61 on"
    )
    short = {"services.peers.from": "week 59", "services.peers.until": "week 61"}
    assert tell_bills(town.with_(funds | short))[-1].endswith("pays, not in week 59")


@pytest.mark.parametrize(("cash", "paid"), [(196_000, True), (180_000, False), (0, False)])
def test_cash_that_is_there_pays_before_an_income_begins(town, cash, paid):
    """100,000 a year are due; of two years' cash half counts for each, less a twentieth that is no gap."""
    funds = {
        "funds.g": fund(100_000, **{"from": "week 20", "opening": f"USD {cash}"}),
        "funds.public-funds.only_for": ["ward"],
    }
    said = tell_bills(town.with_(funds))[-1]
    assert ("not in weeks 0 to 19" in said) is not paid
    assert "enough for every post" in said
