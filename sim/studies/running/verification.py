"""Runs stored runs again and says whether the numbers came back: identical, consistent or
different, and why.
"""

from __future__ import annotations

import json
import math
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from sim.errors import InvalidInput
from sim.outcomes import KEYS
from sim.provenance import collect_versions, describe_commit
from sim.scenario.schema.names import make_plain
from sim.store import Store
from sim.store.connection import explain_content
from sim.studies.running.results_folder import locate_database
from sim.studies.running.worker import ENGINE, Failed, Task, load_engine, run_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sim.scenario.scenario import Scenario

Verdict = Literal["identical", "consistent", "different", "failed"]

ROUNDING = 1e-9
DEVIATIONS = 4.0


@dataclass(frozen=True)
class Check:
    """One run, repeated; `largest` is the outcome that moved most and by what share."""

    run: str
    scenario: str
    seed: int
    verdict: Verdict
    largest: str
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give plain data."""
        return dict(self.__dict__)


def load_stored(name: str, resolved: str) -> Scenario:
    """Load a scenario as it was stored; ValueError where it cannot be read any more."""
    from sim.scenario.library import load

    with tempfile.TemporaryDirectory() as folder:
        # A database may come from anybody: its names choose no folder.
        path = Path(folder) / f"{make_plain(name)}.yaml"
        path.write_text(resolved, encoding="utf-8")
        try:
            return load(path)
        except InvalidInput as error:
            # Its place would be in a file that nobody has.
            first = error.problems[0]
            said = f"{first.path} {first.message}".strip()
            raise ValueError(f"the scenario {name}: {said}") from error


def verify_runs(
    place: str | Path,
    run: str | None = None,
    at_most: int = 3,
    *,
    engine: str = ENGINE,
    load: Callable[[str, str], Scenario] = load_stored,
) -> Iterator[Check]:
    """Run stored runs again: the one whose key begins with `run`, or the first few of each
    scenario.
    """
    path = locate_database(place)
    with Store.read_only(path) as store, explain_content(path):
        rows = store.read(
            "SELECT runs.*, scenarios.name, scenarios.resolved, row_number() OVER (PARTITION BY"
            " scenario ORDER BY seed, draw_index) AS place FROM runs JOIN scenarios ON"
            " scenarios.hash = runs.scenario WHERE status = 'done' ORDER BY place, scenarios.rowid"
        )
        chosen = [
            row
            for row in rows
            if (str(row["key"]).startswith(run) if run else cast("int", row["place"]) <= at_most)
        ]
        if not chosen:
            raise InvalidInput(
                f"{place}: there is no finished run {run}"
                if run
                else f"{place}: no finished run is stored here"
            )
        for row in chosen:
            yield _run_again(store, row, engine, load)


def _read_draw(stored: object) -> dict[str, float] | None:
    """The draw of a run as it is stored; None where it had none."""
    draw = json.loads(str(stored)) if stored else None
    if draw is not None and not isinstance(draw, dict):
        raise TypeError(f"a draw is {stored!r:.40}")
    return draw


def _run_again(
    store: Store, row: Mapping[str, object], engine: str, load: Callable[[str, str], Scenario]
) -> Check:
    key, name, seed = str(row["key"]), str(row["name"]), int(cast("int", row["seed"]))
    reasons = tuple(_explain(row, engine))
    scenario = load(name, str(row["resolved"]))
    if scenario.hash != row["scenario"]:
        reasons = (*reasons, "the stored scenario reads differently with this version")
    draw = _read_draw(row["draw"])
    index = cast("int | None", row["draw_index"])
    (item,) = run_task(Task((scenario,), seed, draw, index, engine))
    if isinstance(item, Failed):
        return Check(key, name, seed, "failed", item.message, reasons)
    stored = store.read("SELECT * FROM summary WHERE run = ?", (key,))[0]
    now = {outcome: float(item.results.summary[outcome]) for outcome in KEYS}
    moved = {outcome: _distance(stored[outcome], now[outcome]) for outcome in KEYS}
    largest = max(moved, key=lambda outcome: moved[outcome])
    # Identical means every week of every outcome: totals alone can agree by chance.
    if moved[largest] == 0 and _weeks_agree(store, key, item.results.weekly):
        return Check(key, name, seed, "identical", "", reasons)
    others = (
        "SELECT summary.* FROM summary JOIN runs ON runs.key = summary.run WHERE runs.scenario = ?"
        " AND runs.key <> ? LIMIT 500"
    )
    spread = store.read(others, (row["scenario"], key))
    usual = all(_is_usual(outcome, stored[outcome], now[outcome], spread) for outcome in KEYS)
    reasons = reasons or ("nothing known has changed: the environment or the stored numbers have",)
    return Check(
        key,
        name,
        seed,
        "consistent" if usual else "different",
        f"{largest} by {moved[largest]:.2g} of its value",
        reasons,
    )


def _weeks_agree(store: Store, key: str, weekly: Mapping[str, object]) -> bool:
    for row in store.read("SELECT * FROM weekly WHERE run = ?", (key,)):
        week = int(cast("int", row["week"]))
        if any(
            _distance(row[outcome], float(cast("list[float]", weekly[outcome])[week]))
            for outcome in KEYS
        ):
            return False
    return True


def _distance(stored: object, now: float) -> float:
    """Relative distance; a number that does not exist is stored as nothing."""
    if stored is None or math.isnan(now):
        return 0.0 if stored is None and math.isnan(now) else math.inf
    before = float(cast("float", stored))
    return 0.0 if before == now else abs(before - now) / max(abs(before), abs(now))


def _is_usual(outcome: str, stored: object, now: float, runs: list[dict[str, object]]) -> bool:
    """Whether a number moved by no more than two seeds differ from each other."""
    distance = _distance(stored, now)
    if distance <= ROUNDING:
        return True
    values = [float(cast("float", run[outcome])) for run in runs if run[outcome] is not None]
    # Too few seeds to say how much they differ.
    if len(values) < 3 or math.isinf(distance):
        return False
    # Two seeds differ by the root of two times the deviation between seeds.
    return abs(now - float(cast("float", stored))) <= DEVIATIONS * math.sqrt(2) * statistics.stdev(
        values
    )


def _explain(row: Mapping[str, object], engine: str) -> Iterator[str]:
    version = str(load_engine(engine).MODEL_VERSION)
    if version != row["model_version"]:
        yield f"model version {row['model_version']} then, {version} now"
    before, now = json.loads(str(row["versions"])), collect_versions()
    for package in sorted(set(before) | set(now)):
        if before.get(package) != now.get(package):
            yield (
                f"{package} {before.get(package, 'absent')} then, {now.get(package, 'absent')} now"
            )
    commit = describe_commit()
    if row["commit"] != commit.commit:
        yield f"commit {str(row['commit'])[:10]} then, {str(commit.commit)[:10]} now"
    if row["dirty"] or commit.dirty:
        yield "the checkout had changes that no commit holds"
