"""The place whose town a report is about: what is local and what is borrowed, and how the model
stands to the place's own figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.reports.place_page import list_levers, say_held_out, say_place, tabulate_figures
from sim.places.description import list_questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.reports.context import ReportContext
    from sim.places.description import PlaceDescription
    from sim.scenario.scenario import Scenario

PARTS = ("population", "neighbourhoods")
"""What of the town as it ran must be that of the place."""
SHOWN = 6
"""Questions at most; the place's own page has them all."""


def fill_place_section(case: ReportContext) -> dict[str, Any] | None:
    """The section of every report; None where the town is no place's."""
    found = case.real_place
    if found is None:
        return None
    if found.described is None:
        return {"name": found.name, "missing": found.reason}
    described, place = found.described, found.described.home.place
    return {
        "name": found.name,
        "missing": "",
        "title": place.title,
        "answer": say_place(described),
        "changed": find_changed(case.declared, described.town),
        "figures": tabulate_figures(described),
        "held_out": say_held_out(described),
        "levers": list_levers(described),
        "local": list_local(described),
        "borrowed": described.built["borrowed"],
        "questions": list_questions(described)[:SHOWN],
    }


def find_changed(declared: Mapping[str, Any], town: Scenario) -> list[str]:
    """Parts of the town that ran and are not those of the place as it is built now."""
    now = town.resolved()
    return [part for part in PARTS if declared.get(part) != now.get(part)]


def list_local(described: PlaceDescription) -> list[str]:
    """What is the place's own: tables that people were fitted to, services and money stated."""
    fitted = dict.fromkeys(one["table"] for one in described.built["tables"] if one["fitted"])
    supply, funds = described.home.place.supply, described.home.place.funds
    local = [f"people: {'; '.join(fitted)}"] if fitted else []
    local += [
        f"{name}: {given.source or 'place.yaml, without a source'}"
        for name, given in supply.items()
    ]
    return local + ([f"money: {', '.join(funds)}"] if funds else [])


def say_place_briefly(case: ReportContext) -> list[str]:
    """One sentence for the page of a funder; none where the town is no place's."""
    found = case.real_place
    if found is None or found.described is None:
        return []
    title = found.described.home.place.title
    figures = [one for one in found.described.figures["figures"] if one["after"] is not None]
    met = sum(bool(one["inside"]) for one in figures)
    held = f"the model meets {met} of its {len(figures)} local figures"
    supply = "" if found.described.home.place.supply else "; services are borrowed, not its own"
    return [f"What is not local to {title}: {held if figures else 'no figure is held'}{supply}"]
