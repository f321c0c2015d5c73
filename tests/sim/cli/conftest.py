"""Commands meet the stand-in for the model instead of the model."""

import json
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.scenario.files.yaml_document import Document
from sim.scenario.library import Loaded

sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))


@pytest.fixture(scope="session", autouse=True)
def _keep_the_real_load():
    """Import whatever keeps the `load` that it meets when it is imported: it must be the real one."""
    root = Path(sim.__file__).parent
    for file in root.rglob("*.py"):
        if re.search(
            r"^from sim\.scenario\.library import .*\bload\b", file.read_text(), re.MULTILINE
        ):
            import_module(".".join(("sim", *file.relative_to(root).with_suffix("").parts)))


@pytest.fixture
def stand_in(monkeypatch):
    """Let `run`, `compare`, `verify` and estimates use the stand-in; give the scenarios by name."""
    from fake_community import FakePopulation, FakeScenario

    import sim.studies.parameter_usage
    from sim.studies.dry_run import estimate_study
    from sim.studies.running.plan import Execution
    from sim.studies.running.verification import verify_runs

    towns = {
        "baseline": FakeScenario("baseline"),
        "pilot": FakeScenario("pilot", effect=1.0, scatter=0.5),
        "bad": FakeScenario("bad", trouble="raise 2"),
    }

    def load(file):
        path = Path(file)
        if not path.is_file():
            return towns[str(file)]
        data = json.loads(path.read_text())
        population = FakePopulation(**data.pop("population"))
        return FakeScenario(**data, population=population)

    monkeypatch.setattr("sim.scenario.library.load", load)
    monkeypatch.setattr(
        "sim.cli.running.read_scenario",
        lambda file: Loaded(load(file), Document({}, {}, {}), Path(file)),
    )
    # what is run here needs no compiled model, whether or not this machine keeps one
    monkeypatch.setattr("sim.community.is_compiled", lambda: True)
    assert sim.studies.parameter_usage.load is not load
    usual = Execution.__init__.__defaults__
    monkeypatch.setattr(Execution.__init__, "__defaults__", (*usual[:-1], "fake_community"))
    for function in (estimate_study, verify_runs):
        monkeypatch.setitem(function.__kwdefaults__, "engine", "fake_community")
    return towns


@pytest.fixture
def invoke(stand_in, tmp_path, monkeypatch):
    """Call a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(command, *words):
        assert stand_in
        return CliRunner().invoke(command, [str(word) for word in words])

    return call
