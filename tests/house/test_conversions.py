"""One unit becomes another in `sim.units` and nowhere else: two sets of weeks per year once disagreed."""

from __future__ import annotations

import ast

import pytest

CALENDAR = {365.25, 365.2425, 365.24, 52.1786, 52.18, 52.1775}
OPERATORS = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)


def find_conversions(tree):
    """Lines that convert by a year of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in CALENDAR:
            yield node.lineno
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
            sides = (node.left, node.right)
            if any(isinstance(s, ast.Constant) and s.value in {52, 365} for s in sides):
                yield node.lineno


def test_years_are_converted_in_one_place(modules):
    found = {
        str(path): lines
        for path, tree in modules.items()
        if str(path) != "sim/units.py" and (lines := sorted(set(find_conversions(tree))))
    }
    assert not found


@pytest.mark.parametrize(
    "line", ["x = weeks / 52", "x = 52.0 * pay", "x = 7 / 365.25", "x = n % 52"]
)
def test_conversions_are_seen(line):
    assert list(find_conversions(ast.parse(line)))
    assert not list(find_conversions(ast.parse("x = weeks / WEEKS_PER_YEAR; y = 52")))
