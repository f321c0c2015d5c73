"""Sweeps: each run once, shared, extensible; failures kept; SALib in and out."""

import json
import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from fake_community import FakeScenario
from sweeps_of_the_stand_in import WORLD, make_sweep

from sim.errors import InvalidInput, StoreProblem
from sim.scenario.designs.factors import Lever
from sim.store import Store
from sim.store.schema import ADDED, ADDED_COLUMNS, SCHEMA_VERSION
from sim.store.views import VIEWS
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence, summarise
from sim.studies.running.runner import run_scenarios
from sim.studies.sweeps.sweep import Design, outcomes, problem, run_sweep

POLICIES = (Lever("effect", values=(0.0, 1.0, 2.0)),)


def live(sweep, into, workers=1, **options):
    return run_sweep(sweep, into, workers, Execution(Silence(), engine="fake_community", **options))


def read(path):
    with sqlite3.connect(path) as connection:
        return sorted(connection.execute("SELECT * FROM summary"))


def test_every_point_is_lived_with_every_seed_and_its_reference(tmp_path):
    made = live(make_sweep(points=8, replicates=3), tmp_path / "out")
    assert (made.done, made.new, made.failed) == (48, 48, 0)
    with Store.read_only(made.database) as store:
        assert store.check_integrity() == []
        rows = store.read("SELECT * FROM design ORDER BY point, role, seed")
    assert len(rows) == 48
    assert {row["status"] for row in rows} == {"done"}
    assert {row["seed"] for row in rows} == {1, 2, 3}
    assert set(json.loads(str(rows[0]["settings"]))) == {
        "effect",
        "symptoms.loneliness",
        "symptoms.noise",
    }


def test_workers_do_not_change_numbers(tmp_path):
    one, two = live(make_sweep(), tmp_path / "one"), live(make_sweep(), tmp_path / "two", workers=2)
    assert read(one.database) == read(two.database)


@pytest.mark.parametrize("more", [{"points": 16}, {"replicates": 5}])
def test_a_sweep_grows_and_what_was_lived_is_not_lived_again(tmp_path, log, more):
    live(make_sweep(points=8, replicates=2), tmp_path / "out")
    made = live(make_sweep(**({"points": 8, "replicates": 2} | more)), tmp_path / "out")
    assert made.done == made.new + 32
    runs = [line for line in log() if line.startswith("run")]
    assert len(runs) == made.done
    assert live(make_sweep(**({"points": 8, "replicates": 2} | more)), tmp_path / "out").new == 0


def test_sweeps_and_comparisons_on_one_database_share_their_runs(tmp_path):
    live(make_sweep("grid", levers=POLICIES, worlds=()), tmp_path / "out")
    wider = (Lever("effect", values=(0.0, 2.0, 4.0)),)
    made = live(make_sweep("grid", levers=wider, worlds=(), name="wider"), tmp_path / "out")
    assert (made.done, made.new) == (8, 2)
    towns = [FakeScenario("pilot", effect=1.0), FakeScenario("baseline")]
    assert (
        run_scenarios(
            towns,
            2,
            1,
            1,
            tmp_path / "out",
            "summary",
            execution=Execution(progress=Silence(), engine="fake_community"),
        ).new
        == 0
    )


def test_a_warm_up_serves_every_policy_of_a_world(tmp_path, log):
    live(make_sweep(points=4, replicates=2, levers=POLICIES, crossed=True), tmp_path / "out")
    assert len([line for line in log() if line.startswith("warm-up")]) == 4 * 2
    assert len([line for line in log() if line.startswith("run")]) == 4 * 2 * (3 + 1)


def test_failures_are_kept_told_and_not_tried_again_unless_asked(tmp_path, log):
    sweep = make_sweep(points=4, town=FakeScenario("pilot", effect=1.0, trouble="raise 2"))
    made = live(sweep, tmp_path / "out")
    assert (made.done, made.failed) == (12, 4)
    with Store.read_only(made.database) as store:
        failure = store.read("SELECT * FROM failures")[0]
        assert store.check_integrity() == []
    assert "RuntimeError" in str(failure["traceback"])
    assert "--set parameters.symptoms.loneliness=" in str(failure["command"])
    file = str(failure["command"]).split()[2]
    assert "trouble: raise 2" in (tmp_path / "out" / file.rsplit("/", 1)[1]).read_text()
    before = len(log())
    assert live(sweep, tmp_path / "out").failed == 0
    assert len(log()) == before
    assert live(sweep, tmp_path / "out", retry_failed=True).failed == 4
    status = summarise(tmp_path / "out")
    assert (status.planned, status.done, status.failed, status.left) == (16, 12, 4, 0)


