"""Agents as views onto rows: `Resident`, `Peer` and `Professional`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from sim.community import Community


class Resident(mesa.Agent):
    """A resident: a view onto one row of the columns."""


def populate(community: Community) -> None:
    """Give a community its agents."""
