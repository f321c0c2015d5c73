"""Names in figures, shown as they are written, whatever their script or signs.

Matplotlib gives meaning to some signs: it leaves a label that begins with an underscore out of a
legend. Its font lacks many scripts: letters that it has are drawn as outlines, the same everywhere;
a figure with others leaves its text to the fonts of whoever reads it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
UNSEEN = "\u200b"
"""A space without width: a label that begins with it begins with no underscore."""


def spell_label(name: str) -> str:
    """Spell a name so that a legend keeps it."""
    return f"{UNSEEN}{name}" if name.startswith("_") else name


@cache
def _find_letters() -> frozenset[int]:
    """Code points that the font can draw."""
    path = font_manager.findfont(FONT, fallback_to_default=True)
    return frozenset(font_manager.get_font(path).get_charmap())


def can_draw(text: str) -> bool:
    """Whether the font has every letter of a text."""
    letters = _find_letters()
    return all(ord(letter) in letters or letter.isspace() for letter in text)


def needs_other_fonts(canvas: Figure) -> bool:
    """Whether anything written on a canvas is in letters that the font lacks."""
    return not all(can_draw(text.get_text()) for text in canvas.findobj(Text))
