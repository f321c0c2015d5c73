"""Figures of places: where people live, and how many of those in need are not in care."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, BLUE, GREY, VERMILLION
from analysis.text.tables import Table
from analysis.text.wording import say_number, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence


class Place(NamedTuple):
    """A neighbourhood: residents, deprivation (0 to 1, NaN where not declared), people in need,
    those not in care before and after.
    """

    name: str
    residents: float
    deprivation: float
    need: float
    before: float
    after: float

    @property
    def change(self) -> float:
        """Change in people not in care per 1,000 residents."""
        return 1000 * (self.after - self.before) / self.residents


def _paint_neighbourhoods(canvas: Any, places: Sequence[Place], radii: list[float]) -> None:
    axes = canvas.add_subplot()
    for at, (place, radius) in enumerate(zip(places, radii, strict=True)):
        _draw_place(axes, at * 1.25, radius, place)
    axes.set_xlim(-0.65, (len(places) - 1) * 1.25 + 0.65)
    axes.set_ylim(-1.15, 0.75)
    axes.set_aspect("equal")
    axes.axis("off")


def draw_neighbourhoods(places: Sequence[Place], name: str, reference: str) -> Figure:
    """Draw a circle for each neighbourhood, its area the people in need, a disc inside for those
    who are not in care.
    """
    largest = max(*(place.need for place in places), 1e-09)
    # Areas are compared by eye: the radius goes with the root of the number of people.
    radii = [0.5 * float(np.sqrt(place.need / largest)) for place in places]
    said = "; ".join(f"{place.name} {say_number(place.change, signed=True)}" for place in places)
    alt = (
        f"A circle for each of {len(places)} neighbourhoods, as large as the people in need. "
        f"Change under {name} in those who are not in care, per 1,000 residents: {said}."
    )
    title = (
        f"Circles: people in need under {reference}. Disc inside: those not in care under {name};"
        f" ring: under {reference}."
    )
    return draw_figure(
        title,
        alt,
        _tabulate_neighbourhoods(places, name, reference),
        partial(_paint_neighbourhoods, places=places, radii=radii),
        height=min(3.4, 0.4 + 7.0 / max(len(places), 3)),
    )


def _tabulate_neighbourhoods(places: Sequence[Place], name: str, reference: str) -> Table:
    rows = [
        [
            place.name,
            write_plain(place.residents),
            write_plain(place.deprivation, 2),
            write_plain(place.need),
            write_plain(place.before),
            write_plain(place.after),
        ]
        for place in places
    ]
    heads = [
        "Neighbourhood",
        "Residents",
        "Deprivation",
        f"In need, {reference}",
        f"Not in care, {reference}",
        f"Not in care, {name}",
    ]
    return Table("Residents and people in need who are not in care", heads, rows)


def _draw_place(axes: Any, x: float, radius: float, place: Place) -> None:
    from matplotlib.patches import Circle

    inner = [
        radius * float(np.sqrt(max(people, 0.0) / max(place.need, 1e-9)))
        for people in (place.before, place.after)
    ]
    colour = BLUE if place.change <= 0 else VERMILLION
    axes.add_patch(Circle((x, 0), radius, facecolor="#eeeeee", edgecolor=GREY, linewidth=1))
    axes.add_patch(Circle((x, 0), inner[1], facecolor=colour, edgecolor="none"))
    axes.add_patch(Circle((x, 0), inner[0], facecolor="none", edgecolor=BLACK, linewidth=1.2))
    axes.text(x, 0.6, place.name, ha="center", va="bottom", color=BLACK)
    change = f"{say_number(place.change, signed=True)} per 1,000"
    axes.text(x, -0.62, change, ha="center", va="top", color=colour, fontsize=9)
    if np.isfinite(place.deprivation):
        axes.text(
            x,
            -0.85,
            f"deprivation {place.deprivation:.1f}",
            ha="center",
            va="top",
            color=GREY,
            fontsize=8,
        )
