"""Services that have no places any more where the reference still has some: what a shorter list
then means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from analysis.runs.comparison import Comparison
    from analysis.runs.pairing import Pairs

LISTS = ("waiting", "wait_median", "wait_90th", "gave_up_waiting", "let_go", "closed_out")
RUNWAY = "runway"
NO_IMPROVEMENT = (
    "Nobody can wait for a service without places, give up waiting for it, be sent away from it or"
    " be paid for work in it: fewer people waiting, giving up or discharged because of cuts, a"
    " shorter median wait and a longer runway are then no improvement."
)


def say_stopped(comparison: Comparison) -> dict[str, str]:
    """By scenario, sentences on the services that have no places when they were last recorded in
    half of the replicates or more, and in fewer with the reference; nothing where there are none,
    or no weeks were kept. Where fewer wait, or for a shorter time, they say that this is no
    improvement.
    """
    pairs, said = comparison.pairs, {}
    # Once for all scenarios: the table of places is read from disk.
    without = count_without_places(pairs)
    for name in pairs.others:
        if services := _list_stopped(without, name, pairs):
            found = comparison.differences[name]
            shorter = any(found[key].mean < 0.0 for key in LISTS if key in found)
            shorter = shorter or (RUNWAY in found and found[RUNWAY].mean > 0.0)
            end = f" {NO_IMPROVEMENT}" if shorter else ""
            when = _say_when(pairs)
            said[name] = f"{name}, without places {when}: {', '.join(services)}.{end}"
    return said


def _say_when(pairs: Pairs) -> str:
    """Of some weeks of the horizon, the last in which places were recorded need not be the last."""
    window, last = pairs.stored.window, int(pairs.stored.rows("places")["week"].max())
    return "at the end" if window is None or last == window.end - 1 else f"in week {last}"


def _list_stopped(without: pd.DataFrame, name: str, pairs: Pairs) -> list[str]:
    replicates, reference = int(pairs.whole.sum()), pairs.names[0]
    return [
        f"{service} ({row[name]} of {replicates} replicates; {row[reference]} with {reference})"
        for service, row in without.iterrows()
        # A post that happens to stand empty in the last week closes nothing.
        if 2 * row[name] >= replicates > 2 * row[reference]
    ]


def count_without_places(pairs: Pairs) -> pd.DataFrame:
    """Replicates in which a service has no places at the end, by service (rows) and scenario
    (columns), of services that have some with the reference in any; one that a scenario lacks has
    none.
    """
    frame = pairs.stored.rows("places")
    frame = frame[frame["run"].isin(pairs.whole_runs)] if len(frame) else frame
    if frame.empty:
        return pd.DataFrame()
    last = frame[(frame["week"] == frame["week"].max()) & (frame["places"].astype(float) > 0)]
    replicates = int(pairs.whole.sum())
    counts = last.groupby(["service", "name"], observed=True)["run"].nunique().unstack("name")
    counts = counts.reindex(columns=list(pairs.names)).fillna(0).astype(int)
    open_once = counts[counts[pairs.names[0]] > 0]
    return replicates - open_once
