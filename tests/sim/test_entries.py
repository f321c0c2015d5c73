"""Entering compiled loops by the classes of what they are given finds the code for its types."""

import gc
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import config
from numba.core.caching import NullCache
from numba.core.compiler import Flags
from numpy.typing import NDArray

from sim.community import Community
from sim.engine.columns import Columns
from sim.engine.entries import Loop, pause_collector
from sim.engine.kernels import inner, loop, rule
from sim.scenario.library import load

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shelf(Columns):
    weight: NDArray[Any]


class Pair(NamedTuple):
    first: float
    second: float


@loop
def halve(weights, shelf, pair, seed):
    weights[0] += shelf.weight[0] / 2
    return pair.first + pair.second + float(seed[0])


@loop
def fill_with_ones(rows):
    rows[:] = 1.0


def call(weights, shelf, pair=(1.5, 2.0)):
    found = halve(weights, Shelf(shelf), Pair(*pair), (np.uint64(4), np.uint64(5)))
    return found, weights[0]


def test_arrays_and_columns_of_other_types_find_their_own_code():
    assert call(np.zeros(2), np.array([3.0]), (1, 2)) == (7.0, 1.5)
    for _ in range(3):
        assert call(np.zeros(2), np.array([3.0])) == (7.5, 1.5)
        assert call(np.zeros(2), np.array([3], np.int8)) == (7.5, 1.5)
        assert call(np.zeros(2, np.int64), np.array([5.0])) == (7.5, 2)
        assert call(np.zeros((2, 4))[:, 1], np.array([3.0])) == (7.5, 1.5)
        assert call(np.zeros(2), np.array([3.0]), (1, 2)) == (7.0, 1.5)


def test_an_array_that_must_not_be_written_is_not():
    weights = np.zeros(2)
    assert call(weights, np.array([3.0]))
    weights.flags.writeable = False
    with pytest.raises(Exception, match=r"(?i)readonly|cannot|mutab"):
        call(weights, np.array([3.0]))
    assert weights[0] == 1.5


def is_for(entry, given):
    """Whether a way into a loop is taken for what is given."""
    types = all(given[k]._numba_type_ is kind for k, kind in entry.tables)
    return types and all(look(given[k]) == found for k, look, found in entry.looks)


def test_arrays_that_lie_in_two_orders_at_once_are_known_beside_those_that_do_not():
    """A single row, or none, is in the order of C and of Fortran; it must not be learned anew in turns."""
    for _ in range(3):
        for shape in ((1, 1), (2, 3)):
            fill_with_ones(np.zeros(shape))
    ((_, known),) = fill_with_ones._entries.items()
    assert len(known) == 2


def test_whatever_a_week_gives_its_loops_is_of_the_types_that_their_code_was_made_for(monkeypatch):
    """A group is taken to hold what its fields declare; a number of another kind, such as a whole
    number for a share, would be read as something else.
    """
    odd, seen = [], set()
    enter = Loop.__call__

    def check(self, *given):
        known = self._entries.get((*map(type, given),), ())
        entry = next((entry for entry in known if is_for(entry, given)), None)
        if entry is not None:
            code = self.overloads.get(tuple(map(self.typeof_pyval, given)))
            seen.add(self.__name__)
            if code is None or code.entry_point is not entry.enter:
                odd.append((self.__name__, *map(self.typeof_pyval, given)))
        return enter(self, *given)

    monkeypatch.setattr(Loop, "__call__", check)
    for name in ("whole-town", "baseline"):
        scenario = load(name).with_({"population.residents": 300, "warm_up": 13, "horizon": 14})
        town = Community(scenario, rng=3, draw={"life.mortality": 0, "social.meeting": 1})
        town.run()
    assert not odd
    assert len(seen) > 25


@rule
def double(x):
    return 2.0 * x


@inner
def halve_first(column):
    """Halve the first number of a column; what it was."""
    column[0] /= 2.0
    return column[0] * 2.0


@loop
def halve_twice(column):
    """Halve the first number twice; what it was before the second time."""
    halve_first(column)
    return double(double(halve_first(column)))


def test_what_loops_call_stands_in_them_alone_and_python_can_call_it_as_well(monkeypatch):
    """No machine code of its own: that is what takes long, and nobody would enter it."""
    # Compiled here: of a loop that an earlier run of the tests left on disk, callees are not.
    monkeypatch.setattr(halve_twice, "_cache", NullCache())
    column = np.array([8.0])
    assert (halve_twice(column), column[0]) == (16.0, 2.0)
    for called in (double, halve_first):
        made = list(called.overloads.values())
        assert made
        engine = made[0].target_context.codegen()._engine
        assert not any(engine.is_symbol_defined(x.fndesc.llvm_func_name) for x in made)
    assert (halve_first(column), column[0]) == (2.0, 1.0)
    assert double(column[0]) == 2.0


def test_options_are_the_same_by_what_they_say_and_not_by_who_says_it():
    usual, said, other = Flags(), Flags(), Flags()
    said.nrt = usual.nrt
    other.nrt = not usual.nrt
    assert usual == said
    assert hash(usual) == hash(said)
    assert usual != other
    assert said != other
    assert usual != "nrt"


def test_the_collector_of_garbage_works_again_after_a_compilation_that_fails():
    def fail():
        with pause_collector(), pause_collector():
            assert not gc.isenabled()
            raise ValueError

    assert gc.isenabled()
    with pytest.raises(ValueError):
        fail()
    assert gc.isenabled()
    gc.disable()
    try:
        with pause_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
