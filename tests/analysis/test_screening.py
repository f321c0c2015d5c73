"""Screening: what matters is found among hundreds, and nothing is found where nothing matters."""

import numpy as np
import pandas as pd
import pytest

from analysis.sensitivity.screening import (
    FALSE_SHARE,
    FEW_FACTORS,
    READ_BY_SWITCH,
    leave_out_unread,
    screen_parameters,
)
from sim.community import Community
from sim.evidence.loader import all_evidence
from sim.scenario.library import load


def draw(draws, parameters, seed=0):
    return pd.DataFrame(
        np.random.default_rng(seed).random((draws, parameters)),
        columns=[f"p{k}" for k in range(parameters)],
    )


def decide(gain):
    return np.column_stack([np.zeros(len(gain)), gain])


def test_what_matters_is_found_among_hundreds_the_strongest_first():
    known = draw(100, 400)
    gain = 5 * known["p7"] - 3 * known["p300"] + np.random.default_rng(1).normal(0, 0.5, 100)
    assert screen_parameters(known, decide(gain))[:2] == ["p7", "p300"]


def test_where_nothing_matters_something_is_found_once_in_ten_times_at_most():
    found = [
        bool(
            screen_parameters(
                draw(60, 200, seed), decide(np.random.default_rng(seed + 1_000).normal(size=60))
            )
        )
        for seed in range(200)
    ]
    assert np.mean(found) <= FALSE_SHARE + 2 * np.sqrt(FALSE_SHARE * (1 - FALSE_SHARE) / 200)


def test_links_need_not_be_straight_and_units_do_not_count():
    known = draw(80, 50)
    gain = np.exp(8 * known["p3"]) * 1e6
    assert screen_parameters(known, decide(gain)) == ["p3"]
    assert screen_parameters(known * 1e-9, decide(gain)) == ["p3"]


def test_a_parameter_counts_by_the_strategy_that_it_moves_most():
    known = draw(80, 30)
    nmb = np.column_stack([np.zeros(80), np.random.default_rng(1).normal(size=80), known["p9"]])
    assert screen_parameters(known, nmb)[0] == "p9"


def test_few_are_all_kept():
    known = draw(40, FEW_FACTORS)
    gain = known["p5"].to_numpy()
    assert screen_parameters(known, decide(gain))[0] == "p5"
    assert sorted(screen_parameters(known, decide(gain))) == sorted(known.columns)


@pytest.mark.parametrize("gain", [np.zeros(40), np.full(40, 7.0)])
def test_a_decision_that_never_changes_has_no_parameters(gain):
    assert screen_parameters(draw(40, 30), decide(gain)) == []


def test_no_parameters_are_no_error():
    assert screen_parameters(pd.DataFrame(index=range(40)), decide(np.arange(40.0))) == []


def test_numbers_of_services_that_nobody_offers_are_left_out():
    known = pd.DataFrame(
        0.5,
        index=range(3),
        columns=[
            "care.fade_after",
            "services.support_line.fee",
            "services.primary_care.fee",
            "help",
        ],
    )
    declared = [{"services": {"doctors": {"kind": "primary_care"}}}, {}]
    assert list(leave_out_unread(known, declared)) == [
        "care.fade_after",
        "services.primary_care.fee",
        "help",
    ]


@pytest.mark.parametrize("name", READ_BY_SWITCH)
def test_what_a_switch_leaves_out_has_no_say(name):
    """Lives under the structure that does not read a number are the same whatever it is, and under the other they are not."""
    switch, position = READ_BY_SWITCH[name]
    other = {
        "gains": "ceiling",
        "crisis_link": "exponential",
        "contagion": {"on": "off", "off": "on"}.get(position),
    }[switch]
    town = load("peer-pilot").with_({"population.residents": 300, "warm_up": 8, "horizon": 26})
    high = all_evidence()[name].high

    def live(chosen, draw):
        return Community(town.with_({f"structure.{switch}": chosen}), rng=1, draw=draw).run().weekly

    for chosen, same in ((other, True), (position, False)):
        plain, drawn = live(chosen, {}), live(chosen, {name: high})
        assert (
            all(np.array_equal(plain[key], drawn[key], equal_nan=True) for key in plain) == same
        ), chosen


def test_numbers_of_other_currencies_and_structures_are_left_out():
    names = ["prices.pay_peer", "prices.uk_supervision_hour", *READ_BY_SWITCH]
    known = pd.DataFrame(0.5, index=range(3), columns=names)
    assert set(READ_BY_SWITCH) <= set(all_evidence())
    assert list(leave_out_unread(known, [{"currency": "USD"}])) == [
        "prices.pay_peer",
        "crisis.crisis_most",
        "social.contagion",
    ]
    other = {
        "currency": "GBP",
        "structure": {"gains": "additive", "contagion": "on", "crisis_link": "exponential"},
    }
    assert list(leave_out_unread(known, [other])) == [
        "prices.uk_supervision_hour",
        "care.additive_limit",
        "social.contagion_on",
    ]
    assert list(leave_out_unread(known, [{"currency": "USD"}, other])) == names
