"""Case 07: an amount of nothing needs no period."""

from __future__ import annotations

import pytest

from sim.errors import InvalidInput
from sim.scenario.library import load
from sim.units import parse_money


@pytest.mark.parametrize("text", [0, 0.0, "0", "USD 0", "USD 0 per year", "USD 0 per hour"])
def test_nothing_by_the_week_is_nothing(text):
    assert parse_money(text).per_week == 0.0


def test_peers_who_are_paid_nothing_run(enter, kinwell):
    enter("07")
    made = kinwell(
        "run",
        "pay0.yaml",
        "-n",
        1,
        "-j",
        1,
        "--set",
        "horizon=4 weeks",
        "-o",
        "r",
        "--set",
        "warm_up=2 weeks",
    )
    assert made.exit_code == 0, made.output


@pytest.mark.parametrize(
    ("key", "value"), [("psychiatry.staff", {"psychiatrist": 20_000}), ("ward.beds", 20_000)]
)
def test_a_service_larger_than_its_town_is_refused_before_it_takes_hours(key, value):
    town = load("baseline").with_({"population.residents": 60})
    with pytest.raises(InvalidInput, match="must be at most 10,000 in a town of 60"):
        town.with_({f"services.{key}": value})
    large = load("baseline").with_({"population.residents": 30_000})
    assert large.with_({f"services.{key}": value})
