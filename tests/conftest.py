"""What every test starts from: no colour, no window, and property tests that are not timed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

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


def build_and_sort() -> list[tuple[str, tuple[int, int]]]:
    """A hundredth of a second of plain Python on a machine at rest: objects made, kept and sorted."""
    return sorted({str(k): (k, k + 1) for k in range(32_000)}.items())


def time_cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.fixture(scope="session")
def cost() -> Callable[[Callable[[], object]], float]:
    """Give a function that says how many times as long as a fixed piece of plain Python some work takes.

    The piece is timed before and after, in the same process: what slows the machine slows both, so
    that a test of speed fails for slow code and not for a busy machine.
    """

    def measure(work: Callable[[], object]) -> float:
        before = min(time_cpu(build_and_sort) for _ in range(3))
        spent = time_cpu(work)
        after = min(time_cpu(build_and_sort) for _ in range(3))
        return spent / max(before, after)

    return measure
