"""Phase 5, help-seeking: notice need, decide, choose a door, join its list; wait or give up."""

from __future__ import annotations

import numpy as np

from sim.compiled import inner, part, rule
from sim.draws import ALONE, BIRTH, BLOCK, DOOR, REACH, SEEK, chance_of, exp, fill_uniforms, log, uniforms
from sim.services.offers import (
    AFTER_BIRTH,
    AFTER_CRISIS,
    AFTER_DISCHARGE,
    ALONE_COMES,
    ANYBODY,
    CAREGIVERS,
    LEVEL,
    LIGHT,
    LONELY,
    NO_DOOR,
    OPEN_DOOR,
    OUT_OF_WORK,
    PUPILS,
    REFERRAL,
    SENT_BY_PARTNER,
    SENT_BY_SERVICE,
    TREATMENT,
    WHO,
    WORKERS,
)
from sim.society.care_slots import is_enrolled, is_waiting, join_list, leave_list
from sim.society.resident import CARE_SLOTS, GAVE_UP, NEVER, WAIT_SLOTS

LOOKS = 8
"""Weeks between two looks of an outreach at the same person, by key."""
MOTHERS, PUPILS_TO, WORKING_AGE = (18.0, 45.0), 19.0, (18.0, 65.0)
"""Years of age: women whose births `seeking.births` counts; pupils end; the ages of work."""
WORST, CLOSED = -1e9, -1e12
"""Utility below any, and, lower still, that of a door that is not open."""
WAITS, LOOKS_ROUND = 1.0, 2.0
"""What somebody does about help this week, for the few who do anything."""


@rule
def is_in_need(phq, severe, episode, need_phq):
    """Symptoms or an illness that warrant help."""
    return phq >= need_phq or severe or episode > 0


@rule
def expect_seeking(phq, knowledge, encouraged, stigma, treated_before, p):
    """Weekly hazard of looking for help: grows with symptoms, knowledge and encouragement, shrinks with stigma."""
    push = p.seeking_symptoms * (phq - p.need_phq) + p.seeking_knowledge * knowledge + p.seeking_encouragement * encouraged
    hazard = p.seeking * exp(push - p.seeking_stigma * stigma)
    return hazard * (p.seeking_again if treated_before else 1.0)


@inner
def is_new_mother(i, r, within, births, seed):
    """Whether a woman of 18 to 44 gave birth within so many weeks: a birth is a draw of the person and the year of age, kept nowhere."""
    age = float(r.age[i])
    if r.female[i] == 0 or age < MOTHERS[0] or age >= MOTHERS[1]:
        return False
    for back in range(2):
        year = np.floor(age) - back
        happens, at, _, _ = uniforms(r.key[i], np.uint64(year), BIRTH, ALONE, seed)
        since = (age - year - at) * 52.0
        if happens < births and 0.0 <= since <= within:
            return True
    return False


@part
def is_one_of(i, s, r, o):
    """Whether resident i is one of those whom a service is for."""
    who = o.special[s, WHO]
    if who == PUPILS:
        return r.employment[i] == 2 and r.age[i] < PUPILS_TO
    if who == WORKERS:
        return r.employment[i] == 1
    if who == CAREGIVERS:
        return r.strain[i] >= o.special[s, LEVEL]
    if who == LONELY:
        return r.loneliness[i] >= o.special[s, LEVEL]
    if who == OUT_OF_WORK:
        return r.employment[i] == 0 and WORKING_AGE[0] <= r.age[i] < WORKING_AGE[1]
    return r.alone[i] == 1


@part
def is_near(i, s, r, o):
    """Whether a service is there for somebody of resident i's place, age, symptoms, illness and connection."""
    there = (o.open[s] == 1) & (o.places[s] > 0) & (o.door[s] != NO_DOOR) & (o.reach[s, r.neighbourhood[i]] != 0)
    of_age = (r.age[i] >= o.age_low[s]) & (r.age[i] < o.age_high[s])
    ill = (r.phq[i] >= o.phq_low[s]) & (r.phq[i] <= o.phq_high[s]) & ((o.severe_only[s] == 0) | (r.severe[i] == 1))
    return there & of_age & ill & ((o.online[s] == 0) | (r.online[i] == 1))


