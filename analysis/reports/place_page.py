"""The page of a real place: who lives there, what there is, who needs what, how the model stands to
its own figures, and what is borrowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.figures.places.district_map import draw_map
from analysis.figures.places.pyramid import Band, draw_pyramid
from analysis.reports.pages import open_templates
from analysis.text.tables import Table
from analysis.text.wording import say_money, write_plain
from sim.places.description import list_questions
from sim.places.week_0 import QUARTER, WHAT, say_standing
from sim.services.yearly_cost import price_services
from sim.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.figures.figure import Figure
    from sim.places.description import PlaceDescription
    from sim.places.week_0 import Standing
    from sim.studies.needs_assessment import Assessment

FEMALE_FIRST = ("female", "male")
RUNS = ("before", "after")
"""Keys of what the model gave before and after the fit."""


def write_place(
    described: PlaceDescription,
    needs: Assessment | None,
    target: Path,
    standing: Sequence[Standing] = (),
) -> Path:
    """Write the page of a place and return its path; without `needs` that section says how to get
    them.
    """
    page = open_templates().get_template("place.html")
    write_whole(target, page.render(**fill_place(described, needs, standing)))
    return target


def fill_place(
    described: PlaceDescription, needs: Assessment | None = None, standing: Sequence[Standing] = ()
) -> dict[str, Any]:
    """Fill the page. standing: services at week 0 as stated and as they begin."""
    return {
        "title": described.home.place.title,
        "answer": say_place(described),
        "map": _draw_map(described),
        "pyramid": _draw_pyramid(described),
        "districts": _tabulate_districts(described),
        "agreement": _tabulate_agreement(described),
        "supply": _tabulate_supply(described),
        "standing": _tabulate_standing(standing),
        "not_reproduced": say_standing(standing),
        "needs": _tabulate_needs(needs),
        "figures": tabulate_figures(described),
        "held_out": say_held_out(described),
        "levers": list_levers(described),
        "borrowed": described.built["borrowed"],
        "idle": described.idle,
        "questions": list_questions(described),
        "name": described.home.name,
    }


def say_place(described: PlaceDescription) -> str:
    """Who is simulated, and how many local figures the model meets, in two sentences."""
    place, built = described.home.place, described.built
    share = f", {write_plain(100 * place.scale, 3)}% of all" if place.scale < 1 else ""
    count = f"{built['residents']:,} people of 12 and over"
    who = f"{count} in {len(built['districts'])} districts{share}."
    figures = [one for one in described.figures["figures"] if one["after"] is not None]
    if not figures:
        return f"{who} The model has not been held against figures of the place."
    inside = sum(bool(one["inside"]) for one in figures)
    fitted = sum(bool(one["fit"]) for one in figures)
    return (
        f"{who} Of {len(figures)} local figures the model meets {inside}; {fitted} of them it was"
        f" fitted to, {len(figures) - fitted} it predicts."
    )


def _draw_map(described: PlaceDescription) -> Figure | None:
    values = {
        one["name"]: one["deprivation"]
        for one in described.built["districts"]
        if one["deprivation"] is not None
    }
    shapes = described.boundaries
    return draw_map(shapes, values, "Deprivation (rank)") if shapes and values else None


def _draw_pyramid(described: PlaceDescription) -> Figure:
    town, published = described.town, described.published
    total = sum(published.values()) or float("nan")
    bands = []
    for band in town.population.ages:
        women = men = 0.0
        for hood in town.neighbourhoods.values():
            # Districts without ages of their own have those of the town.
            people = hood.share * (hood.ages or town.population.ages).get(band, 0.0)
            female = hood.female.get(band, 0.5) if hood.female else town.population.female
            women, men = women + people * female, men + people * (1.0 - female)
        stated = [published.get((band, sex), float("nan")) / total for sex in FEMALE_FIRST]
        bands.append(Band(band, women, men, *stated))
    return draw_pyramid(bands, "People by age and sex, as built; lines: as published.")


def _tabulate_districts(described: PlaceDescription) -> Table:
    rows = [
        [
            one["title"],
            f"{one['residents']:,}",
            "not known" if one["deprivation"] is None else f"{one['deprivation']:.2f}",
        ]
        for one in described.built["districts"]
    ]
    source = described.built["deprivation"] or "no index given"
    return Table(
        f"Districts; deprivation from 0 (least) to 1 (most), by {source}",
        ["District", "People of 12 and over", "Deprivation"],
        rows,
    )


def _tabulate_agreement(described: PlaceDescription) -> Table:
    rows = [
        [
            one["table"],
            "fitted" if one["fitted"] else "compared",
            str(one["cells"]),
            f"{one['largest']:.2%}",
            "not published" if one["within"] is None else f"{one['within']:.0%}",
        ]
        for one in described.built["tables"]
        if one["largest"] is not None
    ]
    return Table(
        "How well people agree with the tables",
        ["Table", "Used", "Numbers", "Largest relative error", "Within published bounds"],
        rows,
    )


def _tabulate_supply(described: PlaceDescription) -> Table:
    town, stated = described.town, described.home.place.supply
    costs = price_services(town)
    rows = []
    for name, service in town.services.items():
        posts = ", ".join(f"{count:g} {role}" for role, count in service.staff.items())
        beds = getattr(service, "beds", None)
        cost = costs[name].amount if name in costs else None
        rows.append(
            [
                name,
                service.kind.replace("_", " "),
                posts or (f"{beds} beds" if beds else "no posts of its own"),
                write_plain(service.caseload) if service.caseload else "",
                say_money(cost, town.currency) if cost else "paid by use",
                stated[name].source or "place.yaml" if name in stated else "borrowed, by people",
            ]
        )
    heads = ["Service", "Kind", "Posts or beds", "Places a post", "Cost a year", "From"]
    return Table("What there is, at the scale simulated", heads, rows)


def _tabulate_standing(standing: Sequence[Standing]) -> Table | None:
    rows = [
        [
            one.service,
            WHAT.get(one.what, one.what),
            *(write_plain(value) for value in (one.stated, one.alone, one.begun, one.later)),
            "begun as stated" if one.is_met else "NOT REPRODUCED",
            "" if not one.is_met else "kept" if one.is_kept else "not kept",
        ]
        for one in standing
    ]
    heads = ["Service", "", "Stated", "Burn-in alone", "Week 0", f"Week {QUARTER}", "", ""]
    caption = "Services at week 0, means of simulated towns, at the scale simulated"
    return Table(caption, heads, rows) if rows else None


def _tabulate_needs(needs: Assessment | None) -> Table | None:
    if needs is None:
        return None
    rows = [
        [
            gap.group if gap.dimension == "town" else f"{gap.dimension}: {gap.group}",
            *(f"{value:,.0f}" for value in (gap.people, gap.in_need, gap.in_care, gap.unmet)),
        ]
        for gap in needs.gaps
    ]
    heads = ["Group", "People", "In need", "In need and in care", "Without care"]
    return Table("Needs at week 0, before any programme, means of simulated towns", heads, rows)


def tabulate_figures(described: PlaceDescription) -> Table | None:
    """Every local figure beside the model; None without any."""
    figures = described.figures["figures"]
    rows = [
        [
            one["title"],
            write_plain(one["published"]),
            _say_range(one),
            *("not run" if one[key] is None else write_plain(one[key]) for key in RUNS),
            "not run" if one["after"] is None else "inside" if one["inside"] else "OUTSIDE",
            "fitted" if one["fit"] else "predicted",
            f"{one['mode']}; {one['source']}",
        ]
        for one in figures
    ]
    heads = ["Figure", "Published", "In the model's terms", "Before", "After", "", "Use", "Source"]
    return Table("Local figures against the model", heads, rows) if rows else None


def _say_range(one: dict[str, Any]) -> str:
    aim, low, high = (write_plain(one[key], 3) for key in ("aim", "aim_low", "aim_high"))
    return f"{aim} ({low} to {high})"


def say_held_out(described: PlaceDescription) -> str:
    """How many figures that were not fitted are met; empty where all were."""
    held = described.figures["held_out"]
    if not held or not held.get("figures"):
        return ""
    return (
        f"Of {held['figures']} figures that were not given to the fit, {held['inside']} lie within"
        " their tolerance."
    )


def list_levers(described: PlaceDescription) -> list[str]:
    """Levels of the town that are not the evidence's, each with who says so."""
    place, fitted = described.home.place, described.figures["levers"]
    stated = place.town.get("parameters") or {}
    return [
        f"{name} {value:.4g}"
        f" ({'fitted' if name in fitted else 'place' if name in stated else place.profile})"
        for name, value in described.town.parameters.items()
    ]
