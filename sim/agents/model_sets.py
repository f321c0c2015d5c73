"""The sets that a community keeps of its agents: who belongs to them follows from the columns."""

# mypy: allow-subclassing-any

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.agent_sets import ColumnSet
from sim.errors import KinwellError

if TYPE_CHECKING:
    from sim.agents.attributes import Numbers, Table
    from sim.agents.registry import Registry, Sort


class ModelSet(ColumnSet):
    """The set that the model itself keeps: all agents, or all of one sort, as they come and go.

    Its order can be changed in place; who belongs to it follows from the columns.
    """

    def __init__(self, registry: Registry, sort: Sort | None) -> None:
        super().__init__(registry, np.empty(0, np.int64))
        self._sort = sort
        self._ordered = False

    @property
    def _table(self) -> Table | None:
        if self._sort is not None:
            return self._registry.residents if self._sort == "resident" else self._registry.posts
        return (
            self._registry.residents
            if self._registry.all().size == self._registry.residents.size
            else None
        )

    def _numbers(self) -> Numbers:
        members = self._registry.members(self._sort)
        # In the order of the columns until somebody shuffles or sorts the set.
        if not self._ordered:
            return members
        # Who has joined since comes last, as in Mesa.
        return np.concatenate(
            (
                self._chosen[np.isin(self._chosen, members)],
                members[np.isin(members, self._chosen, invert=True)],
            )
        )

    def _assign(self, numbers: Numbers) -> ColumnSet:
        # Whoever belongs to the town cannot be added or dropped, but be put in another order.
        if numbers.size != len(self):
            raise KinwellError(
                "who belongs to this set follows from the columns; change a copy of it:"
                " select(...), copy()"
            )
        self._chosen, self._ordered = numbers, True
        return self

    def __contains__(self, agent: object) -> bool:
        number = self._registry.number_of(agent) if hasattr(agent, "unique_id") else None
        if number is None or not self._registry.is_present(number):
            return False
        return self._sort is None or isinstance(agent, self._registry.classes[self._sort])

    def add(self, agent: Any) -> None:
        """Admit an agent that was made for this community elsewhere."""
        if self._sort is None and self._registry.number_of(agent) is None:
            self._registry.admit(agent)
        else:
            super().add(agent)

    def discard(self, agent: Any) -> None:
        """Dismiss an agent that was made elsewhere."""
        if agent in self._registry.guests:
            self._registry.dismiss(agent)
        else:
            super().discard(agent)
