"""What services cost, who pays, and whether that is enough: by hand, and as `check` says it."""

import json

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.scenario.diagnostics.evidence_ranges import find_outside_range
from sim.scenario.library import list_shipped, load
from sim.services.affordability import Bill, find_gaps, find_shortage, tell_bills, write_bills


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Give a function that checks a scenario that extends the baseline."""
    monkeypatch.chdir(tmp_path)

    def run(text, *more):
        (tmp_path / "mine.yaml").write_text(f"extends: baseline.yaml\ntitle: Mine\n{text}")
        return CliRunner().invoke(main, ["check", "mine.yaml", *more], prog_name="kinwell")

    return run


def test_a_service_costs_what_its_posts_cost_by_hand():
    town = load("baseline").with_(
        {
            "prices.pay.peer": "USD 40_000 per year",
            "prices.overhead": 0.25,
            "services.it": {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 10},
            "services.it.fee": "USD 10 per session",
            "funds.grant": {"source": "grant", "amount": "USD 90_000 per year", "only_for": ["it"]},
        }
    )
    bill = write_bills(town)["it"]
    assert bill.cost == pytest.approx(2 * 40_000 * 1.25)
    assert bill.fees_at_most == pytest.approx(20 * 0.65 * (1 - 0.12) * 52 * 10)
    assert bill.funds == ("grant",)
    assert write_bills(town)["ward"] == Bill(None, 0.0, ())


@pytest.mark.parametrize(
    ("rests", "income", "short", "funds"),
    [
        ({"a": (100, "x")}, {"x": 100}, 0, ()),
        ({"a": (100, "x")}, {"x": 60}, 40, ("x",)),
        # what only x may pay is short, although there is money enough together
        ({"a": (100, "x"), "b": (10, "xy")}, {"x": 60, "y": 500}, 40, ("x",)),
        # y helps out with b
        ({"a": (50, "x"), "b": (50, "xy")}, {"x": 60, "y": 40}, 0, ()),
        ({"a": (50, "x"), "b": (70, "xy")}, {"x": 60, "y": 40}, 20, ("x", "y")),
    ],
)
def test_a_shortage_is_what_no_moving_of_money_can_mend(rests, income, short, funds):
    bills = {name: Bill(cost, 0.0, tuple(payers)) for name, (cost, payers) in rests.items()}
    assert find_shortage(bills, income) == (pytest.approx(short), funds)


def test_many_funds_are_looked_at_one_by_one_and_together():
    bills = {str(i): Bill(10.0, 0.0, (str(i),)) for i in range(20)}
    assert find_shortage(bills, {str(i): 9.0 for i in range(20)})[0] == pytest.approx(20)


def test_of_a_dozen_funds_any_few_can_be_the_ones_that_are_short():
    """Two of twelve that pay for one thing together: neither alone, and not all."""
    bills = {"a": Bill(100.0, 0.0, ("0", "1"))}
    income = {str(i): 30.0 if i < 2 else 1_000.0 for i in range(12)}
    assert find_shortage(bills, income) == (pytest.approx(40), ("0", "1"))


def test_a_large_fund_that_about_balances_does_not_hide_a_small_one_that_is_short():
    """Together they are short of 4% of what they pay, less than vacant posts leave."""
    bills = {"large": Bill(1_000.0, 0.0, ("county",)), "small": Bill(50.0, 0.0, ("grant",))}
    assert find_shortage(bills, {"county": 990.0, "grant": 20.0}) == (pytest.approx(30), ("grant",))
    assert find_shortage(bills, {"county": 990.0, "grant": 50.0}) == (0.0, ())


def test_check_says_what_each_service_costs_and_who_pays(check):
    said = check("").stdout
    assert "a year at full size, USD of 2023:" in said
    assert "community-therapy  1,263,800  fees (at most 654,100), public-funds" in said
    assert "paid by the visit or the day" in said
    assert "all together" in said
    assert "enough for every post" in said


def test_check_gives_the_same_as_data(check):
    found = json.loads(check("", "--json").stdout)
    assert found["costs"]["mine.yaml"]["psychiatry"]["funds"] == ["public-funds"]
    assert found["costs"]["mine.yaml"]["psychiatry"]["cost"] == pytest.approx(306_800, rel=0.01)


PEERS = (
    "services:\n  peers: {kind: one_to_one_peer, from: week 8, staff: {peer: 2}, caseload: 12}\n"
)


def test_a_service_without_a_fund_is_told_at_its_place(check):
    result = check(PEERS)
    assert result.exit_code == 0
    assert "mine.yaml:4:3: services.peers: nobody pays for it: at full size it costs USD 106," in (
        result.stdout
    )
    assert "only_for: [peers]" in result.stdout
    assert check(PEERS, "--strict").exit_code == 2


def test_an_amount_too_small_for_the_posts_is_told_with_what_is_missing(check):
    fund = "funds:\n  g: {source: grant, amount: USD 50_000 per year, only_for: [peers]}\n"
    said = check(PEERS + fund).stdout
    assert "funds.g.amount: is too small for the posts: at full size peers costs USD 106," in said
    assert "g brings 50,000" in said
    assert "short of 56," in said
    enough = "funds:\n  g: {source: grant, amount: USD 110_000 per year, only_for: [peers]}\n"
    assert "too small" not in check(PEERS + enough).stdout


def test_a_parameter_outside_its_evidence_is_told_once_for_all(check):
    said = check("parameters: {symptoms.noise: 0.9, seeking.seeking: 0.2}\n").stdout
    assert said.count("note:") == 1
    assert "2 parameters lie outside their evidence ranges: symptoms.noise (got 0.9;" in said
    assert find_outside_range(load("baseline")) == []


def test_dates_beyond_the_horizon_are_told(check):
    late = PEERS.replace("week 8", "week 400")
    assert "never acts: begins in week 400" in check(late).stdout


@pytest.mark.parametrize("name", list_shipped())
def test_money_of_the_shipped_scenarios_fits_their_posts(name):
    assert find_gaps(load(name)) == []


def test_a_gap_that_vacant_posts_leave_is_not_told():
    town = load("organisers")
    assert find_gaps(town.with_({"funds.organisers-grant.amount": "USD 120_000 per year"}))


def test_a_town_without_services_has_no_bills():
    off = {f"services.{name}.enabled": False for name in load("baseline").services}
    assert tell_bills(load("baseline").with_(off)) == []


TWICE = """services:
  community-therapy: {until: week 20}
  therapy-again: {kind: individual_therapy, from: week 40, staff: {therapist: 16}, caseload: 10,
                  fee: USD 105 per session, supervision: monthly, rank: 3}
