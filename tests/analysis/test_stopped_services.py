"""Shorter lists are no improvement where services have no places any more, and pages say so."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.reports.context import open_context
from analysis.reports.supply.short_supply import list_short_supply
from analysis.reports.supply.stopped_services import count_without_places, say_stopped
from analysis.runs.intervals import Interval
from analysis.runs.window import Window

REFERENCE, CUT = "baseline", "cut"


def pairs_of(last_places, replicates=4, weeks=(12, 25), window=None):
    """Pairs of two scenarios; `last_places`: by (scenario, service), places at the end by
    replicate; all were open before."""
    rows = [
        (scenario, service, f"{scenario}-{k}", week, 5.0 if week != weeks[-1] else places)
        for (scenario, service), given in last_places.items()
        for k, places in enumerate(given)
        for week in weeks
    ]
    frame = pd.DataFrame(rows, columns=["name", "service", "run", "week", "places"])
    return SimpleNamespace(
        stored=SimpleNamespace(
            rows=lambda table: frame if table == "places" else None, window=window
        ),
        names=(REFERENCE, CUT),
        others=(CUT,),
        whole=np.ones(replicates, bool),
        whole_runs=frozenset(frame["run"]),
    )


def compared(pairs, waiting=-50.0):
    """Such pairs with the difference in people waiting; nothing is known of beds."""
    differences = {"waiting": Interval(waiting, waiting, waiting)}
    return SimpleNamespace(
        pairs=pairs,
        reference=REFERENCE,
        scenarios={REFERENCE: {}, CUT: {}},
        differences={REFERENCE: {}, CUT: differences},
        unmet_by_beds=lambda _: None,
    )


def test_a_service_without_places_in_most_replicates_is_named_with_both_counts():
    pairs = pairs_of(
        {
            (REFERENCE, "therapy"): [5, 5, 0, 5],
            (CUT, "therapy"): [0, 0, 0, 2],
            (REFERENCE, "psychiatry"): [9, 9, 9, 9],
            (CUT, "psychiatry"): [9, 0, 9, 9],  # one empty post in the last week
        }
    )
    said = say_stopped(compared(pairs))[CUT]
    assert "therapy (3 of 4 replicates; 1 with baseline)" in said
    assert "no improvement" in said
    assert "psychiatry" not in said
    assert REFERENCE not in say_stopped(compared(pairs))


def test_a_service_that_the_scenario_lacks_has_no_places_there():
    pairs = pairs_of(
        {
            (REFERENCE, "groups"): [3, 3, 3, 3],
            (REFERENCE, "ward"): [0, 0, 0, 0],
            (CUT, "therapy"): [1, 1, 1, 1],
        }
    )
    assert count_without_places(pairs).loc["groups", CUT] == 4
    assert say_stopped(compared(pairs))[CUT].startswith(
        "cut, without places at the end: groups (4 of 4"
    )


@pytest.mark.parametrize(
    ("window", "said"), [(Window(12, 30), "in week 25"), (Window(12, 26), "at the end")]
)
def test_places_are_of_the_week_in_which_they_were_recorded(window, said):
    """Of weeks 12 to 29, week 25 was called the end."""
    pairs = pairs_of({(REFERENCE, "therapy"): [5] * 4, (CUT, "therapy"): [0] * 4}, window=window)
    assert say_stopped(compared(pairs))[CUT].startswith(f"cut, without places {said}: therapy")


def test_where_nothing_stopped_or_no_weeks_were_kept_nothing_is_said(make_runs):
    case = open_context(make_runs(replicates=2))
    assert say_stopped(case.comparison) == {}
    nothing = pairs_of({(REFERENCE, "therapy"): [5], (CUT, "therapy"): [0]}, replicates=0)
    nothing.whole_runs = frozenset()
    assert say_stopped(compared(nothing)) == {}


@pytest.mark.parametrize("places", [[0, 0, 5, 5], [0, 0, 0, 0]])
def test_what_was_as_often_without_places_before_is_not_the_scenarios_doing(places):
    pairs = pairs_of({(REFERENCE, "therapy"): places, (CUT, "therapy"): [0, 0, 0, 0]})
    assert say_stopped(compared(pairs)) == {}


def test_every_scenario_that_is_short_is_named_for_a_page_about_several():
    pairs = pairs_of({(REFERENCE, "therapy"): [5, 5, 5, 5], (CUT, "therapy"): [0, 0, 0, 0]})
    (said,) = list_short_supply(compared(pairs))
    assert said == say_stopped(compared(pairs))[CUT]


def test_longer_lists_elsewhere_need_no_such_word():
    pairs = pairs_of({(REFERENCE, "therapy"): [5, 5, 5, 5], (CUT, "therapy"): [0, 0, 0, 0]})
    said = say_stopped(compared(pairs, waiting=90.0))[CUT]
    assert "therapy (4 of 4" in said
    assert "improvement" not in said


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("let_go", -9.0, True),
        ("gave_up_waiting", -9.0, True),
        ("runway", 400.0, True),
        ("let_go", 9.0, False),
        ("runway", -9.0, False),
    ],
)
def test_money_that_lasts_and_cuts_that_end_are_no_improvement_without_places(key, change, said):
    pairs = pairs_of({(REFERENCE, "therapy"): [5] * 4, (CUT, "therapy"): [0] * 4})
    found = compared(pairs, waiting=0.0)
    found.differences[CUT][key] = Interval(change, change, change)
    assert ("no improvement" in say_stopped(found)[CUT]) is said
