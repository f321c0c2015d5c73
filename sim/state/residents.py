"""A resident, as columns: every field with its unit, range and meaning.

One array per field, one row per resident (struct of arrays). Loops take the whole `Residents`; a
rule takes the few numbers it needs. `Annotated` carries unit and meaning, so that the data frame,
the documentation and the tests read the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.engine.columns import Columns
from sim.state.codes import Employment, Insurance

if TYPE_CHECKING:
    from enum import IntEnum

CARE_SLOTS = 4
"""Services that one resident can be enrolled in at the same time."""
WAIT_SLOTS = 2
"""Lists that one resident can be on at the same time."""
# A number and not a missing value: `weeks since` grows up to it and exponentials of it are 0.
NEVER = 9_999
"""Weeks since something that has not happened."""

# Single precision and small integers: a million residents fit into memory that workers share out.
Real = NDArray[np.float32]
Small = NDArray[np.uint8]
Short = NDArray[np.int16]
Count = NDArray[np.uint32]
# Wide enough for the bits of all events, and for any combination of named groups.
Flags = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Residents(Columns):
    """The columns of all residents, each (n_residents,) or (n_residents, slots)."""

    key: Annotated[Count, "", "Stable key of the resident: what every draw is keyed by"]
    age: Annotated[Real, "years", "Age; residents are 12 or older"]
    female: Annotated[Small, "0 or 1", "Sex"]
    neighbourhood: Annotated[Small, "index", "Neighbourhood, in the order of the scenario"]
    household: Annotated[Count, "id", "Household"]
    household_size: Annotated[
        Small, "people", "People in the household, children under 12 included"
    ]
    alone: Annotated[Small, "0 or 1", "Lives alone"]
    under_12: Annotated[Small, "children", "Children under 12 in the household"]
    income: Annotated[Small, "0 to 4", "Fifth of household income, 0 poorest"]
    insurance: Annotated[Small, "code", "Who pays for care", Insurance]
    employment: Annotated[Small, "code", "What the person does by day", Employment]
    place: Annotated[Count, "id", "Employer or school, 0 none"]
    online: Annotated[Small, "0 or 1", "Has a device and a connection"]
    member: Annotated[Flags, "index", "Combination of the named groups of the scenario"]
    cell: Annotated[
        Count, "index", "Subgroup at the start: neighbourhood, income, age, sex and severity"
    ]
    trait: Annotated[Real, "latent", "Set point of distress without ties, events or care"]
    circumstances: Annotated[
        Real, "latent", "What the present circumstances add to it, until a turning point"
    ]
    home_circumstances: Annotated[
        Real, "latent", "The part of that which everybody at home has in common"
    ]
    self_feeding: Annotated[Real, "latent", "How strongly distress keeps itself going"]
    temperament: Annotated[Real, "latent", "Set point of loneliness that is the person's own"]
    stigma_trait: Annotated[Real, "SD", "Stigma towards help that the person returns to"]
    knowledge_trait: Annotated[Real, "SD", "Knowledge about help that the person returns to"]
    responsiveness: Annotated[
        Real, "ratio", "How much the person gains from a session; some gain nothing"
    ]
    readiness: Annotated[
        Real, "log hazard", "Lasting readiness to seek help, beside knowledge and stigma"
    ]
    sociability: Annotated[Small, "ties", "Friends that the person would have and looks for"]
    severe: Annotated[Small, "0 or 1", "Has a severe mental illness"]
    psychotic: Annotated[Small, "0 or 1", "The severe illness is a psychotic one"]
    frailty: Annotated[
        Real, "log hazard", "Lasting difference from others in the hazard of a crisis"
    ]
    distress: Annotated[Real, "latent", "Distress: the latent state behind symptoms"]
    entrenched: Annotated[
        Real, "latent", "What the hold of an illness adds to the set point of distress"
    ]
    lasting: Annotated[
        Small, "0 or 1", "The present episode takes hold: drawn when it begins, 0 between episodes"
    ]
    phq: Annotated[Real, "PHQ-9, 0 to 27", "Symptoms of depression"]
    distress_noise: Annotated[
        Real, "SD", "This week's chance in distress, drawn together with that in loneliness"
    ]
    loneliness: Annotated[Real, "latent", "Loneliness: the latent state behind UCLA-3"]
    stigma: Annotated[Real, "SD", "Stigma towards help"]
    knowledge: Annotated[Real, "SD", "Knowledge about illness and help"]
    event_load: Annotated[Real, "latent", "What recent life events add to distress"]
    strain: Annotated[Real, "latent", "What caring for someone ill at home adds to distress"]
    encouraged: Annotated[Real, "SD", "Encouragement to seek help that ties gave this week"]
    coping: Annotated[Real, "latent", "Gain in coping: lowers the set point of distress"]
    connection: Annotated[Real, "latent", "Gain in connection: lowers the set point of loneliness"]
    self_management: Annotated[
        Real, "log hazard", "Gain in self-management: lowers the hazard of a crisis"
    ]
    relief: Annotated[
        Real, "latent", "Relief by medication: lowers the set point of distress while taken"
    ]
    episode: Annotated[
        Short,
        "weeks",
        "Weeks in the present episode of depression; 0 none, -1 one week above the line",
    ]
    well: Annotated[Small, "weeks", "Weeks of low symptoms in a row within an episode"]
    episodes: Annotated[Small, "episodes", "Episodes since the beginning of the burn-in"]
    past_episodes: Annotated[Small, "episodes", "Episodes before it"]
    alive: Annotated[Small, "0 or 1", "Alive and in town"]
    vacated: Annotated[
        Small, "0 or 1", "The place in town is free: somebody else takes it at the next turnover"
    ]
    care_service: Annotated[Small, "service + 1", "Services enrolled in, 0 a free slot"]
    care_since: Annotated[Short, "week", "Week of enrolment"]
    care_sessions: Annotated[Short, "sessions", "Sessions attended in this enrolment"]
    wait_service: Annotated[Small, "service + 1", "Lists waited on, 0 a free slot"]
    wait_since: Annotated[Short, "week", "Week of joining the list"]
    stay: Annotated[Short, "days", "Days left in the ward, 0 not an inpatient"]
    boarding: Annotated[
        Short, "days", "Days of stay still to come for someone who boards without a bed"
    ]
    discharged: Annotated[Short, "weeks", "Weeks since the last discharge from the ward"]
    since_need: Annotated[Short, "weeks", "Weeks since a crisis that needed a bed was over"]
    unmet: Annotated[Small, "0 or 1", "That crisis found no bed"]
    ward_days: Annotated[Small, "days", "Days spent in the ward this week"]
    since_crisis: Annotated[Short, "weeks", "Weeks since the last crisis"]
    last_session: Annotated[Short, "week", "Week of the last session in any service"]
    admissions: Annotated[Small, "admissions", "Admissions so far"]
    peer: Annotated[Small, "0 or 1", "At work as a peer"]
    close_ties: Annotated[Small, "ties", "Friends and ties made in groups"]
    company: Annotated[Real, "ties", "What volunteers who visit at present count for as ties"]
    happened: Annotated[Flags, "bits", "What happened this week"]
    crisis_chance: Annotated[Real, "probability", "Chance of a crisis this week"]
    visit_chance: Annotated[Real, "probability", "Chance of an emergency visit this week"]
    need_chance: Annotated[Real, "probability", "Chance of needing a bed this week"]
    admission_chance: Annotated[
        Real, "probability", "Expected admissions this week, with the beds that there are"
    ]
    suicide_hazard: Annotated[Real, "per week", "Hazard of dying by suicide this week"]
    sessions: Annotated[Small, "sessions", "Sessions attended this week"]
    missed: Annotated[Small, "sessions", "Sessions missed this week"]


class Column(NamedTuple):
    """One field of a resident: its storage, unit, meaning, and the code of its numbers."""

    name: str
    dtype: np.dtype[np.generic]
    slots: int
    unit: str
    meaning: str
    code: type[IntEnum] | None = None


_SLOTS = dict.fromkeys(("care_service", "care_since", "care_sessions"), CARE_SLOTS) | dict.fromkeys(
    ("wait_service", "wait_since"), WAIT_SLOTS
)


@cache
def columns() -> tuple[Column, ...]:
    """Every column of a resident, in storage order."""
    found = []
    # Annotations are text until they are resolved, and units and meanings stand inside them.
    for name, hint in get_type_hints(Residents, include_extras=True).items():
        array, unit, meaning, *code = get_args(hint)
        scalar = get_args(array)[-1]
        # NDArray[X] is spelled ndarray[shape, dtype[X]], of which only X is wanted.
        dtype = np.dtype((get_args(scalar) or (scalar,))[0])
        found.append(Column(name, dtype, _SLOTS.get(name, 1), unit, meaning, *code))
    return tuple(found)


def make_residents(count: int) -> Residents:
    """Allocate zeroed columns for `count` residents."""
    shapes = (
        (column, (count,) if column.slots == 1 else (count, column.slots)) for column in columns()
    )
    return Residents(*(np.zeros(shape, column.dtype) for column, shape in shapes))
