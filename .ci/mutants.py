"""Change the model line by line and see whether a test notices.

    .ci/mutants.py [COUNT] [SEED] [PART]

COUNT mutants (60) are drawn from all that Cosmic Ray can make of the week of the model and of the
economics, of the modules whose path holds PART, or of an area of `.ci/reach.py`: a module by lot,
by how many places there are in it to change, then one of its mutants. Each is planted in a child of
a process that has imported everything, with compilation switched off, and tried on the tests of its
subject, and where these notice nothing on the others of its folder that are quick: what the whole
suite kills is at least that. Prints each that survived, and the share that was killed. Decorators,
annotations and what asks memory ahead are left alone: what they say does not act there.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import importlib
import io
import os
import pkgutil
import random
import re
import shutil
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from reach import AREAS, try_area

PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("sim/week", "analysis/economics")
TESTS = {
    "sim/week/governance/branch_rules": "hearing branching",
    "sim/week/governance/committee": "committee governance",
    "sim/week/governance/feedback": "hearing",
    "sim/week/governance/kpis": "hearing governance",
    "sim/week/governance/voting": "hearing",
    "sim/week/money/accounts": "money treasury",
    "sim/week/money/charges": "money treasury",
    "sim/week/money/closing": "closing treasury",
    "sim/week/money/in_kind": "in_kind",
    "sim/week/money/payments": "money",
    "sim/week/money/treasury": "treasury money",
    "sim/week/record/counts": "record",
    "sim/week/record/lists": "books",
    "sim/week/record/network_sample": "network_sample",
    "sim/week/record/places": "books recorder quarters",
    "sim/week/record/plausibility": "plausibility",
    "sim/week/record/posts": "books",
    "sim/week/record/recorder": "recorder books week_row",
    "sim/week/record/register": "books recorder quarters",
    "sim/week/record/week_row": "week_row",
    "sim/week/resident/care": "care sessions",
    "sim/week/resident/crisis": "crisis risk",
    "sim/week/resident/family_spillover": "family_spillover",
    "sim/week/resident/group_ties": "social neighbours",
    "sim/week/resident/help_seeking": "seeking_rules help_seeking",
    "sim/week/resident/life": "life",
    "sim/week/resident/outreach_contact": "seeking_rules help_seeking",
    "sim/week/resident/phases": "life phases symptoms social",
    "sim/week/resident/reviews": "social neighbours",
    "sim/week/resident/service_choice": "seeking_rules help_seeking",
    "sim/week/resident/social": "social neighbours",
    "sim/week/resident/symptoms": "symptoms",
    "sim/week/start/branching": "branching",
    "sim/week/start/burn_in": "crisis founding",
    "sim/week/start/initialisation": "founding",
    "sim/week/start/stated_lists": "stated_lists",
    "sim/week/supply/allocation": "matching",
    "sim/week/supply/calendar": "calendar shocks",
    "sim/week/supply/crisis_response": "crisis_response",
    "sim/week/supply/hiring": "hiring",
    "sim/week/supply/outreach": "outreach",
    "sim/week/supply/ward": "crisis",
    "sim/week/supply/workforce": "workforce",
    "sim/week/turnover/birthdays": "birthdays birthday_rules",
    "sim/week/turnover": "homes arrivals regrouping",
    "sim/week/world": "world governance",
    "analysis/economics/budget": "present_values valuation",
    "analysis/economics/cea": "cea",
    "analysis/economics/choice": "choice",
    "analysis/economics/discounting": "valuation present_values",
    "analysis/economics/equity": "equity",
    "analysis/economics/inputs": "inputs",
    "analysis/economics/later": "later",
    "analysis/economics/metamodel": "metamodel voi",
    "analysis/economics/present_value": "valuation present_values",
    "analysis/economics/received": "received",
    "analysis/economics/selection": "selection",
    "analysis/economics/valuation": "valuation",
    "analysis/economics/voi": "voi",
}
"""Names of the tests of a module's, or a package's, subject: the first that fails ends a trial."""
LEFT_OUT = ("sim/week/channels", "sim/week/conservation", "sim/week/start/asked")
"""What is tested by whole towns, for minutes where nothing is compiled, or by commands."""
SLOW = "branching calendar governance help_seeking hiring life quarters shocks stated_lists"
"""Tests that take many seconds uncompiled: tried on mutants of their subject alone."""
SECONDS, TIMES = 60.0, 5.0
"""Longest trial of a mutant: so long, and so many times as long as where nothing is changed. One
that takes longer has changed when something ends.
"""
LIMITS: dict[tuple[str, ...], float] = {}
"""Longest trial by tests, as they were first run."""
OPERATIONS = (ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp)
ACTS_NOT = re.compile(r"\bTYPE_CHECKING\b|\bFAR\b")
"""What a branch asks that holds types, or requests of memory."""
BRANCHES = (ast.For, ast.While, ast.If, ast.Break, ast.Continue)


def copy_project(folder: Path) -> None:
    """Copy the project, so that itself is never changed."""
    left = shutil.ignore_patterns(
        ".git", ".venv", ".*_cache", "__pycache__", "build", "node_modules"
    )
    shutil.copytree(PROJECT, folder, ignore=left, dirs_exist_ok=True)


def import_all() -> None:
    """Import everything that mutants are planted in, or that knows it by name."""
    for root in ("sim", "analysis"):
        package = importlib.import_module(root)
        for found in pkgutil.walk_packages(package.__path__, f"{root}."):
            # What serves a page or a cluster starts threads, which children would not have.
            if "explorer" not in found.name and "cluster" not in found.name:
                importlib.import_module(found.name)


def find_tests(module: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Test files of a module's subject, and those of all subjects that are quick."""
    path = module.with_suffix("").as_posix()
    part = next(part for part in PARTS if path.startswith(part))
    folder = "tests/sim/week" if part == "sim/week" else "tests/analysis"
    own = TESTS[max((key for key in TESTS if path.startswith(key)), key=len)].split()
    every = {name for key in TESTS if key.startswith(part) for name in TESTS[key].split()}
    quick = sorted(every.difference(SLOW.split()))
    of_own, of_all = ([f"{folder}/test_{name}.py" for name in names] for names in (own, quick))
    return tuple(of_own), tuple(of_all)


