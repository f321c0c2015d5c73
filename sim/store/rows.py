"""Turns what a run left behind into rows of tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from sim.outcomes import GROUP_KEYS, KEYS
from sim.store.schema import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.outcomes import Results

Row = tuple[object, ...]
WEEKS_PER_YEAR = 52


def list_rows(key: str, results: Results, keep: str) -> dict[str, list[Row]]:
    """List the rows of one run by table.

    `keep` summary leaves out weeks and quarters and sums money by year.
    """
    rows = {
        "summary": [(key, *(float(results.summary[name]) for name in KEYS))],
        "subgroups": [_list_group(key, group) for group in results.subgroups],
        "ledger": list(_sum_ledger(key, results, by_year=keep == "summary")),
        "decisions": [
            (key, *(_plain(decision.get(name)) for name in BY_NAME["decisions"].names[1:]))
            for decision in results.decisions
        ],
    }
    if keep == "weekly":
        rows["weekly"] = list(_list_weeks(key, results))
        rows["places"] = [
            (key, *(_plain(place.get(name)) for name in BY_NAME["places"].names[1:]))
            for place in results.places
        ]
    return rows


def _list_group(key: str, group: Mapping[str, object]) -> Row:
    return (
        key,
        str(group["dimension"]),
        str(group["group"]),
        *(_plain(group[name]) for name in ("residents", *GROUP_KEYS)),
    )


def _list_weeks(key: str, results: Results) -> Iterator[Row]:
    table = np.column_stack([np.asarray(results.weekly[name], dtype=np.float64) for name in KEYS])
    for week, values in enumerate(table.tolist()):
        yield (key, week, *values)


def _sum_ledger(key: str, results: Results, *, by_year: bool) -> Iterator[Row]:
    sums: dict[tuple[int, str, str, str], float] = {}
    for week, account, payer, category, amount in results.ledger:
        when = int(week) // WEEKS_PER_YEAR * WEEKS_PER_YEAR if by_year else int(week)
        entry = (when, str(account), str(payer), str(category))
        sums[entry] = sums.get(entry, 0.0) + float(amount)
    for entry, amount in sums.items():
        yield (key, *entry, amount)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, default=str, sort_keys=True)
