"""What cannot run is told before anything does, and what can runs all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.cli.auditing import _say_idle
from sim.errors import InvalidInput
from sim.studies.audit.plan import CONTROL, INVARIANCES, find_unfit, plan_audit
from sim.studies.audit.run import Seeds, run_audit
from sim.studies.calibration import check

NEARLY_FULL = {"population.residents": 12_000_000}
"""Twice this is more than a town can have."""


def test_a_change_that_a_town_cannot_take_is_left_out_of_an_audit_and_told(capsys):
    town = sim.load("baseline").with_(NEARLY_FULL)
    plan = plan_audit([town], draws=0, ends=False)
    left = [one.name for one in _say_idle(plan, [town])]
    assert left == [one.name for one in plan if one.name != "double"]
    assert "double: is left out, these towns cannot be so: population.residents" in (
        capsys.readouterr().err
    )


def test_an_audit_says_what_of_another_size_is_not_in_proportion(capsys):
    """One bed stays one in half the town: what follows is of the rounding and not of the size."""
    town = sim.load("baseline").with_({"services.ward.beds": 1})
    _say_idle(plan_audit([town, town], draws=0, ends=False), [town, town])
    said = [line for line in capsys.readouterr().err.splitlines() if "are whole" in line]
    assert said == ["note: half: ward has 1 bed where 0.5 would be in proportion: beds are whole"]


def test_an_audit_refuses_it_in_python_before_anything_runs(tmp_path):
    towns = [sim.load("baseline").with_(NEARLY_FULL)]
    with pytest.raises(InvalidInput, match="double: must be at most"):
        run_audit(towns, [CONTROL, *INVARIANCES], tmp_path / "r", Seeds(2, 2), 1, "x")
    assert not (tmp_path / "r").exists()


def test_towns_that_can_take_every_change_lose_none(project):
    town = sim.load(str(project / "scenarios" / "places" / "trafford" / "peers.yaml"))
    assert not find_unfit(plan_audit([town], draws=2, ends=True), [town])


@pytest.mark.parametrize("way", [["--check", "--seeds", "2"], [], ["--refine"], ["--posterior"]])
def test_a_size_that_a_scenario_cannot_have_is_told_before_a_calibration_runs(
    way, tmp_path, monkeypatch
):
    """A list of 660 people fits a town of 10,000, and not one of 200."""

    def fail(*_):
        raise AssertionError("a town was run")

    monkeypatch.setattr(check, "measure_town", fail)
    file = tmp_path / "full.yaml"
    lists = "services: {community-therapy: {at_start: {in_care: 60, waiting: 600}}}"
    file.write_text(f"extends: baseline\ntitle: Full\n{lists}\n", encoding="utf-8")
    command = ["calibrate", *way, "--scenario", str(file), "--residents", "200", "-o"]
    told = CliRunner().invoke(main, [*command, str(tmp_path / "fit")])
    assert told.exit_code == 2
    assert "660 people in care and waiting, of 200" in told.output
    assert not Path(tmp_path / "fit").exists()


def test_a_moment_without_a_value_is_not_said_to_lie_outside():
    figures = check.np.full((2, check.count_parts()), check.np.nan)
    table = check.write_table(check.judge(figures))
    assert "no value" in table
    assert "OUTSIDE" not in table
    assert "nan" not in table


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "nope"), "there is no scenario 'nope' among these; there are"),
        (("--only", ""), "--only : name scenarios with commas between them"),
        (("--only", "baseline,baseline"), "this is what others are compared with; name one"),
        (("--from", "week 155", "--to", "week 155"), "no week lies between them"),
        (("--from", ""), "--from : this is no week"),
        (("--to", "week 157"), "these runs have 156 weeks"),
        (("--yearly", "--keep", "summary"), "--yearly: needs the weeks of the runs"),
        (("--from", "week 1", "--keep", "summary"), "--from: needs the weeks of the runs"),
        (("--limit", "9"), "--limit: is about --precision"),
        (("--outcome", "qalys"), "--outcome: is about --precision"),
    ],
)
def test_what_a_comparison_will_not_hold_is_refused_before_it_runs(
    kinwell, tmp_path, monkeypatch, words, told
):
    monkeypatch.chdir(tmp_path)
    found = kinwell("compare", "baseline", "peer-pilot", "-n", 2, "-o", "r", *words)
    assert found.exit_code == 2
    assert told in found.stderr
    assert not (tmp_path / "r").exists()


def test_an_outcome_that_there_is_not_ends_an_audit_before_it_runs(kinwell, tmp_path):
    small = {"population.residents": 60, "warm_up": "2 weeks", "horizon": "4 weeks"}
    towns = [sim.load(name).with_(small) for name in ("baseline", "peer-pilot")]
    sim.run(towns, replicates=2, workers=1, into=tmp_path / "r")
    found = kinwell("audit", tmp_path / "r", "--outcome", "qaly")
    assert found.exit_code == 2
    assert "there is no such outcome - did you mean 'qalys'?" in found.stderr
    assert not (tmp_path / "r" / "audit").exists()
