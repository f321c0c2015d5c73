"""Who comes: children of the town who turn 12, and people from elsewhere; each takes a place that
became free.

Who comes into a row is named by the row and by how many were there before, and rows become free by
age and chance alone: a newcomer is the same person in every scenario.
"""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import exp
from sim.engine.kernels import inner, loop
from sim.engine.random import ALONE, normal_of, uniforms
from sim.society.ages import PENSION, YOUNGEST
from sim.state.codes import Employment, Insurance, TieKind
from sim.state.draw_streams import Stream
from sim.state.ties import TIE_SLOTS, add_tie, remove_tie
from sim.week.turnover.departures import LEAVES, MOVES, WHOLE_HOME, find_year
from sim.week.turnover.homes import NOBODY, find_empty, join_home, leave_home

LOOKS = 12
"""Rounds of four looks at neighbours: for a family, for friends of childhood."""
FAMILY, LIKELY, BIRTH, LIKE, CLASSMATE = (np.uint64(number) for number in range(1, 6))
"""Partners of a newcomer's draws, by what is looked for."""
SAME_CLASS = 1.5
"""Years of age between friends of childhood."""
CHILDLESS, NO_PARENT = 0.02, 1e-3
"""Weight, among possible parents, of those without children under 12, and that of nobody's parent.
"""
BIRTHS_FROM, BIRTHS_TO = 20.0, 42.0
"""Years of age at which women of the town come to have children under 12."""
ALL_TIES = -1


@inner
def lose_ties(i, r, ties, kept):
    """End the ties of resident i, but for those of one kind."""
    slot = 0
    while slot < TIE_SLOTS and ties.neighbour[i, slot] != r.key.size:
        other, kind = int(ties.neighbour[i, slot]), int(ties.kind[i, slot])
        if kind == kept:
            slot += 1
            continue
        # Ties of home and work are not among the close ones.
        if kind not in (TieKind.HOME, TieKind.WORK):
            r.close_ties[i] -= 1
            r.close_ties[other] -= 1
        # The last tie moves into the slot, which is therefore looked at again.
        remove_tie(ties, i, other)


@inner
def find_family(i, r, homes, t, p):
    """A home nearby with somebody who could be a parent of resident i, most likely one with
    children under 12; -1 for none.
    """
    # Families are looked for nearby: a child of the town grew up in its neighbourhood.
    low, high = t.areas[r.neighbourhood[i]], t.areas[int(r.neighbourhood[i]) + 1]
    best, found = 0.0, -1
    for look in range(LOOKS):
        chances = uniforms(r.key[i], np.uint64(look), Stream.ENTER, FAMILY, t.seed)
        lots = uniforms(r.key[i], np.uint64(look), Stream.ENTER, LIKELY, t.seed)
        for k in range(4):
            other = low + int(chances[k] * (high - low))
            home = int(r.household[other])
            # A home from which the last has just gone: a row still names it.
            empty = homes.members[home] == 0
            if other == i or r.vacated[other] == 1 or home == r.household[i] or empty:
                continue
            # Most likely at the usual age of parents, as the census has it, and rather with younger
            # siblings.
            apart = (float(r.age[other]) - float(r.age[i]) - p.parent_gap) / p.parent_gap_sd
            weight = exp(-0.5 * apart * apart) * (1.0 if homes.children[home] > 0 else CHILDLESS)
            # Taken by the weight as a chance; after all looks the best that was found, so that
            # hardly anybody of twelve is left without a family.
            if lots[k] < weight:
                return home
            if weight > best:
                best, found = weight, home
    return found if best > NO_PARENT else -1


@inner
def give_birth(i, r, homes, t):
    """Home nearby to which a child is born, when resident i turns 12; that of `i` where none is."""
    low, high = t.areas[r.neighbourhood[i]], t.areas[int(r.neighbourhood[i]) + 1]
    for look in range(LOOKS):
        chances = uniforms(r.key[i], np.uint64(look), Stream.ENTER, BIRTH, t.seed)
        for k in range(4):
            other = low + int(chances[k] * (high - low))
            of_age = BIRTHS_FROM <= r.age[other] < BIRTHS_TO
            if r.female[other] == 1 and of_age and homes.members[int(r.household[other])] > 1:
                return int(r.household[other])
    return int(r.household[i])


@inner
def find_state(i, r, course, chance, online):
    """Work and connection of a newcomer, by age and income."""
    year = find_year(float(r.age[i]), course.leaving.size)
    r.online[i] = 1 if online < course.online[year, r.income[i]] else 0
    r.place[i] = 0
    # Where rounding leaves a chance over, a pupil: most who come are.
    r.employment[i] = Employment.STUDENT
    for state in range(course.work.shape[2]):
        chance -= course.work[year, r.income[i], state]
        if chance < 0.0:
            r.employment[i] = state
            return


