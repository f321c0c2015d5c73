"""What is decided by a draw: the third word of its counter.

Numbers are forever: changing one changes every run.
"""

from __future__ import annotations

import numpy as np

# What is decided: the third word of the counter. Numbers are forever: changing one changes every
# run.
LIFE = np.uint64(1)
FEEL = np.uint64(2)
SEEK = np.uint64(3)
SERVICE_CHOICE = np.uint64(4)
MATCH = np.uint64(5)
CARE = np.uint64(6)
CRISIS = np.uint64(7)
STAY = np.uint64(8)
FADE = np.uint64(9)
MEET = np.uint64(10)
GREET = np.uint64(11)
WORK = np.uint64(12)
RECRUIT = np.uint64(13)
SURVEY = np.uint64(14)
REFER = np.uint64(15)
CUT = np.uint64(16)
REACH = np.uint64(18)
MEET_CRISIS = np.uint64(19)
BIRTH = np.uint64(20)
PAST = np.uint64(21)
