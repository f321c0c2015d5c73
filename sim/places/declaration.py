"""What a place declares in its place.yaml: which area it is, what is borrowed, what there is,
and what is known of its levels.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.evidence.distributions import check_bounds
from sim.evidence.loader import all_evidence
from sim.scenario.schema.field_types import (
    Amount,
    Count,
    Declared,
    Id,
    Length,
    Number,
    Role,
    Share,
    Text,
)
from sim.units import parse_share

FROM_TABLES = "tables"
"""Instead of a figure: take it from the tables that were read."""


def refuse(sentence: str) -> PydanticCustomError:
    """An error of a declaration in words of its own."""
    return PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})


MOST_WEEKS_WAITED = 1_043
"""Weeks that people on a list can have waited on average: twenty years."""
FIRST_YEAR, LAST_YEAR = 1900, 2100


def _check_year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refuse(f"must be a year from {FIRST_YEAR} to {LAST_YEAR}")
    return year


Year = Annotated[Count, AfterValidator(_check_year)]


class Districts(Declared):
    """How the tables' areas become neighbourhoods."""

    level: str = Field(
        default="",
        description=(
            "Which areas are districts: a level such as `tract` or `E05`, or a pattern of their"
            " codes; left out, those with the best tables."
        ),
    )
    merge: dict[Id, tuple[str, ...]] = Field(
        default_factory=dict,
        description=(
            "Districts that are put together, by the name of what they become: lists of codes."
        ),
    )
    lookup: str = Field(
        default="",
        description=(
            "A CSV file in the place's folder with columns from, to, share: which share of an area"
            " of other boundaries is in which district."
        ),
    )
    deprivation: str = Field(
        default="",
        description=(
            "Index that deprivation is taken from, such as `imd`; left out, the first that a table"
            " gives."
        ),
    )
    distance: Amount | None = Field(
        default=None,
        description=(
            "Minutes of travel to services that serve the whole place; left out, the profile's."
        ),
    )


class Microdata(Declared):
    """A published sample of person records, which says how what tables give by itself hangs
    together.
    """

    file: Text = Field(description="A CSV file in the place's folder.")
    recode: Text = Field(
        description="What its columns mean: `us-pums`, or a YAML file in the place's folder."
    )
    only: dict[str, tuple[str | int, ...]] = Field(
        default_factory=dict,
        description="Records that are used, by column: such as {PUMA: [51089, 51090]}.",
    )


class Supply(Declared):
    """A service as it stands: posts, people in care and on the list now, and how much of it is
    this place's.
    """

    kind: Text = Field(description="Kind of service, as in a scenario.")
    posts: dict[Role, Amount] = Field(
        default_factory=dict, description="Full-time equivalents by role, vacancies included."
    )
    vacancies: dict[Role, Amount] = Field(
        default_factory=dict, description="Posts of those that are vacant now."
    )
    caseload: Amount | None = Field(
        default=None, description="Places for each full-time post of the leading role."
    )
    beds: Amount | None = Field(default=None, description="Beds here.")
    beds_elsewhere: Amount = Field(
        default=0.0, description="Beds outside the place that its people use on an average day."
    )
    catchment: Share = Field(
        default=1.0,
        description="Share of the service that is this place's, where it serves a larger area.",
    )
    in_care: Count | None = Field(default=None, description="People in care now.")
    waiting: Count | None = Field(default=None, description="People on the waiting list now.")
    waited: Length | None = Field(
        default=None, description="How long those on the list have waited so far, on average."
    )
    source: str = Field(default="", description="Where the figures come from.")
    more: dict[str, Any] = Field(
        default_factory=dict, description="Further keys of the service, as in a scenario."
    )

    @model_validator(mode="after")
    def _is_sound(self) -> Supply:
        """Nobody waits for half a lifetime."""
        if self.waited is not None and self.waited > MOST_WEEKS_WAITED:
            raise refuse(
                f"waited must be {MOST_WEEKS_WAITED:,} weeks at most (got {self.waited:,})"
            )
        return self


def _read_figure(value: Any) -> Any:
    return {"value": None, "source": value} if value == FROM_TABLES else value


def _read_printed(value: Any) -> Any:
    """A number, or a percentage such as `19%`."""
    return parse_share(value) if isinstance(value, str) and value.strip().endswith("%") else value


Printed = Annotated[Number, BeforeValidator(_read_printed)]


