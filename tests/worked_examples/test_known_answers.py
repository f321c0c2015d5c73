"""Parts of the week whose answers are known from a formula: a queue, a noisy mind alone, a cohort, two friends."""

import math

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.evidence.parameters import make_parameters
from sim.state.codes import Published, TieKind
from sim.state.groups import Sessions, Supply, Week
from sim.state.residents import make_residents
from sim.state.services import make_offers
from sim.state.ties import TIE_SLOTS, Ties, add_tie
from sim.week.resident.care import receive_care
from sim.week.resident.life import experience_events
from sim.week.resident.social import socialise
from sim.week.resident.symptoms import update_symptoms
from sim.week.supply.allocation import match

P = make_parameters({})
SEED = seed_words(7)


def when(week):
    return Week(week, week_counter_of(week), SEED)


def people(count):
    """Residents of forty, alive, with nothing else about them."""
    r = make_residents(count)
    r.key[:] = np.arange(count)
    r.age[:] = 40
    r.alive[:] = 1
    r.discharged[:] = 9_999
    r.since_crisis[:] = 9_999
    r.since_need[:] = 9_999
    return r


def nobody_known(count):
    empty = np.full((count, TIE_SLOTS), count, np.uint32)
    return Ties(
        empty, np.zeros((count, TIE_SLOTS), np.uint8), np.zeros((count, TIE_SLOTS), np.int16)
    )


def erlang_c(servers, load):
    """Probability of waiting in M/M/c (Erlang 1917) at an offered load in servers."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


def test_a_waiting_list_behaves_as_m_m_c():
    """200 services apart, ten places each, Poisson seekers, care that ends at a constant hazard.

    In weeks, care lasts a geometric number of weeks with mean 1/p: an offered load of rate/p.
    """
    services, pool, places, rate, hazard, weeks, settling = 200, 64, 10, 0.4, 0.05, 6_000, 500
    r, o = people(services * pool), make_offers(services, 1)
    o.key[:] = np.arange(services) + 1
    o.open[:], o.places[:], o.intake[:] = 1, places, places
    o.dropout[:], o.offered[:] = hazard, 0.0
    waits = np.zeros((services, 261), np.int64)
    own = np.repeat(np.arange(1, services + 1), pool).reshape(services, pool)
    rng = np.random.default_rng(3)
    waited, queue = np.zeros(261), 0.0
    serving, waiting = (
        r.care_service[:, 0].reshape(services, pool),
        r.wait_service[:, 0].reshape(services, pool),
    )
    since = r.wait_since[:, 0].reshape(services, pool)
    for week in range(weeks):
        for s, count in enumerate(rng.poisson(rate, services)):
            if count:
                free = np.flatnonzero((serving[s] == 0) & (waiting[s] == 0))[:count]
                assert free.size == count
                waiting[s, free], since[s, free] = own[s, free], week
        match(r, o, waits, when(week), P.seeking)
        receive_care(
            0, r.key.size, r, Supply(o, P.choice), Sessions(o.held, o.left), when(week), P.care
        )
        if week >= settling:
            waited += waits.sum(axis=0)
            queue += o.waiting.mean()
    load = rate / (1.0 - math.exp(-hazard))
    expected_queue = erlang_c(places, load) * load / (places - load)
    assert queue / (weeks - settling) == pytest.approx(expected_queue, rel=0.1)
    assert (waited * np.arange(261)).sum() / waited.sum() == pytest.approx(
        expected_queue / rate, rel=0.1
    )
    assert waited[0] / waited.sum() == pytest.approx(1.0 - erlang_c(places, load), abs=0.04)


def test_symptoms_alone_have_their_stationary_mean_spread_and_memory():
    """Without ties, events, care or self-feeding, distress is an AR(1) process around the person's trait."""
    count, weeks = 20_000, 60
    r, ties = people(count), nobody_known(count)
    r.trait[:] = 0.7
    shown, scratch = np.zeros((count + 1, len(Published)), np.float32), np.empty((16, 256))
    p = P.symptoms._replace(loneliness=0.0)
    history = []
    for week in range(weeks):
        socialise(0, count, r, ties, shown, when(week), P.social, scratch)
        update_symptoms(0, count, r, shown, when(week), p, scratch)
        history.append(r.distress.astype(np.float64))
    error = p.noise / math.sqrt(count)
    assert history[-1].mean() == pytest.approx(0.7, abs=4 * error)
    assert history[-1].std() == pytest.approx(p.noise, rel=4 / math.sqrt(2 * count))
    for lag in (1, 4, 12):
        seen = np.corrcoef(history[-1], history[-1 - lag])[0, 1]
        assert seen == pytest.approx(p.persistence**lag, abs=4 / math.sqrt(count)), lag
    complaints = math.exp(p.phq_level + p.phq_slope * 0.7) - 1.0
    assert np.median(r.phq) == pytest.approx(27.0 * (1.0 - math.exp(-complaints / 27.0)), rel=0.02)


