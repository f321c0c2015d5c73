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


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a fixture of their module in one worker, where it is made once.

    Modules with slow tests come first, so that no worker ends with a long one while others rest.
    """
    for item in items:
        if shares_fixture(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def shares_fixture(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that lives as long as its module, or longer and is made in it."""
    module = item.nodeid.split("::")[0]
    found = item._fixtureinfo.name2fixturedefs.values() if hasattr(item, "_fixtureinfo") else ()
    return not item.get_closest_marker("xdist_group") and any(
        made.scope == "module" or (made.scope == "session" and made.baseid == module)
        for definitions in found
        for made in definitions
    )


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether this run writes golden numbers."""
    return bool(request.config.getoption("--update-golden"))
