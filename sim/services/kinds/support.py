"""Support organisations: practical help, links to other services, contact after discharge, plans
for a crisis.
"""

from __future__ import annotations

from sim.services.kind import Kind

KINDS = (
    Kind("case_management", "practical support", informal=True),
    Kind("follow_up", "practical support", informal=True),
    Kind("crisis_plan", "practical support", informal=True),
    Kind("supported_employment", "practical support", informal=True, who="out_of_work"),
)
