"""Figures of a comparison: the 20 dots of paired differences, the fan over weeks, groups of
people.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.lettering import clip_label
from analysis.figures.style import BLACK, BLUE, GREY, LINE, VERMILLION, pick_look
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_number, write_plain
from sim.outcomes import BY_KEY
from sim.studies.calibration.known_values import find_known_quantiles
from sim.units import say_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analysis.runs.comparison import Comparison, Difference

    Stacked = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
    Bands = NDArray[np.float64]
    Ends = tuple[int, int]

DOTS = 20
BLOCK_WEEKS, FEWEST_BLOCKS = 4, 3
"""Weeks of a block in a figure over the weeks; blocks that a course takes."""
DIRECTIONS = {
    "fewer": ("fewer is better", "more is worse"),
    "more": ("less is worse", "more is better"),
    "neither": ("less", "more"),
}


def _axis_name(key: str, currency: str) -> str:
    outcome = BY_KEY[key]
    unit = outcome.unit.replace("currency", currency)
    return outcome.title if unit.lower() in outcome.title.lower() else f"{outcome.title} ({unit})"


def _bin_dots(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Stack dots that are close: x, height, and the width of a bin.

    A difference of 0 has a bin of its own.
    """
    ends = values.min(), values.max()
    width = float(max(ends[1] - ends[0], abs(ends[1]), abs(ends[0]), 1e-9)) / 14
    bins = np.sign(values) * np.ceil(np.abs(values) / width)
    x = (bins - np.sign(bins) * 0.5) * width
    height = np.zeros(len(values))
    for value in np.unique(bins):
        places = np.flatnonzero(bins == value)
        height[places] = np.arange(len(places)) + 0.5
    return x, height, width


def _place_dots(
    axes: Any,
    x: NDArray[np.float64],
    height: NDArray[np.float64],
    good: NDArray[np.bool_],
    size: float,
) -> None:
    axes.plot(x[good], height[good], "o", color=BLUE, markersize=13 * size, linestyle="none")
    # Open, not only of another colour: figures must be read in grey, too.
    hollow = {"markerfacecolor": "white", "markeredgewidth": 2.2 * size, "linestyle": "none"}
    axes.plot(x[~good], height[~good], "o", color=VERMILLION, markersize=11.5 * size, **hollow)


def _paint_dots(
    canvas: Any, stacked: Stacked, width: float, words: tuple[str, str], label: str, rows: float
) -> None:
    axes, (x, height, good) = canvas.add_subplot(), stacked
    axes.axvline(0, color=BLACK, linewidth=1.2)
    _place_dots(axes, x, height, good, min(1.0, 10 / rows))
    reach = max(float(np.abs(x).max()) + width, width * 3)
    left, right = (
        min(float(x.min()) - width, -0.35 * reach),
        max(float(x.max()) + width, 0.35 * reach),
    )
    if not np.any(x):
        # Nothing differs: ticks of rounding would look like differences.
        left, right = -1.0, 1.0
        axes.set_xticks([0], ["0"])
    axes.set_xlim(left, right)
    axes.set_ylim(0, rows)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    top = axes.get_ylim()[1] - 0.1
    reach = reach if np.any(x) else 1.0
    axes.text(-0.02 * reach, top, f"◀ {words[0]}", ha="right", va="top", color=GREY)
    axes.text(0.02 * reach, top, f"{words[1]} ▶", ha="left", va="top", color=GREY)
    axes.set_xlabel(label)


def _say_dot(*, few: bool, replicates: int) -> str:
    """What a dot stands for."""
    if few:
        return "one simulated replicate"
    return f"one in twenty of {replicates} simulated replicates (their quantiles)"