def collect(modules: list[Path]) -> None:
    """Import the tests once, before there are children."""
    files = sorted({test for module in modules for tests in find_tests(module) for test in tests})
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *files])


def find_idle(source: str) -> set[int]:
    """Lines of annotations, of imports for types alone and of requests of memory: no change there
    acts, since a request changes no number.
    """
    idle: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        notes: list[Any] = []
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            notes = [node.returns, *(each.annotation for each in every if each)]
            notes += [node] if node.name.startswith("ask_for") else []
        elif isinstance(node, ast.AnnAssign):
            notes = [node.annotation]
        elif isinstance(node, ast.If) and ACTS_NOT.search(ast.unparse(node.test)):
            notes = [node]
        for note in filter(None, notes):
            idle |= set(range(note.lineno, note.end_lineno + 1))
    return idle


def weigh(module: Path) -> int:
    """About how many mutants a module has: ten an operation, two a number, one a branch."""
    weight = 0
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            weight += 2 * isinstance(node.value, int | float)
        else:
            weight += 10 * isinstance(node, OPERATIONS) + isinstance(node, BRANCHES)
    return weight


def list_mutants(module: Path) -> list[tuple[str, int, int]]:
    """Mutants of a module that can act: operator, occurrence and line."""
    idle, found = find_idle(module.read_text(encoding="utf-8")), []
    nodes = list(ast_nodes(get_ast_from_path(module)))
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments() or "Decorator" in name:
            continue
        places = [place for node in nodes for place in kind().mutation_positions(node)]
        found += [
            (name, k, start[0]) for k, (start, _) in enumerate(places) if start[0] not in idle
        ]
    return found


