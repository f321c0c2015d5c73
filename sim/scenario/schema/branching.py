"""Deciding later: a scenario that branches at a week into options with one identical past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.scenario.schema.field_types import Declared, Id, Week, strip
from sim.scenario.schema.governance import SeenOnce, Survey, Threshold

Changes = dict[str, Any]
"""What an option changes: written as in a scenario, and merged over it."""


def _name_idle(options: Any) -> Any:
    """Options as given; one that says nothing gets its name as its title, so that it is kept."""
    if not isinstance(options, Mapping):
        return options
    # Empty mappings go when a scenario is written, and the option would go with them.
    return {
        name: {"title": name} if isinstance(given, dict) and not strip(given) else given
        for name, given in options.items()
    }


class Observation(Declared):
    """What must be seen at the branch for an option to be taken."""

    # Before its thresholds, which are read in the unit of the measure.
    kpi: SeenOnce = Field(description="What is measured, as by a committee.")
    service: Id | None = Field(
        default=None, description="At which service; without it, in the whole town."
    )
    above: Threshold | None = Field(
        default=None, description="Holds when the measure is above this, in the measure's unit."
    )
    below: Threshold | None = Field(
        default=None, description="Holds when the measure is below this, in the measure's unit."
    )


class TakeRule(Declared):
    """A rule of the decision: where this is seen at the branch, take that option."""

    when: Observation = Field(description="What must be seen.")
    take: Id = Field(description="Option that is then taken.")


class Branch(Declared):
    """A week at which a scenario goes on in several ways, one run for each."""

    at: Annotated[Week, Field(ge=1)] = Field(
        description="Week that begins differently: everything before it is the same in all options."
    )
    options: Annotated[dict[Id, Changes], Field(min_length=2), BeforeValidator(_name_idle)] = Field(
        description=(
            "Options by name, each with what it changes from that week on: services, funds, shocks,"
            " partnerships, governance. One that says its title alone changes nothing."
        )
    )
    rules: dict[Id, TakeRule] = Field(
        default_factory=dict,
        description="How the option is chosen by what is seen at the branch: the first that holds.",
    )
    otherwise: Id | None = Field(
        default=None,
        description="Option that is taken where no rule holds; the first, if left out.",
    )
    survey: Survey = Field(
        default_factory=Survey, description="How answers are heard that rules ask for."
    )
    take: Id | None = Field(
        default=None,
        description="The one option that runs; without it, `run` and `compare` run each of them.",
    )

    @property
    def fallback(self) -> str:
        """The option that is taken where no rule holds."""
        return self.otherwise or next(iter(self.options))


def lay_over(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What an option changes, over what was declared: mappings merge, everything else replaces."""
    merged = dict(old)
    for key, value in new.items():
        below = old.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = lay_over(below, value) if both and below is not None else value
    return merged