def draw_dots(comparison: Comparison, name: str, key: str) -> Figure:
    """Draw 20 dots, each one in twenty of the replicates: the quantiles of the paired difference.

    Of fewer replicates than that, each has a dot of its own.
    """
    values = comparison.paired(name, key)
    values = values[np.isfinite(values)]
    few = len(values) < DOTS
    dots = np.sort(values) if few else np.quantile(values, (np.arange(DOTS) + 0.5) / DOTS)
    outcome, d = BY_KEY[key], comparison.differences[name][key]
    currency = str(comparison.pairs.stored.declared[comparison.reference].get("currency", ""))
    judged = d.share_better is not None or not math.isfinite(d.share_same)
    better = outcome.better if judged else "neither"
    good = {"fewer": dots < 0, "more": dots > 0, "neither": np.ones(len(dots), dtype=bool)}[better]
    x, height, width = _bin_dots(dots)
    rows = max(float(height.max()) + 1.6, 4.0)
    label = f"{_axis_name(key, currency)}: difference from {comparison.reference}"
    paint = partial(
        _paint_dots,
        stacked=(x, height, good),
        width=width,
        words=DIRECTIONS[better],
        label=label,
        rows=rows,
    )
    each = _say_dot(few=few, replicates=len(values))
    unit = outcome.unit.replace("currency", currency)
    alt = (
        f"{f'{len(dots)} dots' if few else 'Twenty dots'}, each standing for {each}, placed by the"
        f" difference in {outcome.title.lower()} that {name} makes."
        f" {_say_spread(d, dots, unit)}"
    )
    table = _tabulate_dots(
        f"Paired difference in {outcome.title.lower()}, {name} less {comparison.reference}", dots
    )
    title = f"Each dot is {each}."
    if better != "neither":
        title += f" Filled: better than {comparison.reference}; open: worse or the same."
    return draw_figure(title, alt, table, paint, height=min(3.4, 0.75 + 0.26 * rows))


def _say_spread(d: Difference, dots: NDArray[np.float64], unit: str) -> str:
    """Say in words how often the change did better, its mean, and from where to where dots run."""
    judged = d.share_better is not None
    often = f"Better in {d.often} replicates" if judged else d.often.capitalize()
    first, last = (say_number(float(end), signed=True) for end in (dots[0], dots[-1]))
    return (
        f"{often}; on average {say_interval(*d[:3], signed=True)} {unit};"
        f" dots run from {first} to {last}."
    )


def _tabulate_dots(title: str, dots: NDArray[np.float64]) -> Table:
    cells = [
        [f"{place} of {len(dots)}", write_plain(float(value))]
        for place, value in enumerate(dots, start=1)
    ]
    return Table(title, ["Replicate", "Difference"], cells)


