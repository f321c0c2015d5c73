"""`run` and `compare`: what they print, write, refuse and continue."""

import json

import pytest

from sim.cli.comparing import compare
from sim.cli.running import parse_set, run
from sim.errors import InvalidInput, KinwellError
from sim.studies.running.progress import summarise

FAST = ("-j", "1")


def test_run_stores_and_names_the_next_command(invoke, tmp_path):
    done = invoke(run, "baseline", "pilot", "-n", 3, *FAST)
    assert done.exit_code == 0, done.output
    assert "6 runs in" in done.stdout
    assert "Next: kinwell compare results/baseline-pilot" in done.stdout
    assert (tmp_path / "results/baseline-pilot/runs.db").is_file()
    again = invoke(run, "baseline", "pilot", "-n", 3, *FAST)
    assert "0 runs in" in again.stdout
    assert "6 stored before" in again.stdout


def test_progress_goes_to_stderr(invoke):
    done = invoke(run, "baseline", "-n", 10, *FAST)
    assert "100 %" in done.stderr
    assert "%" not in done.stdout


def test_run_writes_json(invoke):
    done = invoke(run, "baseline", "-n", 2, "--seed", 7, "--json", "-", *FAST)
    found = json.loads(done.stdout)
    assert (found["names"], found["seeds"], found["done"]) == (["baseline"], [7, 8], 2)


def test_run_reports_failures_and_exits_1(invoke):
    done = invoke(run, "bad", "-n", 3, *FAST)
    assert isinstance(done.exception, KinwellError)
    assert done.exception.exit_code == 1
    assert "bad, seed 2" in str(done.exception)
    assert "2 runs" not in str(done.exception)


def test_changed_values_get_a_folder_of_their_own(invoke, tmp_path):
    invoke(run, "baseline", "-n", 1, "--set", "effect=2.5", *FAST)
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("baseline-changed-")
    assert "effect: 2.5" in (folder / "baseline.resolved.yaml").read_text()


def test_values_are_yaml_1_2():
    assert parse_set("a.b=1e-3") == ("a.b", 0.001)
    assert parse_set("a=no") == ("a", "no")
    assert parse_set("a=[1, 2]") == ("a", [1, 2])
    assert parse_set("a=week 8") == ("a", "week 8")
    for wrong in ("a", "=1", "a=", "a=[1"):
        with pytest.raises(InvalidInput, match="--set"):
            parse_set(wrong)


def test_a_dry_run_runs_nothing(invoke, tmp_path):
    done = invoke(run, "baseline", "pilot", "-n", 10, "--dry-run", *FAST)
    assert "20 runs × up to 15 weeks × 100 residents" in done.stdout
    assert "of disk" in done.stdout
    assert not (tmp_path / "results").exists()
    found = json.loads(invoke(run, "baseline", "-n", 10, "--dry-run", "--json", "-").stdout)
    assert (found["runs"], found["weeks"]) == (10, 150)


def test_compare_runs_first_and_adds_the_reference(invoke, tmp_path):
    done = invoke(compare, "pilot", "-n", 4, "--json", "out.json", *FAST)
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["reference"], found["replicates"]) == ("baseline", 4)
    assert found["differences"]["pilot"]["expected_admissions"]["mean"] == pytest.approx(-10, abs=5)
    assert set(found["differences"]["pilot"]["cost"]) >= {
        "mean",
        "low",
        "high",
        "share_better",
        "correlation",
        "variance_ratio",
    }
    assert "Next: kinwell report" in done.stdout
    assert "Expected admissions" in done.stdout


def test_compare_reads_a_folder(invoke):
    invoke(run, "baseline", "pilot", "-n", 3, "-o", "out", *FAST)
    done = invoke(compare, "out", "--json", "-")
    assert json.loads(done.stdout)["replicates"] == 3
    other = invoke(compare, "out", "--against", "pilot", "--json", "-")
    assert json.loads(other.stdout)["reference"] == "pilot"


def test_compare_adds_replicates_until_tight_enough(invoke):
    done = invoke(
        compare,
        "baseline",
        "pilot",
        "-n",
        4,
        "-o",
        "out",
        "--precision",
        "1.5",
        "--outcome",
        "expected_admissions",
        *FAST,
    )
    assert done.exit_code == 0, done.output
    assert "Tight enough" in done.stdout
    assert 4 < summarise("out").planned / 2 < 500


def test_compare_says_when_the_limit_came_first(invoke):
    done = invoke(
        compare,
        "baseline",
        "pilot",
        "-n",
        4,
        "-o",
        "out",
        "--precision",
        "0.001",
        "--outcome",
        "expected_admissions",
        "--limit",
        9,
        "--json",
        "-",
        *FAST,
    )
    found = json.loads(done.stdout)
    assert found["replicates"] == 9
    assert "The limit of 9 replicates was reached" in found["precision"]["reason"]


def test_compare_tightens_a_stored_folder(invoke):
    invoke(run, "baseline", "pilot", "-n", 3, "--seed", 5, "-o", "out", *FAST)
    done = invoke(
        compare,
        "out",
        "--precision",
        "0.001",
        "--outcome",
        "expected_admissions",
        "--limit",
        6,
        "--json",
        "-",
        *FAST,
    )
    assert json.loads(done.stdout)["replicates"] == 6


def test_compare_stops_at_failures_unless_allowed(invoke):
    done = invoke(compare, "baseline", "bad", "-n", 4, "-o", "out", *FAST)
    assert isinstance(done.exception, KinwellError)
    assert "--allow-missing" in str(done.exception)
    allowed = invoke(compare, "out", "--allow-missing", "--json", "-")
    assert json.loads(allowed.stdout)["replicates"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("baseline", "pilot", "--precision", "tight"), "--precision tight"),
        (("baseline", "pilot", "--precision", "-5%"), "above 0"),
        (("baseline", "pilot", "--outcome", "admisions"), "did you mean 'admissions'"),
        (("baseline", "--precision", "5%", "-n", "2"), "alone: there is nothing to compare"),
        (("nowhere.db",), "no runs are stored here"),
    ],
)
def test_compare_refuses_wrong_questions(invoke, words, message):
    done = invoke(compare, *words, *FAST)
    assert isinstance(done.exception, KinwellError)
    assert done.exception.exit_code == 2
    assert message in str(done.exception)
