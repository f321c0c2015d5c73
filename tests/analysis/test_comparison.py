"""Paired differences, what they say of themselves, and what is refused."""

from __future__ import annotations

import json
import math
import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

import analysis
from analysis.figures import comparison
from analysis.reports.context import open_context
from analysis.reports.sections.equity_tables import read_groups
from analysis.runs import database
from analysis.runs.comparison import measure_difference
from analysis.runs.pairing import pair
from sim.errors import KinwellError, Refused
from sim.outcomes import KEYS


@pytest.fixture
def runs(make_runs):
    return make_runs()


def test_json_is_as_promised(runs):
    found = analysis.compare(runs).to_json()
    json.dumps(found, allow_nan=False)
    assert found["reference"] == "baseline"
    assert found["replicates"] == 12
    assert found["level"] == 0.95
    assert found["covers"] == ["chance"]
    assert set(found["scenarios"]) == {"baseline", "pilot"}
    assert set(found["scenarios"]["pilot"]) == set(KEYS)
    assert set(found["scenarios"]["pilot"]["admissions"]) == {"mean", "low", "high"}
    assert {"mean", "low", "high", "share_better", "correlation", "variance_ratio"} <= set(
        found["differences"]["pilot"]["admissions"]
    )


def test_numbers_are_those_of_the_summary(runs):
    found = analysis.compare(runs)
    with sqlite3.connect(runs / "runs.db") as connection:
        rows = connection.execute(
            "SELECT s.name, r.seed, m.admissions FROM runs r JOIN summary m ON m.run = r.key JOIN scenarios s ON s.hash = r.scenario"
        ).fetchall()
    ours, theirs = (
        {seed: value for name, seed, value in rows if name == wanted}
        for wanted in ("pilot", "baseline")
    )
    difference = np.array([ours[seed] - theirs[seed] for seed in sorted(ours)])
    d = found.differences["pilot"]["admissions"]
    assert d.mean == pytest.approx(difference.mean())
    assert (d.high - d.low) / 2 == pytest.approx(
        2.200985 * difference.std(ddof=1) / math.sqrt(12), rel=1e-4
    )
    assert d.share_better == pytest.approx((difference < 0).mean())
    expected = (
        np.var(list(ours.values()), ddof=1) + np.var(list(theirs.values()), ddof=1)
    ) / difference.var(ddof=1)
    assert d.variance_ratio == pytest.approx(expected)
    assert d.correlation > 0.9


def test_direction_comes_from_the_registry(runs):
    found = analysis.compare(runs).differences["pilot"]
    assert found["qalys"].mean > 0
    assert found["qalys"].share_better > 0.9
    assert found["cost"].mean < 0
    assert found["cost"].share_better > 0.9
    assert found["staff"].share_better is None


def test_a_scenario_that_changes_nothing_ties_everywhere(make_runs):
    d = analysis.compare(make_runs({"baseline": 0.0, "same": 0.0})).differences["same"][
        "admissions"
    ]
    assert (d.mean, d.low, d.high, d.share_better, d.share_same) == (0, 0, 0, 0, 1)
    assert d.variance_ratio == math.inf
    assert (
        "the same in all"
        in analysis.compare(make_runs({"baseline": 0.0, "same": 0.0}, folder="again")).table()
    )


def test_results_paths_and_folders_are_all_understood(runs):
    result = SimpleNamespace(
        directory=runs,
        database=runs / "runs.db",
        names=("baseline", "pilot"),
        seeds=tuple(range(7, 19)),
    )
    tables = {
        analysis.compare(source).table() for source in (runs, str(runs), runs / "runs.db", result)
    }
    assert len(tables) == 1


def test_only_the_runs_of_a_result_are_compared(runs):
    few = SimpleNamespace(database=runs / "runs.db", names=("pilot",), seeds=(7, 8, 9))
    assert analysis.compare(few).replicates == 3


def test_another_reference(runs):
    one, two = analysis.compare(runs), analysis.compare(runs, against="pilot")
    assert two.differences["baseline"]["cost"].mean == pytest.approx(
        -one.differences["pilot"]["cost"].mean
    )


def test_subgroups_per_resident(runs):
    groups = analysis.compare(runs).subgroups
    row = groups[(groups["group"] == "east") & (groups["outcome"] == "admissions")].iloc[0]
    whole = analysis.compare(runs).differences["pilot"]["admissions"].mean
    assert row["mean"] == pytest.approx(whole / 2 / 5000)
    assert set(groups["dimension"]) == {"neighbourhood", "income"}


