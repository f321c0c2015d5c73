"""Phase 12, record: count the week, for everybody and for every subgroup.

Sums are kept as whole numbers of 2**-24, which add up to the same total in any order: neither
threads nor the order of residents can change a figure.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.engine.fast_math import logistic
from sim.engine.kernels import loop, part, rule, table
from sim.engine.random import BLOCK
from sim.engine.team import NO_TEAM
from sim.outcomes import GROUP_KEYS, TOTAL_KEYS
from sim.state.codes import Employment, Event, KindParameter
from sim.state.residents import CARE_SLOTS
from sim.units import WEEKS_PER_YEAR
from sim.week.resident.help_seeking import is_in_need

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.engine.team import Team
    from sim.evidence.groups import Health
    from sim.state.groups import Week
    from sim.state.residents import Residents
    from sim.state.services import Offers


# Seven decimals, and room in 64 bits for 500 billion: no sum over a town comes near.
FIXED = 16_777_216.0
"""2**24: one in fixed point."""
ONE = np.int64(FIXED)

_enumerate: Any = IntEnum
"""Type checkers want the members spelled out, which is what the registry is there to spare."""
Total = _enumerate("Total", {key: k for k, key in enumerate(TOTAL_KEYS)}, module=__name__)
"""Places in `total`, by the key of the outcome: what is counted for the town as a whole."""
Cell = _enumerate("Cell", {key: k for k, key in enumerate((*GROUP_KEYS, "alive"))}, module=__name__)
"""Places in a row of `cells`, by the key of the outcome: what is counted for subgroups too."""


class Counts(NamedTuple):
    """What a week comes to, in fixed point: total (len(Total),); cells (n_cells, len(Cell)); named
    (n_combinations, len(Cell)), the same by combination of the named groups, where there are any.

    Two tables and not one of both: what is told is sums along one dimension, and a county's
    districts by all of its named groups would be more cells than people. person (len(Cell),) is
    scratch for whoever is added to both.
    """

    total: NDArray[np.int64]
    cells: NDArray[np.int64]
    named: NDArray[np.int64]
    person: NDArray[np.int64]


def open_counts(cells: int, named: int) -> Counts:
    """Counts of nothing, for so many subgroups and combinations of named groups."""
    shapes = (len(Total), (cells, len(Cell)), (named, len(Cell)), len(Cell))
    return Counts(*(np.zeros(shape, np.int64) for shape in shapes))


class Yardsticks(NamedTuple):
    """What is counted by: how states are read, and from which score on there is need."""

    health: Health
    need_phq: float


@rule
def score_ucla(loneliness, p):
    """UCLA-3 loneliness score of a level of loneliness, 3 to 9."""
    return 3.0 + 6.0 * logistic((loneliness - p.ucla_middle) / p.ucla_width)


@loop
def score_all(loneliness: NDArray[np.float32], p: Health) -> NDArray[np.float64]:
    """UCLA-3 scores (n,) of many people, for surveys."""
    scores = np.empty(loneliness.size)
    for i in range(loneliness.size):
        scores[i] = score_ucla(float(loneliness[i]), p)
    return scores


@rule
def value_week(phq, lonely, p):
    """Quality of life, 1 for full health: a norm less what symptoms and loneliness take, piecewise
    linear in PHQ-9.
    """
    # Slopes between the points at which the source values health states; flat below the first.
    loss = p.loss_minor * min(max(phq - 2.0, 0.0), 5.0) / 5.0
    loss += (p.loss_mild - p.loss_minor) * min(max(phq - 7.0, 0.0), 5.0) / 5.0
    loss += (p.loss_moderate - p.loss_mild) * min(max(phq - 12.0, 0.0), 5.0) / 5.0
    loss += (p.loss_severe - p.loss_moderate) * min(max(phq - 17.0, 0.0), 6.0) / 6.0
    return p.norm - loss - (p.loss_lonely if lonely else 0.0)


@rule
def lose_work(phq, inpatient, p):
    """Days of work lost in a week by somebody employed."""
    return 5.0 if inpatient else min(5.0, p.work_loss * max(0.0, phq - 4.0))


@rule
def fixed(amount):
    """An amount in fixed point."""
    # Rounded to nearest, or a sum of small chances would be too low.
    return np.int64(np.floor(amount * FIXED + 0.5))


def count_everybody(
    r: Residents, o: Offers, week: Week, p: Yardsticks, found: Counts, team: Team = NO_TEAM
) -> None:
    """Count the week into `found`; who is in the `team` shares the rows."""
    if team.size == 1:
        count(0, r.key.size, r, o, week, p, found, np.empty(BLOCK))
        return

    def count_range(start: int, stop: int) -> Counts:
        """Count the rows start..stop."""
        # Ranges count for themselves, so that no thread loses another's count.
        into = Counts(*map(np.zeros_like, found))
        count(start, stop, r, o, week, p, into, np.empty(BLOCK))
        return into

    # Whole numbers: the sums are the same whoever counts whom.
    for own, *parts in zip(found, *team.share(count_range, r.key.size), strict=True):
        np.sum(parts, axis=0, out=own)


@table
def count(start, stop, r, o, week, p, counts, qaly):
    """Count the week of the rows start..stop; `qaly` (BLOCK,) is scratch."""
    health, by_name, own = p.health, counts.named.shape[0] > 0, counts.person
    counts.total[:], counts.cells[:], counts.named[:] = 0, 0, 0
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        # Health of a block first, by itself: many are valued at once.
        for i in range(low, high):
            lonely = float(r.loneliness[i]) >= health.ucla_middle
            qaly[i - low] = value_week(float(r.phq[i]), lonely, health) * health.years_per_week
        for i in range(low, high):
            cell = counts.cells[r.cell[i]]
            if by_name:
                # By itself first, since it is added to two tables.
                own[:], cell = 0, own
            # Events also of those who died in the week; states of those alive.
            if r.happened[i] != 0:
                count_events(int(r.happened[i]), counts.total, cell)
            if r.alive[i] == 1:
                count_one(i, r, o, p, qaly[i - low], counts.total, cell)
            if by_name:
                for k in range(own.size):
                    counts.cells[r.cell[i], k] += own[k]
                    counts.named[r.member[i], k] += own[k]
        add_amounts(low, high, r, counts.total)
        add_work(low, high, r, health, counts.total)
        add_people(low, high, r, week, p.need_phq, counts.total)
        add_contacts(low, high, r, counts.total)


@part
def is_in_care(i, r, o):
    """Whether resident i is enrolled in a service that is care: no lesson, message or app."""
    for slot in range(CARE_SLOTS):
        s = int(r.care_service[i, slot]) - 1
        if s >= 0 and o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
            return True
    return False


@part
def count_one(i, r, o, p, qaly, total, cell):
    """Count somebody alive: symptoms, company, need, care, risk and the life of the week.

    The counting rule of an outcome is a line here (or in `count_events`, or, for many rows at once,
    where a block is added up): its column has the key of its row in `sim.outcomes`, in `cell` where
    it is kept by group, else in `total`.
    """
    phq, health = float(r.phq[i]), p.health
    need = ONE if is_in_need(phq, r.severe[i] == 1, r.episode[i], p.need_phq) else 0
    at_work = r.employment[i] == Employment.EMPLOYED
    enrolled = (
        r.care_service[i, 0] | r.care_service[i, 1] | r.care_service[i, 2] | r.care_service[i, 3]
    )
    cell[Cell.alive] += ONE
    cell[Cell.expected_admissions] += fixed(float(r.admission_chance[i]))
    cell[Cell.phq_mean] += fixed(phq)
    cell[Cell.phq_10_or_more] += ONE if phq >= 10.0 else 0
    cell[Cell.lonely] += ONE if float(r.loneliness[i]) >= health.ucla_middle else 0
    ties = r.close_ties[i] + float(r.company[i])
    cell[Cell.isolated] += ONE if ties <= 1.0 and r.alone[i] == 1 and not at_work else 0
    cell[Cell.in_need] += need
    cell[Cell.treated] += need if enrolled != 0 and need != 0 and is_in_care(i, r, o) else 0
    cell[Cell.expected_suicides] += fixed(float(r.suicide_hazard[i]))
    cell[Cell.qalys] += fixed(qaly)
    total[Total.peers] += ONE * r.peer[i]


# Most totals of the town are added up block by block, in local numbers and without a branch: every
# value is read whether or not the person lives, so that many rows are counted at once.
@part
def add_amounts(low, high, r, total):
    """Add up chances, ties and stigma of those of a block who live."""
    visits, needs, ties, stigma = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for i in range(low, high):
        visits += r.alive[i] * fixed(float(r.visit_chance[i]))
        needs += r.alive[i] * fixed(float(r.need_chance[i]))
    for i in range(low, high):
        ties += r.alive[i] * fixed(r.close_ties[i] + float(r.company[i]))
        stigma += r.alive[i] * fixed(float(r.stigma[i]))
    total[Total.expected_emergency_visits] += visits
    total[Total.bed_need_expected] += needs
    total[Total.ties_mean] += ties
    total[Total.stigma_mean] += stigma


@part
def add_work(low, high, r, health, total):
    """Add up days of work lost and hours of caring of those of a block who live."""
    days, hours = np.int64(0), np.int64(0)
    for i in range(low, high):
        at_work = (r.alive[i] == 1) & (r.employment[i] == Employment.EMPLOYED)
        lost = fixed(lose_work(float(r.phq[i]), r.stay[i] > 0, health))
        days += lost if at_work else 0
        cares = (r.alive[i] == 1) & (r.strain[i] > health.caregiver_from)
        given = fixed(health.caregiver_hours * float(r.strain[i]))
        hours += given if cares else 0
    total[Total.work_days_lost] += days
    total[Total.caregiver_hours] += hours


@part
def add_people(low, high, r, week, need_phq, total):
    """Count those of a block who live by how they are and by when they were last seen."""
    treated, untreated, recovered, waiting = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    year_ago = week.number - WEEKS_PER_YEAR
    for i in range(low, high):
        here, phq = r.alive[i] == 1, float(r.phq[i])
        need = is_in_need(phq, r.severe[i] == 1, r.episode[i], need_phq)
        treated += 1 if here & (r.last_session[i] > year_ago) else 0
        untreated += 1 if here & need & (r.last_session[i] <= year_ago) else 0
        recovered += 1 if here & (r.episodes[i] > 0) & (phq < 5.0) else 0
    for i in range(low, high):
        waits = (r.wait_service[i, 0] | r.wait_service[i, 1]) != 0
        waiting += 1 if (r.alive[i] == 1) & waits else 0
    total[Total.treated_past_year] += ONE * treated
    total[Total.untreated_year] += ONE * untreated
    total[Total.remission] += ONE * recovered
    total[Total.waiting] += ONE * waiting


@part
def add_contacts(low, high, r, total):
    """Count sessions and follow-ups after a stay of those of a block who live."""
    held, missed, followed = np.int64(0), np.int64(0), np.int64(0)
    for i in range(low, high):
        here = np.int64(r.alive[i])
        held += here * r.sessions[i]
        missed += here * r.missed[i]
        soon = (r.discharged[i] == 1) & (r.sessions[i] > 0)
        followed += 1 if (r.alive[i] == 1) & soon else 0
    total[Total.sessions] += ONE * held
    total[Total.missed_sessions] += ONE * missed
    total[Total.followed_up_7_days] += ONE * followed


@part
def count_events(happened, total, cell):
    """Count the events of somebody to whom something happened this week."""
    cell[Cell.emergency_visits] += ONE if happened & Event.EMERGENCY else 0
    cell[Cell.admissions] += ONE if happened & Event.ADMITTED else 0
    total[Total.crises] += ONE if happened & Event.CRISIS else 0
    total[Total.readmissions_30_days] += ONE if happened & Event.READMITTED_30_DAYS else 0
    total[Total.readmissions_1_year] += ONE if happened & Event.READMITTED_1_YEAR else 0
    total[Total.discharges] += ONE if happened & Event.DISCHARGED else 0
    total[Total.deaths] += ONE if happened & Event.DIED else 0
    total[Total.suicides] += ONE if happened & Event.SUICIDE else 0
    total[Total.new_episodes] += ONE if happened & Event.NEW_EPISODE else 0
    total[Total.gave_up_waiting] += ONE if happened & (Event.GAVE_UP | Event.DECLINED) else 0
    total[Total.started_care] += ONE if happened & Event.STARTED else 0
    total[Total.dropped_out] += ONE if happened & Event.LEFT_EARLY else 0
