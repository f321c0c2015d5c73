"""The treasury: income by dates and cuts, costs of posts, what a review costs, and money moved between funds."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.services.kind import CATEGORIES
from sim.state.codes import HospitalFigure, Payer
from sim.state.staff import ROLES
from sim.week.money import treasury as treasury_module
from sim.week.money.accounts import price_boarding
from sim.week.money.closing import Figure, sum_up
from sim.week.money.payments import INCOME
from sim.week.money.treasury import Treasury

WEEK = 1 / 52


def incomes(community, fund, weeks):
    treasury, world = community.treasury, community.world
    seen = []
    for week in weeks:
        world.week = week
        seen.append(treasury._income_of(world, treasury.accounts.index(fund)))
    return seen


def test_grants_pay_between_their_dates(town, live):
    community = live(town, 0)
    assert incomes(community, "grant", (1, 2, 11, 12)) == pytest.approx([0, 1_000, 1_000, 0])


def test_one_off_money_comes_once(town, live):
    community = live(
        town.with_({"funds.gift": {"source": "donation", "from": "week 3", "amount": "USD 9_000"}}),
        0,
    )
    assert incomes(community, "gift", range(6)) == [0, 0, 0, 9_000, 0, 0]


def test_cuts_take_their_share_while_they_last_and_add_up_by_multiplication(town, live):
    cut = {"kind": "funding_cut", "fund": "public-funds", "by": "50%"}
    community = live(
        town.with_(
            {
                "shocks.one": cut | {"at": "week 2"},
                "shocks.two": cut | {"at": "week 3", "until": "week 5"},
            }
        ),
        0,
    )
    full = 1_200_000 * WEEK
    assert incomes(community, "public-funds", (1, 2, 3, 4, 5)) == pytest.approx(
        [full, full / 2, full / 4, full / 4, full / 2]
    )


def test_restricted_money_is_spent_before_free_money(town, live):
    accounts = live(
        town.with_({"funds.free": {"source": "donation", "amount": "USD 10 per year"}}), 0
    ).treasury.accounts
    assert accounts.index("grant") < accounts.index("free")
    assert accounts[-3:] == ("fees", "hospital", "unfunded")


def test_a_service_costs_its_pay_overhead_supervision_and_hires(town, live):
    community = live(town, 0)
    world, treasury = community.world, community.treasury
    s = world.provision.names.index("community-therapy")
    staff = world.provision.staff
    filled = (staff.service == s).astype(np.int64)
    hires = np.zeros(len(world.provision.names), np.int64)
    hires[s] = 1
    cost = treasury._cost_of(world, filled, hires)
    assert cost[s] == pytest.approx(
        4 * 60_000 * WEEK * 1.3 + 4 / 3 * town.prices.supervision_hour.amount + 6_000
    )
    assert cost.sum() == cost[s]


def test_the_cost_of_the_declared_posts_leaves_room_to_grow_out(town, live):
    rules = {
        "more": {
            "when": {"kpi": "wait", "above": 99},
            "do": {"expand": "community-therapy", "by": "100%"},
        }
    }
    growing = live(town.with_({"governance": {"review_every": "8 weeks", "rules": rules}}), 0)
    assert growing.treasury.declared_cost == pytest.approx(live(town, 0).treasury.declared_cost)


def test_a_review_is_paid_from_free_money_or_is_a_debt(town, live):
    for name, scenario in (
        ("free", town.with_({"funds.free": {"source": "donation", "amount": "USD 10 per year"}})),
        ("unfunded", town),
    ):
        treasury = live(scenario, 0).treasury
        if name == "unfunded" and not list(treasury.funds.values())[-1].only_for:
            continue
        before = treasury.balance.copy()
        treasury.ledger[:] = 0
        treasury.book_review(5_000.0)
        assert (
            treasury.balance[treasury.accounts.index(name)]
            == before[treasury.accounts.index(name)] - 5_000
        )
        assert treasury.ledger[:, :, CATEGORIES.index("evaluation")].sum() == 5_000


def test_a_fund_of_nothing_takes_over_no_bill(town, live):
    """Neither of a service nor of a review: two funds of 0 leave every account as it was."""
    cut = {"kind": "funding_cut", "fund": "public-funds", "at": "week 2", "by": "90%"}
    short = town.with_({"shocks.cut": cut, "funds.public-funds.opening": 0})
    free = {"source": "public", "amount": "USD 10 per year"}
    nothing = {"source": "donation", "amount": "USD 0 per year"}
    plain = short.with_({"funds.free": free})
    more = plain.with_(
        {"funds.none": nothing, "funds.nil": nothing | {"only_for": [*town.services]}}
    )
    held = []
    for scenario in (plain, more):
        community = live(scenario, 8)
        community.treasury.book_review(5_000.0)
        held.append(dict(zip(community.treasury.accounts, community.treasury.balance, strict=True)))
    assert held[0]["free"] < -6_000
    assert held[1] == held[0] | {"none": 0.0, "nil": 0.0}


def test_money_moved_leaves_one_fund_and_reaches_the_other(town, live):
    community = live(town, 4)
    treasury = community.treasury
    grant, public = treasury.accounts.index("grant"), treasury.accounts.index("public-funds")
    treasury.moves.append((grant, public, 0.25))
    treasury.settle(community.world, np.zeros(len(community.world.provision.names), np.int64))
    income = treasury.ledger[:, :, INCOME].sum(axis=1)
    assert income[grant] == pytest.approx(750)
    assert income[public] == pytest.approx(1_200_000 * WEEK + 250)


def close_books(treasury):
    """The figures of a week's money."""
    figures = np.empty(len(Figure))
    sum_up(treasury.ledger, treasury.balance, treasury.earned, figures)
    return figures


