"""People whom a study looks for and cannot find: conditions that nobody meets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.evidence.loader import all_evidence
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive import HIGHEST_PHQ, YOUNGEST_AGE
from sim.society.ageing.age_structure import OLDEST
from sim.society.ages import EARLY_RETIREMENT, PENSION
from sim.state.ties import TIE_SLOTS
from sim.studies.trials.clusters import size_of
from sim.units import say_weeks
from sim.week.resident.service_choice import MOTHERS, PUPILS_TO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_population import Eligible
    from sim.scenario.scenario import Scenario

Path = tuple[str, ...]
LONELINESS = (3.0, 9.0)


def find_impossible_people(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """List conditions that nobody can meet, or that add nothing, each at its place."""
    yield from _look_at_scales(here, wanted)
    yield from _look_at_limits(here, wanted)
    yield from _look_at_illness(here, wanted)
    yield from _look_at_diagnosis(here, wanted)
    yield from _look_at_care(here, wanted, town)
    yield from _look_at_life(here, wanted, town)
    yield from _look_at_work(here, wanted, town)


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


def _look_at_limits(here: Path, wanted: Eligible) -> Iterator[Conflict]:
    """Limits that everybody keeps, or nobody."""
    low, high = LONELINESS
    everybody = {
        "phq": wanted.phq is not None and wanted.phq[0] <= 0 and wanted.phq[1] >= HIGHEST_PHQ,
        "lonely": wanted.lonely is not None
        and wanted.lonely[0] <= low
        and wanted.lonely[1] >= high,
        "income": wanted.income == (1, 5),
        "likely_admission": wanted.likely_admission == 0.0,
        "recent_event": wanted.recent_event == 0.0,
    }
    for key, met in everybody.items():
        if met:
            yield Conflict((*here, key), "never acts: everybody meets it", "leave it out")
    if wanted.ties is not None and wanted.ties[0] > TIE_SLOTS:
        message = f"nobody can take part: people have at most {TIE_SLOTS} ties"
        yield Conflict((*here, "ties"), message, "such as [0, 3]")
    if wanted.likely_admission == 1.0:
        message = "nobody can take part: no chance of needing a bed is 100%"
        yield Conflict((*here, "likely_admission"), message, "such as 40%")


def _look_at_illness(here: Path, wanted: Eligible) -> Iterator[Conflict]:
    """Illness that is asked for and excluded at once, or asked about for nothing."""
    if wanted.in_episode is False and (wanted.episode_for or wanted.episode_within is not None):
        key = "episode_for" if wanted.episode_for else "episode_within"
        message = "nobody can take part: `in_episode` is false"
        yield Conflict((*here, key), message, "leave one of the two out")
    if wanted.episode_within is not None and wanted.episode_for > wanted.episode_within:
        message = (
            f"nobody can take part: an episode of at least {say_weeks(wanted.episode_for)} did not"
            f" begin at most {say_weeks(wanted.episode_within)} ago"
        )
        yield Conflict((*here, "episode_for"), message, "less than `episode_within`")
    if "within" in wanted.model_fields_set and wanted.after is None:
        message = "never acts: nothing is named that happened"
        yield Conflict((*here, "within"), message, "state `after`, or leave it out")


def _look_at_diagnosis(here: Path, wanted: Eligible) -> Iterator[Conflict]:
    """Diagnoses that nobody with these symptoms, or with what else is asked, can have."""
    asked, possible = set(wanted.diagnosis), set(_list_possible(wanted))
    if asked and not possible:
        message = "nobody can take part: another line excludes each of these"
        hint = "see `in_episode` and `severe_illness`"
        yield Conflict((*here, "diagnosis"), message, hint)
    elif asked == {"subthreshold"} and wanted.phq is not None:
        numbers = all_evidence()
        low, high = numbers["care.well_phq"].value, numbers["seeking.need_phq"].value
        if wanted.phq[0] >= high or wanted.phq[1] < low:
            message = (
                f"nobody can take part: subthreshold is a PHQ-9 from {low:g} to below {high:g}"
            )
            yield Conflict((*here, "phq"), message, "see `diagnosis`")


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
        wanted.sex == "male" or youngest >= MOTHERS[1] or oldest < MOTHERS[0]
    ):
        low, high = MOTHERS
        message = f"nobody can take part: mothers are women of {low:g} to {high:g}"
        yield Conflict((*here, "after"), message, "see `sex` and `ages`")
    if wanted.role == "caregiver" and wanted.alone is True:
        message = "nobody can take part: who cares lives with somebody"
        yield Conflict((*here, "alone"), message, "leave one of the two out")
    yield from _look_at_insurance(here, wanted, town)
    share = {True: town.population.online, False: 1.0 - town.population.online}
    if wanted.online is not None and share[wanted.online] == 0.0:
        message = f"nobody can take part: `population.online` is {town.population.online:.0%}"
        yield Conflict((*here, "online"), message, "leave it out, or see the town")


def _look_at_insurance(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """Insurance that nobody of the town, or nobody of this age, has."""
    if wanted.insurance is None or any(each.insurance for each in town.neighbourhoods.values()):
        return
    stated = town.population.insurance
    shares = {"none": stated.uninsured, "public": stated.public, "private": stated.private}
    if shares[wanted.insurance] == 0.0:
        message = "nobody can take part: nobody in this town is insured so"
        yield Conflict((*here, "insurance"), message, "see `population.insurance`")
    elif wanted.insurance != "public" and wanted.ages and wanted.ages[0] >= PENSION:
        message = f"nobody can take part: people of {PENSION} and older have public insurance"
        yield Conflict((*here, "insurance"), message, "see `ages`")


def _look_at_work(here: Path, wanted: Eligible, town: Scenario) -> Iterator[Conflict]:
    """Work that people of these ages, or of this town, do not have."""
    youngest, oldest = wanted.ages or (YOUNGEST_AGE, OLDEST)
    if wanted.role == "worker" and town.population.employed == 0:
        message = "nobody can take part: nobody in this town is employed"
        yield Conflict((*here, "role"), message, "`population.employed` is 0%")
    if any(each.work for each in town.neighbourhoods.values()):
        return  # which state themselves who works, and who has retired, at what age
    if wanted.role == "retired" and oldest < EARLY_RETIREMENT:
        message = f"nobody can take part: people retire from {EARLY_RETIREMENT} on"
        yield Conflict((*here, "role"), message, "see `ages`")
    if wanted.role == "out_of_work" and youngest >= PENSION:
        message = f"nobody can take part: without work, people of {PENSION} and older are retired"
        yield Conflict((*here, "role"), message, "see `ages`, or `role: retired`")


def look_at_numbers(trial: Trial, town: Scenario | None) -> Iterator[Conflict]:
    """Arms larger than the town, and clusters that hold nobody together."""
    clusters, everybody = trial.clusters, sum(trial.n.values())
    for name, count in trial.n.items():
        if town is not None and count > town.population.residents:
            message = (
                f"are more than the {town.population.residents:,} residents of {town.name}: the"
                " same people would be drawn again and again"
            )
            yield Conflict(("n", name), message, "fewer participants, or a larger town")
    if clusters is None:
        return
    smallest = min(trial.n, key=lambda name: trial.n[name])
    if clusters.size is not None and clusters.size > trial.n[smallest]:
        message = (
            f"a cluster of {clusters.size:,} is larger than the arm {smallest}, which has"
            f" {trial.n[smallest]:,} participants"
        )
        yield Conflict(("clusters", "size"), message, "participants of each cluster")
    elif clusters.number is not None and clusters.number > everybody:
        message = f"there are more clusters than participants, who are {everybody:,} in all"
        yield Conflict(("clusters", "number"), message, "clusters in all arms together")
    elif max(size_of(clusters, count, everybody) for count in trial.n.values()) == 1:
        key = "size" if clusters.size is not None else "number"
        message = "never acts: nobody shares a cluster"
        yield Conflict(("clusters", key), message, "leave `clusters` out")
    if clusters.icc == 0.0:
        message = "never acts: people of a cluster are no more alike than others"
        yield Conflict(("clusters", "icc"), message, "above 0%, or leave `clusters` out")
