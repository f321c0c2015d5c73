"""`sweep`: what it prints, estimates, continues and refuses."""

import json
from pathlib import Path

import pytest

from sim.cli.planning import check
from sim.cli.sweeping import sweep
from sim.errors import InvalidInput, KinwellError
from sim.scenario.files.yaml_document import Document
from sim.scenario.library import Loaded

TEXT = """kind: sweep
title: Effects
scenario: pilot
against: baseline
vary:
  policy:
    effect: {from: 0.5, to: 2.5}
  parameters:
    symptoms.loneliness: evidence
design: {kind: latin_hypercube, points: 4}
replicates: 2
"""


@pytest.fixture
def written(stand_in, tmp_path, monkeypatch):
    """A sweep of the stand-in."""
    monkeypatch.setattr(
        "sim.scenario.designs.sweep.read",
        lambda name: Loaded(stand_in[str(name)], Document({}, {}, {}), Path(name)),
    )
    monkeypatch.setattr("sim.studies.dry_run.estimate_sweep.__defaults__", ("fake_community",))
    file = tmp_path / "effects.yaml"
    file.write_text(TEXT)
    return file


def test_a_sweep_is_run_and_continued_by_the_same_command(invoke, written):
    done = invoke(sweep, written, "-j", 1)
    assert done.exit_code == 0, done.output
    assert "16 runs in" in done.stdout
    assert "Next: kinwell report results/effects" in done.stderr
    assert "16 stored before" in invoke(sweep, written, "-j", 1).stdout


def test_more_replicates_and_points_extend_it(invoke, written):
    invoke(sweep, written, "-j", 1)
    assert "16 runs in" in invoke(sweep, written, "-j", 1, "-n", 4).stdout
    assert "32 runs in" in invoke(sweep, written, "-j", 1, "-n", 4, "--points", 8).stdout
    other = invoke(sweep, written, "-j", 1, "-n", 4, "--points", 12)
    assert "does not hold the 8 that are stored" in other.stderr
    assert "16, 32" in other.stderr


def test_a_dry_run_says_runs_time_and_disk(invoke, written, tmp_path):
    done = invoke(sweep, written, "--dry-run", "-j", 1)
    assert done.exit_code == 0, done.output
    assert "4 points × 2 replicates: 16 runs" in done.stdout
    assert "of disk" in done.stdout
    assert not (tmp_path / "results").exists()
    assert json.loads(invoke(sweep, written, "--dry-run", "--json", "-").stdout)["runs"] == 16


def test_failures_are_told_with_the_way_to_try_again(invoke, written):
    written.write_text(TEXT.replace("pilot", "bad"))
    done = invoke(sweep, written, "-j", 1)
    assert isinstance(done.exception, KinwellError)
    assert "4 runs of effects have failed" in str(done.exception)
    assert "--retry-failed" in str(done.exception)


@pytest.mark.parametrize(
    "words",
    [
        ("-j", "2", "--cluster", "tcp://x:1"),
        ("--limit-failures", "many"),
        ("--limit-failures", "0"),
        ("--limit-failures", "200%"),
    ],
)
def test_wrong_options_are_told(invoke, written, words):
    done = invoke(sweep, written, *words)
    assert isinstance(done.exception, InvalidInput)


def test_check_knows_sweeps(invoke, written):
    done = invoke(check, written)
    assert done.exit_code == 0, done.output
    assert (
        "a sweep of pilot, 1 of policy and 1 of parameters vary, latin_hypercube, 2 replicates"
        in done.stdout
    )
    assert "Next: kinwell sweep" in done.stderr


def test_check_says_that_what_a_file_has_varies(invoke, tmp_path):
    (tmp_path / "draws.csv").write_text("symptoms.noise\n0.4\n0.5\n", "utf-8")
    file = tmp_path / "s.yaml"
    file.write_text(
        "kind: sweep\nscenario: baseline\nreplicates: 1\n"
        "design: {kind: posterior, file: draws.csv}\n",
        "utf-8",
    )
    done = invoke(check, file)
    assert "0 of policy and what draws.csv has vary, posterior, 1 replicate." in done.stdout
