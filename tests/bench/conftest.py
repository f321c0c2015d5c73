"""The yardstick and the measurement of phases, which are scripts and no modules of a package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def load_script(name):
    """A script beside the tests, as a module."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def plain_mesa():
    """The yardstick as a module."""
    return load_script("plain_mesa")


@pytest.fixture(scope="module")
def phase_costs():
    """The measurement of phases as a module."""
    return load_script("phase_costs")
