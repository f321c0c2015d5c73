"""Tables of a page: headed, captioned, scrollable on a phone, every cell escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from analysis.text.wording import MINUS, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


SHORT_CELL, BROAD = 16, 8
"""On paper, tables of so few rows are not torn apart, and those of so many columns may break
words.
"""
STACKED_COLUMNS, STACKED_ROWS = range(3, 6), 40
"""On a phone, tables of so many columns and of so few rows stand row below row, each cell with its
column's head before it; all others are moved sideways under the head of their rows.
"""
BEFORE_CURRENCY = re.compile(rf"{MINUS}(?=[^\d\s])")
WORD_JOINER = "\u2060"
"""Keeps a minus at its amount at the end of a line."""


@dataclass(frozen=True)
class Table:
    """A caption, column heads and rows of text; the first cell of a row is its head."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        if not self.caption.strip() or not self.columns:
            message = "a table needs a caption and columns"
            raise ValueError(message)
        if any(len(row) != len(self.columns) for row in self.rows):
            message = f"a row of {self.caption!r} does not have {len(self.columns)} cells"
            raise ValueError(message)

    @classmethod
    def from_frame(cls, caption: str, frame: pd.DataFrame, figures: int = 4) -> Table:
        """Make a table of a frame, numbers with `figures` significant figures."""

        def write(value: object) -> str:
            return write_plain(value, figures) if isinstance(value, float) else str(value)

        return cls(
            caption,
            [str(column) for column in frame.columns],
            [[write(value) for value in row] for row in frame.itertuples(index=False)],
        )

    def __html__(self) -> str:
        """Write the table as HTML."""
        head = Markup("").join(
            Markup('<th scope="col">{}</th>').format(column) for column in self.columns
        )
        stacked = len(self.columns) in STACKED_COLUMNS and len(self.rows) <= STACKED_ROWS
        heads = self.columns if stacked else ()
        body = Markup("").join(_write_row(row, heads) for row in self.rows)
        caption = escape(self.caption)
        looks = " short" * (len(self.rows) <= SHORT_CELL) + " broad" * (len(self.columns) > BROAD)
        looks += " stacked" * stacked
        # In the order of the Tab key, so that a wide table can be moved without a mouse.
        return Markup(
            '<div class="wide{looks}" role="region" tabindex="0"'
            ' aria-label="{caption}"><table><caption><span>{caption}</span></caption>'
            "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        ).format(looks=looks, caption=caption, head=head, body=body)


def _write_row(row: Sequence[str], heads: Sequence[str]) -> Markup:
    """A row as HTML; heads: of the columns, where each cell is to say its own, else empty."""
    cells = Markup("").join(
        Markup("<td{}{}>{}</td>").format(
            Markup(' class="n"') if _is_number(cell) else "",
            Markup(' data-head="{}"').format(heads[place]) if heads and cell else "",
            keep_minus(cell),
        )
        for place, cell in enumerate(row)
        if place
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(row[0], cells)


def keep_minus(text: str) -> str:
    """The text with every minus kept at the sign of a currency behind it."""
    return BEFORE_CURRENCY.sub(f"{MINUS}{WORD_JOINER}", text)


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or (
        cell[:1] in set("+-−$£€") and any(letter.isdigit() for letter in cell)
    )