def test_a_group_without_anybody_in_a_replicate_has_no_value_there(runs):
    """It counted as 0; and, where people came later, as billions of QALYs for each of nobody."""

    def read():
        groups = analysis.compare(runs).subgroups
        row = groups[(groups["group"] == "east") & (groups["outcome"] == "qalys")].iloc[0]
        names, _, before, _ = read_groups(open_context(runs), "neighbourhood", "qalys")
        return row["reference"], before[names.index("east")]

    usual, shown = read()
    assert usual == pytest.approx(shown)
    with sqlite3.connect(runs / "runs.db") as connection:
        connection.execute(
            "UPDATE subgroups SET residents = 0 WHERE group_name = 'east' AND run IN"
            " (SELECT key FROM runs WHERE seed = (SELECT min(seed) FROM runs))"
        )
    assert read() == pytest.approx((usual, shown), rel=0.05)


def test_parameters_are_covered_and_chance_clustered(make_runs):
    draws = [{"help": value} for value in (0.5, 1.0, 1.5, 2.0)]
    found = analysis.compare(make_runs(draws=draws, replicates=3))
    assert found.covers == ("chance", "parameters")
    assert found.replicates == 12
    d = found.differences["pilot"]["admissions"]
    naive = found.paired("pilot", "admissions")
    assert d.high - d.low > 2 * 2.2 * naive.std(ddof=1) / math.sqrt(12)


def test_one_replicate_is_refused(make_runs):
    with pytest.raises(Refused, match="1 replicate says nothing about chance"):
        analysis.compare(make_runs(replicates=1))


def test_unmatched_seeds_are_refused_unless_allowed(make_runs):
    folder = make_runs(skip=[("pilot", 8)])
    with pytest.raises(Refused, match="seeds do not match: 1 of 12 replicates"):
        analysis.compare(folder)
    found = analysis.compare(folder, allow_missing=True)
    assert found.replicates == 11
    assert "left out" in found.notes[0]
    assert found.table().startswith("! ")


def test_failed_runs_are_refused_unless_allowed(make_runs):
    folder = make_runs(fail=[("pilot", 8)])
    with pytest.raises(Refused, match="1 of 24 runs failed"):
        analysis.compare(folder)
    assert any(
        "1 of 24 runs failed" in note for note in analysis.compare(folder, allow_missing=True).notes
    )


def test_mixed_versions_are_refused(make_runs):
    with pytest.raises(Refused, match="different versions of the model \\(1, 2\\)"):
        analysis.compare(make_runs(version=lambda name: "2" if name == "pilot" else "1"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"population": {"residents": 500}}, "different towns"),
        ({"neighbourhoods": {"all": {"share": 1.0}}}, "different towns"),
        ({"price_year": 2020}, "prices of different years"),
        ({"currency": "GBP"}, "different currencies"),
        ({"horizon": 52}, "different times"),
    ],
)
def test_what_cannot_be_compared_is_refused(make_runs, declare, more, words):
    with pytest.raises(Refused, match=words):
        analysis.compare(make_runs(declared=[declare("pilot", more=more)]))


def test_a_scenario_stands_for_its_name_and_nothing_else_does(runs, declare):
    assert analysis.compare(runs, declare("baseline")).reference == "baseline"
    with pytest.raises(Refused, match="against is the name of a scenario"):
        analysis.compare(runs, 3)
    with pytest.raises(Refused, match="not '95%'"):
        analysis.compare(runs, level="95%")


def test_unknown_reference_and_missing_database_are_refused(runs, tmp_path):
    with pytest.raises(Refused, match="no scenario 'nowhere' among baseline, pilot"):
        analysis.compare(runs, against="nowhere")
    with pytest.raises(KinwellError, match="no runs are stored here"):
        analysis.compare(tmp_path / "empty")
    with pytest.raises(Refused, match="not int"):
        analysis.compare(3)


