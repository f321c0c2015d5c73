"""What meets a crisis: line, team and respite before the emergency department, and the psychiatric
ward behind it.
"""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    # Not `crisis`, which is for what meets people before the hospital does.
    Kind("emergency_department", "emergency", hospital=True),
    Kind("inpatient_ward", "inpatient", hospital=True),
    Kind(
        "crisis_line", "crisis care", informal=True, sought=False, low_intensity=True, crisis=True
    ),
    Kind("crisis_team", "crisis care", informal=True, sought=False, crisis=True),
    Kind("peer_respite", "crisis care", informal=True, sought=False, crisis=True),
    Kind("crisis_house", "crisis care", informal=True, sought=False, crisis=True),
)