def test_the_runway_is_cash_over_what_is_lost_each_week(town, live):
    treasury = live(town, 1).treasury
    treasury.ledger[:], treasury.balance[:] = 0, 0
    treasury.balance[0] = 900.0
    treasury.ledger[0, 0, INCOME], treasury.ledger[0, 0, INCOME + 1] = 100.0, 190.0
    books = close_books(treasury)
    told = books[[Figure.INCOME, Figure.SPENDING, Figure.CASH]]
    assert told.tolist() == [100.0, 190.0, 900.0]
    assert books[Figure.RUNWAY] == pytest.approx(10.0)
    treasury.ledger[0, 0, INCOME] = 200.0
    assert close_books(treasury)[Figure.RUNWAY] == 520.0


def test_what_is_usually_given_in_kind_follows_what_is_given(town, live):
    gift = {"with": "organisation", "for": ["primary-care"], "in_kind": "USD 5_200 per year"}
    community = live(town.with_({"partnerships.hall": gift}), 6)
    treasury = community.treasury
    helped = community.world.provision.names.index("primary-care")
    treasury.usual_gifts[:] = 0.0
    given = treasury._take_gifts(community.world)
    assert given[helped] > 0
    assert treasury.usual_gifts[helped] == pytest.approx(given[helped] / treasury.fee_weeks)
    treasury._take_gifts(community.world)
    second = (2 - 1 / treasury.fee_weeks) * given[helped] / treasury.fee_weeks
    assert treasury.usual_gifts[helped] == pytest.approx(second)


def test_what_funds_receive_is_worked_out_anew_whenever_it_changes(town, live):
    """Money paid once in an odd week, a grant that ends, a cut and its end: week after week as if every week were looked up."""
    gift = {"source": "donation", "from": "week 3", "amount": "USD 9_000"}
    cut = {"kind": "funding_cut", "fund": "public-funds", "by": "50%"}
    changes = {"funds.gift": gift, "shocks.cut": cut | {"at": "week 5", "until": "week 8"}}
    community = live(town.with_(changes), 0)
    treasury, world = community.treasury, community.world
    for week in range(14):
        world.week = week
        treasury._receive(world)
        expected = [treasury._income_of(world, f) for f in range(treasury.earned)]
        assert treasury.income[: treasury.earned].tolist() == expected, week