def test_something_else_than_a_database_is_refused(tmp_path):
    (tmp_path / "runs.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(KinwellError, match="not a readable database"):
        analysis.compare(tmp_path)


def test_the_newest_version_of_a_scenario_counts(make_runs, declare):
    folder = make_runs()
    make_runs({"baseline": 0.0, "pilot": -0.5}, declared=[declare("pilot", title="Second try")])
    found = analysis.compare(folder)
    assert found.differences["pilot"]["admissions"].mean < -50
    assert found.pairs.stored.title("pilot") == "Second try"


def test_variance_ratio_of_independent_seeds_is_one(runs):
    rng = np.random.default_rng(0)
    pairs = pair(runs)
    many = SimpleNamespace(
        seeds=np.arange(4000), draws=np.zeros(4000, dtype=int), covers=pairs.covers
    )
    d = measure_difference(rng.normal(size=4000), rng.normal(size=4000), "admissions", many)
    assert d.variance_ratio == pytest.approx(1, abs=0.1)
    assert abs(d.correlation) < 0.05


def test_how_often_is_of_the_replicates_that_have_a_value():
    """Two of four that have a wait were told as three of six."""
    six = SimpleNamespace(
        seeds=np.arange(6), draws=np.zeros(6, dtype=int), covers=("chance",), names=("a", "b")
    )
    ours = np.array([1.0, 2.0, 3.0, 4.0, np.nan, 5.0])
    usual = np.array([2.0, 3.0, 2.0, 4.0, 1.0, np.nan])
    d = measure_difference(ours, usual, "wait_median", six)
    assert d.known == 4
    assert d.often == "2 of 4, the same in 1"


def test_frames_are_documented():
    table = database.describe(["admissions", "cost"])
    assert table.loc["admissions", "better"] == "fewer"
    assert table.loc["cost", "unit"] == "currency"


def test_what_is_missing_is_left_out_and_not_0(runs):
    whole = analysis.compare(runs).differences["pilot"]["wait_median"]
    with sqlite3.connect(runs / "runs.db") as connection:
        connection.execute(
            "UPDATE summary SET wait_median = NULL WHERE run IN (SELECT key FROM runs WHERE seed = 9 AND key LIKE 'pilot%')"
        )
        connection.execute("UPDATE summary SET wait_90th = NULL")
        connection.execute("UPDATE weekly SET wait_median = NULL WHERE week < 8 OR week = 20")
    found = analysis.compare(runs)
    some = found.differences["pilot"]["wait_median"]
    difference = found.paired("pilot", "wait_median")
    assert np.isnan(difference).sum() == 1
    assert some.mean == pytest.approx(np.nanmean(difference))
    assert some.mean == pytest.approx(whole.mean, abs=0.2)
    assert found.scenarios["baseline"]["wait_median"].mean == pytest.approx(6, abs=0.5)
    none = found.differences["pilot"]["wait_90th"]
    assert math.isnan(none.mean)
    assert none.share_better is None
    assert found.to_json()["differences"]["pilot"]["wait_90th"]["mean"] is None
    assert "not known" in found.table(["wait_90th"])
    fan = comparison.draw_fan(found, "pilot", "wait_median", 104)
    assert fan.table.rows[0][0] == "10"
    assert all("not known" not in row for row in fan.table.rows)
    assert comparison.draw_dots(found, "pilot", "wait_median").svg


def test_yaml_scenarios_are_read_too():
    assert database.parse("title: A town\nhorizon: 52 weeks\n") == {
        "title": "A town",
        "horizon": "52 weeks",
    }


def test_a_fingerprint_in_a_name_is_left_out_where_nobody_else_has_the_name(make_runs):
    found = analysis.compare(
        make_runs({"baseline-0123456789": 0.0, "pilot-89abcdef01": -0.1, "pilot-00abcdef01": -0.2})
    )
    assert found.pairs.names == ("baseline", "pilot-89abcdef01", "pilot-00abcdef01")
    assert (
        analysis.compare(found.pairs.stored.path, against="baseline-0123456789").reference
        == "baseline"
    )


def test_a_folder_without_runs_is_refused_in_a_sentence(make_runs):
    with pytest.raises(Refused, match="no runs are stored here; make some with"):
        analysis.compare(make_runs({}))


def test_an_outcome_that_older_runs_do_not_have_is_named_and_left_out(runs):
    with sqlite3.connect(runs / "runs.db") as connection:
        connection.execute("UPDATE summary SET peers = NULL")
    found = analysis.compare(runs)
    assert "peers" not in found.differences["pilot"]
    assert any(
        "Not recorded in all of these runs" in note and "Peers" in note for note in found.notes
    )


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -1.0, float("nan")])
def test_a_level_that_is_no_confidence_is_refused(make_runs, level):
    with pytest.raises(Refused, match="a level of confidence is between 0 and 1"):
        analysis.compare(make_runs(), level=level)
