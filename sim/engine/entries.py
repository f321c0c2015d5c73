"""How Python enters a compiled loop: Numba looks at all that a call is given, and at every number
in it, to find the code for these types; a week of a small town is some thirty calls and does little
else.

Here the classes of what is given tell which code it is. A group (a NamedTuple) is made of the types
that its fields declare, whoever makes it; what a class leaves open, the type of an array or of the
columns of a table, is looked at in every call.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from inspect import get_annotations
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba.core import registry

from sim.engine.columns import Columns
from sim.engine.compiled_cache import LoopCache
from sim.engine.inlining import KeptForLoops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALLED: Any = getattr(registry, "CPUDispatcher", object)
_LOOKS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (np.ndarray, attrgetter("dtype", "ndim", "flags.num")),
)
"""What is looked at where a class does not say everything."""


_find_type = attrgetter("_numba_type_")


def _find_look(part: Any) -> Callable[[Any], Any] | None:
    if type(part) is tuple:
        return lambda several: (*map(type, several),)
    return next((look for kind, look in _LOOKS if isinstance(part, kind)), None)


def _holds_what_it_declares(group: tuple[Any, ...]) -> bool:
    """Whether a real number stands wherever a group declares one: code for a whole number there
    would cut off what comes after the point in the next.
    """
    for name, hint in get_annotations(type(group)).items():
        value = getattr(group, name)
        is_real = getattr(hint, "__forward_arg__", hint) in {"float", float}
        if is_real and not isinstance(value, float):
            return False
        if isinstance(value, tuple) and not _holds_what_it_declares(value):
            return False
    return True


@contextmanager
def pause_collector() -> Iterator[None]:
    """Let no garbage be looked for meanwhile: a compiler makes millions of objects, hardly any of
    them garbage, and an eighth of a compilation was spent looking through them again and again.
    """
    works = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if works:
            gc.enable()


class _Entry(NamedTuple):
    """Compiled code, and what is looked at before: places of tables among the arguments and the
    types that they have; places of others, how they are looked at, what is to be found.
    """

    enter: Callable[..., Any]
    tables: tuple[tuple[int, Any], ...]
    looks: tuple[tuple[int, Callable[[Any], Any], Any], ...]


class Callee(_CALLED):
    """A function that compiled code calls. Python calls a second copy of it, compiled when it first
    does.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, object]) -> None:
        super().__init__(
            py_func=function,
            locals={},
            targetoptions=options | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True},
            pipeline_class=KeptForLoops,
        )
        self._alone = Loop(function, options | {"no_cfunc_wrapper": True})

    def __call__(self, *given: Any) -> Any:
        """What the function returns."""
        return self._alone(*given)


class Loop(_CALLED):
    """A compiled loop; called from Python, it is entered without a look at every number."""

    def __init__(self, function: Callable[..., Any], options: dict[str, object]) -> None:
        super().__init__(py_func=function, locals={}, targetoptions=options)
        self._entries: dict[tuple[type, ...], list[_Entry]] = {}

    def enable_caching(self) -> None:
        """Keep what is compiled on disk."""
        self._cache = LoopCache(self.py_func)

    def compile(self, sig: Any) -> Any:
        """The loop for what it is given, from disk or made anew."""
        with pause_collector():
            return super().compile(sig)

    def __call__(self, *given: Any) -> Any:
        """What the loop returns."""
        for enter, tables, looks in self._entries.get((*map(type, given),), ()):
            for k, kind in tables:
                # The type of a table is the very same where its columns are.
                if given[k]._numba_type_ is not kind:
                    break
            else:
                for k, look, found in looks:
                    if look(given[k]) != found:
                        break
                else:
                    return enter(*given)
        result = super().__call__(*given)
        self._learn(given)
        return result

    def _learn(self, given: tuple[Any, ...]) -> None:
        """Keep the way in for what is like this."""
        if not all(_holds_what_it_declares(part) for part in given if isinstance(part, tuple)):
            return
        compiled = self.overloads.get(tuple(map(self.typeof_pyval, given)))
        if compiled is None:  # entered by a conversion
            return
        tables = tuple(
            (k, _find_type(part)) for k, part in enumerate(given) if isinstance(part, Columns)
        )
        looks = tuple(
            (k, look, look(part))
            for k, part in enumerate(given)
            if (look := _find_look(part)) is not None
        )
        # A table of one row lies in memory in more than one order: some are like others in turns.
        entry = _Entry(compiled.entry_point, tables, looks)
        self._entries.setdefault((*map(type, given),), []).append(entry)
