"""Would the answer stand: what the last audit of these results found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.runs.audit import MEANING, UNMOVED, read_audit, say_under
from analysis.text.tables import Table
from sim.errors import spell
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from analysis.runs.database import Stored

MOST_ROWS = 60
"""Changes that are listed; what moved most comes first."""


def fill_audit(stored: Stored, focus: str) -> dict[str, Any]:
    """The verdict on each headline difference of the focus, and the changes that moved some; or
    what to do to have them.
    """
    found = read_audit(stored.path.parent)
    differences = (found or {}).get("differences")
    mine = differences.get(focus) if isinstance(differences, dict) else None
    if not isinstance(mine, dict):
        return {"missing": f"Not reported. Make it with: {spell('audit', stored.path.parent)}"}
    known = {key: row for key, row in mine.items() if key in BY_KEY}
    return {
        "missing": None,
        "meaning": MEANING,
        "table": _tabulate_verdicts(known),
        "moved": _tabulate_moved(known),
    }


def _tabulate_verdicts(found: dict[str, dict[str, Any]]) -> Table:
    rows = []
    for key, row in found.items():
        changes = row["changes"].values()
        judged = [change for change in changes if change["verdict"] != "nothing to judge"]
        moved = [change for change in judged if change["verdict"] not in UNMOVED]
        rows.append(
            [
                BY_KEY[key].title,
                _say(row["control"]),
                f"{len(judged) - len(moved)} of {len(judged)}" if judged else "–",
                row["verdict"],
            ]
        )
    heads = ["Outcome", "Difference as it is", "Changes that left it", "Verdict"]
    return Table("Would the answer stand: differences under every change", heads, rows)


def _tabulate_moved(found: dict[str, dict[str, Any]]) -> Table | None:
    """Every change that moved a difference, fragile ones first."""
    rows = [
        [
            BY_KEY[key].title,
            change["sentence"],
            _say(row["control"]),
            _say([change["mean"], change["low"], change["high"]], name),
            change["verdict"],
        ]
        for key, row in found.items()
        for name, change in row["changes"].items()
        if change["verdict"] not in UNMOVED
    ]
    if not rows:
        return None
    # By the word: “fragile” comes before “shifted”.
    rows.sort(key=lambda row: row[-1])
    heads = ["Outcome", "Change", "As it is", "Under the change", "Verdict"]
    return Table("What moved a difference", heads, rows[:MOST_ROWS])


def _say(ends: list[float | None], change: str = "") -> str:
    known = [float(end) for end in ends if end is not None]
    return say_under(change, *known) if len(known) == 3 else "–"
