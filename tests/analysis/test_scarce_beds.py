"""Where beds bind, the page says by how much and how long people board."""

from types import SimpleNamespace

import numpy as np
import pytest

import analysis
import sim
from analysis.figures.comparison import draw_dots
from analysis.reports.supply.bed_limits import (
    find_shortfall,
    has_bed_limit,
    say_bed_limit,
    say_boarding_price,
    say_scarce_beds,
)
from analysis.runs.comparison import OF_BEDS, Comparison, Difference
from analysis.runs.intervals import Interval


def told(need, admitted, boarding=0.0):
    values = {"bed_need_expected": need, "expected_admissions": admitted, "boarding_days": boarding}
    return {key: Interval(value, value, value) for key, value in values.items()}


def case(reference, focus):
    return SimpleNamespace(
        reference="as-is",
        focus="fewer-beds",
        comparison=SimpleNamespace(scenarios={"as-is": reference, "fewer-beds": focus}),
    )


def test_beds_that_bind_are_said_with_boarding_for_that_scenario_alone():
    said = say_scarce_beds(case(told(200, 199.5, 3), told(200, 150, 400)))
    assert said.startswith("Beds, which bind: 25% of needed admissions find none under fewer-beds")
    assert "400 days of boarding" in said
    assert "as-is" not in said


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({}, "costs what a day in the ward does, which is an assumption"),
        ({"boarding_day": "USD 2_400 per day"}, "A day of boarding costs USD 2,400."),
    ],
)
def test_what_a_day_of_boarding_costs_is_said(stated, said):
    town = sim.load("baseline").with_({f"prices.{key}": value for key, value in stated.items()})
    assert said in say_boarding_price(SimpleNamespace(declared=town.resolved()))


def test_nothing_is_said_where_nearly_all_find_a_bed():
    assert say_scarce_beds(case(told(200, 199), told(180, 179.5))) == ""


@pytest.mark.parametrize("found", [{}, told(0, 0)])
def test_runs_that_kept_neither_figure_or_need_no_bed_have_no_shortfall(found):
    assert find_shortfall(found) == 0.0


SWAY = np.array([-1.0, 0.5, 1.0, -0.5])
"""What chance adds to a replicate of both figures alike."""


def comparison(reference, focus, noise=0.2):
    """Two scenarios in four replicates, which differ by their means, by what both figures share
    and by `noise` of their own."""
    keys = reference.keys() & focus.keys()
    gaps = {
        key: focus[key].mean - reference[key].mean + SWAY + noise * np.roll(SWAY, k)
        for k, key in enumerate(sorted(keys))
    }
    made = SimpleNamespace(
        reference="as-is",
        level=0.95,
        scenarios={"as-is": reference, "other": focus},
        differences={"other": {key: Interval(*(gap.mean(),) * 3) for key, gap in gaps.items()}},
        paired=lambda _, key: gaps[key],
        pairs=SimpleNamespace(seeds=np.arange(4), draws=np.zeros(4, int)),
    )
    made.unmet_by_beds = lambda name: Comparison.unmet_by_beds(made, name)
    made._unmet = {"other": made.unmet_by_beds("other")}
    return made


def test_a_ward_that_closes_lowers_admissions_and_not_the_need_for_them():
    said = say_bed_limit(comparison(told(110, 90), told(113, 15)), "other")
    # 113 - 15 = 98 find none, 110 - 90 = 20 before.
    assert "78 (" in said
    assert "more of those who need a bed find none" in said
    assert "need for beds changes by +3" in said


def test_where_every_replicate_says_the_same_beds_may_have_a_part_though_the_interval_is_wide():
    wide = comparison(told(110, 90), told(113, 15), noise=35.0)
    unmet = wide.unmet_by_beds("other")
    assert unmet.low < 0.0 < unmet.mean
    assert say_bed_limit(wide, "other").startswith("Beds may have a part in that: ")
    assert has_bed_limit(wide, "other")
    assert not has_bed_limit(comparison(told(110, 90), told(113, 15), noise=90.0), "other")


