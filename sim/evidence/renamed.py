"""Ids of the evidence, and keys of services, that have another name now: the old one is accepted
for one version, with a note that names the new one; stored scenarios are read without one.
"""

from __future__ import annotations

from typing import Any

RENAMED_FIELDS = {"met": "share_reached", "ease": "strain_reduction"}
"""Fields of services by their name until version 0.1."""
RENAMED_IDS = {
    f"seeking.door_{name}": f"seeking.choice_{name}"
    for name in ("stigma", "price", "travel", "aimed", "none")
}
RENAMED_SERVICE_KEYS = {"door": "access"}


def accept_old_keys(data: Any) -> Any:
    """The data of a service with the present name for each old key, unless both are there."""
    if not isinstance(data, dict) or not RENAMED_SERVICE_KEYS.keys() & data.keys():
        return data
    return {
        # Where both are there the old one stays, and is refused as a key that is unknown.
        key if (now := RENAMED_SERVICE_KEYS.get(key, key)) in data else now: value
        for key, value in data.items()
    }


def find_current(identity: str) -> str:
    """The id that a number has now; the id itself where it has not changed."""
    room, _, field = identity.rpartition(".")
    if room.startswith("services.") and field in RENAMED_FIELDS:
        return f"{room}.{RENAMED_FIELDS[field]}"
    return RENAMED_IDS.get(identity, identity)


def word_renamed(identity: str) -> str:
    """What to say of an old id; empty where it has not changed."""
    now = find_current(identity)
    return "" if now == identity else f"is {now} now; the old name is accepted in this version only"
