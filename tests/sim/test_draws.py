"""Draws: the published generator, uniform and independent, and arithmetic accurate enough to trust."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.engine import fast_math, random
from sim.engine.kernels import loop
from sim.engine.random import (
    ALONE,
    draw_for,
    fill_uniforms,
    make_normals,
    seed_words,
    uniforms,
    week_counter_of,
)
from sim.state.draw_streams import Stream
from sim.state.groups import Week

pytestmark = pytest.mark.core

KEYS = np.arange(20_000, dtype=np.uint32)
SEED = seed_words(20_240_101)

# Random123's known answers for philox4x32 with 10 rounds: counter, key, output.
KNOWN = (
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
)


def words(text):
    return tuple(np.uint64(int(word, 16)) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
def test_the_generator_gives_its_published_answers(counter, key, output):
    assert tuple(int(word) for word in random.philox(*words(counter), words(key))) == tuple(
        int(word) for word in words(output)
    )


def test_uniforms_are_the_words_in_the_middle_of_their_cell():
    a, b, c, d = random.philox(np.uint64(7), np.uint64(3), Stream.LIFE, ALONE, SEED)
    drawn = uniforms(7, 3, Stream.LIFE, ALONE, SEED)
    assert drawn == tuple((float(word) + 0.5) / 2**32 for word in (a, b, c, d))
    assert 0.0 < min(drawn) < max(drawn) < 1.0


def test_the_four_uniforms_of_many_people_are_uniform_and_uncorrelated():
    table = draw_for(KEYS, week_counter_of(5), Stream.SYMPTOMS, ALONE, SEED)
    for column in table.T:
        assert stats.kstest(column, "uniform").pvalue > 0.001
    off_diagonal = np.corrcoef(table.T)[~np.eye(4, dtype=bool)]
    assert np.abs(off_diagonal).max() < 4 / math.sqrt(KEYS.size)


@pytest.mark.parametrize(
    "other",
    [
        (week_counter_of(6), Stream.SYMPTOMS, ALONE, SEED),
        (week_counter_of(5), Stream.HELP_SEEKING, ALONE, SEED),
        (week_counter_of(5), Stream.SYMPTOMS, np.uint64(1), SEED),
        (week_counter_of(5), Stream.SYMPTOMS, ALONE, seed_words(20_240_102)),
        (week_counter_of(5), Stream.SYMPTOMS, ALONE, seed_words(20_240_101 + 2**32)),
    ],
    ids=["week", "decision", "partner", "seed", "high word of the seed"],
)
def test_draws_of_another_week_decision_partner_or_seed_are_unrelated(other):
    here = draw_for(KEYS, week_counter_of(5), Stream.SYMPTOMS, ALONE, SEED)
    there = draw_for(KEYS, *other)
    related = np.array([[np.corrcoef(x, y)[0, 1] for x in here.T] for y in there.T])
    assert np.abs(related).max() < 4.5 / math.sqrt(KEYS.size)
    table, _, _ = np.histogram2d(here[:, 0], there[:, 0], bins=10, range=((0, 1), (0, 1)))
    assert stats.chisquare(table.ravel()).pvalue > 0.001


def test_one_person_draws_uniformly_over_the_weeks():
    weeks = np.array(
        [
            uniforms(42, week_counter_of(week), Stream.SYMPTOMS, ALONE, SEED)[0]
            for week in range(-52, 2_000)
        ]
    )
    assert stats.kstest(weeks, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(weeks[:-1], weeks[1:])[0, 1]) < 4 / math.sqrt(weeks.size)


def test_weeks_of_the_warm_up_have_words_of_their_own():
    assert len({int(week_counter_of(week)) for week in range(-2_600, 5_200)}) == 7_800
    assert int(week_counter_of(-2_600)) > 0


def test_every_decision_has_a_number_of_its_own():
    assert len(Stream) >= 20
    assert len(Stream.__members__) == len(Stream), "two names of one number"


def test_logarithm_exponential_and_sine_are_accurate():
    for x in np.geomspace(1e-12, 1e6, 400):
        assert fast_math.log(x) == pytest.approx(math.log(x), rel=1e-11, abs=1e-11)
    for x in np.linspace(-50.0, 50.0, 401):
        assert fast_math.exp(x) == pytest.approx(math.exp(x), rel=8e-9)
    for u in np.linspace(0.0, 1.0, 401):
        assert fast_math.sine_of_turn(u) == pytest.approx(math.sin(2 * math.pi * u), abs=2e-7)
        assert fast_math.cosine_of_turn(u) == pytest.approx(math.cos(2 * math.pi * u), abs=2e-7)


def test_exponential_never_overflows():
    assert math.isfinite(fast_math.exp(1e9))
    assert 0.0 < fast_math.exp(-1e9) < 1e-300


def test_logistic_and_chance_of_a_rate():
    assert fast_math.logistic(0.0) == 0.5
    assert fast_math.logistic(2.0) + fast_math.logistic(-2.0) == pytest.approx(1.0, abs=1e-12)
    assert fast_math.chance_of(0.0) == pytest.approx(0.0, abs=1e-15)
    assert fast_math.chance_of(0.7) == pytest.approx(1 - math.exp(-0.7), rel=1e-8)


@loop
def draw_normals(keys, week, seed):
    """Two normals for each person of a block, as the phases draw them."""
    out = np.empty((4, keys.size))
    fill_uniforms(out, keys, 0, keys.size, Stream.SYMPTOMS, Week(0, week, seed))
    make_normals(out[0], out[1], keys.size)
    return out


def test_normals_are_normal_and_independent():
    first, second, third, fourth = draw_normals(KEYS, week_counter_of(9), SEED)
    for column in (first, second):
        assert stats.kstest(column, "norm").pvalue > 0.001
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(KEYS.size)
    assert abs(np.corrcoef(first**2, second**2)[0, 1]) < 4 / math.sqrt(KEYS.size)
    assert np.array_equal(
        np.column_stack((third, fourth)),
        draw_for(KEYS, week_counter_of(9), Stream.SYMPTOMS, ALONE, SEED)[:, 2:],
    )


def test_one_normal_from_two_uniforms():
    assert random.normal_of(math.exp(-0.5), 1.0) == pytest.approx(1.0, abs=1e-6)
    assert random.normal_of(math.exp(-2.0), 0.5) == pytest.approx(-2.0, abs=1e-6)


def test_streams_of_a_town_differ_by_name_and_seed_alone():
    def numbers(*key):
        return random.stream(*key).random(5).tolist()

    assert numbers(1, "trait") == numbers(1, "trait")
    assert numbers(1, "trait") != numbers(1, "stigma")
    assert numbers(1, "trait") != numbers(2, "trait")


def test_seeds_are_told_apart_by_all_64_bits():
    assert seed_words(1) != seed_words(1 + 2**32)
    assert tuple(int(word) for word in seed_words(2**33 + 5)) == (5, 2)
    assert random.name_key("peers") == random.name_key("peers") != random.name_key("peer")
