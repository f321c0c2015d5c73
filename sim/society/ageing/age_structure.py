"""The ages of a town, and the comings and goings that keep them: declared shares stay while
everybody grows older.

A year later those of age x who lived are of age x + 1. What the declared ages have more there has
to come from elsewhere, what they have less has to go elsewhere, and those who turn 12 grew up here.
Nothing else is known about a town's migration, so that no other net migration is assumed: the model
holds the age structure, it does not forecast it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.society.ages import YOUNGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

OLDEST = 110
"""Age in years at which the tables end."""
AGES = OLDEST - YOUNGEST
"""Single years of age that the tables have, from 12."""
MOST_LEAVING = 0.25
"""Largest share of an age that can leave for good in a year, where declared bands would ask for
more.
"""
ANYBODY = 1e-9
"""Share of a year of age below which nobody is of that age."""


class Flows(NamedTuple):
    """What keeps the ages: `leaving` (AGES,) share of each age who leave in a year beyond what is
    exchanged; `coming` (AGES,) ages of those who take free places, as cumulative shares, those
    who turn 12 first.
    """

    leaving: NDArray[np.float64]
    coming: NDArray[np.float64]


def expect_deaths(mortality: float, rise: float) -> NDArray[np.float64]:
    """Yearly hazard of death by year of age (AGES,), of a level at birth and its rise with age."""
    return np.asarray(mortality * np.exp(rise * (YOUNGEST + 0.5 + np.arange(AGES))))


def read_bands(bands: Mapping[str, float]) -> tuple[list[int], NDArray[np.float64]]:
    """First ages of the bands ("18-24", "80+") in order, and their shares, sum 1."""
    ordered = sorted(bands.items())
    shares = np.array([share for _, share in ordered], dtype=np.float64)
    starts = [
        int(band.replace("\N{EN DASH}", "-").replace("+", "-").partition("-")[0])
        for band, _ in ordered
    ]
    if starts[0] > YOUNGEST:
        # Nobody is declared below the first band: an empty band from 12 on keeps the tables whole.
        starts, shares = [YOUNGEST, *starts], np.concatenate([[0.0], shares])
    return starts, shares / shares.sum()


def smooth_ages(bands: Mapping[str, float], mortality: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of residents of each year of age from 12 (AGES,): the smoothest that has the declared
    shares of the bands.

    The last, open band thins out by `mortality` (AGES,), yearly hazards. Least squares of second
    differences under the shares (Whittaker's graduation); where that would be negative, nobody is
    of that age.
    """
    return _smooth_ages(tuple(bands.items()), tuple(mortality.tolist()))


# Kept: runs of a study have one town's ages and mortality, whatever else they draw.
@lru_cache
def _smooth_ages(
    bands: tuple[tuple[str, float], ...], hazards: tuple[float, ...]
) -> NDArray[np.float64]:
    starts, shares = read_bands(dict(bands))
    mortality = np.array(hazards)
    # The last band is open: its shape is that of survival, not of the neighbouring bands.
    number = np.searchsorted(starts, np.arange(YOUNGEST, OLDEST), side="right") - 1
    closed = int(np.count_nonzero(number < len(starts) - 1))
    living = np.exp(-np.concatenate([[0.0], np.cumsum(mortality[closed:-1])]))
    age = np.empty(AGES)
    age[closed:] = shares[-1] * living / living.sum()
    if closed:
        rough = np.diff(np.eye(AGES), 2, axis=0)[:closed]
        ties = np.equal.outer(np.arange(len(starts) - 1), number[:closed]).astype(np.float64)
        free, known = rough[:, :closed], rough[:, closed:] @ age[closed:]
        system = np.block(
            [[free.T @ free, ties.T], [ties, np.zeros((ties.shape[0], ties.shape[0]))]]
        )
        age[:closed] = np.linalg.lstsq(
            system, np.concatenate([-free.T @ known, shares[:-1]]), rcond=None
        )[0][:closed]
    # The smoothest curve may dip below 0 beside an empty band; the bands keep their shares all the
    # same.
    age = np.maximum(age, 0.0)
    in_band = np.bincount(number, age, minlength=len(starts))
    even = np.bincount(number, minlength=len(starts))
    found = np.where(
        in_band[number] > ANYBODY,
        age * shares[number] / np.maximum(in_band[number], ANYBODY),
        shares[number] / even[number],
    )
    found.flags.writeable = False
    return found


def balance_ages(age: NDArray[np.float64], mortality: NDArray[np.float64]) -> Flows:
    """Who has to leave and to come, so that ages `age` (AGES,) stay as they are under yearly
    hazards of death (AGES,).
    """
    living = np.exp(-mortality)
    net = np.concatenate([[age[0]], age[1:] - age[:-1] * living[:-1]])
    leaving = np.zeros(AGES)
    # Bounded: a band that is declared far too small would otherwise empty in a single year.
    leaving[:-1] = np.clip(-net[1:] / np.maximum(age[:-1], ANYBODY), 0.0, MOST_LEAVING)
    coming = np.cumsum(np.maximum(net, 0.0))
    return Flows(leaving, coming / coming[-1])


def draw_years(
    shares: NDArray[np.float64], low: int, high: int, chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Ages in years between two whole ages, by their shares, from uniform chances."""
    some = shares[low - YOUNGEST : high - YOUNGEST]
    edges = np.concatenate([[0.0], np.cumsum(some)])
    found: NDArray[np.float64] = np.interp(
        chance * edges[-1], edges, np.arange(low, high + 1, dtype=np.float64)
    )
    return found