def test_where_need_decides_it_is_need_for_the_money_asked_and_closed_services_keep_theirs(
    people, services
):
    """By size alone the first would come first: 6 people in need for 300, 4 for 100, 3 of before for 50."""
    r, o = people(20), services(3)
    o.places[1:] = 1, 0
    r.care_service[:6, 1], r.care_service[6:9, 0], r.wait_service[9, 1] = 1, 2, 2
    r.care_service[10:16, 0] = 2  # not in need, but for one who is dead
    r.alive[15] = 0
    town = SimpleNamespace(
        residents=r,
        provision=SimpleNamespace(offers=o),
        in_need=np.isin(np.arange(20), [*range(10), 15]),
    )
    books = SimpleNamespace(need=np.array([9.0, 9.0, 3.0]))
    order = Treasury._order_by_need(books, town, np.array([300.0, 100.0, 50.0]))
    assert books.need.tolist() == [6.0, 4.0, 3.0]
    assert order.tolist() == [2, 1, 0]
    assert Treasury._order_by_need(books, town, np.array([100.0, 100.0, 0.0])).tolist() == [2, 0, 1]
    # Cents count as thousands do: 6 for 20 of them, 4 for 10, 3 for 30.
    assert Treasury._order_by_need(books, town, np.array([0.2, 0.1, 0.3])).tolist() == [1, 0, 2]


def test_what_the_hospital_did_is_paid_at_its_prices_by_who_insures(town, live):
    community = live(town, 0)
    world, treasury, prices = community.world, community.treasury, community.declared.prices
    figures = HospitalFigure.VISITS, HospitalFigure.BOARDING_DAYS, HospitalFigure.BED_DAYS
    world.used[:] = 0
    for figure, counts in zip(figures, ((1, 2, 3), (5, 6, 7), (40, 50, 60)), strict=True):
        world.used[figure : figure + 3] = counts
    treasury.settle(world, np.zeros(len(world.provision.names), np.int64))
    hospital = treasury.ledger[treasury.accounts.index("hospital")]
    payers = [
        Payer.HOSPITAL,
        Payer.PUBLIC,
        Payer.PRIVATE,
    ]  # of nobody's, the public's and the others
    visit, day = prices.emergency_visit.amount, prices.inpatient_day.amount
    # the town states no price of boarding: a day of it costs what one in the ward does
    assert prices.boarding_day is None
    emergency, inpatient = CATEGORIES.index("emergency"), CATEGORIES.index("inpatient")
    assert hospital[payers, emergency].tolist() == pytest.approx(
        [visit + 5 * day, 2 * visit + 6 * day, 3 * visit + 7 * day]
    )
    assert hospital[payers, inpatient].tolist() == pytest.approx([40 * day, 50 * day, 60 * day])
    assert hospital[:, INCOME].sum() == pytest.approx(6 * visit + 168 * day)
    assert hospital.sum() == pytest.approx(2 * (6 * visit + 168 * day))


def test_a_day_of_boarding_costs_what_is_stated_or_what_a_day_in_the_ward_does(town):
    prices = town.prices
    assert price_boarding(prices) == prices.inpatient_day.amount
    stated = town.with_({"prices.boarding_day": "USD 900 per day"}).prices
    assert price_boarding(stated) == 900.0


@pytest.fixture
def planned(monkeypatch):
    """What is planned with: each time the request, reserves, and orders by rank and by need."""
    seen = []

    def note(request, _, reserve, by_rank, by_need, weeks, share):
        seen.append((request.copy(), reserve.copy(), by_rank, by_need, weeks, share))

    monkeypatch.setattr(treasury_module, "plan", note)
    return seen


