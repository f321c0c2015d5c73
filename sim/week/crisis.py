"""Phase 8, crisis: who is in crisis; what meets it; the emergency department, the ward, discharge, aftercare.

A resident's hazard is personal; beds are shared, so admission is sequential: in order of need, with a
tie-break keyed by the person.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import inner, loop, order_by, part, rule
from sim.draws import ALONE, BLOCK, CRISIS, MEET_CRISIS, REFER, STAY, chance_of, exp, fill_uniforms, logistic, normal_of, uniforms
from sim.services.offers import AVERTS, CRISIS_DOOR, DIVERTS, MET, RELIEF, SENT_BY_SERVICE, SPACE
from sim.society.care_slots import enrol, is_enrolled, join_list
from sim.society.resident import ADMITTED, BOARDED, DISCHARGED, EMERGENCY, NEVER, READMITTED_1_YEAR, READMITTED_30_DAYS
from sim.society.resident import CRISIS as IN_CRISIS
from sim.week.care import gain
from sim.week.help_seeking import choose_door, is_near

BED_DAYS, VISITS, BOARDING_DAYS, BEDS_KEPT, DAYS = 0, 3, 6, 7, 8
"""Places in `used`: bed days and visits by insurance (three each), days boarding, beds in use at the end, bed days of all."""
USED = 9
NEWEST = 0.05
"""Part of the newest crisis in the running share of crises for which there was room."""
LONGEST_STAY, MOST_ADMISSIONS = 365, 250
"""Days and admissions that are counted at most."""
MONTH, YEAR = 5, 53
"""Weeks within which an admission is one within 30 days, and within a year, counted from the week of discharge."""
BOARDED_FIRST = 30.0
"""Rank of those who boarded last week, beyond any score of PHQ-9."""


@rule
def expect_crisis(phq, severe, recent, load, self_management, contact, p):
    """Weekly hazard of a crisis: symptoms, severe illness, recent discharge and events, less self-management and contact."""
    x = p.crisis + p.crisis_symptoms * phq + (p.crisis_severe if severe else 0.0) + p.crisis_discharge * recent + p.crisis_events * load
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
        if o.door[s] == CRISIS_DOOR and o.open[s] == 1:
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
def spare(i, r, o, saving):
    """Expected share of resident i's emergency visits (or of the need of beds) that is left by what meets crises first."""
    unmet, left = 1.0, 0.0
    for s in range(o.key.size):
        if o.door[s] == CRISIS_DOOR and is_near(i, s, r, o):
            met = share_met(unmet, o.special[s, MET], o.special[s, SPACE])
            left += share_left(met, o.special[s, saving], o.quality[s])
            unmet -= met
    return left + unmet


@part
def face_crisis(start, stop, r, o, week_number, week, p, seed, scratch):
    """Carry the rules of crisis over the rows start..stop: who is in crisis and goes to the emergency department."""
    guarded = is_guarded(o)
    strikes, goes, bed, fourth, chances, needs, unmet, left = scratch[:8]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(strikes, goes, bed, fourth, r.key, low, high, week, CRISIS, seed)
        expect_crises(low, high, r, week_number, chances, needs, p)
        left[:] = 1.0
        if guarded:
            spare_block(low, high, r, o, unmet, left)
        for i in range(low, high):
            j = i - low
            chances[j] = chances[j] if (r.alive[i] == 1) & (r.stay[i] == 0) & (r.boarding[i] == 0) else 0.0
        for i in range(low, high):
            j = i - low
            r.crisis_chance[i] = chances[j]
            r.admission_chance[i] = chances[j] * p.to_emergency * needs[j] * left[j]
        for i in range(low, high):
            j = i - low
            if strikes[j] < chances[j]:
                break_down(i, r, goes[j] < p.to_emergency, bed[j] < needs[j], week, p, seed)


