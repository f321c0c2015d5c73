"""Phase 8, ward: who gets a bed, who boards or goes without, days spent, discharge, aftercare;
admissions expected of the week.

Beds are shared, so admission is sequential: who boarded last week, then the most ill, with a
tie-break keyed by the person.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop, part
from sim.engine.priority_queue import order_by
from sim.engine.random import ALONE, BLOCK, draw
from sim.state.codes import Channel, Event, HospitalFigure, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list
from sim.state.groups import Search, Supply
from sim.state.residents import NEVER
from sim.units import DAYS_PER_WEEK
from sim.week.resident.care import gain
from sim.week.resident.crisis import find_stay
from sim.week.resident.service_choice import choose_service

WEEK = DAYS_PER_WEEK
"""Days that a bed has in a week."""
MOST_ADMISSIONS = 250
"""Admissions that are counted at most."""
MONTH, YEAR = 5, 53
"""Weeks within which an admission is one within 30 days, and within a year, counted from the week
of discharge.
"""
BOARDED_FIRST = 30.0
"""Rank of those who boarded last week, beyond any score of PHQ-9."""
TIE = np.uint64(1)
"""Partner of the draw that breaks ties in line."""


@loop
def run_ward(r, services, ward, used, week, p, choice):
    """Run the ward for a week: those who stay keep their beds, then those who need one get it, the
    most ill first.
    """
    used[:] = 0
    # A town without a ward has no beds: everybody who needs one boards and goes home.
    limit = WEEK * ward.beds if ward.row >= 0 else 0
    waiting = count_ward(r, used)
    # One entry more than there are people: days taken when everybody had a turn.
    line, before = np.empty(waiting, np.int64), np.empty(waiting + 1, np.int64)
    rank, in_turn = np.empty(waiting), np.empty(waiting)
    line_up(r, line, rank, week)
    place = 0
    for position in order_by(rank):
        before[place] = used[HospitalFigure.OCCUPIED_DAYS]
        in_turn[place] = rank[position]
        place += 1
        take_turn(line[position], r, limit, used)
    before[place] = used[HospitalFigure.OCCUPIED_DAYS]
    # Only a ward that can fill up within this week changes anybody's expected admission.
    if used[HospitalFigure.OCCUPIED_DAYS] + WEEK > limit:
        expect_admissions(r, in_turn, before, limit, week, p)
    # After the line: beds given this week are used from this week on.
    if used[HospitalFigure.OCCUPIED_DAYS] > 0:
        pass_week(r, Supply(services, choice), ward.row, used, week, p)


@part
def count_ward(r, used):
    """Count visits by insurance and the days of those who stay; people who wait for a bed. The dead
    leave.
    """
    waiting = 0
    for i in range(r.key.size):
        if r.happened[i] & Event.EMERGENCY:
            used[HospitalFigure.VISITS + r.insurance[i]] += 1
        if r.stay[i] > 0 or r.boarding[i] > 0:
            if r.alive[i] == 0:
                r.stay[i] = 0
                r.boarding[i] = 0
            # Days of those who stay come first: nobody is sent home for somebody more ill.
            used[HospitalFigure.OCCUPIED_DAYS] += min(int(r.stay[i]), WEEK)
            waiting += 1 if r.boarding[i] > 0 else 0
    return waiting


@part
def rank_need(i, boarded, r, week):
    """Rank in the line for beds, the lowest first: those who boarded last week, then the most ill,
    with a keyed tie-break.
    """
    tie_break, _, _, _ = draw(r.key[i], Stream.LENGTH_OF_STAY, TIE, week)
    # Drawn for the week: who is first among equals changes from one week to the next.
    return -(float(r.phq[i]) + tie_break + (BOARDED_FIRST if boarded else 0.0))


@part
def line_up(r, line, rank, week):
    """Who waits for a bed, with a rank."""
    count = 0
    for i in range(r.key.size):
        if r.boarding[i] > 0:
            line[count] = i
            # Who boards without a visit this week has waited since the last one.
            rank[count] = rank_need(i, not r.happened[i] & Event.EMERGENCY, r, week)
            count += 1


@part
def take_turn(i, r, limit, used):
    """A bed for somebody whose turn has come, if the days that are left allow it; else another week
    of boarding, or home.
    """
    days, arrived = min(int(r.boarding[i]), WEEK), r.happened[i] & Event.EMERGENCY
    if used[HospitalFigure.OCCUPIED_DAYS] + days <= limit:
        used[HospitalFigure.OCCUPIED_DAYS] += days
        # Who boarded has had their crisis last week: given a bed now, the admission is certain.
        r.admission_chance[i] = float(r.admission_chance[i]) if arrived else 1.0
        admit(i, r)
    elif arrived:
        # A first week is boarded in the emergency department; after it there is no bed to wait for.
        used[HospitalFigure.BOARDING_DAYS + r.insurance[i]] += days
        r.happened[i] |= Event.BOARDED
    else:
        r.boarding[i] = 0
        r.since_need[i] = 0
        r.unmet[i] = 1


@part
def expect_admissions(r, rank, before, limit, week, p):
    """Chance of an admission for everybody at risk, with the beds left at their place in the line.

    Whether there is a bed for somebody hangs on others only, so that the sum has the mean of the
    count.
    """
    # The tie-break lies between 0 and 1; often the days left are the same for all of it. Days taken
    # only grow along the line, so that two ranks say who finds no bed and who a bed of any length.
    full, short = find_end(rank, before, limit, 1), find_end(rank, before, limit, WEEK)
    days, ranked, asks = np.empty(BLOCK, np.int64), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for low in range(0, r.key.size, BLOCK):
        high = min(low + BLOCK, r.key.size)
        asking = 0
        for i in range(low, high):
            # Whether somebody was in fact in line must not matter, or chance would come back into
            # what is expected of everybody.
            need, at_risk = -float(r.phq[i]), r.crisis_chance[i] > 0.0
            none = need - 1.0 > full
            r.admission_chance[i] = 0.0 if at_risk & none else r.admission_chance[i]
            asks[i - low] = 1 if at_risk & (need > short) & (not none) else 0
            asking += asks[i - low]
        if asking > 0:
            draw_stays_fast(low, high, r, ranked, days, week, p)
            for i in range(low, high):
                # Between the two, the own tie-break and the days of the own stay decide, both drawn
                # as if in line.
                if asks[i - low] == 1:
                    ahead = before[np.searchsorted(rank, ranked[i - low])]
                    if ahead + days[i - low] > limit:
                        r.admission_chance[i] = 0.0


@part
def find_end(rank, before, limit, days):
    """Rank beyond which so many more days are not left: above any where they always are, below any
    where they never are.
    """
    for place in range(before.size):
        if before[place] + days > limit:
            return rank[place - 1] if place > 0 else -np.inf
    return np.inf


@part
def draw_stays_fast(low, high, r, ranked, days, week, p):
    """`rank_need` and the days of `find_stay` within a week for a block of residents, many at
    once: where the ward is nearly full, it is asked of everybody.
    """
    for i in range(low, high):
        ranked[i - low] = rank_need(i, False, r, week)
    for i in range(low, high):
        days[i - low] = min(find_stay(i, r, week, p), WEEK)


@part
def admit(i, r):
    """Take a bed: the days to come become the stay."""
    # Counted from the last discharge, before this stay overwrites it.
    if r.discharged[i] < MONTH:
        r.happened[i] |= Event.READMITTED_30_DAYS
    if r.discharged[i] < YEAR:
        r.happened[i] |= Event.READMITTED_1_YEAR
    r.happened[i] |= Event.ADMITTED
    r.stay[i] = r.boarding[i]
    r.boarding[i] = 0
    # The time since a need of a bed runs from discharge: in the ward nobody is at large with it.
    r.since_need[i] = NEVER
    r.unmet[i] = 0
    r.admissions[i] = min(r.admissions[i] + 1, MOST_ADMISSIONS)


@part
def pass_week(r, supply, ward, used, week, p):
    """A week in the ward for everybody who has a bed."""
    for i in range(r.key.size):
        if r.stay[i] > 0:
            days = spend_week(i, r, supply, ward, week, p)
            r.ward_days[i] = days
            used[HospitalFigure.BED_DAYS + r.insurance[i]] += days


@part
def spend_week(i, r, supply, ward, week, p):
    """A week, or what is left of the stay, in the ward; days spent."""
    o = supply.services
    days = min(int(r.stay[i]), WEEK)
    # At most seven days a week; the last week may be shorter, and its free days serve others.
    r.stay[i] -= days
    # The ward's medication acts as any medication: the same rule, with the ward's row.
    r.relief[i] = gain(
        float(r.relief[i]),
        o.ceiling[ward, Channel.RELIEF],
        o.dose[ward],
        o.quality[ward],
        float(r.responsiveness[i]),
        p,
    )
    # What weighs outside weighs less inside.
    r.event_load[i] = float(r.event_load[i]) * p.ward_shelter
    if r.stay[i] <= 0:
        discharge(i, r, supply, week, p)
    return days


@part
def discharge(i, r, supply, week, p):
    """Leave the ward; most are referred on, urgently."""
    r.discharged[i] = 0
    r.since_need[i] = 0
    r.happened[i] |= Event.DISCHARGED
    referred, told, _, _ = draw(r.key[i], Stream.REFER, ALONE, week)
    # Treatment and informal support are referred to independently; none is a precondition.
    for sought in (Sought.TREATMENT, Sought.INFORMAL):
        if (told if sought == Sought.INFORMAL else referred) < p.aftercare:
            # Referral opens services that nobody can come to by themselves.
            search = Search(Stream.REFER, np.int64(Route.SERVICE), np.int64(sought), 0.0)
            service = choose_service(i, r, supply, search, week)
            if service >= 0:
                join_list(i, service, r, week.number)
