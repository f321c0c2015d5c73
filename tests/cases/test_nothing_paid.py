"""Case 07: an amount of nothing needs no period."""

from __future__ import annotations

import pytest

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
