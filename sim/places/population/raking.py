"""Iterative proportional fitting: the table nearest to a seed that agrees with given margins
(Deming and Stephan 1940).

Margins may cover parts of a table only, join categories, and be of different universes: a margin is
a label for each cell of the axes that it speaks of, and a number, or a share within a part, for
each label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARGIN_ERROR = 1e-9
"""Relative error at which every margin counts as met."""
MOST_ROUNDS = 400
"""Rounds after which margins that contradict each other are left as near as they came."""
STALLED = 1e-12


class Margin(NamedTuple):
    """What a table says of some axes.

    axes: those of the array that it speaks of, ascending. label: for each cell of those axes the
    number that it is part of, -1 where it says nothing. values: people for each label, or shares
    where `within` gives the part that each label is a share of.
    """

    axes: tuple[int, ...]
    label: NDArray[np.int64]
    values: NDArray[np.float64]
    within: NDArray[np.int64] | None = None

    def collapse(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of a table by label, (labels,)."""
        others = tuple(axis for axis in range(table.ndim) if axis not in self.axes)
        sums = table.sum(axis=others).ravel()
        flat = self.label.ravel()
        found = np.bincount(flat[flat >= 0], sums[flat >= 0], minlength=self.values.size)
        return np.asarray(found, dtype=np.float64)

    def aim(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """People for each label that the margin asks for, where the table has `found`."""
        if self.within is None:
            return self.values
        return self.values * np.bincount(self.within, found)[self.within]


class Raked(NamedTuple):
    """The fitted table, the rounds that it took, and the largest relative error of each margin."""

    table: NDArray[np.float64]
    rounds: int
    errors: tuple[float, ...]


def rake(seed: NDArray[np.float64], margins: Sequence[Margin], rounds: int = MOST_ROUNDS) -> Raked:
    """Fit a table to margins, one after the other, until all agree.

    The last ones are met best where they contradict each other.
    """
    table = np.array(seed, dtype=np.float64)
    spread = [
        tuple(slice(None) if k in margin.axes else None for k in range(table.ndim))
        for margin in margins
    ]
    errors: list[float] = []
    done = 0
    while done < rounds:
        done += 1
        before, errors = errors, []
        for margin, shape in zip(margins, spread, strict=True):
            found = margin.collapse(table)
            aim = margin.aim(found)
            errors.append(largest_error(found, aim))
            factor = np.append(np.divide(aim, found, out=np.ones_like(found), where=found > 0), 1.0)
            table *= factor[margin.label][shape]
        if max(errors, default=0.0) < MARGIN_ERROR or (
            before and np.allclose(before, errors, rtol=0.0, atol=STALLED)
        ):
            break
    return Raked(
        table,
        done,
        tuple(
            largest_error(found := margin.collapse(table), margin.aim(found)) for margin in margins
        ),
    )


def largest_error(found: NDArray[np.float64], aim: NDArray[np.float64]) -> float:
    """The largest relative error.

    Cells that should have less than one person are held against one.
    """
    return float((np.abs(found - aim) / np.maximum(aim, 1.0)).max(initial=0.0))
