"""Numbers as statistical offices print them: thousands commas, percent signs, marks for what is
withheld.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

WITHHELD = frozenset(
    {
        "*",
        "**",
        "***",
        "c",
        "[c]",
        "(c)",
        "x",
        "[x]",
        "(x)",
        "z",
        "[z]",
        "(z)",
        "d",
        "(d)",
        "n",
        "(n)",
        "-",
        "--",
        "–",
        "—",
        ".",
        "..",
        "...",
        ":",
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "none",
        "nil",
        "missing",
        "suppressed",
        "not available",
        "not applicable",
        "low",
        "u",
        "[u]",
        "[low]",
        "[w]",
        "s",
        "[s]",
        "(s)",
        "†",
        "‡",
        "s ",
        "",
        "#",
    }
)
"""Cells that stand for a number that is not given, in small letters."""
JAM = frozenset(
    {-999999999.0, -888888888.0, -666666666.0, -555555555.0, -333333333.0, -222222222.0}
)
"""Numbers by which the US Census says that there is none."""
PRINTED_NUMBER = re.compile(r"[-+−]?(?=\.?\d)(\d[\d,  '_]*)?(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)
COMMA_NUMBER = re.compile(r"[-+−]?(\d[\d.  '_]*)?(,\d*)?")
GROUPED = re.compile(
    r"\d+(?:_\d+)*|[1-9]\d{0,2}(?:(?P<sign>[,. '_])\d{3})(?:(?P=sign)\d{3})*"
    r"|[1-9]\d?(?:,\d{2})+,\d{3}"
)
"""Whole digits: plain, in threes by one sign, or grouped as in India."""
POINT_OR_GROUP = re.compile(r"[-+−]?[1-9]\d{0,2}[.,]\d{3}")
"""What one country reads as a number with three decimals, another as thousands."""
BELOW = re.compile(r"(?:<|under|less than|fewer than)\s*(=?)\s*([\d,]+)", re.IGNORECASE)
ABOVE = re.compile(r"(?:>|over|more than)\s*(=?)\s*([\d,]+)|([\d,]+)\+", re.IGNORECASE)
BETWEEN = re.compile(r"([\d,]+)\s*(?:-|–|to)\s*([\d,]+)", re.IGNORECASE)
_END = r"-?(?:\d+\.?\d*|\.\d+)"
RANGE = re.compile(rf"\(?\s*\[?\s*({_END})\s*(?:,|-|–|to)\s*({_END})\s*\]?\s*\)?", re.IGNORECASE)


class Read(NamedTuple):
    """What a cell says: a number, bounds where only those are given, or the mark for withheld.

    `wrong` if it is none of these.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    mark: str = ""
    percent: bool = False
    wrong: bool = False


def read_number(text: str, marks: frozenset[str] = frozenset(), decimal: str = ".") -> Read:
    """What the text of a cell means; `marks` are further signs for withheld, in small letters."""
    plain = text.replace("\N{NO-BREAK SPACE}", " ").strip()
    small = plain.casefold()
    # First: a lone `-` or `.` is a sign for withheld, and no number gone wrong.
    if small in WITHHELD or small in marks:
        return Read(None, mark=plain or "blank")
    if bounds := _read_bounds(small):
        return bounds
    percent = plain.endswith("%")
    number = re.sub(
        r"^[A-Z]{3}\s|[$£€¥]|\s*\[[a-z0-9]\]$|[†‡*]$", "", plain.rstrip("%").rstrip()
    ).strip()
    pattern = COMMA_NUMBER if decimal == "," else PRINTED_NUMBER
    if not pattern.fullmatch(number) or not any(letter.isdigit() for letter in number):
        return Read(None, wrong=True)
    whole = number.lstrip("-+−").casefold().split("e", maxsplit=1)[0].split(decimal, maxsplit=1)[0]
    # A separator anywhere else is of another country: 1,5 would be read as 15.
    if whole and not GROUPED.fullmatch(whole.replace("\N{NO-BREAK SPACE}", " ").strip()):
        return Read(None, wrong=True)
    # The point parts thousands where the comma parts decimals.
    if decimal == ",":
        number = number.replace(".", "").replace(",", ".")
    value = float(re.sub(r"[,  '_]", "", number).replace("−", "-"))
    # The Census marks what it could not estimate by numbers; taken for counts they would be
    # subtracted.
    if value in JAM or not math.isfinite(value):
        return Read(None, mark=plain)
    return Read(value, percent=percent)


def is_ambiguous(text: str, decimal: str = ".") -> bool:
    """Whether the decimal sign of a whole number may as well part its thousands: 1.234 people."""
    number = text.replace("\N{NO-BREAK SPACE}", " ").strip()
    return decimal in number and POINT_OR_GROUP.fullmatch(number) is not None


def _read_bounds(small: str) -> Read | None:
    """Bounds such as `<5`, `5+` and `1 to 4`, which say something without saying the number."""

    def whole(digits: str) -> float:
        return float(digits.replace(",", ""))

    found = BELOW.fullmatch(small) or ABOVE.fullmatch(small) or BETWEEN.fullmatch(small)
    digits = [part for part in found.groups() if part and part != "="] if found else []
    # Of another country, as in `<1,5`, which would be read as 15; or longer than any number.
    if not all(GROUPED.fullmatch(part) and math.isfinite(whole(part)) for part in digits):
        return Read(None, wrong=True)
    if found := BELOW.fullmatch(small):
        limit = whole(found[2])
        # "Fewer than five" is at most four of a count.
        return Read(None, 0.0, limit if found[1] else max(limit - 1.0, 0.0), small)
    if found := ABOVE.fullmatch(small):
        return Read(None, whole(found[2] or found[3]), None, small)
    if found := BETWEEN.fullmatch(small):
        low, high = whole(found[1]), whole(found[2])
        return Read(None, low, high, small) if low <= high else None
    return None


def read_range(text: str) -> tuple[float, float] | None:
    """The two ends of an interval printed in one cell, such as `(21.3, 25.0)`."""
    found = RANGE.fullmatch(text.strip())
    return (
        (float(found[1]), float(found[2])) if found and float(found[1]) <= float(found[2]) else None
    )
