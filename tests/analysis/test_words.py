"""Numbers in words, and words for people."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import analysis
from analysis import words
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
    assert words.say_number(value) == text


def test_interval_decides_the_decimals():
    assert words.say_interval(1234.5, 1204, 1265) == "1,230 (1,200 to 1,260)"
    assert words.say_interval(-0.1234, -0.2, -0.05, signed=True) == "−0.12 (−0.20 to −0.05)"
    assert words.say_interval(0.2, -0.3, 0.7, signed=True) == "+0.2 (−0.3 to +0.7)"
    assert words.say_interval(5, 5, 5) == "5.0 (the same in every future)"
    assert "not known" in words.say_interval(1, math.nan, math.nan)


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
    assert words.say_interval(*numbers, figures=2) == text


def test_money_and_shares():
    assert words.say_money(1_234_567, "GBP", 2024) == "£1.2 million (2024 prices)"
    assert words.say_money(-500, "USD") == "−$500"
    assert words.say_money(10, "CHF") == "CHF 10"
    assert words.say_money_interval(-210_000, -280_000, -140_000, "USD") == "−$210,000 (−$280,000 to −$140,000)"
    assert words.say_share(0.85) == "17 of 20"
    assert words.say_share(0.5, 0.25) == "10 of 20, the same in 5"
    assert words.say_share(None) == "neither way is better"
    assert words.say_years(156) == "3 years"
    assert words.say_years(60) == "60 weeks"


def test_labels_for_people_are_found():
    assert [word for word, _ in words.find_avoided("Depression sufferers committed suicide; the burden grew; ten dropped out")] == [
        "sufferers", "burden", "committed suicide", "dropped out",
    ]  # fmt: skip
    assert not words.find_avoided("people with depression; died by suicide; left early")


def test_nothing_a_reader_sees_labels_people():
    home = Path(analysis.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in sorted(home.rglob("*.html"))]
    for path in sorted(home.rglob("*.py")):
        if path.name != "words.py":
            texts += SEEN.findall(path.read_text(encoding="utf-8"))
    texts += [f"{outcome.title} {outcome.sentence}" for outcome in OUTCOMES]
    found = [(text, words.find_avoided(text)) for text in texts if words.find_avoided(text.replace("dropped_out", ""))]
    assert not found
