"""Funds beside what their services cost: never short, cut to no effect, inherited with other posts."""

import pytest

import sim
from sim.scenario.library import read
from sim.services.fund_size import find_idle_money, list_money_notes, size_funds


def write(folder, name, text):
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


NINE = "extends: us-town\ntitle: Nine\nservices: {community-therapy: {staff: {therapist: 9}}}\n"
CUT = "shocks: {cut: {kind: funding_cut, fund: public-funds, at: week 26, by: %s}}\n"


def test_the_town_s_fund_about_balances_with_every_post_filled():
    size = size_funds(sim.load("us-town"))["public-funds"]
    assert size.cost == pytest.approx(2_440_000, rel=0.01)  # as the scenario's comment says
    assert size.cost - size.need == pytest.approx(1_560_000, rel=0.02)
    assert not size.ample
    assert not find_idle_money(sim.load("us-town"))


def test_nine_posts_under_a_fund_for_sixteen_are_told_at_their_place(tmp_path):
    loaded = read(write(tmp_path, "nine", NINE + CUT % "25%"))
    said = {note.path: note for note in list_money_notes(loaded)}
    assert "touches nobody" in said["shocks.cut.by"].message
    assert "never binds" in said["funds.public-funds.amount"].message
    inherited = said["services.community-therapy.staff"]
    assert "is inherited from" in inherited.message
    assert (inherited.line, inherited.file[-9:]) == (3, "nine.yaml")


def test_an_amount_that_fits_its_posts_is_not_called_idle(tmp_path):
    nine = "funds: {public-funds: {amount: USD %d per year, when_short: priority}}\n"
    need = size_funds(read(write(tmp_path, "nine", NINE)).scenario)["public-funds"].need
    for over, noted in ((1.03, False), (1.2, True)):
        loaded = read(write(tmp_path, "fits", NINE + nine % (over * need)))
        assert bool(list_money_notes(loaded)) == noted


def test_a_cut_that_is_felt_and_a_fund_of_its_own_are_not(tmp_path):
    fund = "funds: {public-funds: {amount: USD 560_000 per year}}\n"
    loaded = read(write(tmp_path, "nine", NINE + fund + CUT % "30%"))
    assert not list_money_notes(loaded)
    deep = read(write(tmp_path, "deep", NINE + CUT % "60%"))
    assert "shocks.cut.by" not in {note.path for note in list_money_notes(deep)}


def town(**changes):
    """One service of two peers for USD 100,000 a year, who earn no fees."""
    off = {f"services.{name}.enabled": False for name in sim.load("baseline").services}
    peers = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 10}
    money = {"prices.pay.peer": "USD 40_000 per year", "prices.overhead": 0.25}
    return sim.load("baseline").with_(
        off | money | {"services.peers": peers, "horizon": 104} | changes
    )


def grant(amount, **more):
    return {"source": "grant", "amount": f"USD {amount} per year", "only_for": ["peers"]} | more


@pytest.mark.parametrize(
    ("fee", "amount", "need", "ample"),
    [
        (0, 100_001, 100_000, True),
        (0, 99_999, 100_000, False),
        # 20 places, 0.65 sessions a week, of which 12% are missed, at USD 5: 2,974 a year
        (5, 97_000, 97_025.6, False),
        (5, 100_001, 97_025.6, True),
        # at USD 50 fees bring 29,744: a tenth more than the rest is enough too
        (50, 77_200, 70_256, False),
        (50, 77_300, 70_256, True),
    ],
)
def test_a_fund_is_ample_that_pays_all_or_a_tenth_more_than_what_fees_leave(
    fee, amount, need, ample
):
    size = size_funds(
        town(**{"services.peers.fee": f"USD {fee} per session", "funds.g": grant(amount)})
    )["g"]
    assert size == (pytest.approx(amount), pytest.approx(need), pytest.approx(100_000))
    assert size.ample is ample


def test_services_one_after_the_other_need_what_the_dearer_needs():
    later = {"kind": "one_to_one_peer", "staff": {"peer": 3}, "caseload": 10, "from": "week 52"}
    both = {"services.peers.until": "week 52", "services.later": later}
    funds = {"funds.g": grant(150_000, only_for=["peers", "later"])}
    assert size_funds(town(**both, **funds))["g"].need == pytest.approx(150_000)
    beside = both | {"services.later": later | {"from": "week 51"}}
    assert size_funds(town(**beside, **funds))["g"].need == pytest.approx(250_000)
    # money that comes once has no yearly size
    once = {"source": "donation", "amount": "USD 900", "only_for": ["peers"]}
    assert "once" not in size_funds(town(**{"funds.once": once}))


@pytest.mark.parametrize(
    ("by", "said"), [("30%", True), ("49%", True), ("51%", False), ("0%", False)]
)
def test_a_cut_that_leaves_enough_says_from_where_on_it_is_felt(by, said):
    cut = {"kind": "funding_cut", "fund": "g", "at": "week 20", "by": by}
    found = {
        c.path: c for c in find_idle_money(town(**{"funds.g": grant(200_000), "shocks.cut": cut}))
    }
    assert (("shocks", "cut", "by") in found) is said
    if said:
        assert found["shocks", "cut", "by"].hint == "a cut of more than 50% would be felt"
    assert "about USD 100,000 per year" in found["funds", "g", "amount"].hint


def test_a_grant_for_a_time_is_a_budget_of_its_own_and_what_nearly_fits_is_meant():
    assert find_idle_money(town(**{"funds.g": grant(200_000, to="week 100")})) == []
    assert find_idle_money(town(**{"funds.g": grant(105_000)})) == []
    assert find_idle_money(town(**{"funds.g": grant(105_100)}))


def test_fees_beyond_what_a_service_costs_pay_for_no_other():
    """20 places at USD 500 earn 297,440 for a service of 100,000: the other still costs its own 50,000."""
    other = {"kind": "one_to_one_peer", "staff": {"peer": 1}, "caseload": 10}
    rich = {"services.peers.fee": "USD 500 per session", "services.other": other}
    size = size_funds(town(**rich, **{"funds.g": grant(50_000, only_for=["peers", "other"])}))["g"]
    assert (size.need, size.cost) == (pytest.approx(50_000), pytest.approx(150_000))


def test_posts_that_outgrow_an_inherited_fund_are_told_at_their_place(tmp_path):
    many = NINE.replace("therapist: 9", "therapist: 40")
    found = {note.path: note for note in list_money_notes(read(write(tmp_path, "many", many)))}
    assert "is inherited from" in found["services.community-therapy.staff"].message
    usual = NINE.replace("therapist: 9", "therapist: 16")
    assert list_money_notes(read(write(tmp_path, "usual", usual))) == []


def test_a_fund_that_a_child_states_is_not_inherited_from_it(tmp_path):
    """Posts of the parent were told to be under a fund "inherited from" the child that states it."""
    write(tmp_path, "nine", NINE)
    less = (
        "extends: nine.yaml\ntitle: Less\nfunds: {public-funds: {amount: USD 900_000 per year}}\n"
    )
    found = {note.path for note in list_money_notes(read(write(tmp_path, "less", less)))}
    assert "services.community-therapy.staff" not in found
