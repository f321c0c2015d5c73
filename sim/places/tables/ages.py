"""Ages and sexes as tables word them, in one spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYBODY_WORDS = frozenset(
    {
        "",
        "all",
        "all ages",
        "all people",
        "all persons",
        "persons",
        "total",
        "all usual residents",
        "everybody",
        "all residents",
        "allpersons",
        "not applicable",
    }
)
FEMALE = frozenset({"female", "females", "f", "women", "woman", "girls", "girls and women"})
MALE = frozenset({"male", "males", "m", "men", "man", "boys", "boys and men"})
OPEN_END = 120
"""An age that nobody is older than; stands for the end of open bands in sums."""

_NOISE = re.compile(
    r"\b(aged?|ages|years?|yrs?|of|old|people|persons|population|usual"
    r" residents|residents)\b|[:.]|!!"
)
_SINGLE = re.compile(r"(\d{1,3})")
_UNDER = re.compile(r"(?:under|<|less than|below|up to)\s*(\d{1,3})")
_AND_UNDER = re.compile(r"(\d{1,3})\s*(?:and|or|&)\s*(?:under|younger|below|less)")
_AND_OVER = re.compile(
    r"(?:(\d{1,3})\s*(?:and|or|&)\s*(?:over|older|above|more|up)|(\d{1,3})\s*\+|(\d{1,3})\s*plus|(?:over|>=?)\s*(\d{1,3}))"
)
_BETWEEN = re.compile(r"(\d{1,3})\s*(?:to|-|–|—|and|&|_)\s*(\d{1,3})")


_WORDINGS: tuple[tuple[re.Pattern[str], Callable[[list[int]], tuple[int, int | None]]], ...] = (
    (_AND_UNDER, lambda ends: (0, ends[0])),
    (_AND_OVER, lambda ends: (ends[0], None)),
    (_UNDER, lambda ends: (0, ends[0] - 1)),
    (_BETWEEN, lambda ends: (ends[0], ends[1])),
    (_SINGLE, lambda ends: (ends[0], ends[0])),
)
"""What a band is worded like, and its first and last year."""


def read_age(text: str) -> str | None:
    """`12-17`, `85+` or `7`; empty for all ages; None where the words are not an age."""
    plain = " ".join(_NOISE.sub(" ", text.casefold().replace("\N{NO-BREAK SPACE}", " ")).split())
    if plain in EVERYBODY_WORDS or text.strip().casefold() in EVERYBODY_WORDS:
        return ""
    for pattern, ends in _WORDINGS:
        if found := pattern.fullmatch(plain):
            low, high = ends([int(part) for part in found.groups() if part])
            # Years of birth and codes look like ages; nobody is so old.
            if low > OPEN_END:
                return None
            return spell_age(low, high) if high is None or low <= high else None
    return None


def spell_age(low: int, high: int | None) -> str:
    """One spelling for a band of whole years, both ends included; None is an open end."""
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def ends_of(age: str) -> tuple[int, int]:
    """First and last year of a spelled band; all ages for the empty one."""
    if not age:
        return 0, OPEN_END
    low, _, high = age.removesuffix("+").partition("-")
    return int(low), OPEN_END if age.endswith("+") else int(high or low)


def read_sex(text: str) -> str | None:
    """`female` or `male`; empty for both; None where the words are neither."""
    plain = text.casefold().replace("\N{NO-BREAK SPACE}", " ").strip(" :")
    if plain in FEMALE:
        return "female"
    if plain in MALE:
        return "male"
    return (
        ""
        if plain in EVERYBODY_WORDS | {"both", "both sexes", "person", "all sexes", "-", "people"}
        else None
    )
