"""A week as a row: where each figure goes, what is divided by whom, and how waits are told."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.outcomes import BY_KEY, KEYS
from sim.state.codes import HOSPITAL_FIGURES, HospitalFigure, KindParameter, StaffFigure
from sim.state.groups import Left
from sim.week.record import week_row
from sim.week.record.counts import FIXED, Cell, Total, open_counts
from sim.week.record.recorder import summarise
from sim.week.record.week_row import TOLD, find_wait, make_layout, write_row

LATER = {
    *("bed_days", "beds_occupied", "boarding_days", "staff", "vacancies", "leavers"),
    *("strain_mean", "wait_median", "wait_90th"),
}
"""Outcomes that hospital, staff and lists say, after what was counted."""


class Book:
    """Of the register, what a row is written into."""

    def __init__(self, cells):
        self.weekly = np.zeros((2, len(KEYS)))
        self.sums = np.zeros((cells, len(Cell)))
        self.named = np.zeros((2, len(Cell)))


def plain(function):
    """A compiled rule as it stands: these books are no tables."""
    return getattr(function, "py_func", function)


def write(services, waits, uncompiled):
    """A row of two subgroups, three people alive, by whole numbers that tell where they came from."""
    o, book = services(2), Book(3)
    o.kind_parameters[1, KindParameter.LOW_INTENSITY] = 1.0
    total = np.array([(10 + k) * FIXED for k in range(len(Total))]).astype(np.int64)
    counts = open_counts(3, 2)
    counts.total[:], counts.named[1] = total, 3 * FIXED
    counts.cells[0], counts.cells[2] = FIXED, 2 * FIXED
    used, tally = np.zeros(HOSPITAL_FIGURES, np.int64), np.zeros(len(StaffFigure))
    used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3] = (7, 2, 5)
    used[HospitalFigure.VISITS : HospitalFigure.VISITS + 3] = 99
    used[HospitalFigure.BOARDING_DAYS : HospitalFigure.BOARDING_DAYS + 3] = (1, 0, 3)
    tally[[StaffFigure.PRESENT, StaffFigure.VACANT, StaffFigure.LEFT, StaffFigure.STRAIN]] = (
        4.0,
        2.0,
        1.0,
        3.0,
    )
    told = 1_000.0 + np.arange(len(TOLD))
    left = Left(used, tally, np.array(waits), told, np.zeros((1, 1, 1)), np.zeros(1), 1)
    uncompiled(write_row)(counts, left, make_layout(), o, book, 1)
    return dict(zip(KEYS, book.weekly[1].tolist(), strict=True)), book


@pytest.fixture
def uncompiled(monkeypatch):
    """The rule and those that it calls, without compilation."""

    for name in ("add_cells", "record_hospital", "record_staff", "record_waits", "find_wait"):
        monkeypatch.setattr(week_row, name, plain(getattr(week_row, name)))
    return plain


def test_every_figure_stands_in_its_place_and_is_divided_by_its_people(services, uncompiled):
    row, book = write(services, [[0, 3, 0, 1], [50, 0, 0, 0]], uncompiled)
    for k, name in enumerate(Total.__members__):
        if name in TOLD or name in LATER:
            continue
        assert row[name] == pytest.approx((10 + k) / (3 if BY_KEY[name].per_person else 1)), name
    for name in Cell.__members__:
        if name != "alive":
            assert row[name] == pytest.approx(3 / (3 if BY_KEY[name].per_person else 1)), name
    assert [row[name] for name in TOLD] == [1_000.0 + k for k in range(len(TOLD))]
    assert (row["bed_days"], row["beds_occupied"], row["boarding_days"]) == (14.0, 2.0, 4.0)
    assert (row["staff"], row["vacancies"], row["leavers"]) == (4.0, 2.0, 1.0)
    assert row["strain_mean"] == 0.75
    assert (row["wait_median"], row["wait_90th"]) == (1.0, 3.0)
    assert book.sums.tolist() == [[1.0] * len(Cell), [0.0] * len(Cell), [2.0] * len(Cell)]
    # The same people by named groups, who are not counted twice in the town.
    assert book.named.tolist() == [[0.0] * len(Cell), [3.0] * len(Cell)]
    assert not book.weekly[0].any()


def test_no_wait_is_told_where_nobody_got_a_place_in_care(services, uncompiled):
    row, _ = write(services, [[0, 0], [9, 0]], uncompiled)
    assert math.isnan(row["wait_median"])
    assert math.isnan(row["wait_90th"])


def test_the_wait_of_half_and_of_nine_in_ten_is_the_first_week_that_has_so_many():
    waited = np.array([0, 5, 4, 1])
    assert [plain(find_wait)(waited, rank) for rank in (0.0, 5.0, 5.1, 9.0, 9.5, 10.0)] == [
        1.0,
        1.0,
        2.0,
        2.0,
        3.0,
        3.0,
    ]
    assert math.isnan(plain(find_wait)(waited, 11.0))


def test_a_horizon_in_one_number_leaves_out_weeks_without_a_value():
    values = np.array([math.nan, 2.0, 5.0, math.nan])
    assert [summarise(values, how) for how in ("sum", "mean", "end")] == [7.0, 3.5, 5.0]
    assert math.isnan(summarise(np.array([math.nan]), "sum"))


def test_the_books_say_the_last_six_figures_in_their_order_and_leave_the_others(monkeypatch):
    """Spending to runway, 10 to 15; what funds paid (16) is not told."""

    def sum_up(ledger, balance, earned, figures):
        assert (ledger, balance, earned) == ("ledger", "balance", 2)
        figures[:] = 10.0 + np.arange(figures.size)

    monkeypatch.setattr(week_row, "sum_up", sum_up)
    told = 1.0 + np.arange(len(TOLD))
    plain(week_row.close_books)(
        SimpleNamespace(told=told, ledger="ledger", balance="balance", earned=2)
    )
    assert dict(zip(TOLD, told.tolist(), strict=True)) == {
        "let_go": 1, "closed_out": 2, "newcomers": 3, "moved_away": 4, "cost": 10,
        "cost_public": 11, "fees_paid": 12, "income": 13, "cash": 14, "runway": 15,
    }  # fmt: skip


def test_sessions_of_a_service_are_added_up_over_everybody_it_held_them_with(services, monkeypatch):
    """By insurance and income, on what was counted in the weeks before; lists and posts are told the week."""
    seen = []
    for name in ("close_books", "write_row", "follow_lists", "note_empty"):
        monkeypatch.setattr(
            week_row, name, lambda *given, name=name: seen.append((name, given[-1]))
        )
    o, book = services(2), SimpleNamespace(sessions=np.array([100.0, 200.0]), empty_from="empty")
    o.held[0], o.held[1, 2, 4] = 1 + np.arange(o.held[0].size).reshape(o.held[0].shape), 7
    left = SimpleNamespace(waits="waits")
    plain(week_row.write_week)("counts", left, "layout", book, "r", o, SimpleNamespace(), 9)
    assert o.held.shape == (2, 3, 5)
    assert book.sessions.tolist() == [100 + 15 * 16 / 2, 207]
    assert seen == [("close_books", left), ("write_row", 9), ("follow_lists", 9), ("note_empty", 9)]


def test_a_town_of_one_is_divided_by_one_and_so_is_a_town_of_nobody(uncompiled, services):
    for alive, stigma in ((1, 0.75), (0, 0.0)):
        o, book = services(1), Book(1)
        counts = open_counts(1, 0)
        counts.total[Total["stigma_mean"]] = int(stigma * FIXED)
        counts.cells[0, Cell["alive"]] = alive * FIXED
        left = Left(
            np.zeros(HOSPITAL_FIGURES, np.int64), np.zeros(len(StaffFigure)),
            np.zeros((1, 2), np.int64), np.zeros(len(TOLD)), np.zeros((1, 1, 1)), np.zeros(1), 1,
        )  # fmt: skip
        uncompiled(write_row)(counts, left, make_layout(), o, book, 1)
        row = dict(zip(KEYS, book.weekly[1].tolist(), strict=True))
        assert BY_KEY["stigma_mean"].per_person
        assert row["stigma_mean"] == stigma
        # Where nobody works nobody is strained.
        assert (row["staff"], row["strain_mean"]) == (0.0, 0.0)


def test_strain_is_that_of_whoever_is_there_though_it_is_half_a_post():
    row, tally = np.zeros(len(KEYS)), np.zeros(len(StaffFigure))
    tally[[StaffFigure.PRESENT, StaffFigure.STRAIN]] = 0.5, 0.2
    plain(week_row.record_staff)(tally, row)
    assert row[KEYS.index("strain_mean")] == pytest.approx(0.4)


def test_the_wait_of_a_single_person_is_the_wait():
    waited = np.array([0, 0, 1, 0])
    assert [plain(find_wait)(waited, rank) for rank in (0.5, 0.9)] == [2.0, 2.0]
