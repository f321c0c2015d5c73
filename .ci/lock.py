"""Merge the `pip freeze` of several Pythons into one constraints file: lock.py 3.11=FILE 3.12=FILE
3.13=FILE.
"""

from __future__ import annotations

import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path

HEAD = """\
# The versions that everything is tested with, on Python 3.11, 3.12 and 3.13 alike.
# Made from real installs: `make lock` writes the newest that fit together.
"""


def read_freeze(path: str) -> dict[str, str]:
    """Name and version of every package that was installed by version."""
    pairs = (
        line.split("==", 1)
        for line in Path(path).read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    return {name.strip().lower(): version.strip() for name, version in pairs}


def write_marker(pythons: list[str], first: str, last: str) -> str:
    """The neighbouring Pythons as a condition, open at the ends of what is supported."""
    later = f"3.{int(last.split('.')[1]) + 1}"
    bounds = [f'python_version >= "{first}"'] if first != pythons[0] else []
    bounds += [f'python_version < "{later}"'] if last != pythons[-1] else []
    return " ; " + " and ".join(bounds) if bounds else ""


def merge(freezes: dict[str, dict[str, str]]) -> list[str]:
    """One line per package and version, with a marker wherever not every Python has that
    version.
    """
    pythons = list(freezes)
    lines = []
    for name in sorted({name for freeze in freezes.values() for name in freeze}):
        found = [(freezes[python].get(name), python) for python in pythons]
        for version, run in groupby(found, key=itemgetter(0)):
            same = [python for _, python in run]
            lines += (
                [f"{name}=={version}{write_marker(pythons, same[0], same[-1])}"] if version else []
            )
    return lines


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    sys.stdout.write(
        HEAD
        + "\n".join(merge({python: read_freeze(path) for python, path in given.items()}))
        + "\n"
    )
