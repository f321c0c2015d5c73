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
from sim.outcomes import GROUP_KEYS, TOTAL_KEYS
from sim.state.codes import Employment, Event, KindParameter
from sim.state.residents import CARE_SLOTS
from sim.units import WEEKS_PER_YEAR
from sim.week.resident.help_seeking import is_in_need

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.evidence.groups import Health

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
    """What a week comes to, in fixed point: total (len(Total),), cells (n_cells, len(Cell))."""

    total: NDArray[np.int64]
    cells: NDArray[np.int64]


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


@table
def count(r, o, week, p, counts, qaly):
    """Count everybody's week; `qaly` (BLOCK,) is scratch."""
    health = p.health
    for low in range(0, r.key.size, BLOCK):
        high = min(low + BLOCK, r.key.size)
        # Health of a block first: the only part that is vectorised.
        for i in range(low, high):
            lonely = float(r.loneliness[i]) >= health.ucla_middle
            qaly[i - low] = value_week(float(r.phq[i]), lonely, health) * health.years_per_week
        for i in range(low, high):
            # Events also of those who died in the week; states of those alive.
            if r.happened[i] != 0:
                count_events(int(r.happened[i]), counts.total, counts.cells[r.cell[i]])
            if r.alive[i] == 1:
                count_one(i, r, o, week, p, qaly[i - low], counts.total, counts.cells[r.cell[i]])


@part
def is_in_care(i, r, o):
    """Whether resident i is enrolled in a service that is care: no lesson, message or app."""
    for slot in range(CARE_SLOTS):
        s = int(r.care_service[i, slot]) - 1
        if s >= 0 and o.kind_parameters[s, KindParameter.LOW_INTENSITY] == 0.0:
            return True
    return False


@part
def count_one(i, r, o, week, p, qaly, total, cell):
    """Count somebody alive: symptoms, company, need, care, risk and the life of the week.

    The counting rule of an outcome is a line here (or in `count_events`): its column has the key
    of its row in `sim.outcomes`, in `cell` where it is kept by group, else in `total`.
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
    total[Total.expected_emergency_visits] += fixed(float(r.visit_chance[i]))
    total[Total.bed_need_expected] += fixed(float(r.need_chance[i]))
    total[Total.remission] += ONE if r.episodes[i] > 0 and phq < 5.0 else 0
    total[Total.ties_mean] += fixed(ties)
    total[Total.stigma_mean] += fixed(float(r.stigma[i]))
    lately = week.number - r.last_session[i] < WEEKS_PER_YEAR
    total[Total.treated_past_year] += ONE if lately else 0
    total[Total.untreated_year] += 0 if lately else need
    total[Total.waiting] += ONE if r.wait_service[i, 0] | r.wait_service[i, 1] != 0 else 0
    total[Total.sessions] += ONE * r.sessions[i]
    total[Total.missed_sessions] += ONE * r.missed[i]
    if at_work:
        total[Total.work_days_lost] += fixed(lose_work(phq, r.stay[i] > 0, health))
    if r.strain[i] > health.caregiver_from:
        total[Total.caregiver_hours] += fixed(health.caregiver_hours * float(r.strain[i]))
    total[Total.peers] += ONE * r.peer[i]
    total[Total.followed_up_7_days] += ONE if r.discharged[i] == 1 and r.sessions[i] > 0 else 0


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
