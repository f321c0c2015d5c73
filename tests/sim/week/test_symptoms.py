"""Symptoms: distress that keeps itself going, PHQ-9, episodes that begin and end."""

import math

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import Event, Published
from sim.state.groups import Week
from sim.week.resident.social import DEAD
from sim.week.resident.symptoms import (
    MOST_PHQ,
    find_distress_set_point,
    publish,
    score_phq,
    self_reinforcement,
    update_chronicity,
    update_distress,
    update_symptoms,
)


@pytest.fixture
def week(seed):
    return Week(3, week_counter_of(3), seed)


def test_distress_tips_over_at_its_point(p):
    q = p.symptoms
    assert self_reinforcement(2.3, q) == pytest.approx(0.5)
    assert self_reinforcement(2.3 + 0.12, q) == pytest.approx(1 / (1 + math.exp(-1)))
    assert self_reinforcement(0.0, q) < 1e-6


def test_distress_moves_to_what_makes_it(p):
    q = p.symptoms
    set_point = 0.2 + 0.8 * 0.5 + 0.43 * 1.0 + 0.3 + 0.1 - 0.25
    assert find_distress_set_point(0.2, 0.8 * 0.5, 1.0, 0.3, 0.1, 0.25, q) == pytest.approx(
        set_point
    )
    assert update_distress(0.0, set_point, 0.0, q) == pytest.approx(
        (1 - math.exp(-1 / 5.2)) * set_point
    )
    assert update_distress(1.0, 1.0, 0.0, q) == pytest.approx(1.0)
    assert update_distress(1.0, 1.0, 1.0, q) == pytest.approx(
        1.0 + 0.47 * math.sqrt(1 - math.exp(-2 / 5.2))
    )


def test_a_lasting_illness_takes_hold_and_lets_go_again(p):
    q = p.symptoms._replace(entrenchment=0.6, entrenching=1 - math.exp(-1 / 26))
    held = 0.0
    for _ in range(26):
        held = update_chronicity(held, 1.0, q)
    assert held == pytest.approx(0.6 * (1 - math.exp(-1)))
    for _ in range(26):
        held = update_chronicity(held, 0.0, q)
    assert held == pytest.approx(0.6 * (1 - math.exp(-1)) * math.exp(-1))
    assert update_chronicity(0.0, 0.0, q) == 0.0


def test_the_longer_an_illness_the_longer_it_will_last(people, scratch, p, week):
    q, n = p.symptoms._replace(loneliness=0.0), 4_000
    left = []
    for held in (0.0, 0.6):
        r, published, rng = (
            people(n),
            np.zeros((n + 1, len(Published)), np.float32),
            np.random.default_rng(1),
        )
        r.trait[:], r.self_feeding[:], r.distress[:], r.entrenched[:] = 0.6, 1.9, 2.5, held
        r.lasting[:] = 1
        for _ in range(26):
            r.distress_noise[:] = rng.standard_normal(n)
            update_symptoms(0, n, r, published, week, q._replace(entrenchment=held), scratch)
        left.append(float((r.distress < q.tipping).mean()))
    assert left[0] > 0.9
    assert 0.45 < left[1] < 0.65


def test_scores_stay_on_the_scale(p):
    assert score_phq(-5.0, p.symptoms) == 0.0
    assert 26.9 < score_phq(9.0, p.symptoms) <= MOST_PHQ
    complaints = math.exp(1.05 + 0.89) - 1
    assert score_phq(1.0, p.symptoms) == pytest.approx(27 * (1 - math.exp(-complaints / 27)))
    few = score_phq(-0.8, p.symptoms)
    assert few == pytest.approx(math.exp(1.05 - 0.89 * 0.8) - 1, rel=0.02)


def hold(r, phq, p, published, scratch, week):
    """A week at a level of symptoms that nothing moves."""
    complaints = -MOST_PHQ * math.log(1.0 - phq / MOST_PHQ)
    r.distress[:] = r.trait[:] = (math.log(complaints + 1) - p.phq_level) / p.phq_slope
    update_symptoms(0, r.key.size, r, published, week, p, scratch)


def test_episodes_begin_after_two_weeks_and_end_after_so_many_low_ones(people, scratch, p, week):
    r, published = people(1), np.zeros((2, len(Published)), np.float32)
    q = p.symptoms._replace(loneliness=0.0)
    course = []
    for phq in (20, 5, 20, 20, 20, 5, 5, 5, 10, 5, 5, 5, 5):
        r.happened[:] = 0
        hold(r, phq, q, published, scratch, week)
        course.append((int(r.episode[0]), int(r.happened[0])))
    assert [weeks for weeks, _ in course] == [-1, 0, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]
    assert [told for _, told in course].count(int(Event.NEW_EPISODE)) == 1
    assert course[3][1] == Event.NEW_EPISODE
    assert r.episodes[0] == 1


def test_others_see_illness_and_that_somebody_is_gone(people, scratch, p, week):
    r, published = people(3), np.zeros((4, len(Published)), np.float32)
    r.severe[1], r.alive[2], r.loneliness[:], r.stigma[:], r.knowledge[:] = 1, 0, 0.5, 0.2, 0.7
    hold(r, 3.0, p.symptoms._replace(loneliness=0.0), published, scratch, week)
    assert published[0].tolist() == pytest.approx([0.5, 0.0, 0.2, 0.5], abs=1e-3)
    assert published[1, 1] == pytest.approx(0.3, abs=1e-3)
    assert published[2].tolist() == [0.0, DEAD, 0.0, 0.0]


