"""Digital support: apps, online groups, communities on social media."""

from __future__ import annotations

from sim.services.kinds import Kind

KINDS = (
    Kind("app", "digital", informal=True, light=True, online=True),
    Kind("online_group", "digital", informal=True, light=True, online=True),
    Kind("moderated_online_group", "digital", informal=True, light=True, online=True),
    Kind("social_media", "digital", informal=True, light=True, online=True),
)
