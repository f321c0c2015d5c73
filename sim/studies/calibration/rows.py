"""Towns that a fit has run, a row each: kept in its folder, for the same fit alone."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import InvalidInput, Problem
from sim.store import write_whole
from sim.store.connection import explain_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FILE, ABOUT = "evaluations.csv", "evaluations.json"


def claim_rows(folder: Path, fit: Mapping[str, object]) -> None:
    """Keep beside the rows which fit they are of; InvalidInput as `check_rows`."""
    check_rows(folder, fit)
    with explain_files(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / ABOUT, json.dumps(fit, indent=1) + "\n")


def check_rows(folder: Path, fit: Mapping[str, object]) -> None:
    """InvalidInput where the folder has rows of another fit: its towns would be taken for this
    one's.
    """
    if not (folder / FILE).is_file():
        return
    kept = _read_about(folder / ABOUT)
    other = [name for name, value in fit.items() if kept.get(name) != value]
    if other:
        raise InvalidInput(
            Problem.of_file(
                str(folder),
                "",
                "has towns of another fit: "
                + ", ".join(f"{name} {kept.get(name)}, not {fit[name]}" for name in other),
                "choose another folder with -o",
            )
        )


def _read_about(about: Path) -> dict[str, object]:
    """Which fit the rows are of; nothing is known where the file is missing or damaged."""
    try:
        kept = json.loads(about.read_text("utf-8"))
    # JSON that is nested thousands deep ends in a RecursionError.
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


def read_rows(folder: Path, header: Sequence[str]) -> NDArray[np.float64]:
    """Rows of every town so far (towns, columns)."""
    file = folder / FILE
    lines = list(csv.reader(_read_whole(file).decode("utf-8", "replace").splitlines()))
    if lines and lines[0] != list(header):
        raise InvalidInput(
            Problem.of_file(
                str(file),
                "",
                "has other columns than this version of Kinwell writes",
                "choose another folder with -o",
            )
        )
    try:
        rows = [[float(cell) for cell in row] for row in lines[1:]]
        return np.array(rows, float).reshape(-1, len(header))
    except ValueError:
        raise InvalidInput(
            Problem.of_file(
                str(file), "", "has a row that is damaged", "choose another folder with -o"
            )
        ) from None


def add_rows(folder: Path, header: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    """Add rows to the file as they come, each at once: an interruption loses one town at most."""
    file = folder / FILE
    whole = len(_read_whole(file))
    with explain_files(file):
        # A row that was cut off by an end in between is run again, and must not spoil the next.
        with file.open("ab") as cut:
            cut.truncate(whole)
        if not whole:
            _write(file, header)
    for row in rows:
        with explain_files(file):
            _write(file, [repr(float(cell)) for cell in row])


def _write(file: Path, row: Sequence[str]) -> None:
    with file.open("a", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerow(row)


def _read_whole(file: Path) -> bytes:
    """What is written up to the end of a line: what follows was cut off, maybe inside a number."""
    content = file.read_bytes() if file.is_file() else b""
    return content[: content.rfind(b"\n") + 1]
