"""Whether channels can be held at a scenario: the same town until week 0, followed for as long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario

HERE = ("held", "reference")


def check_held(
    scenario: Scenario, reference: Scenario
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What stands against it, with its place and what to do."""
    if scenario.branch is not None or reference.branch is not None:
        yield HERE, "or this scenario branches, so that no channel has one value", "take one option"
    if reference.past_hash != scenario.past_hash:
        yield (
            HERE,
            "has another past than this scenario: they differ before week 0",
            "let what differs begin `from: week 0` or later, and take the same people",
        )
    if reference.horizon < scenario.horizon:
        yield (
            HERE,
            f"is followed for {reference.horizon} weeks, this scenario for {scenario.horizon}",
            "give both the same `horizon`",
        )
