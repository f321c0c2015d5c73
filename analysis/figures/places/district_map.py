"""A map of districts from their boundaries, shaded by a value."""

from __future__ import annotations

from functools import partial
from math import cos, radians
from typing import TYPE_CHECKING, Any

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, GREY
from analysis.text.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Ring = list[list[float]]
"""A closed line of longitude and latitude, in degrees."""


def draw_map(
    shapes: Mapping[str, Sequence[Ring]], values: Mapping[str, float], what: str
) -> Figure:
    """Draw districts by name, darker where the value is higher; those without one stay white."""
    rows = [[name, f"{value:.2f}"] for name, value in sorted(values.items(), key=lambda v: -v[1])]
    table = Table(f"{what} of each district", ["District", what], rows)
    highest, lowest = rows[0], rows[-1]
    alt = (
        f"Map of {len(shapes)} districts by {what.lower()}: highest in {highest[0]} ({highest[1]}),"
        f" lowest in {lowest[0]} ({lowest[1]})."
    )
    title = f"{what}: the darker, the higher."
    return draw_figure(title, alt, table, partial(_paint, shapes=shapes, values=values), height=4.4)


def _paint(canvas: Any, shapes: Mapping[str, Sequence[Ring]], values: Mapping[str, float]) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Polygon

    axes = canvas.add_subplot()
    shades = colormaps["Blues"]
    low, high = min(values.values()), max(values.values())
    for name, rings in shapes.items():
        level = (values[name] - low) / max(high - low, 1e-9) if name in values else None
        colour = "white" if level is None else shades(0.1 + 0.75 * level)
        for ring in rings:
            axes.add_patch(Polygon(ring, facecolor=colour, edgecolor=GREY, linewidth=0.7))
        # The ring with most points is most likely the mainland, where the name belongs.
        longest = max(rings, key=len)
        middle = [sum(point[k] for point in longest) / len(longest) for k in (0, 1)]
        dark = level is not None and level > 0.6
        axes.text(*middle, name, ha="center", fontsize=5.5, color="white" if dark else BLACK)
    axes.autoscale_view()
    south, north = axes.get_ylim()
    # Degrees of longitude are shorter than those of latitude by the cosine of the latitude.
    axes.set_aspect(1.0 / max(cos(radians((south + north) / 2.0)), 0.1))
    axes.axis("off")
