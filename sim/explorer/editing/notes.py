"""What can never act in a programme, or does not fit its money: said on its page as `kinwell check`
says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput
from sim.scenario.library import Loaded, list_notes
from sim.services.affordability import find_gaps
from sim.services.fund_size import list_money_notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.errors import Problem
    from sim.explorer.editing.draft import Draft


def list_draft_notes(draft: Draft, sets: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Notes on a programme in the town as it is set (values by path); none while it is wrong."""
    if draft.scenario is None or draft.document is None:
        return ()
    try:
        scenario = draft.scenario.with_(dict(sets)) if sets else draft.scenario
    except InvalidInput:
        # What the town cannot be is told where it is set.
        return ()
    loaded = Loaded(scenario, draft.document, draft.path)
    return (*list_notes(loaded, find_gaps(scenario)), *list_money_notes(loaded))
