"""What every test starts from: no colour, no window, and property tests that are not timed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("NO_COLOR", "1")

settings.register_profile(
    "kinwell",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("kinwell"), derandomize=False, max_examples=1_000
)
settings.load_profile(os.environ.get("KINWELL_HYPOTHESIS", "kinwell"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden numbers be written anew, on request only."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden numbers instead of comparing with them",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests come first, so that no worker ends with a long one while others rest."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether this run writes golden numbers."""
    return bool(request.config.getoption("--update-golden"))
