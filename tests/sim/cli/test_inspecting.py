"""`evidence`, `verify`, `bench` and `doctor`."""

import json
import sqlite3

import pytest

from sim.cli.inspecting import bench, doctor, evidence, list_warnings, verify
from sim.cli.running import run
from sim.errors import KinwellError

GOOD = {"memory_bytes": 16_000_000_000}


def test_doctor_tells_versions_and_machine(invoke):
    found = json.loads(invoke(doctor, "--json", "-").stdout)
    assert {"python", "sqlite", "numpy"} <= set(found["versions"])
    assert found["machine"]["cores"] >= 1
    assert invoke(doctor).stdout.count("\n") >= 5


def test_doctor_warns_of_what_is_small():
    assert list_warnings(GOOD, 10**12) == []
    poor = " ".join(list_warnings({"memory_bytes": 10**9}, 10**6))
    assert "memory" in poor
    assert "disk" in poor


@pytest.mark.parametrize("name", ["x" * 300, "file", "file/below"])
def test_doctor_warns_of_a_cache_that_cannot_be(monkeypatch, tmp_path, name):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / name))
    assert "NUMBA_CACHE_DIR" in " ".join(list_warnings(GOOD, 10**12))


def test_doctor_warns_of_another_sim(monkeypatch, tmp_path):
    (tmp_path / "sim.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    (warning,) = list_warnings(GOOD, 10**12)
    assert str(tmp_path / "sim") in warning


def test_verify_finds_identical_runs(invoke):
    invoke(run, "baseline", "pilot", "-n", 3, "-o", "out", "-j", 1)
    done = invoke(verify, "out", "--at-most", 2)
    assert done.exit_code == 0, done.output
    assert "4 identical" in done.stdout


def test_verify_takes_one_run(invoke, tmp_path):
    invoke(run, "baseline", "-n", 3, "-o", "out", "-j", 1)
    with sqlite3.connect(tmp_path / "out/runs.db") as connection:
        key = connection.execute("SELECT key FROM runs WHERE seed = 2").fetchone()[0]
    (check,) = json.loads(invoke(verify, "out", key[:10], "--json", "-").stdout)
    assert (check["run"], check["seed"], check["verdict"]) == (key, 2, "identical")
    assert "no finished run zzz" in str(invoke(verify, "out", "zzz").exception)


@pytest.mark.parametrize(("factor", "verdict"), [(1 + 1e-12, "consistent"), (30.0, "different")])
def test_verify_says_how_far_numbers_are_off(invoke, tmp_path, factor, verdict):
    invoke(run, "baseline", "-n", 6, "-o", "out", "-j", 1)
    with sqlite3.connect(tmp_path / "out/runs.db") as connection:
        connection.execute(
            "UPDATE summary SET cost = cost * ? WHERE run = (SELECT key FROM runs WHERE seed = 1)",
            (factor,),
        )
    done = invoke(verify, "out", "--json", "-", "--at-most", 1)
    (check,) = json.loads(done.stdout)
    assert check["verdict"] == verdict
    assert check["largest"].startswith("cost")
    assert (done.exception is None) == (verdict == "consistent")


def test_verify_sees_a_changed_week_and_names_changed_versions(invoke, tmp_path):
    invoke(run, "baseline", "-n", 4, "-o", "out", "-j", 1)
    with sqlite3.connect(tmp_path / "out/runs.db") as connection:
        connection.execute("UPDATE weekly SET cost = cost + 1 WHERE week = 2")
        connection.execute(
            "UPDATE runs SET model_version = '2', versions = json_set(versions, '$.numpy', '1.0')"
        )
    done = invoke(verify, "out", "--at-most", 1)
    assert "1 consistent" in done.stdout
    assert "model version 2 then, 3 now" in done.stdout
    assert "numpy 1.0 then" in done.stdout


@pytest.mark.parametrize("sizes", ["", "ten", "0", "10,-5", "300,300"])
def test_bench_refuses_sizes_that_are_none(invoke, sizes):
    done = invoke(bench, "--sizes", sizes)
    assert isinstance(done.exception, KinwellError)
    assert done.exception.exit_code == 2


def test_evidence_lists_every_parameter(invoke):
    from sim.evidence.loader import all_evidence

    listed = json.loads(invoke(evidence, "--json", "-").stdout)
    assert {row["id"] for row in listed} == set(all_evidence())
    assert all(row["low"] <= row["value"] <= row["high"] for row in listed)


def test_evidence_tells_where_a_number_comes_from_and_who_reads_it(invoke):
    said = invoke(evidence, "symptoms.noise").stdout
    assert "Source:" in said
    assert "sim/week/resident/symptoms.py" in said
    group = json.loads(invoke(evidence, "symptoms", "--json", "-").stdout)
    assert len(group) > 3
    assert all(row["id"].startswith("symptoms.") for row in group)


def test_evidence_takes_the_beginning_of_an_id_and_a_grade(invoke):
    listed = json.loads(
        invoke(evidence, "society.friend", "--grade", "derived", "--json", "-").stdout
    )
    assert len(listed) > 5
    assert all(
        row["id"].startswith("society.friend") and row["grade"] == "derived" for row in listed
    )
    assert (
        "none of 1 is graded verified: derived"
        in invoke(evidence, "society.friend_years", "--grade", "verified").stdout
    )


def test_evidence_tells_everything_of_a_price(invoke):
    said = invoke(evidence, "prices.emergency_visit").stdout
    for words in (
        "Distribution: split-lognormal, low 440, median 520, high 630",
        "Prices of 2017",
        "2023: 600.6",
        "Index: medical_us",
        "prices.emergency_visit",
        "agree_terms",
    ):
        assert words in said
    assert "Scenarios: all but first-steps, uk-town, uk-without-crisis-team" in said


def test_evidence_suggests_what_may_be_meant(invoke):
    refused = invoke(evidence, "symptoms.noize").exception
    assert refused.exit_code == 2
    assert "symptoms.noise" in str(refused)
