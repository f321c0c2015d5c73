"""Paths as a user writes them, with ~ for the home folder also where a shell did not read it."""

from __future__ import annotations

import os
from pathlib import Path


def read_path(text: str | os.PathLike[str]) -> Path:
    """The path that is meant; one whose ~ names nobody's home is left as it is written."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # a user without a home, or somebody who is not there
        return path
