"""The fields of a scenario as they are declared, without what is done with them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.schema.branching import Branch
from sim.scenario.schema.channels import Held
from sim.scenario.schema.field_types import (
    DIGITS_PATTERN,
    LARGEST_AMOUNT,
    Declared,
    Id,
    Length,
    Number,
    OnOff,
    Prose,
    Share,
    Text,
)
from sim.scenario.schema.funding import Fund, Prices
from sim.scenario.schema.governance import Governance
from sim.scenario.schema.names import PlainName
from sim.scenario.schema.own_kinds import OwnKind
from sim.scenario.schema.partnerships import Partnership
from sim.scenario.schema.people import Neighbourhood, Population
from sim.scenario.schema.services import Service
from sim.scenario.schema.shocks import Shock
from sim.units import parse_money

START = date(2024, 1, 1)


def _read_threshold(value: Any, info: ValidationInfo) -> Any:
    """Money per QALY, or a bare number of the scenario's currency."""
    if not isinstance(value, str):
        return value
    try:
        money = parse_money(value)
    except ValueError as error:
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": str(error)}) from None
    expected = info.context.get("currency") if info.context else None
    said = (
        f"has the wrong unit (got {money}; wanted: per QALY)"
        if money.per not in {"", "QALY"}
        else ""
    )
    if not said and expected and money.currency not in {"", expected}:
        said = f"is in {money.currency}, the scenario in {expected}"
    if said:
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
    return money.amount


def _refuse_split(value: Any) -> Any:
    """Refuse money beside bare numbers in a list: `[USD 50,500]` is two values, 50 and 500."""
    texts = [isinstance(each, str) for each in value] if isinstance(value, list | tuple) else []
    if any(texts) and not all(texts):
        said = (
            "has money beside bare numbers: in a list a comma begins the next value; write"
            " thousands with _ and a decimal with a point, as in `[USD 50_000, USD 100_000]`"
        )
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
    return value


def _read_date(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise PydanticCustomError(
            "wrong_value",
            "{sentence}",
            {"sentence": f"must be a date such as `2024-01-01` (got {value!r})"},
        ) from None


Threshold = Annotated[
    float,
    BeforeValidator(_read_threshold),
    Field(gt=0, lt=LARGEST_AMOUNT),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": LARGEST_AMOUNT},
                {"type": "string", "pattern": f"^[A-Z]{{3}} {DIGITS_PATTERN}( per QALY)?$"},
            ]
        }
    ),
]


class Discount(Declared):
    """Yearly discount rates."""

    costs: Share = Field(description="Yearly discount rate of costs.")
    effects: Share = Field(description="Yearly discount rate of effects.")


class Structure(Declared):
    """Choices about how the model is built, for structural uncertainty."""

    contagion: OnOff = Field(
        default="off",
        description=(
            "Whether loneliness passes along ties; what looks like it may be mere likeness."
        ),
    )
    gains: Literal["ceiling", "additive"] = Field(
        default="ceiling", description="How two services on one channel add up."
    )
    crisis_link: Literal["logistic", "exponential"] = Field(
        default="logistic", description="How the hazard of a crisis rises with symptoms."
    )
    network: Literal["circles", "random"] = Field(
        default="circles", description="How friendships are arranged."
    )


class ScenarioFields(Declared):
    """Everything that a scenario declares, before its parts are held against each other."""

    name: PlainName = Field(description="Short name; the file's name if left out.")
    title: Text = Field(description="One line that names it in tables and figures.")
    summary: Prose = Field(
        default="", description="A sentence or two that say what is different here."
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="Currency of all money, three capital letters."
    )
    price_year: Annotated[int, Field(strict=True, ge=1950, le=2100)] = Field(
        description="Year whose prices all money is in."
    )
    horizon: Annotated[Length, Field(ge=1, le=5_200)] = Field(
        description="How long it is followed from week 0."
    )
    warm_up: Annotated[Length, Field(le=2_600)] = Field(
        default=52, description="How long the town runs before week 0, unrecorded (the burn-in)."
    )
    start: Annotated[date, BeforeValidator(_read_date)] = Field(
        default=START, description="First day of week 0."
    )
    discount: Discount = Field(description="Yearly discount rates.")
    perspective: Literal["health_care", "public_payer", "societal"] = Field(
        description="Whose costs count."
    )
    willingness_to_pay: Annotated[tuple[Threshold, ...], BeforeValidator(_refuse_split)] = Field(
        default=(),
        description=(
            "What a QALY may cost: thresholds such as `USD 100_000 per QALY`, or bare numbers in"
            " the scenario's currency."
        ),
    )
    population: Population = Field(description="Who lives in the town.")
    neighbourhoods: Annotated[dict[Id, Neighbourhood], Field(min_length=1)] = Field(
        description="Parts of the town."
    )
    services: dict[Id, Service] = Field(default_factory=dict, description="What is offered.")
    kinds: dict[Id, OwnKind] = Field(
        default_factory=dict,
        description="Kinds of service of its own, from `kinds/NAME.yaml` beside it.",
    )
    funds: dict[Id, Fund] = Field(default_factory=dict, description="Where the money comes from.")
    shocks: dict[Id, Shock] = Field(default_factory=dict, description="What happens from outside.")
    partnerships: dict[Id, Partnership] = Field(
        default_factory=dict, description="Whom the services work with."
    )
    governance: Governance | None = Field(
        default=None, description="The committee and its rules; without it, nobody decides."
    )
    branch: Branch | None = Field(
        default=None, description="A week from which it goes on in several ways, to decide later."
    )
    prices: Prices = Field(description="What things cost.")
    parameters: dict[str, Number] = Field(
        default_factory=dict,
        description="Values of the evidence that are different here, by their id.",
    )
    structure: Structure = Field(default_factory=Structure, description="How the model is built.")
    place: PlainName | None = Field(
        default=None,
        description="The place whose town it is, by its folder's name: reports say what is local.",
    )
    held: Held | None = Field(
        default=None,
        description=(
            "Channels of its services that are held at their values in another scenario, to explain"
            " a difference."
        ),
    )
