"""Turns what a run left behind into rows of tables."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from sim.outcomes import GROUP_KEYS, KEYS
from sim.store.schema import BY_NAME, VALUED
from sim.units import WEEKS_PER_YEAR, discount_factor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sim.outcomes import Outcome, Results

Row = tuple[object, ...]
Rates = tuple[float, float]
"""Yearly discount rates of costs and of effects."""


def list_rows(
    key: str, results: Results, keep: str, rates: Rates | None = None
) -> dict[str, list[Row]]:
    """List the rows of one run by table.

    `keep` summary leaves out weeks and quarters, and sums money and what is valued by year: as it
    is, and discounted week by week at `rates`, because no later reader could.
    """
    rows = {
        "summary": [(key, *(float(results.summary[name]) for name in KEYS))],
        "subgroups": [_list_group(key, group) for group in results.subgroups],
        "ledger": list(_sum_ledger(key, results, rates, by_year=keep == "summary")),
        "decisions": [
            (key, *(_plain(decision.get(name)) for name in BY_NAME["decisions"].names[1:]))
            for decision in results.decisions
        ],
    }
    if keep == "summary":
        rows["yearly"] = list(_list_years(key, results, rates))
    if keep == "weekly":
        rows["weekly"] = list(_list_weeks(key, results))
        for table, found in (("places", results.places), ("posts", results.posts)):
            rows[table] = [
                (key, *(_plain(row.get(name)) for name in BY_NAME[table].names[1:]))
                for row in found
            ]
    return rows


def list_outcome(outcome: Outcome) -> Row:
    """A row of the dictionary of outcomes."""
    return tuple(outcome)[: len(BY_NAME["outcomes"].names)]


def _list_group(key: str, group: Mapping[str, object]) -> Row:
    return (
        key,
        str(group["dimension"]),
        str(group["group"]),
        *(_plain(group[name]) for name in ("residents", *GROUP_KEYS)),
    )


def _list_weeks(key: str, results: Results) -> Iterator[Row]:
    import numpy as np  # heavy, and whoever only opens a database has no rows to write

    table = np.column_stack([np.asarray(results.weekly[name], dtype=np.float64) for name in KEYS])
    for week, values in enumerate(table.tolist()):
        yield (key, week, *values)


def _list_years(key: str, results: Results, rates: Rates | None) -> Iterator[Row]:
    import numpy as np

    if not set(VALUED) <= set(results.weekly):
        return
    columns: list[NDArray[np.float64] | None] = []
    for name in VALUED:
        # Sums of a year: a week without a value adds nothing.
        series = np.nan_to_num(np.asarray(results.weekly[name], dtype=np.float64))
        # QALYs are discounted at the second rate, that of effects; all others are costs.
        rate = None if rates is None else rates[name == "qalys"]
        discounted = None
        if rate is not None:
            # Week by week: a year taken whole would be discounted as if spent on one day.
            discounted = series * [discount_factor(rate, week) for week in range(len(series))]
        columns += [series, discounted]
    weeks = len(np.asarray(results.weekly[VALUED[0]]))
    for start in range(0, weeks, WEEKS_PER_YEAR):
        part = slice(start, start + WEEKS_PER_YEAR)
        sums = [None if column is None else float(column[part].sum()) for column in columns]
        yield (key, start // WEEKS_PER_YEAR, *sums)


def _sum_ledger(key: str, results: Results, rates: Rates | None, *, by_year: bool) -> Iterator[Row]:
    # Several bookings of a week may be of one account, payer and category: the key of the table.
    sums: dict[tuple[int, str, str, str], float] = defaultdict(float)
    discounted: dict[tuple[int, str, str, str], float] = defaultdict(float)
    kept = rates[0] if by_year and rates is not None else None
    weigh = cache(discount_factor)
    for week, account, payer, category, amount in results.ledger:
        # A year stands at its first week, so that both sorts of rows fit one column.
        when = week // WEEKS_PER_YEAR * WEEKS_PER_YEAR if by_year else week
        entry = (when, account, payer, category)
        sums[entry] += amount
        if kept is not None:
            discounted[entry] += amount * weigh(kept, week)
    for entry, spent in sums.items():
        yield (key, *entry, spent, discounted.get(entry))


def _plain(value: object) -> object:
    if hasattr(value, "item"):  # a number of NumPy
        return value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, default=str, sort_keys=True)