def test_loneliness_alone_has_its_stationary_mean_and_spread():
    count = 20_000
    r, ties = people(count), nobody_known(count)
    r.temperament[:] = -0.2
    shown, scratch = np.zeros((count + 1, len(Published)), np.float32), np.empty((16, 256))
    for week in range(120):
        socialise(0, count, r, ties, shown, when(week), P.social, scratch)
    assert r.loneliness.mean() == pytest.approx(
        -0.2 + P.social.lack, abs=4 * 0.53 / math.sqrt(count)
    )
    assert r.loneliness.std() == pytest.approx(0.53, rel=4 / math.sqrt(2 * count))


@pytest.mark.parametrize("cause", ["illness", "suicide"])
def test_a_cohort_with_a_fixed_hazard_survives_in_closed_form(cause):
    count, weeks, hazard = 20_000, 80, 0.01
    r = people(count)
    p = P.life._replace(
        mortality=0.0, mortality_age=0.0, suicide=0.0, suicide_symptoms=0.0, events=0.0
    )
    p = p._replace(mortality=hazard) if cause == "illness" else p._replace(suicide=hazard)
    expected_deaths, scratch = 0.0, np.empty((16, 256))
    for week in range(weeks):
        experience_events(0, count, r, 1.0, when(week), p, scratch)
        expected_deaths += float(r.suicide_hazard.sum())
        if week in (19, 79):
            survival = math.exp(-hazard * (week + 1))
            error = math.sqrt(survival * (1 - survival) / count)
            assert r.alive.mean() == pytest.approx(survival, abs=4 * error)
    if cause == "suicide":
        died = count - int(r.alive.sum())
        assert expected_deaths == pytest.approx(died, abs=4 * math.sqrt(died) + hazard * died)


def test_two_friends_follow_the_recurrence_of_two_variables():
    """Loneliness of each: l + pull (own + contagion x the other's of last week - l); no noise, nothing else."""
    r, ties = people(2), nobody_known(2)
    add_tie(ties, 0, 1, TieKind.FRIEND, 0)
    r.temperament[:] = (0.8, -0.4)
    r.loneliness[:] = (2.0, 0.0)
    shown, scratch = np.zeros((3, len(Published)), np.float32), np.empty((16, 256))
    shown[:2, 0] = r.loneliness
    p = P.social._replace(contagion=0.5, noise=0.0, withdrawal=0.0, lack=0.0, alone=0.0)
    a, b = 2.0, 0.0
    for week in range(200):
        socialise(0, 2, r, ties, shown, when(week), p, scratch)
        update_symptoms(0, 2, r, shown, when(week), P.symptoms, scratch)
        a, b = a + p.pull * (0.8 + 0.5 * b - a), b + p.pull * (-0.4 + 0.5 * a - b)
        assert r.loneliness.tolist() == pytest.approx([a, b], abs=1e-5), week
    assert r.loneliness.tolist() == pytest.approx(
        [(0.8 - 0.2) / 0.75, (-0.4 + 0.4) / 0.75], abs=1e-4
    )
