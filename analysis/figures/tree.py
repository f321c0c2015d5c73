"""The figure of a branch: one past, then a line for each option with what it comes to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, DASHES, GREY, PALETTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.text.tables import Table

APART = 1.0
LINE_HEIGHT = 0.95
"""Height of one option, in inches."""


def draw_tree(
    at: int, end: int, options: Sequence[tuple[str, str]], table: Table, title: str
) -> Figure:
    """Draw the weeks before the branch as one line and each option (its title, and its values in a
    few lines) as a line from there to the end.
    """
    said = "; ".join(f"{name}: {values}".replace("\n", ", ") for name, values in options)
    alt = f"A tree: one past until week {at}, then {len(options)} options. {said}"
    paint = partial(_paint, at=at, end=end, options=options)
    return draw_figure(title, alt, table, paint, height=0.7 + LINE_HEIGHT * len(options), width=7.2)


def _paint(canvas: Any, at: int, end: int, options: Sequence[tuple[str, str]]) -> None:
    axes = canvas.add_subplot()
    middle = (len(options) - 1) / 2
    axes.plot([0, at], [middle, middle], color=BLACK, linewidth=3)
    axes.plot([at], [middle], marker="o", color=BLACK, markersize=8)
    axes.annotate(
        "one past", (at / 2, middle), (0, 5), textcoords="offset points", ha="center", color=GREY
    )
    turn = at + 0.15 * (end - at)
    for place, (name, values) in enumerate(options):
        height = len(options) - 1 - place
        colour, dash = PALETTE[place % len(PALETTE)], DASHES[place % len(DASHES)]
        axes.plot([at, turn, end], [middle, height, height], color=colour, ls=dash, linewidth=2)
        axes.annotate(
            name, (turn, height), (2, 4), textcoords="offset points", weight="bold", color=colour
        )
        axes.annotate(
            values, (turn, height), (2, -5), textcoords="offset points", va="top", fontsize=9
        )
    axes.set_ylim(-0.8 * APART, len(options) - 1 + 0.5 * APART)
    axes.set_xlim(0, end)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks([0, at, end], ["week 0", f"week {at}", f"week {end}"])
