"""Which tests run each line of an area, and whether they notice that such a line is changed.

`.ci/mutants.py COUNT SEED AREA` comes here for an area of `AREAS`. Unlike the week's, its tests run
compiled, since the code that is changed is plain Python, and are found by running those of the
area once under coverage: a mutant is tried on the tests that run its statement, those that name
its module first, then the quickest. Each stands in the file too, so that worker processes have it.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import os
import queue
import random
import signal
import sys
import time
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

if TYPE_CHECKING:
    from collections.abc import Iterator


class Area(NamedTuple):
    """Modules, as starts of their paths, and files or folders of tests."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


SIM, STUDIES, ANALYSIS, CASES = "tests/sim", "tests/sim/studies", "tests/analysis", "tests/cases"
AREAS = {
    "trials": Area(
        ("sim/studies/trials",),
        (
            f"{STUDIES}/test_trial.py",
            *(f"{STUDIES}/test_trial_{end}.py" for end in ("language", "ledger")),
            *(f"{STUDIES}/test_trial_{end}.py" for end in ("predicted", "rules", "verdict")),
            f"{STUDIES}/test_kept_places.py",
            f"{CASES}/test_inactive_studies.py",
        ),
    ),
    "moments": Area(
        ("sim/studies/calibration/moments", "sim/studies/calibration/surveys"),
        tuple(f"{STUDIES}/test_{end}.py" for end in ("moments", "calibration", "held_out")),
    ),
    "population": Area(("sim/places/population",), (f"{SIM}/places",)),
    "society": Area(
        ("sim/society",),
        (
            f"{SIM}/society",
            *(f"{SIM}/week/test_{end}.py" for end in ("homes", "birthdays", "birthday_rules")),
            f"{SIM}/week/test_arrivals.py",
        ),
    ),
    "services": Area(
        ("sim/services",),
        (
            f"{SIM}/services",
            f"{SIM}/scenario",
            *(f"{SIM}/week/test_{end}.py" for end in ("treasury", "calendar", "recorder")),
        ),
    ),
    "running": Area(
        ("sim/studies/running",),
        (
            *(f"{STUDIES}/test_{end}.py" for end in ("runner", "progress", "estimate", "sweep")),
            *(f"{STUDIES}/test_{end}.py" for end in ("precision", "side_by_side", "flatness")),
            *(f"{STUDIES}/test_{end}.py" for end in ("crash_safety", "fault_schedules")),
            *(f"{STUDIES}/test_{end}.py" for end in ("cluster", "ends_of_runs", "running_by_hand")),
            f"{SIM}/week/test_repeating.py",
            *(f"{SIM}/cli/test_{end}.py" for end in ("running", "inspecting")),
            f"{ANALYSIS}/test_notebook_views.py",
        ),
    ),
    "store": Area(
        ("sim/store",),
        (
            f"{SIM}/store",
            f"{STUDIES}/test_runner.py",
            *(f"{STUDIES}/test_{end}.py" for end in ("sweep", "crash_safety", "running_by_hand")),
            f"{SIM}/cli/test_reading.py",
            *(f"{ANALYSIS}/test_{end}.py" for end in ("joining", "later", "sweeps")),
            *(f"{CASES}/test_{end}.py" for end in ("records_read_back", "strangers_files")),
        ),
    ),
    "runs": Area(
        ("analysis/runs",),
        (
            *(f"{ANALYSIS}/test_{end}.py" for end in ("audit", "comparison", "explanation")),
            *(f"{ANALYSIS}/test_{end}.py" for end in ("exporting", "joining", "later")),
            *(f"{ANALYSIS}/test_{end}.py" for end in ("precision", "quarters", "ratios")),
            *(f"{ANALYSIS}/test_{end}.py" for end in ("received", "stopped_services", "sweeps")),
            *(f"{ANALYSIS}/test_{end}.py" for end in ("scarce_beds", "decision", "reports")),
            *(f"{CASES}/test_{end}.py" for end in ("twice", "mixed_folders")),
            *(f"{CASES}/test_{end}.py" for end in ("records_read_back", "tables_for_others")),
        ),
    ),
    "changes": Area(
        tuple(f"sim/scenario/{name}" for name in ("changes", "scaling", "first_weeks")),
        (
            f"{SIM}/scenario",
            f"{SIM}/cli/test_choosing.py",
            f"{SIM}/places/test_recovery.py",
            f"{SIM}/week/test_stated_lists.py",
        ),
    ),
}
"""What is changed, and the tests that are tried on it, by name of an area."""
TRIAL, SLOW, UNFIT = 45.0, 20.0, float("inf")
"""Seconds of tests that a mutant is tried on, and those of a test that is left out."""


