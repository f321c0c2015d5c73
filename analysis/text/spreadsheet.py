"""How a table looks as a sheet of a workbook: heads, widths, number formats, print."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

WIDEST, NARROWEST = 60, 8
"""Characters of the widest and the narrowest column."""
NUMBER_WIDTH = 12
LINES_LOOKED_AT = 100
"""Rows by which a column's width is chosen."""
MOST_DECIMALS, MOST_DIGITS = 6, 8
LINE_POINTS = 15
"""Height of a line of text."""
SIGNIFICANT_FIGURES = 2
"""Significant figures of the half width of an interval that are shown."""
INTERVAL_ENDS = ("low", "high")


def style_sheet(book: Any, sheet: Any, frame: pd.DataFrame, lead: tuple[str, ...]) -> None:
    """Style what pandas wrote: heads that stay in sight and filter, columns as wide as what is in
    them, numbers without digits that mean nothing, one page wide in print.

    lead: columns told with the interval in `low` and `high`, row by row to its precision.
    """
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    right = book.add_format({"bold": True, "bottom": 1, "valign": "top", "align": "right"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {code: book.add_format({"num_format": code}) for code in _list_codes()}
    for place, column in enumerate(frame.columns):
        values = frame[column]
        numbers = values.dtype.kind in "fi"
        sheet.write_string(0, place, str(column), right if numbers else head)
        if values.dtype.kind == "f":
            code = choose_format(str(column), values.to_numpy(dtype=float))
            sheet.set_column(place, place, max(len(str(column)) + 2, NUMBER_WIDTH), formats[code])
            continue
        longest = max([len(str(column)) + 2, *(len(str(v)) for v in values.head(LINES_LOOKED_AT))])
        sheet.set_column(
            place, place, min(max(longest, NARROWEST), WIDEST), text if longest > WIDEST else None
        )
        if longest > WIDEST and len(frame) < LINES_LOOKED_AT:
            _make_room(sheet, values)
    if set(INTERVAL_ENDS) <= set(frame.columns):
        _write_by_precision(sheet, frame, [*lead, *INTERVAL_ENDS], formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(frame), 1), max(len(frame.columns) - 1, 0))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _make_room(sheet: Any, values: pd.Series[Any]) -> None:
    """Rows as high as their text is long: not every program finds that out when it opens a file."""
    for row, value in enumerate(values, start=1):
        lines = math.ceil(1.1 * len(str(value)) / WIDEST)
        if lines > 1:
            sheet.set_row(row, lines * LINE_POINTS)


def choose_format(column: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """The number format of a column: a share in per cent, all else by its largest number."""
    if column.startswith("share"):
        return "0%"
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if len(finite) else 0.0
    if not largest or (finite == np.round(finite)).all():
        return write_code(0)
    return write_code(min(max(3 - math.floor(math.log10(largest)), 0), 4))


def choose_decimals(low: float, high: float, largest: float) -> int | None:
    """Decimals to which an interval says something beside a number as large as `largest`; None
    where it has no width.
    """
    half = (high - low) / 2
    if not math.isfinite(half) or half <= 0 or not largest:
        return None
    room = min(MOST_DECIMALS, MOST_DIGITS - 1 - math.floor(math.log10(largest)))
    return max(min(SIGNIFICANT_FIGURES - 1 - math.floor(math.log10(half)), room), 0)


def write_code(decimals: int) -> str:
    """A number format with thousands apart."""
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _list_codes() -> list[str]:
    return ["0%", *(write_code(decimals) for decimals in range(MOST_DECIMALS + 1))]


def _write_by_precision(
    sheet: Any, frame: pd.DataFrame, columns: list[str], formats: dict[str, Any]
) -> None:
    """Write cells of rows that have intervals anew, each to the precision of its interval."""
    places = [frame.columns.get_loc(name) for name in columns]
    for row, values in enumerate(frame[columns].to_numpy(dtype=float), start=1):
        known = values[np.isfinite(values)]
        largest = float(np.abs(known).max()) if len(known) else 0.0
        decimals = choose_decimals(values[-2], values[-1], largest)
        code = choose_format("", known) if decimals is None else write_code(decimals)
        for place, value in zip(places, values, strict=True):
            if math.isfinite(value):
                sheet.write_number(row, place, value, formats[code])
