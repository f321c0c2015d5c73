"""Case 06: another user without a home, sources that nobody may write and no compiled code."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import numpy as np
import sim.community
from sim.engine.random import draw_for
who = np.arange(3, dtype=np.uint32)
zero, one = np.uint64(0), np.uint64(1)
print(len(draw_for(who, one, one, zero, (one, zero))))
"""
"""Every loop is declared when the model is imported; one of them is compiled and used."""
NOBODY = 65534


@pytest.fixture
def sources():
    """Read-only sources without what was compiled of them."""
    folder = Path(tempfile.mkdtemp(prefix="kinwell-read-only-"))
    for name in ("sim", "scenarios"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "places")
        )
    for path in (folder, *folder.rglob("*")):
        path.chmod(stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH | (0o111 if path.is_dir() else 0))
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)


def is_open_to_all(file):
    """Whether everybody may go through the folders to a file."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in Path(file).resolve().parents)


def test_whoever_may_write_nowhere_compiles_at_each_start(sources):
    root = os.geteuid() == 0
    if root and not is_open_to_all(sys.executable):
        pytest.skip("this Python lies where nobody but its owner may look")
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
    path = os.pathsep.join([str(sources), *(entry for entry in sys.path if "packages" in entry)])
    made = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=sources,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        **other,
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout == "3\n"
    if root:
        assert "compiled code is kept for this start alone" in made.stderr