class Reach:
    """A plugin of pytest that tells coverage which test runs, and how long each takes.

    What a fixture of a whole module does counts for all tests of its file.
    """

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.now = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Name the test."""
        start = time.monotonic()
        with self._named(item.nodeid):
            done = yield
        if self.seconds.get(item.nodeid) != UNFIT:
            self.seconds[item.nodeid] = time.monotonic() - start
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out what fails although nothing is changed: it would kill every mutant."""
        if report.failed:
            self.seconds[report.nodeid] = UNFIT

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Name the file of a fixture that many tests share."""
        shared = fixturedef.scope != "function"
        with self._named(request.node.nodeid if shared else self.now):
            return (yield)

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        before, self.now = self.now, name
        self.coverage.switch_context(name)
        yield
        self.now = before
        self.coverage.switch_context(before)


class Reached(NamedTuple):
    """Seconds of each test, and the tests of each line of each module."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]

    def expand(self, names: set[str]) -> set[str]:
        """Tests by their names, all of a file where its fixture is meant."""
        files = tuple(name for name in names if name and "::" not in name)
        of_files = {test for test in self.seconds if files and test.startswith(files)}
        return {name for name in names if name in self.seconds} | of_files

    def find(self, module: Path, first: int, last: int) -> list[str]:
        """Tests of some lines, or of the whole module where none runs them; the best first."""
        lines = self.lines.get(str(module), {})
        found = self.expand({name for k in range(first, last + 1) for name in lines.get(k, ())})
        found = found or self.expand({name for names in lines.values() for name in names})
        # What is run when it is imported is run by no test, and may be noticed by any.
        found = found or {test for test, seconds in self.seconds.items() if seconds < SLOW}
        package = ".".join(module.parent.parts)

        def rank(test: str) -> tuple[bool, float]:
            told = Path(test.partition("::")[0]).read_text(encoding="utf-8")
            return not (package in told and module.stem in told), self.seconds[test]

        tests = sorted((test for test in found if self.seconds[test] < SLOW), key=rank)
        ends = accumulate(self.seconds[test] for test in tests)
        return [test for test, end in zip(tests, ends, strict=True) if end < TRIAL]


def run_recorded(area: Area, result: Any) -> None:
    """In a child: run the tests of an area once under coverage, and send what they reach."""
    import coverage

    kept = coverage.Coverage(data_file=None, source=sorted({"sim", "analysis"}), config_file=False)
    plugin = Reach(kept)
    kept.start()
    tests = [test for test in area.tests if Path(test).exists()]
    with contextlib.redirect_stdout(sys.stderr):
        code = pytest.main(
            ["-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow", *tests], [plugin]
        )
    kept.stop()
    data, here = kept.get_data(), Path.cwd()
    lines = {
        str(Path(file).relative_to(here)): {
            line: set(names) for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
        if str(Path(file).relative_to(here)).startswith(area.modules)
    }
    result.put((int(code), plugin.seconds, lines))


def warm_up() -> None:
    """Compile the loops before there are children, each of which would load them otherwise."""
    import sim as model

    small = {"population.residents": 200, "warm_up": 4, "horizon": 4}
    for name in ("baseline", "peer-pilot"):
        model.Community(model.load(name).with_(small), rng=1).run()


def record(area: Area) -> Reached:
    """Which tests run which lines of an area."""
    context = get_context("fork")
    result = context.Queue()
    child = context.Process(target=run_recorded, args=(area, result))
    child.start()
    while True:
        with contextlib.suppress(queue.Empty):
            code, seconds, lines = result.get(timeout=5.0)
            break
        # A child that ended without an answer, as where coverage is missing, never gives one.
        if not child.is_alive() and result.empty():
            raise SystemExit("the tests of the area could not be run under coverage")
    child.join()
    if code:
        sys.stderr.write("some tests fail although nothing is changed: they are left out\n")
    return Reached(seconds, lines)


def find_statement(source: str, line: int) -> tuple[int, int]:
    """First and last line of the smallest statement, or head of one, that holds a line."""
    spans = [(1, len(source.splitlines()))]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body and line < body[0].lineno else node.end_lineno
            spans.append((node.lineno, max(last or line, line)))
    return min(spans, key=lambda span: span[1] - span[0])


def run_planted(module: Path, source: str, tests: list[str]) -> None:
    """In a child: plant a mutant uncompiled, run tests, and end as they do."""
    from mutants import plant
    from numba import config

    # A group of its own: what tests start must end with it, also where a mutant fails to end it.
    os.setsid()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    config.DISABLE_JIT = 1
    plant(module, source)
    config.DISABLE_JIT = 0
    sys.exit(int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests])))


def is_noticed(module: Path, mutant: str, tests: list[str], seconds: float) -> bool:
    """Whether a test fails, or does not end, where a module is this."""
    source = module.read_text(encoding="utf-8")
    child = get_context("fork").Process(target=run_planted, args=(module, mutant, tests))
    try:
        module.write_text(mutant, encoding="utf-8")
        child.start()
        child.join(seconds)
    finally:
        end_group(child)
        module.write_text(source, encoding="utf-8")
    return child.exitcode != 0


def end_group(child: Any) -> None:
    """End a child and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()


def try_mutant(module: Path, mutant: tuple[str, int, int], reached: Reached) -> bool:
    """Whether a test notices; each mutant is printed, with what became of it."""
    operator, occurrence, line = mutant
    source = module.read_text(encoding="utf-8")
    changed = mutate_code(source, get_operator(operator)(), occurrence)
    tests = reached.find(module, *find_statement(source, line))
    limit = 60.0 + 5.0 * sum(reached.seconds[test] for test in tests)
    noticed = bool(tests) and is_noticed(module, changed, tests, limit)
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    shown = [each for each in lines if each[:1] in "+-" and not each.startswith(("---", "+++"))]
    head = f"{'killed' if noticed else 'survived'}: {module}:{line} ({len(tests)} tests)"
    sys.stdout.write("\n".join([head, *([] if noticed else shown)]) + "\n")
    sys.stdout.flush()
    return noticed


def try_area(name: str, count: int, seed: int) -> int:
    """Try so many mutants of an area; how many were killed."""
    from mutants import list_mutants, weigh

    area, lot, killed = AREAS[name], random.Random(seed), 0
    every = sorted(path for root in ("sim", "analysis") for path in Path(root).rglob("*.py"))
    modules = [path for path in every if str(path).startswith(area.modules)]
    modules = [path for path in modules if weigh(path)]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *area.tests])
    warm_up()
    reached = record(area)
    for module in lot.choices(modules, [weigh(path) for path in modules], k=count):
        killed += try_mutant(module, lot.choice(list_mutants(module)), reached)
    return killed