def test_too_many_failures_stop_a_sweep(tmp_path):
    sweep = make_sweep(points=32, town=FakeScenario("pilot", trouble="raise 2"))
    with pytest.raises(StoreProblem, match="5 runs failed"):
        live(sweep, tmp_path / "out", failures_at_most=5)
    status = summarise(tmp_path / "out")
    assert status.failed == 5
    assert status.left > 0
    assert status.seconds_left is not None


def test_outcomes_come_in_the_order_of_the_design(tmp_path):
    sweep = make_sweep("sobol", 8, replicates=2, against=True)
    made = live(sweep, tmp_path / "out")
    found = outcomes(made.directory, "trial", "expected_admissions", paired=True)
    points = Design(sweep).points
    assert found.shape == (len(points.sample), 2)
    # The stand-in's ten weeks each lose `effect` admissions.
    assert found[:, 0] == pytest.approx(-10 * points.sample[:, 0], abs=1e-6)
    for wrong in ({"key": "nonsense"}, {"sweep": "nobody"}):
        with pytest.raises(InvalidInput):
            outcomes(made.directory, **({"sweep": "trial", "key": "qalys"} | wrong))


def test_salib_takes_problem_sample_and_outcomes(tmp_path):
    from SALib.analyze import sobol

    sweep = make_sweep("sobol", 64, replicates=1, against=False)
    made = live(sweep, tmp_path / "out")
    asked = problem(sweep)
    assert asked["names"] == ["effect", "symptoms.loneliness", "symptoms.noise"]
    assert asked["bounds"][0] == [0.0, 2.0]
    indices = sobol.analyze(
        asked,
        outcomes(made.directory, "trial", "expected_admissions").mean(axis=1),
        calc_second_order=False,
        seed=1,
    )
    # Admissions are ten times (loneliness + noise - effect): variances 1/12, 0.01 and 4/12.
    assert indices["S1"] == pytest.approx([0.781, 0.195, 0.023], abs=0.06)


def test_the_sweep_beside_the_database_has_the_same_runs(tmp_path):
    made = live(make_sweep(), tmp_path / "out")
    text = (made.directory / "trial.sweep.yaml").read_text()
    assert "scenario: pilot.resolved.yaml" in text
    assert "against: baseline.resolved.yaml" in text
    assert (made.directory / "manifest.json").is_file()


def test_a_changed_sweep_of_the_same_name_takes_the_place_of_the_old_one(tmp_path):
    live(make_sweep(points=8), tmp_path / "out")
    live(make_sweep(points=4), tmp_path / "out")
    with Store.read_only(tmp_path / "out" / "runs.db") as store:
        assert store.query("SELECT count(*) FROM points") == [(4,)]
        assert store.query("SELECT points, runs FROM sweeps") == [(4, 16)]


def test_a_database_of_before_sweeps_is_brought_up_to_date(tmp_path):
    made = run_scenarios(
        [FakeScenario("baseline")],
        2,
        1,
        1,
        tmp_path / "out",
        execution=Execution(progress=Silence(), engine="fake_community"),
    )
    with sqlite3.connect(made.database) as connection:
        for view in VIEWS:
            connection.execute(f"DROP VIEW {view}")
        for table in ADDED[1]:
            connection.execute(f"DROP TABLE {table}")
        for table, columns in ADDED_COLUMNS[1].items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    shutil.copytree(tmp_path / "out", tmp_path / "copy")
    assert summarise(tmp_path / "copy").done == 2
    made = live(make_sweep(points=4), tmp_path / "out")
    assert made.new == 16
    with Store.read_only(made.database) as store:
        assert store.query("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        assert len(store.query("SELECT * FROM design")) == 16


def test_the_same_world_at_two_points_is_one_run(tmp_path):
    twice = (Lever("effect", values=(1.0, 1.0)),)
    made = live(
        make_sweep("grid", levers=twice, worlds=WORLD[:1], against=False, levels=2),
        tmp_path / "out",
    )
    assert made.done == 4
    assert not np.isnan(outcomes(made.directory, "trial", "qalys")).any()


def test_fingerprints_follow_what_decides_the_runs():
    sweep = make_sweep()
    assert sweep.hash == replace(sweep, title="Another").hash
    assert sweep.hash != replace(sweep, document={**sweep.document, "replicates": 9}).hash
