"""Case 20: numbers carry what they can, and no more; where nothing differs, nothing is worth it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from analysis.reports.context import open_context
from analysis.reports.decision import rank_in_words
from analysis.reports.programmes import tabulate_programmes
from analysis.text.wording import say_correlation, say_interval, say_number, say_rate, say_ratio
from sim.scenario.library import load

NOISE = re.compile(r"0\.0{5,}|\d{7,}|\d\.\d{7,}|\de[-+]?\d\d")
"""Digits that nobody measured: many zeros, many figures, or an exponent."""


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Two replicates of a town, of a variant that differs, and of one that differs in name only."""
    import sim

    folder = tmp_path_factory.mktemp("digits")
    small = {"population.residents": 80, "horizon": 8, "warm_up": 2}
    town = load("baseline").with_({**small, "name": "town", "title": "Town"})
    other = town.with_({"name": "other", "title": "Other", "services.psychiatry.caseload": 2})
    richer = town.with_(
        {"name": "richer", "title": "Richer", "funds.public-funds.opening": "USD 120_001"}
    )
    for name, scenario in (("differs", other), ("same", richer)):
        sim.run([town, scenario], replicates=2, seed=1, workers=1, into=folder / name)
    return folder


def read_page(studies, name, kinwell, audience):
    made = kinwell("report", studies / name, "--for", audience, "--against", "town")
    assert made.exit_code == 0, made.output
    page = Path(made.stdout.splitlines()[0]).read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|svg).*?</\1>|title=\"[^\"]*\"", " ", page))


@pytest.mark.parametrize("name", ["differs", "same"])
def test_a_comparison_of_two_replicates_claims_nothing_of_variances(studies, kinwell, name):
    said = kinwell("compare", studies / name, "--against", "town").output
    assert not re.search(r"\d+(\.\d)?x\b", said)
    assert not NOISE.search(said)
    assert "of 20" not in said


def test_where_nothing_differs_the_page_says_so(studies, kinwell):
    page = " ".join(read_page(studies, "same", kinwell, "funder").split())
    assert "exactly as they are" in page
    assert "the same in all" in page
    assert "health is the same in all" in page
    assert "worth it" not in page
    assert "Nothing here: cost and health are the same in every replicate." in page
    assert "By age: the same for every group, in every replicate." in page
    without_checksums = re.sub(r"\b[0-9a-f]{12}\b", "", page)
    assert not NOISE.search(without_checksums.partition("Where this comes from")[0])


def test_the_sentence_and_the_table_of_a_page_give_one_amount(studies, kinwell):
    page = " ".join(read_page(studies, "differs", kinwell, "funder").split())
    assert "of 20" not in page.replace("one in twenty", "")
    case = open_context(studies / "differs", "town", None)
    cost = case.say_range(case.extra_cost)
    assert cost in page
    amount = re.sub(r"[+−]", "", cost.partition(" (")[0])
    assert page.count(amount) >= 2


def test_rounding_is_no_gain_in_health(studies):
    case = open_context(studies / "differs", "town", None)
    values = np.array([[400_000.0, 400_000.0 + 1e-7], [300_000.0, 300_000.0 - 1e-7]])
    assert case.measure(values) == (0.0, 0.0, 0.0)


def test_a_correlation_and_a_ratio_need_replicates():
    assert say_correlation(1.0, 2) == "–"
    assert say_correlation(-0.9312, 30) == "−0.93"
    assert say_correlation(float("nan"), 30) == "–"
    assert say_ratio(1856387504082.5, 2) == ""
    assert say_ratio(1856387504082.5, 30) == "over 1,000x"


@pytest.mark.parametrize(
    ("rate", "said"), [(0.03, "3%"), (0.0325, "3.25%"), (0.015, "1.5%"), (0.0, "0%"), (1.0, "100%")]
)
def test_a_declared_rate_is_written_as_it_was_declared(rate, said):
    assert say_rate(rate) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0"), (1234567.0, "1.2 million"), (0.034, "0.034")]
)
def test_prose_has_two_figures(value, said):
    assert say_number(value) == said
    assert say_interval(0.0, 0.0, 0.0) == "0 (the same in every replicate)"


def test_programmes_that_are_the_same_are_neither_ahead_nor_dominated(studies):
    town = load("baseline").with_(
        {"population.residents": 80, "horizon": 8, "warm_up": 2, "name": "town", "title": "Town"}
    )
    import sim

    others = [
        town.with_({"name": name, "title": name, "funds.public-funds.opening": amount})
        for name, amount in (("one", "USD 120_001"), ("two", "USD 120_002"))
    ]
    sim.run([town, *others], replicates=2, seed=1, workers=1, into=studies / "three")
    case = open_context(studies / "three", "town", "one")
    said = " ".join(rank_in_words(case))
    assert "“Town”, level with “one”, level with “two”" in said
    assert ">" not in said
    assert "cannot be told apart" in said
    cells = [cell for row in tabulate_programmes(case).rows for cell in row]
    assert not [cell for cell in cells if "costs less" in cell]
