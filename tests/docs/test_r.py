"""The R of the documentation runs, where R and the packages it needs are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "how-to" / "r.md"
BLOCKS = dict(
    zip(
        ("RSQLite", "reticulate"),
        re.findall(r"```r\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL),
        strict=True,
    )
)


def has(package):
    program = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
    found = shutil.which("Rscript")
    return (
        found is not None
        and subprocess.run([found, "-e", program], check=False, capture_output=True).returncode == 0
    )


@pytest.mark.parametrize("package", BLOCKS)
def test_the_block_of_a_package_runs(package, tmp_path):
    if not has(package):
        pytest.skip(f"R with {package} is not installed here")
    small = {"population.residents": 400, "warm_up": 4, "horizon": 13}
    towns = [sim.load(name).with_(small) for name in ("baseline", "peer-pilot")]
    sim.run(towns, replicates=3, workers=1, into=tmp_path / "results" / "small")
    (tmp_path / "page.R").write_text(BLOCKS[package], encoding="utf-8")
    environment = os.environ | {
        "RETICULATE_PYTHON": sys.executable,
        "PYTHONPATH": str(PROJECT),
        "MPLBACKEND": "Agg",
    }
    done = subprocess.run(
        ["Rscript", "page.R"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
