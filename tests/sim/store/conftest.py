"""The stand-in for the model, whose results the store keeps."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))


@pytest.fixture
def results():
    """Results of a short run."""
    from fake_community import Community, FakeScenario

    return Community(FakeScenario("baseline"), rng=1).run()
