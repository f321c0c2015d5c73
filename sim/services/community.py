"""Community life: where people meet outside their own ties, and who brings them in."""

from __future__ import annotations

from sim.services.kinds import Kind

KINDS = (
    Kind("community_activity", "community life", informal=True, friends=True, light=True),
    Kind("organisers", "community life", informal=True, sought=False, light=True),
)
