"""How the model was validated: calibration, trials and claims, from files beside the
runs.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim.evidence
from analysis.text.tables import Table
from analysis.text.wording import MINUS, write_plain
from sim.errors import spell
from sim.store import Written

if TYPE_CHECKING:
    from analysis.runs.database import Stored

COMMANDS = {"calibration": ("calibrate", "--check"), "trials": ("trial",), "claims": ("claims",)}
"""Words of the command that makes each of them, for a file of the name."""
SHIPPED_POSTERIOR = Path(sim.evidence.__file__).parent / "posterior.csv"


Number = float | list[float | None] | None
"""A figure, those of several parts, or none."""


class MomentRow(Written):
    """One moment of the real place, as `kinwell calibrate --check` writes it."""

    target: Number = None
    tolerance: Number | str = None
    simulated: Number = None
    low: Number = None
    high: Number = None
    fitted: bool = False
    inside: bool = False


class Effect(Written):
    """An effect with its interval."""

    effect: float | None = None
    low: float | None = None
    high: float | None = None


class TrialRow(Written):
    """One trial, as `kinwell trial` writes it."""

    published: Effect | None = None
    simulated: Effect | None = None


class ClaimRow(Written):
    """One claim, as `kinwell claims` writes it."""

    claim: str = ""
    claimed: float | None = None
    conditions: dict[str, dict[str, float | str | None]] | None = None
    evidence: list[dict[str, str]] | None = None
    verdict: str = ""


SHAPE_OF_ROWS: dict[str, type[Written]] = {
    "calibration": MomentRow,
    "trials": TrialRow,
    "claims": ClaimRow,
}


def fill_validation(stored: Stored, folder: str) -> dict[str, Any]:
    """Fill the part about calibration and trials: a table for each, or what to do to have it."""
    tables = {
        "calibration": _tabulate_calibration,
        "trials": _tabulate_trials,
        "claims": _tabulate_claims,
    }
    found: dict[str, Any] = {}
    for name, tabulate in tables.items():
        rows = _read(stored.path.parent / f"{name}.json", SHAPE_OF_ROWS[name])
        command = spell(*COMMANDS[name], "--json", f"{folder}/{name}.json")
        found[name] = tabulate(rows) if rows else f"Not reported. Make it with: {command}"
    found["posterior"] = tabulate_posterior(SHIPPED_POSTERIOR)
    return found


def _read(path: Path, shape: type[Written]) -> list[dict[str, Any]]:
    """Rows of a file of the shape that its command writes; none where it is of another."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = found if isinstance(found, list) else []
        for row in rows:
            # Files beside the runs may be of another version, or made by somebody else.
            shape.model_validate(row)
    # JSON that is nested too deeply raises RecursionError; no command writes such a file.
    except (OSError, ValueError, RecursionError):
        return []
    return rows


def _write(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int | float):
        text = write_plain(float(value), 3)
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, list | tuple):
        return ", ".join(_write(each) for each in value)
    return str(value)


def _span(row: dict[str, Any]) -> str:
    ends = [_write(row.get("low")), _write(row.get("high"))]
    return f"{ends[0]} to {ends[1]}"


def _tabulate_calibration(rows: list[dict[str, Any]]) -> Table:
    cells = [
        [
            str(row.get("moment", row.get("id", ""))),
            *(_write(row.get(key)) for key in ("target", "tolerance", "simulated")),
            _span(row),
            "fitted" if row.get("fitted") else "held back",
            "inside" if row.get("inside") else "OUTSIDE",
        ]
        for row in rows
    ]
    inside = sum(bool(row.get("inside")) for row in rows)
    heads = ["Moment", "Target", "Tolerance", "Simulated", "Interval", "Used for", "Verdict"]
    return Table(
        f"Calibration: {inside} of {len(rows)} moments of the real place are met", heads, cells
    )


def _tabulate_trials(rows: list[dict[str, Any]]) -> Table:
    cells = []
    for row in rows:
        told, seen = ({**(row.get(which) or {})} for which in ("published", "simulated"))
        told_span, seen_span = (
            f"{_write(part.get('effect'))} ({_span(part)})" for part in (told, seen)
        )
        if told.get("effect") is None:
            told_span = str(told.get("found", "–")).replace("_", " ")
        cells.append(
            [
                str(row.get("id", "")),
                str(told.get("type", "")),
                f"{row.get('sample', '–')} of sample".replace("in of", "in"),
                told_span,
                seen_span,
                str(row.get("verdict", "")),
            ]
        )
    heads = ["Trial", "Measure", "Sample", "Published", "Simulated", "Verdict"]
    return Table(
        "Published trials in running towns; numbers of the model were made from those in sample",
        heads,
        cells,
    )


def _tabulate_claims(rows: list[dict[str, Any]]) -> Table:
    """Make the table of claims: what is said, what the model finds where it should work best and as
    things are, and the verdict.
    """
    found = [_read_conditions(row) for row in rows]
    kinds = list(dict.fromkeys(kind for conditions in found for kind in conditions))
    cells = []
    for row, conditions in zip(rows, found, strict=True):
        spans = (_say_condition(conditions.get(kind, {})) for kind in kinds)
        evidence = row.get("evidence")
        sources = (
            "; ".join(_say_source(each) for each in evidence) if isinstance(evidence, list) else ""
        )
        claim, verdict = (_write(row.get(key)) for key in ("claim", "verdict"))
        cells.append([claim, _say_share(row.get("claimed")), *spans, sources or "–", verdict])
    heads = [
        "Claim",
        "Claimed",
        *(f"Simulated, {kind} conditions" for kind in kinds),
        "Evidence",
        "Verdict",
    ]
    return Table("What the model says of claims that are often made", heads, cells)


def _read_conditions(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    conditions = row.get("conditions")
    return (
        {str(kind): value for kind, value in conditions.items() if isinstance(value, dict)}
        if isinstance(conditions, dict)
        else {}
    )


def _say_condition(found: dict[str, Any]) -> str:
    ends = [found.get(key) for key in ("value", "low", "high")]
    numbers = [float(end) for end in ends if isinstance(end, int | float)]
    if len(numbers) != 3:
        return _say_share(found.get("value"))
    value, low, high = (_say_share(number) for number in numbers)
    return f"{value} ({low} to {high})"


def _say_share(value: object) -> str:
    """A share, or a relative change, in per cent as the verdict tells it."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _write(value)
    return f"{value:.1%}".replace("-", MINUS)


def _say_source(source: object) -> str:
    if not isinstance(source, dict):
        return str(source)
    return ": ".join(str(source[key]) for key in ("id", "text") if source.get(key))


def tabulate_posterior(path: Path) -> Table | None:
    """Make the table of what calibration left of the doubt: median and middle 95% of every fitted
    number.
    """
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    try:
        values = np.array(rows[1:], dtype=float)
    except ValueError:
        return None
    if values.ndim != 2 or len(values) < 2:
        return None
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975], axis=0)
    cells = [
        [
            name,
            write_plain(float(middle[k])),
            f"{write_plain(float(low[k]))} to {write_plain(float(high[k]))}",
        ]
        for k, name in enumerate(rows[0])
    ]
    return Table(
        f"What calibration left of the doubt: {len(values)} draws",
        ["Parameter", "Median", "Middle 95%"],
        cells,
    )
