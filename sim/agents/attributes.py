"""The columns that attributes of agents stand in: which there are, reading rows of them, writing
into them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.state.residents import Residents
from sim.state.staff import Staff

if TYPE_CHECKING:
    from sim.agents.host import Host

Numbers = NDArray[np.int64]
FIELDS: dict[str, dict[str, str]] = {
    "residents": {name: name for name in Residents.names()},
    "posts": {("resident_row" if name == "resident" else name): name for name in Staff.names()},
}
"""Attributes that are columns, and the columns.

The attribute `resident` of a post is the agent, not the row.
"""


class Table(NamedTuple):
    """One sort of row: where its columns are and which numbers its agents have."""

    community: Host
    kind: Literal["residents", "posts"]
    first: int
    size: int

    def has(self, attribute: str) -> bool:
        """Whether an attribute is a column."""
        return attribute in FIELDS[self.kind]

    def column(self, attribute: str) -> NDArray[Any]:
        """The column that an attribute stands in."""
        world = self.community.world
        array: NDArray[Any] = getattr(
            world.residents if self.kind == "residents" else world.provision.staff,
            FIELDS[self.kind][attribute],
        )
        return array

    def rows(self, numbers: Numbers) -> Numbers:
        """Rows of agents by their numbers."""
        rows: Numbers = (numbers - self.first) % max(self.size, 1)
        return rows


def write(column: NDArray[Any], rows: Any, value: Any, attribute: str) -> None:
    """Put one value into rows of a column; ValueError for what the column cannot hold."""
    given = np.asarray(value)
    # An array as long as the rows would spread over them; Mesa gives every agent the same value.
    if given.shape != column.shape[1:] and given.ndim:
        raise ValueError(
            f"{attribute} takes one value for an agent, not an array of shape {given.shape}"
        )
    if column.dtype.kind in "iu":
        limits = np.iinfo(column.dtype)
        # NumPy would cut off decimals and wrap numbers that are too large, without a word.
        if given.dtype.kind not in "iub" and not np.array_equal(
            given, np.trunc(given.astype(np.float64))
        ):
            raise ValueError(f"{attribute} takes whole numbers, not {value}")
        if given.size and not (limits.min <= given.min() and given.max() <= limits.max):
            raise ValueError(
                f"{attribute} takes numbers from {limits.min} to {limits.max}, not {value}"
            )
    column[rows] = given
