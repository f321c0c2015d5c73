"""Sessions of a week, by person and service: read from the counters of the places that people
hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World


class Attendance:
    """Who had which place before a week, so that the sessions of the week can be told apart."""

    def __init__(self, world: World) -> None:
        """Remember the places and their counters."""
        r = world.residents
        # Copies: the week writes over both.
        self.service, self.sessions = r.care_service.copy(), r.care_sessions.copy()

    def count(self, world: World, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sessions attended this week, (rows, services).

        Somebody whose course ended this week had its last session: a place counts only while held.
        """
        r, course = world.residents, world.provision.offers.course
        found = np.zeros((rows.size, course.size))
        person = np.arange(rows.size)
        for slot in range(r.care_service.shape[1]):
            now, then = r.care_service[rows, slot], self.service[rows, slot]
            stayed, new = (now > 0) & (now == then), (now > 0) & (now != then)
            held = r.care_sessions[rows, slot] - np.where(stayed, self.sessions[rows, slot], 0)
            present = stayed | new
            np.add.at(found, (person[present], now[present].astype(int) - 1), held[present])
            gone = (then > 0) & (now != then)
            place = then[gone].astype(int) - 1
            # A course that ended took its counter with it: its last session is told by the count
            # before.
            last = (course[place] > 0) & (self.sessions[rows, slot][gone] + 1 >= course[place])
            np.add.at(found, (person[gone], place), last)
        return found
