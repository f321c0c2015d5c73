"""What may be wrong with a database that can be opened: rows that do not belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHECKS = {
    "finished runs without a summary": (
        "runs WHERE status = 'done' AND key NOT IN (SELECT run FROM summary)"
    ),
    "failed runs without a reason": (
        "runs WHERE status = 'failed' AND key NOT IN (SELECT run FROM failures)"
    ),
    "runs of unknown scenarios": "runs WHERE scenario NOT IN (SELECT hash FROM scenarios)",
    "weekly rows that do not belong": (
        "weekly WHERE run NOT IN (SELECT key FROM runs WHERE status = 'done')"
    ),
    "weeks missing": (
        "runs WHERE status = 'done' AND keep = 'weekly' AND key NOT IN (SELECT run FROM weekly)"
    ),
}


def find_faults(query: Callable[[str], Sequence[Sequence[object]]]) -> list[str]:
    """List what is wrong, in words; empty where nothing is."""
    found = [str(text) for (text,) in query("PRAGMA integrity_check") if text != "ok"]
    for name, condition in CHECKS.items():
        if count := query(f"SELECT count(*) FROM {condition}")[0][0]:
            found.append(f"{name}: {count}")
    return found
