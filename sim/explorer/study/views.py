"""What the page shows of results: the figures, tables and sentences of the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.figures.care_pathway import draw_flow
from analysis.figures.comparison import draw_fan, draw_groups
from analysis.figures.economics import draw_budget
from analysis.reports import funder, planner
from analysis.reports.care_by_week import find_flow, tabulate_places, tabulate_queue
from analysis.reports.context import HEADLINE, ReportContext
from analysis.reports.pages import open_templates
from analysis.reports.plans.later import fill_later
from analysis.reports.programmes import tabulate_programmes, tabulate_spending, tabulate_worth
from analysis.reports.supply.short_supply import list_short_supply
from analysis.reports.writer import write_report
from analysis.runs.comparison import compare
from sim.errors import KinwellError
from sim.explorer.study.messages import Answer, Page, Report
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.explorer.study.room import Room

FAN = (
    "expected_admissions",
    "expected_emergency_visits",
    "phq_mean",
    "treated",
    "waiting",
    "wait_median",
    "lonely",
    "cost",
)
"""Outcomes whose course over the weeks can be looked at."""
GROUPED_OUTCOMES = ("expected_admissions", "phq_mean", "treated", "lonely")


def answer(asked: Page | Report, room: Room) -> Answer:
    """Draw what is asked for, from what is stored by now; what goes wrong is reported in words."""
    try:
        if isinstance(asked, Report):
            return _report(asked, room)
        case = _open(room, asked.focus)
        return Answer(VIEW_FILLERS[asked.view](case, asked.chosen), funder.answer(case))
    except KinwellError as error:
        return Answer("", problem=str(error))
    except Exception as error:
        return Answer(
            "", problem=f"this cannot be drawn: {type(error).__name__}: {str(error)[:200]}"
        )


_kept: dict[tuple[int, str], ReportContext] = {}


def _open(room: Room, focus: str) -> ReportContext:
    shown, version = room.shown, room.news.version
    if shown is None or not shown.seeds:
        raise KinwellError("there are no results yet")
    if focus not in shown.names[1:]:
        listed = ", ".join(shown.names[1:])
        raise KinwellError(f"this programme was not run yet; what is stored is about {listed}")
    if (version, focus) not in _kept:
        # Comparing is the slow part, and the same for every programme of the same results.
        same = [case for (number, _), case in _kept.items() if number == version]
        comparison = (
            # Runs of a study that goes on are not all there.
            same[0].comparison if same else compare(shown, shown.names[0], allow_missing=True)
        )
        if not same:
            _kept.clear()
        _kept[version, focus] = ReportContext(comparison, focus)
    return _kept[version, focus]


def _report(asked: Report, room: Room) -> Answer:
    shown = room.shown
    if shown is None or not shown.seeds:
        raise KinwellError("there are no results yet")
    focus = asked.focus if asked.focus in shown.names[1:] else shown.names[1]
    audience: Any = asked.audience or None
    path = write_report(shown, audience, shown.names[0], focus, allow_missing=True)
    return Answer(path.name, sentence=str(path))


def _render(name: str, case: ReportContext, **parts: Any) -> str:
    return (
        open_templates("sim.explorer")
        .get_template(f"results/{name}.html")
        .render(case=case, **parts)
    )


def _headline(case: ReportContext, _: str) -> str:
    return _render("headline", case, page=funder.fill_brief(case))


def _weeks(case: ReportContext, chosen: str) -> str:
    key = chosen if chosen in FAN else FAN[0]
    figure = draw_fan(case.comparison, case.focus, key, case.weeks)
    return _render("weeks", case, figure=figure, chosen=key, choices=_name(FAN))


def _name(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(key, BY_KEY[key].title) for key in keys]


def _programmes(case: ReportContext, _: str) -> str:
    tables = [tabulate_programmes(case), tabulate_spending(case), tabulate_worth(case)]
    return _render("programmes", case, tables=tables, short=list_short_supply(case.comparison))


def _neighbourhoods(case: ReportContext, _: str) -> str:
    return _render(
        "neighbourhoods", case, figure=planner.draw_need(case), table=planner.tabulate_unmet(case)
    )


def _care(case: ReportContext, chosen: str) -> str:
    # `isdigit` would also take superscripts, which `int` refuses.
    whole = chosen.isdecimal() and len(chosen) < 6
    week = min(max(int(chosen), 1), case.weeks) if whole else case.weeks
    flows = [find_flow(case, name, week) for name in (case.reference, case.focus)]
    return _render(
        "care",
        case,
        figure=draw_flow(flows),
        week=week,
        queue=tabulate_queue(case, week),
        places=tabulate_places(case, week),
    )


def _money(case: ReportContext, _: str) -> str:
    figure = (
        draw_budget(case.impact, case.focus, case.reference, case.currency, case.years)
        if len(case.impact)
        else None
    )
    return _render(
        "money",
        case,
        figure=figure,
        table=planner.tabulate_money(case),
        cash=planner.tabulate_cash(case),
        returns=planner.say_returns(case),
    )


def _decisions(case: ReportContext, _: str) -> str:
    return _render("decisions", case, table=planner.tabulate_decisions(case))


def _gains(case: ReportContext, chosen: str) -> str:
    key = chosen if chosen in GROUPED_OUTCOMES else HEADLINE
    groups = case.comparison.subgroups
    part = (
        groups[(groups["scenario"] == case.focus) & (groups["outcome"] == key)]
        if not groups.empty
        else groups
    )
    figure = draw_groups(part, key, case.focus, case.reference) if len(part) else None
    return _render(
        "gains",
        case,
        figure=figure,
        lines=funder.list_gains(case, key),
        chosen=key,
        choices=_name(GROUPED_OUTCOMES),
    )


def _later(case: ReportContext, _: str) -> str:
    return _render("later", case, trees=fill_later(case))


VIEW_FILLERS: dict[str, Callable[[ReportContext, str], str]] = {
    "headline": _headline,
    "programmes": _programmes,
    "weeks": _weeks,
    "neighbourhoods": _neighbourhoods,
    "care": _care,
    "money": _money,
    "decisions": _decisions,
    "gains": _gains,
    "later": _later,
}
