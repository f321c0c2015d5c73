"""The pages for a planner: places, waits, staff, unmet need, money by year and payer, decisions
taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.economics.budget import describe_cash, sum_money
from analysis.figures.care_pathway import Flow, draw_flow
from analysis.figures.comparison import draw_fan
from analysis.figures.economics import draw_budget
from analysis.figures.neighbourhoods import Place, draw_neighbourhoods
from analysis.reports.care_by_week import FLOW_PARTS, tabulate_last_year
from analysis.reports.plans.hiring_plan import fill_hiring
from analysis.reports.plans.later import fill_later
from analysis.reports.plans.money_received import say_unspent, tabulate_offsets, tabulate_received
from analysis.reports.sections.doubts import list_doubts
from analysis.reports.sections.network import draw_stored_network
from analysis.reports.sections.sweep import fill_sweeps
from analysis.reports.sections.why import fill_why
from analysis.reports.side_by_side.years import tabulate_years
from analysis.reports.supply.bed_limits import say_boarding_price, say_scarce_beds
from analysis.reports.supply.stopped_services import say_stopped
from analysis.reports.validity.track_record import say_track_record
from analysis.text.tables import Table
from analysis.text.wording import say_interval, say_number, say_share, write_plain
from sim.outcomes import BY_KEY, LONGEST_RUNWAY
from sim.units import WEEKS_PER_YEAR, say_weeks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.figures.figure import Figure
    from analysis.reports.context import ReportContext

ACCESS = (
    "in_need",
    "treated",
    "waiting",
    "wait_median",
    "wait_90th",
    "gave_up_waiting",
    "sessions",
    "missed_sessions",
    "started_care",
    "dropped_out",
    "let_go",
    "closed_out",
)
WORK_OUTCOMES = ("staff", "vacancies", "strain_mean", "leavers", "peers")
BEDS = (
    "bed_days",
    "beds_occupied",
    "bed_need_expected",
    "boarding_days",
    "emergency_visits",
    "readmissions_30_days",
    "followed_up_7_days",
)


def fill_planner(case: ReportContext) -> dict[str, Any]:
    """Fill the pages for a planner."""
    weekly = bool(case.pairs.whole.any())
    return {
        "places": tabulate_last_year(case),
        "stopped": say_stopped(case.comparison).get(case.focus),
        "access": tabulate_outcomes(case, ACCESS, "Getting help"),
        "beds": tabulate_outcomes(case, BEDS, "Hospital and emergency department"),
        "scarce_beds": say_scarce_beds(case),
        "boarding": say_boarding_price(case),
        "hiring": fill_hiring(case),
        "later": fill_later(case),
        "work": tabulate_outcomes(case, WORK_OUTCOMES, "Staff and volunteers"),
        "flow": draw_yearly_flow(case) if weekly else None,
        "waiting": draw_fan(case.comparison, case.focus, "waiting", case.weeks) if weekly else None,
        "unmet": tabulate_unmet(case),
        "neighbourhoods": draw_need(case),
        "budget": (
            draw_budget(case.impact, case.focus, case.reference, case.currency, case.years)
            if len(case.impact)
            else None
        ),
        "unspent": say_unspent(case.pairs, case.focus),
        "received": tabulate_received(case),
        "offsets": tabulate_offsets(case),
        "money": tabulate_money(case),
        "cash": tabulate_cash(case),
        "returns": say_returns(case),
        "decisions": tabulate_decisions(case),
        "network": draw_stored_network(case),
        "doubts": [*list_doubts(case), *say_track_record(case)],
        "why": fill_why(case),
        "years": tabulate_years(case),
        "sweeps": fill_sweeps(case.explored),
    }


def tabulate_outcomes(case: ReportContext, keys: tuple[str, ...], caption: str) -> Table:
    """Make a table of outcomes: the reference, the focus and the paired difference."""
    means = case.comparison.scenarios
    rows = []
    for key in (key for key in keys if key in means[case.reference]):
        unit = BY_KEY[key].unit.replace("currency", case.currency)
        name = (
            BY_KEY[key].title
            if unit.lower() in BY_KEY[key].title.lower()
            else f"{BY_KEY[key].title} ({unit})"
        )
        rows.append(
            [
                name,
                write_plain(means[case.reference][key].mean),
                write_plain(means[case.focus][key].mean),
                case.say(key),
            ]
        )
    return Table(
        f"{caption}, {_over(case)}",
        ["Outcome", case.reference, case.focus, "Difference (interval)"],
        rows,
    )


def _over(case: ReportContext) -> str:
    return f"over {case.horizon}, means of {case.comparison.replicates} replicates"


def draw_yearly_flow(case: ReportContext) -> Figure:
    """Draw what happens in a year, or in all of a shorter time, under both scenarios."""
    flows = [_find_yearly_flow(case, name) for name in (case.reference, case.focus)]
    return draw_flow(flows, say_year(case.weeks))


def say_year(weeks: int) -> str:
    """The time that a way through care is of: a year, or less where less was run."""
    return "a year" if weeks >= WEEKS_PER_YEAR else say_weeks(weeks)


def _find_yearly_flow(case: ReportContext, name: str) -> Flow:
    """Find what happens in a year, from totals over the horizon and the lists of the first and the
    last week.
    """
    # A few weeks are not stretched to a year: nobody knows how they would have gone on.
    years = max(case.weeks / WEEKS_PER_YEAR, 1.0)
    means = case.comparison.scenarios[name]
    started, gave_up, left, cut, closed = (means[key].mean / years for key in FLOW_PARTS)
    waiting = case.pairs.over_weeks(case.stored.weekly(["waiting"]), "waiting", case.weeks)[
        :, case.pairs.names.index(name)
    ]
    # Only of runs whose weeks were kept: the others have no list to take a difference of.
    grown = (waiting[:, -1] - waiting[:, 0])[case.pairs.whole]
    return Flow(name, started, gave_up, left, cut, float(grown.mean()) / years, closed)


def _read_unmet(
    case: ReportContext,
) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Residents, people in need and people in need who are not in care, (pairs, scenarios) each, by
    neighbourhood.
    """
    frame = case.stored.rows("subgroups")
    if frame.empty or not {"in_need", "treated"} <= set(frame.columns):
        return []
    frame = frame[frame["dimension"] == "neighbourhood"]
    frame = frame.assign(unmet=frame["in_need"] - frame["treated"])
    columns = ("residents", "in_need", "unmet")
    found = []
    for group, part in frame.groupby("group_name", sort=False):
        people, need, unmet = case.pairs.arrange(part, columns).values()
        found.append((str(group), people, need, unmet))
    return found