@part
def expect_crises(low, high, r, week_number, chances, needs, p):
    """Chances of a crisis, and of needing a bed then, for a block of residents; few were ever in the ward."""
    never = exp(-float(NEVER) / p.discharge_weeks)
    recent = needs
    for j in range(high - low):
        recent[j] = never
    for i in range(low, high):
        if r.discharged[i] != NEVER:
            recent[i - low] = exp(-float(r.discharged[i]) / p.discharge_weeks)
    for i in range(low, high):
        contact = week_number - r.last_session[i] <= p.contact_weeks
        chances[i - low] = chance_of(
            expect_crisis(
                float(r.phq[i]), r.severe[i] == 1, recent[i - low], float(r.event_load[i]), float(r.self_management[i]), contact, p
            )
        )
    for i in range(low, high):
        needs[i - low] = expect_admission(float(r.phq[i]), r.severe[i] == 1, float(r.admissions[i]), recent[i - low], p)


@part
def spare_block(low, high, r, o, unmet, left):
    """`spare` for the need of beds of a block of residents at once, service by service."""
    unmet[:] = 1.0
    left[:] = 0.0
    for s in range(o.key.size):
        if o.door[s] == CRISIS_DOOR and o.open[s] == 1:
            for i in range(low, high):
                j = i - low
                met = share_met(unmet[j], o.special[s, MET], o.special[s, SPACE]) if is_near(i, s, r, o) else 0.0
                left[j] += share_left(met, o.special[s, AVERTS], o.quality[s])
                unmet[j] -= met
    for j in range(high - low):
        left[j] += unmet[j]


@part
def break_down(i, r, goes, needs_bed, week, p, seed):
    """A crisis, for the few who have one: to the emergency department, and perhaps in need of a bed."""
    r.since_crisis[i] = 0
    r.happened[i] |= IN_CRISIS
    if goes:
        r.happened[i] |= EMERGENCY
        if needs_bed:
            days, more, _, _ = uniforms(r.key[i], week, STAY, ALONE, seed)
            r.boarding[i] = min(stay_long(days, more, p), LONGEST_STAY)


@part
def stand_by(i, s, r, o, averted, diverted):
    """What a service that meets a crisis does, as well as its staff can: some need no bed then, some need no emergency department."""
    if averted < o.special[s, AVERTS] * o.quality[s] if r.boarding[i] > 0 else diverted < o.special[s, DIVERTS] * o.quality[s]:
        r.boarding[i] = 0
        r.happened[i] &= ~EMERGENCY


@loop
def meet_crises(r, o, week_number, week, seed):
    """Meet people in a crisis before the emergency department, by lot, as long as there is room; the share of visits that is left."""
    count = 0
    for i in range(r.key.size):
        count += 1 if r.happened[i] & IN_CRISIS else 0
    if count == 0:
        return -1.0
    who, lot = np.empty(count, np.int64), np.empty(count)
    count = 0
    for i in range(r.key.size):
        if r.happened[i] & IN_CRISIS:
            who[count] = i
            lot[count], _, _, _ = uniforms(r.key[i], week, MEET_CRISIS, ALONE, seed)
            count += 1
    left = 0.0
    for position in order_by(lot):
        left += spare(who[position], r, o, DIVERTS)
        meet_one(who[position], r, o, week_number, week, seed)
    return left / count


@inner
def meet_one(i, r, o, week_number, week, seed):
    """The first service that resident i turns to and that has room meets the crisis."""
    for s in range(o.key.size):
        if o.door[s] == CRISIS_DOOR and is_near(i, s, r, o):
            turns, averted, diverted, _ = uniforms(r.key[i], week, MEET_CRISIS, o.key[s], seed)
            if turns < o.special[s, MET]:
                known = is_enrolled(i, s, r)
                room = known or o.enrolled[s] < min(o.places[s], o.intake[s])
                o.special[s, SPACE] += NEWEST * ((1.0 if room else 0.0) - o.special[s, SPACE])
                if known or (room and enrol(i, s, r, week_number)):
                    o.enrolled[s] += 0 if known else 1
                    stand_by(i, s, r, o, averted, diverted)
                    return