@inner
def house_newcomer(i, empty, r, ties, homes, t, p):
    """Give a newcomer a home: those who turn 12 one with parents, others one of their own.

    Whoever comes from elsewhere is in the circumstances of a resident. Returns where to look for
    the next empty home.
    """
    like, _, size, sign = uniforms(r.key[i], ALONE, Stream.ENTER, LIKE, t.seed)
    low, high = t.areas[r.neighbourhood[i]], t.areas[int(r.neighbourhood[i]) + 1]
    # Age 12: a child of this town; older newcomers come from elsewhere.
    child = r.age[i] < YOUNGEST + 1
    home = find_family(i, r, homes, t, p) if child else -1
    # Whoever comes from elsewhere is as rich and as insured as somebody of the neighbourhood: it
    # stays what it is.
    other = homes.first[home] if home >= 0 else low + int(like * (high - low))
    r.income[i] = r.income[other]
    r.member[i] = r.member[other]
    r.insurance[i] = r.insurance[other]
    if r.age[i] >= PENSION:
        r.insurance[i] = Insurance.PUBLIC
    if home >= 0:
        join_home(i, home, 0, r, ties, homes, t.week_number)
        # Until now the child was a number of its home; for each who turns 12 another is born.
        if homes.children[home] > 0:
            homes.children[home] -= 1
            homes.children[give_birth(i, r, homes, t)] += 1
        return empty
    empty = find_empty(homes, empty)
    r.home_circumstances[i] = p.circumstances_home * normal_of(size, sign)
    join_home(i, empty, 0, r, ties, homes, t.week_number)
    return empty


@loop
def arrive(r, ties, homes, course, t, p, fate):
    """Put somebody new in every row that became free or whose home moved: name, age, home and
    circumstances, not yet who they are inside. Returns how many turned 12.
    """
    count, empty, born = r.key.size, 0, 0
    for i in range(count):
        if fate[i] == MOVES:
            lose_ties(i, r, ties, TieKind.HOME)
            # Another home in the same place: those who live together have one draw.
            _, _, size, sign = uniforms(r.household[i], t.week, Stream.TURN, WHOLE_HOME, t.seed)
            r.home_circumstances[i] = p.circumstances_home * normal_of(size, sign)
            # The next key of the place: modulo the number of rows, it stays in the town's order.
            r.key[i] += count
        elif fate[i] == LEAVES:
            lose_ties(i, r, ties, ALL_TIES)
            leave_home(i, r, ties, homes)
            r.key[i] += count
            r.vacated[i] = 0
    # Second pass: homes and ties of all who leave have ended, so that nobody joins a home that is
    # going.
    for i in range(count):
        if fate[i] != LEAVES:
            continue
        which, part_of_year, sex, work = uniforms(r.key[i], ALONE, Stream.ENTER, ALONE, t.seed)
        # From the shares of ages at which people come, which keep the town as old as it is.
        year = int(np.searchsorted(course.coming, which))
        r.age[i] = YOUNGEST + year + part_of_year * (t.share if year == 0 else 1.0)
        r.female[i] = 1 if sex < t.female else 0
        empty = house_newcomer(i, empty, r, ties, homes, t, p)
        _, online, _, _ = uniforms(r.key[i], ALONE, Stream.ENTER, LIKE, t.seed)
        find_state(i, r, course, work, online)
        born += 1 if year == 0 else 0
    return born


@loop
def tie_households(r, ties, homes, t, fate):
    """Tie everybody of a home that moved in with each other: those who follow somebody who died
    had no ties left.
    """
    for i in range(r.key.size):
        if fate[i] == MOVES:
            other = homes.first[int(r.household[i])]
            while other != NOBODY:
                if other != i:
                    add_tie(ties, i, other, TieKind.HOME, t.week_number)
                other = homes.after[other]


@loop
def form_childhood_ties(r, ties, t, fate):
    """Friends whom those who turn 12 know from school: others of their age nearby who would have
    more friends too. Returns how many.
    """
    formed = 0
    for i in range(r.key.size):
        if fate[i] != LEAVES or r.age[i] >= YOUNGEST + 1:
            continue
        low, high = t.areas[r.neighbourhood[i]], t.areas[int(r.neighbourhood[i]) + 1]
        for look in range(LOOKS):
            chances = uniforms(r.key[i], np.uint64(look), Stream.ENTER, CLASSMATE, t.seed)
            # As for the family: nearby, of the same class, and looking for friends themselves.
            for k in range(4):
                other = low + int(chances[k] * (high - low))
                alike = abs(float(r.age[other]) - float(r.age[i])) <= SAME_CLASS
                missing = r.close_ties[i] < r.sociability[i]
                missed = r.close_ties[other] < r.sociability[other] and r.alive[other] == 1
                if (
                    alike
                    and missing
                    and missed
                    and add_tie(ties, i, other, TieKind.FRIEND, t.week_number)
                ):
                    r.close_ties[i] += 1
                    r.close_ties[other] += 1
                    formed += 1
    return formed
