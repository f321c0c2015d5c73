"""Mesa's AgentSet over columns: what names a column is done in arrays, everything else agent by
agent as Mesa does it.
"""

# mypy: allow-subclassing-any

from __future__ import annotations

import functools
import operator
import types
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.attributes import write
from sim.agents.mesa_internals import GroupBy, OpenSet
from sim.errors import KinwellError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from random import Random

    from numpy.typing import NDArray

    from sim.agents.attributes import Numbers, Table
    from sim.agents.registry import Registry


class ColumnSet(OpenSet):
    """An ordered set of agents, held as their numbers; agents are made when they are asked for.

    As in Mesa's own sets, whoever leaves the model (staff who leave their post) leaves the set.
    """

    def __init__(self, registry: Registry, numbers: Numbers) -> None:
        self._registry = registry
        self._chosen = numbers
        self._chosen_table = registry.table_of(numbers)
        self._known: tuple[Numbers, frozenset[int]] | None = None

    @property
    def _table(self) -> Table | None:
        """The table that all agents of the set stand in, if there is one."""
        return self._chosen_table

    @property
    def random(self) -> Random:
        """The model's generator."""
        generator: Random = self._registry.community.random
        return generator

    def as_dict(self) -> dict[Any, None]:
        """The agents of the set, in order."""
        return dict.fromkeys(self)

    def _numbers(self) -> Numbers:
        # Residents are never absent while their key is in the town; staff leave in between.
        return (
            self._chosen
            if self._chosen_table is self._registry.residents
            else self._registry.present(self._chosen)
        )

    def replace(self, agents: Iterable[Any]) -> ColumnSet:
        """Put these agents in the place of those that are in the set."""
        return self._assign(self._numbers_of(agents))

    def _assign(self, numbers: Numbers) -> ColumnSet:
        self._chosen, self._chosen_table = numbers, self._registry.table_of(numbers)
        return self

    def _derive(self, numbers: Numbers, *, inplace: bool = False) -> ColumnSet:
        return self._assign(numbers) if inplace else ColumnSet(self._registry, numbers)

    def _from_iterable(self, agents: Iterable[Any]) -> ColumnSet:
        return ColumnSet(self._registry, self._numbers_of(agents))

    def _numbers_of(self, agents: Iterable[Any]) -> Numbers:
        return np.array(list(dict.fromkeys(self._number(agent) for agent in agents)), np.int64)

    def _number(self, agent: Any) -> int:
        number = self._registry.number_of(agent)
        if number is None:
            raise KinwellError(f"{type(agent).__name__} is not an agent of this community")
        return number

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_known"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _known=None)

    def __copy__(self) -> ColumnSet:
        return ColumnSet(self._registry, self._numbers())

    def copy(self) -> ColumnSet:
        """The same agents in a set of its own."""
        return self.__copy__()

    def __len__(self) -> int:
        return int(self._numbers().size)

    def __iter__(self) -> Iterator[Any]:
        for number in self._numbers().tolist():
            # Asked again for each: a method called on one agent may have removed another.
            if self._registry.is_present(number):
                yield self._registry.agent(number)

    def __contains__(self, agent: object) -> bool:
        number = self._registry.number_of(agent) if hasattr(agent, "unique_id") else None
        if self._known is None or self._known[0] is not self._chosen:
            self._known = (self._chosen, frozenset(self._chosen.tolist()))
        return number in self._known[1] and self._registry.is_present(number)

    def __getitem__(self, item: Any) -> Any:
        chosen = self._numbers()[item]
        return (
            [self._registry.agent(number) for number in chosen.tolist()]
            if isinstance(item, slice)
            else self._registry.agent(int(chosen))
        )

    def __repr__(self) -> str:
        return f"<set of {len(self)} agents>"

    def to_list(self) -> list[Any]:
        """All agents of the set."""
        return list(self)

    def add(self, agent: Any) -> None:
        """Add an agent of this community."""
        if agent not in self:
            self._assign(np.append(self._numbers(), self._number(agent)))

    def discard(self, agent: Any) -> None:
        """Take an agent out, if there."""
        if agent in self:
            numbers = self._numbers()
            self._assign(numbers[numbers != self._number(agent)])

    def remove(self, agent: Any) -> None:
        """Take an agent out; KeyError if not there."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def select(
        self,
        filter_func: Callable[[Any], bool] | str | NDArray[np.bool_] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type[Any] | None = None,
    ) -> ColumnSet:
        """The agents for which filter_func is true, at most so many (or that share, for a float up
        to 1.0), of one type if asked.

        Besides a function, filter_func can name an attribute (`select("severe")`) or be an array of
        booleans, one per agent.
        """
        if filter_func is None and agent_type is None and at_most == float("inf"):
            return self if inplace else self.copy()
        numbers = self._numbers()
        # A share, as Mesa has it: 1 is one agent, 1.0 is all of them.
        if at_most <= 1.0 and not isinstance(at_most, int):
            at_most = int(numbers.size * at_most)
        if isinstance(filter_func, str):
            filter_func = self._array(filter_func).astype(bool)
        if isinstance(filter_func, np.ndarray):
            numbers, filter_func = numbers[filter_func], None
        if filter_func is not None or agent_type is not None:
            numbers = self._filter(numbers, filter_func or bool, at_most, agent_type or object)
        most = min(max(int(np.ceil(min(at_most, numbers.size))), 0), numbers.size)
        return self._derive(numbers[:most], inplace=inplace)

    def _filter(
        self, numbers: Numbers, wanted: Callable[[Any], bool], at_most: float, agent_type: type[Any]
    ) -> Numbers:
        chosen: list[int] = []
        for number in numbers.tolist():
            if len(chosen) >= at_most:
                break
            agent = self._registry.agent(number)
            if wanted(agent) and isinstance(agent, agent_type):
                chosen.append(number)
        return np.array(chosen, np.int64)

    def shuffle(self, inplace: bool = False) -> ColumnSet:
        """The same agents in random order, drawn from the model's generator as Mesa draws it."""
        return self._derive(self._shuffled(), inplace=inplace)

    def _shuffled(self) -> Numbers:
        order = self._numbers().tolist()
        self.random.shuffle(order)
        return np.array(order, np.int64)

    def sort(
        self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> ColumnSet:
        """The same agents in order of an attribute or of what a function makes of them.

        Equals keep their order.
        """
        numbers = self._numbers()
        found = self._column(key, numbers) if isinstance(key, str) else None
        if found is not None and found.ndim == 1:
            last = numbers.size - 1
            order = (
                np.argsort(found, kind="stable")
                if ascending
                # Mesa sorts downwards stably; reversing twice keeps equals in their order.
                else last - np.argsort(found[::-1], kind="stable")[::-1]
            )
        else:
            read = operator.attrgetter(key) if isinstance(key, str) else key
            keys = [read(self._registry.agent(number)) for number in numbers.tolist()]
            order = np.array(
                sorted(range(numbers.size), key=keys.__getitem__, reverse=not ascending), np.int64
            )
        return self._derive(numbers[order], inplace=inplace)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> ColumnSet:
        """Call a method, or a function, for each agent in order."""
        self._call(self._numbers(), method, args, kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> ColumnSet:
        """Call a method, or a function, for each agent in random order."""
        self._call(self._shuffled(), method, args, kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What a method, or a function, returns for each agent in order."""
        return self._call(self._numbers(), method, args, kwargs)

    def _call(
        self,
        numbers: Numbers,
        method: str | Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> list[Any]:
        agents = (
            self._registry.agent(number)
            for number in numbers.tolist()
            if self._registry.is_present(number)
        )
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in agents]
        return [method(agent, *args, **kwargs) for agent in agents]

    def _column(self, attribute: str, numbers: Numbers) -> NDArray[Any] | None:
        """Values of an attribute that is a column for all these agents."""
        table = self._table
        if table is None or not table.has(attribute):
            return None
        column = table.column(attribute)
        return column if numbers is self._registry.everyone else column[table.rows(numbers)]

    def _array(self, attribute: str) -> NDArray[Any]:
        """Values of an attribute, as NumPy makes an array of a list of them."""
        values = self._column(attribute, self._numbers())
        if values is None:
            return np.asarray(self.get(attribute))
        return (
            values
            # As Python would make them of the agents' numbers: unsigned 64-bit values fit nothing
            # else.
            if values.dtype == np.uint64
            else values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
        )

    def get(
        self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None
    ) -> list[Any]:
        """Values of an attribute, one per agent, or of several, a list per agent.

        Raises AttributeError for an agent without the attribute, unless handle_missing is
        "default".
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(
                f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or"
                " 'default'"
            )
        if not isinstance(attr_names, str):
            each = [self.get(name, handle_missing, default_value) for name in attr_names]
            return (
                [list(values) for values in zip(*each, strict=True)]
                if each
                else [[] for _ in range(len(self))]
            )
        numbers = self._numbers()
        values = self._column(attr_names, numbers)
        if values is not None:
            return values.tolist() if values.ndim == 1 else list(values)
        # Attributes of mixed agents are read table by table.
        if self._table is None and (parts := list(self._registry.split(numbers)))[1:]:
            return self._gather(numbers, parts, attr_names, handle_missing, default_value)
        agents = map(self._registry.agent, numbers.tolist())
        if handle_missing == "error":
            return [getattr(agent, attr_names) for agent in agents]
        return [getattr(agent, attr_names, default_value) for agent in agents]

    def _gather(
        self, numbers: Numbers, parts: list[NDArray[np.intp]], attribute: str, *handling: Any
    ) -> list[Any]:
        gathered: list[Any] = [None] * numbers.size
        for positions in parts:
            values = ColumnSet(self._registry, numbers[positions]).get(attribute, *handling)
            for position, value in zip(positions.tolist(), values, strict=True):
                gathered[position] = value
        return gathered

    def agg(
        self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]
    ) -> Any:
        """One function, or several, of all values of an attribute.

        NumPy's functions are given an array, others a list.
        """
        functions: list[Callable[[Any], Any]] = [func] if callable(func) else list(func)
        array = self._array(attribute) if any(map(takes_arrays, functions)) else None
        values = self.get(attribute) if not all(map(takes_arrays, functions)) else None
        results = [function(array if takes_arrays(function) else values) for function in functions]
        return results[0] if callable(func) else results

    def set(self, attr_name: str, value: Any) -> ColumnSet:
        """Give an attribute the same value for every agent."""
        numbers = self._numbers()
        table = self._table
        if table is None or not table.has(attr_name):
            for agent in self:
                setattr(agent, attr_name, value)
        else:
            write(
                table.column(attr_name),
                slice(None) if numbers is self._registry.everyone else table.rows(numbers),
                value,
                attr_name,
            )
        return self

    def groupby(
        self, by: Callable[[Any], Hashable] | str, result_type: str = "agentset"
    ) -> GroupBy:
        """Agents by the value of an attribute or by what a function makes of them, groups in order
        of appearance.
        """
        numbers = self._numbers()
        values = self._column(by, numbers) if isinstance(by, str) else None
        groups: dict[Any, Numbers] = {}
        if values is not None and values.ndim == 1:
            kinds, first, which = np.unique(values, return_index=True, return_inverse=True)
            parts = np.split(
                np.argsort(which, kind="stable"),
                np.cumsum(np.bincount(which, minlength=kinds.size))[:-1],
            )
            groups = {kinds[k].item(): numbers[parts[k]] for k in np.argsort(first)}
        else:
            lists = defaultdict(list)
            for number in numbers.tolist():
                agent = self._registry.agent(number)
                lists[by(agent) if callable(by) else getattr(agent, by)].append(number)
            groups = {key: np.array(members, np.int64) for key, members in lists.items()}
        sets = {key: ColumnSet(self._registry, members) for key, members in groups.items()}
        return ColumnGroups(
            sets
            if result_type == "agentset"
            else {key: list(members) for key, members in sets.items()}
        )


class ColumnGroups(GroupBy):
    """Groups of agents whose attributes are columns."""

    def agg(self, attr_name: str, func: Callable[[Any], Any]) -> dict[Hashable, Any]:
        """A function of all values of an attribute, by group."""
        if not all(isinstance(group, ColumnSet) for group in self.groups.values()):
            return {
                key: func([getattr(agent, attr_name) for agent in group])
                for key, group in self.groups.items()
            }
        return {key: group.agg(attr_name, func) for key, group in self.groups.items()}


def takes_arrays(function: Callable[..., Any]) -> bool:
    """Whether a function is NumPy's own."""
    while isinstance(function, functools.partial):
        function = function.func
    module = getattr(function, "__module__", None) or ""
    return isinstance(function, np.ufunc) or (
        isinstance(function, types.FunctionType | type(np.mean)) and module.split(".")[0] == "numpy"
    )
