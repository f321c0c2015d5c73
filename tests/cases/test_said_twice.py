"""What is said twice, or in another order, counts once; what is told of a file says where it was found."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

import sim
from analysis.economics.valuation import choose_worth, read_worths
from analysis.reports.sections.evidence_quality import judge_runs
from analysis.runs.comparison import Comparison
from analysis.runs.intervals import estimate_crossed, judge_enough, say_scarce
from analysis.runs.window import Window, make_window
from sim.errors import InvalidInput
from sim.scenario.diagnostics.comparability import find_mismatches
from sim.scenario.diagnostics.inactive import find_inactive
from sim.units import end_at_word


@pytest.fixture(scope="module")
def town():
    return sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "2 weeks"}
    )


def test_a_worth_of_a_qaly_counts_once_in_any_order():
    # By counting, the middle of the second list would be 50,000.
    assert choose_worth([150_000, 50_000, 100_000]) == 100_000
    assert choose_worth(["USD 50_000 per QALY", 50_000, 50_000, 100_000, 150_000]) == 100_000
    assert read_worths([3, 1, 3, 2.0]) == (1, 2, 3)
    assert choose_worth([]) is None
    assert choose_worth(None) is None


def test_a_worth_that_is_stated_twice_is_told_and_order_keeps_nobody_apart(town):
    twice = town.with_({"willingness_to_pay": [100_000, 50_000, 100_000]})
    (found,) = find_inactive(twice)
    assert found.path == ("willingness_to_pay", "2")
    assert "100,000 is there before, and counts once" in found.message
    other = town.with_({"willingness_to_pay": [50_000, 100_000]})
    assert find_mismatches(twice.resolved(), other.resolved()) == []
    more = town.with_({"willingness_to_pay": [50_000, 90_000]})
    assert find_mismatches(twice.resolved(), more.resolved()) == ["willingness_to_pay"]


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("length of stay", 14, "length of stay"),
        ("length of stay", 13, "length of…"),
        ("length of stay", 10, "length of…"),
        ("bands (weighted kappa)", 20, "bands (weighted…"),
        ("stay, days", 9, "stay…"),
        ("nospacesatall", 6, "nospa…"),
    ],
)
def test_what_is_too_long_ends_at_a_word(text, length, cut):
    assert end_at_word(text, length) == cut
    assert len(cut) <= length


def test_a_draw_of_nothing_is_no_draw(town, tmp_path):
    for draws in ([{}], None, [None], [{}]):
        made = sim.run(town, replicates=2, seed=1, workers=1, into=tmp_path, draws=draws)
    assert (made.new, made.done) == (0, 2)
    with sqlite3.connect(tmp_path / "runs.db") as store:
        assert store.execute("SELECT seed, draw FROM runs ORDER BY seed").fetchall() == [
            (1, None),
            (2, None),
        ]


def test_a_note_on_a_line_of_a_parent_says_whose_it_is(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    fund = "{source: grant, from: week 20, to: week 30, amount: USD 9_000 per year}"
    (tmp_path / "above.yaml").write_text(
        f"extends: baseline\ntitle: Above\nhorizon: 52 weeks\nfunds: {{late: {fund}}}\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            f"extends: above.yaml\ntitle: {name}\nhorizon: 12 weeks\n"
        )
    found = kinwell("check", "one.yaml", "two.yaml", "above.yaml").output
    assert found.count("never acts") == 1
    where = "the last week is 11 (found in one.yaml, two.yaml)"
    assert "note: above.yaml:4:" in found
    assert f"funds.late.from: never acts: begins in week 20, and {where}" in found
    # A line of the file that was checked needs no name.
    (tmp_path / "above.yaml").write_text(
        f"extends: baseline\ntitle: Above\nhorizon: 12 weeks\nfunds: {{late: {fund}}}\n"
    )
    assert "found in" not in kinwell("check", "above.yaml").output


def test_a_fund_that_begins_too_late_owes_what_is_hired_in_week_0(town):
    peers = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "from": "week 0", "caseload": 9}
    fund = {
        "source": "grant",
        "from": "week 9",
        "to": "week 99",
        "amount": "USD 9_000 per year",
        "only_for": ["peers"],
    }
    late = town.with_({"services.peers": peers, "funds.late": fund})
    (found,) = [each for each in find_inactive(late) if each.path[:2] == ("funds", "late")]
    assert found.message.endswith("before money is first planned, are owed by it")


SEEDS, DRAWS = np.tile([0, 1], 20), np.repeat(np.arange(20), 2)


def test_replicates_are_enough_where_the_interval_of_the_page_is_tight_enough():
    rng = np.random.default_rng(5)
    # What differs between draws is shared by both seeds of a draw.
    values = rng.normal(10, 4, 20)[DRAWS] + rng.normal(0, 0.1, 40)
    half = estimate_crossed(values, SEEDS, DRAWS).half_width
    found = judge_enough(values, np.full(40, 100.0), 0.99 * half / 100, 0.95, SEEDS, DRAWS)
    assert not found.enough
    assert found.half_width == pytest.approx(half)
    assert (found.scarce, found.needed) == ("draws", 2 * found.of_these)
    # Half of the width takes about four times the draws; seeds would take nothing off it.
    half_of_it = judge_enough(values, np.full(40, 100.0), 0.5 * half / 100, 0.95, SEEDS, DRAWS)
    assert half_of_it.of_these == pytest.approx(80, rel=0.1)
    assert judge_enough(values, np.full(40, 100.0), 1.01 * half / 100, 0.95, SEEDS, DRAWS).enough


def test_what_would_help_is_said():
    rng = np.random.default_rng(6)
    of_draws = rng.normal(0, 1, 20)[DRAWS] + rng.normal(0, 0.01, 40)
    of_seeds = np.array([-1.0, 1.0])[SEEDS] + rng.normal(0, 0.01, 40)
    assert "--draws" in say_scarce([of_draws], SEEDS, DRAWS)
    assert say_scarce([of_seeds], SEEDS, DRAWS) == ""
    assert say_scarce([of_draws], np.arange(40), np.zeros(40, int)) == ""


def test_the_table_of_replicates_names_draws():
    rng = np.random.default_rng(7)
    gain = rng.normal(0, 9, 20)[DRAWS]
    values = np.column_stack([np.full(40, 100.0), 100.0 + gain])
    pairs = SimpleNamespace(seeds=SEEDS, draws=DRAWS, outcome=lambda _: values)
    case = SimpleNamespace(
        pairs=pairs, place=1, reference="usual", comparison=SimpleNamespace(level=0.95)
    )
    rows = {row[0]: row for row in judge_runs(case, 0.02).rows}
    assert rows["QALYs"][2] == "no"
    needed, _, draws = rows["QALYs"][4].partition(", in ")
    assert draws.removesuffix(" draws") == f"{int(needed.replace(',', '')) // 2:,}"


def test_a_share_of_no_replicate_has_no_value_and_no_warning():
    nothing = SimpleNamespace(paired=lambda *_: np.array([np.nan, np.nan]))
    some = SimpleNamespace(paired=lambda *_: np.array([np.nan, -1.0, 1.0, -2.0]))
    assert np.isnan(Comparison.share_fewer(nothing, "one", "wait_median"))
    assert Comparison.share_fewer(some, "one", "wait_median") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("first", "end", "said"),
    [
        ("week 2", "week 6", "weeks 2 to 5"),
        ("week 5", "week 6", "week 5"),
        ("year 2", "year 2", "year 2 (weeks 52 to 103)"),
    ],
)
def test_a_window_is_told_by_the_weeks_that_count(first, end, said):
    window = make_window(first, end, 156)
    assert window.say() == said
    assert window == Window(window.first, window.first + window.weeks)


def test_what_reaches_beyond_the_horizon_is_told_by_the_weeks_that_there_are():
    with pytest.raises(InvalidInput, match="these runs have 12 weeks, 0 to 11"):
        make_window("week 2", "week 13", 12)
