"""Phase 8, crisis: who is in crisis; what meets it; the emergency department, the ward, discharge,
aftercare.

A resident's hazard is personal; beds are shared, so admission is sequential: in order of need, with
a tie-break keyed by the person.
"""

from __future__ import annotations

from sim.engine.fast_math import chance_of, exp, logistic
from sim.engine.kernels import inner, part, rule
from sim.engine.random import ALONE, BLOCK, draw, fill_uniforms, normal_of
from sim.state.codes import Access, Event, KindParameter
from sim.state.draw_streams import Stream
from sim.state.residents import NEVER
from sim.week.resident.service_choice import is_near

LONGEST_STAY = 365
"""Days of a stay that are counted at most."""


@rule
def weigh_discharge(weeks, p):
    """What is left of the excess risk after a discharge from the ward so many weeks ago, 0 to 1."""
    return exp(-weeks / p.discharge_weeks)


@rule
def expect_crisis(phq, severe, recent, load, self_management, contact, p):
    """Weekly hazard of a crisis: symptoms, severe illness, recent discharge and events, less
    self-management and contact.
    """
    x = (
        p.crisis
        + p.crisis_symptoms * phq
        + (p.crisis_severe if severe else 0.0)
        + p.crisis_discharge * recent
        + p.crisis_events * load
    )
    x -= self_management + (p.crisis_contact if contact else 0.0)
    if p.crisis_most > 0.0:
        return p.crisis_most * logistic(x - p.crisis_most_log)
    return exp(min(x, 1.0))


@rule
def expect_admission(phq, severe, admissions, recent, p):
    """Chance that somebody in the emergency department needs a bed."""
    x = p.admission + p.admission_symptoms * phq + (p.admission_severe if severe else 0.0)
    return logistic(x + p.admission_before * min(admissions, 3) + p.admission_discharge * recent)


@rule
def stay_long(u, v, p):
    """Days in the ward: lognormal, at least one."""
    return max(1, int(p.stay_median * exp(p.stay_spread * normal_of(u, v)) + 0.5))


@part
def is_guarded(o):
    """Whether anything stands before the emergency department."""
    for s in range(o.key.size):
        if o.access[s] == Access.CRISIS and o.open[s] == 1:
            return True
    return False


@rule
def share_met(unmet, turning, space):
    """Share of crises that a service meets, of those that no other has met."""
    return unmet * turning * space


@rule
def share_left(met, saving, quality):
    """Share that goes on, or needs a bed, although a service met it."""
    return met * (1.0 - saving * quality)


@inner
def residual_share(i, r, o, saving):
    """Expected share of resident i's emergency visits (or of the need of beds) that is left by what
    meets crises first.
    """
    unmet, left = 1.0, 0.0
    for s in range(o.key.size):
        if o.access[s] == Access.CRISIS and is_near(i, s, r, o):
            met = share_met(
                unmet,
                o.kind_parameters[s, KindParameter.SHARE_REACHED],
                o.kind_parameters[s, KindParameter.SPACE],
            )
            left += share_left(met, o.kind_parameters[s, saving], o.quality[s])
            unmet -= met
    return left + unmet


@part
def face_crisis(start, stop, r, o, week, p, scratch):
    """Carry the rules of crisis over the rows start..stop: who is in crisis and goes to the
    emergency department.
    """
    guarded = is_guarded(o)
    strikes, goes, bed = scratch[0], scratch[1], scratch[2]
    chances, needs, left = scratch[4], scratch[5], scratch[7]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(scratch, r.key, low, high, Stream.CRISIS, week)
        expect_crises_fast(low, high, r, week, p, scratch)
        left[:] = 1.0
        if guarded:
            find_residual_shares_fast(low, high, r, o, scratch[6], left)
        for i in range(low, high):
            j = i - low
            chances[j] = (
                chances[j] if (r.alive[i] == 1) & (r.stay[i] == 0) & (r.boarding[i] == 0) else 0.0
            )
        for i in range(low, high):
            j = i - low
            r.crisis_chance[i] = chances[j]
            r.admission_chance[i] = chances[j] * p.to_emergency * needs[j] * left[j]
        for i in range(low, high):
            j = i - low
            if strikes[j] < chances[j]:
                start_crisis(i, r, goes[j] < p.to_emergency, bed[j] < needs[j], week, p)


@part
def expect_crises_fast(low, high, r, week, p, scratch):
    """`expect_crisis` and `expect_admission` for a block of residents, many at once.

    Few were ever in the ward: what weighs of a discharge needs an exponential, which is worked out
    once for all who never were and again for those few alone.
    """
    chances, needs, recent = scratch[4], scratch[5], scratch[8]
    never = weigh_discharge(float(NEVER), p)
    for j in range(high - low):
        recent[j] = never
    for i in range(low, high):
        if r.discharged[i] != NEVER:
            recent[i - low] = weigh_discharge(float(r.discharged[i]), p)
    for i in range(low, high):
        contact = week.number - r.last_session[i] <= p.contact_weeks
        chances[i - low] = chance_of(
            expect_crisis(
                float(r.phq[i]),
                r.severe[i] == 1,
                recent[i - low],
                float(r.event_load[i]),
                float(r.self_management[i]),
                contact,
                p,
            )
        )
    for i in range(low, high):
        needs[i - low] = expect_admission(
            float(r.phq[i]), r.severe[i] == 1, float(r.admissions[i]), recent[i - low], p
        )


@part
def find_residual_shares_fast(low, high, r, o, unmet, left):
    """`residual_share` for the need of beds of a block of residents.

    Service by service, so that many residents are looked at at once: guarded towns ask it of
    everybody each week.
    """
    unmet[:] = 1.0
    left[:] = 0.0
    for s in range(o.key.size):
        if o.access[s] == Access.CRISIS and o.open[s] == 1:
            for i in range(low, high):
                j = i - low
                met = (
                    share_met(
                        unmet[j],
                        o.kind_parameters[s, KindParameter.SHARE_REACHED],
                        o.kind_parameters[s, KindParameter.SPACE],
                    )
                    if is_near(i, s, r, o)
                    else 0.0
                )
                left[j] += share_left(met, o.kind_parameters[s, KindParameter.AVERTS], o.quality[s])
                unmet[j] -= met
    for j in range(high - low):
        left[j] += unmet[j]


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
            days, more, _, _ = draw(r.key[i], Stream.STAY, ALONE, week)
            r.boarding[i] = min(stay_long(days, more, p), LONGEST_STAY)
