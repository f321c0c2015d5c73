"""A scenario at a glance: who lives there, what is offered, who pays, what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cards import list_some, write_card
from sim.units import say_weeks

if TYPE_CHECKING:
    from collections.abc import Collection

    from sim.scenario.schema.fields import ScenarioFields
    from sim.scenario.schema.services import ServiceOfAnyKind


def describe_scenario(scenario: ScenarioFields) -> str:
    """Write the card of a scenario as HTML."""
    offered = {name: each for name, each in scenario.services.items() if each.enabled}
    off = len(scenario.services) - len(offered)
    rules = scenario.governance.rules if scenario.governance else {}
    facts = [
        ("Name", scenario.name),
        (
            "Town",
            f"{scenario.population.residents:,} residents in {list_some(scenario.neighbourhoods)}",
        ),
        (
            "Time",
            (
                f"{say_weeks(scenario.horizon)} from {scenario.start}, burn-in"
                f" {say_weeks(scenario.warm_up)}"
            ),
        ),
        (
            f"Services ({len(offered)})",
            list_some(f"{name} ({_size(each)})" for name, each in offered.items())
            + (f"; {off} switched off" if off else ""),
        ),
        (
            f"Funds ({len(scenario.funds)})",
            list_some(f"{name} ({_spell(fund.amount)})" for name, fund in scenario.funds.items()),
        ),
        (
            f"Shocks ({len(scenario.shocks)})",
            list_some(
                f"{name} ({shock.kind.replace('_', ' ')})"
                for name, shock in scenario.shocks.items()
            ),
        ),
        (f"Rules ({len(rules)})", list_some(rules)),
        ("Parameters of its own", list_some(scenario.parameters)),
    ]
    more = ("scenario.with_({...})", "scenario.resolved()", "sim.run([scenario, ...])")
    return write_card(scenario.title or scenario.name, scenario.summary, facts, more)


def count_on(word: str, things: Collection[object]) -> str:
    """Say how many of some things act and how many are switched off; nothing where there are
    none.
    """
    on = sum(getattr(thing, "enabled", True) for thing in things)
    off = f" ({len(things) - on} more switched off)" if on < len(things) else ""
    return f"{on} {word}{'s' * (on != 1)}{off}" if things else ""


def _spell(amount: object) -> str:
    # Files write thousands with underscores, which a reader of prose does not expect.
    return str(amount).replace("_", ",")


def _size(service: ServiceOfAnyKind) -> str:
    staff = (f"{posts:g} {role.replace('_', ' ')}" for role, posts in service.staff.items())
    posts = ", ".join(staff)
    # Only kinds that are sized by beds have the field.
    beds = getattr(service, "beds", None)
    words = [service.kind.replace("_", " "), posts or (f"{beds} beds" if beds else "")]
    return ": ".join(word for word in words if word)
