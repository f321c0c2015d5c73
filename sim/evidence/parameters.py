"""The parameters that the rules read: one group per phase, as numbers per week.

A field that bears the name of an evidence record takes its value; the others are derived here, in
sight: half-lives become weekly factors, times become pulls, rates per year become rates per week.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.groups import fill
from sim.evidence.loader import values
from sim.evidence.society import Society, make_society
from sim.units import (
    WEEKS_PER_CALENDAR_YEAR,
    YEARS_PER_WEEK,
    half_life_to_retention,
    relaxation_to_pull,
    relaxation_to_retention,
    stationary_to_weekly,
    yearly_rate_to_probability,
    yearly_rate_to_weekly,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TURNOVER_WEEKS, REVIEW_WEEKS = 13, 8
"""Weeks between turnovers of residents (`sim.week.turnover`) and between reviews of a tie."""


class Life(NamedTuple):
    """Parameters of phase 2."""

    events: float
    events_shared: float
    events_poverty: float
    events_jobless: float
    event_size: float
    event_damping: float
    event_decay: float
    turning: float
    circumstances: float
    mortality: float
    mortality_age: float
    mortality_severe: float
    suicide: float
    suicide_female: float
    suicide_severe: float
    suicide_symptoms: float
    suicide_recent: float
    suicide_recent_weeks: float
    suicide_unmet: float
    years_per_week: float


class Social(NamedTuple):
    """Parameters of phase 3."""

    pull: float
    noise: float
    withdrawal: float
    alone: float
    lack: float
    enough_support: float
    ill_gives_less: float
    contagion: float
    stigma_return: float
    stigma_spread: float
    knowledge_return: float
    caregiver_strain: float
    caregiver_pull: float
    fading: float
    fading_illness: float
    meeting: float
    meeting_illness: float
    friend_of_friend: float
    liking: float
    age_gap: float
    age_gap_young: float
    sorting: float
    sorting_experience: float
    group_friendship: float
    stranger_reach: float


class Symptoms(NamedTuple):
    """Parameters of phase 4."""

    persistence: float
    noise: float
    tipping: float
    tipping_width: float
    entrenchment: float
    entrenching: float
    lasting_share: float
    loneliness: float
    phq_level: float
    phq_slope: float
    onset_phq: float
    recovery_phq: float
    recovery_weeks: float
    severe_illness: float


class Seeking(NamedTuple):
    """Parameters of phases 5 and 6."""

    need_phq: float
    notice_phq: float
    seeking: float
    seeking_symptoms: float
    seeking_knowledge: float
    seeking_encouragement: float
    seeking_stigma: float
    seeking_again: float
    seeking_helped: float
    door_none: float
    give_up: float
    wait_harm_from: float
    wait_harm: float
    wait_harm_most: float
    urgent_weeks: float
    urgent_phq: float


class Choice(NamedTuple):
    """Parameters of the choice among doors, whoever makes it: people, services that refer, the
    ward.
    """

    births: float
    door_stigma: float
    door_price: float
    door_travel: float
    door_aimed: float


class Care(NamedTuple):
    """Parameters of phase 7."""

    additive: float
    felt_at_once: float
    fade_after: float
    coping_kept: float
    connection_kept: float
    self_management_kept: float
    relief_kept: float
    dropout_young: float
    young: float
    well_phq: float
    refer_phq: float
    soon_after_discharge: float


class Crisis(NamedTuple):
    """Parameters of phase 8, with those that its ward shares."""

    crisis: float
    crisis_symptoms: float
    crisis_severe: float
    crisis_psychotic: float
    crisis_recent: float
    recent_weeks: float
    crisis_unmet: float
    crisis_discharge: float
    discharge_weeks: float
    crisis_events: float
    crisis_contact: float
    contact_weeks: float
    crisis_most: float
    crisis_most_log: float
    to_emergency: float
    admission: float
    admission_symptoms: float
    admission_severe: float
    admission_psychotic: float
    admission_frailty: float
    admission_recent: float
    stay_median: float
    stay_severe: float
    stay_psychotic: float
    stay_spread: float
    aftercare: float
    ward_shelter: float
    additive: float


class Workforce(NamedTuple):
    """Parameters of phase 9."""

    strain: float
    strain_load: float
    strain_illness: float
    strain_supervision: float
    strain_pull: float
    strain_noise: float
    turnover: float
    turnover_strain: float
    turnover_new: float
    training_weeks: float
    quality_untrained: float
    quality_strain: float
    quality_strain_from: float
    fidelity_floor: float
    fidelity_supervision: float
    fidelity_checks: float
    fidelity_pull: float
    vacancy_share: float
    peer_wellness_phq: float
    peer_illness_phq: float
    cut_relist: float
    load_most: float
    ill_from: float
    new_weeks: float
    peer_after_ward: float
    peer_age_from: float
    peer_age_to: float
    longest_tenure: float


class Health(NamedTuple):
    """Parameters of phase 12: how latent states are read."""

    ucla_middle: float
    ucla_width: float
    norm: float
    loss_minor: float
    loss_mild: float
    loss_moderate: float
    loss_severe: float
    loss_lonely: float
    work_loss: float
    caregiver_from: float
    caregiver_hours: float
    years_per_week: float


class Turnover(NamedTuple):
    """Parameters of the turnover of residents, once a quarter."""

    moving: float
    moving_young: float
    moving_young_until: float
    work_anew: float
    severe_passing: float
    separating: float
    company_gap: float
    company_gap_rise: float
    opposite_sex: float
    parent_gap: float
    parent_gap_sd: float
    trait_age: float
    trait_severe: float
    psychotic: float
    temperament_age: float
    temperament_severe: float


class Parameters(NamedTuple):
    """All groups, and the raw values by id for what is read once, when a town is built."""

    life: Life
    social: Social
    symptoms: Symptoms
    seeking: Seeking
    choice: Choice
    care: Care
    crisis: Crisis
    workforce: Workforce
    health: Health
    society: Society
    turnover: Turnover
    raw: Mapping[str, float]


def _reviewed(rate_per_year: float) -> float:
    """Chance at a review, of a rate per year."""
    return yearly_rate_to_probability(rate_per_year, REVIEW_WEEKS)


def _make_turnover(raw: Mapping[str, float]) -> Turnover:
    part = TURNOVER_WEEKS / WEEKS_PER_CALENDAR_YEAR
    people = ("psychotic", "trait_age", "trait_severe", "temperament_age", "temperament_severe")
    society = ("parent_gap", "parent_gap_sd", "opposite_sex")
    return fill(
        Turnover,
        "turnover",
        raw,
        moving=1.0 - math.exp(-raw["turnover.moving"] * part),
        separating=1.0 - math.exp(-raw["turnover.separating"] * part),
        **{name: raw[f"people.{name}"] for name in people},
        **{name: raw[f"society.{name}"] for name in society},
    )


def _make_social(raw: Mapping[str, float], *, contagion: bool) -> Social:
    pull = relaxation_to_pull(raw["social.return_weeks"])
    # Friends who move away or die are a part of how friendships end.
    gone = raw["turnover.moving"] + raw["turnover.friends_gone"]
    return fill(
        Social,
        "social",
        raw,
        pull=pull,
        noise=stationary_to_weekly(raw["social.noise_sd"], pull),
        contagion=raw["social.contagion_on"] if contagion else raw["social.contagion"],
        caregiver_pull=relaxation_to_pull(raw["social.caregiver_return"]),
        fading=_reviewed(max(raw["social.fading"] - gone, 0.0)),
        meeting=_reviewed(raw["social.meeting"]),
        group_friendship=_reviewed(raw["social.group_friendship"]),
    )


def _make_life(raw: Mapping[str, float]) -> Life:
    return fill(
        Life,
        "life",
        raw,
        event_decay=half_life_to_retention(raw["life.event_half_life"]),
        turning=relaxation_to_pull(raw["life.turning_years"] * WEEKS_PER_CALENDAR_YEAR),
        mortality=yearly_rate_to_weekly(raw["life.mortality"]),
        suicide=yearly_rate_to_weekly(raw["life.suicide"]),
        years_per_week=YEARS_PER_WEEK,
    )


def make_parameters(
    overrides: Mapping[str, float],
    *,
    contagion: bool = False,
    additive: bool = False,
    exponential: bool = False,
) -> Parameters:
    """Parameters of a run: evidence, overrides by id, and the structural switches."""
    raw = values(overrides)
    limit = raw["care.additive_limit"] if additive else 0.0
    strain_pull = relaxation_to_pull(raw["workforce.strain_return"])
    return Parameters(
        life=_make_life(raw),
        social=_make_social(raw, contagion=contagion),
        symptoms=fill(
            Symptoms,
            "symptoms",
            raw,
            persistence=relaxation_to_retention(raw["symptoms.return_weeks"]),
            entrenching=relaxation_to_pull(raw["symptoms.entrenching_weeks"]),
        ),
        seeking=fill(Seeking, "seeking", raw),
        choice=fill(Choice, "seeking", raw),
        care=fill(
            Care,
            "care",
            raw,
            additive=limit,
            coping_kept=half_life_to_retention(raw["care.coping_half_life"]),
            connection_kept=half_life_to_retention(raw["care.connection_half_life"]),
            relief_kept=half_life_to_retention(raw["care.relief_half_life"]),
            self_management_kept=half_life_to_retention(raw["care.self_management_half_life"]),
        ),
        crisis=fill(
            Crisis,
            "crisis",
            raw,
            crisis_most=0.0 if exponential else raw["crisis.crisis_most"],
            crisis_most_log=math.log(raw["crisis.crisis_most"]),
            additive=limit,
        ),
        workforce=fill(
            Workforce,
            "workforce",
            raw,
            strain_pull=strain_pull,
            turnover=yearly_rate_to_weekly(raw["workforce.turnover"]),
            strain_noise=stationary_to_weekly(raw["workforce.strain_sd"], strain_pull),
            fidelity_pull=relaxation_to_pull(raw["workforce.fidelity_weeks"]),
        ),
        health=fill(Health, "health", raw, years_per_week=YEARS_PER_WEEK),
        society=make_society(raw),
        turnover=_make_turnover(raw),
        raw=raw,
    )


def check_use(identity: str, value: float) -> str:
    """What is wrong with a value that no parameters can be made of, such as a half-life of 0.

    Empty where nothing is.
    """
    try:
        make_parameters({identity: value})
    except (ArithmeticError, ValueError):
        return "cannot be used: it is divided by, or its logarithm is taken"
    return ""
