"""What somebody probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def find_nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is."""
    spelled = {name.lower().replace("_", "-"): name for name in known}
    found = get_close_matches(word[:80].lower().replace("_", "-"), spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else None


def suggest(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?`, or nothing."""
    nearest = find_nearest(word, known)
    return f" - did you mean '{nearest}'?" if nearest else ""
