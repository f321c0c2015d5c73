"""What meets a crisis before the emergency department: crisis lines, teams and peer respite, as
long as they have room.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import inner, loop, part
from sim.engine.priority_queue import order_by
from sim.engine.random import ALONE, draw
from sim.state.codes import Access, Event, KindParameter
from sim.state.draw_streams import Stream
from sim.state.enrolment import enrol, is_enrolled
from sim.week.resident.crisis import residual_share
from sim.week.resident.service_choice import is_near

NEWEST = 0.05
"""Part of the newest crisis in the running share of crises for which there was room."""


@part
def resolve_crisis(i, s, r, o, averted, diverted):
    """What a service that meets a crisis does, as well as its staff can: some need no bed then,
    some need no emergency department.
    """
    if (
        averted < o.kind_parameters[s, KindParameter.AVERTS] * o.quality[s]
        if r.boarding[i] > 0
        else diverted < o.kind_parameters[s, KindParameter.DIVERTS] * o.quality[s]
    ):
        r.boarding[i] = 0
        r.happened[i] &= ~Event.EMERGENCY


@loop
def meet_crises(r, o, week):
    """Meet people in a crisis before the emergency department, by lot, as long as there is room.

    The share of visits that is left.
    """
    count = 0
    for i in range(r.key.size):
        count += 1 if r.happened[i] & Event.CRISIS else 0
    if count == 0:
        return -1.0
    who, lot = np.empty(count, np.int64), np.empty(count)
    count = 0
    for i in range(r.key.size):
        if r.happened[i] & Event.CRISIS:
            who[count] = i
            lot[count], _, _, _ = draw(r.key[i], Stream.MEET_CRISIS, ALONE, week)
            count += 1
    left = 0.0
    for position in order_by(lot):
        left += residual_share(who[position], r, o, KindParameter.DIVERTS)
        meet_one(who[position], r, o, week)
    return left / count


@inner
def meet_one(i, r, o, week):
    """The first service that resident i turns to and that has room meets the crisis."""
    for s in range(o.key.size):
        if o.access[s] == Access.CRISIS and is_near(i, s, r, o):
            turns, averted, diverted, _ = draw(r.key[i], Stream.MEET_CRISIS, o.key[s], week)
            if turns < o.kind_parameters[s, KindParameter.SHARE_REACHED]:
                known = is_enrolled(i, s, r)
                room = known or o.enrolled[s] < min(o.places[s], o.intake[s])
                o.kind_parameters[s, KindParameter.SPACE] += NEWEST * (
                    (1.0 if room else 0.0) - o.kind_parameters[s, KindParameter.SPACE]
                )
                if known or (room and enrol(i, s, r, week.number)):
                    o.enrolled[s] += 0 if known else 1
                    resolve_crisis(i, s, r, o, averted, diverted)
                    return
