"""Digital support: apps, online groups, communities on social media."""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("app", "digital", informal=True, low_intensity=True, online=True),
    Kind("online_group", "digital", informal=True, low_intensity=True, online=True),
    Kind("moderated_online_group", "digital", informal=True, low_intensity=True, online=True),
    Kind("social_media", "digital", informal=True, low_intensity=True, online=True),
)
