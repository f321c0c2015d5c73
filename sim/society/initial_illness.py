"""Who is ill when a town begins: close to what its own rules keep up, so that a short burn-in is
enough.

Distress that is pulled to `a + f * logistic((y - y0) / w)`, under noise that alone would give it
variance v, stays for a sharp transition in one of two normals: around a below the tipping point y0,
around a + f above it. Their weights follow from the density of such a process, exp(integral of the
pull / v), in closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.lazy_imports import import_part
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.state.personal_draws import Draws
    from sim.state.residents import Residents

    Reals = NDArray[np.float64]

BRIEF = 13.0
"""Weeks that an illness lasts of somebody who is hardly ever ill and whom nothing holds, near
enough for who is ill at first.
"""
MOST_LOG_ODDS = 50.0
"""Log odds from which somebody is as good as always ill."""
TINY = 1e-9
"""As good as nothing: for what is divided by, or for two numbers that must not be the same."""
RUNNING = 26
"""Weeks for which the episode of somebody who is ill at the beginning has run."""


class Illness(NamedTuple):
    """Shares of time (n,) in an illness that does not take hold and in one that does, and how much
    of each comes after help was found.
    """

    short: Reals
    long: Reals
    short_helped: Reals
    long_helped: Reals


def weigh_illness(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    """Log odds (n,) of the long-run share of time above the tipping point, of distress pulled to
    `well` below it and to `well + fed` above it.
    """
    # From the part that holds it: the rest of scipy.special would be a tenth of a worker's start,
    # and all of scipy.linalg, in which newer versions of it look for one part, another.
    import_part("scipy.linalg", "cython_lapack")
    log_ndtr = import_part("scipy.special", "_ufuncs").log_ndtr
    above = fed * (well - tipping + fed / 2.0) / spread**2 + log_ndtr(
        (well + fed - tipping) / spread
    )
    return np.asarray(above - log_ndtr((tipping - well) / spread))


def fall_ill(r: Residents, ties: NDArray[np.int64], draws: Draws, raw: Mapping[str, float]) -> None:
    """Set distress, loneliness and running episodes at the beginning; `ties` (n,): people whom
    somebody knows.
    """
    lack = np.maximum(0.0, 1.0 - ties / raw["social.enough_support"])
    lonely = r.temperament + raw["social.alone"] * r.alone + raw["social.lack"] * lack
    weight = raw["symptoms.loneliness"]
    # Somebody who is ill is lonelier, which adds to the distress.
    fed = (r.self_feeding + weight * raw["social.withdrawal"]).astype(np.float64)
    well = (r.trait + r.circumstances - r.coping + weight * lonely).astype(np.float64)
    readiness = r.readiness.astype(np.float64)
    illness = find_ill(well, fed, readiness, raw)
    chance = draws.lots("onset")[:, 0]
    ill = chance < illness.short + illness.long
    r.lasting[:] = chance < illness.long
    # Nobody is in care yet: help that would fade at once is counted with what stays.
    found = np.where(r.lasting, illness.long_helped, illness.short_helped) * ill
    r.coping[:] = np.maximum(r.coping, raw["people.helped_ill"] * found)
    r.entrenched[:] = raw["symptoms.entrenchment"] * r.lasting
    # Who is ill lies above the tipping point, or the first week would end the illness.
    high = np.maximum(well + fed, raw["symptoms.tipping"])
    r.distress[:] = np.where(ill, np.where(r.lasting, well + fed + r.entrenched, high), well)
    r.loneliness[:] = lonely + raw["social.withdrawal"] * ill
    r.episode[:] = RUNNING * ill
    r.episodes[:] = ill


def find_ill(well: Reals, fed: Reals, readiness: Reals, raw: Mapping[str, float]) -> Illness:
    """Long-run shares of time in illness, of people (n,) of these set points and readiness.

    An illness comes by chance or by a single blow that carries somebody over the tipping point. It
    lasts the longer the more of the time its own strength keeps somebody above that point: of a
    process with two states, odds are the rate of onset times the duration, and who is always ill
    rarely falls ill. One that takes hold lasts until a turning point at most. Who has been ill for
    long has found help, which shortens what is left.
    """
    tipping, hold = raw["symptoms.tipping"], raw["symptoms.entrenchment"]
    spread = np.hypot(raw["symptoms.noise"], raw["symptoms.loneliness"] * raw["social.noise_sd"])
    turns = 1.0 / (WEEKS_PER_YEAR * raw["life.turning_years"])
    size = raw["life.event_size"] * find_peak(raw)
    blows = raw["life.events"] * np.exp(-np.maximum(tipping - well, 0.0) / size)

    # Row by row, an illness that does not take hold and one that does.
    held = well + np.array([[0.0], [hold]])
    ends = np.array([[0.0], [turns]])

    def last(odds: Reals) -> Reals:
        """Weeks (2, n) for which an illness of these odds lasts."""
        return np.asarray(1.0 / (1.0 / (BRIEF * (1.0 + odds)) + ends))

    odds = _odds(held, fed, tipping, spread)
    helped = find_share_helped(last(odds), readiness, raw)
    less = np.maximum(fed - raw["people.helped_ill"] * helped, 0.0)
    brief, stay = last(_odds(held, less, tipping, spread))
    onset = odds[0] / (BRIEF * (1.0 + odds[0])) + blows
    short = (1.0 - raw["symptoms.lasting_share"]) * onset * brief
    long = raw["symptoms.lasting_share"] * onset * stay
    every = 1.0 + short + long
    return Illness(short / every, long / every, *helped)


def find_peak(raw: Mapping[str, float]) -> float:
    """How far distress rises at most after an event, as a share of its load: the load fades while
    distress is still on its way.
    """
    fades = np.log(2.0) / raw["life.event_half_life"]
    # Two rates that are the same have a limit, which nearly the same ones reach without a case of
    # its own.
    slower = fades * raw["symptoms.return_weeks"] * (1.0 + TINY)
    return float(slower ** (slower / (1.0 - slower)))


def find_share_helped(weeks: Reals, readiness: Reals, raw: Mapping[str, float]) -> Reals:
    """Share (n,) of an illness of so many weeks after help was found, which begins with it and is
    looked for as readily as the person does.
    """
    looks = np.maximum(raw["seeking.seeking"] * np.exp(readiness) * weeks, TINY)
    # 1 - (1 - exp(-x)) / x, the mean over the time since it began of having looked.
    return np.asarray(1.0 + np.expm1(-looks) / looks)


def _odds(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    return np.exp(np.minimum(weigh_illness(well, fed, tipping, spread), MOST_LOG_ODDS))
