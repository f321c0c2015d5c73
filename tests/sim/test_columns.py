"""Tables of columns in compiled loops: what plain Python would do with the same arrays, and nothing beside it."""

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.engine.column_types import copies_rows
from sim.engine.columns import Columns
from sim.engine.kernels import inner, loop, part, table

pytestmark = pytest.mark.core


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Shelves(Columns):
    """A table for these tests."""

    key: NDArray[np.uint32]
    weight: NDArray[np.float32]
    full: NDArray[np.uint8]
    boxes: NDArray[np.int16]
    rooms: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keepers(Columns):
    """Another, with a column of the same name."""

    weight: NDArray[np.float64]


def make(rows=300, seed=1):
    rng = np.random.default_rng(seed)
    return Shelves(
        np.arange(rows, dtype=np.uint32),
        rng.random(rows, np.float32),
        rng.integers(0, 2, rows).astype(np.uint8),
        rng.integers(-9, 9, (rows, 4)).astype(np.int16),
        rng.random((rows, 2, 3)),
    )


@inner
def lift(i, shelves, keepers):
    """Add a keeper's weight to a shelf."""
    shelves.weight[i] = float(shelves.weight[i]) + keepers.weight[i % keepers.weight.size]


@loop
def count_rows(shelves):
    """How many rows a loop sees."""
    return shelves.boxes.shape[0]


@part
def note(i, shelves):
    """Write what a shelf holds into its boxes."""
    shelves.boxes[i, np.uint8(1)] += 2
    shelves.boxes[i, 3] = shelves.boxes[i, 0] + shelves.full[i]
    shelves.rooms[i, 1, np.int64(2)] *= 0.5


@table
def work(start, stop, shelves, keepers):
    """Everything that the model does with columns: one, two and three indices, sizes, slices and views."""
    for i in range(start, stop):
        if shelves.full[i] == 1:
            lift(i, shelves, keepers)
        note(i, shelves)
    most = 0.0
    for number in shelves.rooms[start].flat:
        most = max(most, number)
    shelves.full[:] = 0
    shelves.boxes[start, 2:4] = -1
    shelves.rooms[stop - 1, 0] = most
    row = shelves.rooms[start, 0]
    row[0] = 7.0
    return shelves.key.size + shelves.boxes.shape[1] + keepers.weight.shape[0]


def test_a_loop_does_what_plain_python_does(monkeypatch):
    by_loop, plain, keepers = make(), make(), Keepers(np.array([0.25, 1.5]))
    assert work(3, 290, by_loop, keepers) == 300 + 4 + 2
    for used in (lift, note):
        monkeypatch.setitem(work.py_func.__globals__, used.py_func.__name__, used.py_func)
    assert work.py_func(3, 290, plain, keepers) == 300 + 4 + 2
    for name, column in by_loop.by_name().items():
        assert np.array_equal(column, getattr(plain, name)), name
    assert not np.array_equal(by_loop.weight, make().weight)


@table
def shift(shelves, other):
    """Each shelf takes the weight of the shelf before it, and the other table's shelf that of this."""
    for i in range(1, shelves.key.size):
        shelves.weight[i] = shelves.weight[i - 1]
        other.weight[i] = float(shelves.weight[i]) + other.weight[i - 1]


def test_rows_of_one_column_may_depend_on_each_other_even_through_two_names():
    by_loop, plain = make(40), make(40)
    shift(by_loop, by_loop)
    shift.py_func(plain, plain)
    assert np.array_equal(by_loop.weight, plain.weight)


def test_another_table_with_a_column_of_the_same_name_is_kept_apart():
    shelves, keepers = make(40), Keepers(np.zeros(40))
    plain = (make(40), Keepers(np.zeros(40)))
    shift(shelves, keepers)
    shift.py_func(*plain)
    assert np.array_equal(keepers.weight, plain[1].weight)


copy_all, copy_some = copies_rows(), copies_rows("weight", "rooms")


@table
def move_rows(into, shelves, rows):
    """Shelves take other rows, and the first of them its weight and rooms from the last."""
    for k in range(rows.size):
        copy_all(into, rows[k], shelves, k)
    copy_some(into, 0, shelves, shelves.key.size - 1)


def test_a_row_is_copied_with_all_of_its_columns_or_with_those_that_are_named():
    rows = np.array([7, 3, 12])
    by_loop, plain, source = make(20), make(20), make(3, seed=2)
    move_rows(by_loop, source, rows)
    move_rows.py_func(plain, source, rows)
    for name, column in by_loop.by_name().items():
        assert np.array_equal(column, getattr(plain, name)), name
        assert np.array_equal(column[rows], getattr(source, name)), name
    others = np.setdiff1d(np.arange(1, 20), rows)
    assert np.array_equal(by_loop.boxes[others], make(20).boxes[others])
    assert (by_loop.weight[0], by_loop.key[0]) == (source.weight[2], 0)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda shelves: pickle.loads(pickle.dumps(shelves))]
)
def test_a_copy_has_addresses_of_its_own(copied):
    shelves, keepers = make(), Keepers(np.ones(1))
    other = copied(shelves)
    assert other.address != shelves.address
    work(0, 300, other, keepers)
    for name, column in shelves.by_name().items():
        assert np.array_equal(column, getattr(make(), name)), name
    assert not np.array_equal(other.weight, shelves.weight)


def test_the_first_rows_of_a_table_are_a_table_and_the_same_memory():
    shelves, keepers, alone = make(), Keepers(np.ones(1)), make()
    work(0, 120, shelves.head(120), keepers)
    work(0, 120, alone, keepers)
    alone.full[120:] = make().full[120:]  # rows that the first 120 do not know of
    assert [column.shape[0] for column in shelves.head(120)] == [120] * 5
    for name, column in shelves.by_name().items():
        assert np.array_equal(column, getattr(alone, name)), name
    assert count_rows(shelves.head(7)) == 7
    assert count_rows(shelves.head(0)) == 0


def test_a_table_is_its_columns_in_order():
    shelves = make(2)
    assert Shelves.names() == ("key", "weight", "full", "boxes", "rooms")
    assert [
        column is getattr(shelves, name)
        for name, column in zip(Shelves.names(), shelves, strict=True)
    ] == [True] * 5
    with pytest.raises(AttributeError):
        shelves.key = np.zeros(2, np.uint32)


def test_tables_of_other_types_are_compiled_for_themselves():
    @dataclass(frozen=True, slots=True, eq=False, repr=False)
    class Crate(Columns):
        weight: NDArray[Any]

    @loop
    def first(kept):
        return kept.weight[0]

    assert first(Crate(np.array([1.5]))) == 1.5
    assert first(Crate(np.array([3], np.int16))) == 3
    assert len(first.signatures) == 2


@pytest.mark.parametrize(
    "weight",
    [
        np.zeros((4, 2), np.float32)[:, 0],
        np.zeros((1, 1, 1, 1), np.float32),
        np.zeros((3, 2), np.float32).T,
    ],
)
def test_an_array_that_loops_cannot_walk_through_is_refused(weight):
    with pytest.raises(
        ValueError, match="column weight of Keepers is not a contiguous array of up to 3 dimensions"
    ):
        Keepers(weight)


def test_columns_that_share_memory_are_refused():
    """Loops take it that no two columns overlap; they would give other numbers in silence."""
    numbers = np.zeros(8, np.float32)
    with pytest.raises(ValueError, match="columns key and weight share memory"):
        Shelves(
            numbers[:4].view(np.uint32),
            numbers[2:6],
            np.zeros(4, np.uint8),
            np.zeros((4, 4), np.int16),
            np.zeros((4, 2, 3)),
        )