class Figure(Declared):
    """A local figure that the place is held against."""

    value: Printed | None = Field(
        default=None,
        description=(
            "The figure as published; shares from 0 to 1. Left out, from the tables that were read."
        ),
    )
    low: Printed | None = Field(default=None, description="Lower bound as published.")
    high: Printed | None = Field(default=None, description="Upper bound as published.")
    national: Printed | None = Field(
        default=None, description="The same figure for the nation, for `mode: ratio`."
    )
    tolerance: Share | None = Field(
        default=None,
        description=(
            "How far the model may lie from it, relative; left out, the bounds or the definition's."
        ),
    )
    mode: Literal["level", "ratio"] | None = Field(
        default=None,
        description=(
            "level: both count the same. ratio: the shipped moment times local over national. Left"
            " out, the definition's."
        ),
    )
    definition: Id | None = Field(
        default=None,
        description=(
            "What it is, by the library of definitions (`kinwell place definitions`); left out, its"
            " own name."
        ),
    )
    year: Year | None = None
    source: Text = Field(description="Where it comes from.")
    fit: bool = Field(
        default=True,
        description="Whether levels are fitted to it; false holds it out, to be predicted.",
    )

    @model_validator(mode="after")
    def _is_sound(self) -> Figure:
        """Published figures count something, and lie between their bounds."""
        for key in ("value", "low", "high", "national"):
            given = getattr(self, key)
            if given is not None and given < 0.0:
                raise refuse(f"{key} must not be below 0 (got {given:g})")
        known = [each for each in (self.low, self.value, self.high) if each is not None]
        if known != sorted(known):
            raise refuse(f"must have low, value and high in this order (got {known})")
        if self.tolerance == 0.0:
            raise refuse("tolerance must be more than 0%: no model would ever meet it")
        if self.low is not None and self.low == self.high and self.tolerance is None:
            raise refuse(f"low and high must differ (both are {self.low:g}), or none be given")
        return self


Local = Annotated[Figure, BeforeValidator(_read_figure)]


def _check_part(share: float) -> float:
    if share <= 0.0:
        raise refuse("must be more than 0%: nobody would live here")
    return share


Part = Annotated[Share, AfterValidator(_check_part)]


def _check_bounds(bounds: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Bounds of levers are in order, and hold values that their parameter may have."""
    known = all_evidence()
    for name, (low, high) in bounds.items():
        if not low < high:
            raise refuse(f"{name}: the lower bound must be below the upper one ({low:g}, {high:g})")
        for end in (low, high):
            if name in known and (wrong := check_bounds(known[name], end)):
                raise refuse(f"{name}: {wrong} (got {end:g})")
    return bounds


class Place(Declared):
    """A real place, built from its own tables."""

    kind: Literal["place"]
    title: Text
    profile: Text = Field(
        default="us",
        description=(
            "What lends where no table says: a profile that ships (us, uk, au), the folder of one,"
            " or a scenario."
        ),
    )
    area: str = Field(
        default="", description="Code of the place in the tables; left out, found by its name."
    )
    also: tuple[str, ...] = Field(
        default=(), description="Other codes that stand for it, such as its commissioner's."
    )
    year: Year | None = Field(
        default=None,
        description="Year that it is built for: later tables are left aside; left out, the newest.",
    )
    scale: Part = Field(
        default=1.0,
        description="Share of its people that are simulated; posts, beds and money go with it.",
    )
    seed: Count = Field(default=1, description="Decides how fractions of people are rounded.")
    groups: tuple[Id, ...] | None = Field(
        default=None,
        description="Groups that people are told apart by; left out, all that tables give.",
    )
    microdata: Microdata | None = Field(
        default=None,
        description=(
            "Person records, such as a Public Use Microdata Sample; left out, the profile says how"
            " work and insurance go with age, and groups go with nothing."
        ),
    )
    districts: Districts = Field(default_factory=Districts)
    supply: dict[Id, Supply] = Field(
        default_factory=dict,
        description="Services as they stand; left out, the profile's, in proportion to people.",
    )
    funds: dict[Id, dict[str, Any]] = Field(
        default_factory=dict,
        description="Money, as in a scenario; left out, what the posts cost beyond their fees.",
    )
    town: dict[str, Any] = Field(
        default_factory=dict,
        description="Anything else that a scenario may say: currency, prices, parameters.",
    )
    local: dict[Id, Local] = Field(
        default_factory=dict, description="Local figures by the name of their definition."
    )
    context: Annotated[dict[str, tuple[Number, Number]], AfterValidator(_check_bounds)] = Field(
        default_factory=dict,
        description=(
            "Parameters that may differ from place to place, with their bounds; left out, the"
            " library's."
        ),
    )
