"""A column of residents, week by week: what changed since the week before, and the whole again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Stored = TypeVar("Stored", bound=np.generic)


class Track(Generic[Stored]):
    """What a column (n_residents,) was at one point of every week.

    Rows that did not change are not kept: most people are in no service in most weeks.
    """

    def __init__(self) -> None:
        self._steps: list[tuple[NDArray[np.uint32] | None, NDArray[Stored]]] = []
        self._last: NDArray[Stored] | None = None

    def note(self, values: NDArray[Stored]) -> None:
        """Note the column of one more week."""
        if self._last is None:
            self._last = values.copy()
            self._steps.append((None, values.copy()))
            return
        rows = np.flatnonzero(values != self._last).astype(np.uint32)
        # Where most have changed, row numbers would take more room than they save.
        if 2 * rows.size > values.size:
            self._steps.append((None, values.copy()))
        else:
            self._steps.append((rows, values[rows]))
        self._last[:] = values

    def play(self) -> Iterator[NDArray[Stored]]:
        """The column of each week (n_residents,), in one array that changes; not to be written."""
        current = self._steps[0][1].copy()
        for rows, values in self._steps:
            current[slice(None) if rows is None else rows] = values
            yield current
