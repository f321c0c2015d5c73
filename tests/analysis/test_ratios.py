"""What one more costs: an interval that holds what cannot be refuted, and words where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.runs.intervals import estimate_crossed
from analysis.runs.ratios import estimate_ratio
from analysis.text.ratios import say_unit_cost

WORDS = ("admission", "avoided", "added")
SEEDS, DRAWS = np.arange(40), np.zeros(40, dtype=int)


def draw(cost, gain, spread=1.0, seed=3):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=40)
    return (
        cost + spread * (shared + rng.normal(size=40)),
        gain + spread * (0.5 * shared + rng.normal(size=40)),
    )


def test_at_each_end_cost_less_the_worth_of_the_gain_just_cannot_be_told_from_none():
    cost, gain = draw(12.0, 5.0)
    found = estimate_ratio(cost, gain, SEEDS, DRAWS)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(cost.mean() / gain.mean())
    for end, side in ((found.low, "low"), (found.high, "high")):
        net = estimate_crossed(cost - end * gain, SEEDS, DRAWS)
        touching = net.low if side == "low" else net.high
        assert touching == pytest.approx(0.0, abs=1e-9 * np.abs(cost).max())


def test_pairing_makes_a_ratio_sharper():
    cost, gain = draw(12.0, 5.0)
    moved = estimate_ratio(2.4 * gain, gain, SEEDS, DRAWS)
    assert moved.low == pytest.approx(2.4)
    assert moved.high == pytest.approx(2.4)
    paired = estimate_ratio(cost, gain, SEEDS, DRAWS)
    shuffled = estimate_ratio(np.random.default_rng(5).permutation(cost), gain, SEEDS, DRAWS)
    assert paired.high - paired.low < shuffled.high - shuffled.low


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    held = 0
    for seed in range(400):
        found = estimate_ratio(*draw(12.0, 3.0, 2.0, seed), SEEDS, DRAWS)
        held += found.low <= 4.0 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_draws_that_share_seeds_are_no_more_than_they_are():
    cost, gain = draw(12.0, 5.0)
    repeated = [np.repeat(x[:10], 4) for x in (cost, gain)]
    groups = np.repeat(np.arange(10), 4)
    each = np.arange(40)
    clustered = estimate_ratio(*repeated, groups, each)
    alone = estimate_ratio(cost[:10], gain[:10], SEEDS[:10], DRAWS[:10])
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=1e-6)


@pytest.mark.parametrize(
    ("cost", "gain", "words"),
    [
        (12.0, 0.05, "cannot be told from these runs whether any admission is avoided"),
        (-12.0, 5.0, "saves money"),
        (-12.0, -5.0, r"\$2.5 \(\$\d.*\) saved for each admission added"),
        (12.0, -5.0, "none avoided: admissions are added and it costs more"),
        (0.1, 5.0, "below 0 is a saving"),
        (12.0, 5.0, r"^\$2\.\d+ \(\$2\.\d+ to \$\d\.\d+\)$"),
    ],
)
def test_ratios_in_words(cost, gain, words):
    import re

    found = estimate_ratio(*draw(cost, gain), SEEDS, DRAWS)
    said = say_unit_cost(found, WORDS, "USD")
    assert re.search(words, said), said
    assert "nan" not in said


def test_no_gain_at_all_has_no_ratio():
    found = estimate_ratio(np.ones(40), np.zeros(40), SEEDS, DRAWS)
    assert np.isnan(found.value)
    said = say_unit_cost(found, WORDS, "USD")
    assert said == "no ratio: no admission is avoided or added in any replicate"


SEED_OF, DRAW_OF = np.tile([0, 1], 4), np.repeat(np.arange(4), 2)
"""Four draws of two seeds each, all crossed."""


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        # Costs differ between the two seeds alone, so that one degree of freedom is left of them.
        (-60.0 + 100.0 * SEED_OF, "none gained: QALYs are lost"),
        (-10.0 - 0.01 * SEED_OF, r"saved for each QALY lost"),
    ],
)
def test_whether_health_is_lost_does_not_hang_on_how_sure_the_cost_is(cost, words):
    """-3.1 (-3.4 to -2.8) QALYs stood beside "it cannot be told whether any QALY is gained"."""
    import re

    gain = np.repeat([-3.0, -3.2, -2.9, -3.1], 2)
    interval = estimate_crossed(gain, SEED_OF, DRAW_OF)
    assert interval.high < 0
    found = estimate_ratio(cost, gain, SEED_OF, DRAW_OF)
    assert found.gained == -1
    assert re.search(words, say_unit_cost(found, ("QALY", "gained", "lost"), "USD"))


def test_a_gain_that_is_sure_beside_a_cost_of_two_seeds_has_no_ends():
    gain = np.repeat([3.0, 3.6, 2.4, 3.2], 2)
    found = estimate_ratio(60.0 + SEED_OF, gain, SEED_OF, DRAW_OF)
    # With the one degree of freedom of the cost, 12.7 standard errors of the gain reach beyond 0.
    assert (found.gained, found.cost) == (1, 1)
    assert np.isnan([found.value, found.low, found.high]).all()
    said = say_unit_cost(found, ("QALY", "gained", "lost"), "USD")
    assert said == "no ratio: these runs are too few to give its interval ends"


def test_people_are_served_whether_or_not_there_are_more():
    found = estimate_ratio(*draw(12.0, 0.05), SEEDS, DRAWS)
    said = say_unit_cost(found, ("person", "served", "lost to care"), "USD")
    assert said == "no ratio: it cannot be told from these runs whether more people are served"
