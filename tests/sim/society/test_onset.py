"""Who is ill at the beginning: the closed form against the process itself."""

import numpy as np
import pytest
from scipy.special import expit

from sim.society.initial_illness import BRIEF, find_ill, find_peak, find_share_helped, weigh_illness

TIPPING, SPREAD = 1.9, 0.6


def share_time_ill(*given):
    return expit(weigh_illness(*given))


def live_long(well, fed, weeks=6_000, people=400, tau=5.0):
    """Share of time above the tipping point of the process that the closed form is of."""
    rng, keeps = np.random.default_rng(4), np.exp(-1 / tau)
    y, above = np.full(people, well), 0.0
    for week in range(weeks):
        goal = well + fed * (y > TIPPING)
        y = (
            y
            + (1 - keeps) * (goal - y)
            + SPREAD * np.sqrt(1 - keeps**2) * rng.standard_normal(people)
        )
        above += (y > TIPPING).mean() * (week >= weeks // 4)
    return above / (weeks - weeks // 4)


@pytest.mark.parametrize(
    ("well", "fed"), [(0.9, 0.0), (0.7, 1.6), (0.9, 1.6), (1.0, 1.9), (1.3, 1.2)]
)
def test_the_share_is_that_of_a_long_life(well, fed):
    closed = float(share_time_ill(np.array([well]), np.array([fed]), TIPPING, SPREAD)[0])
    assert closed == pytest.approx(live_long(well, fed), abs=0.07)


def test_the_vulnerable_are_ill_more_often():
    well, fed = np.linspace(-1, 2, 30), np.linspace(0, 3, 30)
    assert (np.diff(share_time_ill(well, np.full(30, 1.5), TIPPING, SPREAD)) > 0).all()
    assert (np.diff(share_time_ill(np.full(30, 0.5), fed, TIPPING, SPREAD)) > 0).all()
    ends = share_time_ill(np.array([-30.0, 30.0]), np.array([0.0, 9.0]), TIPPING, SPREAD)
    assert ends.tolist() == pytest.approx([0.0, 1.0])


def test_what_takes_hold_lasts_until_a_turning_point_at_most():
    well, fed = np.linspace(-1, 2, 30), np.full(30, 0.5)
    raw = {
        "symptoms.tipping": TIPPING,
        "symptoms.noise": SPREAD,
        "symptoms.loneliness": 0.0,
        "social.noise_sd": 0.5,
        "symptoms.lasting_share": 0.5,
        "symptoms.entrenchment": 0.0,
        "life.events": 0.0,
        "life.event_size": 0.5,
        "life.turning_years": 4.0,
        "life.event_half_life": 4.0,
        "symptoms.return_weeks": 3.0,
        "seeking.seeking": 0.05,
        "people.helped_ill": 0.5,
    }
    never = np.full(30, -30.0)
    without = find_ill(well, fed, never, raw)
    held = find_ill(well, fed, never, raw | {"symptoms.entrenchment": 1.0})
    assert (held[1] > without[1]).all()
    # as many begin of either sort: what lasts is ill longer by four years over a quarter, at most
    assert (held[1] / held[0] < 4 * 52.2 / BRIEF).all()
    # who is ill nearly all of the time rarely falls ill: what takes hold adds hardly anything there
    always = find_ill(
        np.array([9.0]), np.array([0.5]), never[:1], raw | {"symptoms.entrenchment": 1.0}
    )
    assert 0.99 < (always[0] + always[1])[0] <= 1.0
    assert always[1][0] < 0.01
    struck = find_ill(well, fed, never, raw | {"life.events": 0.01})
    assert (struck[0] + struck[1] > without[0] + without[1]).all()
    # who looks for help is ill for less of the time, most of all in what lasts
    helped = find_ill(well, fed, np.zeros(30), raw | {"symptoms.entrenchment": 1.0})
    assert (helped[0] + helped[1] <= held[0] + held[1]).all()
    assert helped[1].sum() < 0.9 * held[1].sum()


def test_help_is_found_the_sooner_the_readier_somebody_is_and_counts_from_then_on():
    raw = {"seeking.seeking": 0.1}
    share = find_share_helped(np.array([10.0, 10.0, 100.0, 1e6]), np.array([-40.0, 0, 0, 0]), raw)
    # looks at a rate of .1 a week: over ten weeks, the mean of 1 - exp(-t / 10) is 1 / e
    assert share.tolist() == pytest.approx([0.0, np.exp(-1.0), 0.9, 1.0], abs=1e-4)


@pytest.mark.parametrize(("half_life", "weeks"), [(1.5, 2.0), (18.0, 2.0), (1.0, 9.0)])
def test_the_peak_after_an_event_is_that_of_distress_on_its_way_to_a_fading_load(half_life, weeks):
    days = np.arange(0.0, 200.0, 0.01)
    y = np.zeros(days.size)
    for k in range(1, days.size):
        y[k] = y[k - 1] + 0.01 * (np.exp2(-days[k - 1] / half_life) - y[k - 1]) / weeks
    peak = find_peak({"life.event_half_life": half_life, "symptoms.return_weeks": weeks})
    assert peak == pytest.approx(y.max(), rel=0.01)
