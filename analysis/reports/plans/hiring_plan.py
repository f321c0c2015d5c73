"""The hiring plan of a programme, quarter by quarter, and what its services do meanwhile: posts,
people, places, waits and who gives up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analysis.runs.quarters import follow_care, plan_hiring
from analysis.text.tables import Table
from analysis.text.wording import write_plain
from sim.evidence.loader import values
from sim.units import parse_length, parse_week, say_weeks

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reports.context import ReportContext

VACANCY_WEEKS = "workforce.vacancy_weeks"
"""Weeks that a vacant post of any service stands empty, unless the service says otherwise."""
MOST_SERVICES = 6
"""Services that the page has room for; the workbook has all of them."""
PLAN_MEANS = "means of the replicates, of the week from which posts stood empty the median"
NOTICED = 0.05
"""Full-time equivalents by which the people in post must differ for a service to be on the page."""
STAFFED_SHARE = 0.9
"""Share of the posts wanted from which a role counts as filled."""
RECRUITING = (
    "Service: role",
    "Recruiting starts",
    "Opens",
    "A post takes (mean)",
    "Posts at most, at quarters' ends",
    "FTE at most",
    "Hired in all",
    "Left in all",
    f"{STAFFED_SHARE:.0%} of posts filled by",
)
HIRING = (
    "Quarter (last week)",
    "Role",
    "Posts wanted",
    "FTE wanted",
    "In post",
    "FTE in post",
    "Hired",
    "Left",
    "In training",
    "Recruiting from week",
)
CARE_HEADINGS = (
    "Quarter (last week)",
    "Places",
    "Enrolled",
    "Waiting",
    "Median wait (weeks)",
    "Got a place",
    "Gave up waiting",
    "Sessions",
)


def fill_hiring(case: ReportContext) -> dict[str, Any]:
    """Fill the section: a summary by service and role, then a table of posts and one of places for
    each service that the scenario adds, changes or staffs otherwise; empty tables where posts were
    not recorded.
    """
    posts, care = plan_hiring(case.pairs), follow_care(case.pairs)
    services = choose_services(case, posts)
    ours = posts[posts["scenario"] == case.focus]
    mine = care[care["scenario"] == case.focus]
    return {
        "recorded": len(posts) > 0,
        "summary": tabulate_recruiting(case, ours, services),
        "services": [
            {
                "name": service,
                "posts": _tabulate_posts(service, ours[ours["service"] == service]),
                "care": _tabulate_care(service, mine[mine["service"] == service]),
            }
            for service in services[:MOST_SERVICES]
        ],
        "others": max(len(services) - MOST_SERVICES, 0),
    }


def choose_services(case: ReportContext, posts: pd.DataFrame) -> list[str]:
    """Services with posts that the focus declares otherwise than the reference, or in which another
    number of people works, in the order of the scenario.
    """
    ours, theirs = (
        case.stored.later[name].get("services") or {} for name in (case.focus, case.reference)
    )
    by = ["service", "role", "quarter"]
    # A quarter without a row is one without posts.
    filled = posts.pivot_table(
        index=by, columns="scenario", values="filled_fte", fill_value=0.0, observed=True
    )
    moved: set[str] = set()
    if {case.focus, case.reference} <= set(filled.columns):
        gap = (filled[case.focus] - filled[case.reference]).abs()
        moved = set(gap[gap > NOTICED].index.get_level_values("service"))
    staffed = set(posts.loc[posts["scenario"] == case.focus, "service"])
    return [
        name
        for name in ours
        if name in staffed and (name in moved or ours[name] != theirs.get(name))
    ]


def _say_full(part: pd.DataFrame, full: pd.DataFrame, over: str = "the horizon") -> str:
    """When most posts were filled first; nothing can be where none is wanted at a quarter's end.
    over: the time that is looked at.
    """
    if not part["posts"].max() > 0:
        return "no posts at a quarter's end"
    return f"week {int(full['week'].iloc[0])}" if len(full) else f"not within {over}"


def tabulate_recruiting(
    case: ReportContext, posts: pd.DataFrame, services: list[str]
) -> Table | None:
    """Make a table by service and role: when it opens and recruiting starts, how long that takes,
    posts at most in heads and full-time equivalents, everybody hired and left, when it is full.
    """
    declared = case.stored.later[case.focus].get("services") or {}
    window = case.stored.window
    evidence = values(case.declared.get("parameters") or {})[VACANCY_WEEKS]
    rows = []
    for (service, role), part in posts.groupby(["service", "role"], sort=False):
        if service not in services:
            continue
        # By the most posts ever wanted: a service may open step by step.
        full = part[(part["posts"] > 0) & (part["filled"] >= STAFFED_SHARE * part["posts"].max())]
        told = declared.get(service) or {}
        since = case.pairs.first_week
        dates = _find_dates(told, part["recruiting_from"].min(), evidence, since)
        amounts = (part["posts"].max(), part["posts_fte"].max())
        people = (part["hired"].sum(), part["left"].sum())
        rows.append(
            [
                f"{service}: {role}",
                *dates,
                *(say_posts(float(value)) for value in (*amounts, *people)),
                _say_full(part, full, "the horizon" if window is None else case.horizon),
            ]
        )
    caption = "When recruiting starts, how long it takes and when posts are filled, means of the"
    over = "" if window is None else f", over {case.horizon}"
    return Table(f"{caption} replicates{over}", RECRUITING, rows) if rows else None


def _find_dates(
    service: dict[str, Any], first: float, evidence: float, since: int
) -> tuple[str, str, str]:
    """When recruiting starts (`first`, the first week with an empty post, where the service was not
    there before week 0), when the service opens, and how long a post takes (weeks by the evidence,
    where it does not say itself), in words. since: the first week that is looked at.
    """
    takes = service.get("recruiting_takes")
    lasts = say_weeks(parse_length(takes)) if takes else f"{evidence:.0f} weeks (evidence)"
    if service.get("from") is None:
        return "before week 0", "before week 0", lasts
    opens = parse_week(service["from"])
    starts = "no post stood empty" if math.isnan(first) else f"week {first:.0f}"
    # Of weeks that begin later nobody knows when it was first looked for staff.
    starts = f"before week {since}" if opens < since else starts
    return starts, f"week {opens}", lasts


def _tabulate_posts(service: str, posts: pd.DataFrame) -> Table | None:
    rows = [
        [
            f"{row.quarter} ({int(row.week)})",
            str(row.role),
            *(
                say_posts(float(value))
                for value in (row.posts, row.posts_fte, row.filled, row.filled_fte)
            ),
            *(say_posts(float(value)) for value in (row.hired, row.left, row.in_training)),
            "all filled" if math.isnan(row.recruiting_from) else f"{row.recruiting_from:.0f}",
        ]
        for row in posts.sort_values(["quarter", "role"]).itertuples(index=False)
    ]
    return Table(f"Hiring plan of {service}, {PLAN_MEANS}", HIRING, rows) if rows else None


def _tabulate_care(service: str, care: pd.DataFrame) -> Table | None:
    rows = [
        [
            f"{row.quarter} ({int(row.week)})",
            *(say_posts(float(value)) for value in (row.places, row.enrolled, row.waiting)),
            _say_wait(float(row.wait), float(row.started)),
            *(_say_count(value) for value in (row.started, row.gave_up)),
            say_posts(float(row.sessions)),
        ]
        for row in care.itertuples(index=False)
        # A quarter in which a service closed has none of the first three at its end.
        if max(row.places, row.enrolled, row.waiting, row.started, row.gave_up, row.sessions) > 0
    ]
    return (
        Table(f"Places, waits and who gives up, {service}", CARE_HEADINGS, rows) if rows else None
    )


def _say_wait(weeks: float, started: float) -> str:
    """Write the median wait of a quarter; people met in a crisis start without one."""
    if not math.isnan(weeks):
        return say_posts(weeks)
    return "nobody waited" if started > 0 else "nobody started"


def _say_count(value: float) -> str:
    return "not recorded" if math.isnan(value) else say_posts(float(value))


def say_posts(value: float) -> str:
    """Write a mean number of posts or people: three figures, and no more than two decimals."""
    if abs(value) >= 1 or not value:
        return write_plain(value, 3)
    return f"{value:.2f}" if round(value, 2) else "under 0.01"
