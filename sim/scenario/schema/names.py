"""Plain names: what scenarios, sweeps and places are called, and files and folders after them."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

LONGEST_NAME = 100
"""Characters of a name."""
MOST_BYTES = 200
"""Bytes of a name in UTF-8: a file called after it has more, and file systems take 255."""
MARK_ROOM = 20
"""Characters that a name leaves for a mark of what differs."""
UNFIT = frozenset('/\\:<>"|?*')
"""What a path or a file of some system cannot have in a name."""
JOINERS = frozenset("\u200c\u200d")
"""Invisible characters that words of some scripts, and emoji, are joined with."""
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
"""Devices, which Windows takes for no file, whatever follows a point in the name."""
# As much as a pattern can say; bytes and invisible characters are looked at by `say_unfit`.
SCHEMA_PATTERN = r'^(?![.-])[^\s/\\:<>"|?*]{1,100}$'


def say_unfit(name: str) -> str:
    """What keeps a name from being a plain one, in any script; empty if nothing does."""
    if not name.strip():
        return "is empty"
    # Hidden files, options of commands, and what Windows drops from the end of a name.
    if name[0] in ".-" or name[-1] == ".":
        return "must not begin with . or -, nor end with a point"
    if any(_is_unfit(character) for character in name):
        return 'must not have spaces, control characters or any of / \\ : < > " | ? *'
    if len(name) > LONGEST_NAME or len(name.encode("utf-8")) > MOST_BYTES:
        return f"is too long: {LONGEST_NAME} characters at most, {MOST_BYTES} bytes of UTF-8"
    if _is_reserved(name):
        return "is a device on Windows, and no file there can be called so"
    return ""


def normalise(name: str) -> str:
    """A name in the one spelling that all of its equals have: accents may be a character of their
    own, which nobody sees and some file systems change.
    """
    return unicodedata.normalize("NFC", name)


def _is_reserved(name: str) -> bool:
    return name.partition(".")[0].casefold() in RESERVED


def make_plain(text: str) -> str:
    """The plain name that is nearest to a text, such as the stem of a file."""
    kept = "".join("-" if _is_unfit(character) else character for character in normalise(text))
    plain = clip(kept.lstrip(".-").rstrip(".")) or "scenario"
    return f"{plain.partition('.')[0]}-{plain}" if _is_reserved(plain) else plain


def clip(name: str, room: int = 0) -> str:
    """A name shortened to the longest that may be, less `room` characters for what is added."""
    kept = name[: LONGEST_NAME - room]
    # Half a character, as a file's name may hold, has no UTF-8 and must not fail here.
    while len(kept.encode("utf-8", "replace")) > MOST_BYTES - room:
        kept = kept[:-1]
    return kept


def _is_unfit(character: str) -> bool:
    return (
        character in UNFIT
        or character.isspace()
        or (unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in JOINERS)
    )


def _read(value: Any) -> Any:
    if isinstance(value, str) and (said := say_unfit(value)):
        sentence = f"{said} (got {value[:60]!r})"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})
    return normalise(value) if isinstance(value, str) else value


PlainName = Annotated[
    str, BeforeValidator(_read), WithJsonSchema({"type": "string", "pattern": SCHEMA_PATTERN})
]
"""Name that files and folders can be called after."""
