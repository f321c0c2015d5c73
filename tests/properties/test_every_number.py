"""Every number of every shipped scenario at 0, 1, its bounds and beyond: refused in words, or it
runs and is reported within a bound of time and memory.
"""

from __future__ import annotations

import math
import random
import re
import resource
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import sim
from analysis.economics import valuation
from analysis.reports.writer import write_report
from analysis.runs.comparison import compare
from sim.errors import InvalidInput
from sim.evidence.distributions import find_bounds
from sim.evidence.loader import all_evidence
from sim.scenario.library import list_shipped, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sim.scenario.scenario import Scenario

SMALL = {"population.residents": 60, "warm_up": 2, "horizon": 28}
"""The smallest town in which a committee decides once and a shipped shock may act."""
OF_ANY_SIZE = ("population.residents", "horizon", "warm_up")
"""What a user may make as large as the machine bears: `--dry-run` says how long it takes."""
QUANTITY = re.compile(r"(?:week |[A-Z]{3} )?(-?[0-9][0-9_]*(?:\.[0-9]+)?)(?: [a-z ]+)?")
UNITS = ("", " per session", " per hour", " per visit", " per hire", " per review", " per year")
BEYOND = (-1.0, 1e9, 1e308, math.nan, math.inf)
MOST_WORK, MEGABYTES = 3_000, 300.0
"""What one change may take: times a fixed piece of plain Python of about ten milliseconds; memory."""
SAMPLE, SEED = 12, 20_260_901


class Change(NamedTuple):
    """One number of a scenario set to another value, as a user would write it."""

    scenario: str
    path: str
    value: Any

    def apply(self) -> Scenario:
        """The small town with the change; InvalidInput where it is refused."""
        return make_small(self.scenario).with_({self.path: self.value})

    @property
    def fits(self) -> bool:
        """Whether it is accepted; whatever is raised but words that refuse it is a fault."""
        try:
            self.apply()
        except InvalidInput:
            return False
        return True


@cache
def make_small(name: str) -> Scenario:
    """A shipped scenario as a small town."""
    return load(name).with_({**SMALL, "name": "changed"})


def list_numbers(name: str) -> list[tuple[str, Any]]:
    """Paths of the numbers of a scenario, each with its value: weeks, durations and money too."""
    return list(_walk(load(name).resolved(), ()))


def _walk(part: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from _walk(inner, (*path, key))
    elif _is_number(part) or (isinstance(part, list) and part and all(map(_is_number, part))):
        yield ".".join(path), tuple(part) if isinstance(part, list) else part


def _is_number(part: Any) -> bool:
    if isinstance(part, str):
        return QUANTITY.fullmatch(part) is not None
    return isinstance(part, int | float) and not isinstance(part, bool)


def write_as(like: Any, number: float) -> list[Any]:
    """Ways to write a number in the place of a value: with its unit, or with any it may have."""
    if isinstance(like, tuple):
        alone = write_as(like[0], number)[:1]
        return [(*alone, *like[1:]), (*like[:-1], *alone)]
    whole = math.isfinite(number) and number == int(number)
    if not isinstance(like, str):
        return [int(number) if isinstance(like, int) and whole else number]
    text = str(int(number)) if whole else str(number)
    if like == "0":
        return [f"USD {text}{unit}" for unit in UNITS]
    return [re.sub(r"-?[0-9][0-9_]*(?:\.[0-9]+)?", text, like, count=1)]


def find_end(name: str, path: str, like: Any) -> float:
    """The largest number that is accepted, to a thousandth; 0 where only that is."""

    def fits(number: float) -> bool:
        return any(Change(name, path, way).fits for way in write_as(like, number))

    powers = [power for power in range(-4, 64, 8) if fits(2.0**power)]
    if not powers:
        return 0.0
    low = 2.0 ** max(powers)
    high = low * 256
    while high - low > max(low / 1000, float(low >= 8)):
        middle = (low + high) // 2 if low >= 8 else (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def list_changes(name: str, path: str, like: Any) -> list[Change]:
    """0, 1, a half, the largest that is accepted, and beyond: those that are to be run."""
    ends = () if path in OF_ANY_SIZE else (0.5, find_end(name, path, like), *BEYOND)
    written = [way for number in (0.0, 1.0, *ends) for way in write_as(like, number)]
    changes = [Change(name, path, way) for way in dict.fromkeys(written)]
    return [change for change in changes if change.fits]


def list_evidence_changes() -> list[Change]:
    """Every number of the evidence at 0, 1, the ends of its range, its bounds, and beyond."""
    found = []
    for identity, record in all_evidence().items():
        ends = (0.0, 1.0, record.low, record.high, *find_bounds(record), *BEYOND)
        changes = [Change("peer-pilot", f"parameters.{identity}", end) for end in ends]
        found += [change for change in dict.fromkeys(changes) if change.fits]
    return found


def try_out(change: Change, folder: Path, cost: Callable[..., float], *, report: bool) -> None:
    """Within a bound of time and memory, a changed town runs and is reported."""
    before = _find_peak()
    spent = cost(lambda: run_and_report(change, folder, report=report))
    grown = _find_peak() - before
    assert spent < MOST_WORK, change
    assert grown < MEGABYTES, change


def run_and_report(change: Change, folder: Path, *, report: bool) -> None:
    """Run a changed town beside a variant of it, value both, and report."""
    try:
        changed = change.apply()
        other = changed.with_({"name": "other", "structure.network": "random"})
        made = sim.run([changed, other], replicates=2, seed=1, workers=1, into=folder)
        assert not made.failed
        assert compare(made, against="changed").table()
        assert valuation.evaluate(folder, against="changed").cost.shape == (2, 2)
        if report:
            assert write_report(folder, "funder", "changed", None, None).is_file()
    except Exception as error:
        error.add_note(f"with {change}")
        raise


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    """A town has run and been reported: to compile the model takes memory that no number asks for."""
    unchanged = Change("baseline", "population.residents", 60)
    run_and_report(unchanged, tmp_path_factory.mktemp("unchanged"), report=True)


def _find_peak() -> float:
    """Most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_some_numbers_at_their_ends_are_refused_or_run(tmp_path, cost):
    """A sample by seed; all of them are tried in the slow suite."""
    chance = random.Random(SEED)
    names = chance.sample(list_shipped(), 3)
    numbers = [(name, *number) for name in names for number in list_numbers(name)]
    changes = [change for each in chance.sample(numbers, 25) for change in list_changes(*each)]
    assert len(changes) > SAMPLE
    for place, change in enumerate(chance.sample(changes, SAMPLE)):
        try_out(change, tmp_path / str(place), cost, report=place == 0)


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("name", [*list_shipped(), "the evidence"])
def test_every_number_at_its_ends_is_refused_or_runs_and_is_reported(tmp_path, name, request, cost):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("every number of every scenario: pytest -m slow")
    inherited = [] if name == "baseline" else list_numbers("baseline")
    changes = (
        list_evidence_changes()
        if name == "the evidence"
        else [
            change
            for path, like in list_numbers(name)
            if (path, like) not in inherited
            for change in list_changes(name, path, like)
        ]
    )
    assert changes
    for place, change in enumerate(changes):
        try_out(change, tmp_path / str(place), cost, report=place % 5 == 0)
