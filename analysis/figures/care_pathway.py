"""The picture of people on their way through care: who asks, who waits, who starts, who leaves
early, who stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, BLUE, GREY, VERMILLION
from analysis.text.tables import Table
from analysis.text.wording import say_number, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

STAGES = (0.0, 1.0, 2.0)
THICK, GAP, LEAST_WIDTH = 0.05, 0.05, 0.004
LINE_APART = 0.12
"""Height of a line of words, as a share of the largest stream."""


class Flow(NamedTuple):
    """Places asked for, taken and left in a time under one scenario.

    Longer: by how many the lists grew. Closed_out: who waited on a list that closed.
    """

    name: str
    started: float
    gave_up: float
    left_early: float
    let_go: float
    longer: float
    closed_out: float = 0.0

    @property
    def asked(self) -> float:
        """Places asked for: those who started, gave up or were on a list that closed, and those by
        whom the lists grew.
        """
        return self.started + self.gave_up + self.closed_out + self.longer

    @property
    def stayed(self) -> float:
        """Who started and neither left early nor was let go: finished, or still in care."""
        return max(self.started - self.left_early - self.let_go, 0.0)

    @property
    def steps(self) -> list[tuple[str, float]]:
        """Every step with its words."""
        return [
            ("asked for a place", self.asked),
            ("started", self.started),
            ("gave up waiting", self.gave_up),
            ("were on a list that closed", self.closed_out),
            ("lists grew by", self.longer),
            ("finished or still in care", self.stayed),
            ("left early", self.left_early),
            ("discharged because of cuts", self.let_go),
        ]


def draw_flow(flows: Sequence[Flow], over: str = "a year") -> Figure:
    """Draw one stream for each scenario, all to the same scale: from asking, over waiting, to what
    became of it. over: the time in words, such as `a year`.
    """
    # What left shrinking lists was there before, and is no part of what was asked for.
    largest = max(1e-9, *(flow.asked - min(flow.longer, 0.0) for flow in flows))

    def _paint(canvas: Any) -> None:
        panels = canvas.subplots(len(flows), 1, squeeze=False)[:, 0]
        floor = min(
            _draw_stream(axes, flow, largest) for axes, flow in zip(panels, flows, strict=True)
        )
        for axes, flow in zip(panels, flows, strict=True):
            axes.set_ylim(floor, 1.02)
            axes.set_title(flow.name, loc="left", fontweight="bold")

    names = [name for name, _ in flows[0].steps]
    rows = [
        [name, *(write_plain(flow.steps[place][1]) for flow in flows)]
        for place, name in enumerate(names)
    ]
    heads = ["Step", *(flow.name for flow in flows)]
    said = ". ".join(
        f"{flow.name}: {', '.join(f'{name} {say_number(value)}' for name, value in flow.steps)}"
        for flow in flows
    )
    table = Table(f"Places asked for, taken and left, {over}", heads, rows)
    alt = f"Streams from asking to what became of it, {over}. {said}."
    title = (
        f"People on their way through care, {over} (mean of the replicates). Who asks twice, or at"
        " two services, counts twice."
    )
    return draw_figure(title, alt, table, _paint, height=2.1 * len(flows))


def _draw_stream(axes: Any, flow: Flow, largest: float) -> float:
    """Draw the bands of one scenario from left to right, heights as shares of the largest.

    Give the lowest height used.
    """
    started, source, top = flow.started / largest, 1.0, 1.0
    early = [
        ("left early", flow.left_early, VERMILLION),
        ("discharged because of cuts", flow.let_go, VERMILLION),
    ]
    ends = [("finished or still in care", flow.stayed, BLUE), *early]
    lost = [
        ("gave up waiting", flow.gave_up, VERMILLION),
        ("were on a list that closed", flow.closed_out, VERMILLION),
        ("lists grew by", flow.longer, VERMILLION),
    ]
    _draw_band(axes, (0, 1), (source, top), started, BLUE)
    _draw_box(axes, STAGES[1], top, started, BLUE)
    axes.text(
        STAGES[1] - 0.06,
        top - started / 2,
        f"started\n{say_number(flow.started)}",
        ha="right",
        va="center",
        fontsize=9,
    )
    at = _draw_ends(axes, 1, (top, top), ends, largest)
    low = min(top - started - GAP, at)
    source -= started
    low = _draw_ends(axes, 0, (source, low), lost, largest)
    drawn = (value / largest for _, value, _ in lost)
    # Only bands that were wide enough to be drawn: the box must end where they do.
    source -= sum(share for share in drawn if share > LEAST_WIDTH)
    _draw_box(axes, STAGES[0], 1.0, 1.0 - source, GREY)
    axes.text(-0.06, (1.0 + source) / 2, _say_source(flow), ha="right", va="center", fontsize=9)
    axes.set_xlim(-0.62, 3.0)
    axes.axis("off")
    return min(low, at)


def _draw_ends(
    axes: Any,
    stage: int,
    tops: tuple[float, float],
    ends: Sequence[tuple[str, float, str]],
    largest: float,
) -> float:
    """Draw what becomes of people at a stage, band below band, each with its words, which keep a
    line apart however thin the bands are; give the lowest height used.
    """
    source, at = tops
    words_at = at + LINE_APART / 2
    for words, value, colour in ends:
        share = value / largest
        if share > LEAST_WIDTH:
            _draw_band(axes, (stage, stage + 1), (source, at), share, colour)
            _draw_box(axes, STAGES[stage + 1], at, share, colour)
            words_at = min(at - share / 2, words_at - LINE_APART)
            _label(axes, STAGES[stage + 1], words_at, f"{words}  {say_number(value)}")
            source, at = source - share, at - share - GAP
    return min(at, words_at - LINE_APART / 2)


def _say_source(flow: Flow) -> str:
    said = f"asked\n{say_number(flow.asked)}"
    return said if flow.longer >= 0 else f"{said}\nand {say_number(-flow.longer)}\nfrom the lists"


def _draw_box(axes: Any, x: float, top: float, share: float, colour: str) -> None:
    axes.fill_between([x, x + THICK], top - share, top, color=colour, linewidth=0)


def _label(axes: Any, x: float, y: float, words: str) -> None:
    axes.text(x + THICK + 0.04, y, words, ha="left", va="center", fontsize=9, color=BLACK)


def _draw_band(
    axes: Any, columns: tuple[int, int], tops: tuple[float, float], share: float, colour: str
) -> None:
    """Draw a band of constant height that eases from one top to the other."""
    way = np.linspace(0.0, 1.0, 25)
    start, end = STAGES[columns[0]] + THICK, STAGES[columns[1]]
    top = tops[0] + (tops[1] - tops[0]) * way * way * (3 - 2 * way)
    look = {
        "facecolor": colour,
        "alpha": 0.3,
        "linewidth": 0,
        "edgecolor": "white",
        "hatch": "///" if colour == VERMILLION else "",
    }
    along = start + (end - start) * way
    axes.fill_between(along, top - share, top, **look)
    for edge in (top, top - share):
        axes.plot(along, edge, color=colour, linewidth=0.8)
