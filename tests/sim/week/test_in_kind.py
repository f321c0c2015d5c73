"""Gifts in kind: shared by what can be used, never more, and only while an agreement lasts."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.schema.partnerships import Partnership
from sim.units import parse_money
from sim.week.money.in_kind import give, gives_in_kind, keep_up, worth_of

NAMES = ("clinic", "walks", "groups")


def agree(**more):
    return Partnership.model_validate({"with": "business", "for": ["walks", "groups"]} | more)


def town(week, *agreements):
    return SimpleNamespace(
        week=week,
        provision=SimpleNamespace(names=NAMES),
        scenario=SimpleNamespace(
            partnerships={str(k): agreement for k, agreement in enumerate(agreements)}
        ),
    )


def test_a_flow_is_given_every_week_and_a_single_gift_in_its_first():
    flow, once = parse_money("USD 520 per year"), parse_money("USD 520")
    assert [worth_of(flow, 3, week) for week in (3, 4)] == [10.0, 10.0]
    assert [worth_of(once, 3, week) for week in (2, 3, 4)] == [0.0, 520.0, 0.0]


def test_a_gift_is_shared_in_proportion_to_what_can_be_used():
    gift = agree(in_kind="USD 100 per week")
    assert give(town(0, gift), np.array([500.0, 300.0, 100.0])).tolist() == [0.0, 75.0, 25.0]


def test_what_cannot_be_used_is_gone_and_nothing_is_given_twice():
    first, second = agree(in_kind="USD 100 per week"), agree(in_kind="USD 900 per week")
    usable = np.array([500.0, 300.0, 100.0])
    assert give(town(0, second), usable).tolist() == [0.0, 300.0, 100.0]
    assert give(town(0, first, second), usable).tolist() == pytest.approx([0.0, 300.0, 100.0])
    rest = agree(in_kind="USD 60 per week", **{"for": ["walks", "elsewhere"]})
    assert give(town(0, first, rest), usable).tolist() == pytest.approx([0.0, 135.0, 25.0])
    assert give(town(0, first), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_an_agreement_gives_and_costs_between_its_dates_alone():
    dated = agree(in_kind="USD 40 per week", upkeep="USD 7 per week", **{"from": 2, "until": 4})
    usable = np.full(3, 100.0)
    assert [give(town(week, dated), usable).sum() for week in range(1, 5)] == [0, 40, 40, 0]
    assert [keep_up(town(week, dated, dated)) for week in range(1, 5)] == [0, 14, 14, 0]


def test_whether_anybody_gives_in_kind():
    gift, upkeep = agree(in_kind="USD 1 per week"), agree(upkeep="USD 9 per week")
    assert gives_in_kind((upkeep, gift))
    assert not gives_in_kind((upkeep,))
    assert not gives_in_kind((gift.model_copy(update={"enabled": False}),))


def test_an_agreement_that_is_over_is_in_nobodys_way_and_a_small_gift_is_a_gift():
    over = agree(in_kind="USD 40 per week", until=2)
    small = agree(in_kind="USD 26 per year")
    given = give(town(5, over, small), np.array([9.0, 0.3, 0.1]))
    assert given.tolist() == pytest.approx([0.0, 0.3, 0.1])
    assert give(town(5, over, small), np.full(3, 100.0)).tolist() == pytest.approx([0, 0.25, 0.25])
