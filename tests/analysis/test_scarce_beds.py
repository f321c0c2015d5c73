"""Where beds bind, the page says by how much and how long people board."""

from types import SimpleNamespace

import pytest

from analysis.reports.sections.doubts import find_shortfall, say_scarce_beds
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


def test_nothing_is_said_where_nearly_all_find_a_bed():
    assert say_scarce_beds(case(told(200, 199), told(180, 179.5))) == ""


@pytest.mark.parametrize("found", [{}, told(0, 0)])
def test_runs_that_kept_neither_figure_or_need_no_bed_have_no_shortfall(found):
    assert find_shortfall(found) == 0.0
