"""Peers: one-to-one support by trained people with lived experience, and recovery groups."""

from __future__ import annotations

from sim.services.kinds import Kind

KINDS = (
    Kind("one_to_one_peer", leading="peer", category="peer support", informal=True),
    Kind("recovery_group", leading="peer", category="groups", informal=True, friends=True),
)
