"""People, places, beds and money are conserved, every week, whatever the scenario."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sim.community import Community
from sim.scenario.schema.kpis import KPIS
from sim.services.kind import CATEGORIES
from sim.state.codes import HospitalFigure, TieKind
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS
from sim.state.staff import NOBODY
from sim.week.money.payments import INCOME

pytestmark = pytest.mark.core

WEEK = st.integers(0, 20)
POSTS = st.sampled_from([0.5, 1, 1.5, 2, 3.25])
SHARE = st.sampled_from([0.0, 0.2, 0.5, 1.0])


@st.composite
def sizes(draw):
    changes = {
        "services.primary-care.staff": {"physician": draw(POSTS), "nurse": draw(POSTS)},
        "services.community-therapy.staff": {"therapist": draw(POSTS)},
        "services.community-therapy.caseload": draw(st.sampled_from([0.4, 3, 7.5])),
        "services.community-therapy.priority": draw(
            st.sampled_from(["first_come", "urgent_first", "neediest_first"])
        ),
        "services.ward.beds": draw(st.integers(0, 3)),
        "funds.public-funds.amount": f"USD {draw(st.sampled_from([0, 300_000, 1_500_000]))} per year",
        "funds.public-funds.opening": f"USD {draw(st.sampled_from([0, 50_000, 400_000]))}",
        "funds.public-funds.when_short": draw(st.sampled_from(["priority", "equal", "need"])),
        "funds.public-funds.reserve_weeks": draw(st.integers(0, 8)),
        "services.peers.from": f"week {draw(WEEK)}",
        "services.peers.ramp": f"{draw(st.integers(0, 8))} weeks",
        "services.peers.where": ["east", "north"],
    }
    if draw(st.booleans()):
        changes["services.community-therapy.until"] = f"week {draw(WEEK)}"
    if draw(st.booleans()):
        changes["funds.grant.to"] = f"week {draw(st.integers(1, 20))}"
    return changes


@st.composite
def shocks(draw):
    begin = draw(WEEK)
    end = f"week {begin + draw(st.integers(1, 8))}"
    kinds = {
        "cut": {"kind": "funding_cut", "fund": "public-funds", "by": draw(SHARE)},
        "short": {
            "kind": "staff_shortage",
            "role": draw(st.sampled_from(["therapist", "peer", "physician"])),
            "share": draw(SHARE),
        },
        "storm": {
            "kind": "adversity",
            "life_events": draw(st.sampled_from([0, 5, 60])),
            "until": end,
        },
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), unique=True))
    return {f"shocks.{name}": {"at": f"week {begin}", **kinds[name]} for name in chosen}


@st.composite
def committees(draw):
    deeds = (
        {"expand": "peers", "by": "100%", "to": ["west"]},
        {"shrink": "community-therapy", "by": "50%"},
        {"pause": "primary-care"},
        {"move": "40%", "from_fund": "grant", "to_fund": "public-funds"},
    )
    chosen = draw(st.lists(st.sampled_from(range(4)), unique=True))
    kpi = draw(
        st.sampled_from(
            [
                "wait",
                "symptoms",
                "unmet_need",
                "occupancy",
                "engagement",
                "satisfaction",
                "cost_per_person",
                "loneliness",
            ]
        )
    )
    rules = {
        f"rule-{n}": {"when": {"kpi": kpi, "above": KPIS[kpi].low}, "do": deeds[n]} for n in chosen
    }
    every, delay = draw(st.integers(2, 9)), draw(st.integers(0, 5))
    return (
        {
            "governance": {
                "review_every": f"{every} weeks",
                "delay": f"{delay} weeks",
                "rules": rules,
            }
        }
        if rules
        else {}
    )


HARD_LIFE = {
    "parameters.crisis.crisis": -6.0,
    "parameters.life.mortality": 0.001,
    "parameters.life.suicide": 0.01,
    "parameters.seeking.seeking": 0.2,
}


@pytest.mark.slow
@settings(max_examples=30, phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False)
@given(
    size=sizes(),
    shock=shocks(),
    committee=committees(),
    hard=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_everything_is_accounted_for_every_week(pilot, size, shock, committee, hard, seed):
    scenario = pilot.with_({**size, **shock, **committee, **(HARD_LIFE if hard else {})})
    community = Community(scenario, rng=seed)
    died = 0
    while community.week < scenario.horizon:
        opening = community.treasury.balance.copy()
        community.step()
        died += check_people(community.world, died)
        check_places(community)
        check_posts(community.world)
        if community.week > 0:
            check_money(community, opening)
    check_record(community.results(), community)


def check_people(world, died_before):
    r = world.residents
    died = int((r.happened & 64 > 0).sum())
    assert world.died == died_before + died
    living = r.key.size + int(world.came.sum()) - world.moved_away - world.died
    assert int(r.alive.sum()) == living
    assert r.alive.max() == 1
    for name in (
        "distress",
        "phq",
        "loneliness",
        "coping",
        "connection",
        "relief",
        "stigma",
        "knowledge",
        "strain",
        "event_load",
    ):
        assert np.isfinite(getattr(r, name)).all(), name
    assert r.phq.min() >= 0
    assert r.phq.max() <= 27
    assert ((r.crisis_chance >= 0) & (r.crisis_chance <= 1)).all()
    friends = ((world.ties.kind == TieKind.FRIEND) | (world.ties.kind == TieKind.GROUP)).sum(axis=1)
    assert np.array_equal(r.close_ties, friends), "the count of close ties is that of the lists"
    tied = world.ties.neighbour < r.key.size
    i, _ = np.nonzero(tied)
    forth = set(zip(i.tolist(), world.ties.neighbour[tied].tolist(), strict=True))
    assert forth == {(b, a) for a, b in forth}, "a tie stands in both lists"
    return died


def check_places(community):
    world = community.world
    r, o = world.residents, world.provision.offers
    for s in range(o.key.size):
        enrolled = (r.care_service == s + 1).any(axis=1) & (r.alive == 1)
        assert enrolled.sum() <= o.places[s] * o.open[s]
    for slots, table in ((CARE_SLOTS, r.care_service), (WAIT_SLOTS, r.wait_service)):
        for a in range(slots):
            for b in range(a):
                assert not ((table[:, a] == table[:, b]) & (table[:, a] > 0)).any(), (
                    "somebody has one place twice"
                )
    both = (r.care_service[:, :, None] == r.wait_service[:, None, :]) & (
        r.care_service[:, :, None] > 0
    )
    assert not both.any(), "somebody waits for a place that they have"
    beds = community.declared.services["ward"].beds
    assert ((r.stay > 0) & (r.alive == 1)).sum() <= beds
    assert world.used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3].sum() <= 7 * beds
    assert not ((r.stay > 0) & (r.boarding > 0)).any()
    assert int(o.held.sum()) == int(r.sessions.sum())


def check_posts(world):
    staff, r = world.provision.staff, world.residents
    assert (staff.filled <= staff.open).all()
    held = staff.resident[(staff.resident != NOBODY) & (staff.filled == 1)]
    assert held.size == np.unique(held).size, "one resident has two posts"
    assert np.array_equal(np.flatnonzero(r.peer), np.sort(held)), (
        "peers in post are the residents marked as peers"
    )
    assert ((staff.strain >= 0) & (staff.strain <= 1)).all()


def check_money(community, opening):
    treasury = community.treasury
    ledger = treasury.ledger
    income, spending = ledger[:, :, INCOME].sum(axis=1), ledger[:, :, INCOME + 1 :].sum(axis=(1, 2))
    scale = max(1.0, np.abs(opening).max(), spending.max())
    assert np.allclose(treasury.balance, opening + income - spending, rtol=1e-9, atol=1e-9 * scale)
    assert (ledger >= 0.0).all()


def check_record(results, community):
    rows = results.ledger
    for week in range(community.declared.horizon):
        spent = sum(
            amount
            for w, _, _, category, amount in rows
            if w == week and category != CATEGORIES[INCOME]
        )
        assert results.weekly["cost"][week] == pytest.approx(spent, rel=1e-9, abs=1e-6)
        public = sum(
            amount
            for w, _, payer, category, amount in rows
            if w == week and category != "income" and payer == "public"
        )
        assert results.weekly["cost_public"][week] == pytest.approx(public, rel=1e-9, abs=1e-6)
    assert results.weekly["cash"][-1] == pytest.approx(
        community.treasury.balance.sum(), rel=1e-9, abs=1e-6
    )
    assert (
        results.weekly["peers"][-1]
        == community.world.residents.peer[community.world.residents.alive == 1].sum()
    )
    for key in ("admissions", "qalys", "expected_suicides", "emergency_visits"):
        total = results.weekly[key].sum()
        for dimension in ("neighbourhood", "income", "age", "sex", "severity"):
            parts = [group[key] for group in results.subgroups if group["dimension"] == dimension]
            assert sum(parts) == pytest.approx(total, rel=1e-6, abs=1e-6)
    start = [
        group["residents"] for group in results.subgroups if group["dimension"] == "neighbourhood"
    ]
    assert sum(start) <= community.declared.population.residents
