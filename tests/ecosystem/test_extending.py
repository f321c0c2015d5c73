"""The page on extending works as it is written: its steps, followed in a copy, give a kind that runs."""

import os
import re
import shutil
import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from sim.community import Community
from sim.scenario.library import load
from sim.services.catalogue import KINDS
assert "gardening_group" in KINDS
SERVICES, EFFECTS = {}, []
exec(open(sys.argv[2]).read())
((kind, column, low, high),) = EFFECTS
small = load(sys.argv[1]).with_({"population.residents": 250, "warm_up": 0, "horizon": 14})
towns = [
    Community(small.with_({f"services.garden.{key}": value for key, value in ({"enabled": on} | SERVICES[kind]).items()}), rng=5)
    for on in (True, False)
]
places = towns[0].run().places
towns[1].run()
change = getattr(towns[0].world.residents, column).astype(float) - getattr(towns[1].world.residents, column)
mean = change[np.abs(change) > 1e-3].mean()
assert low <= mean <= high, mean
row = [row for row in places if row["service"] == "garden"][-1]
print(row["places"], row["sessions"])
"""


def read_step(page, name):
    found = re.search(rf"<!-- extending: {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


def test_the_steps_of_the_page_give_a_kind_that_runs(project, tmp_path):
    page = (project / "docs" / "extending.md").read_text(encoding="utf-8")
    for folder in ("sim", "scenarios"):
        shutil.copytree(
            project / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    evidence = tmp_path / "sim" / "evidence" / "services.yaml"
    evidence.write_text(
        evidence.read_text(encoding="utf-8") + read_step(page, "evidence"), encoding="utf-8"
    )
    (tmp_path / "sim" / "services" / "kinds" / "garden.py").write_text(
        read_step(page, "kind"), encoding="utf-8"
    )
    (tmp_path / "scenarios" / "gardens.yaml").write_text(
        read_step(page, "scenario"), encoding="utf-8"
    )
    (tmp_path / "lines.py").write_text(read_step(page, "test"), encoding="utf-8")
    interpreted = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM,
            str(tmp_path / "scenarios" / "gardens.yaml"),
            str(tmp_path / "lines.py"),
        ],
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


OUTCOME = """
import sys
from sim import Community, load
from sim.outcomes import BY_KEY
from sim.store.schema import BY_NAME
results = Community(load("baseline").with_(
    {"population.residents": 250, "warm_up": 0, "horizon": 6}), rng=5).run()
assert BY_KEY["worried"].unit == "people"
assert "worried" in BY_NAME["weekly"].names and "worried" in BY_NAME["summary"].names
print(results.summary["worried"], results.weekly["worried"].size)
"""


def insert_before(path, mark, lines):
    text = path.read_text(encoding="utf-8")
    assert mark in text
    path.write_text(text.replace(mark, f"{lines}{mark}", 1), encoding="utf-8")


def test_a_row_and_a_counting_rule_give_an_outcome(project, tmp_path):
    page = (project / "docs" / "extending.md").read_text(encoding="utf-8")
    for folder in ("sim", "scenarios"):
        shutil.copytree(
            project / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    insert_before(
        tmp_path / "sim" / "outcomes.py", "    # connection\n", read_step(page, "outcome")
    )
    counts = tmp_path / "sim" / "week" / "record" / "counts.py"
    insert_before(counts, "    total[Total.peers]", read_step(page, "count"))
    done = subprocess.run(
        [sys.executable, "-c", OUTCOME],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    mean, weeks = map(float, done.stdout.split())
    assert weeks == 6
    assert 5 < mean < 150
