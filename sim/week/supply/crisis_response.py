"""Phase 8, crisis response: line, team and respite meet people in a crisis before the emergency
department.

Places are shared, so people are met one after the other, by lot. What is expected of the week is
reckoned for everybody with the room that there was at their own place in that order, so that it has
the mean of what is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import compile_ahead, inner, loop, part, rule
from sim.engine.priority_queue import order_by
from sim.engine.random import ALONE, BLOCK, draw
from sim.state.codes import Access, Event, KindParameter
from sim.state.draw_streams import Stream
from sim.state.enrolment import enrol, is_enrolled
from sim.state.residents import CARE_SLOTS
from sim.week.resident.service_choice import is_near

if TYPE_CHECKING:
    from sim.week.world import World

NOBODY, EVERYBODY = -1.0, 2.0
"""Lots up to which there was room: before the first, and beyond the last."""
ELSE = sum(Event) - Event.EMERGENCY
"""Bits of all that can have happened but a visit to the emergency department."""


def prepare(world: World) -> None:
    """Compile what only towns need whose services meet crises; nothing is changed."""
    compile_ahead(meet_crises, world.residents, world.provision.offers, world.when)


@loop
def meet_crises(r, o, week):
    """Meet people in a crisis, by lot, as long as there is room; then what was to be expected of
    everybody.
    """
    upto, responders = np.full(o.key.size, NOBODY), list_responders(o)
    for s in responders:
        # Up to which lot there was room: nobody's where it is full from the start, everybody's
        # otherwise.
        upto[s] = EVERYBODY if count_room(s, o) > 0 else NOBODY
    count = 0
    for i in range(r.key.size):
        count += 1 if r.happened[i] & Event.CRISIS else 0
    who, lot = np.empty(count, np.int64), np.empty(count)
    count = 0
    for i in range(r.key.size):
        if r.happened[i] & Event.CRISIS:
            who[count] = i
            # A lot of the week: who is met first must not be the same people in every week.
            lot[count], _, _, _ = draw(r.key[i], Stream.MEET_CRISIS, ALONE, week)
            count += 1
    for position in order_by(lot):
        meet_one(who[position], lot[position], r, o, (responders, upto), week)
    # Only where a service filled up does the own turn matter; then chances hang on it, else not.
    filled = ((upto >= 0.0) & (upto <= 1.0)).any()
    expected = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    expect_responses(r, o, (responders, upto), filled, week, expected)


@part
def list_responders(o):
    """Rows of the services that meet crises this week, in their order: few, of all that there
    are.
    """
    count, responders = 0, np.empty(o.key.size, np.int64)
    for s in range(o.key.size):
        if o.access[s] == Access.CRISIS and o.open[s] == 1 and o.places[s] > 0:
            responders[count] = s
            count += 1
    return responders[:count]


@part
def count_room(s, o):
    """Free places of a service, as posts and staff present allow."""
    return min(o.places[s], o.intake[s]) - o.enrolled[s] if o.open[s] == 1 else 0


@inner
def meet_one(i, lot, r, o, responders_of_week, week):
    """The first service that resident i turns to and that has room meets the crisis."""
    responders, upto = responders_of_week
    for s in responders:
        if is_near(i, s, r, o) and not is_known_elsewhere(i, s, r, o):
            # Keyed by service: adding a line does not change who turns to the team.
            named = find_first_alike(i, s, responders, r, o)
            turns, averted, diverted, _ = draw(r.key[i], Stream.MEET_CRISIS, o.key[named], week)
            known = is_enrolled(i, s, r)
            # Somebody who is already in the service needs no free place.
            if turns < o.kind_parameters[s, KindParameter.SHARE_REACHED] and (
                known or (count_room(s, o) > 0 and enrol(i, s, r, week.number))
            ):
                if not known:
                    o.enrolled[s] += 1
                    if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
                        r.happened[i] |= Event.STARTED
                # The lot at which the last place went: whoever's lot is higher would have found
                # none.
                if not known and count_room(s, o) <= 0:
                    upto[s] = lot
                resolve_crisis(i, s, r, o, averted, diverted)
                return


@inner
def find_first_alike(i, s, responders, r, o):
    """The first service of a kind that is there for resident i: who does not turn to one team does
    not turn to a second.
    """
    if o.alike[s] > 0:
        for t in responders:
            if o.alike[t] == o.alike[s] and is_near(i, t, r, o):
                return t
    return s


# One draw for each effect; the first that resolves the crisis ends the search of other services.
@part
def resolve_crisis(i, s, r, o, averted, diverted):
    """What a service that meets a crisis does, as well as its staff can: some need no bed, some no
    emergency department.
    """
    if r.boarding[i] > 0:
        if averted < o.kind_parameters[s, KindParameter.AVERTS] * o.quality[s]:
            # A bed was needed and is not: the risk afterwards is that of such a crisis, but met.
            r.boarding[i] = 0
            r.since_need[i] = 0
            r.unmet[i] = 0
            r.happened[i] &= ELSE
    elif diverted < o.kind_parameters[s, KindParameter.DIVERTS] * o.quality[s]:
        r.happened[i] &= ELSE


@inner
def expect_responses(r, o, responders_of_week, filled, week, expected):
    """Chances of everybody that are left by what meets crises first, had their turn come at their
    lot; `filled`: whether a service filled up, so that lots matter. `expected` (4 of BLOCK) is
    scratch.

    A block of residents asks one service after the other, so that many are answered at once.
    """
    responders, _ = responders_of_week
    # Given, not made here: of what a loop is given the compiler knows that it shares no memory, and
    # reads what a service asks for once instead of for every resident.
    unmet, bed, visit, lot = expected
    for low in range(0, r.key.size, BLOCK):
        high = min(low + BLOCK, r.key.size)
        unmet[:], bed[:], visit[:], lot[:] = 1.0, 0.0, 0.0, 0.0
        if filled:
            for i in range(low, high):
                lot[i - low], _, _, _ = draw(r.key[i], Stream.MEET_CRISIS, ALONE, week)
        for s in responders:
            expect_response(low, high, s, r, o, responders_of_week, (unmet, bed, visit, lot))
        for i in range(low, high):
            keep_expected(i, r, unmet[i - low], bed[i - low], visit[i - low])


@part
def expect_response(low, high, s, r, o, responders_of_week, expected):
    """What service `s` leaves of the chances of a block: shares `unmet`, and those who need a bed
    or a visit although it met them.
    """
    responders, upto = responders_of_week
    unmet, bed, visit, lot = expected
    for i in range(low, high):
        j = i - low
        meets = would_meet(i, s, lot[j], upto[s], r, o)
        if o.alike[s] > 0:
            meets &= not is_known_elsewhere(i, s, r, o)
            for t in responders:
                if t < s and o.alike[t] == o.alike[s]:
                    # Those whom the first of a kind would have met turned to it, or to none of it.
                    meets &= holds_place(i, s, r) or not would_meet(i, t, lot[j], upto[t], r, o)
        met = unmet[j] * o.kind_parameters[s, KindParameter.SHARE_REACHED] if meets else 0.0
        bed[j] += share_left(met, o.kind_parameters[s, KindParameter.AVERTS], o.quality[s])
        visit[j] += share_left(met, o.kind_parameters[s, KindParameter.DIVERTS], o.quality[s])
        # Services are asked one after the other, so each meets a share of those whom none before
        # has met.
        unmet[j] -= met


@part
def would_meet(i, s, lot, upto, r, o):
    """Whether a service would have met resident i, had they turned to it: the lot of the person
    decides whether there would have been room, whatever came of it.
    """
    return is_near(i, s, r, o) & ((has_slot(i, r) & (lot <= upto)) | holds_place(i, s, r))


@inner
def is_known_elsewhere(i, s, r, o):
    """Whether resident i has a place in another service of the same kind, which meets them then."""
    if o.alike[s] == 0:
        return False
    for t in range(o.key.size):
        if t != s and o.alike[t] == o.alike[s] and is_enrolled(i, t, r):
            return True
    return False


@part
def keep_expected(i, r, unmet, bed, visit):
    """Lower the chances of resident i, if there are any."""
    at_risk = r.crisis_chance[i] > 0.0
    need, other = float(r.need_chance[i]), float(r.visit_chance[i]) - float(r.need_chance[i])
    # Of visits, those in need of a bed and the others are lowered by different effects.
    r.need_chance[i] = need * (unmet + bed) if at_risk else r.need_chance[i]
    r.admission_chance[i] = need * (unmet + bed) if at_risk else r.admission_chance[i]
    left = need * (unmet + bed) + other * (unmet + visit)
    r.visit_chance[i] = left if at_risk else r.visit_chance[i]


@rule
def share_left(met, saving, quality):
    """Share that goes on, or needs a bed, although a service met it."""
    return met * (1.0 - saving * quality)


@part
def has_slot(i, r):
    """Whether resident i can hold one more place."""
    # Without a branch, as everything that is asked of everybody.
    found = False
    for slot in range(CARE_SLOTS):
        found |= r.care_service[i, slot] == 0
    return found


@part
def holds_place(i, s, r):
    """`is_enrolled` without a branch."""
    found = False
    for slot in range(CARE_SLOTS):
        found |= r.care_service[i, slot] == s + 1
    return found
