"""The committed example is what the model gives today: one of its runs, run again."""

import math
import shutil

import pytest

import sim
from analysis.runs.database import open_runs
from sim.community import Community


def test_a_run_of_the_example_comes_out_the_same(project, tmp_path):
    example = shutil.copytree(project / "results" / "example", tmp_path / "example")
    kept = open_runs(example).summary
    row = kept[(kept["name"] == "peer-pilot") & (kept["seed"] == 1)].iloc[0]
    town = sim.load(example / "peer-pilot.resolved.yaml")
    seen = Community(town, rng=1).run().summary
    moved = {
        key: (row[key], value)
        for key, value in seen.items()
        if key in row.index and math.isfinite(value) and value != pytest.approx(row[key], rel=1e-6)
    }
    assert not moved, "run `make example`, and `make notebooks`"
