"""Ages at which the law, or the words of a record, draw a line: 'under 25', 'from 65'.

All in years.
"""

from __future__ import annotations

YOUNGEST = 12
"""Residents are at least this old; younger children only count as members of their household."""
ADULT = 18
"""Of age; before it a resident is a pupil."""
STUDYING, STUDYING_LATER = 25, 30
"""Ages before which those without work may be students: many, and a few."""
LATE_WORK, EARLY_RETIREMENT, PENSION, LATE_PENSION = 60, 55, 65, 75
"""Ages from which work is rarer, from which some have retired, from which most have, and from which
nearly all have.
"""
ONLINE, OFFLINE = 30, 80
"""Ages before which nearly everybody is online, and from which fewest are."""
