"""The stand-in for the model, importable here and in worker processes."""

import os
import signal
import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
sys.path.insert(0, HERE)


@pytest.fixture(autouse=True)
def _terminal_counts():
    """Programs that are started here notice a closed terminal, also where the tests run under nohup."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Lines that the stand-in writes, from whatever process."""
    path = tmp_path / "log.txt"
    monkeypatch.setenv("FAKE_LOG", str(path))
    return lambda: path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def environment(tmp_path):
    """An environment in which another Python finds the stand-in."""
    root = str(Path(HERE).parents[2])
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, HERE]),
        "FAKE_LOG": str(tmp_path / "log.txt"),
    }
