"""A scenario: everything that a community needs to know, frozen and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.card import describe_scenario
from sim.scenario.changes import change
from sim.scenario.diagnostics.conflicts import find_conflicts
from sim.scenario.schema.fields import ScenarioFields, strip

PAST = ("population", "neighbourhoods", "parameters", "structure", "warm_up")
"""What acts before week 0, beside the services that stand there already."""


class Scenario(ScenarioFields):
    """One town, one replicate: people, services, money, decisions and what happens to it."""

    @model_validator(mode="after")
    def _fit_together(self, info: ValidationInfo) -> Scenario:
        """Refuse parts that contradict each other; all contradictions at once."""
        known = info.context.get("known") if info.context else None
        if conflicts := find_conflicts(self, known):
            sentence = "; ".join(f"{'.'.join(c.path)}: {c.message}" for c in conflicts)
            raise PydanticCustomError(
                "conflicts", "{sentence}", {"sentence": sentence, "conflicts": conflicts}
            )
        return self

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
        """Fingerprint of what acts before week 0: scenarios that share it share their warm-up."""
        everything = self.resolved()
        services = {
            name: {
                key: value
                for key, value in everything["services"][name].items()
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
        return fingerprint(past | ({"kinds": kinds} if kinds else {}))


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(
        json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    ).hexdigest()
