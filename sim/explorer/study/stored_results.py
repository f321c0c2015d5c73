"""What is stored in a folder of results and can be drawn: scenarios, the reference first, and the
seeds they share.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from analysis.text.wording import say_number
from sim.errors import KinwellError
from sim.store import Store
from sim.store.connection import explain_content
from sim.studies.running.results_folder import DATABASE

if TYPE_CHECKING:
    from pathlib import Path

    from sim.studies.running.runner import Study


class Shown(NamedTuple):
    """Runs to be drawn, as `analysis` takes them: the database, scenarios and seeds; hashes by name
    of the scenario.
    """

    database: Path
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    hashes: tuple[tuple[str, str], ...]


def find_last_plan(directory: Path) -> Shown | None:
    """What was last asked for in a folder, as far as it was finished; None where nothing was."""
    database = directory / DATABASE
    if not database.is_file():
        return None
    try:
        with Store.read_only(database) as store, explain_content(database):
            plans = store.read("SELECT * FROM plans WHERE sweep IS NULL ORDER BY id DESC LIMIT 20")
            found = [_read_plan(store, database, plan) for plan in plans]
    except KinwellError:
        return None
    return next(
        (shown for shown in found if shown is not None and len(shown.names) > 1 and shown.seeds),
        None,
    )


def _read_plan(store: Store, database: Path, plan: dict[str, Any]) -> Shown | None:
    hashes = json.loads(str(plan["scenarios"]))
    marks = ",".join("?" * len(hashes))
    # Runs are read by name, as its newest version: an older plan can no longer be drawn.
    newest = "SELECT max(rowid) FROM scenarios GROUP BY name"
    rows = store.query(
        f"SELECT name, hash FROM scenarios WHERE hash IN ({marks}) AND rowid IN ({newest})", hashes
    )
    names = {str(name): str(key) for name, key in rows}
    if len(names) < len(hashes):
        return None
    # The reference comes first, and the baseline is the reference where it is among them.
    order = sorted(names, key=lambda name: (name != "baseline", hashes.index(names[name])))
    asked = (*hashes, len(hashes))
    seeds = store.query(
        "SELECT seed FROM runs WHERE status = 'done' AND draw IS NULL AND keep = 'weekly'"
        f" AND scenario IN ({marks}) GROUP BY seed HAVING count(DISTINCT scenario) = ?"
        " ORDER BY seed",
        asked,
    )
    hashed = tuple((name, names[name]) for name in order)
    return Shown(database, tuple(order), tuple(int(cast("int", seed)) for (seed,) in seeds), hashed)


def find_complete(shown: Shown, study: Study, store: Store) -> Shown:
    """What can be drawn of a study that runs: its own scenarios once two seeds have all of them,
    else what was before.
    """
    variants = next(iter(study.plan_of_runs.list_blocks())).variants
    seeds = _list_complete(study, store)
    if len(seeds) < FEWEST_REPLICATES:
        return shown
    names = tuple(variant.name for variant in variants)
    return Shown(store.path, names, seeds, tuple((v.name, v.hash) for v in variants))


def _list_complete(study: Study, store: Store) -> tuple[int, ...]:
    """Seeds that every scenario of a study has."""
    variants = next(iter(study.plan_of_runs.list_blocks())).variants
    return tuple(
        seed
        for seed in study.seeds
        if all(study.is_stored(store, study.key(variant, seed, None)) for variant in variants)
    )


def say_first(study: Study, store: Store) -> str:
    """What the first paired replicate says, while there is no second; empty before and after."""
    seeds = _list_complete(study, store)
    if len(seeds) != 1:
        return ""
    reference, *others = next(iter(study.plan_of_runs.list_blocks())).variants
    said = []
    for variant in others:
        values = []
        for each in (variant, reference):
            key = study.key(each, seeds[0], None)
            sql = f'SELECT "{HEADLINE}" FROM summary WHERE run = ?'
            values.append(float(cast("float", store.query(sql, (key,))[0][0])))
        difference = say_number(values[0] - values[1], signed=True)
        said.append(f"{variant.name} {difference}")
    return f"The first paired replicate, in expected admissions: {', '.join(said)}."


FEWEST_REPLICATES = 2
"""Replicates below which chance has no interval."""
HEADLINE = "expected_admissions"
"""Outcome that the first sentence is about."""
