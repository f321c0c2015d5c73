"""The yardstick, which is a script and no module of a package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def plain_mesa():
    """The yardstick as a module."""
    path = Path(__file__).with_name("plain_mesa.py")
    spec = importlib.util.spec_from_file_location("plain_mesa", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["plain_mesa"] = module
    spec.loader.exec_module(module)
    return module
