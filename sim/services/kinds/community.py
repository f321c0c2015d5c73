"""Community life: where people meet outside their own ties, and who brings them in."""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("community_activity", "community life", informal=True, friends=True, low_intensity=True),
    Kind("organisers", "community life", informal=True, sought=False, low_intensity=True),
)
