"""Cases that other tools' users reported, tried here: each in a folder of its own, run as a user would."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

HERE = Path(__file__).parent


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give a function that copies a case and goes there."""

    def copy(number: str) -> Path:
        (folder,) = HERE.glob(f"{number}-*")
        target = tmp_path / folder.name
        shutil.copytree(folder, target)
        monkeypatch.chdir(target)
        return target

    return copy


@pytest.fixture
def kinwell() -> Callable[..., Result]:
    """Give a function that runs a command; its exit code and output come back, its error too."""

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run
