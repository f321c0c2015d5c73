"""The examples in docstrings of public functions give what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = {
    "analysis.economics.cea": 2,
    "analysis.economics.equity": 2,
    "sim.cards": 1,
    "sim.scenario.library": 2,
    "sim.scenario.scenario": 3,
    "sim.units": 2,
}
"""Modules with examples, and how many lines of them there are."""


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0
    assert found.attempted >= MODULES[name]