def tabulate_unmet(case: ReportContext) -> Table | None:
    """Make a table of people in need who are not in care, by neighbourhood."""
    rows = []
    for group, _, need, unmet in _read_unmet(case):
        means = (
            float(need[:, 0].mean()),
            float(unmet[:, 0].mean()),
            float(unmet[:, case.place].mean()),
        )
        rows.append(
            [
                group,
                *(write_plain(value) for value in means),
                say_interval(*case.measure(unmet), signed=True),
            ]
        )
    heads = [
        "Neighbourhood",
        f"In need, {case.reference}",
        f"Not in care, {case.reference}",
        f"Not in care, {case.focus}",
        "Difference (interval)",
    ]
    return (
        Table(
            "People in need who are not in care, by neighbourhood (mean of the weeks)", heads, rows
        )
        if rows
        else None
    )


def draw_need(case: ReportContext) -> Figure | None:
    """Draw people in need and not in care by neighbourhood; None where groups are missing."""
    declared = case.declared.get("neighbourhoods") or {}
    places = [
        Place(
            group,
            float(residents[:, 0].mean()),
            float((declared.get(group) or {}).get("deprivation", "nan")),
            float(need[:, 0].mean()),
            float(unmet[:, 0].mean()),
            float(unmet[:, case.place].mean()),
        )
        for group, residents, need, unmet in _read_unmet(case)
        # Where nobody lives at first, nothing can be said for each of its residents.
        if residents.any()
    ]
    # More circles than that leave no room for their names.
    return draw_neighbourhoods(places, case.focus, case.reference) if 0 < len(places) <= 8 else None


