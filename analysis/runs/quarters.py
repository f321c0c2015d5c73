"""Posts, places and lists by service and quarter, as means of the replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.runs.pairing import Pairs, pair

if TYPE_CHECKING:
    from collections.abc import Sequence

POSTS = ("posts", "posts_fte", "filled", "filled_fte", "hired", "left", "in_training")
CARE = ("places", "enrolled", "waiting", "started", "gave_up", "sessions")
QUARTER = 13
"""Weeks between the rows of a service."""


def plan_hiring(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """What posts each service wants, fills and loses, as means of the replicates whose weeks were
    kept: one row per scenario, service, role and quarter (1 first).

    week (the quarter's last), posts and filled (people), posts_fte and filled_fte (full-time
    equivalents) at its end, hired and left during it, in_training at its end, recruiting_from
    (first week of the quarter in which a post stood empty: the median of replicates in which any
    did, missing where none). Empty for runs that were made before posts were recorded.
    """
    pairs = _pairs(source, against, allow_missing=allow_missing)
    return _average(pairs, "posts", ["service", "role"], POSTS, "recruiting_from")


def follow_care(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Places, people enrolled and waiting at the end of each quarter, people who got a place and
    who gave up waiting during it, sessions held, and wait: the median over replicates of the median
    wait in weeks, missing where nobody got a place or it was not recorded.

    One row per scenario, service and quarter; started and gave_up are missing for older runs.
    """
    pairs = _pairs(source, against, allow_missing=allow_missing)
    return _average(pairs, "places", ["service"], CARE, "wait_in_quarter").rename(
        columns={"wait_in_quarter": "wait"}
    )


def _pairs(source: object, against: str, *, allow_missing: bool) -> Pairs:
    if isinstance(source, Pairs):
        return source
    return pair(source, against, allow_missing=allow_missing)


def _average(
    pairs: Pairs, table: str, by: list[str], columns: Sequence[str], median: str
) -> pd.DataFrame:
    """Means of columns, a replicate without a row counting as 0, and the median of one of those
    that have it.
    """
    who = ["scenario", *by, "quarter"]
    frame = pairs.stored.rows(table)
    frame = frame[frame["run"].isin(pairs.whole_runs)] if len(frame) else frame
    if frame.empty:
        return pd.DataFrame(columns=[*who, "week", *columns, median])
    frame = frame.rename(columns={"name": "scenario"})
    frame = frame[frame["scenario"].isin(pairs.names)]
    frame = frame.assign(quarter=frame["week"].astype(int) // QUARTER + 1)
    frame = frame.assign(**{key: _number(frame, key) for key in (*columns, median)})
    replicates = max(int(pairs.whole.sum()), 1)
    groups = frame.groupby(who, sort=False, observed=True)
    # A replicate in which a post did not exist had none of it; only a quarter without any is
    # missing.
    means = groups[list(columns)].sum(min_count=1) / replicates
    found = means.assign(week=groups["week"].max(), **{median: groups[median].median()})
    order = {name: place for place, name in enumerate(pairs.names)}
    found = found.reset_index()
    found = found.assign(rank=found["scenario"].map(order)).sort_values(["rank", *by, "quarter"])
    return found[[*who, "week", *columns, median]].reset_index(drop=True)


def _number(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column as numbers; missing throughout in runs of before it was recorded."""
    if column not in frame.columns:
        return pd.Series(float("nan"), index=frame.index)
    return pd.to_numeric(frame[column]).astype(float)
