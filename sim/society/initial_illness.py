"""Who is ill when a town begins: close to what its own rules keep up, so that a short warm-up is
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


def share_ill(
    well: NDArray[np.float64], fed: NDArray[np.float64], tipping: float, spread: float
) -> NDArray[np.float64]:
    """Long-run share of time above the tipping point (n,), of distress pulled to `well` below it
    and to `well + fed` above it.
    """
    from scipy.special import expit, log_ndtr  # heavy to import, needed once a town

    above = fed * (well - tipping + fed / 2.0) / spread**2 + log_ndtr(
        (well + fed - tipping) / spread
    )
    return np.asarray(expit(above - log_ndtr((tipping - well) / spread)))


def fall_ill(r: Residents, ties: NDArray[np.int64], raw: Mapping[str, float], seed: int) -> None:
    """Set distress and loneliness at the beginning; `ties` (n,): people whom somebody knows."""
    lack = np.maximum(0.0, 1.0 - ties / raw["social.enough_support"])
    lonely = r.temperament + raw["social.alone"] * r.alone + raw["social.lack"] * lack
    weight = raw["symptoms.loneliness"]
    # Somebody who is ill is lonelier, which adds to the distress; a long illness has a hold of its
    # own, a new one has none.
    fed = r.self_feeding + raw["symptoms.entrenchment"] / 2.0 + weight * raw["social.withdrawal"]
    well = r.trait + weight * lonely
    events = raw["life.events"] * raw["life.event_half_life"] / np.log(2.0)
    spread = np.sqrt(
        raw["symptoms.noise"] ** 2
        + (weight * raw["social.noise_sd"]) ** 2
        + events * raw["life.event_size"] ** 2
    )
    ill = draw_lots(r.key, "onset", seed)[:, 0] < share_ill(
        well.astype(np.float64), fed.astype(np.float64), raw["symptoms.tipping"], float(spread)
    )
    r.distress[:] = np.where(ill, np.maximum(well + fed, raw["symptoms.tipping"]), well)
    r.entrenched[:] = raw["symptoms.entrenchment"] * ill
    r.loneliness[:] = lonely + raw["social.withdrawal"] * ill
