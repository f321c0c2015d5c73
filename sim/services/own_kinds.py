"""Numbers of a scenario's own kinds, beside those of the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.schema.own_kinds import list_records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.schema.own_kinds import OwnKind


def add_own_rows(
    raw: Mapping[str, float], kinds: Mapping[str, OwnKind], draw: Mapping[str, float]
) -> Mapping[str, float]:
    """Values by id with a row for each own kind: its numbers, drawn where `draw` has them, and
    those of the kind that it is based on, as they are drawn.
    """
    if not kinds:
        return raw
    # Own rows take what they do not state from the kind that they are based on, also where a draw
    # has moved it.
    below = {
        f"services.{name}.{identity.rpartition('.')[2]}": value
        for name, kind in kinds.items()
        for identity, value in raw.items()
        if identity.startswith(f"services.{kind.based_on}.")
    }
    own = {key: draw.get(key, record.value) for key, record in list_records(kinds).items()}
    return {**raw, **below, **own}
