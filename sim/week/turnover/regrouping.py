"""Homes that form and part: grown children move out, people move in together or part.

Shares of each age who live alone or with a generation above stay as they are at the start: where
too many do, more leave or find company, where too few do, more part. Nobody's state counts in it,
so that homes are the same in every scenario.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import inner, loop, rule
from sim.engine.random import ALONE, uniforms
from sim.society.ageing.life_course import GENERATION, HOME_BANDS
from sim.society.ages import ADULT
from sim.state.draw_streams import Stream
from sim.week.turnover.arrivals import find_family
from sim.week.turnover.departures import find_year
from sim.week.turnover.homes import find_empty, join_home, leave_home

PARTNER_LOOKS = 10
"""Rounds of four looks at people who live alone."""
BAND_COUNT = len(HOME_BANDS)
MOVE_OUT, MOVE_IN, PART, FIND_FAMILY = 1, 2, 3, 4
"""What somebody might do: leave the generation above, move in with somebody, part; minors who lost
their parents find a family.
"""
MEMBERS, LIVE_ALONE, WITH_PARENTS = 0, 1, 2
"""Columns of the counts by band of age."""


@rule
def find_band(age, course):
    """Band of age whose shares at home are kept; -1 for minors."""
    return course.band[find_year(age, course.band.size)]


@inner
def count_bands(r, homes, course, counts):
    """Count by band of age: people, those alone, those with a generation above."""
    counts[:] = 0.0
    for i in range(r.key.size):
        band = find_band(float(r.age[i]), course)
        if band < 0:
            continue
        home = int(r.household[i])
        counts[band, MEMBERS] += 1.0
        if homes.members[home] == 1:
            counts[band, LIVE_ALONE] += 1.0
        elif homes.oldest[home] - float(r.age[i]) >= GENERATION:
            counts[band, WITH_PARENTS] += 1.0


@inner
def find_company(i, r, homes, singles, upto, t, p):
    """Home of somebody who lives alone nearby, of about the same age and mostly of the other sex;
    -1 for none. `singles`, `upto`: as `list_singles` leaves them.
    """
    low, high = upto[r.neighbourhood[i]], upto[int(r.neighbourhood[i]) + 1]
    if high <= low:
        return -1
    # Couples differ more in age the older they are.
    most = p.company_gap + p.company_gap_rise * (float(r.age[i]) - ADULT)
    for look in range(PARTNER_LOOKS):
        chances = uniforms(r.key[i], t.week, Stream.HOMES, np.uint64(look + 1), t.seed)
        for k in range(4):
            other = singles[low + int(chances[k] * (high - low))]
            # Listed before anybody moved: who has found company since is not asked.
            if other == i or homes.members[int(r.household[other])] != 1:
                continue
            # Another of the four uniforms decides about the sex that is looked for: they are
            # independent.
            wanted = r.female[other] != r.female[i] or chances[(k + 1) % 4] >= p.opposite_sex
            if wanted and abs(float(r.age[other]) - float(r.age[i])) <= most:
                return int(r.household[other])
    return -1


@inner
def list_singles(r, homes, singles, upto):
    """Rows of adults who live alone, in order of neighbourhood, into `singles`; `upto`
    (neighbourhoods + 1,): where each begins.
    """
    count, area = 0, 0
    upto[0] = 0
    for i in range(r.key.size):
        while area < int(r.neighbourhood[i]):
            area += 1
            upto[area] = count
        if homes.members[int(r.household[i])] == 1 and r.age[i] >= ADULT:
            singles[count] = i
            count += 1
    while area + 1 < upto.size:
        area += 1
        upto[area] = count


@inner
def expect_change(i, r, homes, counts, course, p):
    """What resident i might do, and the chance; whoever has children at home does not leave them
    alone.
    """
    band, home = find_band(float(r.age[i]), course), int(r.household[i])
    if band < 0:
        return FIND_FAMILY, 1.0 if homes.oldest[home] < ADULT else 0.0
    people, alone = counts[band, MEMBERS], counts[band, LIVE_ALONE]
    young = counts[band, WITH_PARENTS]
    missing = course.alone[band] * people - alone
    if homes.members[home] == 1:
        # Half the excess, since two stop living alone when one moves in.
        return MOVE_IN, max(-missing, 0.0) / (2.0 * max(alone, 1.0))
    # The generation below leaves; parents stay in the home.
    if homes.oldest[home] - float(r.age[i]) >= GENERATION:
        leaving = young - course.with_parents[band] * people
        return MOVE_OUT, max(leaving, 0.0) / max(young, 1.0)
    together = max(people - alone - young, 1.0)
    chance = p.separating + max(missing, 0.0) / (2.0 * together)
    return PART, chance if homes.elders[home] > 1 else 0.0


@loop
def regroup(r, ties, homes, course, t, p):
    """Let people move out, in together and apart; returns how many moved."""
    counts, upto = np.empty((BAND_COUNT, 3)), np.empty(t.areas.size, np.int64)
    singles = np.empty(r.key.size, np.int64)
    count_bands(r, homes, course, counts)
    list_singles(r, homes, singles, upto)
    empty, moved = 0, 0
    for i in range(r.key.size):
        what, chance = expect_change(i, r, homes, counts, course, p)
        if chance <= 0.0:
            continue
        acts, _, _, _ = uniforms(r.key[i], t.week, Stream.HOMES, ALONE, t.seed)
        if acts >= chance:
            continue
        band, home = find_band(float(r.age[i]), course), -1
        if what == FIND_FAMILY:
            home = find_family(i, r, homes, t, p)
        # Who leaves home lives alone where too few do, else with somebody.
        elif what == MOVE_IN or (
            what == MOVE_OUT
            and counts[band, LIVE_ALONE] >= course.alone[band] * counts[band, MEMBERS]
        ):
            home = find_company(i, r, homes, singles, upto, t, p)
        # Nobody was found: nothing changes, and the next turnover looks again.
        if home == r.household[i] or (home < 0 and what in (MOVE_IN, FIND_FAMILY)):
            continue
        children = leave_home(i, r, ties, homes)
        empty = find_empty(homes, empty)
        join_home(i, home if home >= 0 else empty, children, r, ties, homes, t.week_number)
        moved += 1
    return moved
