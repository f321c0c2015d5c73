"""Phase 8, crisis: whose risk is how high, who is in crisis, who goes to the emergency department,
who needs a bed.

What raises a person's hazard is kept apart: what lasts (illness, and a frailty of the person's
own), what passes (a crisis so severe that a bed was needed, wherever it was spent), and what care
does about it (leaving a ward; finding no bed).
"""

from __future__ import annotations

from sim.engine.fast_math import chance_of, exp, logistic
from sim.engine.kernels import part, rule
from sim.engine.random import ALONE, BLOCK, draw, fill_uniforms, normal_of
from sim.state.codes import Event
from sim.state.draw_streams import Stream
from sim.state.residents import NEVER

LONGEST_STAY = 365
"""Days of a stay at most."""


@rule
def expect_crisis(phq, lasting, recent, load, self_management, contact, p):
    """Weekly hazard of a crisis: symptoms, lasting and recent risk, events, less self-management
    and contact.
    """
    x = p.crisis + p.crisis_symptoms * phq + lasting + recent + p.crisis_events * load
    x -= self_management + (p.crisis_contact if contact else 0.0)
    # The logistic form bounds the weekly hazard at `crisis_most`; 0 there stands for the structural
    # alternative that does not saturate.
    if p.crisis_most > 0.0:
        return p.crisis_most * logistic(x - p.crisis_most_log)
    return exp(min(x, 1.0))


@rule
def add_lasting(frailty, severe, psychotic, p):
    """Log hazard that stays with a person: their own frailty, and more in severe illness, psychotic
    or other.
    """
    return frailty + (p.crisis_psychotic if psychotic else p.crisis_severe if severe else 0.0)


@rule
def add_recent(since_need, unmet, discharged, p):
    """Log hazard that passes: after a crisis that needed a bed, more if none was found, and a
    little from leaving a ward.
    """
    # A bed elsewhere or none: the time runs from the week in which one was needed, because the
    # excess belongs to the crisis and not to the ward.
    acute = (p.crisis_recent + (p.crisis_unmet if unmet else 0.0)) * exp(
        -since_need / p.recent_weeks
    )
    return acute + p.crisis_discharge * exp(-discharged / p.discharge_weeks)


@rule
def expect_admission(phq, frailty, severe, psychotic, since_need, p):
    """Chance that somebody in the emergency department needs a bed."""
    x = p.admission + p.admission_symptoms * phq + p.admission_frailty * frailty
    x += p.admission_psychotic if psychotic else p.admission_severe if severe else 0.0
    return logistic(x + p.admission_recent * exp(-since_need / p.recent_weeks))


@rule
def stay_long(u, v, severe, psychotic, p):
    """Days in the ward: lognormal with a median by illness, at least one."""
    median = p.stay_psychotic if psychotic else p.stay_severe if severe else p.stay_median
    # Rounded to whole days: beds are counted in days, so that a half day would be lost or counted
    # twice.
    return max(1, int(median * exp(p.stay_spread * normal_of(u, v)) + 0.5))


@part
def face_crisis(start, stop, r, week, p, scratch):
    """Carry the rules of crisis over the rows start..stop: who is in crisis and goes to the
    emergency department.
    """
    strikes, goes, bed = scratch[0], scratch[1], scratch[2]
    chances, needs = scratch[4], scratch[5]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(scratch, r.key, low, high, Stream.CRISIS, week)
        expect_crises_fast(low, high, r, week, p, scratch)
        for i in range(low, high):
            j = i - low
            # Computed for everybody and masked: a branch here would keep the loop from being
            # vectorised.
            chances[j] = (
                chances[j] if (r.alive[i] == 1) & (r.stay[i] == 0) & (r.boarding[i] == 0) else 0.0
            )
        for i in range(low, high):
            j = i - low
            r.crisis_chance[i] = chances[j]
            r.visit_chance[i] = chances[j] * p.to_emergency
            # The need of a bed is kept beside admission: admission is lowered later by beds that
            # are missing, need is not.
            r.need_chance[i] = chances[j] * p.to_emergency * needs[j]
            r.admission_chance[i] = chances[j] * p.to_emergency * needs[j]
        for i in range(low, high):
            j = i - low
            if strikes[j] < chances[j]:
                start_crisis(i, r, goes[j] < p.to_emergency, bed[j] < needs[j], week, p)


@part
def expect_crises_fast(low, high, r, week, p, scratch):
    """`expect_crisis` and `expect_admission` for a block of residents, many at once.

    Few ever needed a bed: the exponentials of what passes are worked out for those few alone.
    """
    chances, needs, recent = scratch[4], scratch[5], scratch[8]
    # Scratch still holds the block before.
    for j in range(high - low):
        recent[j] = 0.0
    for i in range(low, high):
        # Both columns start at NEVER, where both exponentials are 0 anyway.
        if (r.since_need[i] != NEVER) | (r.discharged[i] != NEVER):
            recent[i - low] = add_recent(
                float(r.since_need[i]), r.unmet[i] == 1, float(r.discharged[i]), p
            )
    for i in range(low, high):
        lasting = add_lasting(float(r.frailty[i]), r.severe[i] == 1, r.psychotic[i] == 1, p)
        # Contact is with a service in the past weeks, however many sessions: it stands for somebody
        # who would notice.
        contact = week.number - r.last_session[i] <= p.contact_weeks
        chances[i - low] = chance_of(
            expect_crisis(
                float(r.phq[i]),
                lasting,
                recent[i - low],
                float(r.event_load[i]),
                float(r.self_management[i]),
                contact,
                p,
            )
        )
    for i in range(low, high):
        needs[i - low] = expect_admission(
            float(r.phq[i]),
            float(r.frailty[i]),
            r.severe[i] == 1,
            r.psychotic[i] == 1,
            float(r.since_need[i]),
            p,
        )


@part
def start_crisis(i, r, goes, needs_bed, week, p):
    """A crisis, for the few who have one: to the emergency department, and perhaps in need of a
    bed.
    """
    r.since_crisis[i] = 0
    r.happened[i] |= Event.CRISIS
    if goes:
        r.happened[i] |= Event.EMERGENCY
        if needs_bed:
            # Drawn as a wish for so many days; whether there is a bed is decided by the ward, for
            # all who wait.
            r.boarding[i] = find_stay(i, r, week, p)


@part
def find_stay(i, r, week, p):
    """Days that resident i would spend in the ward if a crisis of this week needed a bed."""
    # A stream of its own: days would otherwise depend on the draw that decided that a bed is
    # needed.
    u, v, _, _ = draw(r.key[i], Stream.LENGTH_OF_STAY, ALONE, week)
    return min(stay_long(u, v, r.severe[i] == 1, r.psychotic[i] == 1, p), LONGEST_STAY)
