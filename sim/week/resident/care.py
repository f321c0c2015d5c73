"""Phase 7, care: sessions held and missed.

Gains that grow to a ceiling and fade; leaving, finishing, referral.
"""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of
from sim.engine.kernels import part, rule
from sim.engine.random import BLOCK, draw
from sim.state.codes import Channel, Employment, Ending, Event, KindParameter, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave
from sim.state.groups import Search
from sim.state.residents import CARE_SLOTS
from sim.week.resident.service_choice import choose_service

FORGOTTEN = 1e-3
"""Relief too small to matter: it no longer fades."""


@rule
def gain(gained, ceiling, dose, quality, responsiveness, p):
    """A channel after a session: towards its ceiling.

    Additive gains (a structural choice) do not know each other's.
    """
    # Quality and response scale the ceiling, not the step: poor help levels off lower instead of
    # arriving at the same place later.
    goal = ceiling * quality * responsiveness
    if p.additive > 0.0:
        return gained + dose * max(0.0, goal) * max(0.0, 1.0 - gained / p.additive)
    return gained + dose * max(0.0, goal - gained)


@rule
def shift_attitude(attitude, own, shift, dose, quality):
    """An attitude after a session: towards the person's own plus what the service can shift."""
    if shift == 0.0:
        return attitude
    # The goal hangs on the person's own attitude, so that a second course of the same service does
    # not shift it twice.
    goal = own + shift * quality
    return attitude + dose * (
        max(0.0, goal - attitude) if shift > 0.0 else min(0.0, goal - attitude)
    )


@rule
def relieve(state, gained, p):
    """Distress or loneliness after a session: part of what it gave is felt at once, the rest as the
    set point draws it down.
    """
    return state - p.felt_at_once * gained


@part
def apply_session(i, s, r, o, week, p):
    """What a session does to the person, channel by channel.

    Somebody without work may find some.
    """
    quality, dose, answer = o.quality[s], o.dose[s], float(r.responsiveness[i])
    coping, connection = float(r.coping[i]), float(r.connection[i])
    r.coping[i] = gain(coping, o.ceiling[s, Channel.COPING], dose, quality, answer, p)
    r.connection[i] = gain(connection, o.ceiling[s, Channel.CONNECTION], dose, quality, answer, p)
    r.distress[i] = relieve(float(r.distress[i]), float(r.coping[i]) - coping, p)
    r.loneliness[i] = relieve(float(r.loneliness[i]), float(r.connection[i]) - connection, p)
    r.self_management[i] = gain(
        float(r.self_management[i]), o.ceiling[s, Channel.SELF_MANAGEMENT], dose, quality, answer, p
    )
    r.relief[i] = gain(float(r.relief[i]), o.ceiling[s, Channel.RELIEF], dose, quality, answer, p)
    r.stigma[i] = shift_attitude(
        float(r.stigma[i]), float(r.stigma_trait[i]), o.ceiling[s, Channel.STIGMA], dose, quality
    )
    r.knowledge[i] = shift_attitude(
        float(r.knowledge[i]),
        float(r.knowledge_trait[i]),
        o.ceiling[s, Channel.KNOWLEDGE],
        dose,
        quality,
    )
    # Harm is a floor below zero for coping: sessions approach it and cannot add up beyond it.
    r.coping[i] = float(r.coping[i]) - dose * max(
        0.0, o.kind_parameters[s, KindParameter.HARM] + min(float(r.coping[i]), 0.0)
    )
    r.strain[i] = float(r.strain[i]) * (
        1.0 - o.kind_parameters[s, KindParameter.STRAIN_REDUCTION] * quality
    )
    if (
        o.kind_parameters[s, KindParameter.PLACEMENT] > 0.0
        and r.employment[i] == Employment.NOT_IN_WORK
    ):
        found, _, _, _ = draw(r.key[i], Stream.REFER, o.key[s], week)
        if found < o.kind_parameters[s, KindParameter.PLACEMENT] * quality:
            r.employment[i] = Employment.EMPLOYED


@rule
def retain_gain(gained, kept, idle):
    """What is left of a gain after a week: all of it while sessions go on, less once they stop."""
    return gained * (kept if idle else 1.0)


@part
def find_ending(i, slot, s, r, o, first, chance, p):
    """What becomes of a place this week, in which the first session was held or not: a code of
    Ending.

    One draw decides both ways to leave: early at its low end, recovered at its high end.
    """
    # A course ends before chance is asked: who completed it neither leaves early nor stays on.
    if o.course[s] > 0 and r.care_sessions[i, slot] >= o.course[s]:
        return Ending.FINISHED
    early = chance_of(o.dropout[s] * (1.0 + p.dropout_young * (1.0 if r.age[i] < p.young else 0.0)))
    # The excess of first sessions is a second, independent chance, so it combines through the
    # complements instead of being added.
    if first and o.dropout_at_first[s] > 0.0:
        early = 1.0 - (1.0 - early) * (1.0 - o.dropout_at_first[s])
    if chance < early:
        return Ending.LEFT_EARLY
    # Without a set course, care ends with recovery; severe illness is followed for as long as it
    # lasts.
    if (
        o.course[s] == 0
        and r.phq[i] < p.well_phq
        and r.episode[i] <= 0
        and r.severe[i] == 0
        and chance > 1.0 - chance_of(o.finish[s])
    ):
        return Ending.FINISHED
    return Ending.STAYS


