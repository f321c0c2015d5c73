"""Hold a place against all that is stated of it: local figures, keys that cannot act, week 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.places.building import locate, read_cells, say_changed
from sim.places.figures.adjusting import check_figures
from sim.places.folder import TOWN
from sim.places.idle_keys import list_idle
from sim.places.week_0 import say_standing, stand_at_week_0
from sim.scenario.library import load

if TYPE_CHECKING:
    from sim.places.folder import Home


def check_place(home: Home) -> dict[str, Any]:
    """Figures beside the last fit, keys of place.yaml that never act, and services at week 0 in
    simulated towns where something is stated of them.
    """
    town = home.file(TOWN)
    standing = stand_at_week_0(load(town)) if town.is_file() else []
    found = check_figures(home)
    found["notes"] = [*say_changed(home), *found["notes"]]
    return found | {
        "idle": find_idle(home),
        "week_0": [one._asdict() | {"met": one.is_met, "kept": one.is_kept} for one in standing],
        "not_reproduced": say_standing(standing),
    }


def find_idle(home: Home) -> list[str]:
    """Keys of place.yaml that never act with the tables of its folder."""
    cells, given = read_cells(home), home.place
    areas = locate(home, cells)
    return list_idle(given, cells, areas)