def _block_weeks(
    difference: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over blocks of four weeks, (replicates, blocks), and the week in the middle of each;
    single weeks of a time that is too short to see a course in blocks.

    The last block has the weeks that are left, fewer than four of them perhaps; blocks that nobody
    knows are left out.
    """
    weeks = difference.shape[1]
    size = BLOCK_WEEKS if weeks > FEWEST_BLOCKS * BLOCK_WEEKS else 1
    starts = np.arange(0, weeks, size)
    # A week in which nobody got a place has no wait: it is missing, not 0.
    known = np.isfinite(difference)
    counts = np.add.reduceat(known.astype(float), starts, axis=1)
    sums = np.add.reduceat(np.where(known, difference, 0.0), starts, axis=1)
    means = sums / np.where(counts > 0, counts, np.nan)
    seen = (counts > 0).any(axis=0)
    middles = (starts + np.minimum(starts + size, weeks)) / 2
    return np.asarray(middles[seen], dtype=np.float64), np.asarray(means[:, seen])


def _paint_fan(canvas: Any, at: NDArray[np.float64], bands: Bands, weeks: Ends, label: str) -> None:
    axes = canvas.add_subplot()
    if len(at) == 1:
        # A line of one point is no line: it is drawn as wide as its week.
        at, bands = np.array([at[0] - 0.5, at[0] + 0.5]), np.repeat(bands, 2, axis=1)
    low, lower, middle, upper, high = bands
    axes.fill_between(at, low, high, color="#c9dff0", linewidth=0, label="9 of 10 replicates")
    axes.fill_between(
        at, lower, upper, color="#7fb3d9", linewidth=0, label="half of the replicates"
    )
    for edge, dash in ((low, ":"), (lower, "--"), (upper, "--"), (high, ":")):
        # The fills are too light to be seen by everybody; their edges are not.
        axes.plot(at, edge, color=BLUE, linewidth=0.9, linestyle=dash)
    axes.plot(at, middle, color=BLUE, linewidth=2, label="middle replicate")
    axes.axhline(0, color=BLACK, linewidth=1)
    axes.set_xlabel("Week")
    axes.set_ylabel(label)
    axes.set_xlim(*weeks)
    axes.xaxis.get_major_locator().set_params(integer=True)
    small = {"handlelength": 1.2, "columnspacing": 1.2}
    axes.legend(loc="lower center", ncols=3, bbox_to_anchor=(0.45, 1.0), **small)


def draw_fan(comparison: Comparison, name: str, key: str, weeks: int) -> Figure | None:
    """Draw the paired difference over the weeks (four-week means): median, half and nine tenths of
    the replicates whose weeks were kept; nothing where no week is known.
    """
    pairs = comparison.pairs
    values = pairs.over_weeks(pairs.stored.weekly([key]), key, weeks)
    at, blocks = _block_weeks((values[:, pairs.names.index(name)] - values[:, 0])[pairs.whole])
    at = at + pairs.first_week
    if not len(at):
        return None
    ends = pairs.first_week, pairs.first_week + weeks
    bands = find_known_quantiles(blocks, [0.05, 0.25, 0.5, 0.75, 0.95])
    low, _, middle, _, high = bands
    outcome = BY_KEY[key]
    currency = str(pairs.stored.declared[pairs.reference].get("currency", ""))
    unit = outcome.unit.replace("currency", currency)
    label = f"Difference in {unit}{' a week' if outcome.over_time == 'sum' else ''}"
    rows = [
        [str(int(at[i])), *(write_plain(float(x[i])) for x in bands)]
        for i in range(0, len(at), max(1, len(at) // 13))
    ]
    table = Table(
        f"Paired weekly difference in {outcome.title.lower()}",
        ["Week", "5%", "25%", "Middle", "75%", "95%"],
        rows,
    )
    alt = (
        f"Fan chart of the weekly difference in {outcome.title.lower()} between {name} and"
        f" {comparison.reference} over {say_weeks(weeks)}. The middle replicate starts at"
        f" {say_number(float(middle[0]), signed=True)} and ends at"
        f" {say_number(float(middle[-1]), signed=True)}; at the end nine of ten replicates lie"
        f" between {say_number(float(low[-1]), signed=True)} and"
        f" {say_number(float(high[-1]), signed=True)}."
    )
    return draw_figure(
        f"{outcome.title}: difference from {comparison.reference}, week by week.",
        alt,
        table,
        partial(_paint_fan, at=at, bands=bands, weeks=ends, label=label),
    )


def _paint_groups(
    canvas: Any, rows: Sequence[Any], labels: Sequence[str], scale: float, unit: str
) -> None:
    axes = canvas.add_subplot()
    dimensions = list(dict.fromkeys(row[0] for row in rows))
    for place, (dimension, _, mean, low, high) in enumerate(rows):
        colour, _, marker = pick_look(dimensions.index(dimension))
        axes.plot([low * scale, high * scale], [place, place], color=colour, linewidth=2)
        axes.plot(mean * scale, place, marker, color=colour, markersize=7)
    axes.axvline(0, color=BLACK, linewidth=1)
    axes.set_yticks(range(len(rows)), [clip_label(label) for label in labels])
    axes.invert_yaxis()
    axes.grid(axis="x", color=LINE)
    axes.set_xlabel(f"Difference, {unit}")


def draw_groups(groups: pd.DataFrame, key: str, name: str, reference: str) -> Figure:
    """Draw the difference per 1,000 residents in each group with its interval.

    Rows are grouped by dimension.
    """
    outcome = BY_KEY[key]
    scale = 1.0 if key == "phq_mean" else 1000.0
    rows = list(groups[["dimension", "group", "mean", "low", "high"]].itertuples(index=False))
    labels = [f"{dimension}: {group}" for dimension, group, *_ in rows]
    unit = "points" if key == "phq_mean" else f"{outcome.unit} per 1,000 residents"

    cells = [
        [label, *(write_plain(value * scale) for value in row[2:])]
        for label, row in zip(labels, rows, strict=True)
    ]
    table = Table(
        f"{outcome.title} by group, {name} less {reference}, {unit}",
        ["Group", "Difference", "Low", "High"],
        cells,
    )
    spread = sorted(rows, key=lambda row: row[2])
    alt = (
        f"Dots with intervals: difference in {outcome.title.lower()} that {name} makes in"
        f" {len(rows)} groups of residents, {unit}. Lowest in {spread[0][0]} {spread[0][1]}"
        f" ({say_number(spread[0][2] * scale, signed=True)}), highest in {spread[-1][0]}"
        f" {spread[-1][1]} ({say_number(spread[-1][2] * scale, signed=True)})."
    )
    return draw_figure(
        f"{outcome.title}: who gains more and who less.",
        alt,
        table,
        partial(_paint_groups, rows=rows, labels=labels, scale=scale, unit=unit),
        height=0.9 + 0.26 * len(rows),
    )
