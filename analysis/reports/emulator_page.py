"""A page of its own in which levers move over an emulator of a sweep: the only one with a script in
it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.reports.pages import open_templates
from analysis.reports.sections.provenance import describe_runs
from analysis.reports.sections.sweep import say_sweep
from analysis.runs.database import open_runs
from analysis.sensitivity.emulator import Emulator, fit_emulator
from analysis.sensitivity.sweeps import number_settings, read_sweeps
from analysis.text.tables import Table
from analysis.text.titles import say_path
from analysis.text.wording import say_number, write_plain
from sim.errors import Refused
from sim.evidence.distributions import NORMAL_95
from sim.evidence.loader import all_evidence
from sim.store.files import PAGE, check_output, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from analysis.runs.database import Stored
    from analysis.sensitivity.sweeps import Sweep

OUTCOME_TITLES = {
    "gain": "Net benefit",
    "expected_admissions": "Expected psychiatric admissions",
    "qalys": "QALYs",
    "cost": "Cost",
}
MOST_POINTS_DRAWN = 400
"""Points that are listed in the page; of more, as many as this spread evenly."""
WEAK = 0.1
"""Share of the variance explained below which levers tell next to nothing about an outcome."""
LEVERS_PAGE = "report-levers.html"


def write_levers(source: object, into: Path | None = None) -> Path:
    """Write the page with levers of the last sweep of a result, `report-levers.html` beside the
    database, and return its path; Refused where no sweep is stored.
    """
    stored = open_runs(source)
    sweeps = read_sweeps(stored)
    if not sweeps:
        said = "no sweep is stored here, and levers move over a sweep"
        raise Refused(f"{stored.path}: {said}; make one with `kinwell sweep`")
    target = into or stored.path.parent / LEVERS_PAGE
    check_output(target, PAGE)
    write_whole(target, build_levers(stored, sweeps[-1]))
    return target


def build_levers(stored: Stored, sweep: Sweep) -> str:
    """Build the page with levers of a sweep, as HTML; Refused where its points are too few."""
    emulator = fit_emulator(sweep)
    # Evenly over the design: a page with thousands of points would be slow to open.
    rows = np.unique(
        np.linspace(0, len(sweep.numbers) - 1, min(len(sweep.numbers), MOST_POINTS_DRAWN)).astype(
            int
        )
    )
    data = _gather(sweep, emulator, rows)
    return (
        open_templates()
        .get_template("levers.html")
        .render(
            title=sweep.title,
            summary=sweep.summary,
            made=say_sweep(sweep),
            levers=data["levers"],
            outcomes=data["outcomes"],
            # Inside a script element only `<` could end it.
            data=json.dumps(data, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c"),
            table=_tabulate(sweep, rows),
            fit=_tabulate_fit(emulator, sweep),
            origin=describe_runs(stored),
            unit=_say_unit(sweep),
            weak=say_weak(emulator),
        )
    )


def _name_outcomes(sweep: Sweep) -> dict[str, str]:
    """Titles of the outcomes of a sweep; no net benefit where nobody declared a worth of a QALY."""
    return {
        key: f"{title}, {sweep.currency}" if key in {"gain", "cost"} else title
        for key, title in OUTCOME_TITLES.items()
        if key != "gain" or sweep.wtp is not None
    }


def _say_unit(sweep: Sweep) -> str:
    return (
        "difference from the reference under the same parameter draw"
        if sweep.paired
        else "level, as no reference was run"
    )


def _list_levers(sweep: Sweep, emulator: Emulator) -> list[dict[str, Any]]:
    kinds = {str(row["name"]): str(row.get("kind", "")) for row in sweep.factors}
    return [
        {
            "name": name,
            "title": say_lever(name),
            "kind": kinds.get(name, ""),
            "low": low,
            "high": high,
            "start": float(np.median(sweep.numbers[name])),
            "choices": _list_choices(sweep.settings[name]),
        }
        for name, low, high in zip(emulator.names, emulator.low, emulator.high, strict=True)
    ]


def say_lever(name: str) -> str:
    """What a lever is, in words: the meaning of a parameter with its unit, or the words of a path
    in a scenario.
    """
    record = all_evidence().get(name)
    if record is not None:
        return f"{record.meaning} ({record.unit})" if record.unit else record.meaning
    return say_path(name)


def say_weak(emulator: Emulator) -> str:
    """Say about which outcomes levers tell next to nothing; empty where they tell of all."""
    weak = [
        title.lower() if key != "qalys" else title
        for key, title in OUTCOME_TITLES.items()
        if (curve := emulator.curves.get(key)) is not None and curve.explained < WEAK
    ]
    if not weak:
        return ""
    return (
        f"These levers tell next to nothing about {', '.join(weak)}: at points that the estimate"
        f" has not seen it explains less than {WEAK:.0%} of what differs. More replicates or"
        " points would tell more."
    )


def _gather(sweep: Sweep, emulator: Emulator, rows: Any) -> dict[str, Any]:
    """Everything that the script needs: levers, terms, coefficients, spreads and the points that
    were run.
    """
    outcomes: list[dict[str, Any]] = [
        {
            "key": key,
            "title": title,
            "spread": curve.spread,
            "same": _is_same(sweep, key),
            "coefficients": list(curve.coefficients),
        }
        for key, title in _name_outcomes(sweep).items()
        if (curve := emulator.curves.get(key)) is not None
    ]
    values = {key: found.mean(axis=1) for key, found in sweep.values.items()} | {
        "gain": sweep.mean_gain
    }
    points = [
        {
            "point": int(sweep.numbers.index[row]),
            "at": sweep.numbers.iloc[row].tolist(),
            "values": [float(values[outcome["key"]][row]) for outcome in outcomes],
        }
        for row in rows.tolist()
    ]
    return {
        "levers": _list_levers(sweep, emulator),
        "outcomes": outcomes,
        "terms": [list(term) for term in emulator.terms],
        "points": points,
        "interval": NORMAL_95,
    }


def _list_choices(settings: pd.Series) -> list[str]:
    """Words that a factor takes where it is not a number with an amount in it, in the order of
    their places.
    """
    numbers = number_settings(settings)
    words = dict(
        sorted(zip(np.asarray(numbers).tolist(), settings.astype(str).tolist(), strict=True))
    )
    plain = list(words) == list(range(len(words)))
    return (
        list(words.values())
        if plain and not all(_is_amount(word) for word in words.values())
        else []
    )


def _is_amount(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _tabulate(sweep: Sweep, rows: Any) -> Table:
    titles = _name_outcomes(sweep)
    keys = [key for key in titles if key == "gain" or key in sweep.values]
    heads = ["Point", *map(str, sweep.numbers.columns), *(titles[key] for key in keys)]
    values = {key: found.mean(axis=1) for key, found in sweep.values.items()} | {
        "gain": sweep.mean_gain
    }
    cells = [
        [
            str(sweep.numbers.index[row]),
            *(str(sweep.settings[name].iloc[row]) for name in map(str, sweep.numbers.columns)),
            *(write_plain(float(values[key][row])) for key in keys),
        ]
        for row in rows.tolist()
    ]
    return Table("Points of the sweep that were run, means of their replicates", heads, cells)


def _is_same(sweep: Sweep, key: str) -> bool:
    """Whether an outcome is the same in every run of the sweep."""
    found = sweep.gain if key == "gain" else sweep.values[key]
    return bool(found.size) and bool((found == found.flat[0]).all())


def _tabulate_fit(emulator: Emulator, sweep: Sweep) -> Table:
    rows = [
        [
            title,
            write_plain(curve.spread, 3),
            # Where nothing differs there is nothing to explain.
            "–" if _is_same(sweep, key) else f"{say_number(100 * curve.explained)}%",
        ]
        for key, title in _name_outcomes(sweep).items()
        if (curve := emulator.curves.get(key)) is not None
    ]
    caption = "How far the estimate is off at points that it has not seen (cross-validation)"
    return Table(caption, ["Outcome", "Typical error", "Variance explained"], rows)
