"""The figure of a population by age and sex: people as built beside the published table."""

from __future__ import annotations

from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.figures.figure import Figure, draw_figure
from analysis.figures.style import BLACK, BLUE, VERMILLION
from analysis.text.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence


class Band(NamedTuple):
    """An age band: shares of all people, as built and as published (NaN where not)."""

    name: str
    women: float
    men: float
    women_published: float
    men_published: float


def draw_pyramid(bands: Sequence[Band], title: str) -> Figure:
    """Draw women to the right and men to the left by age, published numbers as marks."""
    rows = [[band.name, *(_say(value) for value in band[1:])] for band in bands]
    heads = ["Age", "Women, built", "Men, built", "Women, published", "Men, published"]
    table = Table("Share of people of 12 and over by age and sex", heads, rows)
    alt = f"Population pyramid of {len(bands)} age bands: " + "; ".join(
        f"{band.name} {_say(band.women + band.men)}" for band in bands
    )
    return draw_figure(
        title, alt, table, partial(_paint, bands=bands), height=0.8 + 0.34 * len(bands)
    )


def _say(value: float) -> str:
    return f"{value:.1%}" if isfinite(value) else "not known"


def _paint(canvas: Any, bands: Sequence[Band]) -> None:
    axes = canvas.add_subplot()
    where = range(len(bands))
    axes.barh(where, [100 * band.women for band in bands], color=VERMILLION, height=0.7)
    axes.barh(where, [-100 * band.men for band in bands], color=BLUE, height=0.7)
    for at, band in enumerate(bands):
        for value in (100 * band.women_published, -100 * band.men_published):
            axes.plot([value, value], [at - 0.42, at + 0.42], color=BLACK, linewidth=1.8)
    axes.set_yticks(list(where), [band.name for band in bands])
    edge = 100 * max(max(band.women, band.men) for band in bands) * 1.15
    axes.set_xlim(-edge, edge)
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}%")
    axes.axvline(0, color="white", linewidth=1)
    axes.set_xlabel("men - share of people of 12 and over - women; lines: published")