def test_money_is_planned_once_in_its_weeks_and_whenever_income_changes(town, live, planned):
    community = live(town, 4)
    treasury, world = community.treasury, community.world
    treasury.planned_income = treasury.income.tobytes()
    treasury.plan_every = 4
    planned.clear()
    for world.week in range(4, 13):
        treasury.plan_ahead(world)
    assert len(planned) == 3  # weeks 4, 8 and 12
    world.week = 13
    treasury.income[0] += 1.0
    treasury.plan_ahead(world)
    treasury.plan_ahead(world)
    assert len(planned) == 4


def test_what_is_asked_for_is_the_cost_of_what_is_wanted_less_what_it_earns(town, live, planned):
    """Fees and gifts grow with a service, to twice at most; reserves are weeks of what a fund may pay for."""
    community = live(town.with_({"funds.grant.reserve_weeks": 3}), 4)
    treasury, world = community.treasury, community.world
    services = world.provision.names
    clinic, peers = services.index("primary-care"), services.index("peers")
    world.week = 4 * treasury.plan_every
    planned.clear()
    nobody = np.zeros(len(services), np.int64)
    now = treasury._cost_of(world, world.provision.staff.filled, nobody)
    treasury.usual_fees[:], treasury.usual_gifts[:], world.wanted[:] = 0.0, 0.0, 1.0
    treasury.declared_cost[clinic], treasury.declared_cost[peers] = 1.5 * now[clinic], 700.0
    treasury.usual_fees[clinic] = treasury.usual_gifts[clinic] = 0.25 * now[clinic]
    treasury.plan_ahead(world)
    treasury.declared_cost[clinic] = 5.0 * now[clinic]
    treasury.plan_ahead(world)
    treasury.usual_fees[clinic] = 9.0 * now[clinic]
    treasury.plan_ahead(world)
    assert [request[clinic] / now[clinic] for request, *_ in planned] == pytest.approx(
        [1.5 - 0.5 * 1.5, 5.0 - 0.5 * 2.0, 0.0]
    )
    grant = treasury.accounts.index("grant")
    assert planned[0][1][grant] == pytest.approx(3 * 700.0)
    assert planned[0][-1] is world.share


@pytest.mark.parametrize("rule", ["need", "priority"])
def test_need_is_asked_for_where_a_fund_shares_out_by_it(town, live, planned, monkeypatch, rule):
    rules = {f"funds.{fund}.when_short": rule for fund in ("grant", "public-funds")}
    community = live(town.with_(rules), 4)
    order = community.treasury.rank_order[::-1].copy()
    monkeypatch.setattr(Treasury, "_order_by_need", lambda *_: order)
    community.world.week = 4 * community.treasury.plan_every
    planned.clear()
    community.treasury.plan_ahead(community.world)
    ((_, _, by_rank, by_need, *_),) = planned
    assert by_rank is community.treasury.rank_order
    assert by_need is (order if rule == "need" else by_rank)


@pytest.mark.parametrize(
    ("cash", "income", "runway"),
    [
        (900.0, 100.0, 10.0),
        (-900.0, 100.0, 0.0),
        (0.0, 100.0, 0.0),
        (90.0 * 600, 100.0, 520.0),
        (90.0 * 519, 100.0, 519.0),
        (900.0, 190.0, 520.0),
        (-900.0, 191.0, 520.0),
        (0.5, 189.5, 1.0),
    ],
)
def test_the_runway_of_debts_is_nothing_and_that_of_what_grows_is_the_longest(
    town, live, cash, income, runway
):
    """190 a week are spent, of which funds pay all."""
    treasury = live(town, 1).treasury
    treasury.ledger[:], treasury.balance[:] = 0, 0
    treasury.balance[0] = cash
    treasury.ledger[0, 0, INCOME], treasury.ledger[0, 0, INCOME + 1] = income, 190.0
    assert close_books(treasury)[Figure.RUNWAY] == pytest.approx(runway)


