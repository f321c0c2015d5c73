"""How far a study is: while it runs, and afterwards from its database."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TextIO, cast

from sim.store import Store
from sim.store.connection import explain_content
from sim.store.selection import Selection, mark_draw, read_selection
from sim.studies.running.results_folder import locate_database
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Progress(Protocol):
    """Somebody who is told how a study gets on."""

    def start(self, total: int, already: int) -> None:
        """Begin; `already` runs were stored before."""

    def advance(self, *, failed: bool = False) -> None:
        """One more run has ended."""

    def finish(self) -> None:
        """No more runs will end."""


class Silence:
    """Counts, and says nothing."""

    def __init__(self) -> None:
        self.total = self.ended = self.failed = 0
        self.over = False

    def start(self, total: int, already: int) -> None:
        """Begin to count."""
        self.total, self.ended = total, already

    def advance(self, *, failed: bool = False) -> None:
        """Count one run."""
        self.ended += 1
        self.failed += failed

    def finish(self) -> None:
        """Stop counting."""
        self.over = True


class Bar:
    """A bar on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.failed = 0
        self._bar: Any = None

    def start(self, total: int, already: int) -> None:
        """Show the bar."""
        from tqdm import tqdm

        self._bar = tqdm(
            total=total, initial=already, unit="run", file=self.stream, dynamic_ncols=True
        )

    def advance(self, *, failed: bool = False) -> None:
        """Move the bar on by one run."""
        self.failed += failed
        if failed:
            self._bar.set_postfix(failed=self.failed)
        self._bar.update(1)

    def finish(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class Lines:
    """One line every tenth of the way, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.total = self.ended = self.failed = self.already = 0
        self._clock = 0.0

    def start(self, total: int, already: int) -> None:
        """Say what is to come."""
        self.total, self.ended, self.already, self._clock = (
            total,
            already,
            already,
            time.monotonic(),
        )
        more = f", {already} of them stored already" if already else ""
        print(f"{say_count(total, 'run')}{more}", file=self.stream, flush=True)

    def advance(self, *, failed: bool = False) -> None:
        """Count one run and say so when a tenth is full."""
        tenth = 10 * self.ended // self.total
        self.ended += 1
        self.failed += failed
        if 10 * self.ended // self.total > tenth:
            seconds = (
                (time.monotonic() - self._clock)
                / max(self.ended - self.already, 1)
                * (self.total - self.ended)
            )
            failures = f", {self.failed} failed" if self.failed else ""
            left = f", about {say_estimated(seconds)} left" if self.ended < self.total else ""
            print(
                f"{100 * self.ended // self.total:>3} %  {self.ended} of"
                f" {say_count(self.total, 'run')}{failures}{left}",
                file=self.stream,
                flush=True,
            )

    def finish(self) -> None:
        """See to it that everything said can be read."""
        self.stream.flush()


def choose_progress(stream: TextIO | None = None) -> Progress:
    """Choose a bar for a terminal and lines for everything else."""
    stream = stream or sys.stderr
    # A bar draws on the terminal itself; what commands print goes through a stream that shows
    # control characters.
    return Bar(getattr(stream, "terminal", stream)) if stream.isatty() else Lines(stream)


def say_time(seconds: float) -> str:
    """Say a length of time in words."""
    # What takes time does not take 0 s.
    if seconds < 1:
        return "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


@dataclass(frozen=True)
class Status:
    """How far the study last started in a folder is.

    seconds_left: from the time runs took and the workers it was started with; None before the first
    run ended. failures, other_failures: the first of this study, and of others in the folder, each
    with the command that repeats it.
    """

    planned: int
    done: int
    failed: int
    left: int
    stored: int
    seconds_per_run: float | None
    seconds_left: float | None
    command: str
    failures: tuple[str, ...] = ()
    other_failures: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Give plain data."""
        return dict(self.__dict__)


def summarise(place: str | Path) -> Status:
    """Summarise the progress of the study last started in a folder, also while it runs.

    Raises `InvalidInput` where no runs are stored.
    """
    path = locate_database(place)
    with Store.read_only(path) as store, explain_content(path):
        # The last one: a folder may hold several studies, and people ask about what they started.
        plan = (store.read("SELECT * FROM plans ORDER BY id DESC LIMIT 1") or [{}])[0]
        counts, mean = (
            _count_sweep(store, str(plan["sweep"]))
            if plan.get("sweep")
            else _count_scenarios(store, plan)
        )
        stored = store.query("SELECT count(*) FROM runs")[0][0]
        failures, others = _list_failures(store, plan)
    seconds = None if mean is None else float(cast("float", mean))
    workers = max(int(cast("int", plan.get("workers") or 1)), 1)
    left = counts["left"]
    return Status(
        sum(counts.values()),
        counts["done"],
        counts["failed"],
        left,
        int(cast("int", stored)),
        seconds,
        None if seconds is None else left * seconds / workers,
        str(plan.get("command", "")),
        tuple(failures),
        tuple(others),
    )


FAILURE = (
    "SELECT failures.scenario || ', seed ' || failures.seed || coalesce(', draw ' ||"
    " draw_index, '') || ': ' || message || char(10) || '    repeat it with: ' || command"
    " FROM failures JOIN runs ON runs.key = failures.run WHERE failures.run = ?"
)
FAILURES_SHOWN = 10


def _list_failures(store: Store, plan: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """The first failures among the runs that a plan asked for, and among others of the folder."""
    asked = _find_asked(store, plan)
    rows = store.query(
        "SELECT run FROM failures JOIN runs ON runs.key = failures.run"
        " ORDER BY failures.scenario, failures.seed, draw_index, run"
    )
    # Of thousands only those are read that are shown: each has a message and a command.
    shown = (
        list(islice((run for (run,) in rows if (run in asked) is ours), FAILURES_SHOWN))
        for ours in (True, False)
    )
    ours, others = ([str(store.query(FAILURE, (run,))[0][0]) for run in runs] for runs in shown)
    return ours, others


def _find_asked(store: Store, plan: Mapping[str, object]) -> set[object]:
    """Keys of the failed runs that a plan asked for."""
    if plan.get("sweep"):
        of_sweep = "SELECT run FROM point_runs JOIN failures USING (run) WHERE point_runs.sweep = ?"
        return {run for (run,) in store.query(of_sweep, (str(plan["sweep"]),))}
    selection = read_selection(store.connection)
    where, values = _match_plan(plan, selection.model_version)
    failed = "key IN (SELECT run FROM failures)"
    rows = store.query(f"SELECT key, draw FROM runs WHERE {failed} AND {where}", values)
    return {key for key, draw in rows if _is_asked(selection, draw)}


def _match_plan(plan: Mapping[str, object], version: str | None) -> tuple[str, tuple[object, ...]]:
    """Condition on the table of runs under which a run is of a plan but for its draw, and the
    values in it.
    """
    hashes = json.loads(str(plan.get("scenarios", "[]")))
    first, replicates = (int(cast("int", plan.get(name) or 0)) for name in ("seed", "replicates"))
    unknown = ",".join("?" * len(hashes))
    where = f"runs.scenario IN ({unknown}) AND runs.seed >= ? AND runs.seed < ?"
    values = (*hashes, first, first + replicates)
    if not version:
        return where, values
    return f"{where} AND runs.model_version = ?", (*values, version)


def _is_asked(asked: Selection, draw: object) -> bool:
    return asked.marks is None or mark_draw(cast("str | None", draw)) in asked.marks


def _count_sweep(store: Store, name: str) -> tuple[dict[str, int], object]:
    mean = (
        "SELECT avg(seconds) FROM runs WHERE status = 'done' AND key IN (SELECT run FROM point_runs"
        " WHERE sweep = ?)"
    )
    return store.count_sweep(name), store.query(mean, (name,))[0][0]


def _count_scenarios(store: Store, plan: Mapping[str, object]) -> tuple[dict[str, int], object]:
    asked = read_selection(store.connection)
    where, values = _match_plan(plan, asked.model_version)
    rows = store.query(
        "SELECT draw, status, count(*), sum(seconds) FROM runs"
        f" WHERE {where} GROUP BY draw, status",
        values,
    )
    counts, seconds = {"done": 0, "failed": 0}, 0.0
    for draw, status, count, took in cast("list[tuple[str | None, str, int, float]]", rows):
        if _is_asked(asked, draw):
            counts[status] += count
            seconds += took if status == "done" else 0.0
    # From what was asked for, since runs that are left have no row to count.
    replicates, draws = (int(cast("int", plan.get(name) or 0)) for name in ("replicates", "draws"))
    planned = len(json.loads(str(plan.get("scenarios", "[]")))) * replicates * max(draws, 1)
    counts["left"] = max(planned - counts["done"] - counts["failed"], 0)
    return counts, seconds / counts["done"] if counts["done"] else None


def say_estimated(seconds: float) -> str:
    """Say a length of time that is estimated, to be told after "about": a second at least."""
    return say_time(max(seconds, 1.0))
