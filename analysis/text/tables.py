"""Tables of a page: headed, captioned, scrollable on a phone, every cell escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


SHORT_CELL, BROAD = 16, 8
"""On paper, tables of so few rows are not torn apart, and those of so many columns may break
words.
"""


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
        from analysis.text.wording import write_plain

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
        body = Markup("").join(self._row(row) for row in self.rows)
        caption = escape(self.caption)
        looks = " short" * (len(self.rows) <= SHORT_CELL) + " broad" * (len(self.columns) > BROAD)
        return Markup(
            '<div class="wide{looks}" role="region" tabindex="0"'
            ' aria-label="{caption}"><table><caption><span>{caption}</span></caption>'
            "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        ).format(looks=looks, caption=caption, head=head, body=body)

    @staticmethod
    def _row(row: Sequence[str]) -> Markup:
        cells = Markup("").join(
            Markup("<td{}>{}</td>").format(Markup(' class="n"') if _is_number(cell) else "", cell)
            for cell in row[1:]
        )
        return Markup('<tr><th scope="row">{}</th>{}</tr>').format(row[0], cells)


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or (
        cell[:1] in set("+-−$£€") and any(letter.isdigit() for letter in cell)
    )
