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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.state.residents import Residents

    Reals = NDArray[np.float64]

RARE = 1e-9
"""Share of episodes below which there are none."""
HELD = 0.5
"""Part of the hold of a lasting illness that counts for how long it lasts: it begins with none."""


def weigh_illness(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    """Log odds (n,) of the long-run share of time above the tipping point, of distress pulled to
    `well` below it and to `well + fed` above it.
    """
    from scipy.special import log_ndtr  # heavy to import, needed once a town

    above = fed * (well - tipping + fed / 2.0) / spread**2 + log_ndtr(
        (well + fed - tipping) / spread
    )
    return np.asarray(above - log_ndtr((tipping - well) / spread))


def share_ill(well: Reals, fed: Reals, tipping: float, spread: float) -> Reals:
    """Long-run share of time above the tipping point (n,)."""
    from scipy.special import expit  # heavy to import, needed once a town

    return np.asarray(expit(weigh_illness(well, fed, tipping, spread)))


def fall_ill(r: Residents, ties: NDArray[np.int64], raw: Mapping[str, float], seed: int) -> None:
    """Set distress and loneliness at the beginning; `ties` (n,): people whom somebody knows."""
    lack = np.maximum(0.0, 1.0 - ties / raw["social.enough_support"])
    lonely = r.temperament + raw["social.alone"] * r.alone + raw["social.lack"] * lack
    weight = raw["symptoms.loneliness"]
    # Somebody who is ill is lonelier, which adds to the distress.
    fed = (r.self_feeding + weight * raw["social.withdrawal"]).astype(np.float64)
    well = (r.trait + r.circumstances + weight * lonely).astype(np.float64)
    # Mean number of events that still weigh: rate times mean duration of an exponential decay.
    events = raw["life.events"] * raw["life.event_half_life"] / np.log(2.0)
    spread = np.sqrt(
        raw["symptoms.noise"] ** 2
        + (weight * raw["social.noise_sd"]) ** 2
        + events * raw["life.event_size"] ** 2
    )
    short, long = find_ill(well, fed, raw, float(spread))
    chance = draw_lots(r.key, "onset", seed)[:, 0]
    ill = chance < short + long
    r.lasting[:] = chance < long
    r.entrenched[:] = raw["symptoms.entrenchment"] * r.lasting
    # Who is ill lies above the tipping point, or the first week would end the illness.
    high = np.maximum(well + fed + r.entrenched, raw["symptoms.tipping"])
    r.distress[:] = np.where(ill, high, well)
    r.loneliness[:] = lonely + raw["social.withdrawal"] * ill


def find_ill(
    well: Reals, fed: Reals, raw: Mapping[str, float], spread: float
) -> tuple[Reals, Reals]:
    """Long-run shares of time (n,) in an illness that does not take hold, and in one that does.

    Both begin as often as their share of new episodes says; each then lasts as long as if it had
    always been of its kind, the hold halfway from none, which it has at first, to all.
    """
    from scipy.special import softmax  # heavy to import, needed once a town

    tipping, hold = raw["symptoms.tipping"], HELD * raw["symptoms.entrenchment"]
    share = raw["symptoms.lasting_share"]
    weights = [np.zeros_like(well)] + [
        np.log(max(part, RARE)) + weigh_illness(well, fed + more, tipping, spread)
        for part, more in ((1.0 - share, 0.0), (share, hold))
    ]
    # Three states whose odds to each other are known: shares follow without the normalising
    # constant.
    _, short, long = softmax(weights, axis=0)
    return short, long
