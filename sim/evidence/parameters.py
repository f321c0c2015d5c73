"""Make the parameters that the rules read out of the evidence, as numbers per week.

A field of a group that bears the name of an evidence record takes its value; the others are derived
here, in sight: half-lives become weekly factors, times become pulls, rates per year become rates
per week.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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
    split_spread,
    stationary_to_weekly,
    yearly_rate_to_probability,
    yearly_rate_to_weekly,
)

Raw = Mapping[str, float]
"""Values of all records by id."""
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


class Structure(NamedTuple):
    """Structural choices of a scenario that parameters depend on."""

    contagion: bool
    additive: bool
    exponential: bool


Derived = dict[str, float]
"""Fields of a group that are derived from records, by name."""


def _derive_turnover(raw: Raw, _: Structure) -> Derived:
    # People change with age by the same records that the town was built with.
    people = ("psychotic", "trait_age", "trait_severe", "temperament_age", "temperament_severe")
    society = ("parent_gap", "parent_gap_sd", "opposite_sex")
    return {
        "circumstances_home": _split_circumstances(raw)[0],
        "moving": yearly_rate_to_probability(raw["turnover.moving"], TURNOVER_WEEKS),
        "separating": yearly_rate_to_probability(raw["turnover.separating"], TURNOVER_WEEKS),
        **{name: raw[f"people.{name}"] for name in people},
        **{name: raw[f"society.{name}"] for name in society},
    }


def _derive_social(raw: Raw, structure: Structure) -> Derived:
    pull = relaxation_to_pull(raw["social.return_weeks"])
    # Friends who move away or die are a part of how friendships end.
    gone = raw["turnover.moving"] + raw["turnover.friends_gone"]
    passes_on = raw["social.contagion_on"] if structure.contagion else raw["social.contagion"]
    return {
        "pull": pull,
        # Records say how far people spread at rest; a week's shock for that depends on the pull.
        "noise": stationary_to_weekly(raw["social.noise_sd"], pull),
        "contagion": passes_on,
        "caregiver_pull": relaxation_to_pull(raw["social.caregiver_return"]),
        # What moving takes away already is not taken away a second time by fading.
        "fading": _reviewed(max(raw["social.fading"] - gone, 0.0)),
        "meeting": _reviewed(raw["social.meeting"]),
        "group_friendship": _reviewed(raw["social.group_friendship"]),
    }


def _split_circumstances(raw: Raw) -> tuple[float, float]:
    """Spread of what circumstances of the home and of the person add to distress."""
    return split_spread(raw["life.circumstances"], raw["life.circumstances_shared"])


def _derive_life(raw: Raw, _: Structure) -> Derived:
    home, own = _split_circumstances(raw)
    return {
        "circumstances_home": home,
        "circumstances_own": own,
        "event_decay": half_life_to_retention(raw["life.event_half_life"]),
        "turning": relaxation_to_pull(raw["life.turning_years"] * WEEKS_PER_CALENDAR_YEAR),
        "mortality": yearly_rate_to_weekly(raw["life.mortality"]),
        "suicide": yearly_rate_to_weekly(raw["life.suicide"]),
        "years_per_week": YEARS_PER_WEEK,
    }


def _derive_symptoms(raw: Raw, _: Structure) -> Derived:
    return {
        "persistence": relaxation_to_retention(raw["symptoms.return_weeks"]),
        "entrenching": relaxation_to_pull(raw["symptoms.entrenching_weeks"]),
    }


def _limit_gains(raw: Raw, structure: Structure) -> float:
    """Most that additive gains come to; 0 where each has its ceiling."""
    return raw["care.additive_limit"] if structure.additive else 0.0


def _derive_care(raw: Raw, structure: Structure) -> Derived:
    return {
        "additive": _limit_gains(raw, structure),
        "coping_kept": half_life_to_retention(raw["care.coping_half_life"]),
        "connection_kept": half_life_to_retention(raw["care.connection_half_life"]),
        "relief_kept": half_life_to_retention(raw["care.relief_half_life"]),
        "self_management_kept": half_life_to_retention(raw["care.self_management_half_life"]),
    }


def _derive_crisis(raw: Raw, structure: Structure) -> Derived:
    return {
        # The structural alternative has no ceiling, which 0 says to the rule.
        "crisis_most": 0.0 if structure.exponential else raw["crisis.crisis_most"],
        # Taken here once, and not in a loop for every person and week.
        "crisis_most_log": math.log(raw["crisis.crisis_most"]),
        "additive": _limit_gains(raw, structure),
    }


def _derive_workforce(raw: Raw, _: Structure) -> Derived:
    strain_pull = relaxation_to_pull(raw["workforce.strain_return"])
    return {
        "strain_pull": strain_pull,
        "turnover": yearly_rate_to_weekly(raw["workforce.turnover"]),
        "strain_noise": stationary_to_weekly(raw["workforce.strain_sd"], strain_pull),
        "fidelity_pull": relaxation_to_pull(raw["workforce.fidelity_weeks"]),
    }


def _derive_health(_: Raw, __: Structure) -> Derived:
    return {"years_per_week": YEARS_PER_WEEK}


def _derive_nothing(_: Raw, __: Structure) -> Derived:
    return {}


PARAMETER_GROUPS: Mapping[str, tuple[Any, str, Callable[[Raw, Structure], Derived]]] = {
    "life": (Life, "life", _derive_life),
    "social": (Social, "social", _derive_social),
    "symptoms": (Symptoms, "symptoms", _derive_symptoms),
    "seeking": (Seeking, "seeking", _derive_nothing),
    "choice": (Choice, "seeking", _derive_nothing),
    "care": (Care, "care", _derive_care),
    "crisis": (Crisis, "crisis", _derive_crisis),
    "workforce": (Workforce, "workforce", _derive_workforce),
    "health": (Health, "health", _derive_health),
    "turnover": (Turnover, "turnover", _derive_turnover),
}
"""Each group of `Parameters`: its class, the file of its records, and what is derived."""


def make_parameters(
    overrides: Mapping[str, float],
    *,
    contagion: bool = False,
    additive: bool = False,
    exponential: bool = False,
) -> Parameters:
    """Parameters of a run: evidence, overrides by id, and the structural switches."""
    raw, structure = values(overrides), Structure(contagion, additive, exponential)
    groups: dict[str, Any] = {
        name: fill(group, file, raw, **derive(raw, structure))
        for name, (group, file, derive) in PARAMETER_GROUPS.items()
    }
    return Parameters(**groups, society=make_society(raw), raw=raw)


def check_use(identity: str, value: float) -> str:
    """What is wrong with a value that no parameters can be made of, such as a half-life of 0.

    Empty where nothing is.
    """
    try:
        # Tried and not looked up: what is divided by is written in the rules alone.
        make_parameters({identity: value})
    except (ArithmeticError, ValueError):
        return "cannot be used: it is divided by, or its logarithm is taken"
    return ""
