"""The picture of the network: a sample of residents with their ties, where they live and how they
are.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, BLUE, PURPLE, VERMILLION
from analysis.text.tables import Table
from analysis.text.wording import say_number, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


STATE_DOTS = (
    ("neither", "o", "#8a8a8a", 3.2),
    ("lonely", "s", BLUE, 5.0),
    ("in need of help", "^", VERMILLION, 5.5),
    ("both", "D", PURPLE, 5.0),
)
TIE_LINES = (
    (1, "same home", BLACK, "-", 1.1),
    (2, "friends", "#8a8a8a", "-", 0.6),
    (3, "work or school", "#8a8a8a", ":", 0.8),
    (4, "met in a group", VERMILLION, "--", 1.1),
)
BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}
LAYOUT_STEPS = 120
HEADS = (
    "Neighbourhood",
    "Residents shown",
    "Lonely",
    "In need of help",
    "In care",
    "Mean ties among those shown",
)


class NetworkSample(NamedTuple):
    """Residents (n,) by area and state (0 neither, 1 lonely, 2 in need, 3 both), in care or not.

    Ties (m, 3): place, place, kind.
    """

    areas: NDArray[np.int64]
    states: NDArray[np.int64]
    cared: NDArray[np.int64]
    ties: NDArray[np.int64]


def arrange(sample: NetworkSample) -> NDArray[np.float64]:
    """Arrange people so that ties are short and neighbourhoods stand apart.

    (n, 2), the same every time.
    """
    n = len(sample.areas)
    count = int(sample.areas.max()) + 1
    angle = 2 * np.pi * np.arange(count) / count
    centres = np.column_stack([1.7 * np.cos(angle), 1.2 * np.sin(angle)])[sample.areas] * (
        count > 1
    )
    # A golden-angle spiral spreads people evenly without any random number.
    turn = np.arange(n) * (np.pi * (3 - 5**0.5))
    at = centres + 0.5 * np.sqrt((np.arange(n) + 0.5) / n)[:, None] * np.column_stack(
        [np.cos(turn), np.sin(turn)]
    )
    a, b = sample.ties[:, 0], sample.ties[:, 1]
    ideal = 1.6 / np.sqrt(n)
    # Ties between neighbourhoods pull little, or they would draw the town into one heap.
    strength = np.where(sample.areas[a] == sample.areas[b], 0.4, 0.02)
    for step in range(LAYOUT_STEPS):
        gap = at[:, None] - at[None]
        distance = np.maximum(np.sqrt((gap**2).sum(axis=2)), 1e-3)
        move = (gap * (ideal**2 / distance**2)[:, :, None]).sum(axis=1) + 1.6 * (centres - at)
        pull = (at[a] - at[b]) * (np.sqrt(((at[a] - at[b]) ** 2).sum(axis=1)) / ideal * strength)[
            :, None
        ]
        np.add.at(move, a, -pull)
        np.add.at(move, b, pull)
        size = np.maximum(np.sqrt((move**2).sum(axis=1)), 1e-9)[:, None]
        # Steps shrink, so that the arrangement comes to rest.
        at = at + move / size * np.minimum(size, 0.12 * (1 - step / LAYOUT_STEPS) + 0.002)
    return np.asarray(at)


def _paint_network(
    canvas: Any, at: NDArray[np.float64], sample: NetworkSample, names: Sequence[str]
) -> None:
    axes = canvas.add_subplot()
    for kind, label, colour, dash, width in TIE_LINES:
        pairs = sample.ties[sample.ties[:, 2] == kind]
        if len(pairs):
            # NaN lifts the pen: one broken line is drawn much faster than a line for each tie.
            line = np.full((len(pairs), 3, 2), np.nan)
            line[:, 0], line[:, 1] = at[pairs[:, 0]], at[pairs[:, 1]]
            look = {"color": colour, "linestyle": dash, "linewidth": width, "zorder": 1}
            axes.plot(*line.reshape(-1, 2).T, label=label, **look)
    for state, (label, marker, colour, size) in enumerate(STATE_DOTS):
        here = sample.states == state
        look = {"color": colour, "markersize": size, "linestyle": "none", "zorder": 2}
        axes.plot(*at[here].T, marker, label=label, **look)
    for area in np.unique(sample.areas).tolist():
        mine = at[sample.areas == area]
        x, y = mine[:, 0].mean(), mine[:, 1].max() + 0.06
        axes.text(x, y, names[area], ha="center", va="bottom", bbox=BOX, fontweight="bold")
    axes.set_aspect("equal")
    axes.axis("off")
    small = {"handlelength": 1.6, "columnspacing": 1.0, "fontsize": 8}
    axes.legend(loc="upper center", ncols=4, bbox_to_anchor=(0.5, 0.0), **small)


def draw_network(sample: NetworkSample, names: Sequence[str], name: str) -> Figure:
    """Draw a sample of residents and their ties."""
    at = arrange(sample)

    table, alt = _tabulate(sample, names)
    title = (
        f"{len(sample.areas)} residents and their ties at the end of one replicate of {name}."
        " Shape and colour say how people are."
    )
    return draw_figure(
        title,
        f"Network of {len(sample.areas)} residents. {alt}",
        table,
        partial(_paint_network, at=at, sample=sample, names=names),
        height=4.6,
    )


def _tabulate(sample: NetworkSample, names: Sequence[str]) -> tuple[Table, str]:
    n = len(sample.areas)
    degree = np.bincount(sample.ties[:, :2].ravel(), minlength=n)
    inside = sample.areas[sample.ties[:, 0]] == sample.areas[sample.ties[:, 1]]
    lonely = sample.states % 2 == 1
    rows = []
    for area in np.unique(sample.areas).tolist():
        here = sample.areas == area
        groups = (here, lonely & here, (sample.states >= 2) & here, sample.cared & here)
        counts = [str(int(group.sum())) for group in groups]
        rows.append([names[area], *counts, write_plain(float(degree[here].mean()), 2)])
    alt = (
        f"Lonely people have {say_number(float(degree[lonely].mean()) if lonely.any() else 0.0)}"
        " ties on average among those shown, others"
        f" {say_number(float(degree[~lonely].mean()) if (~lonely).any() else 0.0)};"
        f" {float(inside.mean()) if len(inside) else 0.0:.0%} of the ties stay within a"
        " neighbourhood. "
        + "; ".join(
            f"{row[0]}: {row[2]} of {row[1]} are lonely, {row[3]} in need of help" for row in rows
        )
        + "."
    )
    return Table("Residents shown, by neighbourhood", HEADS, rows), alt
