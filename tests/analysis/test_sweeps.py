"""Sweeps: read point by point, paired, and turned into what would change the answer."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import product

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

    def make(points, design, seeds=2, gain=None, fail=(), **more):
        base = declare("baseline", more=more)
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
                town = declare(f"town-{place}", more=more)
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
            "cost_public": 500.0 - worth / 2 + luck,
            "caregiver_hours": 40.0 + worth / 10 + luck,
            "work_days_lost": 20.0 - worth / 100 + luck,
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


@pytest.mark.parametrize(
    ("perspective", "share"),
    # Of what is saved in all, public payers save half. To society an hour of care costs 3 and a
    # tenth as many are added as money is saved; a day of work is worth 20 and a hundredth is won.
    [("health_care", 1.0), ("public_payer", 0.5), ("societal", 1.0 - 3 / 10 + 20 / 100)],
)
def test_net_benefit_of_a_sweep_is_of_the_perspective_that_is_declared(
    make_sweep, perspective, share
):
    """It was that of health care whatever the scenario said, beside pages that took another."""
    prices = {"caregiver_hour": "USD 3 per hour", "work_day": "USD 20 per day"}
    folder = make_sweep(
        spread(4),
        {"kind": "latin_hypercube"},
        gain=lambda row: 1000.0 * row[PEERS],
        perspective=perspective,
        prices=prices,
    )
    (found,) = sweeps.read_sweeps(open_runs(folder))
    saved = 1000.0 * found.settings[PEERS].to_numpy(dtype=float)
    assert found.mean_gain == pytest.approx(share * saved)
    assert found.values["cost"].mean(axis=1) == pytest.approx(-share * saved)


def test_a_folder_with_a_sweep_alone_has_a_page(make_sweep):
    folder = make_sweep(
        spread(), {"kind": "latin_hypercube"}, gain=lambda row: 1000 * (row[HELP] - 0.4)
    )
    text = writer.write_report(folder).read_text()
    for words in (
        "A sweep &lt;b&gt;",
        f"The decision flips with {HELP}: worth it only above 0.",
        "found by peeling (PRIM)",
        "Net benefit with each factor",
        "seeds 0 to 1",
    ):
        assert words in text


def grid(*levels):
    names = (PEERS, "services.peers.supervision", "funds.grant.amount")
    return [dict(zip(names, row, strict=True)) for row in product(*levels)]


def test_of_every_combination_the_means_of_the_levels_are_what_a_factor_does(make_sweep):
    """A regression took the weaker factors for chance: the same gain at both of their ends."""
    amounts = ("USD 500 per week", "USD 52_000 per year")
    points = [{**row, "x": x} for row in grid((1, 2, 4), ("none", "weekly"), amounts) for x in "ab"]

    def gain(row):
        weekly = row["services.peers.supervision"] == "weekly"
        more = row["funds.grant.amount"] == amounts[1]
        return -900.0 * row[PEERS] + 2600.0 * weekly + 10.0 * more

    (found,) = sweeps.read_sweeps(open_runs(make_sweep(points, {"kind": "grid"}, gain=gain)))
    swing = found.tornado["swing"]
    assert swing[PEERS] == pytest.approx(2700.0)
    assert swing["services.peers.supervision"] == pytest.approx(2600.0)
    assert swing["funds.grant.amount"] == pytest.approx(10.0)
    assert found.tornado.loc[PEERS, ["low", "high"]].tolist() == pytest.approx([405.0, -2295.0])
    # Between 1 and 2 peers: 405 and -495.
    flips = {name: (value, above) for name, value, above in found.thresholds}
    assert flips[PEERS] == (pytest.approx(1.45), False)
    assert flips["services.peers.supervision"][1]
    assert "funds.grant.amount" not in flips
    said = " ".join(found.say_doubts())
    assert f"Most of all {PEERS}: the net benefit is $400 at 1.0 and −$2,300 at 4.0." in said


def test_what_is_a_word_is_told_by_its_word(make_sweep):
    """It was worth it only above 0.5, and failed where supervision is at most 0."""
    points = grid((1, 2, 3, 4, 5, 6), ("none", "monthly", "weekly"), (1, 2))

    def gain(row):
        return 500.0 if row["services.peers.supervision"] == "weekly" else -500.0

    folder = make_sweep(points, {"kind": "grid"}, gain=gain)
    (found,) = sweeps.read_sweeps(open_runs(folder))
    said = " ".join(found.say_doubts())
    name = "services.peers.supervision"
    assert f"Most of all {name}: the net benefit is −$500 at none and $500 at weekly." in said
    assert f"{name}: worth it only with weekly, all else varying." in said
    assert f"It fails mostly where {name} is none or monthly (" in said
    page = writer.write_report(folder).read_text()
    assert f"The decision flips with {name}: worth it only with weekly" in page
    assert f"{name} (none, weekly)" in page


def test_a_sweep_of_which_nothing_differs_says_so(make_sweep):
    points = grid((1, 2, 3, 4), ("none", "weekly"), (1, 2, 3))
    folder = make_sweep(points, {"kind": "grid"}, gain=lambda _: 0.0)
    page = writer.write_report(folder).read_text()
    assert "Nothing differs from the reference at any point." in page
    assert "on average over all points" not in page


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
