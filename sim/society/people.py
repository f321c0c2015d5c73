"""What people are besides their age: sex, work, insurance, a device and a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draws import stream
from sim.society.households import HEAD, PARTNER
from sim.society.quotas import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.people import Insurance
    from sim.society.households import Homes

NOT_IN_WORK, EMPLOYED, STUDENT, RETIRED = 0, 1, 2, 3
UNINSURED, PUBLIC, PRIVATE = 0, 1, 2

# By income fifth, poorest first. Uninsured: 20.2% below the poverty line, 4.3% above four times it, 10.9%
# of ages 18-64 in all (records uninsured_poor_2023, uninsured_2023). The others are assumptions: relative weights.
UNINSURED_WEIGHT = np.array([17.5, 14.0, 11.0, 7.5, 4.3])
PUBLIC_WEIGHT = np.array([10.0, 5.0, 2.0, 1.0, 0.5])
WORK_WEIGHT = np.array([0.45, 0.8, 1.0, 1.15, 1.25])
OFFLINE_WEIGHT = np.array([3.5, 2.0, 1.3, 1.0, 0.6])
# Assumptions, near the US labour statistics: at work at 65-74 and later; studying or retired among those not at work.
WORK_FROM_65, WORK_FROM_75 = 0.26, 0.08
STUDYING_UNDER_25, STUDYING_UNDER_30, RETIRED_FROM_55 = 0.65, 0.12, 0.45


def draw_sex(homes: Homes, female: float, seed: int) -> NDArray[np.uint8]:
    """1 for female: exactly the declared share; couples mostly one of each; more women in old age.

    Everybody gets a score and the lowest are female; partners get opposite scores, so that a cut near
    the middle parts them.
    """
    rng = stream(seed, "society.sex")
    n = homes.age.size
    score = rng.random(n) - 0.2 * ((homes.age >= 75) & (homes.role != PARTNER))
    partner = np.flatnonzero(homes.role == PARTNER)
    partner = partner[partner > 0]
    partner = partner[homes.role[partner - 1] == HEAD]
    opposite = partner[rng.random(partner.size) < 0.97]
    score[opposite] = 1.0 - score[opposite - 1]
    sex = np.zeros(n, dtype=np.uint8)
    count = round(female * n)
    sex[np.argpartition(score, count)[:count] if count < n else slice(None)] = 1
    return sex


def draw_employment(age: NDArray[np.float32], income: NDArray[np.uint8], employed: float, seed: int) -> NDArray[np.uint8]:
    """NOT_IN_WORK, EMPLOYED, STUDENT (12-17: pupil) or RETIRED; `employed` is the share of ages 18 to 64 at work."""
    rng = stream(seed, "society.employment")
    n = age.size
    at_work_age = np.flatnonzero((age >= 18) & (age < 65))
    weight = WORK_WEIGHT[income[at_work_age]] * np.where(age[at_work_age] < 25, 0.75, np.where(age[at_work_age] >= 60, 0.6, 1.0))
    chosen = at_work_age[choose(rng, weight, round(employed * at_work_age.size))]
    chance = rng.random(n)
    work = np.where(age >= 65, RETIRED, NOT_IN_WORK).astype(np.uint8)
    work[(age < 25) & (chance < STUDYING_UNDER_25) | (age >= 25) & (age < 30) & (chance < STUDYING_UNDER_30) | (age < 18)] = STUDENT
    work[(age >= 55) & (age < 65) & (chance < RETIRED_FROM_55)] = RETIRED
    work[(age >= 65) & (chance < np.where(age < 75, WORK_FROM_65, WORK_FROM_75)) & (employed > 0)] = EMPLOYED
    work[chosen] = EMPLOYED
    return work


def draw_insurance(
    age: NDArray[np.float32], income: NDArray[np.uint8], employment: NDArray[np.uint8], declared: Insurance, seed: int
) -> NDArray[np.uint8]:
    """UNINSURED, PUBLIC or PRIVATE: declared shares of all residents; public from 65 on, uninsured only before.

    Where the declared public share is below that of residents over 64, the younger share what is left.
    """
    rng = stream(seed, "society.insurance")
    insurance = np.full(age.size, PRIVATE, dtype=np.uint8)
    insurance[age >= 65] = PUBLIC
    younger = np.flatnonzero(age < 65)
    minor = age[younger] < 18
    total = declared.uninsured + declared.public + declared.private
    uninsured = round(declared.uninsured / total * age.size)
    without = younger[choose(rng, UNINSURED_WEIGHT[income[younger]] * np.where(minor, 0.5, 1.0), uninsured)]
    insurance[without] = UNINSURED
    insured = younger[insurance[younger] != UNINSURED]
    weight = PUBLIC_WEIGHT[income[insured]] * np.where((age[insured] >= 18) & (employment[insured] != EMPLOYED), 2.0, 1.0)
    public = round(declared.public / total * age.size) - (age.size - younger.size)
    insurance[insured[choose(rng, weight, public)]] = PUBLIC
    return insurance


def draw_online(age: NDArray[np.float32], income: NDArray[np.uint8], share: float, seed: int) -> NDArray[np.uint8]:
    """1 with a device and a connection: exactly the declared share, fewer among the old and the poor."""
    weight = OFFLINE_WEIGHT[income] * np.where(age >= 80, 6.0, np.where(age >= 65, 3.0, np.where(age < 30, 0.5, 1.0)))
    online = np.ones(age.size, dtype=np.uint8)
    online[choose(stream(seed, "society.online"), weight, round((1.0 - share) * age.size))] = 0
    return online