def test_beds_that_open_raise_admissions_of_people_who_found_none():
    said = say_bed_limit(comparison(told(110, 90), told(110, 109)), "other")
    assert "19 (" in said
    assert "fewer of those who need a bed find none" in said


@pytest.mark.parametrize(
    ("reference", "focus", "noise"),
    [
        (told(110, 109.9), told(90, 89.9), 0.0),  # beds are ample: the need alone falls
        (told(110, 100), told(88, 80), 0.2),  # as scarce as before: 2 of 22 fewer
        (told(110, 90), told(110, 90), 0.2),  # nothing changes
        (told(110, 90), told(111, 90), 5.0),  # one more or fewer cannot be told from chance
        ({}, {}, 0.0),  # runs that kept neither figure
    ],
)
def test_where_the_need_alone_changes_admissions_beds_are_not_blamed(reference, focus, noise):
    assert say_bed_limit(comparison(reference, focus, noise), "other") == ""


def test_whoever_finds_no_bed_is_not_an_admission_avoided():
    closed = comparison(told(110, 90), told(113, 15))
    assert has_bed_limit(closed, "other")
    assert not has_bed_limit(closed, closed.reference)
    assert not has_bed_limit(comparison(told(110, 110), told(105, 105)), "other")


@pytest.mark.parametrize(
    ("reference", "focus", "better"),
    [
        (told(113, 90), told(105, 87), 1.0),  # fewer in need, and more of them find a bed
        (told(105, 87), told(113, 90), 0.0),  # more in need, and more find none
        (told(110, 90), told(113, 15), None),  # fewer beds
        (told(110, 90), told(110, 109), None),  # more beds
    ],
)
def test_fewer_admissions_are_better_where_fewer_find_no_bed_either(reference, focus, better):
    made = comparison(reference, focus, noise=0.0)
    change = made.differences["other"]["expected_admissions"].mean
    found = Difference(change, change, change, float(change < 0.0), 0.0, 1.0, 1.0, 4)
    assert made.unmet_by_beds("other") is not None
    assert Comparison.judge(made, "other", "expected_admissions", found).share_better == better


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A town whose ward closes, beside the town as it is."""
    town = sim.load("baseline").with_(
        {"population.residents": 1500, "horizon": "26 weeks", "warm_up": "13 weeks"}
    )
    shut = town.with_({"name": "shut", "services.ward.until": "week 2"})
    folder = tmp_path_factory.mktemp("closed")
    return analysis.compare(sim.run([town, shut], replicates=4, into=folder, workers=1))


def test_fewer_admissions_for_want_of_beds_are_no_gain(closed):
    found = closed.differences["shut"]
    assert found["expected_admissions"].high < 0.0
    assert closed.share_fewer("shut", "expected_admissions") == 1.0
    assert {found[key].share_better for key in OF_BEDS} == {None}
    # Nor are fewer readmissions, or fewer people discharged who could be seen within a week.
    fewer = ("readmissions_1_year", "readmissions_30_days", "followed_up_7_days")
    assert {found[key].share_better for key in fewer} == {None}
    groups = closed.subgroups.set_index("outcome")["share_better"]
    assert groups["expected_admissions"].isna().all()
    assert groups["emergency_visits"].notna().all()
    assert found["boarding_days"].share_better == 0.0
    row = next(line for line in closed.table().splitlines() if "Expected admissions" in line)
    assert "neither way is better" in row


def test_dots_of_what_is_no_gain_are_not_called_better(closed):
    figure = draw_dots(closed, "shut", "expected_admissions")
    assert "better than" not in figure.title
    assert "Neither way is better; on average" in figure.alt
    assert "Filled: better than baseline" in draw_dots(closed, "shut", "boarding_days").title


def test_who_boards_is_paid_for(closed):
    found = closed.differences["shut"]
    more, fewer = found["boarding_days"].mean, -found["bed_days"].mean
    assert 0.0 < more < fewer
    # a day that is boarded costs what one in the ward does, so that closing saves the rest alone
    price = sim.load("baseline").prices.inpatient_day.amount
    assert found["cost"].mean == pytest.approx((more - fewer) * price, abs=0.05 * fewer * price)
