"""A figure that cannot be made without alternative text and the table of what it shows."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure as Canvas

from analysis.figures.lettering import needs_other_fonts
from analysis.figures.style import FIGURE_SETTINGS, HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.text.tables import Table


class Painting(NamedTuple):
    """How a picture is painted on a canvas, and for which size in inches."""

    paint: Callable[[Any], None]
    width: float
    height: float


@dataclass(frozen=True)
class Figure:
    """A picture with its title, what it shows in words, its numbers, and how it is painted."""

    title: str
    alt: str
    table: Table
    svg: bytes = field(repr=False)
    painting: Painting | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.alt.strip()) < 20:
            message = f"the figure {self.title!r} needs alternative text that says what it shows"
            raise ValueError(message)
        if not self.table.rows:
            message = f"the figure {self.title!r} needs the table of what it shows"
            raise ValueError(message)

    def _repr_html_(self) -> str:
        """The picture, its title and its numbers, for notebooks."""
        return self.__html__()

    def save(self, path: str | Path) -> Path:
        """Write the picture as SVG; the path, for whoever goes on with it."""
        target = Path(path)
        target.write_bytes(self.svg)
        return target

    def __html__(self) -> str:
        """Write the figure as HTML, the picture inside the page."""
        return Markup(
            '<figure><img src="data:image/svg+xml;base64,{data}"'
            ' alt="{alt}"><figcaption>{title}</figcaption><details><summary>The numbers of this'
            " figure</summary>{table}</details></figure>"
        ).format(
            data=base64.b64encode(self.svg).decode("ascii"),
            alt=self.alt,
            title=self.title,
            table=self.table,
        )


def draw_figure(
    title: str,
    alt: str,
    table: Table,
    paint: Callable[[Any], None],
    height: float = HEIGHT,
    width: float = WIDTH,
) -> Figure:
    """Paint on an empty canvas and keep it as SVG; the same numbers give the same bytes."""
    with mpl.rc_context(rc=FIGURE_SETTINGS):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        paint(canvas)
        buffer = io.BytesIO()
        # Outlines of letters that the font lacks would be empty boxes: they stay text.
        if needs_other_fonts(canvas):
            mpl.rcParams["svg.fonttype"] = "none"
        with warnings.catch_warnings():
            # Letters that the font lacks are left to the fonts of whoever reads the page.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(title, alt, table, buffer.getvalue(), Painting(paint, width, height))
