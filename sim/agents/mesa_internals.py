"""What Mesa keeps to itself and this project cannot do without: every private name of Mesa that is
used stands here.

Works with Mesa 3.3 to 3.5. Who raises the upper bound of Mesa reads this file first.
"""

# mypy: allow-subclassing-any

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import mesa
from mesa.agent import AgentSet

try:
    from mesa.agentset import GroupBy
except ImportError:  # Mesa 3.3 keeps it beside the agents
    from mesa.agent import GroupBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["GroupBy", "OpenSet", "forget_model", "register_sets"]


class OpenSet(AgentSet):
    """An AgentSet whose members are kept elsewhere: what Mesa's methods ask of its own store goes
    to two methods.
    """

    @abstractmethod
    def as_dict(self) -> dict[Any, None]:
        """The agents of the set, in order."""

    @abstractmethod
    def replace(self, agents: Iterable[Any]) -> AgentSet:
        """Put these agents in the place of those that are in the set."""

    @property
    def _agents(self) -> dict[Any, None]:
        return self.as_dict()

    def _update(self, agents: Iterable[Any]) -> AgentSet:
        return self.replace(agents)


def register_sets(
    model: object, everybody: AgentSet, by_type: Mapping[type, AgentSet], first_guest: int
) -> None:
    """Give a model its sets of agents; Mesa has no public way to register agents in bulk.

    first_guest: number of the first agent that somebody else makes for the model, by which Mesa 3.5
    counts them.
    """
    vars(model).update(
        _all_agents=everybody, _agents_by_type=dict(by_type), agent_id_counter=first_guest
    )


def forget_model(model: mesa.Model) -> None:
    """Let go of a model that has ended: Mesa 3.3 keeps every model that ever made an agent."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)
