"""Scenarios in files of their own, and what is wrong with them."""

import pytest

from sim.errors import InvalidInput
from sim.scenario.library import load


@pytest.fixture
def write(tmp_path):
    """Give a function that writes a file beside the others of a test."""

    def write_file(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_bytes(text) if isinstance(text, bytes) else path.write_text(
            text, encoding="utf-8"
        )
        return path

    return write_file


@pytest.fixture
def problems(write):
    """Give a function that lists the problems of a text."""

    def list_problems(text, name="mine.yaml"):
        with pytest.raises(InvalidInput) as caught:
            load(write(text, name))
        assert caught.value.problems
        return caught.value.problems

    return list_problems


@pytest.fixture(scope="session")
def baseline():
    return load("baseline")


@pytest.fixture(scope="session")
def pilot():
    return load("peer-pilot")
