"""What the ties look like: a table of them, numbers of ties, clustering, likeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.state.codes import TieKind, list_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sim.society.town import Town
    from sim.state.ties import Ties

KIND_NAMES = list_words(TieKind)
"""Kinds of ties, in words."""


def list_ties(
    ties: Ties, kind: int | None = None
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int16]]:
    """a, b, kind and since of every tie once (a < b), of one kind if asked."""
    rows, slots = np.nonzero(ties.kind != TieKind.NONE if kind is None else ties.kind == kind)
    other = ties.neighbour[rows, slots]
    once = rows < other
    rows, slots, other = rows[once], slots[once], other[once]
    return rows.astype(np.uint32), other, ties.kind[rows, slots], ties.since[rows, slots]


def ties_frame(town: Town) -> pd.DataFrame:
    """One row per tie: a, b (rows of residents, a < b), kind (in words) and since (week, negative
    before the start).
    """
    import pandas as pd

    a, b, kind, since = list_ties(town.ties)
    words = pd.Categorical.from_codes(kind.astype(np.int8), categories=list(KIND_NAMES))
    return pd.DataFrame({"a": a, "b": b, "kind": words, "since": since})


def number_of_ties(ties: Ties, kind: int | None = None) -> NDArray[np.int64]:
    """Ties of each resident, (n_residents,), of one kind if asked."""
    wanted = ties.kind != TieKind.NONE if kind is None else ties.kind == kind
    numbers: NDArray[np.int64] = np.count_nonzero(wanted, axis=1)
    return numbers


def clustering(
    ties: Ties, rng: np.random.Generator, sample: int = 2000, kind: int | None = None
) -> float:
    """Mean share of a resident's pairs of ties who know each other, over a sample of residents with
    two ties or more; NaN without any.
    """
    n, slots = ties.neighbour.shape
    neighbour = (
        np.where(ties.kind == kind, ties.neighbour, n) if kind is not None else ties.neighbour
    )
    degree = np.count_nonzero(neighbour != n, axis=1)
    able = np.flatnonzero(degree >= 2)
    if able.size == 0:
        return float("nan")
    rows = able if able.size <= sample else rng.choice(able, sample, replace=False)
    mine = neighbour[rows]
    theirs = np.vstack([neighbour, np.full((1, slots), n, dtype=neighbour.dtype)])[mine]
    known = (theirs[:, :, :, None] == mine[:, None, None, :]) & (mine != n)[:, None, None, :]
    closed = np.count_nonzero(known, axis=(1, 2, 3))
    return float(np.mean(closed / (degree[rows] * (degree[rows] - 1))))


def likeness(ties: Ties, values: NDArray[np.generic], kind: int | None = None) -> float:
    """Correlation of a value across the two ends of a tie (assortativity)."""
    a, b, _, _ = list_ties(ties, kind)
    x = np.concatenate([values[a], values[b]]).astype(np.float64)
    y = np.concatenate([values[b], values[a]]).astype(np.float64)
    return float(np.corrcoef(x, y)[0, 1])
