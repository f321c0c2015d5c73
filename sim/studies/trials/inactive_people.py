"""People whom a study looks for and cannot find: conditions that nobody meets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ, YOUNGEST_AGE
from sim.society.ageing.age_structure import OLDEST
from sim.week.resident.service_choice import MOTHERS, PUPILS_TO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.designs.trial_population import Eligible
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]
LONELINESS = (3.0, 9.0)


def find_impossible_people(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """List conditions that nobody can meet, or that add nothing, each at its place."""
    yield from _look_at_scales(here, wanted)
    yield from _look_at_illness(here, wanted)
    yield from _look_at_care(here, wanted, town)
    yield from _look_at_life(here, wanted, town)


def _look_at_scales(here: Path, wanted: Eligible) -> Iterator[Conflict]:
    """Ages and scores outside what residents have."""
    if wanted.ages is not None and (wanted.ages[1] < YOUNGEST_AGE or wanted.ages[0] > OLDEST):
        message = f"nobody can take part: residents are {YOUNGEST_AGE} to {OLDEST}"
        yield Conflict((*here, "ages"), message, "such as [18, 65]")
    if wanted.phq is not None and wanted.phq[0] > HIGHEST_PHQ:
        message = f"nobody can take part: a PHQ-9 ends at {HIGHEST_PHQ}"
        yield Conflict((*here, "phq"), message, "such as [10, 27]")
    low, high = LONELINESS
    if wanted.lonely is not None and (wanted.lonely[0] > high or wanted.lonely[1] < low):
        message = f"nobody can take part: UCLA-3 is from {low:g} to {high:g}"
        yield Conflict((*here, "lonely"), message, "such as [6, 9]")


def _look_at_illness(here: Path, wanted: Eligible) -> Iterator[Conflict]:
    """Illness that is asked for and excluded at once, or asked about for nothing."""
    asked = set(wanted.diagnosis)
    if asked and not _list_possible(wanted):
        message = "nobody can take part: another line excludes each of these"
        hint = "see `in_episode` and `severe_illness`"
        yield Conflict((*here, "diagnosis"), message, hint)
    if wanted.in_episode is False and (wanted.episode_for or wanted.episode_within is not None):
        key = "episode_for" if wanted.episode_for else "episode_within"
        message = "nobody can take part: `in_episode` is false"
        yield Conflict((*here, key), message, "leave one of the two out")
    if wanted.episode_within is not None and wanted.episode_for > wanted.episode_within:
        message = (
            f"nobody can take part: an episode of at least {wanted.episode_for} weeks did not begin"
            f" at most {wanted.episode_within} weeks ago"
        )
        yield Conflict((*here, "episode_for"), message, "less than `episode_within`")
    if "within" in wanted.model_fields_set and wanted.after is None:
        message = "never acts: nothing is named that happened"
        yield Conflict((*here, "within"), message, "state `after`, or leave it out")


def _list_possible(wanted: Eligible) -> list[str]:
    """Diagnoses that other conditions leave possible."""
    excluded = {
        "depression": wanted.in_episode is False,
        "subthreshold": wanted.in_episode is True,
        "severe_illness": wanted.severe_illness is False,
        "psychosis": wanted.severe_illness is False,
        "none": wanted.in_episode is True or wanted.severe_illness is True,
    }
    return [name for name in wanted.diagnosis if not excluded[name]]


def _look_at_care(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """Care that nobody in the town gives."""
    kinds = {service.kind for service in town.services.values() if service.enabled}
    both = set(wanted.in_care) & set(wanted.not_in_care)
    if wanted.in_care and not kinds & (set(wanted.in_care) - both):
        message = f"nobody can take part: no service of {town.name} is of such a kind"
        if both:
            message = f"nobody can take part: `not_in_care` excludes {', '.join(sorted(both))}"
        yield Conflict((*here, "in_care"), message, f"there are {', '.join(sorted(kinds))}")
    if wanted.in_care_for and not wanted.in_care:
        message = "never acts: no care is named"
        yield Conflict((*here, "in_care_for"), message, "state `in_care`, or leave it out")
    idle = [kind for kind in wanted.not_in_care if kind not in kinds]
    if idle:
        message = f"never acts: no service of {town.name} is of the kind {', '.join(idle)}"
        yield Conflict((*here, "not_in_care"), message, f"there are {', '.join(sorted(kinds))}")


def _look_at_life(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """Roles that people of these ages, or of this town, do not have."""
    youngest, oldest = wanted.ages or (YOUNGEST_AGE, OLDEST)
    if wanted.role == "pupil" and youngest >= PUPILS_TO:
        message = f"nobody can take part: pupils are under {PUPILS_TO:g}"
        yield Conflict((*here, "role"), message, "see `ages`")
    if wanted.after == "birth" and (
        wanted.sex == "male" or youngest > MOTHERS[1] or oldest < MOTHERS[0]
    ):
        low, high = MOTHERS
        message = f"nobody can take part: mothers are women of {low:g} to {high:g}"
        yield Conflict((*here, "after"), message, "see `sex` and `ages`")
    if wanted.role == "worker" and town.population.employed == 0:
        message = "nobody can take part: nobody in this town is employed"
        yield Conflict((*here, "role"), message, "`population.employed` is 0%")
    if wanted.role == "caregiver" and wanted.alone is True:
        message = "nobody can take part: who cares lives with somebody"
        yield Conflict((*here, "alone"), message, "leave one of the two out")
