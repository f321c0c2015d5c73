"""Levers of a sweep beside its reference: what may not vary, and what varies in one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.scenario.diagnostics.comparability import (
    explain_mismatch,
    find_given_paths,
    find_unshared_paths,
    say_given_apart,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.designs.factors import Page
    from sim.scenario.designs.sample_file import Table
    from sim.scenario.scenario import Scenario


def check_pairs(
    page: Page, scenario: Scenario | None, against: Scenario | None, paths: Sequence[str]
) -> list[Problem]:
    """Refuse a reference, or levers, with which points could not be compared; notes on what a
    difference from the reference holds beside what is done.
    """
    notes = []
    if scenario is not None and against is not None:
        names = against.name, scenario.name
        first, second = against.resolved(), scenario.resolved()
        if message := explain_mismatch(names, first, second):
            page.complain(("against",), message, "`set` changes both of them")
        if message := say_given_apart(names, first, second):
            notes.append(page.locate(("against",), message, "`set` changes both of them"))
    paired = "against" in page.document.data
    for path, (problem, hint) in find_unshared_paths(paths, paired=paired).items():
        page.complain(("vary", "policy", path), problem, hint, on_key=True)
    for path, (message, hint) in find_given_paths(paths).items() if paired else ():
        notes.append(page.locate(("vary", "policy", path), message, hint, on_key=True))
    return notes


def check_columns(table: Table, *, paired: bool) -> tuple[list[Problem], list[Problem]]:
    """The same of the columns of a file of points: what is wrong with them, and notes."""
    unshared = find_unshared_paths(table.header, paired=paired)
    # A column that is evidence (`prices.inpatient_day`) is drawn in both.
    given = find_given_paths([table.header[k] for k in table.levers]) if paired else {}
    wrong, notes = (
        [
            Problem(table.file, 1, table.header.index(path) + 1, path, *said)
            for path, said in found.items()
        ]
        for found in (unshared, given)
    )
    return wrong, notes
