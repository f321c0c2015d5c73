"""The way through care week by week: who asked, waited, started and left, and the queues and places
then.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.care_pathway import Flow
from analysis.reports.plans.hiring_plan import say_posts
from analysis.runs.quarters import QUARTER
from analysis.text.tables import Table
from analysis.text.wording import say_interval, write_plain
from sim.outcomes import BY_KEY
from sim.studies.calibration.known_values import average_known
from sim.units import WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reports.context import ReportContext

MONTH_WEEKS = 4
"""Weeks that a picture sums up: single weeks are noise."""
FLOW_PARTS = ("started_care", "gave_up_waiting", "dropped_out", "let_go", "closed_out")
"""Outcomes that a `Flow` is made of, in its order."""
WAIT = "wait_in_quarter"
PLACE_OUTCOMES = ("places", "enrolled", "waiting", WAIT, "staff", "vacancies", "sessions")
PLACE_HEADINGS = (
    "Service",
    "Scenario",
    "Places",
    "Enrolled",
    "Waiting",
    "Median wait (weeks)",
    "Staff (FTE)",
    "Vacancies (posts)",
)
SESSIONS = "Sessions a quarter"
QUEUE = ("waiting", "treated", "beds_occupied", "staff", "vacancies")


def find_flow(case: ReportContext, name: str, week: int) -> Flow:
    """Find what happens in the four weeks up to a week, at the pace of a year."""
    first = max(week - MONTH_WEEKS, 0)
    weekly, place = _read(case), case.pairs.names.index(name)
    year = WEEKS_PER_YEAR / (week - first)
    over = {
        key: case.pairs.over_weeks(weekly, key, case.weeks)[:, place]
        for key in (*FLOW_PARTS, "waiting")
    }
    started, gave_up, left, let_go, closed = (
        float(over[key][:, first:week].sum(axis=1).mean()) * year for key in FLOW_PARTS
    )
    # From the end of the week before the four, where there was one.
    longer = (
        float((over["waiting"][:, week - 1] - over["waiting"][:, max(first - 1, 0)]).mean()) * year
    )
    return Flow(name, started, gave_up, left, let_go, longer, closed)


def _read(case: ReportContext) -> pd.DataFrame:
    return case.stored.weekly(list(dict.fromkeys((*FLOW_PARTS, *QUEUE))))


def tabulate_queue(case: ReportContext, week: int) -> Table:
    """Make a table of who waits, is in care and works in a week, with the paired difference."""
    weekly = _read(case)
    rows = []
    for key in QUEUE:
        values = case.pairs.over_weeks(weekly, key, case.weeks)[:, :, week - 1]
        means = [write_plain(float(average_known(values[:, place]))) for place in (0, case.place)]
        rows.append([BY_KEY[key].title, *means, say_interval(*case.measure(values), signed=True)])
    heads = ["In that week", case.reference, case.focus, "Difference (interval)"]
    return Table(f"Queues and places in week {week}, means of the replicates", heads, rows)


def tabulate_places(case: ReportContext, week: int) -> Table | None:
    """Make a table of places, people and lists of each service in the quarter that a week is in;
    None without records.
    """
    frame = _read_places(case)
    if frame.empty:
        return None
    recorded = np.sort(frame["week"].unique())
    # Services are recorded when a quarter ends: the first record from this week on is of it.
    until = int(recorded[min(int(np.searchsorted(recorded, week - 1)), len(recorded) - 1)])
    what = f"Each service in the quarter up to week {until}"
    return _tabulate(frame[frame["week"] == until], what, until + 1 - _begin_quarter(until))


def tabulate_last_year(case: ReportContext) -> Table | None:
    """Make the same table over the last year, of whole replicates; None without records."""
    frame = _read_places(case)
    frame = frame[frame["run"].isin(case.pairs.whole_runs)] if len(frame) else frame
    if frame.empty:
        return None
    last = frame[frame["week"] > frame["week"].max() - WEEKS_PER_YEAR]
    # What is chosen of the horizon begins in its midst: the first record is of its own quarter
    # alone, and of none before it.
    first, end = _begin_quarter(int(last["week"].min())), int(last["week"].max())
    length = end + 1 - first
    over = "in the last year" if length >= WEEKS_PER_YEAR else f"over {say_weeks(length)}"
    over = over if case.stored.window is None else f"over weeks {first} to {end}"
    what = f"Places, people and staff of each service {over}"
    return _tabulate(last, what, length / last["week"].nunique())


def _begin_quarter(week: int) -> int:
    """First week of the quarter whose record is of this week, the last of it or of the horizon."""
    return week - week % QUARTER


def _read_places(case: ReportContext) -> pd.DataFrame:
    frame = case.stored.rows("places")
    return frame[frame["name"].isin((case.focus, case.reference))] if len(frame) else frame


def _tabulate(frame: pd.DataFrame, what: str, length: float) -> Table | None:
    """Means by service of records that are of so many weeks each, on average."""
    groups = frame.groupby(["service", "name"], sort=True)
    means = groups[list(PLACE_OUTCOMES)].mean()
    # Waits are told as in the tables by quarter: a few long ones do not move a median.
    means[WAIT] = groups[WAIT].median()
    # The last record of a run may be of less than a quarter; less than one in all is not stretched.
    short = frame["week"].nunique() == 1 and length < QUARTER
    means["sessions"] *= 1.0 if short else QUARTER / length
    # A service that was there under neither scenario in that time would be rows of noughts; one
    # that is there under one of them has none under the other, which is what is to be seen.
    there = (means[["places", "enrolled", "sessions", "staff"]] > 0).any(axis=1)
    means = means[there.groupby(level="service").transform("any")]
    rows = [
        [str(service), str(name), *(_say_place(float(value)) for value in row)]
        for (service, name), row in zip(means.index, means.to_numpy(), strict=True)
    ]
    # A service that ended within the quarter has no places at its end, whatever it had before.
    caption = f"{what}, as quarters end: means of the replicates, of waits the median"
    sessions = f"Sessions in {say_weeks(round(length))}" if short else SESSIONS
    return Table(caption, [*PLACE_HEADINGS, sessions], rows) if rows else None


def _say_place(value: float) -> str:
    return "–" if math.isnan(value) else say_posts(value)
