"""The network of a stored run as a figure for a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.network import NetworkSample, draw_network
from sim.store.connection import explain_content

if TYPE_CHECKING:
    from analysis.figures.figure import Figure
    from analysis.reports.context import ReportContext


def read_sample(case: ReportContext, name: str) -> NetworkSample | None:
    """Read the stored network of a scenario; None where none was kept."""
    frame = case.stored.rows("networks")
    frame = frame[frame["name"] == name]
    if frame.empty:
        return None
    row = frame.sort_values("seed").iloc[0]
    with explain_content(case.stored.path):
        people = np.array(json.loads(str(row["residents"])), dtype=np.int64).reshape(-1, 5)
        ties = np.array(json.loads(str(row["ties"])), dtype=np.int64).reshape(-1, 3)
        marks, ends = people[:, 1:], ties[:, :2]
        # These index other tables below: a file that was changed must not draw nonsense.
        if min(marks.min(initial=0), ends.min(initial=0)) < 0 or marks[:, 1:].max(initial=0) > 1:
            raise ValueError("people without an area or a state")
        if ends.max(initial=-1) >= len(people):
            raise ValueError("ties of people who are not there")
    return (
        NetworkSample(people[:, 1], people[:, 2] + 2 * people[:, 3], people[:, 4], ties)
        if len(people) > 1
        else None
    )


def draw_stored_network(case: ReportContext) -> Figure | None:
    """Draw the network that was kept for the focus."""
    sample = read_sample(case, case.focus)
    names = list(case.declared.get("neighbourhoods") or {})
    if sample is None or int(sample.areas.max()) >= len(names):
        return None
    return draw_network(sample, names, case.title(case.focus))