@part
def is_welcome(i, s, r, o, doors, seed):
    """Whether a service is open to resident i: near, for people like this, and for what came before."""
    if not is_near(i, s, r, o) or (o.special[s, WHO] != ANYBODY and not is_one_of(i, s, r, o)):
        return False
    if o.after[s] == AFTER_DISCHARGE:
        return r.discharged[i] <= o.within[s]
    if o.after[s] == AFTER_CRISIS:
        return r.since_crisis[i] <= o.within[s]
    return o.after[s] != AFTER_BIRTH or is_new_mother(i, r, o.within[s], doors.births, seed)


@part
def is_open_to(i, s, r, o, doors, seed):
    """Whether resident i is welcome at a service, has no place in it and is not on its list."""
    return is_welcome(i, s, r, o, doors, seed) and not is_enrolled(i, s, r) and not is_waiting(i, s, r)


@part
def value_door(i, s, r, o, p):
    """Utility of a door: attraction less fee, travel and stigma, more where it is vouched for."""
    poverty = (5.0 - float(r.income[i])) / 5.0
    price = o.fee[s] * o.burden[s, r.insurance[i]] * poverty
    stigma = o.familiar[s] * p.door_stigma * float(r.stigma[i])
    aimed = p.door_aimed if o.after[s] > 0 else 0.0
    area = r.neighbourhood[i]
    return o.attraction[s] + aimed - p.door_price * price - p.door_travel * o.travel[s, area] - stigma + log(o.trust[s, area])


@inner
def value_if_open(i, s, r, o, doors, seed):
    """Utility of a door that is open to resident i; below any where it is not."""
    return value_door(i, s, r, o, doors) if is_open_to(i, s, r, o, doors, seed) else CLOSED


@part
def is_choice(i, s, r, o, sent, informal, doors, seed):
    """Whether a door is among those to choose from: of the kind sought (or a partner's), and not taken already."""
    if sent >= SENT_BY_PARTNER:
        found = o.onward[sent - SENT_BY_PARTNER, s] == 1
    else:
        found = o.informal[s] == informal and (o.door[s] == OPEN_DOOR or (sent == SENT_BY_SERVICE and o.door[s] == REFERRAL))
    return found and is_open_to(i, s, r, o, doors, seed)


@inner
def choose_door(i, r, o, doors, week, decision, sent, informal, outside, seed):
    """The door that resident i takes, or -1 for none; `outside` is the weight of taking none.

    Multinomial logit, drawn as the best of utility plus a Gumbel chance keyed by person and door: a new door changes the choice of
    those alone who take it. Treatment and informal support are two choices, so that a new peer group does not empty the clinic.
    """
    chosen, best = -1, WORST
    if outside > 0.0:
        chance, _, _, _ = uniforms(r.key[i], week, decision, ALONE, seed)
        best = log(outside) - log(-log(chance))
    for s in range(o.key.size):
        if is_choice(i, s, r, o, sent, informal, doors, seed):
            chance, _, _, _ = uniforms(r.key[i], week, decision, o.key[s], seed)
            value = value_door(i, s, r, o, doors) - log(-log(chance))
            if value > best:
                best = value
                chosen = s
    return chosen


@part
def is_helped(i, r, o, informal):
    """Whether somebody already has, or waits for, help of a kind: treatment (0) or informal support (1)."""
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot]) - 1
        if service >= 0 and o.informal[service] == informal and o.special[service, LIGHT] == 0.0:
            return True
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service >= 0 and o.informal[service] == informal:
            return True
    return False


@part
def wait_on(i, r, o, week_number, week, p, seed):
    """A week on the list: somebody whose service closed, or who has enough of waiting, leaves it."""
    for slot in range(WAIT_SLOTS):
        service = int(r.wait_service[i, slot]) - 1
        if service < 0:
            continue
        if o.special[service, LIGHT] == 1.0:
            leave_list(i, slot, r)
            continue
        chance, _, _, _ = uniforms(r.key[i], week, SEEK, o.key[service], seed)
        if o.open[service] == 0 or chance < chance_of(p.give_up):
            leave_list(i, slot, r)
            r.happened[i] |= GAVE_UP
        elif o.informal[service] == TREATMENT and week_number - r.wait_since[i, slot] > p.wait_harm_from:
            r.coping[i] = max(float(r.coping[i]) - p.wait_harm, -p.wait_harm_most)


