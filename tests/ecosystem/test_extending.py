"""The page on extending works as it is written: its steps, followed in a copy, give a kind that runs."""

import os
import re
import shutil
import subprocess
import sys

PROGRAM = """
import sys
from sim.community import Community
from sim.scenario.library import load
from sim.services.catalogue import KINDS
scenario = load(sys.argv[1]).with_({"population.residents": 250, "warm_up": 0, "horizon": 14, "services.garden.outreach": 0.3, "services.garden.staff.volunteer": 5})
assert "gardening_group" in KINDS
community = Community(scenario, rng=5)
results = community.run()
row = [row for row in results.places if row["service"] == "garden"][-1]
print(row["places"], row["sessions"])
"""


def read_step(page, name):
    found = re.search(rf"<!-- extending: {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


def test_the_steps_of_the_page_give_a_kind_that_runs(project, tmp_path):
    page = (project / "docs" / "extending.md").read_text(encoding="utf-8")
    for folder in ("sim", "scenarios"):
        shutil.copytree(project / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    evidence = tmp_path / "sim" / "evidence" / "services.yaml"
    evidence.write_text(evidence.read_text(encoding="utf-8") + read_step(page, "evidence"), encoding="utf-8")
    (tmp_path / "sim" / "services" / "garden.py").write_text(read_step(page, "kind"), encoding="utf-8")
    (tmp_path / "scenarios" / "gardens.yaml").write_text(read_step(page, "scenario"), encoding="utf-8")
    interpreted = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "scenarios" / "gardens.yaml")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=interpreted,
    )
    assert done.returncode == 0, done.stderr
    places, sessions = map(int, done.stdout.split())
    assert places == 20
    assert sessions > 0