def test_help_lowers_symptoms_and_events_raise_them(people, scratch, p, week):
    r, published = people(4), np.zeros((5, len(Published)), np.float32)
    r.coping[1], r.relief[2], r.event_load[3] = 0.3, 0.3, 0.3
    for _ in range(60):
        update_symptoms(0, 4, r, published, week, p.symptoms, scratch)
    assert r.distress.tolist() == pytest.approx([0.0, -0.3, -0.3, 0.3], abs=1e-4)


def test_whether_an_episode_takes_hold_is_drawn_when_it_begins(people, scratch, p, week):
    n = 4_000
    r, published = people(n), np.zeros((n + 1, len(Published)), np.float32)
    q = p.symptoms._replace(loneliness=0.0, lasting_share=0.3)
    for phq in (20, 20):
        assert r.lasting.sum() == 0
        hold(r, phq, q, published, scratch, week)
    assert r.lasting.mean() == pytest.approx(0.3, abs=0.03)
    for _ in range(4):
        hold(r, 2, q, published, scratch, week)
    assert r.lasting.sum() == 0
    assert (r.episode == 0).all()


def test_influences_on_distress_in_parts_and_below_nothing(p):
    """With no value at which a product, a quotient and a power are the same."""
    q = p.symptoms._replace(loneliness=0.43, persistence=0.8, noise=0.47)
    assert find_distress_set_point(-0.2, 0.3, -0.5, 0.3, 0.1, 0.25, q) == pytest.approx(
        -0.2 + 0.3 + 0.43 * -0.5 + 0.3 + 0.1 - 0.25
    )
    assert update_distress(0.3, 1.1, -0.5, q) == pytest.approx(
        0.3 + 0.2 * 0.8 + 0.47 * math.sqrt(1 - 0.64) * -0.5
    )
    for way in (-2.0, 0.5, 1.5):
        assert self_reinforcement(2.3 + way * 0.12, q) == pytest.approx(1 / (1 + math.exp(-way)))
    held = update_chronicity(0.2, 0.5, q._replace(entrenching=0.1, entrenchment=0.6))
    assert held == pytest.approx(0.2 + 0.1 * (0.3 - 0.2))
    assert score_phq(0.3, q) == pytest.approx(27 * (1 - math.exp(-(math.exp(1.317) - 1) / 27)))


def test_at_rest_distress_is_the_sum_of_all_that_weighs_each_by_itself(people, scratch, p, week):
    """One influence for each of seven people and all of them for the eighth; a hold that is kept up."""
    r, published = people(8), np.zeros((9, len(Published)), np.float32)
    given = {
        "trait": 0.2, "circumstances": 0.3, "loneliness": 0.5, "event_load": 0.15,
        "strain": 0.25, "coping": 0.1, "relief": 0.35,
    }  # fmt: skip
    for k, (name, value) in enumerate(given.items()):
        getattr(r, name)[[k, 7]] = value
    for _ in range(80):
        update_symptoms(0, 8, r, published, week, p.symptoms, scratch)
    weights = {"loneliness": p.symptoms.loneliness, "coping": -1.0, "relief": -1.0}
    parts = [weights.get(name, 1.0) * value for name, value in given.items()]
    assert r.distress.tolist() == pytest.approx([*parts, sum(parts)], abs=1e-4)


def test_an_illness_feeds_itself_and_the_hold_that_it_had_before_this_week(
    people, scratch, p, week
):
    """Half of its strength at the tipping point; the hold grows a week later than it acts."""
    r, published = people(2), np.zeros((3, len(Published)), np.float32)
    q = p.symptoms._replace(entrenching=0.25, entrenchment=0.8, persistence=0.0, noise=0.0)
    r.distress[:], r.self_feeding[0], r.entrenched[1], r.lasting[1] = q.tipping, 1.4, 0.4, 1
    update_symptoms(0, 2, r, published, week, q, scratch)
    assert r.distress.tolist() == pytest.approx([1.4 * 0.5, 0.4])
    assert r.entrenched.tolist() == pytest.approx([0.0, 0.4 + 0.25 * (0.8 - 0.4)])


def test_the_lines_of_an_episode_are_within_it_and_counts_end_where_columns_do(people, p, week):
    """At the line symptoms are high; below the other they are low, and at it not."""
    q = p.symptoms._replace(onset_phq=14.0, recovery_phq=9.0, recovery_weeks=1)
    r, published = people(6), np.zeros((7, len(Published)), np.float32)
    r.phq[:] = (14.0, 13.9, 9.0, 8.9, 20.0, 20.0)
    r.episode[:], r.episodes[:] = (-1, -1, 5, 5, 30_000, -1), (0, 0, 1, 1, 1, 250)
    for i in range(6):
        getattr(publish, "py_func", publish)(i, r, published, 0.5, week, q)
    assert r.episode.tolist() == [2, 0, 6, 0, 30_000, 2]
    assert r.episodes.tolist() == [1, 0, 1, 1, 1, 250]
    # What others see of an illness is all of it at most.
    r.severe[:] = 1
    for shown, seen in ((0.5, 0.5 + q.severe_illness), (0.9, 1.0)):
        getattr(publish, "py_func", publish)(0, r, published, shown, week, q)
        assert published[0, Published.ILLNESS] == pytest.approx(min(seen, 1.0))
