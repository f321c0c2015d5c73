"""Sweeps: read point by point, paired, and turned into what would change the answer."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from analysis.reports import writer
from analysis.runs.database import open_runs
from analysis.runs.pairing import pair
from analysis.sensitivity import sweeps
from analysis.sensitivity.sweeps import number_settings
from sim.errors import InvalidInput, Refused
from sim.store import Code, RunRecord, Store

CODE = Code("1", {"kinwell": "0.1.0"}, None, None)
PEERS, HELP = "services.peers.staff.peer", "symptoms.help"


@pytest.fixture
def make_sweep(tmp_path, declare, live_run):
    """Give a function that stores a sweep: worth 100,000 a QALY, the gain is known at every point."""

    def make(points, design, seeds=2, gain=None, fail=()):
        base = declare("baseline")
        factors = [
            {
                "name": name,
                "kind": "policy" if name in (PEERS, "structure.contagion") else "world",
                "ends": [0, 1],
                "unit": "",
            }
            for name in points[0]
        ]
        rows = []
        with Store.open(tmp_path / "runs.db") as store:
            store.add_scenarios([base])
            for place, settings in enumerate(points):
                town = declare(f"town-{place}")
                store.add_scenarios([town])
                runs = []
                for seed in range(seeds):
                    for role, each, worth in (
                        ("reference", base, 0.0),
                        ("point", town, gain(settings)),
                    ):
                        key = f"{role}-{place}-{seed}"
                        runs.append(("test", place, seed, role, key))
                        if role == "point" and place in fail:
                            continue
                        draw = json.dumps({"place": place})
                        record = RunRecord(
                            key, each.hash, seed, draw, place, "2026-11-23T10:00:00", 0.1
                        )
                        store.add_run(record, live_run(seed, worth), CODE, "summary")
                rows.append((("test", place, town.hash, json.dumps(settings)), runs))
            document = {"kind": "sweep", "design": design}
            store.add_sweep(
                {
                    "name": "test",
                    "title": "A sweep <b>",
                    "summary": "Made up.",
                    "fingerprint": "x",
                    "document": json.dumps(document),
                    "factors": json.dumps(factors),
                },
                rows,
            )
        return tmp_path

    return make


@pytest.fixture
def live_run():
    from dataclasses import replace

    from sim.outcomes import KEYS, Results

    def lived(seed, worth):
        luck = np.random.default_rng(seed).normal(0, 1)
        summary = dict.fromkeys(KEYS, 5.0 + luck) | {
            "cost": 1000.0 - worth + luck,
            "qalys": 10.0 + luck,
            "expected_admissions": 3.0 + luck,
        }
        return replace(Results({}, {}), summary=summary)

    return lived


def spread(n=60):
    rng = np.random.default_rng(1)
    return [
        {PEERS: int(p), HELP: float(h)}
        for p, h in zip(rng.integers(1, 5, n), rng.uniform(0, 1, n), strict=True)
    ]


def test_a_sweep_is_paired_and_luck_cancels(make_sweep):
    folder = make_sweep(
        spread(), {"kind": "latin_hypercube"}, gain=lambda row: 1000 * (row[HELP] - 0.4), fail=(3,)
    )
    (found,) = sweeps.read_sweeps(open_runs(folder))
    assert found.left_out == 1
    assert found.gain.shape == (59, 2)
    assert found.mean_gain == pytest.approx(
        1000 * (found.settings[HELP].to_numpy() - 0.4), abs=1e-6
    )
    assert found.tornado.index[0] == HELP
    ((name, value, above),) = [row for row in found.thresholds if row[0] == HELP]
    assert (name, above) == (HELP, True)
    assert value == pytest.approx(0.4, abs=0.05)
    assert found.failures.limits[HELP][1] == pytest.approx(0.4, abs=0.1)
    said = " ".join(found.say_doubts())
    assert f"{HELP}: worth it only above 0." in said
    assert f"fails mostly where {HELP} is at most 0." in said


def test_a_folder_with_a_sweep_alone_has_a_page(make_sweep):
    folder = make_sweep(
        spread(), {"kind": "latin_hypercube"}, gain=lambda row: 1000 * (row[HELP] - 0.4)
    )
    text = writer.write_report(folder).read_text()
    for words in (
        "A sweep &lt;b&gt;",
        "The decision flips at",
        "found by peeling (PRIM)",
        "Net benefit with each factor",
        "seeds 0 to 1",
    ):
        assert words in text


@pytest.mark.parametrize(
    "changed", ["sweeps SET document", "sweeps SET factors", "points SET settings"]
)
@pytest.mark.parametrize("wrong", ["x", "null", "[1]"])
def test_a_sweep_that_somebody_changed_is_told(make_sweep, changed, wrong):
    folder = make_sweep(spread(4), {"kind": "grid"}, gain=lambda row: row[HELP])
    with closing(sqlite3.connect(folder / "runs.db")) as connection, connection:
        connection.execute(f"UPDATE {changed} = ?", (wrong,))
    with pytest.raises(InvalidInput, match=r"runs\.db: what is stored here cannot be read"):
        sweeps.read_sweeps(open_runs(folder))


def test_runs_of_a_sweep_that_somebody_changed_are_told(make_sweep):
    folder = make_sweep(spread(4), {"kind": "grid"}, gain=lambda row: row[HELP])
    with closing(sqlite3.connect(folder / "runs.db")) as connection, connection:
        connection.execute("UPDATE point_runs SET role = '<b>' WHERE role = 'point'")
    with pytest.raises(InvalidInput, match=r"runs\.db: what is stored here cannot be read"):
        sweeps.read_sweeps(open_runs(folder))


def test_structures_and_policies_stand_side_by_side(make_sweep):
    points = [
        {"structure.contagion": mode, PEERS: peers} for mode in ("on", "off") for peers in (1, 2, 3)
    ]
    folder = make_sweep(
        points,
        {"kind": "grid"},
        gain=lambda row: 100 * row[PEERS] - (250 if row["structure.contagion"] == "off" else 0),
    )
    text = writer.write_report(folder).read_text()
    assert "Structural alternatives side by side" in text
    assert "contagion: off" in text
    assert "Every policy of the sweep: difference from the reference" in text


def test_indices_of_designs_that_have_them(make_sweep):
    from SALib.sample import sobol

    problem = {"num_vars": 2, "names": [HELP, "care.idle"], "bounds": [[0, 1], [0, 1]]}
    points = [
        dict(zip(problem["names"], row, strict=True))
        for row in sobol.sample(problem, 32, calc_second_order=False, seed=1).tolist()
    ]
    folder = make_sweep(
        points, {"kind": "sobol", "second_order": False}, gain=lambda row: 1000 * row[HELP]
    )
    (found,) = sweeps.read_sweeps(open_runs(folder))
    kind, table = found.indices
    assert kind == "sobol"
    assert table.loc[HELP, "first"] == pytest.approx(1, abs=0.15)
    assert table.loc["care.idle", "total"] == pytest.approx(0, abs=0.02)
    assert (
        "Sobol indices of the net benefit, paired and with chance removed"
        in writer.write_report(folder).read_text()
    )


def test_settings_with_units_are_numbers():
    assert number_settings(
        pd.Series(["USD 250_000 per year", "USD 420_000 per year"])
    ).tolist() == [250_000, 420_000]
    assert number_settings(pd.Series(["10%", "30%"])).tolist() == pytest.approx([0.1, 0.3])
    assert number_settings(pd.Series(["on", "off", "on"])).tolist() == [0, 1, 0]
    assert number_settings(pd.Series([0.5, 2])).tolist() == [0.5, 2]


def test_a_sweep_that_is_compared_as_if_it_were_scenarios_is_told_where_to_look(make_sweep):
    folder = make_sweep(spread(4), {"kind": "grid"}, gain=lambda row: row[HELP])
    with pytest.raises(Refused, match="a sweep is stored here, which `kinwell report` reads"):
        pair(folder, allow_missing=True)
