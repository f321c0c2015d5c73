"""What a run leaves behind: when tables are written, means of subgroups, the ledger as rows."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import sim
from sim.outcomes import BY_KEY, GROUP_KEYS
from sim.scenario.scaling import scale
from sim.scenario.schema.groups import list_groups
from sim.services.kind import CATEGORIES
from sim.society.initial_state import DIMENSIONS, cell_shape
from sim.week.money.payments import PAYERS
from sim.week.record import places
from sim.week.record import recorder as recorder_module
from sim.week.record.counts import FIXED, Cell, open_counts
from sim.week.record.recorder import Recorder

WEEKS = 20
SHAPE = (2, 5, 5, 2, 3)
"""Neighbourhoods, incomes, ages, sexes, severities."""


def plain(function):
    """A compiled rule as it stands: these registers are no tables."""
    return getattr(function, "py_func", function)


@pytest.fixture
def recorder():
    """A recorder of a town of two neighbourhoods and one grouping of its own, before anything is written."""
    made = Recorder.__new__(Recorder)
    made.areas, made.groups = ("east", "west"), {"language": ("one", "two", "three")}
    made.accounts = ("grant", "fees")
    made.counts = open_counts(math.prod(SHAPE), 3)
    made.register = SimpleNamespace(
        weekly=np.zeros((WEEKS, 3)),
        sums=np.zeros(made.counts.cells.shape),
        named=np.zeros(made.counts.named.shape),
        sessions=np.zeros(2),
    )
    made.at_start = np.zeros(math.prod(SHAPE)), np.zeros(3)
    made.ledger = np.zeros((WEEKS, 2, len(PAYERS), len(CATEGORIES)))
    made.places, made.names = [], ("clinic", "walks")
    return made


def test_a_subgroup_is_summed_over_all_others_and_divided_by_its_people_or_its_weeks(recorder):
    assert cell_shape(2) == SHAPE
    rng = np.random.default_rng(3)
    register = recorder.register
    for sums, start in zip((register.sums, register.named), recorder.at_start, strict=True):
        sums[:] = rng.uniform(1.0, 2.0, sums.shape)
        start[:] = rng.integers(0, 9, start.size)
    own = register.sums.reshape(*SHAPE, len(Cell)), recorder.at_start[0].reshape(SHAPE)
    named = register.named, recorder.at_start[1]
    rows = recorder._subgroups()
    assert [row["dimension"] for row in rows] == [
        name
        for name, size in zip((*DIMENSIONS, "language"), (*SHAPE, 3), strict=True)
        for _ in range(size)
    ]
    told = {(row["dimension"], row["group"]): row for row in rows}
    for (dimension, group), (sums, start), axis, place in (
        (("neighbourhood", "west"), own, 0, 1),
        (("income", "middle fifth"), own, 1, 2),
        (("sex", "female"), own, 3, 1),
        (("language", "three"), named, 0, 2),
    ):
        row = told[dimension, group]
        mine = np.take(sums, place, axis).reshape(-1, len(Cell)).sum(axis=0)
        assert row["residents"] == np.take(start, place, axis).sum()
        for key in GROUP_KEYS:
            outcome, value = BY_KEY[key], mine[Cell[key]]
            if outcome.over_time == "mean":
                value /= mine[Cell["alive"]] if outcome.per_person else WEEKS
            assert row[key] == pytest.approx(value), (group, key)


def test_a_group_of_nobody_is_divided_by_one(recorder):
    assert all(row[key] == 0.0 for row in recorder._subgroups() for key in GROUP_KEYS)


def test_the_ledger_is_told_as_rows_of_what_is_not_nothing(recorder):
    recorder.ledger[3, 1, 2, 4], recorder.ledger[19, 0, 0, 1] = 12.5, -2.0
    assert recorder._ledger_rows() == [
        (3, "fees", PAYERS[2], CATEGORIES[4], 12.5),
        (19, "grant", PAYERS[0], CATEGORIES[1], -2.0),
    ]


def make_world(posts, services):
    staff = posts(4)
    staff.service[:], staff.hours[:] = (0, 0, 0, 1), (1.0, 0.5, 0.25, 1.0)
    staff.filled[:], staff.open[:] = (1, 1, 0, 0), (1, 1, 1, 0)
    offers = services(2)
    offers.places[:], offers.enrolled[:], offers.waiting[:] = (20, 7), (11, 3), (4, 0)
    offers.quality[:] = (0.75, 0.5)
    waits = np.zeros((2, 6), np.int64)
    waits[0, [1, 3, 5]] = (2, 1, 2)
    provision = SimpleNamespace(offers=offers, staff=staff, names=("clinic", "walks"))
    return SimpleNamespace(provision=provision, waits=waits, week=12, residents=None)


def test_a_service_is_told_with_its_own_posts_and_the_waits_of_the_week_and_the_quarter(
    recorder, posts, services, monkeypatch
):
    for name in ("find_wait", "count_posts", "add_up"):
        monkeypatch.setattr(places, name, plain(getattr(places, name)))
    monkeypatch.setattr(recorder_module, "close_places", plain(places.close_places))
    register = recorder.register
    register.sessions[:], register.gave_up = (55, 66), np.array([0, 5])
    register.met = np.array([3, 0])
    register.waits = np.zeros((2, 9), np.int64)
    register.waits[0, [0, 3, 8]] = (2, 2, 4)
    world = make_world(posts, services)
    recorder._write_places(world)
    recorder._write_places(world)
    clinic, walks, *after = places.tell_places(recorder.names, recorder.places)
    assert clinic == {
        "service": "clinic",
        "week": 12,
        "places": 20,
        "enrolled": 11,
        "waiting": 4,
        "wait_median": 3.0,  # five waited: the third of 1, 1, 3, 5, 5 weeks
        "staff": 1.5,
        "vacancies": 1,
        "sessions": 55,
        "quality": 0.75,
        "started": 11.0,  # eight from the list, three met in a crisis
        "gave_up": 0.0,
        "wait_in_quarter": 3.0,
    }
    assert (walks["wait_median"], walks["staff"], walks["vacancies"]) == (None, 0.0, 0)
    assert (walks["started"], walks["gave_up"], walks["wait_in_quarter"]) == (0.0, 5.0, None)
    # The next quarter begins with nothing; what is of the week is told again.
    assert [(row["sessions"], row["started"], row["gave_up"]) for row in after] == [(0, 0, 0)] * 2
    assert after[0]["wait_in_quarter"] is None
    assert after[0]["wait_median"] == 3.0


def test_tables_are_written_every_thirteenth_week_and_in_the_last_and_a_sample_at_the_end(
    recorder, posts, services, monkeypatch
):
    """Whoever lives in week 0 is whom subgroups are of, and what was told and spent is of its week."""
    recorder._told, recorder._layout = np.zeros(4), None
    closed, written, seen = [], [], []
    recorder.posts = SimpleNamespace(close=lambda world: closed.append(world.week))
    recorder._write_places = lambda world: written.append(world.week)
    recorder.network = None
    monkeypatch.setattr(recorder_module, "write_week", lambda *given: seen.append(given[-1]))
    monkeypatch.setattr(recorder_module, "sample_network", lambda world: world.week)
    world = make_world(posts, services)
    vars(world).update(let_go=1, closed_out=2, newcomers=3, movers=4, used=None, tally=None)
    for world.week in range(WEEKS):
        recorder.counts.cells[:, Cell["alive"]] = (7 + world.week) * FIXED
        recorder.counts.named[:, Cell["alive"]] = (6 + world.week) * FIXED
        ledger = np.full(recorder.ledger.shape[1:], float(world.week))
        recorder.write(world, SimpleNamespace(ledger=ledger, balance=None, earned=1))
        if world.week < WEEKS - 1:
            assert recorder.network is None
    assert written == closed == [12, 19]
    assert recorder.network == 19
    assert seen == list(range(WEEKS))
    recorder.network = None
    money = SimpleNamespace(ledger=ledger, balance=None, earned=1)
    recorder.write(world, money, samples_network=False)
    assert recorder.network is None
    assert recorder._told.tolist() == [1, 2, 3, 4]
    assert [set(start.tolist()) for start in recorder.at_start] == [{7.0}, {6.0}]
    assert recorder.ledger[:, 0, 0, 0].tolist() == list(range(WEEKS))


def test_a_group_of_one_person_who_lived_one_week_is_divided_by_that_week(recorder):
    recorder.register.sums[0, [Cell["alive"], Cell["phq_mean"]]] = 1.0, 12.5
    told = {(row["dimension"], row["group"]): row for row in recorder._subgroups()}
    assert told["neighbourhood", "east"]["phq_mean"] == 12.5
    assert told["neighbourhood", "west"]["phq_mean"] == 0.0


def test_a_county_of_many_districts_and_groups_has_no_more_cells_than_their_sum():
    """Of districts by all named groups there were 20 times as many, cleared and added up each week."""
    county = sim.load("scenarios/places/albemarle/town.yaml")
    groups = math.prod(len(names) for names in list_groups(county.neighbourhoods).values())
    counts = sim.Community(scale(county, 0.05), rng=1).recorder.counts
    assert groups > 20
    assert counts.cells.shape[0] == math.prod(cell_shape(len(county.neighbourhoods)))
    assert counts.named.shape[0] == groups