@part
def seek(start, stop, r, o, week_number, week, p, doors, seed, scratch):
    """Carry the rules of help-seeking over the rows start..stop; `scratch` holds draws and hazards of a block."""
    treatment, support, third, fourth, hazard, acts = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5]
    most, reaching = scratch[6], False
    for s in range(o.key.size):
        most[s] = LOOKS * reach_at_most(s, o)
        reaching = reaching or most[s] > 0.0
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        fill_uniforms(treatment, support, third, fourth, r.key, low, high, week, SEEK, seed)
        for i in range(low, high):
            again = r.last_session[i] > -NEVER
            hazard[i - low] = expect_seeking(float(r.phq[i]), float(r.knowledge[i]), float(r.encouraged[i]), float(r.stigma[i]), again, p)
        for i in range(low, high):
            j = i - low
            looks = (min(treatment[j], support[j]) < hazard[j]) & ((r.phq[i] >= p.notice_phq) | (r.severe[i] == 1))
            waits = r.wait_service[i, 0] | r.wait_service[i, 1] != 0
            acts[j] = LOOKS_ROUND if looks else (WAITS if waits else 0.0)
        for i in range(low, high):
            j = i - low
            if acts[j] == 0.0 or r.alive[i] == 0 or r.stay[i] > 0:
                continue
            if r.wait_service[i, 0] | r.wait_service[i, 1] != 0:
                wait_on(i, r, o, week_number, week, p, seed)
            if acts[j] == LOOKS_ROUND:
                look_for_help(i, r, o, hazard[j], treatment[j], support[j], week_number, week, p, doors, seed)
        if reaching:
            be_reached(low, high, r, o, week_number, week, doors, seed, most, third, fourth, acts, treatment, support)


@part
def reach_at_most(s, o):
    """Largest share of any group that a service reaches in a week."""
    most = 0.0
    for share in o.outreach[s].flat:
        most = max(most, share)
    return most


@part
def be_reached(low, high, r, o, week_number, week, doors, seed, most, due, who, chance, best, chosen):
    """Outreach to those of a block who are due, service by service: all draws come first, the rest is for the few who are found.

    Who is found by several takes the door of the highest utility plus chance, as in `choose_door`.
    """
    count = 0
    for i in range(low, high):
        if (int(r.key[i]) + week_number) % LOOKS == 0 and r.alive[i] == 1 and r.stay[i] == 0:
            due[count], who[count], best[count], chosen[count] = float(i), float(r.key[i]), WORST, -1.0
            count += 1
    for s in range(o.key.size):
        if most[s] <= 0.0:
            continue
        for k in range(count):
            chance[k], _, _, _ = uniforms(np.uint64(who[k]), week, REACH, o.key[s], seed)
        for k in range(count):
            if chance[k] < most[s]:
                person = np.int64(due[k])
                rate = LOOKS * o.outreach[s, r.neighbourhood[person], r.employment[person]]
                if chance[k] < rate and chance[k] < chance_of(rate):
                    value = value_if_open(person, s, r, o, doors, seed) - log(-log(chance[k]))
                    if value > best[k]:
                        best[k], chosen[k] = value, float(s)
    for k in range(count):
        if chosen[k] >= 0.0:
            join_list(np.int64(due[k]), np.int64(chosen[k]), r, week_number)


@part
def look_for_help(i, r, o, hazard, treatment, support, week_number, week, p, doors, seed):
    """Decide about treatment and about informal support, each by its own draw."""
    for informal in range(2):
        decides = support if informal == 1 else treatment
        if decides < hazard and decides < chance_of(hazard * (p.seeking_helped if is_helped(i, r, o, informal) else 1.0)):
            service = choose_door(i, r, o, doors, week, DOOR, ALONE_COMES, np.int64(informal), p.door_none, seed)
            if service >= 0:
                join_list(i, service, r, week_number)
