"""What carries a difference: parts that add up, by rules whose answers are known."""

from __future__ import annotations

import json
import math
import sqlite3
from itertools import chain, combinations

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import sim
from analysis.figures.explanation import draw_explanation
from analysis.reports.sections.why import say_why
from analysis.reports.writer import write_report
from analysis.runs.explanation import ELSEWHERE, TOGETHER, explain_outcome, write_table
from sim.cli import main
from sim.errors import Refused
from sim.scenario.schema.channels import CHANNEL_NAMES
from sim.studies.explaining.plan import plan_explanation

NAMES = ("pilot", "expected_admissions")


def play(channels, worth):
    """The outcome of every set of held channels: `worth` of the channels that are free."""
    held = chain.from_iterable(combinations(channels, size) for size in range(len(channels) + 1))
    return {frozenset(h): np.asarray(worth(frozenset(channels) - set(h)), float) for h in held}


def explain(channels, worth, reference):
    return explain_outcome(NAMES, channels, np.asarray(reference, float), play(channels, worth))


def parts_of(one):
    return {part.channel: part.part.mean for part in one.parts}


@given(st.integers(1, 6), st.lists(st.floats(-5, 5), min_size=64, max_size=64), st.floats(-5, 5))
def test_parts_add_up_to_the_difference_whatever_the_channels_do(count, numbers, reference):
    channels = CHANNEL_NAMES[:count]
    number = {channel: 1 << k for k, channel in enumerate(channels)}
    base = np.array([1.0, 2.0, 4.0])
    one = explain(
        channels,
        lambda free: base * numbers[sum(number[c] for c in free)],
        [reference, 0.0, reference],
    )
    assert math.fsum(parts_of(one).values()) == pytest.approx(one.difference.mean, abs=1e-9)
    assert (TOGETHER in parts_of(one)) == (count > 3)


def test_channels_that_add_up_have_their_own_parts_and_nothing_is_left_over():
    worth = dict(zip(CHANNEL_NAMES[:5], (3.0, -1.0, 0.5, 0.0, 2.0), strict=True))
    one = explain(
        CHANNEL_NAMES[:5], lambda free: np.ones(4) * (10 + sum(worth[c] for c in free)), [9.0] * 4
    )
    found = parts_of(one)
    assert found == pytest.approx({**worth, TOGETHER: 0.0, ELSEWHERE: 1.0})
    assert [part.channel for part in one.parts][:2] == ["contact", "relief"]
    assert one.share(one.parts[0]) == pytest.approx(3.0 / 5.5)


def test_two_channels_that_act_only_together_share_what_they_do():
    for count in (2, 3):
        one = explain(
            CHANNEL_NAMES[:count],
            lambda free: np.full(3, 6.0 if {"contact", "coping"} <= free else 0.0),
            np.zeros(3),
        )
        wanted = {"contact": 3.0, "coping": 3.0, "connection": 0.0}
        assert {k: v for k, v in parts_of(one).items() if k in wanted} == pytest.approx(
            {k: wanted[k] for k in CHANNEL_NAMES[:count]}
        )


def test_of_four_channels_what_they_do_only_together_is_told_apart():
    one = explain(
        CHANNEL_NAMES[:4], lambda free: np.full(3, 8.0 if len(free) == 4 else 0.0), np.zeros(3)
    )
    assert parts_of(one)[TOGETHER] == pytest.approx(8.0 - 4 * 4.0)
    assert all(part.last.mean == 8.0 and part.first.mean == 0.0 for part in one.parts[:4])


def test_replicates_without_a_value_are_left_out_of_all_runs():
    values = play(CHANNEL_NAMES[:1], lambda free: np.array([2.0, 3.0, 4.0]) * len(free))
    one = explain_outcome(NAMES, CHANNEL_NAMES[:1], np.array([1.0, np.nan, 1.0]), values)
    assert one.replicates == 2
    assert one.difference.mean == pytest.approx(2.0)


def test_no_share_is_told_of_a_difference_that_is_not_clear():
    one = explain(
        CHANNEL_NAMES[:2], lambda free: np.array([-4.0, 4.0, 1.0]) * len(free), np.zeros(3)
    )
    assert not one.is_clear
    assert one.share(one.parts[0]) is None
    assert "not clear" in say_why(one, "baseline")
    assert "not clear" in write_table({NAMES[1]: one}, "baseline")
    assert "%" not in write_table({NAMES[1]: one}, "baseline")