funds: {public-funds: {only_for: [primary-care, community-therapy, psychiatry, therapy-again]}}
"""


def test_services_that_follow_each_other_are_not_paid_at_once(check):
    alone, both = (find_gaps(load(name)) for name in ("baseline", "mine.yaml") if check(TWICE))
    assert alone == both == []
    said = check(TWICE).stdout
    together = next(line for line in said.splitlines() if "at once, at most" in line)
    usual = next(line for line in check("").stdout.splitlines() if "all together" in line)
    assert together.split("at most", 1)[1].split() == usual.split("all together")[1].split()
    # One that does run beside the first is paid beside it.
    beside = TWICE.replace("week 40", "week 4")
    assert "is too small for the posts" in check(beside).stdout


def test_posts_that_outlast_their_fund_are_told_with_the_week(check):
    enough = "enough for every post where fees come in full"
    fund = "funds: {public-funds: {amount: USD 880_000 per year, %s, opening: 0}}\n"
    assert f"{enough} while every fund pays, not from week 31 on" in (
        check(fund % "to: week 31").stdout
    )
    late = fund % "from: week 13"
    assert f"{enough} while every fund pays, not in weeks 0 to 12" in check(late).stdout
    assert "while every fund pays" not in check("").stdout


def test_what_is_switched_off_is_not_counted_as_offered(check):
    said = check("services: {ward: {enabled: false}, psychiatry: {enabled: false}}\n").stdout
    assert ", 3 services (2 more switched off), 1 fund." in said
