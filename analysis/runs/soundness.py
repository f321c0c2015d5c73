"""What has to be said of stored runs before they are compared, or stands against it: rows that were
lost, runs that are left out, versions of what made them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.runs.database import EVERYTHING, parse
from analysis.text.amounts import read_amount
from sim.errors import Refused
from sim.store.connection import explain_content
from sim.units import say_count

if TYPE_CHECKING:
    import pandas as pd

    from analysis.runs.database import Stored

NUMERIC = ("mesa", "numba", "numpy", "scipy")
"""Packages that numbers may depend on to the last digit."""
# Of the runs concerned alone, by the keys of the tables: a folder may hold many more.
OF_THESE = "run IN (SELECT value FROM json_each(?))"
WITH_TOTALS = f"SELECT run FROM summary WHERE {OF_THESE}"
COUNTED_WEEKS = f"SELECT run, count(*) AS weeks FROM weekly WHERE {OF_THESE} GROUP BY run"
UNPAID = (
    f"SELECT run FROM summary WHERE {OF_THESE} AND cost > 0"
    " AND NOT EXISTS (SELECT 1 FROM ledger WHERE ledger.run = summary.run)"
)
ROWS_LOST = "the file is damaged, or another program changed it; make the runs again elsewhere"


def check_rows(stored: Stored, used: pd.DataFrame) -> None:
    """Refuse runs whose rows were lost: a run is stored whole, and what is absent is never 0."""
    these = (json.dumps(used["key"].tolist()),)
    kept = stored.query(COUNTED_WEEKS, these)
    weeks = used["key"].map(dict(zip(kept["run"], kept["weeks"], strict=True))).fillna(0)
    horizon = read_amount(stored.declared[str(used["name"].iloc[0])].get("horizon", 0))
    lost = {
        "totals": ~used["key"].isin(list(stored.query(WITH_TOTALS, these)["run"])),
        "weeks": (used["keep"] == "weekly") & (weeks < horizon),
        "accounts": used["key"].isin(list(stored.query(UNPAID, these)["run"])),
    }
    counts = {what: int(gone.sum()) for what, gone in lost.items()}
    if said := [
        f"{say_count(count, 'run')} without {what}" for what, count in counts.items() if count
    ]:
        raise Refused(f"{stored.path}: {' and '.join(said)}: {ROWS_LOST}")


def say_left_out(stored: Stored) -> list[str]:
    """Say how many runs of a folder answer another question than the one asked last."""
    everything = replace(stored, selection=EVERYTHING)
    left = everything.runs[~everything.runs["key"].isin(list(stored.runs["key"]))]
    ours = stored.selection.model_version
    older = left["model_version"].astype(str) != ours if ours else left["key"] == ""
    said = []
    if versions := sorted(set(left.loc[older, "model_version"].astype(str))):
        count, word = int(older.sum()), "version" if len(versions) == 1 else "versions"
        said.append(
            f"{say_count(count, 'run')} of {word} {' and '.join(versions)} of the model"
            f" {_are(count)} stored here too and left out: these are of version {ours}."
        )
    if drawn := int((~older).sum()):
        said.append(
            f"{say_count(drawn, 'run')} of other parameter draws {_are(drawn)} stored here too and"
            " left out. The command that made them, given again, shows them."
        )
    return said


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def say_repeated_draws(stored: Stored) -> list[str]:
    """Say where a sweep was given a parameter draw more than once: of each there is one run."""
    if "point_runs" not in stored.tables:
        return []
    repeated = stored.query(
        "SELECT run FROM point_runs WHERE role <> 'reference' GROUP BY run, sweep"
        " HAVING count(*) > 1"
    )
    runs = stored.runs[stored.runs["key"].isin(list(repeated["run"]))]
    if not (count := runs.loc[runs["draw"] != "", "draw"].nunique()):
        return []
    said = (
        f"The file of the sweep holds {say_count(count, 'parameter draw')} more than once; of each"
        " there is one run, which counts once here."
    )
    return [said]


def say_packages(stored: Stored) -> list[str]:
    """Say where runs that are compared were made with several versions of a package."""
    with explain_content(stored.path):
        made = [parse(str(text)) for text in stored.runs["versions"].unique()]
    found = {name: sorted({str(one.get(name)) for one in made} - {"None"}) for name in NUMERIC}
    listed = [f"{name} {' and '.join(each)}" for name, each in found.items() if len(each) > 1]
    if not listed:
        return []
    said = (
        f"These runs were made with several versions of what computes them ({', '.join(listed)}):"
        " `kinwell verify` tells whether their numbers are the same."
    )
    return [said]
