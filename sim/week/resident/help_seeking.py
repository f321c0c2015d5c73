"""Phase 5, help-seeking: notice need, decide, choose a service, join its list; wait or give up."""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of, exp
from sim.engine.kernels import part, rule
from sim.engine.random import ALONE, BLOCK, draw
from sim.state.codes import Event, KindParameter, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list, leave_list
from sim.state.groups import Search
from sim.state.residents import CARE_SLOTS, NEVER, WAIT_SLOTS
from sim.week.resident.outreach_contact import find_reach, meet_outreach_fast
from sim.week.resident.service_choice import choose_service


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
def list_concerned(low, high, r, p, who):
    """Rows of a block, into `who`, of those for whom help is a question this week: they notice that
    they are ill, or wait. Returns how many.
    """
    count = 0
    for i in range(low, high):
        waits = r.wait_service[i, 0] | r.wait_service[i, 1] != 0
        concerned = is_noticing(i, r, p) | waits
        # Written for everybody, and kept where the count goes on: without a branch.
        who[count] = i
        count += 1 if concerned & (r.alive[i] == 1) & (r.stay[i] <= 0) else 0
    return count


@part
def is_noticing(i, r, p):
    """Whether somebody notices that they are ill."""
    return (r.phq[i] >= p.notice_phq) | (r.severe[i] == 1)


@part
def weigh_seeking(who, count, r, week, p, scratch):
    """Draws about treatment and support, and the hazard of looking for help, of those listed: many
    at once.
    """
    treatment, support, hazard = scratch[0], scratch[1], scratch[4]
    for k in range(count):
        treatment[k], support[k], _, _ = draw(r.key[who[k]], Stream.HELP_SEEKING, ALONE, week)
    for k in range(count):
        i = who[k]
        hazard[k] = expect_seeking(
            float(r.phq[i]),
            float(r.knowledge[i]),
            float(r.encouraged[i]),
            float(r.stigma[i]),
            float(r.readiness[i]),
            r.last_session[i] > -NEVER,
            p,
        )


@part
def seek_help(start, stop, r, supply, week, p, scratch, whole):
    """Carry the rules of help-seeking over the rows start..stop.

    `scratch` holds draws and hazards of a block, `whole` the rows that they belong to.
    """
    treatment, support, hazard, most, who = scratch[0], scratch[1], scratch[4], scratch[6], whole[0]
    # Read once for the whole range: it hangs on services alone.
    reaching = find_reach(supply.services, most)
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        # Only a third of a town is concerned: the others need no draws.
        count = list_concerned(low, high, r, p, who)
        weigh_seeking(who, count, r, week, p, scratch)
        for k in range(count):
            i = who[k]
            if r.wait_service[i, 0] | r.wait_service[i, 1] != 0:
                continue_waiting(i, r, supply.services, week, p)
            # After waiting, so that who has just left a list in frustration can look elsewhere the
            # same week. Either draw below the hazard is enough for a closer look:
            # `look_for_help` decides each by its own.
            if min(treatment[k], support[k]) < hazard[k] and is_noticing(i, r, p):
                look_for_help(i, r, supply, hazard[k], treatment[k], support[k], week, p)
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
