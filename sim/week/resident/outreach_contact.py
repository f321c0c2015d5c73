"""Outreach that meets a resident: who is looked at, and what somebody does who was reached."""

from __future__ import annotations

from sim.engine.fast_math import chance_of, log
from sim.engine.kernels import inner, part
from sim.engine.random import draw
from sim.state.codes import Access
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list
from sim.week.resident.service_choice import WORST, is_open_to, value_service

WEEKS_BETWEEN_LOOKS = 8
"""Weeks between two looks of an outreach at the same person, by key."""


@part
def is_due(i, r, week):
    """Whether outreach looks at resident i this week."""
    return (
        # By key, not by row: whose turn it is does not move when somebody else comes or goes.
        (int(r.key[i]) + week.number) % WEEKS_BETWEEN_LOOKS == 0
        and r.alive[i] == 1
        and r.stay[i] == 0
    )


@part
def expect_contact(i, s, r, o):
    """Rate at which a service reaches people like resident i between two looks."""
    # Few are looked at each week, so each look carries the rate of all weeks in between.
    return WEEKS_BETWEEN_LOOKS * o.outreach[s, r.neighbourhood[i], r.employment[i]]


@inner
def answer_outreach(i, s, chance, r, supply, week):
    """What the outreach of a service is worth to resident i, who is due: below any unless it
    reaches them and is open to them.

    One draw (Stream.REACH, by person and service) decides whether it does, and stands for their
    chance in the choice: whoever is found by several takes the highest utility plus that chance, as
    in `choose_service`.
    """
    # Most who are reached are not those whom the service is for: only the others need exponentials
    # and logarithms.
    if not is_open_to(i, s, r, supply, week):
        return WORST
    # A rate becomes the chance of at least one contact: large outreach cannot reach anybody twice.
    if chance >= chance_of(expect_contact(i, s, r, supply.services)):
        return WORST
    return value_service(i, s, r, supply) - log(-log(chance))


@part
def find_reach(o, most):
    """Write the highest rate of contact of each service into `most`, 0 where nobody could take a
    place in it; whether any reaches out.
    """
    reaching = False
    for s in range(o.key.size):
        share = most[s] = 0.0
        # A course between two terms reaches out, too, and would be found closed by everybody.
        if o.open[s] == 0 or o.places[s] == 0 or o.access[s] == Access.NONE:
            continue
        for of_group in o.outreach[s].flat:
            share = max(share, of_group)
        # An upper bound over all groups lets the fast loop drop most people by one comparison.
        most[s] = WEEKS_BETWEEN_LOOKS * share
        reaching = reaching or share > 0.0
    return reaching


@part
def meet_outreach_fast(low, high, r, supply, week, most, scratch, whole):
    """`answer_outreach` for those of a block who are due and every service, and its list joined.

    The fast way: the draws of all who are due come first, many at once, and only the few who may be
    reached at all are looked at one by one.
    """
    o = supply.services
    best, chance, due, key, chosen = scratch[0], scratch[5], whole[0], whole[1], whole[2]
    count = 0
    # Packed without gaps: draws for all who are due can then be made many at once.
    for i in range(low, high):
        if is_due(i, r, week):
            due[count], key[count], best[count], chosen[count] = i, r.key[i], WORST, -1
            count += 1
    for s in range(o.key.size):
        if most[s] <= 0.0:
            continue
        for k in range(count):
            chance[k], _, _, _ = draw(key[k], Stream.REACH, o.key[s], week)
        for k in range(count):
            # The chance of contact is at most its rate, so that who fails here would fail in
            # `answer_outreach`.
            if chance[k] < most[s] and chance[k] < expect_contact(due[k], s, r, o):
                value = answer_outreach(due[k], s, chance[k], r, supply, week)
                if value > best[k]:
                    best[k], chosen[k] = value, s
    # Joined only after every service was looked at: one contact at most leads to one list.
    for k in range(count):
        if chosen[k] >= 0:
            join_list(due[k], chosen[k], r, week.number)
