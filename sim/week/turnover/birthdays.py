"""What age brings: work and school that begin and end, severe illness that sets in or passes,
traits that change with age.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import inner, loop, rule
from sim.engine.random import ALONE, uniforms
from sim.society.ages import ADULT, PENSION
from sim.society.initial_state import OLD
from sim.state.codes import Employment, Insurance, TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import TIE_SLOTS, add_tie, remove_tie
from sim.week.turnover.departures import find_year

COLLEAGUES = 2
"""Most people at work or school whom somebody wishes to know well: two in three do, others one."""
LOOKS = 12
"""Rounds of four looks at others who work or learn in town."""
MOST_ASKED = 60
"""Others at the same place who are asked at most."""
CLASS_YEARS, LIKE_INCOME = 1.5, 1
"""Years of age between classmates, fifths of income between colleagues."""
NOBODY = -1
"""End of a list of those at one place."""


@rule
def move_on(state, before, after, anew, stays, goes, states):
    """State after a birthday, from shares `before` and `after` it: as few change as have to,
    besides the share `anew` drawn again.

    Whoever is in a state that becomes rarer leaves it with just that chance, to those that become
    more common: with states in shares `before`, they are in shares `after`. `stays` and `goes` are
    uniform chances.
    """
    again = stays < anew
    # What is left of the uniform is uniform again: one draw decides both.
    kept = (stays - anew) / max(1.0 - anew, 1e-12)
    # Only whoever is in a state that becomes rarer can have to leave it.
    if not again and (before[state] <= after[state] or kept * before[state] < after[state]):
        return state
    total = 0.0
    for s in range(states):
        total += after[s] if again else max(after[s] - before[s], 0.0)
    # Straight from shares: people move to the states that gain, in proportion to their gain.
    left = goes * total
    for s in range(states):
        left -= after[s] if again else max(after[s] - before[s], 0.0)
        if left < 0.0:
            return s
    # Rounding alone leads here.
    return state


@inner
def leave_place(i, r, ties):
    """Leave school or work, and those whom one knows from there."""
    r.place[i] = 0
    slot = 0
    while slot < TIE_SLOTS and ties.neighbour[i, slot] != r.key.size:
        if ties.kind[i, slot] == TieKind.WORK:
            remove_tie(ties, i, int(ties.neighbour[i, slot]))
        else:
            slot += 1


@inner
def count_colleagues(i, ties):
    """How many people resident i knows from work or school."""
    count = 0
    for slot in range(TIE_SLOTS):
        count += 1 if ties.kind[i, slot] == TieKind.WORK else 0
    return count


@inner
def is_fellow(i, other, r):
    """Whether two people could learn or work at the same place."""
    if (
        other == i
        or r.alive[other] == 0
        or r.place[other] == 0
        or r.employment[other] != r.employment[i]
    ):
        return False
    if r.place[i] != 0 and r.place[other] != r.place[i]:
        return False
    if r.employment[i] == Employment.EMPLOYED:
        return abs(float(r.income[other]) - float(r.income[i])) <= LIKE_INCOME
    return abs(float(r.age[other]) - float(r.age[i])) <= CLASS_YEARS


@inner
def find_place(i, r, t):
    """Learn or work where somebody alike does; pupils, in the neighbourhood."""
    # Pupils go to school where they live; others work anywhere.
    local = r.employment[i] == Employment.STUDENT and r.age[i] < ADULT
    area = int(r.neighbourhood[i])
    low, high = (t.areas[area], t.areas[area + 1]) if local else (0, r.key.size)
    for look in range(LOOKS):
        chances = uniforms(r.key[i], t.week, Stream.BIRTHDAY, np.uint64(look + 1), t.seed)
        for k in range(4):
            other = low + int(chances[k] * (high - low))
            if is_fellow(i, other, r):
                r.place[i] = r.place[other]
                return


@inner
def meet_fellows(i, r, ties, first, after, week_number):
    """Come to know people at the same school or place of work, those whose addresses come next;
    pupils, those of their class.
    """
    if r.place[i] == 0:
        return
    # By key, without a draw: two in three wish for two colleagues, the others for one.
    missing = (COLLEAGUES if int(r.key[i]) % 3 > 0 else 1) - count_colleagues(i, ties)
    other = after[i]
    # A bounded number is asked: at a large employer nobody looks through everybody.
    for _ in range(MOST_ASKED):
        other = first[r.place[i]] if other == NOBODY else other
        if missing <= 0 or other in (i, NOBODY):
            return
        if is_fellow(i, other, r) and count_colleagues(other, ties) <= COLLEAGUES:
            missing -= 1 if add_tie(ties, i, other, TieKind.WORK, week_number) else 0
        other = after[other]


@inner
def list_places(r, first, after):
    """Enter everybody in the list of their school or place of work: `first` by place, `after` by
    row.
    """
    first[:] = NOBODY
    # From the last row to the first, so that each list is in the order of rows.
    for row in range(r.key.size):
        i = r.key.size - 1 - row
        after[i] = first[r.place[i]]
        first[r.place[i]] = i


@inner
def change_work(i, r, ties, course, year, anew, stays, goes):
    """Go on from one birthday to the next at work, at school or without."""
    before, after = course.work[max(year - 1, 0), r.income[i]], course.work[year, r.income[i]]
    state = move_on(int(r.employment[i]), before, after, anew, stays, goes, after.size)
    if state != r.employment[i]:
        leave_place(i, r, ties)
        r.employment[i] = state


@inner
def change_illness(i, r, course, year, p, chances):
    """A severe illness sets in or passes, by age and chance alone."""
    before, after = course.severe[max(year - 1, 0)], course.severe[year]
    stays, goes, psychotic = chances
    ill = r.severe[i] > 0
    # As shares by age say, less those who recover: what is missing sets in anew.
    kept = min(1.0, after / max(before, 1e-12)) * (1.0 - p.severe_passing)
    begins = max(after - before * kept, 0.0) / max(1.0 - before, 1e-12)
    if ill and stays >= kept:
        r.severe[i], r.psychotic[i] = 0, 0
        # The same shift by which the ill were made at the start, taken back.
        r.trait[i] = float(r.trait[i]) - p.trait_severe
        r.temperament[i] = float(r.temperament[i]) - p.temperament_severe
    elif not ill and goes < begins:
        r.severe[i], r.psychotic[i] = 1, 1 if psychotic < p.psychotic else 0
        r.trait[i] = float(r.trait[i]) + p.trait_severe
        r.temperament[i] = float(r.temperament[i]) + p.temperament_severe


@inner
def change_connection(i, r, course, year, chance):
    """Be connected or not, by age and income."""
    before, after = course.online[max(year - 1, 0), r.income[i]], course.online[year, r.income[i]]
    if r.online[i] == 1 and chance * before >= after:
        r.online[i] = 0
    elif r.online[i] == 0 and chance * (1.0 - before) < after - before:
        r.online[i] = 1


@inner
def have_birthday(i, r, ties, course, t, p):
    """A year of age more: illness, work, insurance and connection change as far as they have to."""
    year = find_year(float(r.age[i]), course.leaving.size)
    stays, goes, sick, well = uniforms(r.key[i], t.week, Stream.BIRTHDAY, ALONE, t.seed)
    change_illness(i, r, course, year, p, (sick, well, stays))
    change_work(i, r, ties, course, year, p.work_anew, stays, goes)
    change_connection(i, r, course, year, goes)
    # From the age of pension on everybody is publicly insured.
    if r.age[i] >= PENSION:
        r.insurance[i] = Insurance.PUBLIC


@loop
def grow_older(r, ties, course, t, p):
    """Carry a part of a year of age over all residents, and the birthdays in it."""
    first = np.empty(int(r.place.max()) + 1, np.int64)
    after = np.empty(r.key.size, np.int64)
    list_places(r, first, after)
    for i in range(r.key.size):
        age = float(r.age[i])
        # Once a quarter, the part of a year's change that falls on it.
        if ADULT <= age < OLD:
            r.trait[i] = float(r.trait[i]) + p.trait_age * t.share
            r.temperament[i] = float(r.temperament[i]) + p.temperament_age * t.share
        # No birthday within this quarter.
        if np.floor(age) == np.floor(age - t.share):
            continue
        have_birthday(i, r, ties, course, t, p)
        if r.alive[i] == 1 and r.employment[i] in (Employment.EMPLOYED, Employment.STUDENT):
            if r.place[i] == 0:
                find_place(i, r, t)
            meet_fellows(i, r, ties, first, after, t.week_number)
