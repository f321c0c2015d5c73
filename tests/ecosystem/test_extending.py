"""The page on extending works as it is written: its steps, followed in a copy, give what they promise."""

import difflib
import os
import re
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

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


OUTCOME = """
from sim import Community, load
from sim.outcomes import BY_KEY
from sim.store.schema import BY_NAME
results = Community(load("baseline").with_(
    {"population.residents": 250, "warm_up": 0, "horizon": 6}), rng=5).run()
assert BY_KEY["worried"].unit == "people"
assert "worried" in BY_NAME["weekly"].names and "worried" in BY_NAME["summary"].names
print(results.summary["worried"], results.weekly["worried"].size)
"""
RULE = """
from sim import Community, load
from sim.studies.parameter_usage import find_readers
kept = []
for value in (None, 0.0, 0.1):
    changes = {"population.residents": 250, "warm_up": 0, "horizon": 8, "parameters.care.fade_after": 0.0}
    if value is not None:
        changes["parameters.care.company_keeps"] = value
    community = Community(load("baseline").with_(changes), rng=5)
    community.world.residents.coping[:] = 0.5
    community.run()
    kept.append(float(community.world.residents.coping.mean()))
assert any("care" in place for place in find_readers("care.company_keeps")[0])
print(*kept)
"""
SECTION = """
import sys
import sim
from analysis.reports.writer import write_report
small = {"population.residents": 120, "warm_up": 0, "horizon": 3}
towns = [sim.load(name).with_(small) for name in ("baseline", "funding-cut")]
sim.run(towns, replicates=2, seed=1, workers=1, into=sys.argv[1])
print(write_report(sys.argv[1], "planner", None, None, None, allow_missing=False))
"""
OWN_KIND = """
import sys
from sim import Community, load
town = load(sys.argv[1]).with_({
    "population.residents": 250, "warm_up": 0, "horizon": 14,
    "services.garden.staff.volunteer": 5, "services.garden.outreach": 0.3,
})
results = Community(town, rng=5).run()
row = [row for row in results.places if row["service"] == "garden"][-1]
print(row["places"], row["enrolled"])
"""


def read_step(page, name):
    found = re.search(rf"<!-- extending: {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


class Copy:
    """A copy of the packages in which the steps of the page are followed, and what they touched."""

    def __init__(self, project, folder):
        self.project, self.folder = project, folder
        self.page = (project / "docs" / "extending.md").read_text(encoding="utf-8")
        for room in ("sim", "analysis", "scenarios"):
            shutil.copytree(
                project / room, folder / room, ignore=shutil.ignore_patterns("__pycache__")
            )

    def add(self, file, step, after="", before="", instead=""):
        """Put a step of the page at its place in a file, or into a new one."""
        path, lines = self.folder / file, read_step(self.page, step)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        mark = after or before or instead
        assert text.count(mark) >= 1, mark
        if instead:
            lines = lines.rstrip("\n")
        new = (
            {after: mark + lines, before: lines + mark, instead: lines}[mark]
            if mark
            else text + lines
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(mark, new, 1) if mark else new, encoding="utf-8")

    def count(self, *files):
        """Lines that the steps changed or added in these files."""
        changed = 0
        for file in files:
            old = self.project / file
            before = old.read_text(encoding="utf-8").splitlines() if old.is_file() else []
            now = (self.folder / file).read_text(encoding="utf-8").splitlines()
            changed += sum(line.startswith("+ ") for line in difflib.ndiff(before, now))
        return changed

    def run(self, program, *arguments):
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(self.folder)},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


KIND_FILES = ("sim/services/kinds/garden.py", "sim/evidence/services.yaml")
RULE_FILES = ("sim/evidence/care.yaml", "sim/evidence/groups.py", "sim/week/resident/care.py")
OUTCOME_FILES = ("sim/outcomes.py", "sim/week/record/counts.py")
SECTION_FILES = (
    "analysis/reports/sections/usual_waits.py",
    "analysis/reports/planner.py",
    "analysis/templates/planner.html",
)


@pytest.fixture(scope="module")
def copy(project, tmp_path_factory):
    """All steps of the page in one copy: none is in the way of another."""
    made = Copy(project, tmp_path_factory.mktemp("copy"))
    made.add("sim/evidence/services.yaml", "evidence")
    made.add("sim/services/kinds/garden.py", "kind")
    made.add("scenarios/gardens.yaml", "scenario")
    made.add("lines.py", "test")
    made.add("town/kinds/gardening.yaml", "own_kind")
    made.add("town/garden.yaml", "own_scenario")
    made.add("sim/evidence/care.yaml", "rule_number")
    made.add("sim/evidence/groups.py", "rule_field", after="    soon_after_discharge: float\n")
    made.add("sim/week/resident/care.py", "rule", before="@rule\ndef retain_gain(")
    made.add("sim/week/resident/care.py", "rule_call", instead="p.coping_kept")
    made.add("sim/outcomes.py", "outcome", before="    # connection\n")
    made.add("sim/week/record/counts.py", "count", before="    total[Total.peers]")
    made.add("analysis/reports/sections/usual_waits.py", "section")
    planner = "analysis/reports/planner.py"
    made.add(planner, "section_import", before="from analysis.text.tables")
    made.add(planner, "section_row", before='        "places": tabulate_last_year(case),')
    made.add(
        "analysis/templates/planner.html",
        "section_place",
        before="<h2>What would change the answer</h2>",
    )
    return made


def test_a_kind_of_service_is_a_block_of_numbers_and_a_line(copy):
    garden = copy.folder / "scenarios" / "gardens.yaml"
    places, sessions = map(int, copy.run(PROGRAM, garden, copy.folder / "lines.py"))
    assert places == 20
    assert sessions > 0
    assert copy.count(*KIND_FILES) <= 20


def test_a_kind_from_outside_is_one_file_beside_the_scenario(copy):
    places, enrolled = map(int, copy.run(OWN_KIND, copy.folder / "town" / "garden.yaml"))
    assert places == 100
    assert enrolled > 0


def test_a_rule_is_a_number_a_field_and_a_function(copy):
    usual, without, with_friends = map(float, copy.run(RULE))
    assert usual == without, "a value of 0 changes nothing"
    assert with_friends > usual + 1e-4
    assert copy.count(*RULE_FILES) <= 9


def test_an_outcome_is_a_row_and_a_counting_rule(copy):
    mean, weeks = map(float, copy.run(OUTCOME))
    assert weeks == 6
    assert 5 < mean < 150
    assert copy.count(*OUTCOME_FILES) == 2


def test_a_section_of_a_report_is_a_function_and_its_place(copy):
    (written,) = copy.run(SECTION, copy.folder / "out")
    page = (copy.folder / written).read_text(encoding="utf-8")
    said = re.findall(r"(baseline|funding-cut): ([\d,.]+) people wait in a usual week", page)
    assert [name for name, _ in said] == ["baseline", "funding-cut"]
    assert copy.count(*SECTION_FILES) <= 22
