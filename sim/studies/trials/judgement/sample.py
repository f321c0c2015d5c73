"""Whether a trial is in sample: numbers of the model were made from it, or it is news to the
model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from sim.evidence.loader import all_evidence
from sim.scenario.designs.trial import Trial

if TYPE_CHECKING:
    from sim.scenario.designs.study import Study

EFFECTS = (
    "coping",
    "connection",
    "self_management",
    "relief",
    "averts",
    "diverts",
    "share_reached",
    "harm",
    "kin",
    "warmth",
    "strain_reduction",
    "placement",
)
"""Numbers of a service that say what it does, rather than how often it meets."""
RECORD = re.compile(r"[A-Z]+-\d+(?=-)")
"""A record of the evidence, before what its result is of."""


class Membership(NamedTuple):
    """Whether a trial is in sample, and the records that were made from it."""

    sample: Literal["in", "out"]
    records: tuple[str, ...]


def find_membership(trial: Study) -> Membership:
    """In sample where the trial says so, or where the source of a number through which its arms
    act names it: of what their services do, and of crises, care and lives in general; for a natural
    experiment, of any number.
    """
    kinds = _list_kinds(trial) if isinstance(trial, Trial) else None
    # As a whole word, or an identifier would be found in every longer one.
    named = re.compile(rf"(?<![\w-]){re.escape(find_record(trial.id))}(?![\w-])")
    records = tuple(
        record.id
        for record in all_evidence().values()
        if named.search(record.source) and (kinds is None or _acts(record.id, kinds))
    )
    return Membership(trial.sample or ("in" if records else "out"), records)


def find_record(identifier: str) -> str:
    """The record of the evidence that a trial is of: PS-13 where it is another result of that, such
    as PS-13-admission, which the ledger keeps apart.
    """
    found = RECORD.match(identifier)
    return found[0] if found else identifier


def _list_kinds(trial: Trial) -> set[str]:
    """Kinds of services through which the arms of a trial act."""
    kinds = {str(service.get("kind")) for service in trial.services.values()}
    return kinds | {kind for arm in trial.arms.values() for kind in (*arm.withhold, *arm.keep)}


def _acts(record: str, kinds: set[str]) -> bool:
    """Whether the arms of a trial act through a number."""
    group, _, rest = record.partition(".")
    if group != "services":
        # Of crises, care or lives: everybody's outcome comes through these, whatever an arm gives.
        return True
    kind, _, field = rest.partition(".")
    return kind in kinds and field in EFFECTS
