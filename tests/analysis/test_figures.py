"""Figures say what they show, always in the same bytes, in colours that can be seen."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Canvas

import analysis
from analysis.economics.valuation import evaluate
from analysis.figures import care_pathway, comparison, economics, neighbourhoods, style
from analysis.figures.figure import Figure, draw_figure
from analysis.runs.window import call_years
from analysis.text.tables import Table

TABLE = Table("Numbers", ["a", "b"], [["one", "1"]])


def test_a_figure_without_words_or_numbers_cannot_be_made():
    with pytest.raises(ValueError, match="alternative text"):
        Figure("A figure", "", TABLE, b"<svg/>")
    with pytest.raises(ValueError, match="needs the table"):
        Figure(
            "A figure", "Says at length what is to be seen", Table("Numbers", ["a"], []), b"<svg/>"
        )
    with pytest.raises(ValueError, match="caption"):
        Table("", ["a"], [])
    with pytest.raises(ValueError, match="cells"):
        Table("Numbers", ["a", "b"], [["only one"]])


def test_every_figure_of_a_case_is_the_same_in_every_run(make_runs):
    def draw():
        found = analysis.compare(folder)
        case = evaluate(found.pairs)
        groups = found.subgroups[found.subgroups["outcome"] == "expected_admissions"]
        return [
            comparison.draw_dots(found, "pilot", "expected_admissions"),
            comparison.draw_fan(found, "pilot", "waiting", 104),
            comparison.draw_groups(groups, "expected_admissions", "pilot", "baseline"),
            care_pathway.draw_flow(
                [
                    care_pathway.Flow("baseline", 90.0, 30.0, 40.0, 0.0, 5.0),
                    care_pathway.Flow("pilot", 95.0, 20.0, 35.0, 2.0, -5.0),
                ]
            ),
            neighbourhoods.draw_neighbourhoods(
                [neighbourhoods.Place("east", 5000.0, 0.8, 700.0, 400.0, 350.0)],
                "pilot",
                "baseline",
            ),
            economics.draw_plane(case, "USD", 100_000.0),
            economics.draw_acceptability(case, "USD", 150_000.0),
            economics.draw_budget(
                analysis.budget_impact(found.pairs), "pilot", "baseline", "USD", call_years(0, 104)
            ),
            economics.draw_tornado([("a", 1.0, 3.0), ("b", 2.0, 2.5)], 2.0, "Net benefit", "USD"),
        ]

    folder = make_runs()
    one, two = draw(), draw()
    assert [figure.svg for figure in one] == [figure.svg for figure in two]
    for figure in one:
        assert len(figure.alt) > 60
        assert b"<script" not in figure.svg
        assert len(figure.svg) < 120_000
        assert figure.__html__().count("<img ") == 1


def test_dots_are_replicates_and_coloured_by_the_registry(make_runs):
    found = analysis.compare(make_runs({"baseline": 0.0, "better": -0.3, "worse": 0.3}))
    for name, colour in (("better", style.BLUE), ("worse", style.VERMILLION)):
        figure = comparison.draw_dots(found, name, "admissions")
        assert len(figure.table.rows) == found.replicates
        uses = re.findall(
            r"<use [^>]*style=\"fill: (#[0-9a-f]{6})(?:; stroke: (#[0-9a-f]{6}))?",
            figure.svg.decode(),
        )
        assert sum(colour in pair for pair in uses) >= found.replicates
    assert "12 of 12" in comparison.draw_dots(found, "better", "admissions").alt


def test_text_from_outside_is_escaped():
    harmful = '"><script>alert(1)</script>'
    figure = draw_figure(
        harmful,
        harmful * 2,
        Table(harmful, [harmful], [[harmful]]),
        lambda canvas: canvas.add_subplot(),
    )
    html = str(figure.__html__())
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_colours_can_be_seen_on_white():
    assert style.measure_contrast("#000000") == pytest.approx(21)
    assert all(style.measure_contrast(colour) >= 3 for colour in (*style.PALETTE, style.GREY))
    assert len({style.pick_look(place) for place in range(20)}) == 20


def test_tables_of_frames():
    table = Table.from_frame("Costs", pd.DataFrame({"payer": ["public"], "cost": [1234.5]}))
    assert table.rows == [["public", "1,234"]]
    assert '<td class="n">' in str(table.__html__())


@pytest.mark.parametrize("weeks", [1, 2, 3, 5])
def test_a_short_time_is_drawn_week_by_week_and_one_week_is_a_line(weeks):
    """Blocks of four weeks would leave one point, or none, and a line of one point is not seen."""
    change = np.random.default_rng(3).normal(size=(9, weeks))
    at, blocks = comparison._block_weeks(change)
    canvas = Canvas()
    bands = np.quantile(blocks, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    comparison._paint_fan(canvas, at, bands, (0, weeks), "people")
    (axes,) = canvas.axes
    for line in axes.lines[:5]:
        at = line.get_xdata()
        assert len(at) == max(weeks, 2)
        assert at[-1] - at[0] == max(weeks - 1, 1)
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_where_nothing_differs_the_axis_has_no_digits_of_rounding(make_runs):
    found = analysis.compare(make_runs({"baseline": 0.0, "pilot": 0.0}))
    canvas = Canvas()
    comparison.draw_dots(found, "pilot", "let_go").painting.paint(canvas)
    assert [label.get_text() for label in canvas.axes[0].get_xticklabels()] == ["0"]
