"""How a rule becomes fast: Numba, chosen once for the whole model.

`rule` marks a pure scalar function ("one resident, one week"); it is always inlined into the loop
that calls it, so that the compiler may run many residents at once. `loop` marks the thin loop that
carries rules over columns; it is cached on disk and releases the interpreter lock, so that ranges
of rows can run on threads. With NUMBA_DISABLE_JIT=1 both are plain Python and give the same
decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core.cpu import CPUTargetOptions
from numba.core.options import TargetOptions

from sim.engine.compiled_cache import compile_kept, is_off
from sim.engine.entries import Callee, Loop
from sim.engine.inlining import compare_what_is_set, copy_statements_alone
from sim.engine.lazy_imports import import_part

if TYPE_CHECKING:
    from collections.abc import Callable


copy_statements_alone()
compare_what_is_set()
# Numba looks for it before the first loop, to know whether loops could multiply matrices: none
# does, and all of scipy.linalg would be a tenth of a worker's start.
if not is_off():
    import_part("scipy.linalg", "cython_blas")
_compile: Any = numba.njit
"""Numba's compiler, with its option `_nrt` that the published types leave out: False makes no
reference counts.
"""
cast("Any", CPUTargetOptions).noalias = cast("Any", TargetOptions).Mapping("noalias")
"""Arrays that a loop is given never share memory.

Numba can tell its compiler so, but offers the option to none but itself.
"""

_LOOP: dict[str, object] = {
    "nopython": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
_TABLE = _LOOP | {"_nrt": False, "noalias": True}
_RULE: dict[str, object] = {
    "nopython": True,
    "error_model": "numpy",
    "_nrt": False,
    "forceinline": True,
}

P = ParamSpec("P")
R = TypeVar("R")
Seed = tuple[np.uint64, np.uint64]


# Inlined by LLVM rather than by Numba: rules stay plain functions that tests can call.
def rule(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a pure scalar function into its callers."""
    return _compile_for_loops(function, _RULE)


# Inlined before typing, because whole tables cannot be handed to a function without a look into
# each.
def part(function: Callable[P, R]) -> Callable[P, R]:
    """A named part of a loop that works on whole tables: written into the loop before it is
    compiled.
    """
    return cast(
        "Callable[P, R]", _compile(inline="always", error_model="numpy", _nrt=False)(function)
    )


def loop(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop over rows, cached on disk.

    The cache key ignores globals, so parameters are passed in.
    """
    return _compile_kept(function, _LOOP)


def table(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop that allocates nothing: no reference counts, and arrays that share no
    memory.
    """
    return _compile_kept(function, _TABLE)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a `table` that only other compiled loops call: it is kept with them."""
    return _compile_for_loops(function, _TABLE)


def compile_ahead(made: Callable[..., object], *given: object) -> None:
    """Compile a loop for what it will be given, without running it: nothing is changed."""
    if isinstance(made, Loop):
        made.compile((*map(made.typeof_pyval, given),))


def _compile_for_loops(function: Callable[P, R], options: dict[str, object]) -> Callable[P, R]:
    return function if is_off() else cast("Callable[P, R]", Callee(function, options))


def _compile_kept(function: Callable[P, R], options: dict[str, object]) -> Callable[P, R]:
    def compile_with(*, cache: bool) -> Any:
        if is_off():
            return function
        made = Loop(function, options)
        if cache:
            made.enable_caching()
        return made

    return cast("Callable[P, R]", compile_kept(compile_with))
