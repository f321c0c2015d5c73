"""The draws that a calibration left behind, as they are read: by whoever runs towns with them, who
needs nothing of what a calibration needs to run.
"""

from __future__ import annotations

import csv
from pathlib import Path

from sim.evidence.renamed import find_current

POSTERIOR_TABLE = Path(__file__).with_name("posterior.csv")


def read_posterior(file: Path = POSTERIOR_TABLE) -> list[dict[str, float]]:
    """Draws that were written; none where there is no file."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            # A table from an earlier version names its columns by the ids of then.
            {find_current(name): float(value) for name, value in row.items()}
            for row in csv.DictReader(lines)
        ]
