"""The part of a page about sweeps: what matters, where the decision flips, when it fails, how the
model is built.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.economics import draw_tornado
from analysis.sensitivity.indices import compare_structures
from analysis.sensitivity.spending import WHOSE_COSTS
from analysis.sensitivity.sweeps import Sweep, say_box
from analysis.text.tables import Table
from analysis.text.wording import NO_THRESHOLD, say_money, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.figures.figure import Figure

MOST_POLICIES, FEWEST_SWEEP_DRAWS = 40, 5
STRUCTURE_PREFIX = "structure."


def fill_sweeps(sweeps: Sequence[Sweep]) -> list[dict[str, Any]]:
    """Fill one part for every sweep."""
    return [
        {
            "title": sweep.title,
            "lines": [
                line for line in (sweep.summary, say_sweep(sweep), *say_findings(sweep)) if line
            ],
            "tornado": _draw_tornado(sweep),
            "tables": [
                table
                for table in (
                    _tabulate_indices(sweep),
                    _tabulate_policies(sweep),
                    _tabulate_structures(sweep),
                )
                if table
            ],
        }
        for sweep in sweeps
    ]


def say_sweep(sweep: Sweep) -> str:
    """Write how the sweep was made and what is measured."""
    points, seeds = sweep.gain.shape
    what = (
        "the paired difference from the reference"
        if sweep.paired
        else "the scenario alone, as no reference was run"
    )
    left = (
        f" {sweep.left_out} points failed or are still to be run and are left out."
        if sweep.left_out
        else ""
    )
    valued = (
        f"{NO_THRESHOLD}; QALYs are shown in its place"
        if sweep.wtp is None
        else f"Net benefit values a QALY at {say_money(sweep.wtp, sweep.currency)} and takes off"
        f" {WHOSE_COSTS[sweep.perspective]}"
    )
    return (
        f"{points} points ({sweep.kind.replace('_', ' ')}), {seeds}"
        f" {'seed' if seeds == 1 else 'seeds'} each: {what}. {valued}, not discounted.{left}"
    )


def say_findings(sweep: Sweep) -> list[str]:
    """Write what was found: the mean, where the decision flips, and in which replicates it
    fails.
    """
    low, high = np.quantile(sweep.mean_gain, [0.05, 0.95])
    worth = float((sweep.mean_gain > 0).mean())
    said = [sweep.say(float(value)) for value in (sweep.mean_gain.mean(), low, high)]
    spread = f"{said[1]} to {said[2]} in nine of ten, and above 0 in {worth:.0%} of them"
    lines = [f"The {sweep.measure} is {said[0]} on average over all points, {spread}."]
    if sweep.paired and not any(values.any() for values in sweep.values.values()):
        return ["Nothing differs from the reference at any point."]
    if sweep.indices is not None and not np.isfinite(sweep.indices[1].to_numpy()).all():
        lines.append(
            "Chance hides what the factors do, so their shares of the variance are not known: give"
            " each point more seeds."
        )
    if not sweep.paired or sweep.wtp is None:
        return lines
    for name, value, above in sweep.thresholds:
        flip = sweep.say_flip(name, value, above=above)
        lines.append(f"The decision flips with {name}: {flip}, all else varying.")
    if not sweep.thresholds and sweep.tornado is not None:
        lines.append("Within its range, no single factor flips the decision while all others vary.")
    if sweep.failures is not None:
        lines.append(
            f"Not worth it mostly where {say_box(sweep.failures, sweep.numbers, sweep.words)};"
            " found by peeling (PRIM)."
        )
    elif worth in (0.0, 1.0):
        lines.append(
            f"It is worth it at {'every' if worth else 'no'} point, so there are no replicates of"
            " success and failure to tell apart."
        )
    return lines


def _draw_tornado(sweep: Sweep) -> Figure | None:
    if sweep.tornado is None or not sweep.tornado["swing"].max() > 0:
        return None
    rows = [
        (_name_ends(sweep, str(name), row), float(row["low"]), float(row["high"]))
        for name, row in sweep.tornado.iterrows()
    ]
    title = (
        f"{sweep.measure.capitalize()} with each factor at the low and high tenth of its range, all"
        " others varying, chance averaged out"
    )
    axis = f"{sweep.measure.capitalize()}, {sweep.unit}"
    return draw_tornado(rows, float(sweep.mean_gain.mean()), title, axis)


def _name_ends(sweep: Sweep, name: str, row: pd.Series) -> str:
    """A factor, with what its ends are where they are words: no end of these is the low one."""
    if name not in sweep.words:
        return name
    low, high = (sweep.say_setting(name, float(row[end])) for end in ("at_low", "at_high"))
    return f"{name} ({low}, {high})"


def _tabulate_indices(sweep: Sweep) -> Table | None:
    if sweep.indices is None or not np.isfinite(sweep.indices[1].to_numpy()).all():
        return None
    kind, table = sweep.indices
    heads = {
        "sobol": ["Factor", "First-order share", "± (95%)", "Total share", "± (95%)"],
        "morris": ["Factor", "Mean effect", "Mean absolute effect", "Spread of effects"],
    }[kind]
    rows = [
        [str(name), *(write_plain(float(value), 3) for value in row)]
        for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    captions = {
        "sobol": f"Sobol indices of the {sweep.measure}, paired and with chance removed",
        "morris": f"Morris screening of the {sweep.measure}, paired, means over the seeds",
    }
    return Table(captions[kind], heads, rows)


def _tabulate_policies(sweep: Sweep) -> Table | None:
    levers = [row["name"] for row in sweep.factors if row.get("kind") == "policy"]
    groups = sweep.settings.groupby(levers, sort=False).indices if levers else {}
    if not 1 < len(groups) <= MOST_POLICIES:
        return None
    worlds = [name for name in sweep.settings.columns if name not in levers]
    valued = sweep.wtp is not None
    if worlds and min(len(places) for places in groups.values()) < FEWEST_SWEEP_DRAWS:
        return None
    best = np.full(len(sweep.settings), False)
    if worlds:
        # Policies compete within a world, where the same parameters hold for all of them.
        for places in sweep.settings.groupby(worlds, sort=False).indices.values():
            best[places[int(sweep.mean_gain[places].argmax())]] = True
    rows = []
    for names, places in islice(groups.items(), MOST_POLICIES):
        means = [
            float(sweep.values[key][places].mean())
            for key in ("expected_admissions", "qalys", "cost")
        ]
        shown = [*means, *([float(sweep.mean_gain[places].mean())] if valued else [])]
        row = [
            ", ".join(str(name) for name in names) if isinstance(names, tuple) else str(names),
            *(write_plain(value) for value in shown),
        ]
        rows.append([*row, f"{best[places].mean():.0%}"] if worlds and valued else row)
    heads = [
        "; ".join(levers),
        "Expected admissions",
        "QALYs",
        f"Cost, {sweep.currency}",
        *([f"Net benefit, {sweep.currency}"] if valued else []),
    ]
    what = "difference from the reference" if sweep.paired else "levels"
    return Table(
        f"Every policy of the sweep: {what}, means, not discounted; cost is"
        f" {WHOSE_COSTS[sweep.perspective]}",
        [*heads, *(["Best in"] if worlds and valued else [])],
        rows,
    )


def _tabulate_structures(sweep: Sweep) -> Table | None:
    rows = []
    for name in (
        name
        for name in sweep.settings.columns
        if str(name).startswith(STRUCTURE_PREFIX) and sweep.settings[name].nunique() > 1
    ):
        gains = {
            str(value): sweep.mean_gain[places]
            for value, places in sweep.settings.groupby(name, sort=False).indices.items()
        }
        table = compare_structures(gains)
        rows += [
            [
                f"{str(name).removeprefix(STRUCTURE_PREFIX)}: {value}",
                write_plain(float(row["mean"])),
                f"{row['share_gaining']:.0%}",
            ]
            for value, row in table.iterrows()
        ]
    heads = [
        "How the model is built",
        f"Mean {sweep.measure}, {sweep.unit}",
        "Points where it is above 0",
    ]
    caption = "Structural alternatives side by side, with equal weights in “all”"
    if sweep.paired:
        caption += (
            "; the reference keeps its own structure, so differences hold what the structure does"
            " by itself"
        )
    return Table(caption, heads, rows) if rows else None
