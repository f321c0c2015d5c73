"""The psychiatric ward: who gets a bed, who boards, a week of the stay, discharge."""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop, part
from sim.engine.priority_queue import order_by
from sim.engine.random import ALONE, draw
from sim.state.codes import Channel, Event, HospitalFigure, Route, Sought
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list
from sim.state.groups import Search, Supply
from sim.week.resident.care import gain
from sim.week.resident.service_choice import choose_service

MOST_ADMISSIONS = 250
"""Admissions of a person that are counted at most."""

MONTH, YEAR = 5, 53
"""Weeks within which an admission is one within 30 days, and within a year, counted from the week
of discharge.
"""

BOARDED_FIRST = 30.0
"""Rank of those who boarded last week, beyond any score of PHQ-9."""


@part
def discharge(i, r, supply, week, p):
    """Leave the ward; most are referred on, urgently."""
    r.discharged[i] = 0
    r.happened[i] |= Event.DISCHARGED
    referred, told, _, _ = draw(r.key[i], Stream.REFER, ALONE, week)
    for sought in (Sought.TREATMENT, Sought.INFORMAL):
        if (told if sought == Sought.INFORMAL else referred) < p.aftercare:
            search = Search(Stream.REFER, np.int64(Route.SERVICE), np.int64(sought), 0.0)
            service = choose_service(i, r, supply, search, week)
            if service >= 0:
                join_list(i, service, r, week.number)


@part
def admit(i, r):
    """Take a bed: the days to come become the stay."""
    if r.discharged[i] < MONTH:
        r.happened[i] |= Event.READMITTED_30_DAYS
    if r.discharged[i] < YEAR:
        r.happened[i] |= Event.READMITTED_1_YEAR
    r.happened[i] |= Event.ADMITTED
    r.stay[i] = r.boarding[i]
    r.boarding[i] = 0
    r.admissions[i] = min(r.admissions[i] + 1, MOST_ADMISSIONS)


@part
def spend_week(i, r, supply, ward, week, p):
    """A week, or what is left of the stay, in the ward; days spent."""
    o = supply.services
    days = min(int(r.stay[i]), 7)
    r.stay[i] -= days
    r.relief[i] = gain(
        float(r.relief[i]),
        o.ceiling[ward, Channel.RELIEF],
        o.dose[ward],
        o.quality[ward],
        float(r.responsiveness[i]),
        p,
    )
    r.event_load[i] = float(r.event_load[i]) * p.ward_shelter
    if r.stay[i] <= 0:
        discharge(i, r, supply, week, p)
    return days


@loop
def run_ward(r, services, ward, used, week, p, choice):
    """Run the ward for a week: those who stay keep their beds, then those who need one get it, the
    most ill first.
    """
    used[:] = 0
    waiting = count_ward(r, used)
    if waiting > 0:
        line, rank = np.empty(waiting, np.int64), np.empty(waiting)
        line_up(r, line, rank, week)
        for position in order_by(rank):
            i = line[position]
            days = min(int(r.boarding[i]), 7)
            if ward.row >= 0 and used[HospitalFigure.OCCUPIED_DAYS] + days <= 7 * ward.beds:
                used[HospitalFigure.OCCUPIED_DAYS] += days
                admit(i, r)
            else:
                used[HospitalFigure.BOARDING_DAYS] += days
                r.happened[i] |= Event.BOARDED
                if not r.happened[i] & Event.EMERGENCY:
                    r.boarding[i] = 0
    if used[HospitalFigure.OCCUPIED_DAYS] > 0:
        pass_week(r, Supply(services, choice), ward.row, used, week, p)


@part
def count_ward(r, used):
    """Count visits by insurance and the days of those who stay; people who wait for a bed.

    The dead leave.
    """
    waiting = 0
    for i in range(r.key.size):
        if r.happened[i] & Event.EMERGENCY:
            used[HospitalFigure.VISITS + r.insurance[i]] += 1
        if r.stay[i] > 0 or r.boarding[i] > 0:
            if r.alive[i] == 0:
                r.stay[i] = 0
                r.boarding[i] = 0
            used[HospitalFigure.OCCUPIED_DAYS] += min(int(r.stay[i]), 7)
            waiting += 1 if r.boarding[i] > 0 else 0
    return waiting


@part
def line_up(r, line, rank, week):
    """Who waits for a bed, with a rank: those who boarded last week first, then the most ill."""
    count = 0
    for i in range(r.key.size):
        if r.boarding[i] > 0:
            tie_break, _, _, _ = draw(r.key[i], Stream.STAY, np.uint64(1), week)
            line[count] = i
            rank[count] = -(
                float(r.phq[i])
                + tie_break
                + (BOARDED_FIRST if not r.happened[i] & Event.EMERGENCY else 0.0)
            )
            count += 1


@part
def pass_week(r, supply, ward, used, week, p):
    """A week in the ward for everybody who has a bed."""
    for i in range(r.key.size):
        if r.stay[i] > 0:
            days = spend_week(i, r, supply, ward, week, p)
            used[HospitalFigure.BED_DAYS + r.insurance[i]] += days
            used[HospitalFigure.BEDS_KEPT] += 1 if r.stay[i] > 0 else 0
