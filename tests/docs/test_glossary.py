"""The glossary holds together: sorted, one paragraph a word, and every word it leans on is in it."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = [
    re.sub(r"[^a-z0-9 ]", "", word.lower())
    for word in re.findall(r"^\*\*(.+?)\.\*\*", PAGE, re.MULTILINE)
]


def test_words_are_sorted_and_stand_once():
    assert len(WORDS) > 40
    assert sorted(set(WORDS)) == WORDS


def test_words_in_italics_have_a_paragraph():
    leaned_on = {
        re.sub(r"[^a-z0-9 ]", "", word.lower())
        for word in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", PAGE)
    }
    known = {word.split(" admissions")[0] for word in WORDS}
    assert leaned_on <= known
