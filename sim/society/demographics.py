"""What people are besides their age: sex, work, insurance, a device and a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.random import stream
from sim.society.ages import (
    ADULT,
    EARLY_RETIREMENT,
    LATE_PENSION,
    LATE_WORK,
    OFFLINE,
    ONLINE,
    PENSION,
    STUDYING,
    STUDYING_LATER,
)
from sim.society.households import HEAD, PARTNER
from sim.society.quotas import choose
from sim.state.codes import Employment, Insurance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.evidence.society import Traits
    from sim.scenario.schema.people import Insurance as InsuranceShares
    from sim.society.households import Homes


def draw_sex(homes: Homes, female: float, p: Traits, seed: int) -> NDArray[np.uint8]:
    """1 for female: exactly the declared share; couples mostly one of each; more women in old age.

    Everybody gets a score and the lowest are female; partners get opposite scores, so that a cut
    near the middle parts them.
    """
    rng = stream(seed, "society.sex")
    n = homes.age.size
    # A lower score is more likely female: old people who live without a partner are mostly widows.
    score = rng.random(n) - p.widows * ((homes.age >= p.widows_from) & (homes.role != PARTNER))
    partner = np.flatnonzero(homes.role == PARTNER)
    partner = partner[partner > 0]
    partner = partner[homes.role[partner - 1] == HEAD]
    opposite = partner[rng.random(partner.size) < p.opposite_sex]
    score[opposite] = 1.0 - score[opposite - 1]
    sex = np.zeros(n, dtype=np.uint8)
    count = round(female * n)
    sex[np.argpartition(score, count)[:count] if count < n else slice(None)] = 1
    return sex


def draw_employment(
    age: NDArray[np.float32], income: NDArray[np.uint8], employed: float, p: Traits, seed: int
) -> NDArray[np.uint8]:
    """NOT_IN_WORK, EMPLOYED, STUDENT (12-17: pupil) or RETIRED.

    `employed` is the share of ages 18 to 64 at work.
    """
    rng = stream(seed, "society.employment")
    n = age.size
    at_work_age = np.flatnonzero((age >= ADULT) & (age < PENSION))
    years = age[at_work_age]
    weight = np.array(p.work)[income[at_work_age]]
    weight *= np.where(
        years < STUDYING, p.work_young, np.where(years >= LATE_WORK, p.work_late, 1.0)
    )
    # A number and not a chance for each: the declared share is met in small towns too.
    chosen = at_work_age[choose(rng, weight, round(employed * at_work_age.size))]
    chance = rng.random(n)
    studying = np.where(
        age < STUDYING, p.studying_young, np.where(age < STUDYING_LATER, p.studying_later, 0.0)
    )
    work = np.where(age >= PENSION, Employment.RETIRED, Employment.NOT_IN_WORK).astype(np.uint8)
    # Overwritten below where somebody was chosen for work: students may be employed instead.
    work[(chance < studying) | (age < ADULT)] = Employment.STUDENT
    work[(age >= EARLY_RETIREMENT) & (age < PENSION) & (chance < p.retired_early)] = (
        Employment.RETIRED
    )
    work[
        (age >= PENSION)
        & (chance < np.where(age < LATE_PENSION, p.work_old, p.work_oldest))
        & (employed > 0)
    ] = Employment.EMPLOYED
    work[chosen] = Employment.EMPLOYED
    return work


def draw_insurance(
    age: NDArray[np.float32],
    income: NDArray[np.uint8],
    employment: NDArray[np.uint8],
    declared: InsuranceShares,
    p: Traits,
    seed: int,
) -> NDArray[np.uint8]:
    """UNINSURED, PUBLIC or PRIVATE: declared shares of all residents; public from 65 on, uninsured
    only before.

    Where the declared public share is below that of residents over 64, the younger share what is
    left.
    """
    rng = stream(seed, "society.insurance")
    insurance = np.full(age.size, Insurance.PRIVATE, dtype=np.uint8)
    insurance[age >= PENSION] = Insurance.PUBLIC
    younger = np.flatnonzero(age < PENSION)
    minor = age[younger] < ADULT
    total = declared.uninsured + declared.public + declared.private
    uninsured = round(declared.uninsured / total * age.size)
    weight = np.array(p.uninsured)[income[younger]] * np.where(minor, p.uninsured_minor, 1.0)
    # The uninsured first: who is publicly insured is chosen among those who are left.
    without = younger[choose(rng, weight, uninsured)]
    insurance[without] = Insurance.UNINSURED
    insured = younger[insurance[younger] != Insurance.UNINSURED]
    jobless = (age[insured] >= ADULT) & (employment[insured] != Employment.EMPLOYED)
    weight = np.array(p.public)[income[insured]] * np.where(jobless, p.public_jobless, 1.0)
    public = round(declared.public / total * age.size) - (age.size - younger.size)
    insurance[insured[choose(rng, weight, public)]] = Insurance.PUBLIC
    return insurance


def draw_online(
    age: NDArray[np.float32], income: NDArray[np.uint8], share: float, p: Traits, seed: int
) -> NDArray[np.uint8]:
    """1 with a device and a connection: exactly the declared share, fewer among the old and the
    poor.
    """
    older = np.where(age >= OFFLINE, p.offline_oldest, np.where(age >= PENSION, p.offline_old, 1.0))
    weight = np.array(p.offline)[income] * np.where(age < ONLINE, p.offline_young, older)
    online = np.ones(age.size, dtype=np.uint8)
    online[choose(stream(seed, "society.online"), weight, round((1.0 - share) * age.size))] = 0
    return online
