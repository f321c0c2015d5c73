"""Cards: what a thing of the model is at a glance, where a notebook shows HTML.

Whatever a card is given is escaped; it needs no script and no style sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

FRAME = "border:1px solid #8884;border-radius:6px;padding:.6em .9em;max-width:48em"
CELL = "text-align:left;vertical-align:top;padding:.1em .9em .1em 0;border:0"


def write_card(
    title: str, lead: str, facts: Iterable[tuple[str, str]], more: Iterable[str] = ()
) -> str:
    """Write a card as HTML: a title, a sentence, facts with their names, and what to type next."""
    rows = Markup("").join(
        Markup('<tr><th style="{cell}">{name}</th><td style="{cell}">{fact}</td></tr>').format(
            cell=CELL, name=name, fact=fact
        )
        for name, fact in facts
        if fact
    )
    codes = Markup(" · ").join(Markup("<code>{}</code>").format(code) for code in more)
    return Markup(
        '<div style="{frame}"><strong>{title}</strong>{lead}<table style="margin:.4em 0 0">{rows}'
        "</table>{codes}</div>"
    ).format(
        frame=FRAME,
        title=title,
        lead=Markup("<div>{}</div>").format(lead) if lead else "",
        rows=rows,
        codes=codes,
    )


def list_some(words: Iterable[str], most: int = 8) -> str:
    """List words, the first few of them where there are many.

    >>> list_some(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    listed = list(words)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")
