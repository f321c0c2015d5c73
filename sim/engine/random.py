"""Counter-based random numbers: every draw is a function of (seed, who, week, decision, partner).

Philox4x32-10 (Salmon et al. 2011, SC'11) turns the five into four uniforms at once. Two scenarios
with one seed therefore share every draw that both make, in whatever order they make them.
Logarithm, exponential and sine are polynomials in plain arithmetic: they run many residents at once
and give the same bits compiled or not.
"""

from __future__ import annotations

import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import cosine_of_turn, log, sine_of_turn
from sim.engine.kernels import loop, rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.engine.kernels import Seed


ALONE = np.uint64(0)
WEEK_ZERO = np.uint64(65_536)
"""Added to a week to make a counter word: weeks of the burn-in are negative."""

BLOCK = 256
"""Residents per block of a loop: scratch columns of this length stay in the nearest cache."""

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_UNIT = 2.0**-32


def stream(seed: int, name: str) -> np.random.Generator:
    """Generator for building a town: one named stream per part, so that no part shifts another."""
    # By name, not by order: a new part of the building takes numbers from no other.
    key = (zlib.crc32(name.encode()) << 64) | (seed & 0xFFFFFFFFFFFFFFFF)
    return np.random.Generator(np.random.Philox(key=key))


@lru_cache
def seed_words(seed: int) -> Seed:
    """Two 32-bit words of a seed, as the counter-based draws take them."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)


@cache
def name_key(name: str) -> int:
    """Stable 32-bit key of something that is named in a scenario, the same in every scenario."""
    # A checksum and not a position in the scenario: adding a service moves nobody else's draws.
    return zlib.crc32(name.encode())


def week_counter_of(week: int) -> np.uint64:
    """Counter word of a week; weeks before the start are negative."""
    # The counter has no sign: far from 0, weeks before the start stay distinct from all others.
    return np.uint64(int(WEEK_ZERO) + week)


@rule
def philox(who, week, decision, partner, seed):
    """Four 32-bit words of one counter."""
    a, b, c, d = who, week, np.uint64(decision), partner
    k0, k1 = seed
    for _ in range(10):
        # Ten rounds, as published: with fewer, neighbouring keys are correlated.
        p0 = _M0 * a
        p1 = _M1 * c
        a, b, c, d = (p1 >> _HALF) ^ b ^ k0, p1 & _MASK, (p0 >> _HALF) ^ d ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return a, b, c, d


@rule
def uniforms(who, week, decision, partner, seed):
    """Four uniforms strictly between 0 and 1."""
    a, b, c, d = philox(np.uint64(who), np.uint64(week), decision, np.uint64(partner), seed)
    # Half a step away from both ends: no uniform is 0 or 1, so that every logarithm exists.
    return (
        (float(a) + 0.5) * _UNIT,
        (float(b) + 0.5) * _UNIT,
        (float(c) + 0.5) * _UNIT,
        (float(d) + 0.5) * _UNIT,
    )


@rule
def normal_of(u, v):
    """Standard normal from two uniforms (Box and Muller 1958)."""
    return np.sqrt(-2.0 * log(u)) * cosine_of_turn(v)


@rule
def draw(who, stream, partner, week):
    """Four uniforms of somebody's decision this week; `week` as `sim.state.groups.Week`."""
    return uniforms(who, week.counter, stream, partner, week.seed)


@rule
def fill_uniforms(scratch, keys, start, stop, stream, week):
    """Four uniforms for each of a block of people, into the first four scratch columns."""
    for i in range(start, stop):
        j = i - start
        w, x, y, z = philox(np.uint64(keys[i]), week.counter, stream, ALONE, week.seed)
        scratch[0][j] = (float(w) + 0.5) * _UNIT
        scratch[1][j] = (float(x) + 0.5) * _UNIT
        scratch[2][j] = (float(y) + 0.5) * _UNIT
        scratch[3][j] = (float(z) + 0.5) * _UNIT


@rule
def make_normals(a, b, count):
    """Turn two scratch columns of uniforms into two of independent standard normals, in place."""
    for j in range(count):
        # Both normals of the pair are used: the radius, with its root and logarithm, is what costs
        # time.
        radius = np.sqrt(-2.0 * log(a[j]))
        turn = b[j]
        a[j] = radius * cosine_of_turn(turn)
        b[j] = radius * sine_of_turn(turn)


def draw_for(
    keys: NDArray[np.uint32],
    week: np.uint64,
    decision: np.uint64 | int,
    partner: np.uint64,
    seed: Seed,
) -> NDArray[np.float64]:
    """Uniforms (n, 4) for many people at one decision; for what happens rarely, such as hiring."""
    # A code is handed over as a number: Numba would look up its type at every call.
    return _draw_for(keys, week, np.uint64(decision), partner, seed)


def normals_for(
    keys: NDArray[np.uint32],
    week: np.uint64,
    decision: np.uint64 | int,
    partner: np.uint64,
    seed: Seed,
) -> NDArray[np.float64]:
    """Standard normals (n,) for many people at one decision."""
    return _normals_for(keys, week, np.uint64(decision), partner, seed)


def draw_each(
    keys: NDArray[np.uint32],
    week: np.uint64,
    decision: np.uint64 | int,
    partners: NDArray[np.uint64],
    seed: Seed,
) -> NDArray[np.float64]:
    """`draw_for` with each of `partners` (m,): (m, n, 4)."""
    out = np.empty((partners.size, keys.size, 4))
    _fill_each(keys, week, np.uint64(decision), partners, seed, out)
    return out


def draw_each_normal(
    keys: NDArray[np.uint32],
    week: np.uint64,
    decision: np.uint64 | int,
    partners: NDArray[np.uint64],
    seed: Seed,
) -> NDArray[np.float64]:
    """`normals_for` with each of `partners` (m,): (m, n)."""
    out = np.empty((partners.size, keys.size))
    _fill_each_normal(keys, week, np.uint64(decision), partners, seed, out)
    return out


@loop
def _fill_each(keys, week, decision, partners, seed, out):
    for k in range(partners.size):
        for i in range(keys.size):
            a, b, c, d = uniforms(keys[i], week, decision, partners[k], seed)
            out[k, i, 0], out[k, i, 1], out[k, i, 2], out[k, i, 3] = a, b, c, d


@loop
def _fill_each_normal(keys, week, decision, partners, seed, out):
    for k in range(partners.size):
        for i in range(keys.size):
            u, v, _, _ = uniforms(keys[i], week, decision, partners[k], seed)
            out[k, i] = normal_of(u, v)


@loop
def _draw_for(
    keys: NDArray[np.uint32], week: np.uint64, decision: np.uint64, partner: np.uint64, seed: Seed
) -> NDArray[np.float64]:
    out = np.empty((keys.size, 4))
    for i in range(keys.size):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = uniforms(
            keys[i], week, decision, partner, seed
        )
    return out


@loop
def _normals_for(
    keys: NDArray[np.uint32], week: np.uint64, decision: np.uint64, partner: np.uint64, seed: Seed
) -> NDArray[np.float64]:
    out = np.empty(keys.size)
    for i in range(keys.size):
        u, v, _, _ = uniforms(keys[i], week, decision, partner, seed)
        out[i] = normal_of(u, v)
    return out
