"""Imports point down the layers, and what must start fast stays light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("mesa", "numba", "scipy", "matplotlib", "pandas")
PROBE = """
import sys
from importlib.metadata import version
sys.argv = ["kinwell", *{arguments!r}]
from sim.cli import main
try:
    main()
except SystemExit as stop:
    code = stop.code or 0
else:
    code = 0
heavy = [name for name in {heavy!r} if name in sys.modules]
print("HEAVY", code, *heavy, file=sys.stderr)
"""


def heavy_after(arguments: list[str], folder: Path) -> tuple[str, list[str]]:
    probe = PROBE.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    line = [line for line in done.stderr.splitlines() if line.startswith("HEAVY")]
    assert line, done.stderr
    _, code, *heavy = line[-1].split()
    return code, heavy


def test_imports_point_down_only(project):
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=project, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["check", "baseline"],
        ["show", "baseline"],
        ["diff", "baseline", "funding-cut"],
    ],
    ids=" ".join,
)
def test_what_must_start_fast_imports_nothing_heavy(project, arguments):
    code, heavy = heavy_after(arguments, project)
    assert (code, heavy) == ("0", [])


def test_importing_sim_is_light(project):
    program = f"import sim, sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == []
