"""What meets a crisis: the emergency department and the psychiatric ward."""

from __future__ import annotations

from sim.services.kinds import Kind

KINDS = (
    Kind("emergency_department", leading="nurse", category="emergency", hospital=True),
    Kind("inpatient_ward", leading="nurse", category="inpatient", hospital=True),
)
