"""A figure as a file for a slide: a title that says what is seen, and below what the marks mean."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text

from analysis.figures.lettering import find_fonts, spell_signs, wrap
from analysis.figures.style import BLACK, FIGURE_SETTINGS, GREY
from sim.errors import Refused

if TYPE_CHECKING:
    from analysis.figures.figure import Figure

Kind = Literal["png", "svg", "pdf"]
SLIDE_WIDTH, SLIDE_HEIGHT = 8.0, 4.5
"""Inches: the shape of a slide."""
TITLE_ROOM = 1.3
"""Inches for the title and what stands below."""
DOTS_PER_INCH = 200
TITLE_LETTERS, BELOW_LETTERS = 66, 120
"""Letters in a line of the title and of what stands below."""


class Slide(NamedTuple):
    """A drawn file: its bytes, and letters that no font of this machine has."""

    content: bytes
    missing: str


def draw_slide(figure: Figure, headline: str, kind: Kind) -> Slide:
    """Draw a figure for a slide; the same figure gives the same bytes.

    Raises `Refused` for a figure that kept no way to paint it.
    """
    if figure.painting is None:
        raise Refused(f"the figure {figure.title!r} cannot be drawn again")
    with mpl.rc_context(rc=FIGURE_SETTINGS):
        canvas = _paint(figure, headline)
        families, missing = find_fonts("".join(text.get_text() for text in _list_texts(canvas)))
        # Every text is told its fonts: what was painted before knew the usual one alone.
        for text in _list_texts(canvas):
            text.set_text(spell_signs(text.get_text(), missing))
            text.set_fontfamily([*FIGURE_SETTINGS["font.family"][:1], *families, "sans-serif"])
        left = "".join(letter for letter in missing if spell_signs(letter, missing) == letter)
        if left and kind == "svg":
            mpl.rcParams["svg.fonttype"] = "none"
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            about = _describe(figure, headline, kind)
            canvas.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=about)
    return Slide(buffer.getvalue(), left)


def _paint(figure: Figure, headline: str) -> Any:
    """The figure on a canvas of a slide's shape, with title and explanation."""
    painting = figure.painting
    if painting is None:
        raise Refused(f"the figure {figure.title!r} cannot be drawn again")
    size = max(SLIDE_WIDTH, painting.width), max(SLIDE_HEIGHT, painting.height + TITLE_ROOM)
    canvas = Canvas(figsize=size, layout="constrained")
    painting.paint(canvas)
    title = {"x": 0.012, "ha": "left", "fontsize": 14, "fontweight": "bold", "color": BLACK}
    canvas.suptitle(_fill(headline, TITLE_LETTERS), **title)
    below = {"x": 0.012, "ha": "left", "fontsize": 8, "color": GREY}
    canvas.supxlabel(_fill(figure.title, BELOW_LETTERS), **below)
    return canvas


def _fill(text: str, letters: int) -> str:
    """A text in lines, its signs spelled first: their names are longer than they are."""
    return wrap(spell_signs(text, find_fonts(text)[1]), letters)


def _list_texts(canvas: Any) -> list[Any]:
    return [text for text in canvas.findobj(Text) if text.get_text()]


def _describe(figure: Figure, headline: str, kind: Kind) -> dict[str, Any]:
    """What is written into the file for who does not see it; no date, so that bytes stay."""
    if kind == "pdf":
        return {"Title": headline, "Subject": figure.alt, "CreationDate": None}
    if kind == "svg":
        return {"Title": headline, "Description": figure.alt, "Date": None, "Creator": None}
    return {"Title": headline, "Description": figure.alt}
