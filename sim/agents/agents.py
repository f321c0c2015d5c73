"""Agents as views onto rows: `Resident`, `Peer` and `Professional` of a community, as Mesa knows
agents.

An attribute that is a column is read from and written to the column. An agent is made when somebody
asks for it, so that a million residents cost nothing as long as nobody does.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import mesa
import numpy as np

from sim.agents.attributes import FIELDS, write
from sim.agents.mesa_internals import register_sets
from sim.agents.model_sets import ModelSet
from sim.agents.registry import FIRST_POST, Registry
from sim.errors import KinwellError
from sim.state.residents import columns
from sim.state.staff import NOBODY, ROLES, Staff
from sim.week.resident.phases import PHASES, run_phases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from sim.agents.host import Host
    from sim.agents.registry import Sort
    from sim.week.world import World


class _View(mesa.Agent):
    """What all views share: a row, and no state of their own."""

    _row: int
    _registry: Registry

    def __init__(self, *_: Any, **__: Any) -> None:
        raise KinwellError(
            f"a {type(self).__name__.lower()} is a row of the town's columns, not made by hand;"
            " change the scenario instead"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        # Properties are columns and keep nothing; anything else would be lost with the view.
        if not isinstance(getattr(type(self), name, None), property):
            self._registry.keep(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"

    def find_row(self) -> int:
        """The row; KinwellError for somebody who has left the town, whose row is another's now."""
        # The row belongs to somebody else by now: reading it would be silently wrong.
        if self.unique_id < FIRST_POST and not self._registry.is_present(self.unique_id):
            raise KinwellError(f"{type(self).__name__} {self.unique_id} has left the town")
        return self._row

    @property
    def _world(self) -> World:
        world: World = self.model.world
        return world

    def remove(self) -> None:
        """Refused: people come and go by the rules of the town."""
        raise KinwellError(
            f"{type(self).__name__} {self.unique_id} comes and goes by the rules of the town and"
            " cannot be removed"
        )


class Resident(_View):
    """A resident: a view onto one row of the columns; `alive` is 0 for those who died.

    Columns are attributes, personal phases (`sim.week.resident.phases.PHASES`) methods.
    """

    @property
    def neighbourhood_name(self) -> str:
        """Name of the neighbourhood, as in the scenario."""
        return list(self._world.scenario.neighbourhoods)[
            int(self._world.residents.neighbourhood[self._row])
        ]

    @property
    def ties(self) -> list[Resident]:
        """Residents that this one has ties with."""
        neighbour = self._world.ties.neighbour
        mine = neighbour[self._row]
        return self._residents(mine[mine != neighbour.shape[0]])

    @property
    def household_members(self) -> list[Resident]:
        """The other residents of the household."""
        household = self._world.residents.household
        together = np.flatnonzero(household == household[self._row])
        return self._residents(together[together != self._row])

    @property
    def services(self) -> list[str]:
        """Names of the services that the resident is enrolled in."""
        return self._names(self._world.residents.care_service)

    @property
    def waiting_for(self) -> list[str]:
        """Names of the services whose lists the resident is on."""
        return self._names(self._world.residents.wait_service)

    # The number of the holder and of the post: who held it before is another agent.
    @property
    def post(self) -> Peer | None:
        """The peer post that the resident holds."""
        staff = self._world.provision.staff
        held = np.flatnonzero((staff.resident == self._row) & (staff.filled == 1))
        number = self._registry.posts.first + held + self._registry.posts.size * staff.holder[held]
        post: Peer | None = self._registry.agent(int(number[0])) if held.size else None
        return post

    def _residents(self, rows: Iterable[Any]) -> list[Resident]:
        return [self._registry.agent(self._registry.number_at(int(row))) for row in rows]

    def _names(self, slots: NDArray[np.uint8]) -> list[str]:
        return [
            self._world.provision.names[number - 1] for number in slots[self._row] if number > 0
        ]


class _Post(_View):
    """Somebody in a post."""

    @property
    def service_name(self) -> str:
        """Name of the service, as in the scenario."""
        return self._world.provision.names[int(self._world.provision.staff.service[self._row])]

    @property
    def role_name(self) -> str:
        """Role of the post: therapist, nurse, peer and so on."""
        return ROLES[int(self._world.provision.staff.role[self._row])]

    @property
    def in_post(self) -> bool:
        """Whether this very person still holds the post."""
        return self._registry.is_present(self.unique_id)


class Peer(_Post):
    """A peer or volunteer in post: somebody with lived experience who supports others."""

    @property
    def resident(self) -> Resident | None:
        """The resident who holds the post; None for somebody from outside the town."""
        row = int(self._world.provision.staff.resident[self._row])
        resident: Resident | None = (
            self._registry.agent(self._registry.number_at(row)) if row != NOBODY else None
        )
        return resident


class Professional(_Post):
    """A professional in post."""


def populate(community: Host) -> None:
    """Give a community its agents: sets over its columns, where Mesa's model keeps its own."""
    classes: dict[Sort, type[Any]] = {
        "resident": Resident,
        "peer": Peer,
        "professional": Professional,
    }
    registry = Registry(community, classes)
    by_type = {made: ModelSet(registry, sort) for sort, made in classes.items()}
    register_sets(community, ModelSet(registry, None), by_type, registry.first_guest)


def _column_property(path: str, slots: int, unit: str, meaning: str) -> property:
    reach = operator.attrgetter(f"model.world.{path}")
    attribute = path.rpartition(".")[2]

    def read(self: _View) -> Any:
        self.find_row()
        return reach(self).item(self._row) if slots == 1 else reach(self)[self._row]

    def change(self: _View, value: Any) -> None:
        self.find_row()
        write(reach(self), self._row, value, attribute)

    return property(read, change, doc=f"{meaning} ({unit})." if unit else f"{meaning}.")


def _phase_method(name: str) -> Callable[[Resident], None]:
    def go_through(self: Resident) -> None:
        # Partial arguments are bound by a closure of its own: in a loop all would share the last
        # name.
        run_phases((name,), self._world, self._row, self._row + 1)

    go_through.__name__, go_through.__doc__ = name, PHASES[name].sentence
    return go_through


def _add_phases() -> None:
    for name in PHASES:
        setattr(Resident, name, _phase_method(name))


def _add_columns() -> None:
    for column in columns():
        setattr(
            Resident,
            column.name,
            _column_property(f"residents.{column.name}", column.slots, column.unit, column.meaning),
        )
    hints = get_type_hints(Staff, include_extras=True)
    for attribute, field in FIELDS["posts"].items():
        _, unit, meaning = get_args(hints[field])
        setattr(_Post, attribute, _column_property(f"provision.staff.{field}", 1, unit, meaning))


_add_columns()
_add_phases()
