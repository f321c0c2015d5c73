"""Which runs of a database belong together: those with the parameter draws that a plan asked for.

Several studies may share one database. Runs with the parameters as they are, runs with drawn
parameters, and runs of different draws answer different questions and are never mixed.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

AS_THEY_ARE = ""
"""Mark of parameters that keep their values."""


def mark_draw(spelled: str | None) -> str:
    """Fingerprint a parameter draw as it is stored; empty for the parameters as they are."""
    plain = (spelled or "").strip()
    # All of these spell a draw of nothing.
    if plain in ("", "{}", "null", "None"):
        return AS_THEY_ARE
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def spell_marks(draws: Iterable[str | None]) -> str:
    """Spell the marks of a plan's draws as a plan keeps them."""
    return json.dumps([mark_draw(draw) for draw in draws])


class Selection(NamedTuple):
    """What a plan asked for: marks of its draws, and the version of the model it ran with.

    marks: None where no plan says which draws belong together. seeds: None for all of them.
    """

    marks: frozenset[str] | None = None
    model_version: str | None = None
    seeds: frozenset[int] | None = None


def read_selection(connection: sqlite3.Connection) -> Selection:
    """Read what was asked for last in a database."""
    # Databases of earlier versions lack some columns, and those of others the whole table.
    columns = {row[1] for row in connection.execute("PRAGMA table_info(plans)")}
    if not columns:
        return Selection()
    wanted = [
        "draws",
        *(name for name in ("sweep", "draw_marks", "model_version") if name in columns),
    ]
    listed = ", ".join(wanted)
    row = connection.execute(f"SELECT {listed} FROM plans ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return Selection()
    plan = dict(zip(wanted, row, strict=True))
    # Plans of earlier tables do not say which version they ran with.
    version = plan.get("model_version") or _find_latest_version(connection)
    # A sweep's draws are those of its points, which the plan does not repeat.
    if plan.get("sweep"):
        return Selection(_mark_sweep(connection, str(plan["sweep"])), version)
    if plan.get("draw_marks"):
        return Selection(frozenset(json.loads(str(plan["draw_marks"]))), version)
    return Selection(_mark_older(connection, int(plan["draws"] or 0)), version)


def _find_latest_version(connection: sqlite3.Connection) -> str | None:
    latest = "SELECT model_version FROM runs ORDER BY started DESC LIMIT 1"
    row = connection.execute(latest).fetchone()
    return None if row is None else str(row[0])


def _mark_sweep(connection: sqlite3.Connection, name: str) -> frozenset[str]:
    """Marks of the draws under which the points of a sweep were run."""
    draws = (
        "SELECT DISTINCT draw FROM runs WHERE key IN (SELECT run FROM point_runs WHERE sweep = ?)"
    )
    return frozenset(mark_draw(draw) for (draw,) in connection.execute(draws, (name,)))


def _mark_older(connection: sqlite3.Connection, count: int) -> frozenset[str]:
    """Marks of a plan of an older version, which kept only the number of its draws."""
    if not count:
        return frozenset({AS_THEY_ARE})
    draws = "SELECT DISTINCT draw FROM runs WHERE draw_index IS NOT NULL AND draw_index < ?"
    return frozenset(mark_draw(draw) for (draw,) in connection.execute(draws, (count,)))
