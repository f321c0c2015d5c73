"""Phase 12, record: count the week, for everybody and for every subgroup.

Sums are kept as whole numbers of 2**-24, which add up to the same total in any order: neither
threads nor the order of residents can change a figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import logistic
from sim.engine.kernels import loop, part, rule, table
from sim.engine.random import BLOCK
from sim.state.codes import Employment, Event
from sim.state.residents import CARE_SLOTS
from sim.week.resident.help_seeking import is_in_need

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.evidence.parameters import Health

FIXED = 16_777_216.0
"""2**24: one in fixed point."""
ONE = np.int64(FIXED)

# Totals of the week, in the order of the array `total`.
TOTALS = (
    "admissions",
    "expected_admissions",
    "emergency_visits",
    "expected_emergency_visits",
    "crises",
    "readmissions_30_days",
    "readmissions_1_year",
    "discharges",
    "followed_up_7_days",
    "phq_mean",
    "phq_10_or_more",
    "remission",
    "new_episodes",
    "lonely",
    "isolated",
    "ties_mean",
    "stigma_mean",
    "in_need",
    "treated",
    "treated_past_year",
    "waiting",
    "gave_up_waiting",
    "sessions",
    "missed_sessions",
    "started_care",
    "dropped_out",
    "deaths",
    "suicides",
    "expected_suicides",
    "qalys",
    "work_days_lost",
    "caregiver_hours",
    "peers",
    "alive",
    "untreated_year",
    "bed_need_expected",
)
# Columns of the subgroup table, in the order of `cells`: the keys by group, then people alive.
SUBGROUP_KEYS = (
    "admissions",
    "expected_admissions",
    "emergency_visits",
    "phq_mean",
    "phq_10_or_more",
    "lonely",
    "isolated",
    "in_need",
    "treated",
    "expected_suicides",
    "qalys",
    "alive",
)


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
    return np.int64(np.floor(amount * FIXED + 0.5))


@table
def count(start, stop, r, low_intensity, week_number, need_phq, p, total, subgroup_totals, scratch):
    """Count the rows start..stop into `total` (n_totals,) and `cells` (n_cells, n_grouped), both
    int64 fixed point.
    """
    qaly = scratch[0]
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        for i in range(low, high):
            qaly[i - low] = (
                value_week(float(r.phq[i]), float(r.loneliness[i]) >= p.ucla_middle, p)
                * p.years_per_week
            )
        for i in range(low, high):
            if r.happened[i] != 0:
                count_events(int(r.happened[i]), total, subgroup_totals[r.cell[i]])
            if r.alive[i] == 1:
                count_one(
                    i,
                    r,
                    low_intensity,
                    qaly[i - low],
                    week_number,
                    need_phq,
                    p,
                    total,
                    subgroup_totals[r.cell[i]],
                )


@part
def is_in_care(i, r, low_intensity):
    """Whether resident i is enrolled in a service that is care: no lesson, message or app."""
    for slot in range(CARE_SLOTS):
        service = int(r.care_service[i, slot]) - 1
        if service >= 0 and low_intensity[service] == 0.0:
            return True
    return False


@part
def count_one(i, r, low_intensity, qaly, week_number, need_phq, p, total, cell):
    """Count somebody alive: symptoms, company, need, care, risk and the life of the week."""
    phq = float(r.phq[i])
    lonely = ONE if float(r.loneliness[i]) >= p.ucla_middle else 0
    isolated = (
        ONE
        if r.close_ties[i] <= 1 and r.alone[i] == 1 and r.employment[i] != Employment.EMPLOYED
        else 0
    )
    depressed = ONE if phq >= 10.0 else 0
    need = ONE if is_in_need(phq, r.severe[i] == 1, r.episode[i], need_phq) else 0
    enrolled = (
        r.care_service[i, 0] | r.care_service[i, 1] | r.care_service[i, 2] | r.care_service[i, 3]
    )
    treated = need if enrolled != 0 and need != 0 and is_in_care(i, r, low_intensity) else 0
    admission, symptoms, risk, life = (
        fixed(float(r.admission_chance[i])),
        fixed(phq),
        fixed(float(r.suicide_hazard[i])),
        fixed(qaly),
    )
    cell[1] += admission
    cell[3] += symptoms
    cell[4] += depressed
    cell[5] += lonely
    cell[6] += isolated
    cell[7] += need
    cell[8] += treated
    cell[9] += risk
    cell[10] += life
    cell[11] += ONE
    total[3] += fixed(float(r.visit_chance[i]))
    total[35] += fixed(float(r.need_chance[i]))
    total[11] += ONE if r.episodes[i] > 0 and phq < 5.0 else 0
    total[15] += ONE * r.close_ties[i]
    total[16] += fixed(float(r.stigma[i]))
    lately = week_number - r.last_session[i] < 52
    total[19] += ONE if lately else 0
    total[34] += 0 if lately else need
    total[20] += ONE if r.wait_service[i, 0] | r.wait_service[i, 1] != 0 else 0
    total[22] += ONE * r.sessions[i]
    total[23] += ONE * r.missed[i]
    if r.employment[i] == Employment.EMPLOYED:
        total[30] += fixed(lose_work(phq, r.stay[i] > 0, p))
    if r.strain[i] > p.caregiver_from:
        total[31] += fixed(p.caregiver_hours * float(r.strain[i]))
    total[32] += ONE * r.peer[i]
    if r.discharged[i] == 1 and r.sessions[i] > 0:
        total[8] += ONE


FROM_CELLS = (
    (0, 0),
    (1, 1),
    (2, 2),
    (9, 3),
    (10, 4),
    (13, 5),
    (14, 6),
    (17, 7),
    (18, 8),
    (28, 9),
    (29, 10),
    (33, 11),
)
"""Totals that are sums over subgroups: place in TOTALS, column of GROUPED."""


@part
def count_events(happened, total, cell):
    """Count the events of somebody to whom something happened this week."""
    one = ONE
    total[4] += one if happened & Event.CRISIS else 0
    cell[2] += one if happened & Event.EMERGENCY else 0
    cell[0] += one if happened & Event.ADMITTED else 0
    total[5] += one if happened & Event.READMITTED_30_DAYS else 0
    total[6] += one if happened & Event.READMITTED_1_YEAR else 0
    total[7] += one if happened & Event.DISCHARGED else 0
    total[26] += one if happened & Event.DIED else 0
    total[27] += one if happened & Event.SUICIDE else 0
    total[12] += one if happened & Event.NEW_EPISODE else 0
    total[21] += one if happened & Event.GAVE_UP else 0
    total[24] += one if happened & Event.STARTED else 0
    total[25] += one if happened & Event.LEFT_EARLY else 0
