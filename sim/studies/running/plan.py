"""What a study consists of: scenarios under parameter draws, listed one draw after the other and
made when needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, NamedTuple, Protocol, SupportsIndex, cast

from sim.errors import InvalidInput, Problem
from sim.provenance import count_cores
from sim.studies.bounds import WORKERS_AT_MOST
from sim.studies.running.run_key import Draw, spell_draw
from sim.studies.running.worker import ENGINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.running.progress import Progress


def check_whole(name: str, value: object, least: int, most: int) -> int:
    """A whole number within bounds, NumPy's too; InvalidInput for anything else."""
    try:
        # Python takes True for 1; here it can only be a slip.
        whole = None if isinstance(value, bool) else index(cast("SupportsIndex", value))
    except TypeError:
        whole = None
    if whole is None or not least <= whole <= most:
        said = f"{name} must be a whole number from {least:,} to {most:,} (got {value!r:.40})"
        raise InvalidInput(said)
    return whole


def read_draws(draws: object) -> Sequence[Draw] | None:
    """Parameter draws as they were given: mappings from id to number, or a table with a row for
    each draw and a column for each parameter; InvalidInput for anything else.
    """
    # A table of pandas, which is not imported for its sake.
    columns = list(getattr(draws, "columns", ()))
    if len(set(columns)) < len(columns):
        raise InvalidInput("draws have two columns of one name; the last would stand for both")
    if odd := [name for name in columns if not isinstance(name, str)]:
        raise InvalidInput(f"columns of draws are ids of parameters, not {odd[0]!r:.60}")
    given = draws.to_dict("records") if hasattr(draws, "to_dict") else draws
    if given is None or isinstance(given, str) or not isinstance(given, Iterable):
        if given is None:
            return None
        raise InvalidInput("draws are a list of mappings from parameter to number, or a table")
    found = list(given)
    problems = []
    for place, draw in enumerate(found):
        if draw is not None and not isinstance(draw, Mapping):
            said = "is no mapping from parameter to number"
            problems.append(Problem(f"draw {place}", 0, 0, "", f"{said} (got {draw!r:.40})"))
            continue
        problems += [
            Problem(f"draw {place}", 0, 0, str(name), f"must be a number (got {value!r:.40})")
            for name, value in (draw or {}).items()
            if isinstance(value, bool) or not isinstance(value, Real)
        ]
    if problems or (problems := _find_equal(found)):
        raise InvalidInput(problems)
    return [draw or {} for draw in found]


def _find_equal(draws: Sequence[Draw | None]) -> list[Problem]:
    """Draws that are there twice: a run has one key, so that they would be run, and count, once."""
    first: dict[str | None, int] = {}
    problems = []
    for place, draw in enumerate(draws):
        # No draw and one without parameters are the same values.
        before = first.setdefault(spell_draw(draw or {}), place)
        if before != place:
            said = f"is the same as draw {before}: it would be run, and count, once"
            hint = "leave one of them out; for more runs under a draw, give more replicates"
            problems.append(Problem(f"draw {place}", 0, 0, "", said, hint))
    return problems


class Variant(NamedTuple):
    """A scenario by name, fingerprint, fingerprint of its past, and its place in the plan."""

    name: str
    hash: str
    past: str
    place: int


class Block(NamedTuple):
    """All that is run under one draw of the parameters.

    `spelled` is the draw as text, `number` its place.
    """

    draw: Draw | None
    spelled: str | None
    number: int | None
    variants: tuple[Variant, ...]


class Plan(NamedTuple):
    """What was asked for: scenarios, worker processes, and the row that is stored of it."""

    scenarios: tuple[Scenario, ...]
    workers: int
    row: dict[str, object]


class StudyPlan(Protocol):
    """Something that names what is to be run."""

    def list_blocks(self) -> Iterator[Block]:
        """List blocks, each draw once; the same order every time."""

    def give(self, variant: Variant) -> Scenario:
        """Give the scenario behind a variant."""


class FactorialPlan:
    """A few scenarios, each under every draw."""

    def __init__(self, scenarios: Sequence[Scenario], draws: Sequence[Draw] | None) -> None:
        self.scenarios = tuple(scenarios)
        self.draws = draws or None
        self.variants = tuple(
            Variant(s.name, s.hash, s.past_hash, place) for place, s in enumerate(self.scenarios)
        )

    def list_blocks(self) -> Iterator[Block]:
        """List one block for each draw."""
        for place, draw in enumerate(self.draws or (None,)):
            yield Block(draw, spell_draw(draw), place if self.draws else None, self.variants)

    def give(self, variant: Variant) -> Scenario:
        """Give the scenario behind a variant."""
        return self.scenarios[variant.place]


@dataclass(frozen=True)
class Execution:
    """How runs are executed and what is said of it.

    progress: who is told how far it is; without it, whatever suits the terminal. command: what
    makes the same runs again, as it is stored and shown. retry_failed: whether runs that failed
    before are tried again; None for what is usual (scenarios yes, sweeps no). cluster: address of a
    Dask scheduler. failures_at_most: failed runs that end the study. engine: module of the model.
    """

    progress: Progress | None = None
    command: str | None = None
    retry_failed: bool | None = None
    cluster: str | None = None
    failures_at_most: int | None = None
    engine: str = ENGINE

    def count_workers(self, asked: int | None) -> int:
        """Worker processes: those asked for, every core, or the threads of the cluster."""
        if self.cluster is None:
            return check_whole("workers", asked or 0, 0, WORKERS_AT_MOST) or count_cores()
        from sim.studies.running.cluster import count_threads

        return count_threads(self.cluster)