@part
def refer(i, route, r, supply, week):
    """Send resident i on to treatment, or to a partner: to the list of the service of their
    choice.
    """
    search = Search(Stream.REFER, np.int64(route), np.int64(Sought.TREATMENT), 0.0)
    onward = choose_service(i, r, supply, search, week)
    if onward >= 0:
        join_list(i, onward, r, week.number)


@part
def attend(i, slot, s, r, supply, counted, week, p):
    """A week in one service: a session is due and held, missed or not offered.

    Then stay, leave or be referred. One draw decides both referrals: to treatment at its low end,
    to a partner at its high end.
    """
    o, before = supply.services, r.care_sessions[i, slot]
    due, comes, stays, referral = draw(r.key[i], Stream.CARE, o.key[s], week)
    rate = o.start[s] if r.care_since[i, slot] == week.number else o.frequency[s]
    # Follow-up after a stay is offered sooner, whatever the rhythm of the service is.
    rate = max(rate, p.soon_after_discharge) if r.discharged[i] == 1 else rate
    # `offered` falls below 1 while posts are vacant: those enrolled share the sessions that staff
    # can hold.
    if due < rate * o.offered[s]:
        # A lecture or an open meeting is no contact with care: counted as such it would lower
        # risks. What is missed is counted as what is held is.
        counts = o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0
        if comes < o.no_show[s]:
            r.missed[i] += 1 if counts else 0
        else:
            # Some services need a number of sessions before anything changes.
            if r.care_sessions[i, slot] >= o.kind_parameters[s, KindParameter.THRESHOLD]:
                apply_session(i, s, r, o, week, p)
            r.care_sessions[i, slot] += 1
            if counts:
                r.sessions[i] += 1
                r.last_session[i] = week.number
            counted.held[s, r.insurance[i], r.income[i]] += 1
            if (r.phq[i] >= p.refer_phq or r.severe[i] == 1) and referral < o.refers[s]:
                refer(i, Route.SERVICE, r, supply, week)
            if referral > 1.0 - o.kind_parameters[s, KindParameter.LINKS]:
                refer(i, Route.PARTNER + s, r, supply, week)
    first = before == 0 and r.care_sessions[i, slot] == 1
    ending = find_ending(i, slot, s, r, o, first, stays, p)
    if ending != Ending.STAYS:
        leave(i, slot, r)
        if ending == Ending.LEFT_EARLY:
            counted.left[s] += 1
            if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
                r.happened[i] |= Event.LEFT_EARLY


@part
def receive_care(start, stop, r, supply, counted, week, p):
    """Carry the rules of care over the rows start..stop.

    Relief stays while medication is prescribed.
    """
    # Blocks fit the first cache, and a loop for each step lets the compiler use vector
    # instructions.
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        for i in range(low, high):
            idle = week.number - r.last_session[i] > p.fade_after
            r.coping[i] = retain_gain(float(r.coping[i]), p.coping_kept, idle)
            r.connection[i] = retain_gain(float(r.connection[i]), p.connection_kept, idle)
            r.self_management[i] = retain_gain(
                float(r.self_management[i]), p.self_management_kept, idle
            )
        for i in range(low, high):
            enrolled = (
                r.care_service[i, 0]
                | r.care_service[i, 1]
                | r.care_service[i, 2]
                | r.care_service[i, 3]
            )
            if enrolled != 0 and r.alive[i] == 1:
                use_services(i, r, supply, counted, week, p)
                # Nothing of a service reaches them, so nothing but what fades is left to do: most
                # of the town.
                continue
            r.company[i] = 0
            # In the ward, relief is what the ward gives.
            if r.relief[i] > FORGOTTEN and r.stay[i] == 0:
                r.relief[i] = retain_gain(float(r.relief[i]), p.relief_kept, True)


@part
def use_services(i, r, supply, counted, week, p):
    """A week in every service that somebody is enrolled in."""
    o = supply.services
    medicated, company = r.stay[i] > 0, 0.0
    # Slots are read again at every step, since `attend` may free them.
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot]) - 1
        if service >= 0:
            medicated = medicated or o.ceiling[service, Channel.RELIEF] > 0.0
            if r.stay[i] == 0:
                attend(i, slot, service, r, supply, counted, week, p)
            # Company is what a service gives while it lasts, so that it ends with the place and
            # needs no rate of fading.
            lasts = int(r.care_service[i, slot]) - 1 == service and r.care_sessions[i, slot] > 0
            company += o.kind_parameters[service, KindParameter.COMPANY] if lasts else 0.0
    r.company[i] = company
    if not medicated:
        r.relief[i] = retain_gain(float(r.relief[i]), p.relief_kept, True)
