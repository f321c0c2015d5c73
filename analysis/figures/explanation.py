"""What carries a difference, drawn: a dot with its interval for each channel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, BLUE, GREY, LINE, VERMILLION
from analysis.runs.explanation import write_cells
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_number
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from analysis.runs.explanation import Explained
    from analysis.runs.intervals import Interval

WHOLE_DIFFERENCE = "all of the difference"


def draw_explanation(one: Explained, reference: str, unit: str) -> Figure:
    """Draw the difference and what each channel carries of it; unit is that of the axis."""
    table = tabulate_explanation(one, reference)
    title = BY_KEY[one.outcome].title
    alt = (
        f"Dots with intervals: what carries the difference in {title.lower()} that"
        f" {one.scenario} makes, {say_interval(*one.difference, signed=True)} {unit}. "
        + " ".join(
            f"{part.title}: {say_number(part.part.mean, signed=True)}." for part in one.parts
        )
    )
    caption = (
        f"{title}: what carries the difference from {reference}. Filled: the part, with its 95%"
        " interval; open triangles: what the channel brings alone (pointing right), and what is"
        " lost without it (pointing left)."
    )
    paint = partial(_paint, one=one, label=f"{title}: difference, {unit}")
    return draw_figure(caption, alt, table, paint, height=1.0 + 0.27 * len(one.parts))


def _paint(canvas: Any, one: Explained, label: str) -> None:
    axes = canvas.add_subplot()
    axes.axvline(0, color=BLACK, linewidth=1)
    _place(axes, 0, one.difference, BLACK, "s")
    for row, part in enumerate(one.parts, start=1):
        if part.last is None or part.first is None:
            _place(axes, row, part.part, GREY, "D")
            continue
        axes.plot([part.first.mean, part.last.mean], [row, row], color=LINE, linewidth=5)
        _place(axes, row, part.part, BLUE, "o")
        for at, marker in ((part.first, ">"), (part.last, "<")):
            axes.plot(at.mean, row, marker, markerfacecolor="white", color=VERMILLION)
    names = [WHOLE_DIFFERENCE, *(part.title for part in one.parts)]
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", color=LINE)
    axes.set_xlabel(label)


def _place(axes: Any, row: int, at: Interval, colour: str, marker: str) -> None:
    axes.plot([at.low, at.high], [row, row], color=colour, linewidth=1.8)
    axes.plot(at.mean, row, marker, color=colour, markersize=6)


def tabulate_explanation(one: Explained, reference: str) -> Table:
    """Tabulate what carries a difference; the column of parts adds up to the first row."""
    rows = [
        [
            WHOLE_DIFFERENCE,
            "100%" if one.is_clear else "–",
            say_interval(*one.difference, signed=True),
            "",
            "",
        ]
    ]
    rows += [[part.title, *write_cells(one, part)] for part in one.parts]
    heads = ["Carried by", "Share", "Part (interval)", "Lost without it", "Brought alone"]
    caption = (
        f"What carries the difference in {BY_KEY[one.outcome].title.lower()}, {one.scenario} less"
        f" {reference}, {one.replicates} replicates"
    )
    return Table(caption, heads, rows)
