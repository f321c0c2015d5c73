"""What callers hand over: numbers that are real numbers, and labels in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import Refused

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def read_numbers(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Read numbers of any shape as floats.

    Raises `Refused` for values that are masked, complex, dates or text: NumPy takes them for
    numbers, or what lies beneath a mask for what is meant, without a word.
    """
    if np.ma.is_masked(values):
        message = f"{what}: some values are masked, which is missing; fill them or leave them out"
        raise Refused(message)
    try:
        raw = np.asarray(values)
        if raw.dtype.kind in "cMmUS" or _has_text(raw):
            kind = "text" if raw.dtype.kind in "USO" else raw.dtype.name
            message = f"{what} must be real numbers, not {kind}"
            raise Refused(message)
        return np.asarray(raw, dtype=float)
    except (TypeError, ValueError) as error:
        message = f"{what} must be numbers, in rows of one length ({str(error)[:80]})"
        raise Refused(message) from error


def _has_text(raw: NDArray[Any]) -> bool:
    """Whether text stands among objects: `1_000` and `٣` in it would be numbers to Python."""
    return raw.dtype.kind == "O" and any(isinstance(value, str | bytes) for value in raw.flat)


def check_order(first: object, second: object, what: str) -> None:
    """Refuse two labelled things whose labels are the same in another order.

    They are paired place by place: strategies, groups or draws of one would be taken for others of
    the other. Labels that differ say nothing of what belongs together, and are left alone.
    """
    ours, theirs = _list_labels(first), _list_labels(second)
    for axis in ours.keys() & theirs.keys():
        here, there = ours[axis], theirs[axis]
        if list(here) == list(there) or len(here) != len(there):
            continue
        if here.is_unique and there.is_unique and not here.symmetric_difference(there).size:
            message = (
                f"{what} have the same labels in another order, and are paired place by place: put"
                " them in one order, such as with reindex"
            )
            raise Refused(message)


def _list_labels(given: Any) -> dict[str, pd.Index[Any]]:
    """Labels of rows and of columns; what a plain array or a list has not."""
    labels = {}
    if isinstance(given, pd.Series | pd.DataFrame):
        labels["rows"] = given.index
    if isinstance(given, pd.DataFrame):
        labels["columns"] = given.columns
    return labels


def read_finite(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Read numbers as `read_numbers` does; none may be missing or infinite."""
    array = read_numbers(values, what)
    if not np.isfinite(array).all():
        message = f"{what} has values that are missing or infinite"
        raise Refused(message)
    return array
