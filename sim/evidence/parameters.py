"""Make the parameters that the rules read out of the evidence, as numbers per week.

A field of a group that bears the name of an evidence record takes its value; the others are derived
here, in sight: half-lives become weekly factors, times become pulls, rates per year become rates
per week.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.groups import (
    Care,
    Choice,
    Crisis,
    Health,
    Life,
    Seeking,
    Social,
    Symptoms,
    Turnover,
    Workforce,
    fill,
)
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


def _make_symptoms(raw: Mapping[str, float]) -> Symptoms:
    return fill(
        Symptoms,
        "symptoms",
        raw,
        persistence=relaxation_to_retention(raw["symptoms.return_weeks"]),
        entrenching=relaxation_to_pull(raw["symptoms.entrenching_weeks"]),
    )


def _make_care(raw: Mapping[str, float], limit: float) -> Care:
    return fill(
        Care,
        "care",
        raw,
        additive=limit,
        coping_kept=half_life_to_retention(raw["care.coping_half_life"]),
        connection_kept=half_life_to_retention(raw["care.connection_half_life"]),
        relief_kept=half_life_to_retention(raw["care.relief_half_life"]),
        self_management_kept=half_life_to_retention(raw["care.self_management_half_life"]),
    )


def _make_crisis(raw: Mapping[str, float], limit: float, *, exponential: bool) -> Crisis:
    return fill(
        Crisis,
        "crisis",
        raw,
        crisis_most=0.0 if exponential else raw["crisis.crisis_most"],
        crisis_most_log=math.log(raw["crisis.crisis_most"]),
        additive=limit,
    )


def _make_workforce(raw: Mapping[str, float]) -> Workforce:
    strain_pull = relaxation_to_pull(raw["workforce.strain_return"])
    return fill(
        Workforce,
        "workforce",
        raw,
        strain_pull=strain_pull,
        turnover=yearly_rate_to_weekly(raw["workforce.turnover"]),
        strain_noise=stationary_to_weekly(raw["workforce.strain_sd"], strain_pull),
        fidelity_pull=relaxation_to_pull(raw["workforce.fidelity_weeks"]),
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
    return Parameters(
        life=_make_life(raw),
        social=_make_social(raw, contagion=contagion),
        symptoms=_make_symptoms(raw),
        seeking=fill(Seeking, "seeking", raw),
        choice=fill(Choice, "seeking", raw),
        care=_make_care(raw, limit),
        crisis=_make_crisis(raw, limit, exponential=exponential),
        workforce=_make_workforce(raw),
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
