"""What every declaration is made of: frozen models and the types of their fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sim.units import (
    Money,
    find_control,
    parse_length,
    parse_money,
    parse_share,
    parse_week,
    shorten,
)

Role = Literal[
    "therapist",
    "psychiatrist",
    "physician",
    "nurse",
    "peer",
    "volunteer",
    "case_manager",
    "coordinator",
]
"""Who can work in a service."""
Switch = Literal["on", "off"]
Happened = Literal["hospital_discharge", "crisis", "birth"]
DIGITS_PATTERN = r"([0-9]+(_[0-9]+)*|[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3})([.][0-9]+)?"
"""Digits of an amount, for editors; what may be read in two ways is refused when it is read."""
LARGEST_AMOUNT = 1e15
"""No amount of money reaches this."""
LARGEST_COUNT = 20_000_000
"""Nothing that is counted is more than the residents of the largest town."""


class Declared(BaseModel):
    """A part of a scenario: frozen, every key known, every number finite."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        # Python has no keyword arguments `from` and `for`.
        populate_by_name=True,
        allow_inf_nan=False,
        use_attribute_docstrings=False,
        hide_input_in_errors=True,
        # Built when first used, so that commands without a scenario do not wait for it.
        defer_build=True,
    )


def say_wrong(parse: Callable[[], Any]) -> Any:
    """Turn the sentence of a ValueError into the message of the field."""
    try:
        return parse()
    except ValueError as error:
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": str(error)}) from None


def _from_file(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("from_file"))


def _is_whole(value: object) -> bool:
    # A bool is an int of Python.
    return isinstance(value, int) and not isinstance(value, bool)


def _read_week(value: Any, info: ValidationInfo) -> int:
    """A week from a file carries its unit; from Python a whole number will do."""
    if _is_whole(value) and not _from_file(info):
        return int(value)
    start = info.context.get("start") if info.context else None
    return int(say_wrong(lambda: parse_week(value, start if isinstance(start, date) else None)))


def _read_length(value: Any, info: ValidationInfo) -> int:
    weeks = (
        int(value)
        if _is_whole(value) and not _from_file(info)
        else int(say_wrong(lambda: parse_length(value)))
    )
    if weeks < 0:
        raise PydanticCustomError(
            "wrong_value", "{sentence}", {"sentence": f"must not be negative (got {weeks} weeks)"}
        )
    return weeks


def _read_share(value: Any) -> float:
    return float(say_wrong(lambda: parse_share(value)))


def _bounded_share(high: float) -> Any:
    def read(value: Any) -> float:
        share = _read_share(value)
        if not 0 <= share <= high:
            said = f"must be between 0% and {high:.0%} (got {shorten(value)})".replace("'", "")
            raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": said})
        return share

    return BeforeValidator(read)


def _money_type(example: str, *per: str) -> Any:
    """Validator for an amount whose unit is one of `per`; an empty unit stands for one-off."""

    def read(value: Any) -> Money:
        money: Money = say_wrong(lambda: parse_money(value))
        if not 0 <= money.amount < LARGEST_AMOUNT:
            said = (
                "must not be negative"
                if money.amount < 0
                else f"must be less than {LARGEST_AMOUNT:.0e}"
            )
            raise PydanticCustomError(
                "wrong_value", "{sentence}", {"sentence": f"{said} (got {shorten(money)})"}
            )
        # Nothing is nothing in any unit.
        if money.amount and money.per not in per:
            wanted = ", ".join(f"per {unit}" if unit else "without a unit" for unit in per)
            raise PydanticCustomError(
                "wrong_value",
                "{sentence}",
                {"sentence": f"has the wrong unit (got {money}; wanted: {wanted})"},
            )
        return money

    schema = {
        "type": ["string", "integer"],
        "examples": [example],
        "pattern": rf"^([A-Z]{{3}} {DIGITS_PATTERN}( per [a-zA-Z]+)?|0)$",
    }
    return Annotated[
        Money, PlainValidator(read), PlainSerializer(str, return_type=str), WithJsonSchema(schema)
    ]


def _read_switch(value: Any) -> Any:
    """Python's True and False are on and off."""
    return ("on" if value else "off") if isinstance(value, bool) else value


