"""What a reader declares: how one kind of published table is recognised, and which of its
columns mean what.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Part(BaseModel):
    """A part of a reader: frozen, every key known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, coerce_numbers_to_str=True
    )


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class From(Part):
    """Where a field of the tidy form comes from: the first of some columns, several joined, or a
    constant; then through words.
    """

    column: Names = Field(
        default=(),
        description=(
            "Columns of which the first that is there is taken; `*` stands for anything. `$column`"
            " is the name of the column that the value stands in, `$file` the file's name."
        ),
    )
    join: Names = Field(
        default=(),
        description="Columns whose texts are put together, such as state, county and tract.",
    )
    is_: str = Field(default="", alias="is", description="The same for all rows.")
    part: str = Field(
        default="", description="A regular expression; what its first bracket finds is taken."
    )
    words: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "What is printed, with `*` for anything, and what it means here; the first that fits"
            " counts. An empty meaning passes the row over."
        ),
    )
    strict: bool = Field(
        default=True,
        description=(
            "Whether a text that `words` does not list is told as not understood; else it stays as"
            " printed."
        ),
    )
    digits: tuple[int, ...] = Field(
        default=(),
        description=(
            "Lengths that a numeric code may have; a zero that a spreadsheet took away is put back."
        ),
    )


def _as_from(value: Any) -> Any:
    return {"column": (value,)} if isinstance(value, str) else value


Source = Annotated[From, BeforeValidator(_as_from)]
NOWHERE = From()


class Series(Part):
    """A column of numbers, or several that match a pattern, and what is special about them."""

    column: Names = Field(
        description=(
            "The column; the first that is there of several, or all that match one with `*`."
        )
    )
    low: Names = Field(default=(), description="Column of the lower bound.")
    high: Names = Field(default=(), description="Column of the upper bound.")
    moe: Names = Field(
        default=(),
        description=(
            "Column of the margin of error (90%, as the US Census prints it); makes the bounds."
        ),
    )
    interval: Names = Field(default=(), description="Column with both bounds in one cell.")
    table: str = ""
    measure: str = ""
    age: str | None = None
    sex: str | None = None
    group: dict[str, str] = Field(default_factory=dict, description="Category by dimension.")
    plausible: tuple[float, float] | None = Field(
        default=None,
        description=(
            "Between which values it can lie, shares from 0 to 1: tells 72.0 from .72, and what"
            " cannot be."
        ),
    )


class Variable(Part):
    """What a coded variable, such as B01001_003, stands for."""

    table: str = ""
    measure: str = ""
    age: str = ""
    sex: str = ""
    group: dict[str, str] = Field(default_factory=dict)


class Reader(Part):
    """How one kind of published table is read; `docs/places.md` shows how to write one."""

    id: str
    title: str = Field(description="The table, as its publisher calls it.")
    publisher: str
    licence: str
    about: str = Field(
        default="", description="What to know before using it: universe, coding, traps."
    )
    layout: Literal["rows", "labels", "variables"] = Field(
        default="rows",
        description=(
            "rows: a row for each area or number. labels: names of lines in the first column, areas"
            " across, as data.census.gov gives them. variables: coded columns such as B01001_003E."
        ),
    )
    needs: Names = Field(
        description="Columns by which it is recognised, all of them; `*` stands for anything."
    )
    where: dict[str, Names] = Field(
        default_factory=dict,
        description="Column and what must stand in it; other rows are of another reader.",
    )
    skip: dict[str, Names] = Field(
        default_factory=dict,
        description=(
            "Column and what stands in rows that are passed over: totals, other breakdowns."
        ),
    )
    area: Source = NOWHERE
    area_name: Source = NOWHERE
    areas: str = Field(
        default="",
        description="A regular expression that codes of areas match; what does not is a footnote.",
    )
    table: Source = NOWHERE
    age: Source = NOWHERE
    sex: Source = NOWHERE
    measure: Source = NOWHERE
    year: Source = NOWHERE
    groups: dict[str, Source] = Field(
        default_factory=dict, description="Dimension and where its category comes from."
    )
    values: tuple[Series, ...] = ()
    variables: dict[str, Variable] = Field(default_factory=dict)
    variable: Source = NOWHERE
    variables_from: str = Field(default="", description="Another reader whose variables these are.")
    suppressed: Names = Field(
        default=(), description="Signs for withheld numbers beside the usual ones."
    )
    rounded_to: int = Field(
        default=0, description="Counts are published rounded to this; 0 for not."
    )
    decimal: Literal[".", ","] = "."
