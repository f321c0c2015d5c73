"""Other people in a sweep with the services that there were: by what it sets, and by its levers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.scenario.files.kept_services import RESIDENTS, find_kept, is_size, note_kept_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.designs.factors import Page
    from sim.scenario.designs.sample_file import Table
    from sim.scenario.library import Loaded
    from sim.scenario.scenario import Scenario

VARIED = "people alone vary: every point has the services, beds and funds of the scenario"
VARY_TOO = "vary their posts, beds, places and funds too; `scale` of a sweep changes all together"


def note_set_residents(
    page: Page, loaded: Loaded, scaled: Scenario, now: Scenario
) -> list[Problem]:
    """Notes on a town of a sweep with the services of others: at what the sweep sets, or in the
    file of the town.

    scaled, now: the town at the scale of the sweep, and with what the sweep sets.
    """
    people = loaded.scenario.population.residents
    kept = find_kept(people, loaded.document.sized_for, scaled, now)
    if kept is None:
        return []
    if now.population.residents == scaled.population.residents:
        return note_kept_services(loaded.document, people)
    hint = f"`scale: {kept.scale}` changes all together" if kept.scale else ""
    return [page.locate(("set", RESIDENTS), kept.say(), hint)]


def note_varied(page: Page, paths: Sequence[str]) -> list[Problem]:
    """The note that levers change how many people there are, and the size of no service."""
    if RESIDENTS not in paths or any(is_size(path) for path in paths):
        return []
    return [page.locate(("vary", "policy", RESIDENTS), VARIED, VARY_TOO, on_key=True)]


def note_column(table: Table) -> list[Problem]:
    """The same of the columns of a file of points."""
    names = table.header
    if RESIDENTS not in names or any(is_size(name) for name in names):
        return []
    place = names.index(RESIDENTS) + 1
    return [Problem(table.file, 1, place, RESIDENTS, VARIED, VARY_TOO)]