@part
def discharge(i, r, o, week_number, week, p, doors, seed):
    """Leave the ward; most are referred on, urgently."""
    r.discharged[i] = 0
    r.happened[i] |= DISCHARGED
    referred, told, _, _ = uniforms(r.key[i], week, REFER, ALONE, seed)
    for informal in range(2):
        if (told if informal == 1 else referred) < p.aftercare:
            service = choose_door(i, r, o, doors, week, REFER, SENT_BY_SERVICE, np.int64(informal), 0.0, seed)
            if service >= 0:
                join_list(i, service, r, week_number)


@part
def admit(i, r):
    """Take a bed: the days to come become the stay."""
    if r.discharged[i] < MONTH:
        r.happened[i] |= READMITTED_30_DAYS
    if r.discharged[i] < YEAR:
        r.happened[i] |= READMITTED_1_YEAR
    r.happened[i] |= ADMITTED
    r.stay[i] = r.boarding[i]
    r.boarding[i] = 0
    r.admissions[i] = min(r.admissions[i] + 1, MOST_ADMISSIONS)


@part
def spend_week(i, r, o, ward, week_number, week, p, doors, seed):
    """A week, or what is left of the stay, in the ward; days spent."""
    days = min(int(r.stay[i]), 7)
    r.stay[i] -= days
    r.relief[i] = gain(float(r.relief[i]), o.ceiling[ward, RELIEF], o.dose[ward], o.quality[ward], float(r.responsiveness[i]), p)
    r.event_load[i] = float(r.event_load[i]) * p.ward_shelter
    if r.stay[i] <= 0:
        discharge(i, r, o, week_number, week, p, doors, seed)
    return days


@loop
def tend_ward(r, o, ward, beds, used, week_number, week, p, doors, seed):
    """Run the ward for a week: those who stay keep their beds, then those who need one get it, the most ill first."""
    used[:] = 0
    waiting = count_ward(r, used)
    if waiting > 0:
        line, rank = np.empty(waiting, np.int64), np.empty(waiting)
        line_up(r, line, rank, week, seed)
        for position in order_by(rank):
            i = line[position]
            days = min(int(r.boarding[i]), 7)
            if ward >= 0 and used[DAYS] + days <= 7 * beds:
                used[DAYS] += days
                admit(i, r)
            else:
                used[BOARDING_DAYS] += days
                r.happened[i] |= BOARDED
                if not r.happened[i] & EMERGENCY:
                    r.boarding[i] = 0
    if used[DAYS] > 0:
        pass_week(r, o, ward, used, week_number, week, p, doors, seed)


@part
def count_ward(r, used):
    """Count visits by insurance and the days of those who stay; people who wait for a bed. The dead leave."""
    waiting = 0
    for i in range(r.key.size):
        if r.happened[i] & EMERGENCY:
            used[VISITS + r.insurance[i]] += 1
        if r.stay[i] > 0 or r.boarding[i] > 0:
            if r.alive[i] == 0:
                r.stay[i] = 0
                r.boarding[i] = 0
            used[DAYS] += min(int(r.stay[i]), 7)
            waiting += 1 if r.boarding[i] > 0 else 0
    return waiting


@part
def line_up(r, line, rank, week, seed):
    """Who waits for a bed, with a rank: those who boarded last week first, then the most ill."""
    count = 0
    for i in range(r.key.size):
        if r.boarding[i] > 0:
            tie_break, _, _, _ = uniforms(r.key[i], week, STAY, np.uint64(1), seed)
            line[count] = i
            rank[count] = -(float(r.phq[i]) + tie_break + (BOARDED_FIRST if not r.happened[i] & EMERGENCY else 0.0))
            count += 1


@part
def pass_week(r, o, ward, used, week_number, week, p, doors, seed):
    """A week in the ward for everybody who has a bed."""
    for i in range(r.key.size):
        if r.stay[i] > 0:
            days = spend_week(i, r, o, ward, week_number, week, p, doors, seed)
            used[BED_DAYS + r.insurance[i]] += days
            used[BEDS_KEPT] += 1 if r.stay[i] > 0 else 0
