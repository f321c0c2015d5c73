"""Ids of the evidence that have another name now: the old one is accepted for one version, with a
note that names the new one.
"""

from __future__ import annotations

RENAMED_FIELDS = {"met": "share_reached", "ease": "strain_reduction"}
"""Fields of services by their name until version 0.1."""


def find_current(identity: str) -> str:
    """The id that a number has now; the id itself where it has not changed."""
    room, _, field = identity.rpartition(".")
    if room.startswith("services.") and field in RENAMED_FIELDS:
        return f"{room}.{RENAMED_FIELDS[field]}"
    return identity


def word_renamed(identity: str) -> str:
    """What to say of an old id; empty where it has not changed."""
    now = find_current(identity)
    return "" if now == identity else f"is {now} now; the old name is accepted in this version only"
