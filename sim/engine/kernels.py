"""How a rule becomes fast: Numba, chosen once for the whole model.

`rule` marks a pure scalar function ("one resident, one week"); it is always inlined into the loop
that calls it, so that the compiler may run many residents at once. `loop` marks the thin loop that
carries rules over columns; it is cached on disk and releases the interpreter lock, so that ranges
of rows can run on threads. With NUMBA_DISABLE_JIT=1 both are plain Python and give the same
decisions.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core.cpu import CPUTargetOptions
from numba.core.options import TargetOptions

if TYPE_CHECKING:
    from collections.abc import Callable


_compile: Any = numba.njit
"""Numba's compiler, with its option `_nrt` that the published types leave out: False makes no
reference counts.
"""
cast("Any", CPUTargetOptions).noalias = cast("Any", TargetOptions).Mapping("noalias")
"""Arrays that a loop is given never share memory.

Numba can tell its compiler so, but offers the option to none but itself.
"""

_TABLE: dict[str, object] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "noalias": True,
}

SHELVES = ("engine", "state", "society", "services", "week")
"""Folders of this package whose files loops are made of."""
MARKS = (
    "sim.engine.kernels",
    "sim.engine.columns",
    "sim.engine.column_types",
    "numba",
    "import numpy",
)
"""What a file imports if loops, or constants that loops freeze, may be in it."""

P = ParamSpec("P")
R = TypeVar("R")
Seed = tuple[np.uint64, np.uint64]


def rule(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a pure scalar function into its callers."""
    return cast(
        "Callable[P, R]", _compile(forceinline=True, error_model="numpy", _nrt=False)(function)
    )


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
    return _keep(
        _compile(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    )


def table(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop that allocates nothing: no reference counts, and arrays that share no
    memory.
    """
    return _keep(_compile(no_cfunc_wrapper=True, **_TABLE)(function))


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a `table` that only other compiled loops call: what Python would need to call it is
    left out.
    """
    return _keep(_compile(no_cfunc_wrapper=True, no_cpython_wrapper=True, **_TABLE)(function))


@cache
def _sum_sources() -> str:
    """Checksum of all that loops are made of."""
    total = blake2b(digest_size=16)
    for folder in SHELVES:
        for file in sorted((Path(__file__).parents[1] / folder).rglob("*.py")):
            text = file.read_bytes()
            if any(mark.encode() in text for mark in MARKS):
                total.update(text)
    return total.hexdigest()


def _keep(compiled: Callable[P, R]) -> Callable[P, R]:
    """Keep compiled code only as long as no rule changes: Numba looks at the file of the loop
    alone, and rules come from many.
    """
    kept = _find_kept(compiled)
    if kept is not None:
        kept._version = f"{kept._version} {_sum_sources()}"
    return compiled


def _find_kept(compiled: Any) -> Any:
    return getattr(getattr(compiled, "_cache", None), "_cache_file", None)


def is_compiled_before(compiled: Any) -> bool:
    """Whether this machine holds a compiled copy of a loop as it is now (always true with
    compilation off).
    """
    kept = _find_kept(compiled)
    return kept is None or bool(kept._load_index())