def _read_number(value: Any) -> Any:
    """Numbers are numbers: neither text nor yes and no."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError(
            "wrong_value", "{sentence}", {"sentence": f"must be a number (got {value!r})"[:120]}
        )
    return value


def _read_name(value: Any) -> Any:
    """Text is text; a number in its place is a mistake that is worth a word."""
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": "is empty"})
    if isinstance(value, str) and "\n" in value.strip():
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": "must be one line"})
    text = _read_prose(value)
    return text.strip() if isinstance(text, str) else text


def _read_prose(value: Any) -> Any:
    """Text without control characters, which a terminal would obey."""
    if isinstance(value, str) and (control := find_control(value)):
        sentence = f"has a control character ({control})"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})
    return value


_SHARE_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9.]+ *%$"}]
}

ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
Id = Annotated[str, Field(pattern=ID_PATTERN)]
"""Name of a service, fund, shock, rule or neighbourhood."""
Text = Annotated[str, BeforeValidator(_read_name)]
"""One line of text."""
Prose = Annotated[str, BeforeValidator(_read_prose)]
"""Text of any number of lines."""
# Strict, as text or `yes` in the place of a count is a mistake.
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST_COUNT)]
Number = Annotated[float, BeforeValidator(_read_number)]
Amount = Annotated[float, BeforeValidator(_read_number), Field(ge=0, le=LARGEST_COUNT)]
Share = Annotated[float, _bounded_share(1.0), WithJsonSchema(_SHARE_SCHEMA)]
Growth = Annotated[float, _bounded_share(10.0), WithJsonSchema(_SHARE_SCHEMA)]
Week = Annotated[
    int,
    PlainValidator(_read_week),
    # With its unit: what is written out has to be readable as a file.
    PlainSerializer(lambda week: f"week {week}", return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(week -?[0-9]+|\d{4}-\d{2}-\d{2})$",
            "examples": ["week 8", "2026-09-07"],
        }
    ),
]
Length = Annotated[
    int,
    PlainValidator(_read_length),
    PlainSerializer(lambda weeks: f"{weeks} weeks", return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9.]+ *(day|week|month|year)s?$",
            "examples": ["26 weeks", "3 years"],
        }
    ),
]
OnOff = Annotated[Switch, BeforeValidator(_read_switch)]
Flow = _money_type("USD 420_000 per year", "year", "month", "week", "")
Stock = _money_type("USD 50_000", "")
Pay = _money_type("USD 60_000 per year", "year", "month", "week")
Hourly = _money_type("USD 48 per hour", "hour", "")
Daily = _money_type("USD 1_300 per day", "day", "")
PerSession = _money_type("USD 30 per session", "session", "visit", "")
PerVisit = _money_type("USD 600 per visit", "visit", "")
PerHire = _money_type("USD 4_000 per hire", "hire", "")
PerReview = _money_type("USD 5_000 per review", "review", "")

NO_MONEY = Money(0.0)


WITH_ROWS = frozenset(
    {"neighbourhoods", "groups", "services", "staff", "kinds", "funds"}
    | {"shocks", "partnerships", "seats", "rules"}
)
"""Parts whose things have rows or take turns in the order in which they are written."""


def keep_rows(data: Any, part: str = "") -> Any:
    """Plain data with the things of such parts as pairs, so that their order counts when two are
    compared: another order is another run, by who is paid, asked or drawn first.
    """
    if isinstance(data, list | tuple):
        return [keep_rows(each) for each in data]
    if not isinstance(data, dict):
        return data
    kept = {key: keep_rows(value, key) for key, value in data.items()}
    return list(kept.items()) if part in WITH_ROWS else kept


def strip(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not there: None and empty mappings."""
    plain: dict[str, Any] = {}
    for key, value in data.items():
        inner = strip(value) if isinstance(value, dict) else value
        if inner is not None and inner != {}:
            # As text: sizes of households are numbers here, and JSON has none as keys.
            plain[str(key)] = inner
    # First, as people write it: it says which keys may follow.
    return {"kind": plain.pop("kind"), **plain} if "kind" in plain else plain
