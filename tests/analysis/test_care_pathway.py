"""Who asked for a place, by hand: nobody who waited on a list that closes is lost from the count."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from analysis.figures.care_pathway import Flow
from analysis.reports.care_by_week import _tabulate, tabulate_last_year
from analysis.reports.plans.hiring_plan import _tabulate_care
from analysis.runs.window import Window
from sim.store.schema import TABLES


def test_who_waited_on_a_list_that_closed_had_asked_too():
    flow = Flow("cut", started=100, gave_up=20, left_early=30, let_go=10, longer=-15, closed_out=40)
    # 15 of those who started, gave up or were sent away had asked before.
    assert flow.asked == 100 + 20 + 40 - 15
    steps = dict(flow.steps)
    assert steps["were on a list that closed"] == 40
    assert steps["finished or still in care"] == 60
    ends = ("started", "gave up waiting", "were on a list that closed", "lists grew by")
    assert sum(steps[end] for end in ends) == steps["asked for a place"]


def quarter(number, **more):
    values = {"places": 0.0, "enrolled": 0.0, "waiting": 0.0, "started": 0.0, "gave_up": 0.0}
    return (
        {"quarter": number, "week": 13 * number - 1, "wait": 9.0, "sessions": 0.0} | values | more
    )


def test_the_quarter_in_which_a_service_closes_shows_what_happened_in_it():
    """It was left out, with those who had got a place and given up in it."""
    care = pd.DataFrame(
        [
            quarter(1, places=16.0, enrolled=14.0, waiting=57.0, started=23.0, sessions=141.0),
            quarter(2, started=9.0, gave_up=8.0, sessions=44.0),
            quarter(3),
        ]
    )
    rows = _tabulate_care("therapy", care).rows
    assert [row[0] for row in rows] == ["1 (12)", "2 (25)"]
    assert rows[1][-3:] == ["9.00", "8.00", "44.0"]


def test_a_service_that_one_scenario_has_no_more_is_a_row_of_noughts_there():
    """It was missing there, as if it had not been looked at."""
    none = dict.fromkeys(("places", "enrolled", "waiting", "staff", "vacancies", "sessions"), 0.0)
    open_ = none | {"places": 15.0, "enrolled": 9.0, "staff": 0.5, "sessions": 19.0}
    rows = [
        {"service": service, "name": name, "week": 12, "wait_in_quarter": float("nan"), **values}
        for service, name, values in (
            ("psychiatry", "as-is", open_),
            ("psychiatry", "cut", none),
            ("ward", "as-is", none),
            ("ward", "cut", none),
        )
    ]
    table = _tabulate(pd.DataFrame(rows), "Each service", 13.0)
    assert [row[:3] for row in table.rows] == [
        ["psychiatry", "as-is", "15.0"],
        ["psychiatry", "cut", "0"],
    ]


def test_staff_of_a_service_are_told_in_the_unit_that_they_are_counted_in(tmp_path):
    """They are full-time equivalents, and were said to be people beside vacancies, which are posts."""
    town = sim.load("baseline").with_(
        {
            "population.residents": 500,
            "horizon": "13 weeks",
            "warm_up": "4 weeks",
            "services.primary-care.staff": {"physician": 0.5, "nurse": 0.25},
        }
    )
    sim.run([town], replicates=1, into=tmp_path, workers=1)
    with closing(sqlite3.connect(tmp_path / "runs.db")) as base:
        (staff, vacant), *_ = base.execute(
            "SELECT staff, vacancies FROM places WHERE service = 'primary-care'"
        )
        fte, people, posts = base.execute(
            "SELECT sum(filled_fte), sum(filled), sum(posts) FROM posts WHERE service = 'primary-care'"
        ).fetchone()
    assert (staff, vacant) == (fte, posts - people)
    (places,) = [table for table in TABLES if table.name == "places"]
    units = {column.name: column.unit for column in places.columns}
    assert (units["staff"], units["vacancies"]) == ("FTE", "posts")


@pytest.mark.parametrize(
    ("weeks", "window", "said", "sessions"),
    [
        # Quarters of 130 and 91 sessions: 110.5 on average.
        ((38, 51), Window(26, 60), "over weeks 26 to 51", "110"),
        ((12, 25), None, "over 26 weeks", "110"),
        # Of eight weeks and 13: 221 in 21 weeks are 136.8 in 13.
        ((51, 59), Window(39, 60), "over weeks 39 to 59", "137"),
    ],
)
def test_sessions_of_weeks_that_were_chosen_are_those_of_their_quarters(
    weeks, window, said, sessions
):
    """Quarters before the chosen weeks were counted with none in them, which halved the sessions."""
    rows = [
        {"run": "a", "service": "therapy", "name": "as-is", "week": week, "places": 1.0}
        | {"enrolled": 1.0, "waiting": 0.0, "wait_in_quarter": 2.0, "staff": 1.0}
        | {"vacancies": 0.0, "sessions": held}
        for week, held in zip(weeks, (130.0, 91.0), strict=True)
    ]
    case = SimpleNamespace(
        stored=SimpleNamespace(rows=lambda _: pd.DataFrame(rows), window=window),
        pairs=SimpleNamespace(whole_runs=frozenset("a")),
        focus="as-is",
        reference="as-is",
    )
    table = tabulate_last_year(case)
    assert said in table.caption
    assert table.rows[0][-1] == sessions
