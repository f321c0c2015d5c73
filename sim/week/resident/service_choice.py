"""Which service a resident turns to: who is welcome, what is near and open, and a choice among
these (multinomial logit).
"""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import exp, log
from sim.engine.kernels import inner, part
from sim.engine.random import ALONE, draw, uniforms
from sim.state.codes import Access, AudienceGroup, Employment, KindParameter, OpenAfter, Route
from sim.state.draw_streams import Stream
from sim.state.enrolment import is_enrolled, is_waiting
from sim.units import WEEKS_PER_CALENDAR_YEAR

MOTHERS, PUPILS_TO, WORKING_AGE = (18.0, 45.0), 19.0, (18.0, 65.0)
"""Years of age: women whose births `seeking.births` counts; pupils end; the ages of work."""

WORST = -1e9
"""Utility below any."""


@inner
def is_new_mother(i, r, within, births, seed):
    """Whether a woman of 18 to 44 gave birth within so many weeks: a birth is a draw of the person
    and the year of age, kept nowhere.
    """
    age = float(r.age[i])
    if r.female[i] == 0 or age < MOTHERS[0] or age >= MOTHERS[1]:
        return False
    # This year of age and those before it that `within` reaches back to, over a birthday at least.
    for back in range(2 + int(within / WEEKS_PER_CALENDAR_YEAR)):
        year = np.floor(age) - back
        # Keyed by the year of age instead of the week: the same birth is found whenever it is asked
        # for, and no column has to remember it.
        happens, at, _, _ = uniforms(r.key[i], np.uint64(year), Stream.BIRTH, ALONE, seed)
        since = (age - year - at) * WEEKS_PER_CALENDAR_YEAR
        if happens < births and 0.0 <= since <= within:
            return True
    return False


@part
def is_one_of(i, s, r, o):
    """Whether resident i is one of those whom a service is for."""
    who = o.who[s]
    if who == AudienceGroup.PUPILS:
        return r.employment[i] == Employment.STUDENT and r.age[i] < PUPILS_TO
    if who == AudienceGroup.WORKERS:
        return r.employment[i] == Employment.EMPLOYED
    if who == AudienceGroup.CAREGIVERS:
        return r.strain[i] >= o.kind_parameters[s, KindParameter.LEVEL]
    if who == AudienceGroup.LONELY:
        return r.loneliness[i] >= o.kind_parameters[s, KindParameter.LEVEL]
    if who == AudienceGroup.OUT_OF_WORK:
        return (
            r.employment[i] == Employment.NOT_IN_WORK
            and WORKING_AGE[0] <= r.age[i] < WORKING_AGE[1]
        )
    return r.alone[i] == 1


@part
def is_near(i, s, r, o):
    """Whether a service is there for somebody of resident i's place, groups, age, symptoms, illness
    and connection.
    """
    there = (
        (o.open[s] == 1)
        # `&` instead of `and`: cheap tests evaluated together are faster than five branches.
        & (o.places[s] > 0)
        & (o.access[s] != Access.NONE)
        & (o.reach[s, r.neighbourhood[i]] != 0)
        & (o.admits[s, r.member[i]] != 0)
    )
    of_age = (r.age[i] >= o.age_low[s]) & (r.age[i] < o.age_high[s])
    ill = (
        (r.phq[i] >= o.phq_low[s])
        & (r.phq[i] <= o.phq_high[s])
        & (r.severe[i] >= o.severe_low[s])
        & (r.severe[i] <= o.severe_high[s])
    )
    return there & of_age & ill & ((o.online[s] == 0) | (r.online[i] == 1))


@part
def is_welcome(i, s, r, supply, week):
    """Whether a service is open to resident i: near, for people like this, and for what came
    before.
    """
    # The audience comes after the cheap tests: it may look at births, which draws.
    o = supply.services
    if not is_near(i, s, r, o) or (o.who[s] != AudienceGroup.ANYBODY and not is_one_of(i, s, r, o)):
        return False
    if o.after[s] == OpenAfter.DISCHARGE:
        return r.discharged[i] <= o.within[s]
    if o.after[s] == OpenAfter.CRISIS:
        return r.since_crisis[i] <= o.within[s]
    return o.after[s] != OpenAfter.BIRTH or is_new_mother(
        i, r, o.within[s], supply.choice.births, week.seed
    )


@part
def is_open_to(i, s, r, supply, week):
    """Whether resident i is welcome at a service, has no place in it and is not on its list."""
    return (
        is_welcome(i, s, r, supply, week) and not is_enrolled(i, s, r) and not is_waiting(i, s, r)
    )


