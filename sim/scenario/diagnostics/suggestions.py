"""What somebody probably meant."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sim.scenario.diagnostics.synonyms import (
    COUNTED_OTHERWISE,
    KEY_SYNONYMS,
    VALUE_SYNONYMS,
    WORDS_FOR_A_PAYER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def suggest_key(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?` for a key that is not known, by its meaning before its spelling."""
    known = tuple(known)
    head, _, below = word.partition(".")
    if below and head in known:
        nested = below.replace(".", ": {") + ": ..." + "}" * below.count(".")
        return f" - a path with dots is for `--set`; in a file it is `{head}: {{{nested}}}`"
    meant = {key: KEY_SYNONYMS[key] for key in known if key in KEY_SYNONYMS}
    said = _plain(word)
    # A key in the singular, in capitals or with other marks between is that key.
    for key in known:
        if said == _plain(key):
            return f" - did you mean '{key}'?"
    for key, others in meant.items():
        if said in map(_plain, others):
            return f" - did you mean '{key}'?{COUNTED_OTHERWISE.get(key, '')}"
    if said in WORDS_FOR_A_PAYER and "caseload" in known:
        return " - a fund names the services that it pays for, in its `only_for`"
    return suggest(word, known)


def suggest_value(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?` for one of a few values, by its meaning before its spelling: a
    psychologist is a therapist, and is spelled like a psychiatrist.
    """
    known, said = tuple(known), _plain(word)
    for value in known:
        if said in map(_plain, VALUE_SYNONYMS.get(value, ())):
            return f" - did you mean '{value}'?"
    return suggest(word, known)


def find_nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that is spelled most like this one, if any is so much alike (0 to 1)."""
    spelled = {name.lower().replace("_", "-"): name for name in known}
    # Cut short: the time of matching grows with the square of the length.
    found = get_close_matches(word[:80].lower().replace("_", "-"), spelled, n=1, cutoff=likeness)
    return spelled[found[0]] if found else None


def find_related(word: str, texts: Mapping[str, str], most: int = 4) -> list[str]:
    """The names whose texts have a word in common with what was said, those with most first."""
    # Words such as `and` and `for` are in nearly every text.
    said = {each for each in _plain(word).split() if len(each) > 3}
    shared = {name: len(said & set(_plain(text, 1000).split())) for name, text in texts.items()}
    found = [name for name in sorted(shared, key=shared.__getitem__, reverse=True) if shared[name]]
    return found[:most]


def suggest(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?`, or nothing."""
    nearest = find_nearest(word, known)
    return f" - did you mean '{nearest}'?" if nearest else ""


def find_meaning(word: str, synonyms: Mapping[str, Sequence[str]]) -> str | None:
    """The name that a word is a synonym of: said as it is, spelled nearly so, or with most of its
    words in common.
    """
    said = _plain(word)
    meanings = {_plain(each): name for name, known in synonyms.items() for each in (name, *known)}
    if said in meanings:
        return meanings[said]
    if close := get_close_matches(said, meanings, n=1, cutoff=0.85):
        return meanings[close[0]]
    words = set(said.split())
    shared = {
        text: len(words & set(text.split())) / len(words | {*text.split()}) for text in meanings
    }
    best = max(shared, key=shared.__getitem__, default="")
    return meanings[best] if best and shared[best] > 0.5 else None


def _plain(word: str, longest: int = 80) -> str:
    """Lower case, letters and digits with single spaces, no plurals: what is compared."""
    words = re.findall(r"[\w&']+", word[:longest].lower().replace("_", " ").replace("-", " "))
    # In short words a last s is rarely a plural.
    return " ".join(each.removesuffix("s") if len(each) > 3 else each for each in words)