def plant(module: Path, source: str) -> None:
    """Run a module's changed source in its place, and give whoever knows its names the new ones."""
    home = importlib.import_module(module.with_suffix("").as_posix().replace("/", "."))
    before = {name: old for name, old in vars(home).items() if not name.startswith("__")}
    exec(compile(source, str(module), "exec"), vars(home))
    changed = {
        name: (old, vars(home)[name]) for name, old in before.items() if vars(home)[name] is not old
    }
    # Functions and classes by what they are, whatever they are called elsewhere; numbers by name.
    renamed = {id(old): new for old, new in changed.values() if callable(old)}
    here = str(Path.cwd())
    for other in list(sys.modules.values()):
        if not str(getattr(other, "__file__", None) or "").startswith(here):
            continue
        for name, value in list(vars(other).items()):
            if id(value) in renamed:
                setattr(other, name, renamed[id(value)])
            elif name in changed and value is changed[name][0]:
                setattr(other, name, changed[name][1])


def run_planted(module: Path, source: str, tests: tuple[str, ...]) -> None:
    """In a child: plant a mutant, run tests, and end as they do."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    plant(module, source)
    sys.exit(int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests])))


def is_noticed(module: Path, source: str, tests: tuple[str, ...], seconds: float) -> bool:
    """Whether a test fails, or does not end, where a module is this."""
    child = get_context("fork").Process(target=run_planted, args=(module, source, tests))
    child.start()
    child.join(seconds)
    child.kill()
    child.join()
    return child.exitcode != 0


def find_limit(module: Path, tests: tuple[str, ...]) -> float:
    """Longest trial on some tests; ends where they fail although nothing is changed."""
    if tests not in LIMITS:
        start = time.monotonic()
        # Tests that fail anyway would kill every mutant.
        if is_noticed(module, module.read_text(encoding="utf-8"), tests, 3_600.0):
            raise SystemExit(f"tests fail although nothing is changed: {' '.join(tests)}")
        LIMITS[tests] = SECONDS + TIMES * (time.monotonic() - start)
    return LIMITS[tests]


def try_mutant(module: Path, operator: str, occurrence: int, line: int) -> bool:
    """Whether a test notices; what survived is printed."""
    source = module.read_text(encoding="utf-8")
    mutant = mutate_code(source, get_operator(operator)(), occurrence)
    for tests in find_tests(module):
        if is_noticed(module, mutant, tests, find_limit(module, tests)):
            return True
    lines = difflib.unified_diff(source.splitlines(), mutant.splitlines(), lineterm="", n=0)
    changed = [each for each in lines if each[:1] in "+-" and not each.startswith(("---", "+++"))]
    sys.stdout.write("\n".join([f"survived: {module}:{line}", *changed]) + "\n")
    sys.stdout.flush()
    return False


def find_modules(part: str) -> list[Path]:
    """Modules whose path holds `part`, without those that are left out."""
    every = sorted(path for root in PARTS for path in Path(root).rglob("*.py"))
    found = [path for path in every if part in str(path) and path.name != "__init__.py"]
    return [path for path in found if not str(path).startswith(LEFT_OUT)]


def try_sample(count: int, seed: int, part: str) -> int:
    """Try so many mutants of the modules whose path holds `part`; how many were killed."""
    modules, lot, killed = find_modules(part), random.Random(seed), 0
    collect(modules)
    known: dict[Path, list[tuple[str, int, int]]] = {}
    for module in lot.choices(modules, [weigh(path) for path in modules], k=count):
        if module not in known:
            known[module] = list_mutants(module)
        killed += try_mutant(module, *lot.choice(known[module]))
    return killed


def main(count: int = 60, seed: int = 1, part: str = "") -> None:
    """Try a sample of mutants in a copy of the project, and say how many were killed."""
    with tempfile.TemporaryDirectory() as scratch:
        copy_project(Path(scratch))
        os.chdir(scratch)
        os.environ |= {"PYTHONPATH": scratch, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
        if part not in AREAS:
            os.environ["NUMBA_DISABLE_JIT"] = "1"
        sys.path.insert(0, scratch)
        import_all()
        killed = try_area(part, count, seed) if part in AREAS else try_sample(count, seed, part)
    sys.stdout.write(f"{killed} of {count} mutants killed ({killed / max(count, 1):.0%})\n")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(int, given[:2]), *given[2:3])