def test_a_cut_is_of_its_own_fund_and_only_where_it_is_enabled(town, live):
    cut = {"kind": "funding_cut", "fund": "public-funds", "by": "40%", "at": "week 3"}
    storm = {"kind": "adversity", "at": "week 3", "until": "week 9", "life_events": 2}
    full = 1_200_000 * WEEK
    for enabled, left in ((True, 0.6), (False, 1.0)):
        community = live(
            town.with_({"shocks.cut": cut | {"enabled": enabled}, "shocks.storm": storm}), 0
        )
        assert incomes(community, "grant", (2, 3, 4)) == pytest.approx([1_000] * 3)
        assert incomes(community, "public-funds", (2, 3, 90)) == pytest.approx(
            [full, left * full, left * full]
        )


def test_what_is_declared_costs_the_posts_of_each_role_a_part_of_one_as_a_part(town, live):
    """Two and a half peers and a nurse; room for as many again, which nobody has decided on, costs nothing."""
    rules = {
        "more": {"when": {"kpi": "wait", "above": 99}, "do": {"expand": "peers", "by": "100%"}}
    }
    changes = {
        "services.peers.staff": {"peer": 2.5, "nurse": 1},
        "governance": {"review_every": "8 weeks", "rules": rules},
    }
    community = live(town.with_(changes), 0)
    world, treasury = community.world, community.treasury
    declared, staff = treasury._declared_posts(world), world.provision.staff
    s = world.provision.names.index("peers")
    mine = staff.service == s
    assert mine.sum() > 4
    for role, count, hours in (("peer", 3, 2.5), ("nurse", 1, 1.0)):
        posts = mine & (staff.role == ROLES.index(role)) & (declared == 1)
        assert (posts.sum(), staff.hours[posts].sum()) == (count, hours), role
    pay = {str(role): money.per_week for role, money in town.prices.pay.items()}
    wages = 2.5 * pay["peer"] + pay["nurse"]
    supervision = 3.5 * world.provision.supervised[s] * treasury.rates.supervision_hours
    assert treasury.declared_cost[s] == pytest.approx(
        wages * (1.0 + town.prices.overhead) + supervision * town.prices.supervision_hour.amount
    )


def test_the_last_free_fund_with_cash_pays_for_a_review_though_it_receives_nothing(town, live):
    chest = {"source": "donation", "amount": "USD 0 per year", "opening": "USD 9_000"}
    empty = {"source": "donation", "amount": "USD 0 per year"}
    treasury = live(town.with_({"funds.chest": chest, "funds.empty": empty}), 0).treasury
    treasury.balance[treasury.accounts.index("public-funds")] = 5_000.0
    before, treasury.reviewed = treasury.balance.copy(), 0.0
    treasury.book_review(500.0)
    treasury.book_review(250.0)
    paid = dict(zip(treasury.accounts, before - treasury.balance, strict=True))
    assert {name: amount for name, amount in paid.items() if amount} == {"chest": 750.0}
    assert treasury.reviewed == 750.0
    # Where none has anything it is the debt of the last.
    treasury.income[:], treasury.balance[:] = 0.0, 0.0
    treasury.book_review(40.0)
    assert treasury.balance[treasury.accounts.index("empty")] == treasury.balance.sum() == -40.0


def test_a_review_that_no_fund_may_pay_is_nobodys_debt(town, live):
    treasury = live(town.with_({"funds.public-funds.only_for": [*town.services]}), 0).treasury
    before = treasury.balance.copy()
    treasury.book_review(500.0)
    assert (before - treasury.balance).tolist() == [0.0] * (before.size - 1) + [500.0]


def test_who_is_paid_nothing_costs_no_wage(town, live):
    pay = live(town, 0).treasury.rates.pay
    stated = {str(role): money.per_week for role, money in town.prices.pay.items()}
    assert [pay[ROLES.index(role)] for role in stated] == pytest.approx([*stated.values()])
    assert "volunteer" not in stated
    assert pay[ROLES.index("volunteer")] == 0.0


