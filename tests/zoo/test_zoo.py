"""Faults planted in the model are seen, each by a test that stands anyway; the documentation lists them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("faults", HERE / "faults.py")
ZOO = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ZOO)


@pytest.fixture(scope="module")
def seen():
    """What the keeper saw, by kind of fault; in a process of its own, where nothing is compiled."""
    told = subprocess.run(
        [sys.executable, HERE / "keeper.py"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    return {row["kind"]: row for row in rows}


@pytest.mark.parametrize("fault", ZOO.FAULTS, ids=lambda fault: fault.kind)
def test_a_planted_fault_is_seen_by_its_test(seen, fault):
    """By that test and by no accident: it failed, where it passes in the model as it is."""
    found = seen[fault.kind]
    assert found["code"] == 1, found["said"]
    assert [name.split("[")[0] for name in found["failed"]] == [fault.check]


def test_the_documentation_lists_every_fault_with_its_test(project):
    page = (project / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and ".py::" in line]
    said = {tuple(cell.strip(" `") for cell in row.strip("| ").split("|")[:2]) for row in rows}
    assert said == {(fault.kind, fault.check.split("/", 1)[1]) for fault in ZOO.FAULTS}
