"""Numbers in words, and words for people."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import analysis
from analysis.text import wording
from sim.outcomes import OUTCOMES

SEEN = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234, "1,200"),
        (0.0346, "0.035"),
        (3_140_000, "3.1 million"),
        (0, "0"),
        (-1299, "−1,300"),
        (99.6, "100"),
        (2.5e9, "2.5 billion"),
        (math.nan, "not known"),
    ],
)
def test_two_figures(value, text):
    assert wording.say_number(value) == text


def test_interval_decides_the_decimals():
    assert wording.say_interval(1234.5, 1204, 1265) == "1,230 (1,200 to 1,260)"
    assert wording.say_interval(-0.1234, -0.2, -0.05, signed=True) == "−0.12 (−0.20 to −0.05)"
    assert wording.say_interval(0.2, -0.3, 0.7, signed=True) == "+0.2 (−0.3 to +0.7)"
    assert wording.say_interval(5, 5, 5) == "5.0 (the same in every replicate)"
    assert "not known" in wording.say_interval(1, math.nan, math.nan)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((-11.7, -13.1, -10.4), "−12 (−13 to −10)"),
        ((0.031, 0.025, 0.037), "0.031 (0.025 to 0.037)"),
        ((0.0027, -0.0087, 0.0141), "0.003 (−0.009 to 0.014)"),
        ((100.4, 100.3, 100.5), "100.4 (100.3 to 100.5)"),
    ],
)
def test_prose_has_two_figures_while_the_ends_stay_apart(numbers, text):
    assert wording.say_interval(*numbers, figures=2) == text


def test_money_and_shares():
    assert wording.say_money(1_234_567, "GBP", 2024) == "£1.2 million (2024 prices)"
    assert wording.say_money(-500, "USD") == "−$500"
    assert wording.say_money(10, "CHF") == "CHF 10"
    assert (
        wording.say_money_interval(-210_000, -280_000, -140_000, "USD")
        == "−$210,000 (−$280,000 to −$140,000)"
    )
    assert wording.say_share(0.85) == "17 of 20"
    assert wording.say_share(0.5, 0.25) == "10 of 20, the same in 5"
    assert wording.say_share(None) == "neither way is better"
    assert wording.say_years(156) == "3 years"
    assert wording.say_years(60) == "60 weeks"


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert wording.say_change(-0.004) == wording.say_change(0.004) == "0%"
    assert wording.say_change(0.03) == "+3%"
    assert wording.say_change(-0.305) == "\N{MINUS SIGN}30%"
    assert wording.say_change(-0.0004, 1) == "0.0%"
    assert wording.say_change(-0.0123, 1) == "\N{MINUS SIGN}1.2%"


def test_labels_for_people_are_found():
    assert [
        word
        for word, _ in wording.find_avoided(
            "Depression sufferers committed suicide; the burden grew; ten dropped out"
        )
    ] == ["sufferers", "burden", "committed suicide", "dropped out"]
    assert not wording.find_avoided("people with depression; died by suicide; left early")


def test_what_rounds_to_nothing_is_told_by_its_value_and_not_by_its_text():
    assert wording.rounds_to_nothing(0.04, -3.0, 3.0)
    assert not wording.rounds_to_nothing(0.8, 0.5, 1.1)
    assert wording.rounds_to_nothing(0.0, 0.0, 0.0)
    assert not wording.rounds_to_nothing(0.2, 0.2, 0.2)
    assert not wording.rounds_to_nothing(0.2, float("nan"), float("nan"))
    for mean, half in ((0.04, 3.0), (0.8, 0.3), (-0.001, 0.2)):
        said = wording.say_interval(mean, mean - half, mean + half, signed=True, figures=2)
        nothing = wording.rounds_to_nothing(mean, mean - half, mean + half, figures=2)
        assert said.startswith("0 (") == nothing


def test_nothing_a_reader_sees_labels_people():
    home = Path(analysis.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in sorted(home.rglob("*.html"))]
    for path in sorted(home.rglob("*.py")):
        if path.name != "wording.py":
            texts += SEEN.findall(path.read_text(encoding="utf-8"))
    texts += [f"{outcome.title} {outcome.sentence}" for outcome in OUTCOMES]
    found = [
        (text, wording.find_avoided(text))
        for text in texts
        if wording.find_avoided(text.replace("dropped_out", ""))
    ]
    assert not found
