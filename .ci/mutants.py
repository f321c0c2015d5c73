"""Change the model line by line and see whether a test notices.

    .ci/mutants.py [COUNT] [SEED] [PART]

COUNT mutants (60) are drawn from all that Cosmic Ray can make of the week of the model and of the
economics, or of the modules whose path holds PART. Each is tried in a copy of the project, with
compilation switched off, on the tests of its subject alone: what the whole suite kills is at least
that. Prints each that survived, and the share that was killed. Decorators and annotations are left
alone: what they say does not act there.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db

PROJECT = Path(__file__).resolve().parents[1]
WEEK, ECONOMICS = "tests/sim/week", "tests/analysis"
TESTS = {
    "sim/week/resident/care": (f"{WEEK}/test_care.py", f"{WEEK}/test_sessions.py"),
    "sim/week/resident/crisis": (f"{WEEK}/test_crisis.py", f"{WEEK}/test_risk.py"),
    "sim/week/resident/family_spillover": (f"{WEEK}/test_family_spillover.py",),
    "sim/week/resident/help_seeking": (f"{WEEK}/test_help_seeking.py",),
    "sim/week/resident/life": (f"{WEEK}/test_life.py",),
    "sim/week/resident/outreach_contact": (f"{WEEK}/test_help_seeking.py",),
    "sim/week/resident/service_choice": (f"{WEEK}/test_help_seeking.py",),
    "sim/week/resident/social": (f"{WEEK}/test_social.py", f"{WEEK}/test_neighbours.py"),
    "sim/week/resident/symptoms": (f"{WEEK}/test_symptoms.py",),
    "sim/week/supply/allocation": (f"{WEEK}/test_matching.py",),
    "sim/week/supply/calendar": (f"{WEEK}/test_calendar.py",),
    "sim/week/supply/crisis_response": (f"{WEEK}/test_crisis_response.py",),
    "sim/week/supply/hiring": (f"{WEEK}/test_hiring.py",),
    "sim/week/supply/ward": (f"{WEEK}/test_crisis.py",),
    "sim/week/supply/workforce": (f"{WEEK}/test_workforce.py",),
    "sim/week/money/payments": (f"{WEEK}/test_money.py",),
    "sim/week/money/treasury": (f"{WEEK}/test_treasury.py", f"{WEEK}/test_money.py"),
    "sim/week/record/counts": (f"{WEEK}/test_record.py",),
    "sim/week/record/week_row": (f"{WEEK}/test_week_row.py",),
    "sim/week/governance/committee": (f"{WEEK}/test_governance.py",),
    "analysis/economics/budget": (
        f"{ECONOMICS}/test_valuation.py",
        f"{ECONOMICS}/test_present_values.py",
    ),
    "analysis/economics/cea": (f"{ECONOMICS}/test_cea.py",),
    "analysis/economics/discounting": (f"{ECONOMICS}/test_valuation.py", "tests/worked_examples"),
    "analysis/economics/equity": (f"{ECONOMICS}/test_equity.py",),
    "analysis/economics/present_value": (
        f"{ECONOMICS}/test_valuation.py",
        f"{ECONOMICS}/test_present_values.py",
    ),
    "analysis/economics/selection": (f"{ECONOMICS}/test_selection.py",),
    "analysis/economics/valuation": (f"{ECONOMICS}/test_valuation.py",),
    "analysis/economics/voi": (f"{ECONOMICS}/test_voi.py", "tests/worked_examples"),
}
"""Tests of a module's subject; the first that fails ends the trial of a mutant."""
SECONDS = 240.0
"""Longest trial of a mutant; one that takes longer has changed when something ends."""


def copy_project(folder: Path) -> None:
    """Copy what is needed to test, so that the project itself is never changed."""
    left = shutil.ignore_patterns("__pycache__")
    for name in ("sim", "analysis", "scenarios", "tests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=left)
    shutil.copy(PROJECT / "pyproject.toml", folder)


def find_idle(source: str) -> set[int]:
    """Lines of annotations, of imports for types alone and of overloads: no change there acts."""
    idle: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        notes: list[Any] = []
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            notes = [node.returns, *(each.annotation for each in every if each)]
        elif isinstance(node, ast.AnnAssign):
            notes = [node.annotation]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            notes = [node]
        for note in filter(None, notes):
            idle |= set(range(note.lineno, note.end_lineno + 1))
    return idle


def list_mutants(part: str) -> list[Any]:
    """Mutants of the modules whose path holds `part`, those that can act."""
    found = []
    for module in sorted(name for name in TESTS if part in name):
        path = Path(f"{module}.py")
        idle = find_idle(path.read_text(encoding="utf-8"))
        with use_db("mutants.sqlite", WorkDB.Mode.create) as database:
            init([path], database, {})
            for item in database.work_items:
                (mutation,) = item.mutations
                if "Decorator" not in mutation.operator_name and mutation.start_pos[0] not in idle:
                    found.append(mutation)
    return found


def try_mutant(mutation: Any) -> bool:
    """Whether a test notices; what survived is printed."""
    tests = " ".join(TESTS[mutation.module_path.with_suffix("").as_posix()])
    command = f"{sys.executable} -m pytest -q -x -n 0 -p no:cacheprovider {tests}"
    result = mutate_and_test([mutation], command, SECONDS)
    if not result.is_killed:
        lines = [line for line in (result.diff or "").splitlines() if line[:1] in "+-"]
        changed = [line for line in lines if not line.startswith(("---", "+++"))]
        place = f"{mutation.module_path}:{mutation.start_pos[0]}"
        sys.stdout.write("\n".join([f"survived: {place}", *changed]) + "\n")
        sys.stdout.flush()
    return bool(result.is_killed)


def main(count: int = 60, seed: int = 1, part: str = "") -> None:
    """Try a sample of mutants and say how many were killed."""
    with tempfile.TemporaryDirectory() as scratch:
        copy_project(Path(scratch))
        os.chdir(scratch)
        os.environ |= {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": scratch}
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        known = list_mutants(part)
        chosen = random.Random(seed).sample(known, min(count, len(known)))
        killed = sum(try_mutant(mutation) for mutation in chosen)
    share = killed / max(len(chosen), 1)
    said = f"{killed} of {len(chosen)} mutants killed ({share:.0%}), of {len(known)} that there are"
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(int, given[:2]), *given[2:3])
