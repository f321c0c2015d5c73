"""Scenarios of one title are told apart by the values that differ, wherever they are named."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

import sim
from analysis.figures.economics import draw_acceptability, draw_plane, say_ticks
from analysis.reports.context import open_context
from analysis.reports.side_by_side.sizes import fill_sizes
from analysis.text.titles import MOST_OF_A_TITLE, tell_apart


def give(caseload, **more):
    services = {"peers": {"kind": "one_to_one_peer", "caseload": caseload, **more}}
    return {"name": f"pilot-{caseload}", "title": "Pilot", "services": services}


def test_a_title_that_is_the_only_one_stays():
    town = {"name": "town", "title": "Town as it is"}
    found = tell_apart({"town": town, "pilot": give(8), "bare": {"name": "bare"}})
    assert found == {"town": "Town as it is", "pilot": "Pilot", "bare": "bare"}


def test_points_have_the_values_that_differ_and_no_others():
    found = tell_apart({"a": give(8, staff={"peer": 2}), "b": give(12, staff={"peer": 2})})
    assert found == {"a": "Pilot (peers: caseload 8)", "b": "Pilot (peers: caseload 12)"}


def test_a_grid_of_two_levers_has_both():
    points = {
        f"{load}-{posts}": give(load, staff={"peer": posts}) for load in (8, 12) for posts in (2, 4)
    }
    found = tell_apart(points)
    assert found["12-2"] == "Pilot (peers: caseload 12, staff peer 2)"
    assert len(set(found.values())) == len(points)


def test_drawn_values_have_as_many_digits_as_tell_them_apart():
    found = tell_apart({"a": give(8.123456789), "b": give(12.98765)})
    assert found["a"] == "Pilot (peers: caseload 8.123)"
    found = tell_apart({"a": give(8.123456), "b": give(8.123457)})
    assert found["a"] == "Pilot (peers: caseload 8.123456)"


@pytest.mark.parametrize(
    "alike",
    [
        # of hundreds nobody reads the titles, and comparing all takes its time
        {str(load): give(load) for load in range(MOST_OF_A_TITLE + 1)},
        # twins: the same under two names
        {"a": give(8), "b": give(8)},
        # everything differs: no title holds that
        {"a": give(8, fee=1, uptake=0.5, sessions=4), "b": give(9, fee=2, uptake=0.7, sessions=5)},
        # one has a service that the other lacks whole: its declaration is no value
        {
            "a": {"title": "Pilot"},
            "b": give(
                8,
                audience={"after": "hospital_discharge"} | dict.fromkeys("abcdefghijklmnopqrst", 1),
            ),
        },
    ],
)
def test_what_no_values_tell_apart_keeps_its_title(alike):
    assert set(tell_apart(alike).values()) == {"Pilot"}


def test_pages_and_tables_name_points_by_their_values(tmp_path):
    town = sim.load("baseline").with_(
        {"population.residents": 60, "warm_up": "1 week", "horizon": "3 weeks"}
    )
    changed = [
        town.with_({"services.psychiatry.caseload": load, "name": f"p{load}", "title": "Pilot"})
        for load in (200, 240)
    ]
    sim.run([town, *changed], 2, workers=1, into=tmp_path / "r")
    case = open_context(tmp_path / "r")
    assert [case.call(name) for name in case.pairs.others] == [
        "Pilot (psychiatry: caseload 200)",
        "Pilot (psychiatry: caseload 240)",
    ]
    assert "Pilot (psychiatry: caseload 240) (p240) against baseline" in case.comparison.table()


def test_figures_that_name_all_scenarios_name_points_by_their_values(make_runs, declare):
    points = [
        declare(f"p{posts}", "Peers", more={"services": {"peers": {"staff": {"peer": posts}}}})
        for posts in (2, 6)
    ]
    case = open_context(make_runs({"baseline": 0.0, "p2": -0.05, "p6": -0.2}, 5, points))
    named = {"p2": "Peers (peers: staff peer 2)", "p6": "Peers (peers: staff peer 6)"}
    assert {name: case.called[name] for name in named} == named
    plane = draw_plane(case.evaluation, case.currency, None, case.called)
    assert [row[0] for row in plane.table.rows] == list(named.values())
    for figure in (plane, draw_acceptability(case.evaluation, "USD", 1e5, case.called)):
        assert all(name in figure.alt or name in str(figure.table) for name in named.values())
    (family,) = fill_sizes(case)
    assert "staff" in family.figure.svg.decode()


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([0, 2_500, 12_500, 17_500], ["0", "2,500", "12,500", "17,500"]),
        ([0, 5_000, 10_000], ["0", "5,000", "10,000"]),
        ([12_500], ["12,500"]),
        ([], []),
        ([0, 1_250_000, 2_500_000], ["0", "1.25 million", "2.50 million"]),
        # what a computer adds up is not told
        ([0.1, 0.2, 0.30000000000000004], ["0.10", "0.20", "0.30"]),
    ],
)
def test_a_mark_on_an_axis_is_called_what_it_is(places, said):
    figure, axes = plt.subplots()
    say_ticks(axes, "y")
    assert axes.yaxis.get_major_formatter().format_ticks(places) == said
    plt.close(figure)
