"""Audiences of services that nobody in a town belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.inactive.activity import HIGHEST_PHQ, OFF, WARD, YOUNGEST_AGE, Path
from sim.services.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.services import Audience, Service

AGES_OF_PUPILS_END = 19
AGES_OF_MOTHERS, AGES_OF_WORK = (18, 45), (18, 65)
"""Ages, the second not included: women whose births are counted, and people of working age."""
MEANT = {
    "pupils": ("pupils", YOUNGEST_AGE, AGES_OF_PUPILS_END),
    "out_of_work": ("people of working age", *AGES_OF_WORK),
    "birth": ("women whose births are counted", *AGES_OF_MOTHERS),
}
"""Audiences that an age makes: their name, the lowest age, and the first that is too high."""


def look_at_audience(
    service_path: Path, service: Service, scenario: Scenario
) -> Iterator[Conflict]:
    """Whether anybody can be of those whom a service is for."""
    here, audience = (*service_path, "audience"), service.audience
    if audience.phq is not None and audience.phq[0] > HIGHEST_PHQ:
        message = (
            f"never acts: nobody has a PHQ-9 of {audience.phq[0]:g}, which ends at {HIGHEST_PHQ}"
        )
        yield Conflict((*here, "phq"), message, "such as [10, 27]")
    if audience.severe_illness and audience.no_severe_illness:
        message = "never acts: it is for nobody, neither with severe illness nor without"
        yield Conflict((*here, "no_severe_illness"), message, "leave one of the two out")
    yield from _look_at_event(here, audience, scenario)
    who = audience.who or KINDS[service.kind].who
    if who == "workers" and scenario.population.employed == 0:
        where = (*here, "who") if audience.who else service_path
        message = "never acts: nobody in this town is employed"
        yield Conflict(where, message, "`population.employed` is 0%")
    yield from _look_at_ages(here, audience, who)
    yield from _look_for_people(service_path, service, scenario, who)
    if service.where != "everywhere" and all(
        scenario.neighbourhoods[place].share == 0
        for place in service.where
        if place in scenario.neighbourhoods
    ):
        yield Conflict((*service_path, "where"), "never acts: nobody lives there", OFF)


def _look_at_event(here: Path, audience: Audience, scenario: Scenario) -> Iterator[Conflict]:
    """What has to have happened to people, and how long ago."""
    if audience.after is None:
        if audience.within != type(audience).model_fields["within"].default:
            message = "never acts: it counts from an event, and none is named"
            yield Conflict((*here, "within"), message, "such as `after: crisis`, or leave it out")
        return
    if audience.within == 0:
        message = "never acts: access closes in the week of the event"
        yield Conflict((*here, "within"), message, "such as 26 weeks")
    if audience.after == "hospital_discharge" and not any(
        each.enabled and each.kind == WARD and getattr(each, "beds", 0)
        for each in scenario.services.values()
    ):
        message = "never acts: this town has no ward that anybody could leave"
        yield Conflict((*here, "after"), message, "add a service of the kind inpatient_ward")


def _look_at_ages(here: Path, audience: Audience, who: str | None) -> Iterator[Conflict]:
    """Ages at which nobody is one of those meant."""
    if audience.ages is None:
        return
    youngest, oldest = audience.ages
    if oldest < YOUNGEST_AGE:
        message = f"never acts: residents are {YOUNGEST_AGE} and older"
        yield Conflict((*here, "ages"), message, "such as [12, 17]")
        return
    for word in (who, audience.after):
        people, low, high = MEANT.get(str(word), ("", 0, 10_000))
        if youngest >= high or oldest < low:
            message = f"never acts: {people} are {low} to {high - 1}"
            yield Conflict((*here, "ages"), message, f"such as [{low}, {high - 1}]")


def _look_for_people(
    service_path: Path, service: Service, scenario: Scenario, who: str | None
) -> Iterator[Conflict]:
    """Ages and women that none of the neighbourhoods of a service has."""
    here, audience = (*service_path, "audience"), service.audience
    served = [
        each
        for place, each in scenario.neighbourhoods.items()
        if each.share > 0 and (service.where == "everywhere" or place in service.where)
    ]
    # Nobody lives there, which was said.
    if not served:
        return
    bands = [each.ages or scenario.population.ages for each in served]
    # Everybody grows older and newcomers have the declared ages: nobody is below the lowest band.
    youngest = min(_begin(band) for ages in bands for band, share in ages.items() if share > 0)
    said = f"never acts: nobody who is served is younger than {youngest}"
    for word, place in (
        (who, (*here, "who") if audience.who else service_path),
        (audience.after, (*here, "after")),
    ):
        if word in MEANT and youngest >= MEANT[word][2]:
            yield Conflict(place, said, "see `population.ages`", on_key=place == service_path)
    if audience.ages is not None and YOUNGEST_AGE <= audience.ages[1] < youngest:
        yield Conflict((*here, "ages"), said, f"such as [{youngest}, 99]")
    # A neighbourhood says it by age band; what it leaves out is as in the whole town.
    women = [share for each in served for share in each.female.values()]
    if audience.after == "birth" and not any(women) and scenario.population.female == 0:
        message = "never acts: no women live here"
        yield Conflict((*here, "after"), message, "`population.female` is 0%")


def _begin(band: str) -> int:
    """First year of age of a band, such as 18 of 18-24 and 80 of 80+."""
    return int(band.rstrip("+").split("-")[0])