GIFT = {"with": "organisation", "for": ["primary-care"]}


def test_a_gift_pays_for_overhead_and_supplies_of_what_works_and_of_no_hospital(town, live):
    """Two physicians, of whom one is there, and a nurse; ten sessions were held."""
    gift = GIFT | {"in_kind": "USD 52_000_000 per year", "for": ["primary-care", "emergency"]}
    community = live(town.with_({"partnerships.hall": gift}), 2)
    world, treasury, offers = (
        community.world,
        community.treasury,
        community.world.provision.offers,
    )
    clinic = world.provision.names.index("primary-care")
    staff = world.provision.staff
    mine = staff.service == clinic
    staff.filled[mine] = 1
    staff.filled[np.flatnonzero(mine & (staff.role == ROLES.index("physician")))[0]] = 0
    offers.held[:], offers.held[clinic, 1, 2], treasury.ledger[:] = 0, 10, 0.0
    treasury.rates.supplies[clinic] = 3.0
    given = treasury._take_gifts(world)
    pay = {str(role): money.per_week for role, money in town.prices.pay.items()}
    usable = (pay["physician"] + pay["nurse"]) * town.prices.overhead + 30.0
    assert given.sum() == pytest.approx(usable)
    assert given[clinic] == pytest.approx(usable)
    booked = treasury.ledger[treasury.accounts.index("in-kind"), Payer.DONATION]
    category = world.provision.category[clinic]
    assert (booked[INCOME], booked[category]) == pytest.approx((usable, usable))
    assert treasury.ledger.sum() == pytest.approx(2 * usable)


def test_what_was_given_needs_no_money_and_keeping_it_up_costs_some(town, live):
    """Whoever pays: all that services cost, no more; the upkeep of an agreement is a cost of its own."""
    gift = GIFT | {"in_kind": "USD 5_200 per year", "upkeep": "USD 1_040 per year"}
    community = live(town.with_({"partnerships.hall": gift}), 3)
    world, treasury = community.world, community.treasury
    cash, treasury.reviewed = treasury.balance.copy(), 9.0
    treasury.settle(world, np.zeros(len(world.provision.names), np.int64))
    spent = treasury.ledger[:, :, INCOME + 1 :].sum(axis=2).sum(axis=1)
    by_account = dict(zip(treasury.accounts, spent.tolist(), strict=True))
    by_account.pop("hospital")
    assert treasury.reviewed == 0.0
    assert by_account["in-kind"] == pytest.approx(100.0)
    assert sum(by_account.values()) == pytest.approx(world.weekly_cost.sum() + 20.0)
    upkeep = treasury.ledger[:, :, CATEGORIES.index("community life")]
    assert upkeep.sum() == pytest.approx(20.0)
    income = treasury.ledger[:, :, INCOME].sum(axis=1)
    assert treasury.balance == pytest.approx(cash + income - spent)


def test_half_of_a_service_asks_for_half_of_its_money(town, live, planned):
    community = live(town, 4)
    treasury, world = community.treasury, community.world
    clinic = world.provision.names.index("primary-care")
    world.week = 4 * treasury.plan_every
    planned.clear()
    treasury.usual_fees[:], treasury.usual_gifts[:], world.wanted[:] = 0.0, 0.0, 0.5
    treasury.declared_cost[clinic] = 3_000.0
    treasury.plan_ahead(world)
    ((request, *_),) = planned
    assert request[clinic] == pytest.approx(1_500.0)


@pytest.mark.parametrize(("stated", "weeks"), [(0.3, 1), (1.0, 1), (2.6, 3), (4.0, 4)])
def test_money_is_planned_in_whole_weeks_and_every_week_at_the_most(town, live, stated, weeks):
    treasury = live(town.with_({"parameters.money.plan_every": stated}), -4).treasury
    assert treasury.plan_every == weeks
