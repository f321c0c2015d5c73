"""The synthetic population as files: people by cell, households by size, and how well tables are
met.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from sim.places.population.grid import FEMALE_FIRST, GRID_BANDS
from sim.places.tables.ages import OPEN_END, spell_age
from sim.society.quotas import apportion
from sim.units import end_at_word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.places.population.agreement import Agreement
    from sim.places.population.districts import District
    from sim.places.population.grid import Grid


def spell_band(band: int) -> str:
    """A band as scenarios spell it."""
    low, high = GRID_BANDS[band]
    return spell_age(low, None if high == OPEN_END else high)


def write_people(file: Path, districts: Sequence[District], grid: Grid) -> int:
    """Write people of 12 and over, a line for each kind that there is.

    Returns the number of lines.
    """
    names = list(grid.dimensions)
    categories = list(grid.dimensions.values())
    lines = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("district", "code", "age", "sex", *names, "people"))
        for district in districts:
            for where in np.argwhere(district.people):
                band, sex, *levels = (int(k) for k in where)
                words = (categories[k][level] for k, level in enumerate(levels))
                writer.writerow(
                    (
                        district.name,
                        "+".join(district.codes),
                        spell_band(band),
                        FEMALE_FIRST[sex],
                        *words,
                        int(district.people[tuple(where)]),
                    )
                )
                lines += 1
    return lines


def write_households(file: Path, districts: Sequence[District], scale: float) -> None:
    """Write households by district and size, whole ones, scaled like people."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("district", "code", "size", "households"))
        for district in districts:
            if not district.homes:
                continue
            homes = list(district.homes.values())
            # Whole homes that add up: each rounded alone would change the number of homes.
            counts = apportion(homes, round(sum(homes) * scale))
            for size, count in zip(district.homes, counts, strict=True):
                writer.writerow((district.name, "+".join(district.codes), size, int(count)))


def table_agreements(agreements: Sequence[Agreement]) -> list[str]:
    """A line of text for each table: how far people are from it at most, and where."""
    lines = [f"{'table':64} {'cells':>6} {'largest':>9} {'whole':>8} {'within bounds':>14}"]
    for one in agreements:
        within = "" if np.isnan(one.within) else f"{one.within:.0%}"
        lines.append(
            f"{end_at_word(one.table, 64):64} {one.cells:>6} {one.largest:>9.2%}"
            f" {one.largest_whole:>8.2%} {within:>14}"
        )
        if one.largest > 0.01:
            lines.append(f"    {one.worst}: published {one.published:,.6g}, built {one.built:,.6g}")
    return lines
