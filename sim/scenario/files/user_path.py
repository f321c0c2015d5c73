"""Paths as a user writes them, with ~ for the home folder also where a shell did not read it."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import InvalidInput


def read_path(text: str | os.PathLike[str]) -> Path:
    """The path that is meant; one whose ~ names nobody's home is left as it is written."""
    # Python takes what is no path, or none that a disk can have, and fails later in its own words.
    given: object = text
    if not isinstance(given, str | os.PathLike) or "\0" in str(given):
        raise InvalidInput(f"a path is text without control characters (got {given!r:.40})")
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # a user without a home, or somebody who is not there
        return path
