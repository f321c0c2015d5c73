"""Mixes of programmes as scenarios: built on one scenario, paid by one budget, and the constraints
that each of them breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput
from sim.scenario.scaling import WHOLE_NUMBERS
from sim.scenario.schema.names import MARK_ROOM, clip, say_unfit
from sim.services.yearly_cost import price_services
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Choice, Posed

PROGRAMME_FUND = "programme-budget"
"""Fund that pays for the programmes of a mix, and for nothing else."""
MOST_MIXES = 400
SLACK = 1e-9
"""Sums of shares may miss a limit by rounding alone."""


@dataclass(frozen=True)
class Mix:
    """Programmes at a size each (0: left out), as a scenario.

    cost: a year at full size, in the scenario's currency. staff: full-time equivalents by role.
    broken: names of the constraints that it breaks.
    """

    sizes: dict[str, float]
    scenario: Scenario
    cost: float
    staff: dict[str, float]
    broken: frozenset[str]

    @property
    def name(self) -> str:
        """Name of its scenario."""
        return self.scenario.name

    def say(self) -> str:
        """Say it in words."""
        return say_sizes(self.sizes)


def say_sizes(sizes: Mapping[str, float]) -> str:
    """A mix in words: `peers, crisis-team × 0.5`; nothing new where it is empty."""
    parts = [
        name if size == 1.0 else f"{name} × {size:g}" for name, size in sizes.items() if size > 0.0
    ]
    return ", ".join(parts) or "nothing new"


def list_mixes(posed: Posed) -> tuple[Mix, ...]:
    """All mixes that break no constraint, or one alone; the first is that of nothing new.

    InvalidInput where there are too many, or where no mix but that of nothing new is allowed.
    """
    document = posed.document
    each = [(0.0, *programme.sizes) for programme in document.programmes.values()]
    count = 1
    for sizes in each:
        count *= len(sizes)
    if count > MOST_MIXES:
        raise InvalidInput(
            f"{count:,} mixes are too many ({MOST_MIXES} at most): name fewer programmes or sizes"
        )
    found = [
        mix
        for sizes in product(*each)
        if len((mix := _make(posed, dict(zip(document.programmes, sizes, strict=True)))).broken) < 2
    ]
    if not any(mix.scenario != posed.base and not mix.broken for mix in found):
        raise InvalidInput(
            f"no mix is allowed: {'; '.join(explain_limits(document, found)) or 'relax a limit'}"
        )
    return tuple(found)


def explain_limits(choice: Choice, mixes: list[Mix]) -> list[str]:
    """What keeps every mix from being allowed: the limit that each of the nearest ones breaks."""
    broken = sorted({name for mix in mixes for name in mix.broken})
    return [f"{name} is what forbids some of them" for name in broken] or [
        f"every mix breaks two limits of {', '.join(choice.programmes)}"
    ]


def _make(posed: Posed, sizes: dict[str, float]) -> Mix:
    scenario = _build(posed, sizes)
    chosen = {s: name for name, size in sizes.items() if size > 0.0 for s in posed.services[name]}
    costs = price_services(scenario)
    if unpriced := [service for service in chosen if costs[service].amount is None]:
        raise InvalidInput(
            f"{unpriced[0]} is paid by the visit or the day, so that its yearly cost is not known"
            " beforehand: it cannot be weighed against a budget"
        )
    staff: dict[str, float] = {}
    for service in chosen:
        for role, posts in scenario.services[service].staff.items():
            staff[role] = staff.get(role, 0.0) + posts
    cost = sum(costs[service].amount or 0.0 for service in chosen)
    broken = frozenset(_list_broken(posed.document, sizes, cost, staff))
    return Mix(sizes, scenario, cost, staff, broken)


def _build(posed: Posed, sizes: Mapping[str, float]) -> Scenario:
    """The scenario that is built on, with the services of a mix and the fund that pays them."""
    changes: dict[str, Any] = {}
    for name, size in sizes.items():
        declared = posed.sources[name].resolved()["services"] if size > 0.0 else {}
        for service in posed.services[name] if size > 0.0 else ():
            changes[f"services.{service}"] = _resize(declared[service], size)
    if not changes:
        return posed.base
    names = [path.partition(".")[2] for path in changes]
    changes[f"funds.{PROGRAMME_FUND}"] = {
        "source": posed.document.payer,
        "amount": posed.document.budget,
        "only_for": names,
    }
    mark = "-".join(
        f"{name}-{size:g}".replace(".", "_") if size != 1.0 else name
        for name, size in sizes.items()
        if size > 0.0
    )
    return posed.base.with_(
        changes | {"name": _name(f"{posed.name}-{mark}"), "title": say_sizes(sizes)}
    )


def _name(full: str) -> str:
    """A name for a mix; one that is too long is told from others by a mark."""
    if not say_unfit(full):
        return full
    return f"{clip(full, MARK_ROOM).rstrip('-.')}-{sha256(full.encode()).hexdigest()[:10]}"


def _resize(service: dict[str, Any], size: float) -> dict[str, Any]:
    """A service at a size: its staff, and what it has only whole, at least one."""
    resized = dict(service)
    resized["staff"] = {role: posts * size for role, posts in service.get("staff", {}).items()}
    for field in WHOLE_NUMBERS:
        if resized.get(field):
            resized[field] = max(1, round(resized[field] * size))
    return resized


def _list_broken(
    choice: Choice, sizes: Mapping[str, float], cost: float, staff: Mapping[str, float]
) -> Iterator[str]:
    if cost > choice.budget.per_week * WEEKS_PER_YEAR * (1.0 + SLACK):
        yield "budget"
    for role, most in choice.staff.items():
        if staff.get(role, 0.0) > most + SLACK:
            yield f"staff: {role}"
    for name, least in choice.at_least.items():
        if sizes[name] < least - SLACK:
            yield f"at_least: {name}"
    for name, most in choice.at_most.items():
        if sizes[name] > most + SLACK:
            yield f"at_most: {name}"
    for group in choice.not_both:
        if sum(sizes[name] > 0.0 for name in group) > 1:
            yield f"not_both: {', '.join(group)}"
