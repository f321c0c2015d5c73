"""Folders read together, scenarios and weeks chosen of them: nothing guessed, everything said."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner

import analysis
from analysis.economics.discounting import find_weights
from analysis.economics.valuation import evaluate
from analysis.runs.comparison import compare
from analysis.runs.joining import View, open_view
from analysis.runs.pairing import pair
from analysis.runs.window import Window, make_window
from sim.cli import main
from sim.errors import InvalidInput, Refused

KEYS = ("expected_admissions", "qalys", "cost", "wait_median", "cash")


def change(folder, *statements):
    with closing(sqlite3.connect(folder / "runs.db")) as connection, connection:
        for statement in statements:
            connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(
                statement
            )


def plan(folder, replicates, command="kinwell compare a.yaml b.yaml -n 4"):
    with closing(sqlite3.connect(folder / "runs.db")) as connection:
        hashes = [row[0] for row in connection.execute("SELECT hash FROM scenarios")]
    columns = "started, command, scenarios, seed, replicates, draws, workers"
    change(
        folder,
        (
            f"INSERT INTO plans ({columns}) VALUES ('now', ?, ?, 7, ?, 0, 1)",
            (command, json.dumps(hashes), replicates),
        ),
    )
    return folder


@pytest.fixture
def two(make_runs):
    """A folder of a pilot with six replicates, and one of peers with four."""
    one = make_runs({"baseline": 0.0, "pilot": -0.08}, 6, folder="one")
    other = make_runs({"baseline": 0.0, "peers": -0.04}, 4, folder="other")
    return plan(one, 6), plan(other, 4)


def test_folders_of_one_town_say_what_one_folder_of_all_says(two, make_runs):
    joined, against = open_view(two)
    together = make_runs({"baseline": 0.0, "pilot": -0.08, "peers": -0.04}, 4, folder="all")
    ours, theirs = compare(joined, against), compare(together)
    assert ours.replicates == 4
    assert ours.differences == theirs.differences
    one, other = evaluate(ours.pairs), evaluate(theirs.pairs)
    assert np.array_equal(one.cost, other.cost)
    assert np.array_equal(one.effect, other.effect)
    assert ours.subgroups.equals(theirs.subgroups)
    assert any("peers lacks 2" in note for note in ours.notes)
    assert any("8 runs" in note or "4 runs are stored" in note for note in ours.notes)


def test_a_folder_given_twice_is_said_and_counts_once(two):
    joined, against = open_view([two[0], two[0] / "runs.db"])
    found = compare(joined, against)
    assert found.replicates == 6
    assert any("given twice" in note for note in found.notes)


def test_a_run_that_two_folders_tell_differently_is_refused(two):
    where = "WHERE run IN (SELECT key FROM runs WHERE seed = 8)"
    change(two[1], f"UPDATE summary SET admissions = admissions + 1 {where}")
    with pytest.raises(Refused, match=r"baseline with seed 8 .* different outcomes"):
        open_view(two)


def test_a_name_that_means_two_things_is_refused_unless_left_out(make_runs, declare):
    one = make_runs({"baseline": 0.0, "pilot": -0.08}, 2, folder="one")
    changed = declare("pilot", more={"services": {"primary-care": {"kind": "primary_care"}}})
    other = make_runs(
        {"baseline": 0.0, "pilot": -0.02, "peers": -0.04}, 2, [changed], folder="other"
    )
    with pytest.raises(Refused, match=r"pilot is not the same scenario .*services differ"):
        open_view([one, other])
    stored, _ = open_view([one, other], view=View(("peers",)))
    assert stored.names == ["baseline", "peers"]


def test_other_towns_versions_and_draws_are_refused_with_both_folders_named(make_runs, declare):
    one = make_runs({"baseline": 0.0, "pilot": -0.08}, 2, folder="one")
    small = [declare(name, more={"population": {"residents": 50}}) for name in ("a", "b")]
    town = make_runs({"a": 0.0, "b": 0.1}, 2, small, folder="town")
    with pytest.raises(Refused, match=r"one.*town.*different towns"):
        open_view([one, town])
    newer = make_runs({"baseline": 0.0, "peers": 0.1}, 2, folder="newer", version=lambda _: "9")
    with pytest.raises(Refused, match="different versions of the model"):
        open_view([one, newer])
    drawn = make_runs({"baseline": 0.0, "peers": 0.1}, 2, draws=[{"help": 1.5}], folder="drawn")
    with pytest.raises(Refused):
        compare(*open_view([one, drawn]))


def test_what_was_asked_for_and_is_missing_is_not_taken_for_fewer_seeds(make_runs):
    folder = plan(make_runs(replicates=5, skip=[("pilot", 8)]), 5)
    with pytest.raises(Refused, match="1 of 5 replicates"):
        compare(folder)
    assert compare(folder, allow_missing=True).replicates == 4


def test_only_some_scenarios_are_looked_at(make_runs):
    folder = make_runs({"baseline": 0.0, "pilot": -0.1, "peers": -0.05}, 3)
    stored, against = open_view([folder], view=View(("peers",)))
    assert pair(stored, against).names == ("baseline", "peers")
    stored, against = open_view([folder], "pilot", View(("peers",)))
    assert pair(stored, against).names == ("pilot", "peers")
    with pytest.raises(InvalidInput, match="did you mean peers"):
        open_view([folder], view=View(("peer",)))


def test_the_years_of_a_horizon_add_up_to_it_and_are_discounted_to_its_beginning(make_runs):
    folder = make_runs(replicates=3)
    whole = pair(folder)
    windows = [View((), f"week {first}", f"week {first + 52}") for first in (0, 52)]
    years = [pair(*open_view([folder], view=window)) for window in windows]
    for key in ("expected_admissions", "qalys", "cost"):
        assert np.allclose(sum(year.outcome(key) for year in years), whole.outcome(key))
    assert np.allclose(
        np.mean([year.outcome("phq_mean") for year in years], axis=0), whole.outcome("phq_mean")
    )
    assert np.allclose(years[1].outcome("cash"), whole.outcome("cash"))
    valued = [evaluate(year) for year in years]
    everything = evaluate(whole)
    assert np.allclose(sum(each.cost for each in valued), everything.cost)
    assert np.allclose(sum(each.effect for each in valued), everything.effect)
    weekly = whole.over_weeks(whole.stored.weekly(["qalys"]), "qalys", 104)
    later = weekly[:, :, 52:] @ find_weights(104, 0.03)[52:]
    assert np.allclose(valued[1].effect, later)
    impact = analysis.budget_impact(years[1])
    assert set(impact["year"]) == {2}
    assert (
        analysis.budget_impact(whole)[lambda rows: rows["year"] == 2]
        .reset_index(drop=True)
        .equals(impact)
    )


def test_totals_have_no_years(make_runs):
    folder = make_runs(replicates=2, keep="summary")
    with pytest.raises(Refused, match="weeks of these 4 runs were not kept"):
        open_view([folder], view=View((), "0", "52"))
    assert open_view([folder], view=View((), "0", "104"))[0].window is None


@pytest.mark.parametrize(
    ("first", "end", "made"),
    [
        ("week 0", "week 52", (0, 52)),
        ("0", "52", (0, 52)),
        (None, "1 year", (0, 52)),
        ("year 2", "year 2", (52, 104)),
        ("52 weeks", None, (52, 156)),
        (None, None, None),
        ("0", "156", None),
    ],
)
def test_weeks_are_read_as_scenarios_spell_them(first, end, made):
    assert make_window(first, end, 156) == (None if made is None else Window(*made))


@pytest.mark.parametrize(("first", "end"), [("0", "157"), ("52", "52"), ("-1", "5"), ("soon", "5")])
def test_weeks_that_are_not_there_are_refused(first, end):
    with pytest.raises(InvalidInput):
        make_window(first, end, 156)


def test_the_commands_take_folders_scenarios_and_weeks(two, tmp_path):
    def run(*words):
        return CliRunner().invoke(main, [str(word) for word in words])

    plain = ("--from", "0", "--to", "52", "--json", "-")
    spelled = ("--from", "week", "0", "--to", "week", "52", "--json", "-")
    said = [json.loads(run("compare", *two, *words).output) for words in (plain, spelled)]
    assert said[0] == said[1]
    assert said[0]["window"] == {"from": 0, "to": 52}
    page = tmp_path / "page.html"
    made = run("report", *two, "--only", "peers", "--from", "week 0", "--to", "week 52", "-o", page)
    assert made.exit_code == 0, made.output
    text = page.read_text()
    assert "weeks 0 to 51" in text
    # As a name in a table: the texts of the evidence speak of pilots too.
    whole = tmp_path / "whole.html"
    run("report", *two, "-o", whole)
    assert ">pilot<" in whole.read_text()
    assert ">pilot<" not in text
    assert run("compare", two[0], "nothing-here").exit_code == 2
    assert run("compare", *two, "--precision", "5%").exit_code == 2
    shutil.rmtree(two[1])
    assert run("report", *two).exit_code == 2
