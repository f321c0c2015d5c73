"""A scenario: everything that a community needs to know, frozen and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.card import describe_scenario
from sim.scenario.changes import change
from sim.scenario.diagnostics.branching import find_branch_conflicts, merge_option
from sim.scenario.diagnostics.comparability import check_held
from sim.scenario.diagnostics.conflicts import Conflict, find_conflicts
from sim.scenario.schema.channels import Held
from sim.scenario.schema.field_types import keep_rows, strip
from sim.scenario.schema.fields import ScenarioFields

PAST = ("population", "neighbourhoods", "parameters", "structure", "warm_up")
"""What acts before week 0, beside the services that stand there already."""


class Scenario(ScenarioFields):
    """One town, one replicate: people, services, money, decisions and what happens to it."""

    @field_validator("held")
    @classmethod
    def _hold_at_a_scenario(cls, held: Held | None) -> Held | None:
        """Refuse to hold channels at something that could not run, or holds channels itself."""
        if held is None:
            return None
        try:
            reference = cls.model_validate(held.reference)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(key) for key in first["loc"])
            sentence = f"reference is no whole scenario: {where or 'it'}: {first['msg']}"
        else:
            if reference.held is None:
                return held
            sentence = "reference holds channels itself; give a scenario that holds none"
        raise PydanticCustomError("wrong_value", "{sentence}", {"sentence": sentence})

    @model_validator(mode="after")
    def _fit_together(self, info: ValidationInfo) -> Scenario:
        """Refuse parts that contradict each other; all contradictions at once."""
        known = info.context.get("known") if info.context else None
        conflicts = find_conflicts(self, known)
        if self.reference is not None:
            conflicts += [Conflict(*found) for found in check_held(self, self.reference)]
        # Options lie over the whole: of a faulty one each would show the faults again.
        if conflicts := conflicts or find_branch_conflicts(self):
            sentence = "; ".join(f"{'.'.join(c.path)}: {c.message}" for c in conflicts)
            raise PydanticCustomError(
                "conflicts", "{sentence}", {"sentence": sentence, "conflicts": conflicts}
            )
        return self

    @cached_property
    def reference(self) -> Scenario | None:
        """The scenario at whose values channels are held; None where none are."""
        return None if self.held is None else Scenario.model_validate(self.held.reference)

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """A checked copy with other values, by dotted path.

        InvalidInput names every path that does not fit.

        >>> from sim.scenario.library import load
        >>> small = load("baseline").with_({"population.residents": 500, "horizon": "1 year"})
        >>> small.population.residents, small.horizon
        (500, 52)
        """
        return change(self, changes)

    def resolved(self) -> dict[str, Any]:
        """The whole scenario as plain data, with its units: written as YAML and loaded again it is
        equal.
        """
        return strip(self.model_dump(mode="json", by_alias=True))

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return describe_scenario(self)

    @cached_property
    def hash(self) -> str:
        """Fingerprint of everything declared, 64 hexadecimal digits."""
        return fingerprint(self.resolved())

    @cached_property
    def past_hash(self) -> str:
        """Fingerprint of what acts before week 0: scenarios that share it share their burn-in."""
        everything = self.resolved()
        services = {
            name: {
                key: value
                for key, value in everything["services"][name].items()
                # An end after week 0 changes nothing before it: the burn-in is the same.
                if key != "until" or (service.until or 0) < 0
            }
            for name, service in self.services.items()
            if service.stands_before_week_0
        }
        past = {key: everything.get(key) for key in PAST} | {"services": services}
        standing = {self.services[name].own_kind for name in services}
        kinds = {
            name: kind for name, kind in everything.get("kinds", {}).items() if name in standing
        }
        # Only where there are any: others keep the fingerprint that stored runs have.
        return fingerprint(past | ({"kinds": kinds} if kinds else {}))

    @cached_property
    def later(self) -> Scenario:
        """The scenario as it is from its branch on, by the option that it takes; itself without
        one.
        """
        if self.branch is None or self.branch.take is None:
            return self
        return merge_option(self, self.branch.take, Scenario)

    @cached_property
    def options(self) -> tuple[Scenario, ...]:
        """The scenario as it is after its branch, by each option; empty without a branch."""
        if self.branch is None:
            return ()
        return tuple(merge_option(self, option, Scenario) for option in self.branch.options)

    @cached_property
    def foreseen(self) -> Scenario:
        """The scenario with whatever any option of its branch adds, which begins with the branch or
        later: what stands ready from the first week on. Itself without a branch.
        """
        parts: dict[str, dict[str, Any]] = {
            part: dict(getattr(self, part)) for part in ("services", "funds", "partnerships")
        }
        for option in self.options:
            for part, things in parts.items():
                for name, thing in getattr(option, part).items():
                    # What is there already stays as it is now: an option changes it at the branch.
                    things.setdefault(name, thing)
        return self.model_copy(update=parts) if self.options else self


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of plain data, whatever the order of its keys; things with rows count in theirs."""
    return hashlib.sha256(
        json.dumps(
            keep_rows(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True
        ).encode()
    ).hexdigest()
