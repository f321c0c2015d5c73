"""A curve of what more money buys: one programme at several sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.figures.economics import say_ticks
from analysis.figures.figure import Figure, draw_figure
from analysis.figures.lettering import spell_label
from analysis.figures.style import BLACK, BLUE, LINE
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_money, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.runs.intervals import Interval

LONGEST_SIZE_NAME = 66


class Size(NamedTuple):
    """A programme at one size: its name, what is spent on it, what it avoids, and what tells it
    apart in the figure.
    """

    name: str
    spent: float
    avoided: Interval
    label: str = ""


def draw_sizes(sizes: Sequence[Size], currency: str, horizon: str) -> Figure:
    """Draw admissions avoided over money spent, with intervals, from nothing spent on."""
    said = "; ".join(
        f"{size.name}: {say_interval(*size.avoided, signed=True, figures=2)} for"
        f" {say_money(size.spent, currency)}"
        for size in sizes
    )
    table = Table(
        f"Admissions avoided over {horizon}, by money spent on the programme",
        ["Size", f"Spent, {currency}", "Avoided", "Low", "High"],
        [
            [size.name, write_plain(size.spent), *(write_plain(end) for end in size.avoided)]
            for size in sizes
        ],
    )
    return draw_figure(
        "What more money buys: points are means of the paired replicates, lines their intervals.",
        f"Curve of admissions avoided over money spent on {len(sizes)} sizes. {said}.",
        table,
        partial(_paint, sizes=sizes, currency=currency),
    )


def _paint(canvas: Any, sizes: Sequence[Size], currency: str) -> None:
    axes = canvas.add_subplot()
    axes.axhline(0, color=BLACK, linewidth=1)
    spent = [size.spent for size in sizes]
    axes.plot([0.0, *spent], [0.0, *(size.avoided.mean for size in sizes)], color=BLUE)
    for size in sizes:
        ends = [size.avoided.low, size.avoided.high]
        axes.plot([size.spent, size.spent], ends, color=BLUE, linewidth=2)
        axes.plot(size.spent, size.avoided.mean, "o", color=BLUE, markersize=7)
        told = size.label or size.name
        cut = told if len(told) <= LONGEST_SIZE_NAME else f"{told[: LONGEST_SIZE_NAME - 1]}…"
        place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": 8}
        axes.annotate(spell_label(cut), (size.spent, max(ends)), **place)
    axes.grid(color=LINE)
    axes.margins(0.14)
    say_ticks(axes, "x")
    axes.set_xlabel(f"Spent on the programme ({currency}), not discounted")
    axes.set_ylabel("Expected admissions avoided")
