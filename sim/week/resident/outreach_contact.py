"""Outreach that meets a resident: who is looked at, and what somebody does who was reached."""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of, log
from sim.engine.kernels import part
from sim.engine.random import uniforms
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list
from sim.week.resident.service_choice import WORST, value_if_open

LOOKS = 8
"""Weeks between two looks of an outreach at the same person, by key."""


@part
def reach_at_most(s, o):
    """Largest share of any group that a service reaches in a week."""
    most = 0.0
    for share in o.outreach[s].flat:
        most = max(most, share)
    return most


@part
def be_reached(
    low, high, r, o, week_number, week, doors, seed, most, due, who, chance, best, chosen
):
    """Outreach to those of a block who are due, service by service: all draws come first, the rest
    is for the few who are found.

    Who is found by several takes the door of the highest utility plus chance, as in `choose_door`.
    """
    count = 0
    for i in range(low, high):
        if (int(r.key[i]) + week_number) % LOOKS == 0 and r.alive[i] == 1 and r.stay[i] == 0:
            due[count], who[count], best[count], chosen[count] = (
                float(i),
                float(r.key[i]),
                WORST,
                -1.0,
            )
            count += 1
    for s in range(o.key.size):
        if most[s] <= 0.0:
            continue
        for k in range(count):
            chance[k], _, _, _ = uniforms(np.uint64(who[k]), week, Stream.REACH, o.key[s], seed)
        for k in range(count):
            if chance[k] < most[s]:
                person = np.int64(due[k])
                rate = LOOKS * o.outreach[s, r.neighbourhood[person], r.employment[person]]
                if chance[k] < rate and chance[k] < chance_of(rate):
                    value = value_if_open(person, s, r, o, doors, seed) - log(-log(chance[k]))
                    if value > best[k]:
                        best[k], chosen[k] = value, float(s)
    for k in range(count):
        if chosen[k] >= 0.0:
            join_list(np.int64(due[k]), np.int64(chosen[k]), r, week_number)
