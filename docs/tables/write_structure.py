"""Write docs/structure.md: what each choice about how the model is built does to the shipped
comparison, from runs.

    python docs/tables/write_structure.py [FOLDER] [REPLICATES]

Runs are stored under FOLDER and not run again; every alternative runs all three scenarios itself,
so that pairs differ in policy alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import analysis
import sim
from analysis.text.wording import say_interval, write_plain
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from analysis.runs.comparison import Comparison

PAGE = Path(__file__).parents[1] / "structure.md"
SCENARIOS = ("baseline", "peer-pilot", "funding-cut")
OUTCOMES = ("expected_admissions", "qalys", "cost")
STRUCTURES = {
    "as shipped: no contagion, gains up to a ceiling, logistic crisis link, circles of friends": {},
    "loneliness passes along ties": {"structure.contagion": "on"},
    "gains of several services add up": {"structure.gains": "additive"},
    "the hazard of a crisis does not saturate": {"structure.crisis_link": "exponential"},
    "friendships at random": {"structure.network": "random"},
}
HEAD = """\
# What the structure of the model decides

Some of what is not known is no number but a choice about how the model is built. Each has a
switch under `structure`; this page shows what each alternative does to the three main outcomes of
the shipped comparison, while everything else stays as it is. The parameters were fitted with the
structure as shipped and are not fitted again, so that a level may leave the place that it was
fitted to; what counts is whether a difference between scenarios changes its sign or size.

`docs/tables/write_structure.py` writes this page from runs: {replicates} replicates of each
scenario under each structure, paired by seed; intervals are of 95% and cover chance.
"""


def run_comparison(changes: dict[str, str], folder: Path, replicates: int) -> Comparison:
    """Run the shipped comparison under one structure."""
    towns = [sim.load(name).with_(changes) for name in SCENARIOS]
    return analysis.compare(
        sim.run(towns, replicates=replicates, seed=1, into=folder, keep="summary"),
        against=SCENARIOS[0],
    )


def write_rows(label: str, found: Comparison) -> list[str]:
    """Levels of the reference, then differences, as rows of a table."""
    levels = " | ".join(
        f"{write_plain(found.scenarios[SCENARIOS[0]][key].mean)}" for key in OUTCOMES
    )
    rows = [f"| {label} | `{SCENARIOS[0]}`, level | {levels} |"]
    for name in SCENARIOS[1:]:
        cells = " | ".join(
            say_interval(*found.differences[name][key][:3], signed=True) for key in OUTCOMES
        )
        rows.append(f"| | `{name}`, difference | {cells} |")
    return rows


def main(folder: str = "results/structure", replicates: str = "12") -> None:
    """Run every alternative and write the page."""
    titles = " | ".join(BY_KEY[key].title for key in OUTCOMES)
    lines = [
        HEAD.format(replicates=replicates),
        f"| structure | scenario | {titles} |",
        "|---|---|---|---|---|",
    ]
    for place, (label, changes) in enumerate(STRUCTURES.items()):
        lines += write_rows(
            label, run_comparison(changes, Path(folder) / str(place), int(replicates))
        )
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
