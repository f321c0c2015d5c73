"""What the runs of a sweep cost, from the perspective that their scenario declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.economics.valuation import HOURS, find_unit_prices
from analysis.runs.database import parse
from sim.store.connection import explain_content

if TYPE_CHECKING:
    import pandas as pd

    from analysis.runs.database import Stored

WHOSE_COSTS = {
    "health_care": "what services cost",
    "public_payer": "what public payers spend",
    "societal": "what society spends",
}
"""Whose costs count, by perspective, in a sentence."""


def read_spending(stored: Stored, sweep: str, perspective: str) -> pd.Series:
    """What each run of a sweep cost from a perspective, by key of the run; over the horizon and not
    discounted, in the scenario's currency.

    From totals, which every run has: sweeps seldom keep weeks.
    """
    found = stored.query(
        "SELECT DISTINCT run, runs.scenario AS hash, summary.cost, summary.cost_public,"
        " summary.caregiver_hours, summary.work_days_lost"
        " FROM point_runs JOIN summary USING (run) JOIN runs ON runs.key = run WHERE sweep = ?",
        (sweep,),
    ).set_index("run")
    if perspective == "public_payer":
        return found["cost_public"]
    spent = found["cost"]
    if perspective == "societal":
        # Each run at its own prices: a reference may state others.
        prices = _read_prices(stored, set(found["hash"]))
        for outcome in HOURS:
            priced = found["hash"].map({key: each[outcome] for key, each in prices.items()})
            spent = spent + priced * found[outcome]
    return spent


def _read_prices(stored: Stored, hashes: set[str]) -> dict[str, dict[str, float]]:
    """Prices of an hour of unpaid care and a day of work, by scenario."""
    rows = stored.query("SELECT hash, resolved FROM scenarios")
    with explain_content(stored.path):
        return {
            str(row.hash): find_unit_prices(parse(str(row.resolved)))
            for row in rows.itertuples()
            if row.hash in hashes
        }