@pytest.mark.parametrize(
    ("value", "said"),
    [(np.nan, "in no replicate have all runs a value"), (0.0, "no difference in any replicate")],
)
def test_where_nothing_differs_more_replicates_are_not_asked_for(value, said):
    one = explain(CHANNEL_NAMES[:2], lambda _: np.full(3, value), np.full(3, value))
    for told in (say_why(one, "baseline"), write_table({NAMES[1]: one}, "baseline")):
        assert said in told.lower()
        assert "there is nothing to explain" in told
        assert "-n" not in told


def test_the_figure_tells_every_part_in_words_and_numbers():
    one = explain(
        CHANNEL_NAMES[:5], lambda free: np.array([-1.0, -1.1, -1.2]) * len(free), np.zeros(3)
    )
    drawn = draw_explanation(one, "baseline", "admissions")
    assert drawn.table.rows[0][0] == "all of the difference"
    assert len(drawn.table.rows) == 8
    assert all(part.title in drawn.alt for part in one.parts)
    assert "contact in the last weeks (20%)" in say_why(one, "baseline")


SMALL = {"population.residents": 300, "horizon": 10, "warm_up": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small comparison, not explained yet."""
    app = {"kind": "app", "staff": {"coordinator": 5}, "from": 0, "outreach": 0.5}
    town = sim.load("baseline")
    others = {f"services.{name}.enabled": False for name in town.services if name != "ward"}
    others["parameters.workforce.vacancy_weeks"] = 1
    base = town.with_(SMALL | others)
    grant = {"source": "grant", "from": 0, "to": 10, "amount": "USD 9_000_000 per year"}
    grant["only_for"] = ["apps"]
    pilot = base.with_(
        {"name": "apps", "title": "Apps", "services.apps": app, "funds.grant": grant}
    )
    into = tmp_path_factory.mktemp("why")
    sim.run([base, pilot], replicates=3, seed=1, workers=1, into=into)
    return into


def test_a_folder_is_explained_by_one_command_and_its_pages_say_why(folder):
    before = write_report(folder, "planner").read_text()
    assert f"kinwell explain {folder} --scenario apps" in before
    words = ["explain", str(folder), "-n", "3", "-j", "1", "--outcome", "phq_mean", "--json", "-"]
    first = CliRunner().invoke(main, words)
    assert first.exit_code == 0, first.output
    data = json.loads(first.stdout)["programmes"]["apps"]["phq_mean"]
    parts = {part["channel"]: part["part"][0] for part in data["parts"]}
    assert data["difference"][0] != 0.0
    assert math.fsum(parts.values()) == pytest.approx(data["difference"][0], rel=1e-9)
    assert parts["coping"] == pytest.approx(data["difference"][0], rel=1e-9)
    assert parts[ELSEWHERE] == 0.0
    stored = sqlite3.connect(folder / "explain" / "runs.db")
    count = "SELECT count(*), max(started) FROM runs"
    runs = stored.execute(count).fetchone()
    assert runs[0] == 3 * (1 + 2 + 2 * (len(parts) - 2))
    again = CliRunner().invoke(main, words)
    assert (again.stdout, stored.execute(count).fetchone()) == (first.stdout, runs)
    stored.close()
    for audience in ("planner", "researcher"):
        page = write_report(folder, audience).read_text()
        assert "What carries the difference" in page
        assert f"kinwell explain {folder}" not in page


def test_parameter_draws_widen_what_is_explained_and_the_page_says_so(folder):
    words = ["explain", str(folder), "-n", "4", "-j", "1", "--uncertainty", "posterior"]
    asked = CliRunner().invoke(main, [*words, "--draws", "2", "--outcome", "phq_mean"])
    assert asked.exit_code == 0, asked.output
    told = json.loads((folder / "explain" / "explain.json").read_text(encoding="utf-8"))
    assert told["covers"] == ["chance", "parameters"]
    one = told["programmes"]["apps"]["phq_mean"]
    assert one["replicates"] == 4
    parts = math.fsum(part["part"][0] for part in one["parts"])
    assert parts == pytest.approx(one["difference"][0], rel=1e-9)
    assert "Intervals cover chance and parameters." in asked.output
    assert "Intervals cover chance and parameters" in write_report(folder, "planner").read_text()


def test_what_cannot_be_explained_is_said(folder):
    asked = CliRunner().invoke(main, ["explain", str(folder), "--scenario", "pilot"])
    assert asked.exit_code == 2
    assert "there are baseline, apps" in asked.output
    base = sim.load("baseline")
    with pytest.raises(Refused, match="differ before week 0"):
        plan_explanation(base, base.with_({"services.primary-care.caseload": 3}))
