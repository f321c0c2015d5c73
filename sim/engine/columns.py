"""Columns: arrays that belong together, one row per person, service or post, handed to compiled
loops as one address.

What loops make of them stands in `sim.engine.column_types`.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from sim.engine.column_types import MOST_DIMENSIONS, WORDS, describe_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


class Columns:
    """Base of tables that loops take whole: frozen dataclasses whose fields are arrays, contiguous
    and of three dimensions at most.

    A table keeps the addresses of its arrays: a field can't be put in the place of another, what is
    in it can change. Raises ValueError for an array that is not contiguous, and for two that share
    memory: loops take it that none do.
    """

    __slots__ = ("_list", "_numba_type_", "address")

    def __post_init__(self) -> None:
        """List the addresses and shapes of the columns."""
        words: list[int] = []
        fields, held = [], []
        for name in self.names():
            array = getattr(self, name)
            flags, shape = array.flags, array.shape
            # What compiled code takes for granted is checked here, once, where it costs nothing.
            if not (flags.c_contiguous and flags.aligned and len(shape) <= MOST_DIMENSIONS):
                raise ValueError(
                    f"column {name} of {type(self).__name__} is not a contiguous array of up to"
                    f" {MOST_DIMENSIONS} dimensions"
                )
            start = _find_address(array)
            words += start, *shape, *(0,) * (MOST_DIMENSIONS - len(shape))
            fields.append((name, array.dtype.str, len(shape)))
            held.append((start, array.nbytes, name))
        # The compiler is told that columns do not overlap; if they did, it would reorder writes
        # wrongly.
        check_apart(held)
        # The list has to live as long as its address is handed out.
        addresses = np.array(words, np.intp)
        object.__setattr__(self, "_list", addresses)
        object.__setattr__(self, "address", _find_address(addresses))
        # Numba asks an object for its type by this name.
        object.__setattr__(self, "_numba_type_", describe_table(type(self).__name__, tuple(fields)))

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """Names of the columns, in storage order."""
        return tuple(field.name for field in dataclasses.fields(cast("Any", cls)))

    def by_name(self) -> dict[str, NDArray[Any]]:
        """The columns by name, in storage order."""
        return {name: getattr(self, name) for name in self.names()}

    def head(self, count: int) -> Self:
        """A table of the first rows of all columns, in the same memory."""
        part = object.__new__(type(self))
        for name in self.names():
            object.__setattr__(part, name, getattr(self, name)[:count])
        # Where columns begin was looked up when this table was made, which takes longer than all
        # else; only how many rows they have is another number.
        addresses = object.__getattribute__(self, "_list").copy()
        addresses[1::WORDS] = count
        object.__setattr__(part, "_list", addresses)
        object.__setattr__(part, "address", _find_address(addresses))
        kind = object.__getattribute__(self, "_numba_type_")
        object.__setattr__(part, "_numba_type_", kind)
        return part

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """The columns, in storage order."""
        return iter(self.by_name().values())

    def __reduce__(self) -> tuple[type[Columns], tuple[NDArray[Any], ...]]:
        """Copied and sent as its arrays: addresses are those of this process."""
        return type(self), tuple(self)


def check_apart(held: Iterable[tuple[int, int, str]]) -> None:
    """Raise ValueError where two arrays, each as (address, bytes, name), share memory."""
    # Sorted by address, neighbours are enough: if any two overlap, two neighbours do.
    for (start, size, name), (after, _, other) in pairwise(sorted(x for x in held if x[1])):
        if start + size > after:
            raise ValueError(
                f"columns {name} and {other} share memory: each needs an array of its own"
            )


def _find_address(array: NDArray[Any]) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
