"""What a study consists of: scenarios under parameter draws, listed one draw after the other and
made when needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from sim.studies.running.run_key import Draw, spell_draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.scenario import Scenario


class Variant(NamedTuple):
    """A scenario by name, fingerprint, fingerprint of its past, and its place in the programme."""

    name: str
    hash: str
    past: str
    place: int


class Block(NamedTuple):
    """All that is run under one draw of the parameters.

    `spelled` is the draw as text, `number` its place.
    """

    draw: Draw | None
    spelled: str | None
    number: int | None
    variants: tuple[Variant, ...]


class Plan(NamedTuple):
    """What was asked for: scenarios, worker processes, and the row that is stored of it."""

    scenarios: tuple[Scenario, ...]
    workers: int
    row: dict[str, object]


class StudyPlan(Protocol):
    """Something that names what is to be run."""

    def list_blocks(self) -> Iterator[Block]:
        """List blocks, each draw once; the same order every time."""

    def give(self, variant: Variant) -> Scenario:
        """Give the scenario behind a variant."""


class FactorialPlan:
    """A few scenarios, each under every draw."""

    def __init__(self, scenarios: Sequence[Scenario], draws: Sequence[Draw] | None) -> None:
        self.scenarios = tuple(scenarios)
        self.draws = draws or None
        self.variants = tuple(
            Variant(s.name, s.hash, s.past_hash, place) for place, s in enumerate(self.scenarios)
        )

    def list_blocks(self) -> Iterator[Block]:
        """List one block for each draw."""
        for index, draw in enumerate(self.draws or (None,)):
            yield Block(draw, spell_draw(draw), index if self.draws else None, self.variants)

    def give(self, variant: Variant) -> Scenario:
        """Give the scenario behind a variant."""
        return self.scenarios[variant.place]
