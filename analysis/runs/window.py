"""A part of the horizon: weeks from one to before another, taken from the weeks that were kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput
from sim.outcomes import BY_KEY
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

WEEK_FORM = re.compile(
    r"(?:week\s+)?(\d{1,6})(?:\s+weeks?)?|year\s+(\d{1,4})|(\d{1,4})\s+years?", re.IGNORECASE
)
SAY_WEEK_FORM = "write it as `week 52`, `52` or `1 year`"


class Window(NamedTuple):
    """Weeks that count, from `first` to before `end`, week 0 being the first of the horizon."""

    first: int
    end: int

    @property
    def weeks(self) -> int:
        """How many they are."""
        return self.end - self.first

    def say(self) -> str:
        """Write the window in words, first and last week; a year of the scenario by its number."""
        last = self.end - 1
        said = f"weeks {self.first} to {last}" if self.first < last else f"week {last}"
        whole = self.weeks == WEEKS_PER_YEAR and not self.first % WEEKS_PER_YEAR
        return f"year {self.first // WEEKS_PER_YEAR + 1} ({said})" if whole else said


def call_years(first: int, end: int) -> dict[int, str]:
    """Call each year of the horizon (1 first) that weeks from `first` to before `end` lie in by its
    number, and by its weeks where not all 52 of them count.
    """
    called = {}
    for start in range(first - first % WEEKS_PER_YEAR, end, WEEKS_PER_YEAR):
        part = Window(max(start, first), min(start + WEEKS_PER_YEAR, end))
        said = part.say().partition(" (")[0]
        called[start // WEEKS_PER_YEAR + 1] = f"{said[0].upper()}{said[1:]}"
    return called


def read_week(text: str, option: str) -> int:
    """Read a week from text: `week 52`, `52`, `52 weeks` or `1 year`; from `year 2` is when it
    begins, to `year 2` when it ends.

    Raises `InvalidInput` for anything else.
    """
    found = WEEK_FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"{option} {text}: this is no week; {SAY_WEEK_FORM}")
    if found[1]:
        return int(found[1])
    if found[2]:
        # A year as a beginning is its first week; as an end, the week after its last.
        return max(int(found[2]) - (option == "--from"), 0) * WEEKS_PER_YEAR
    return int(found[3]) * WEEKS_PER_YEAR


def make_window(first: str | None, end: str | None, horizon: int) -> Window | None:
    """The window between two weeks, each as it was written; None for the whole horizon.

    Raises `InvalidInput` where it is empty or reaches beyond the horizon.
    """
    if first is None and end is None:
        return None
    made = Window(
        0 if first is None else read_week(first, "--from"),
        horizon if end is None else read_week(end, "--to"),
    )
    if made.end > horizon:
        raise InvalidInput(
            f"--to week {made.end}: these runs have {horizon} weeks, 0 to {horizon - 1}"
        )
    if made.weeks < 1:
        raise InvalidInput(
            f"--from week {made.first} --to week {made.end}: no week lies between them; --to is the"
            " first week that does not count"
        )
    return None if made == (0, horizon) else made


def sum_window(
    query: Callable[[str, tuple[int, ...]], pd.DataFrame], window: Window, keys: Sequence[str]
) -> pd.DataFrame:
    """One row per run whose weeks were kept: each outcome over the weeks of a window, summed up as
    it is over the horizon; a week without a value (nobody got a place) does not count.

    query: asks the database, as `Stored.query` does.
    """
    taken = {"sum": "SUM", "mean": "AVG"}
    listed = "".join(
        f', {taken[BY_KEY[key].over_time]}("{key}") AS "{key}"'
        for key in keys
        if BY_KEY[key].over_time in taken
    )
    where = "week >= ? AND week < ?"
    sums = query(f"SELECT run{listed} FROM weekly WHERE {where} GROUP BY run", tuple(window))
    last = [key for key in keys if BY_KEY[key].over_time == "end"]
    if not last:
        return sums
    columns = ", ".join(f'"{key}"' for key in last)
    weeks = query(
        f"SELECT run, {columns} FROM weekly WHERE {where} ORDER BY run, week", tuple(window)
    )
    # The last value that there is: a mean over no one is missing, not 0.
    return sums.merge(weeks.groupby("run", as_index=False).last(), on="run")
