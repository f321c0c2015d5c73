"""Every kind of service in a few lines, for the terminal: `kinwell schema --kinds`."""

from __future__ import annotations

from textwrap import fill

from sim.evidence.loader import all_kinds

LINE_LENGTH = 100
"""Characters of a line."""
INDENT = "    "


def write_kinds() -> str:
    """Name, meaning, posts that lead it, and what else planners call it, a paragraph each."""
    parts = []
    for kind, words in sorted(all_kinds().items()):
        leads = f" Led by: {', '.join(words.leads)}." if words.leads else ""
        called = f" Also called: {', '.join(words.synonyms)}." if words.synonyms else ""
        told = fill(
            f"{words.meaning}{leads}{called}",
            LINE_LENGTH,
            initial_indent=INDENT,
            subsequent_indent=INDENT,
        )
        parts.append(f"{kind}\n{told}\n")
    return "".join(parts)
