"""The place whose town a report is about: what is local and what is borrowed, and how the model
stands to the place's own figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

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
NAMED = 3
"""Borrowed numbers that are named, of those that can be told to matter."""


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
        "weight": say_weight(case, described),
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


def say_weight(case: ReportContext, described: PlaceDescription) -> str:
    """How much of what the answer hangs on is the place's own, by sensitivity: of the squared rank
    correlations of influential numbers with the net benefit gained, the part of those that were
    fitted to local figures or stated by the place.
    """
    if not case.drawn or case.worth is None:
        return (
            "How much of what the answer hangs on is borrowed is said where numbers are varied"
            " (--uncertainty posterior) and a QALY has a stated worth."
        )
    if case.influential.empty:
        return "Of the numbers that were varied none can be told to matter for the answer."
    worth = case.evaluation.net_benefit(case.worth)
    gain = pd.Series(worth[:, case.place] - worth[:, 0], case.influential.index)
    # Ranks, as in the choice of influential numbers: one extreme draw must not decide.
    parts = case.influential.rank().corrwith(gain.rank()).fillna(0.0) ** 2
    parts = (parts / max(parts.sum(), 1e-12)).sort_values(ascending=False)
    own = parts[[name for name in parts.index if name in list_own_levels(described)]]
    rest = parts.drop(own.index)
    named = ", ".join(map(str, rest.index[:NAMED]))
    if own.empty:
        which = f"None of the {len(parts)} numbers" if len(parts) > 1 else "The one number"
        verb = "is" if len(parts) > 1 else "is not"
        return f"{which} that can be told to matter {verb} local: {named}."
    said = (
        f"Of {len(parts)} numbers that can be told to matter {len(own)}"
        f" {'is' if len(own) == 1 else 'are'} local, with {own.sum():.0%} of what they explain"
        " (squared rank correlations with the net benefit)"
    )
    return f"{said}; borrowed: {named}." if named else f"{said}."


def list_own_levels(described: PlaceDescription) -> set[str]:
    """Numbers of the evidence that were fitted to local figures or that the place states."""
    return {*described.figures["levers"], *(described.home.place.town.get("parameters") or {})}


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
    return [f"What is not local to {title}: {held if figures else 'no figure is held'}{supply}."]
