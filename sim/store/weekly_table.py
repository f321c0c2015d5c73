"""The weeks of stored runs as one tidy table, with words for people instead of keys."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sim.errors import InvalidInput
from sim.outcomes import BY_KEY, KEYS
from sim.store.connection import connect_to_read, explain_database
from sim.store.selection import Selection, mark_draw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

WHO = ["scenario", "seed", "draw", "week"]
"""What a row belongs to."""


def read_weekly(
    database: Path, names: Sequence[str], asked: Selection, outcomes: Sequence[str] = ()
) -> pd.DataFrame:
    """Read the weeks of finished runs of some scenarios, the newest of each name: one row per run,
    week and outcome.

    Columns: scenario (category), seed, draw (parameters that were drawn, empty where none were),
    week, key and outcome (categories: what it is called in code and in words), unit (category),
    value. Raises `InvalidInput` for an outcome that there is not.
    """
    if unknown := [key for key in outcomes if key not in BY_KEY]:
        raise InvalidInput(f"there is no outcome {unknown[0]!r}; outcomes: {', '.join(KEYS)}")
    wide = _read(database, asked)
    wide = wide[wide["scenario"].isin(list(names))]
    # A database of an earlier version has no column for an outcome that came later.
    keys = [key for key in outcomes or KEYS if key in wide.columns]
    return _name_columns(wide.melt(WHO, keys, var_name="key"), names, keys)


def _read(database: Path, asked: Selection) -> pd.DataFrame:
    import pandas as pd

    # Runs of an earlier scenario of the name stay stored, and are none of this one.
    newest = "SELECT max(rowid) FROM scenarios GROUP BY name"
    sql = (
        "SELECT s.name AS scenario, r.seed, coalesce(r.draw, '') AS draw,"
        " r.model_version AS version, w.* FROM weekly w JOIN runs r ON r.key = w.run"
        " JOIN scenarios s ON s.hash = r.scenario"
        f" WHERE r.status = 'done' AND s.rowid IN ({newest})"
        " ORDER BY s.rowid, r.seed, r.draw, w.week"
    )
    with closing(connect_to_read(database)) as connection, explain_database(database):
        found = pd.read_sql_query(sql, connection)
    marks, version, seeds = asked
    if seeds is not None:
        found = found[found["seed"].isin(list(seeds))]
    if version is not None:
        found = found[found["version"].astype(str) == version]
    if marks is not None:
        # Once for each draw, since every week and run repeats it.
        known = {draw: mark_draw(draw) for draw in found["draw"].unique()}
        found = found[found["draw"].map(known).isin(list(marks))]
    return found


def _name_columns(long: pd.DataFrame, names: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """Categories in the order of what was asked for, with titles and units in words."""
    import pandas as pd

    titles = {key: BY_KEY[key].title for key in keys}
    units = {key: BY_KEY[key].unit for key in keys}
    return pd.DataFrame(
        {
            "scenario": pd.Categorical(long["scenario"], list(names)),
            "seed": long["seed"],
            "draw": pd.Categorical(long["draw"]),
            "week": long["week"],
            "key": pd.Categorical(long["key"], list(keys)),
            "outcome": pd.Categorical(long["key"].map(titles), list(titles.values())),
            "unit": pd.Categorical(long["key"].map(units)),
            "value": long["value"].astype(float),
        }
    )
