"""Requests to memory change nothing, whatever they ask for."""

import numpy as np
import pytest

from sim.community import Community
from sim.engine.kernels import table
from sim.engine.prefetch import FAR, ask_for
from sim.scenario.library import load
from sim.state.ties import Ties
from sim.week.resident.phases import run_phases

pytestmark = pytest.mark.core


@table
def add_up(published, column, ties):
    """Ask for rows of arrays and columns, one that is not there among them, and add the numbers up."""
    total = 0.0
    for i in range(column.size):
        ask_for(published, i + 1)
        ask_for(column, i)
        ask_for(ties.neighbour, np.uint32(i))
        total += published[i, 1] + column[i]
    return total


def test_a_request_changes_nothing_compiled_or_not():
    published, column = (
        np.arange(40, dtype=np.float32).reshape(10, 4),
        np.arange(10, dtype=np.uint32),
    )
    ties = Ties(
        np.zeros((10, 3), np.uint32), np.zeros((10, 3), np.uint8), np.zeros((10, 3), np.int16)
    )
    assert (
        add_up(published, column, ties)
        == add_up.py_func(published, column, ties)
        == published[:, 1].sum() + column.sum()
    )
    assert column.tolist() == list(range(10))


def test_a_large_town_hears_what_its_ties_show():
    """Beyond FAR residents a block asks for its ties before it reads them: what it reads is what plain NumPy adds up."""
    world = Community(
        load("baseline").with_({"population.residents": FAR, "warm_up": 2}), rng=3
    ).world
    rng = np.random.default_rng(1)
    world.published[:] = rng.random(world.published.shape, np.float32)
    run_phases(("socialise",), world, 0, FAR)
    neighbour, r = world.ties.neighbour, world.residents
    known = neighbour < FAR
    published = np.where(known, world.published[np.minimum(neighbour, FAR - 1), 3], 0.0).sum(
        axis=1
    ) / np.maximum(known.sum(axis=1), 1)
    assert np.allclose(r.encouraged[r.alive == 1], published[r.alive == 1], atol=1e-6)
