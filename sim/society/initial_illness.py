"""Who is ill when a town begins: close to what its own rules keep up, so that a short burn-in is
enough.

Distress that is pulled to `a + f * logistic((y - y0) / w)`, under noise that alone would give it
variance v, stays for a sharp transition in one of two normals: around a below the tipping point y0,
around a + f above it. Their weights follow from the density of such a process, exp(integral of the
pull / v), in closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.personal_draws import draw_lots
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.state.residents import Residents

    Reals = NDArray[np.float64]

BRIEF = 13.0
"""Weeks that an illness lasts which does not take hold, near enough for who is ill at first."""
MOST_LOG_ODDS = 50.0
"""Log odds from which somebody is as good as always ill."""
RUNNING = 26
"""Weeks for which the episode of somebody who is ill at the beginning has run."""


def weigh_illness(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    """Log odds (n,) of the long-run share of time above the tipping point, of distress pulled to
    `well` below it and to `well + fed` above it.
    """
    from scipy.special import log_ndtr  # heavy to import, needed once a town

    above = fed * (well - tipping + fed / 2.0) / spread**2 + log_ndtr(
        (well + fed - tipping) / spread
    )
    return np.asarray(above - log_ndtr((tipping - well) / spread))


def fall_ill(r: Residents, ties: NDArray[np.int64], raw: Mapping[str, float], seed: int) -> None:
    """Set distress, loneliness and running episodes at the beginning; `ties` (n,): people whom
    somebody knows.
    """
    lack = np.maximum(0.0, 1.0 - ties / raw["social.enough_support"])
    lonely = r.temperament + raw["social.alone"] * r.alone + raw["social.lack"] * lack
    weight = raw["symptoms.loneliness"]
    # Somebody who is ill is lonelier, which adds to the distress.
    fed = (r.self_feeding + weight * raw["social.withdrawal"]).astype(np.float64)
    well = (r.trait + r.circumstances + weight * lonely).astype(np.float64)
    short, long = find_ill(well, fed, raw)
    chance = draw_lots(r.key, "onset", seed)[:, 0]
    ill = chance < short + long
    r.lasting[:] = chance < long
    r.entrenched[:] = raw["symptoms.entrenchment"] * r.lasting
    # Who is ill lies above the tipping point, or the first week would end the illness.
    high = np.maximum(well + fed, raw["symptoms.tipping"])
    r.distress[:] = np.where(ill, np.where(r.lasting, well + fed + r.entrenched, high), well)
    r.loneliness[:] = lonely + raw["social.withdrawal"] * ill
    r.episode[:] = RUNNING * ill
    r.episodes[:] = ill


def find_ill(well: Reals, fed: Reals, raw: Mapping[str, float]) -> tuple[Reals, Reals]:
    """Long-run shares of time (n,) in an illness that does not take hold, and in one that does.

    An illness comes by chance or by a single blow that carries somebody over the tipping point. One
    that takes hold lasts the longer the better the hold keeps somebody above it, until a turning
    point at most.
    """
    tipping, hold = raw["symptoms.tipping"], raw["symptoms.entrenchment"]
    spread = np.hypot(raw["symptoms.noise"], raw["symptoms.loneliness"] * raw["social.noise_sd"])
    blows = raw["life.events"] * np.exp(-np.maximum(tipping - well, 0.0) / raw["life.event_size"])
    begun = _odds(well, fed, tipping, spread) + BRIEF * blows
    held = BRIEF * (1.0 + _odds(well + hold, fed, tipping, spread))
    stay = 1.0 / (1.0 / held + 1.0 / (WEEKS_PER_YEAR * raw["life.turning_years"]))
    short = (1.0 - raw["symptoms.lasting_share"]) * begun
    long = raw["symptoms.lasting_share"] * begun * stay / BRIEF
    return short / (1.0 + short + long), long / (1.0 + short + long)


def _odds(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    return np.exp(np.minimum(weigh_illness(well, fed, tipping, spread), MOST_LOG_ODDS))
