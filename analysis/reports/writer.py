"""Writes pages: one self-contained file for a funder, a planner, a researcher, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from analysis.reports.context import open_context
from analysis.reports.decision import fill_decision
from analysis.reports.funder import fill_brief
from analysis.reports.pages import open_templates
from analysis.reports.planner import fill_planner
from analysis.reports.researcher import fill_research
from analysis.reports.sections.place import fill_place_section
from analysis.reports.sections.provenance import describe_runs
from analysis.reports.sections.sweep import fill_sweeps, say_findings
from analysis.runs.database import locate, open_runs
from analysis.sensitivity.sweeps import read_sweeps
from sim.errors import Refused
from sim.store.files import PAGE, check_output, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.reports.context import ReportContext
    from analysis.runs.database import Stored
    from analysis.sensitivity.sweeps import Sweep

Audience = Literal["funder", "planner", "researcher"]
WRITTEN_FOR: tuple[Audience, ...] = ("funder", "planner", "researcher")
MOST_SCENARIOS = 12
"""A folder with a sweep and more scenarios than this is about the sweep."""


def build_report(
    case: ReportContext, audience: Audience | None = None, *, decide: bool = False
) -> str:
    """Build the page for one audience, or for all of them, as HTML.

    decide: whether it opens with all programmes side by side, where there are several.
    """
    environment = open_templates()
    wanted = WRITTEN_FOR if audience is None else (audience,)
    parts: dict[str, Any] = {"brief": None, "planner": None, "research": None, "explored": None}
    parts["place"] = fill_place_section(case)
    if "funder" in wanted:
        parts["brief"] = fill_brief(case)
    decision = fill_decision(case) if decide else None
    if "planner" in wanted:
        # Several programmes have their years at the opening already.
        parts["planner"] = fill_planner(case) | ({"years": None} if decision else {})
    if "researcher" in wanted:
        # The planner's pages have the budget already.
        parts["research"] = fill_research(case) | ({"budget": None} if parts["planner"] else {})
    shared = fill_brief(case) if parts["brief"] is None else parts["brief"]
    return environment.get_template("page.html").render(
        **parts,
        decision=decision,
        title=case.title(case.focus),
        origin=shared["origin"],
        notes=case.comparison.notes,
        question=shared["question"],
        answer=shared["answer"],
        weight=shared["weight"],
        covers=shared["covers"],
    )


def build_exploration(stored: Stored, sweeps: Sequence[Sweep]) -> str:
    """Build the page of a folder that holds sweeps and no scenarios to set side by side, as
    HTML.
    """
    first = sweeps[0]
    unit = (
        "compared with the reference under the same parameter draw"
        if first.paired
        else "taken alone"
    )
    return (
        open_templates()
        .get_template("page.html")
        .render(
            brief=None,
            planner=None,
            research=None,
            explored=True,
            place=None,
            decision=None,
            notes=(),
            title=first.title,
            sweeps=fill_sweeps(sweeps),
            origin=describe_runs(stored),
            question=(
                "What moves the gain, where would the decision flip, and in which replicates does"
                f" it fail, {unit}?"
            ),
            answer=" ".join(say_findings(first)[:2]),
        )
    )


def write_report(
    source: object,
    audience: Audience | None = None,
    against: str | None = None,
    focus: str | None = None,
    into: Path | None = None,
    *,
    allow_missing: bool = False,
) -> Path:
    """Write the report of a result and return its path: `report.html`, or `report-funder.html` and
    so on, beside the database.
    """
    name = "report.html" if audience is None else f"report-{audience}.html"
    target = into or locate(source).parent / name
    # Before seconds or minutes are spent on a page that has no place.
    check_output(target, PAGE)
    stored = open_runs(source)
    sweeps = read_sweeps(stored) if focus is None else []
    if sweeps and len(stored.names) > MOST_SCENARIOS:
        page = build_exploration(stored, sweeps)
    else:
        try:
            case = open_context(source, against, focus, allow_missing=allow_missing)
            page = build_report(case, audience, decide=focus is None)
        # Beside a sweep there may be no two scenarios that can be compared.
        except Refused:
            if not sweeps:
                raise
            page = build_exploration(stored, sweeps)
    write_whole(target, page)
    return target