def tabulate_money(case: ReportContext) -> Table | None:
    """Make a table of spending by payer, category and year."""
    sums = sum_money(case.pairs)
    sums = sums[sums["scenario"].isin((case.focus, case.reference))]
    if sums.empty:
        return None
    years = sorted(sums["year"].unique())
    wide = sums.pivot_table(
        index=["payer", "category"],
        columns=["scenario", "year"],
        values="mean_cost",
        fill_value=0.0,
    )
    # A scenario may spend nothing in a year, and its column must stand all the same.
    wide = wide.reindex(
        columns=pd.MultiIndex.from_product([[case.reference, case.focus], years]), fill_value=0.0
    )
    rows = [
        [f"{payer}: {category}", *(write_plain(float(value), 3) for value in row)]
        for (payer, category), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    called = [f"{name}, {case.years[year].lower()}" for name, year in wide.columns]
    heads = ["Payer: what for", *called]
    return Table(
        f"Spending by payer, category and year, {case.currency}, not discounted, means of the"
        " replicates",
        heads,
        rows,
    )


def tabulate_cash(case: ReportContext) -> Table:
    """Make a table of cash and runway of all funds."""
    cash = describe_cash(case.pairs)
    rows = []
    for name in case.pairs.names:
        row = cash.loc[name]
        numbers = [write_plain(float(row[key]), 3) for key in ("cash_end", "lowest_cash")]
        numbers.append(_say_runway(float(row["runway_end"]), capped=row["share_capped"] > 0))
        overdrawn = float(row["share_overdrawn"])
        said = say_share(
            overdrawn if overdrawn >= 0 else None,
            0.0 if overdrawn >= 0 else np.nan,
            # Of those whose weeks were kept.
            int(case.pairs.whole.sum()),
        )
        rows.append([name, *numbers, said])
    heads = [
        "Scenario",
        f"Cash at the end, {case.currency}",
        f"Lowest cash, {case.currency}",
        f"Runway at the end (weeks, {LONGEST_RUNWAY:.0f} at most)",
        "Replicates overdrawn",
    ]
    return Table("Cash and runway of all funds", heads, rows)


def _say_runway(weeks: float, *, capped: bool) -> str:
    """Write a mean runway, which is at least so long where any was cut off."""
    return f"{write_plain(weeks, 3)} or more" if capped else write_plain(weeks, 3)


def say_returns(case: ReportContext) -> str:
    """Write what comes back of what is invested, and when it breaks even."""
    found = case.returns
    if found.invested.mean < 0:
        less = case.say_money(-found.invested.mean)
        return (
            f"What is new or changed costs {less} less in all than what it replaces, so there is no"
            " investment to recover."
        )
    if not found.invested.mean:
        return "No service was added or enlarged, so there is no investment to recover."
    when = (
        f"does not break even within {case.horizon}"
        if found.break_even_week is None
        else f"breaks even in week {found.break_even_week}"
    )
    if not found.weeks_known:
        when = "breaks even in a week that is not known, as weeks were not kept, or not at all"
    way = "lower" if found.saved.mean >= 0 else "higher"
    saved = (
        f"spending elsewhere is {case.say_money(abs(found.saved.mean))} {way},"
        f" {say_number(100 * abs(found.ratio))}% of that"
    )
    return (
        f"{case.say_money(found.invested.mean)} goes into new or changed services; {saved}."
        " Spending is booked by kind of service, so others of the same kind count too."
        f" {_say_other_changes(case)}On average this {when}; it does so by the end in"
        f" {say_share(found.share_breaking_even, 0.0, case.comparison.replicates)} replicates. Not"
        " discounted; health is not counted here."
    )


def _say_other_changes(case: ReportContext) -> str:
    ours, theirs = (case.stored.declared[name] for name in (case.focus, case.reference))
    other = [key for key in ("shocks", "funds") if (ours.get(key) or {}) != (theirs.get(key) or {})]
    if "shocks" not in other:
        return ""
    return (
        f"This scenario also changes {' and '.join(other)}, so not all that is spent less elsewhere"
        " is the services’ doing: compare with a scenario that has the same changes without the"
        " services (--against). "
    )


def tabulate_decisions(case: ReportContext) -> Table | None:
    """Make a table of what was decided, why and how often; None where nothing was."""
    frame = case.stored.rows("decisions")
    frame = frame[frame["name"].isin(case.pairs.names)] if len(frame) else frame
    if frame.empty:
        return None
    replicates = len(case.pairs.replicates)
    rows = []
    for keys, part in frame.groupby(["name", "subject", "action"], sort=False, dropna=False):
        share = part[["seed", "draw"]].drop_duplicates().shape[0] / replicates
        # The week that is told is that of the first, and so is the reason.
        first = part.sort_values("week", kind="stable").drop_duplicates(["seed", "draw"])
        # Reasons name what was seen, which differs between replicates: the most common one stands
        # for all.
        reason = str(first["reason"].mode(dropna=False).iloc[0]).replace(
            "seen as nan", "could not be measured"
        )
        rows.append(
            [
                *(str(key) for key in keys),
                reason,
                say_number(float(first["week"].mean())),
                say_share(share, 0.0, case.comparison.replicates),
            ]
        )
    # Decisions to do nothing tell least: they come last, where the list is cut off.
    rows = sorted(rows, key=lambda row: (row[2] == "nothing", row[0], row[1]))[:60]
    heads = [
        "Scenario",
        "About",
        "Decision",
        "Most common reason then",
        "First week (mean)",
        "Replicates",
    ]
    return Table("Decisions taken, and why", heads, rows)
