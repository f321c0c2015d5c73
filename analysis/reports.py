"""Writes pages: one self-contained file for a funder, a planner, a researcher, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.brief import fill_brief
from analysis.case import open_case
from analysis.frames import locate
from analysis.planning import fill_planner
from analysis.research import fill_research
from sim.store import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.case import Case

Audience = Literal["funder", "planner", "researcher"]
AUDIENCES: tuple[Audience, ...] = ("funder", "planner", "researcher")


def build_report(case: Case, audience: Audience | None = None) -> str:
    """Build the page for one audience, or for all of them, as HTML."""
    environment = Environment(
        loader=PackageLoader("analysis"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    wanted = AUDIENCES if audience is None else (audience,)
    parts: dict[str, Any] = {"brief": None, "planner": None, "research": None}
    if "funder" in wanted:
        parts["brief"] = fill_brief(case)
    if "planner" in wanted:
        parts["planner"] = fill_planner(case)
    if "researcher" in wanted:
        # The planner's pages have the budget already.
        parts["research"] = fill_research(case) | ({"budget": None} if parts["planner"] else {})
    shared = fill_brief(case) if parts["brief"] is None else parts["brief"]
    return environment.get_template("page.html").render(
        **parts,
        title=case.title(case.focus),
        origin=shared["origin"],
        notes=case.comparison.notes,
        question=shared["question"],
        answer=shared["answer"],
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
    """Write the report of a result and return its path: `report.html`, or `report-funder.html` and so on, beside the database."""
    case = open_case(source, against, focus, allow_missing=allow_missing)
    name = "report.html" if audience is None else f"report-{audience}.html"
    target = into or locate(source).parent / name
    write_whole(target, build_report(case, audience))
    return target
