"""What stays with people who are severely ill: teams that go to them, support at home, a house of
their own.

Each is beside the psychiatrist's care and not instead of it.
"""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("assertive_community_treatment", "psychiatry", informal=True),
    Kind("early_intervention", "psychiatry", informal=True),
    Kind("supported_housing", "practical support", informal=True),
    Kind("clubhouse", "community life", informal=True, friends=True),
)
