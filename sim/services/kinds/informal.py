"""Informal support: trained peers and volunteers one to one, and groups whose members may become
friends.
"""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("one_to_one_peer", "peer support", informal=True),
    Kind("telephone_peer_support", "peer support", informal=True),
    Kind("befriending", "peer support", informal=True, who="lonely"),
    Kind("recovery_group", "groups", informal=True, friends=True),
    Kind("family_group", "groups", informal=True, friends=True, who="caregivers"),
    Kind("youth_group", "groups", informal=True, friends=True),
    Kind("belonging_group", "groups", informal=True, friends=True, who="lonely"),
)
