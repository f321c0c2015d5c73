"""Names in figures, shown as they are written, whatever their script or signs.

Matplotlib gives meaning to some signs: it leaves a label that begins with an underscore out of a
legend. Its font lacks many scripts: letters that it has are drawn as outlines, the same everywhere;
a page's figure with others leaves its text to the fonts of whoever reads it. A file for a slide is
drawn with the fonts that are installed here; a sign that none of them has is spelled by its name,
and letters of a script without a font are reported.
"""

from __future__ import annotations

import textwrap
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from matplotlib import font_manager
from matplotlib.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
LABEL_WIDTH, ROW_WIDTH = 26, 48
"""Letters in a line of a label, and in the label of a row; a name may have a hundred."""
UNSEEN = "\u200b"
"""A space without width: a label that begins with it begins with no underscore."""
EMOJI_JOINERS = "\u200d\ufe0f"
"""Invisible: they join emoji, or ask for their colours."""
LEFT_TO_RIGHT, ISOLATE, END_ISOLATE = "\u200e", "\u2068", "\u2069"
"""Invisible: they say which way a line runs, and where a name begins and ends in it."""
NOT_JOINED = str.maketrans("", "", EMOJI_JOINERS)
LAST_RESORT = "Last Resort"
"""The font that stands for every letter with a picture of its script: it draws nobody's name."""


def spell_label(name: str) -> str:
    """Spell a name so that a legend keeps it, and so that a long one leaves room for the figure."""
    wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in name)
    lines = textwrap.wrap(name, LABEL_WIDTH // 2 if wide else LABEL_WIDTH)
    return spell_line("\n".join(lines) if len(lines) > 1 else name)


def clip_label(name: str) -> str:
    """Spell a name on one line; of a long one the middle is left out, and both ends stay."""
    half = ROW_WIDTH // 2
    return spell_line(name if len(name) <= ROW_WIDTH else f"{name[:half]}…{name[1 - half :]}")


def spell_line(name: str) -> str:
    """Spell a name so that a legend keeps it."""
    return f"{UNSEEN}{name}" if name.startswith("_") else name


@cache
def _find_letters() -> frozenset[int]:
    """Code points that the font can draw."""
    return _read_letters(font_manager.findfont(FONT, fallback_to_default=True))


@cache
def _read_letters(path: str) -> frozenset[int]:
    """Code points that a font file can draw; none where it cannot be read."""
    try:
        return frozenset(font_manager.get_font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def find_fonts(letters: Iterable[str]) -> tuple[list[str], str]:
    """Fonts of this machine that have what the usual font lacks, in the order in which they are
    asked; and the letters that none of them has.
    """
    missing = {ord(letter) for letter in letters if not _is_unseen(letter)} - _find_letters()
    families: list[str] = []
    for font in font_manager.fontManager.ttflist if missing else ():
        if font.style != "normal" or font.name.startswith(LAST_RESORT):
            continue
        if missing & _read_letters(font.fname):
            families.append(font.name)
            missing -= _read_letters(font.fname)
    return families, "".join(sorted(map(chr, missing)))


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or letter in EMOJI_JOINERS or unicodedata.category(letter) == "Cf"


def isolate(name: str) -> str:
    """Keep the direction of a name from turning the sentence around it, as Arabic would."""
    turned = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)
    return f"{LEFT_TO_RIGHT}{ISOLATE}{name}{END_ISOLATE}" if turned else name


def wrap(text: str, width: int) -> str:
    """Break a text into lines of so many letters; one that is as wide as two counts as two."""
    lines, used = [""], 0
    for word in text.split(" "):
        size = sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in word)
        if used and used + 1 + size > width:
            lines.append(word)
            used = size
        else:
            lines[-1] += f" {word}" if used else word
            used += size + bool(used)
    return "\n".join(lines)


def spell_signs(text: str, missing: str) -> str:
    """Spell the signs of a text that cannot be drawn (emoji) by their names; letters stay."""
    spelled = [
        f"[{unicodedata.name(letter, 'sign').lower()}]"
        if letter in missing and unicodedata.category(letter)[0] == "S"
        else letter
        for letter in text
    ]
    joined = "".join(spelled)
    return joined.translate(NOT_JOINED) if joined != text else text


def can_draw(text: str) -> bool:
    """Whether the font has every letter of a text."""
    letters = _find_letters()
    return all(ord(letter) in letters or letter.isspace() for letter in text)


def needs_other_fonts(canvas: Figure) -> bool:
    """Whether anything written on a canvas is in letters that the font lacks."""
    return not all(can_draw(text.get_text()) for text in canvas.findobj(Text))
