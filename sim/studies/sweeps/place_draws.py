"""The posterior of a place: draws that `kinwell place fit` left beside the town that scenarios
extend.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InvalidInput
from sim.evidence.levels import separate
from sim.evidence.posterior import POSTERIOR_TABLE, read_posterior
from sim.scenario.files.inheritance import PLACE, TOWN
from sim.scenario.library import load, read

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_place_draws(scenarios: Iterable[str]) -> list[dict[str, float]]:
    """Draws of the place whose town scenarios (names or paths) extend, none where it has none.

    The rows hold values of the place; its town states levels, which a run moves by what a draw
    says (`sim.evidence.levels`), so that what is given here makes the rows again. InvalidInput
    where scenarios are of several places.
    """
    folders = {folder for name in scenarios for folder in _find_places(name)}
    if len(folders) > 1:
        named = ", ".join(sorted(folder.name for folder in folders))
        raise InvalidInput(
            f"scenarios are of several places ({named}), each with a posterior of its own:"
            " run them one by one"
        )
    for folder in folders:
        stated = load(folder / TOWN).parameters
        return [separate(stated, row) for row in read_posterior(folder / POSTERIOR_TABLE.name)]
    return []


def _find_places(name: str) -> set[Path]:
    """Folders of fitted places in the family of a scenario."""
    folders = {Path(file).resolve().parent for file in read(name).document.lines}
    return {
        folder
        for folder in folders
        if (folder / PLACE).is_file() and (folder / POSTERIOR_TABLE.name).is_file()
    }
