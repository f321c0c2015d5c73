"""Phase 7, care: sessions held and missed.

Gains that grow to a ceiling and fade; leaving, finishing, referral.
"""

from __future__ import annotations

from sim.engine.fast_math import chance_of
from sim.engine.kernels import part, rule
from sim.engine.random import BLOCK, uniforms
from sim.state.codes import Channel, Employment, Event, KindParameter, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave
from sim.state.residents import CARE_SLOTS
from sim.week.resident.service_choice import choose_service

FORGOTTEN = 1e-3
"""Relief too small to matter: it no longer fades."""


@rule
def gain(gained, ceiling, dose, quality, responsiveness, p):
    """A channel after a session: towards its ceiling.

    Additive gains (a structural choice) do not know each other's.
    """
    goal = ceiling * quality * responsiveness
    if p.additive > 0.0:
        return gained + dose * max(0.0, goal) * max(0.0, 1.0 - gained / p.additive)
    return gained + dose * max(0.0, goal - gained)


@rule
def learn(attitude, own, shift, dose, quality):
    """An attitude after a session: towards the person's own plus what the service can shift."""
    if shift == 0.0:
        return attitude
    goal = own + shift * quality
    return attitude + dose * (
        max(0.0, goal - attitude) if shift > 0.0 else min(0.0, goal - attitude)
    )


@rule
def lighten(state, gained, p):
    """Distress or loneliness after a session: part of what it gave is felt at once, the rest as the
    set point draws it down.
    """
    return state - p.felt_at_once * gained


@part
def benefit(i, s, r, o, week, p, seed):
    """What a session does to the person, channel by channel.

    Somebody without work may find some.
    """
    quality, dose, answer = o.quality[s], o.dose[s], float(r.responsiveness[i])
    coping, connection = float(r.coping[i]), float(r.connection[i])
    r.coping[i] = gain(coping, o.ceiling[s, Channel.COPING], dose, quality, answer, p)
    r.connection[i] = gain(connection, o.ceiling[s, Channel.CONNECTION], dose, quality, answer, p)
    r.distress[i] = lighten(float(r.distress[i]), float(r.coping[i]) - coping, p)
    r.loneliness[i] = lighten(float(r.loneliness[i]), float(r.connection[i]) - connection, p)
    r.self_management[i] = gain(
        float(r.self_management[i]), o.ceiling[s, Channel.SELF_MANAGEMENT], dose, quality, answer, p
    )
    r.relief[i] = gain(float(r.relief[i]), o.ceiling[s, Channel.RELIEF], dose, quality, answer, p)
    r.stigma[i] = learn(
        float(r.stigma[i]), float(r.stigma_trait[i]), o.ceiling[s, Channel.STIGMA], dose, quality
    )
    r.knowledge[i] = learn(
        float(r.knowledge[i]),
        float(r.knowledge_trait[i]),
        o.ceiling[s, Channel.KNOWLEDGE],
        dose,
        quality,
    )
    if o.kind_parameters[s, KindParameter.HARM] > 0.0:
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
        found, _, _, _ = uniforms(r.key[i], week, Stream.REFER, o.key[s], seed)
        if found < o.kind_parameters[s, KindParameter.PLACEMENT] * quality:
            r.employment[i] = Employment.EMPLOYED


@rule
def keep(gained, kept, idle):
    """What is left of a gain after a week: all of it while sessions go on, less once they stop."""
    return gained * (kept if idle else 1.0)


@part
def leaves(i, slot, s, r, o, chance, p):
    """Whether a place is given up this week: 0 stays, 1 left early, 2 finished."""
    if o.course[s] > 0 and r.care_sessions[i, slot] >= o.course[s]:
        return 2
    if chance < chance_of(
        o.dropout[s] * (1.0 + p.dropout_young * (1.0 if r.age[i] < p.young else 0.0))
    ):
        return 1
    if (
        o.course[s] == 0
        and r.phq[i] < p.well_phq
        and r.episode[i] <= 0
        and r.severe[i] == 0
        and chance > 1.0 - chance_of(o.finish[s])
    ):
        return 2
    return 0


@part
def attend(i, slot, s, r, o, held, left, week_number, week, p, doors, seed):
    """A week in one service: a session is due and held, missed or not offered.

    Then stay, leave or be referred.
    """
    due, comes, chance, refer = uniforms(r.key[i], week, Stream.CARE, o.key[s], seed)
    rate = o.start[s] if r.care_since[i, slot] == week_number else o.frequency[s]
    rate = max(rate, p.soon_after_discharge) if r.discharged[i] == 1 else rate
    if due < rate * o.offered[s]:
        if comes < o.no_show[s]:
            r.missed[i] += 1
        else:
            if r.care_sessions[i, slot] >= o.kind_parameters[s, KindParameter.THRESHOLD]:
                benefit(i, s, r, o, week, p, seed)
            r.care_sessions[i, slot] += 1
            if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
                r.sessions[i] += 1
                r.last_session[i] = week_number
            held[s, r.insurance[i], r.income[i]] += 1
            needs_more = (r.phq[i] >= p.refer_phq or r.severe[i] == 1) and refer < o.refers[s]
            if needs_more:
                onward = choose_service(
                    i, r, o, doors, week, Stream.REFER, Route.SERVICE, Sought.TREATMENT, 0.0, seed
                )
                if onward >= 0:
                    join_list(i, onward, r, week_number)
            if refer > 1.0 - o.kind_parameters[s, KindParameter.LINKS]:
                partner = choose_service(
                    i,
                    r,
                    o,
                    doors,
                    week,
                    Stream.REFER,
                    Route.PARTNER + s,
                    Sought.TREATMENT,
                    0.0,
                    seed,
                )
                if partner >= 0:
                    join_list(i, partner, r, week_number)
    ending = leaves(i, slot, s, r, o, chance, p)
    if ending > 0:
        leave(i, slot, r)
        if ending == 1:
            left[s] += 1
            if o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
                r.happened[i] |= Event.LEFT_EARLY


@part
def receive(start, stop, r, o, held, left, week_number, week, p, doors, seed):
    """Carry the rules of care over the rows start..stop.

    Relief stays while medication is prescribed.
    """
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        for i in range(low, high):
            idle = week_number - r.last_session[i] > p.fade_after
            r.coping[i] = keep(float(r.coping[i]), p.coping_kept, idle)
            r.connection[i] = keep(float(r.connection[i]), p.connection_kept, idle)
            r.self_management[i] = keep(float(r.self_management[i]), p.self_management_kept, idle)
        for i in range(low, high):
            enrolled = (
                r.care_service[i, 0]
                | r.care_service[i, 1]
                | r.care_service[i, 2]
                | r.care_service[i, 3]
            )
            if enrolled != 0 and r.alive[i] == 1:
                use_services(i, r, o, held, left, week_number, week, p, doors, seed)
            elif r.relief[i] > FORGOTTEN and r.stay[i] == 0:
                r.relief[i] = keep(float(r.relief[i]), p.relief_kept, True)


@part
def use_services(i, r, o, held, left, week_number, week, p, doors, seed):
    """A week in every service that somebody is enrolled in."""
    medicated = r.stay[i] > 0
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot]) - 1
        if service >= 0:
            medicated = medicated or o.ceiling[service, Channel.RELIEF] > 0.0
            if r.stay[i] == 0:
                attend(i, slot, service, r, o, held, left, week_number, week, p, doors, seed)
    if not medicated:
        r.relief[i] = keep(float(r.relief[i]), p.relief_kept, True)
