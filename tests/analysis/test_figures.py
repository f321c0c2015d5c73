"""Figures say what they show, always in the same bytes, in colours that can be seen."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import analysis
from analysis.economics.valuation import evaluate
from analysis.figures import care_pathway, comparison, economics, neighbourhoods, style
from analysis.figures.figure import Figure, draw_figure
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
            economics.draw_budget(analysis.budget_impact(found.pairs), "pilot", "baseline", "USD"),
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