@part
def value_service(i, s, r, supply):
    """Utility of a service: attraction less fee, travel, list and stigma, plus trust in it."""
    o, p = supply.services, supply.choice
    # Fees weigh by income fifth: all of a fee for the poorest, a fifth of it for the richest.
    poverty = (5.0 - float(r.income[i])) / 5.0
    # What the person pays of the fee, not the fee: insurance decides what stays with them.
    price = o.fee[s] * o.burden[s, r.insurance[i]] * poverty
    # How much stigma counts differs by service: all of it at a clinic, less at an everyday place.
    stigma = o.familiar[s] * p.choice_stigma * float(r.stigma[i])
    # A service for people in just this situation is worth more to them than one for anybody.
    aimed = p.choice_aimed if o.after[s] != OpenAfter.ANYTHING else 0.0
    # The list of last week, the same for all who choose this week: what somebody is told who asks
    # beforehand. Its ratio to places, since a list of 20 is long for three places, short for 200.
    crowded = log(1.0 + o.waiting[s] / o.places[s])
    area = r.neighbourhood[i]
    return (
        o.attraction[s]
        + aimed
        - p.choice_price * price
        - p.choice_travel * o.travel[s, area]
        - p.choice_list * crowded
        - stigma
        + log(o.trust[s, area])
    )


@part
def is_choice(i, s, r, supply, search, week):
    """Whether a service is among those to choose from: of the kind sought (or a partner's), and not
    taken already.
    """
    o = supply.services
    # A partner hands on to the services that its agreements name, open to all or by referral only.
    if search.route >= Route.PARTNER:
        found = o.onward[search.route - Route.PARTNER, s] == 1
    else:
        found = o.informal[s] == search.sought and (
            # Crisis services and outreach are never a choice: they meet people, who do not come to
            # them.
            o.access[s] == Access.OPEN
            or (search.route == Route.SERVICE and o.access[s] == Access.REFERRAL)
        )
    return found and is_open_to(i, s, r, supply, week)


@inner
def choose_alike(i, s, r, supply, search, week):
    """Among services of one kind: the one that resident i would take, and the utility of the kind,
    a composite alternative. -1 where an earlier one speaks for all, or i is with one already.

    Each weighs by its share of their places. So one service that is declared as two draws as many
    people as before, and the same ones.
    """
    o = supply.services
    places, worth, count = 0.0, 0.0, 0
    for t in range(o.key.size):
        if o.alike[t] == o.alike[s]:
            if is_enrolled(i, t, r) or is_waiting(i, t, r):
                return -1, WORST
            if not is_choice(i, t, r, supply, search, week):
                continue
            if t < s:
                return -1, WORST
            places += float(o.places[t])
            worth += float(o.places[t]) * exp(value_service(i, t, r, supply))
            count += 1
    # To the bit as before others of the kind open.
    if count == 1:
        return s, value_service(i, s, r, supply)
    # The first word of this draw is the chance of the kind.
    _, within, _, _ = draw(r.key[i], search.stream, o.key[s], week)
    upto, chosen = within * worth, s
    for t in range(s, o.key.size):
        if o.alike[t] == o.alike[s] and is_choice(i, t, r, supply, search, week):
            chosen = t
            upto -= float(o.places[t]) * exp(value_service(i, t, r, supply))
            if upto < 0.0:
                break
    return chosen, log(worth / places)


@inner
def choose_service(i, r, supply, search, week):
    """The service that resident i takes, or -1 for none.

    Multinomial logit, drawn as the best of utility plus a Gumbel chance keyed by person and
    service: a new one changes the choice of those alone who take it. Treatment and informal support
    are two choices, so that a new peer group does not empty the clinic. Services of one kind are
    one alternative: a second of them is no reason for more people to look for help.
    """
    o = supply.services
    # The first must beat something.
    chosen, best = -1, WORST
    # The alternative of staying away has a chance of its own, as any alternative of a logit has.
    if search.outside > 0.0:
        chance, _, _, _ = draw(r.key[i], search.stream, ALONE, week)
        best = log(search.outside) - log(-log(chance))
    for s in range(o.key.size):
        if is_choice(i, s, r, supply, search, week):
            # A partner's agreements name services, not kinds.
            if o.alike[s] > 0 and search.route < Route.PARTNER:
                taken, value = choose_alike(i, s, r, supply, search, week)
            else:
                taken, value = s, value_service(i, s, r, supply)
            # Of several of a kind the first that is open to them: one that is not changes nothing.
            chance, _, _, _ = draw(r.key[i], search.stream, o.key[s], week)
            value -= log(-log(chance))
            if taken >= 0 and value > best:
                best = value
                chosen = taken
    return chosen
