"""What a notebook shows: cards and tables that escape what they are given, tidy frames, figures."""

import re

import numpy as np
import pytest

import analysis
from analysis.economics.valuation import evaluate
from sim.cards import list_some, write_card
from sim.errors import InvalidInput, Refused
from sim.outcomes import KEYS
from sim.scenario.library import load
from sim.studies.running.results_folder import RunSet

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def folder(make_runs):
    return make_runs()


@pytest.fixture
def versus(folder):
    return analysis.compare(folder)


@pytest.fixture
def runs(folder):
    names, seeds = ("baseline", "pilot"), tuple(range(7, 19))
    return RunSet(folder, folder / "runs.db", names, seeds, 24, 24, 0, 1.0)


def test_a_card_escapes_everything_and_leaves_out_what_is_empty():
    card = write_card(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE), ("nothing", "")], [HOSTILE])
    assert "<script" not in card
    assert card.count("&lt;script&gt;") == 5
    assert "nothing" not in card


def test_a_long_list_says_how_many_more():
    assert list_some("abcd", most=3) == "a, b, c and 1 more"
    assert list_some("abc", most=3) == "a, b, c"


def test_the_card_of_a_scenario_is_short_and_escaped():
    scenario = load("whole-town").with_({"title": HOSTILE, "summary": HOSTILE})
    card = scenario._repr_html_()
    assert "<script" not in card
    assert "10,000 residents" in card
    assert re.search(r"Services \(\d\d\).*and \d+ more", card)
    assert len(card) < 6_000


def test_the_card_of_runs_says_where_they_are(runs):
    assert str(runs.database) in runs._repr_html_()
    assert "24 stored" in runs._repr_html_()
    assert "Failed" not in runs._repr_html_()


def test_weeks_come_tidy_with_words(runs, folder):
    weeks = runs.weekly("lonely", "waiting")
    assert list(weeks.columns) == [
        "scenario", "seed", "draw", "week", "key", "outcome", "unit", "value",
    ]  # fmt: skip
    assert len(weeks) == 2 * 12 * 104 * 2
    assert list(weeks["scenario"].cat.categories) == ["baseline", "pilot"]
    assert set(weeks["outcome"].cat.categories) == {"Lonely people", "People waiting"}
    stored = analysis.compare(folder).pairs.stored.weekly(["lonely"])
    ours = weeks[weeks["key"] == "lonely"]["value"]
    assert np.isclose(ours.sum(), stored["lonely"].sum())


def test_weeks_are_of_the_runs_asked_for(folder):
    some = RunSet(folder, folder / "runs.db", ("pilot",), (7, 8), 2, 0, 0, 0.0).weekly()
    assert set(some["seed"]) == {7, 8}
    assert set(some["scenario"]) == {"pilot"}
    assert set(some["key"]) == set(KEYS)


def test_an_outcome_that_there_is_not_is_refused(runs):
    with pytest.raises(InvalidInput, match="no outcome 'happiness'"):
        runs.weekly("happiness")


def test_a_comparison_as_a_frame_has_its_own_numbers(versus):
    frame = versus.frame()
    row = frame[frame["key"] == "cost"].iloc[0]
    d = versus.differences["pilot"]["cost"]
    assert (row["mean"], row["low"], row["high"]) == d[:3]
    assert row["unit"] == "USD"
    assert row["outcome"] == "Cost of services"
    assert len(frame) == len(versus.differences["pilot"])


def test_a_comparison_with_itself_alone_is_an_empty_frame(make_runs):
    assert analysis.compare(make_runs({"baseline": 0.0})).frame().empty


def test_a_comparison_and_an_evaluation_show_escaped_tables(make_runs, declare):
    named = declare("pilot", title=HOSTILE)
    folder = make_runs(declared=[named])
    for shown in (analysis.compare(folder)._repr_html_(), evaluate(folder)._repr_html_()):
        assert "<script" not in shown
        assert "<table>" in shown
    assert "Mean PHQ-9" in analysis.compare(folder)._repr_html_()
    assert "Extra QALYs" in evaluate(folder)._repr_html_()


@pytest.mark.parametrize("view", ["replicates", "weeks", "groups", "plane"])
def test_a_comparison_draws_the_figures_of_the_reports(versus, view, tmp_path):
    drawn = versus.plot("admissions", view=view)
    assert drawn.save(tmp_path / "figure.svg").read_bytes().startswith(b"<?xml")
    assert f'alt="{drawn.alt[:30]}' in drawn._repr_html_()
    assert "svg" not in repr(drawn)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"outcome": "happiness"}, "no outcome 'happiness'"),
        ({"view": "pie"}, "no view 'pie'"),
        ({"scenario": "other"}, "'other' is not compared"),
        ({"outcome": "bed_days", "view": "groups"}, "not kept by group"),
    ],
)
def test_what_cannot_be_drawn_is_refused(versus, how, said):
    with pytest.raises(Refused, match=said):
        versus.plot(**how)


def test_weeks_that_were_not_kept_cannot_be_drawn(make_runs):
    with pytest.raises(Refused, match="not kept"):
        analysis.compare(make_runs(keep="summary")).plot(view="weeks")
