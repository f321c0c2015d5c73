"""Phase 5, help-seeking: notice need, decide, choose a service, join its list; wait or give up."""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of, exp
from sim.engine.kernels import part, rule
from sim.engine.random import BLOCK, draw, fill_uniforms
from sim.state.codes import Event, KindParameter, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave_list
from sim.state.groups import Search
from sim.state.residents import CARE_SLOTS, NEVER, WAIT_SLOTS
from sim.week.resident.outreach_contact import find_reach, meet_outreach_fast
from sim.week.resident.service_choice import choose_service

WAITS, LOOKS_FOR_HELP = 1.0, 2.0
"""What somebody does about help this week, for the few who do anything."""


@rule
def is_in_need(phq, severe, episode, need_phq):
    """Symptoms or an illness that warrant help."""
    return phq >= need_phq or severe or episode > 0


@rule
def expect_seeking(phq, knowledge, encouraged, stigma, readiness, treated_before, p):
    """Weekly hazard of looking for help: grows with symptoms, knowledge, encouragement and a
    lasting readiness of the person's own, shrinks with stigma.
    """
    # Additive in the exponent, so that each influence multiplies the hazard, as hazard ratios in
    # the literature do.
    push = (
        readiness
        + p.seeking_symptoms * (phq - p.need_phq)
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
            # A lecture does not satisfy: who went to one goes on looking for care.
            and o.kind_parameters[service, KindParameter.LOW_INTENSITY] == 0.0
        ):
            return True
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service >= 0 and o.informal[service] == informal:
            return True
    return False


@part
def continue_waiting(i, r, o, week, p):
    """A week on the list: somebody whose service closed, or who has enough of waiting, leaves
    it.
    """
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service < 0:
            continue
        # Nobody waits for a lecture: who found no place last week leaves the list, which is no
        # giving up.
        if o.kind_parameters[service, KindParameter.LOW_INTENSITY] == 1.0:
            leave_list(i, slot, r)
            continue
        # Keyed by service: leaving one list says nothing about another.
        chance, _, _, _ = draw(r.key[i], Stream.HELP_SEEKING, o.key[service], week)
        if chance < chance_of(p.give_up):
            leave_list(i, slot, r)
            r.happened[i] |= Event.GAVE_UP
        elif (
            o.informal[service] == Sought.TREATMENT
            and week.number - r.wait_since[i, slot] > p.wait_harm_from
        ):
            # Waiting wears down coping, to a floor: a wait of years does not make anybody
            # infinitely ill.
            r.coping[i] = max(float(r.coping[i]) - p.wait_harm, -p.wait_harm_most)


@part
def decide_to_act(low, high, r, p, scratch):
    """Who of a block does anything about help this week: the hazard of looking for it, and whether
    somebody looks or goes on waiting.

    Either draw below the hazard is enough to look, for those who notice that they are ill.
    """
    treatment, support, hazard, acts = scratch[0], scratch[1], scratch[4], scratch[5]
    for i in range(low, high):
        hazard[i - low] = expect_seeking(
            float(r.phq[i]),
            float(r.knowledge[i]),
            float(r.encouraged[i]),
            float(r.stigma[i]),
            float(r.readiness[i]),
            r.last_session[i] > -NEVER,
            p,
        )
    for i in range(low, high):
        j = i - low
        # The lower of two draws against one hazard: this only selects who is worth a closer look,
        # and `look_for_help` decides each by its own.
        looks = (min(treatment[j], support[j]) < hazard[j]) & (
            (r.phq[i] >= p.notice_phq) | (r.severe[i] == 1)
        )
        waits = r.wait_service[i, 0] | r.wait_service[i, 1] != 0
        acts[j] = LOOKS_FOR_HELP if looks else (WAITS if waits else 0.0)


@part
def seek_help(start, stop, r, supply, week, p, scratch, whole):
    """Carry the rules of help-seeking over the rows start..stop.

    `scratch` holds draws and hazards of a block.
    """
    treatment, support, hazard, acts, most = (
        scratch[0],
        scratch[1],
        scratch[4],
        scratch[5],
        scratch[6],
    )
    # Read once for the whole range: it hangs on services alone.
    reaching = find_reach(supply.services, most)
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(scratch, r.key, low, high, Stream.HELP_SEEKING, week)
        decide_to_act(low, high, r, p, scratch)
        for i in range(low, high):
            j = i - low
            if acts[j] == 0.0 or r.alive[i] == 0 or r.stay[i] > 0:
                continue
            if r.wait_service[i, 0] | r.wait_service[i, 1] != 0:
                continue_waiting(i, r, supply.services, week, p)
            if acts[j] == LOOKS_FOR_HELP:
                # After waiting, so that who has just left a list in frustration can look elsewhere
                # the same week.
                look_for_help(i, r, supply, hazard[j], treatment[j], support[j], week, p)
        if reaching:
            meet_outreach_fast(low, high, r, supply, week, most, scratch, whole)


@part
def look_for_help(i, r, supply, hazard, treatment, support, week, p):
    """Decide about treatment and about informal support, each by its own draw."""
    for sought in (Sought.TREATMENT, Sought.INFORMAL):
        decides = support if sought == Sought.INFORMAL else treatment
        # Compared with the plain hazard first: it is never below the chance, and spares `is_helped`
        # the look through the slots.
        if decides < hazard and decides < chance_of(
            # Whoever has help of a kind looks for more of it less often, not never: people do
            # change therapists.
            hazard * (p.seeking_helped if is_helped(i, r, supply.services, sought) else 1.0)
        ):
            # The utility of no service at all is among the alternatives: services too dear or too
            # far leave people without one rather than with the least bad.
            search = Search(
                Stream.SERVICE_CHOICE,
                np.int64(Route.SELF_REFERRAL),
                np.int64(sought),
                p.choice_none,
            )
            service = choose_service(i, r, supply, search, week)
            if service >= 0:
                join_list(i, service, r, week.number)
