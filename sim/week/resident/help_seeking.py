"""Phase 5, help-seeking: notice need, decide, choose a door, join its list; wait or give up."""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of, exp
from sim.engine.kernels import part, rule
from sim.engine.random import BLOCK, fill_uniforms, uniforms
from sim.state.codes import Event, KindParameter, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave_list
from sim.state.residents import CARE_SLOTS, NEVER, WAIT_SLOTS
from sim.week.resident.outreach_contact import LOOKS, be_reached, reach_at_most
from sim.week.resident.service_choice import choose_service

WAITS, LOOKS_ROUND = 1.0, 2.0
"""What somebody does about help this week, for the few who do anything."""


@rule
def is_in_need(phq, severe, episode, need_phq):
    """Symptoms or an illness that warrant help."""
    return phq >= need_phq or severe or episode > 0


@rule
def expect_seeking(phq, knowledge, encouraged, stigma, treated_before, p):
    """Weekly hazard of looking for help: grows with symptoms, knowledge and encouragement, shrinks
    with stigma.
    """
    push = (
        p.seeking_symptoms * (phq - p.need_phq)
        + p.seeking_knowledge * knowledge
        + p.seeking_encouragement * encouraged
    )
    hazard = p.seeking * exp(push - p.seeking_stigma * stigma)
    return hazard * (p.seeking_again if treated_before else 1.0)


@part
def is_helped(i, r, o, informal):
    """Whether somebody already has, or waits for, help of a kind: treatment (0) or informal support
    (1).
    """
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot]) - 1
        if (
            service >= 0
            and o.informal[service] == informal
            and o.kind_parameters[service, KindParameter.LOW_INTENSITY] == 0.0
        ):
            return True
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service >= 0 and o.informal[service] == informal:
            return True
    return False


@part
def wait_on(i, r, o, week_number, week, p, seed):
    """A week on the list: somebody whose service closed, or who has enough of waiting, leaves
    it.
    """
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service < 0:
            continue
        if o.kind_parameters[service, KindParameter.LOW_INTENSITY] == 1.0:
            leave_list(i, slot, r)
            continue
        chance, _, _, _ = uniforms(r.key[i], week, Stream.SEEK, o.key[service], seed)
        if o.open[service] == 0 or chance < chance_of(p.give_up):
            leave_list(i, slot, r)
            r.happened[i] |= Event.GAVE_UP
        elif (
            o.informal[service] == Sought.TREATMENT
            and week_number - r.wait_since[i, slot] > p.wait_harm_from
        ):
            r.coping[i] = max(float(r.coping[i]) - p.wait_harm, -p.wait_harm_most)


@part
def seek(start, stop, r, o, week_number, week, p, doors, seed, scratch):
    """Carry the rules of help-seeking over the rows start..stop.

    `scratch` holds draws and hazards of a block.
    """
    treatment, support, third, fourth, hazard, acts = (
        scratch[0],
        scratch[1],
        scratch[2],
        scratch[3],
        scratch[4],
        scratch[5],
    )
    most, reaching = scratch[6], False
    for s in range(o.key.size):
        most[s] = LOOKS * reach_at_most(s, o)
        reaching = reaching or most[s] > 0.0
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(treatment, support, third, fourth, r.key, low, high, week, Stream.SEEK, seed)
        for i in range(low, high):
            again = r.last_session[i] > -NEVER
            hazard[i - low] = expect_seeking(
                float(r.phq[i]),
                float(r.knowledge[i]),
                float(r.encouraged[i]),
                float(r.stigma[i]),
                again,
                p,
            )
        for i in range(low, high):
            j = i - low
            looks = (min(treatment[j], support[j]) < hazard[j]) & (
                (r.phq[i] >= p.notice_phq) | (r.severe[i] == 1)
            )
            waits = r.wait_service[i, 0] | r.wait_service[i, 1] != 0
            acts[j] = LOOKS_ROUND if looks else (WAITS if waits else 0.0)
        for i in range(low, high):
            j = i - low
            if acts[j] == 0.0 or r.alive[i] == 0 or r.stay[i] > 0:
                continue
            if r.wait_service[i, 0] | r.wait_service[i, 1] != 0:
                wait_on(i, r, o, week_number, week, p, seed)
            if acts[j] == LOOKS_ROUND:
                look_for_help(
                    i, r, o, hazard[j], treatment[j], support[j], week_number, week, p, doors, seed
                )
        if reaching:
            be_reached(
                low,
                high,
                r,
                o,
                week_number,
                week,
                doors,
                seed,
                most,
                third,
                fourth,
                acts,
                treatment,
                support,
            )


@part
def look_for_help(i, r, o, hazard, treatment, support, week_number, week, p, doors, seed):
    """Decide about treatment and about informal support, each by its own draw."""
    for informal in range(2):
        decides = support if informal == 1 else treatment
        if decides < hazard and decides < chance_of(
            hazard * (p.seeking_helped if is_helped(i, r, o, informal) else 1.0)
        ):
            service = choose_service(
                i,
                r,
                o,
                doors,
                week,
                Stream.SERVICE_CHOICE,
                Route.SELF_REFERRAL,
                np.int64(informal),
                p.door_none,
                seed,
            )
            if service >= 0:
                join_list(i, service, r, week_number)
