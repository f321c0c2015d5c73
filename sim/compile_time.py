"""How long a first compilation will take here: a small loop is compiled, and its time stands for
the whole.
"""

from __future__ import annotations

import math
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

WHOLE_SECONDS = 450.0
"""Compiling everything takes as long as compiling the probe so many times, in one process.

Measured on one machine beside other work: 60 s of processor time for all loops and 5 s to start and
load them, 0.145 s for the probe, the first left out, because it also loads the compiler.
"""
HALVES = 2
"""Processes that share the work, where there are as many processors."""
STEP = 5.0
"""Estimates are rounded up to so many seconds: they are no more exact."""


def probe_seconds() -> float:
    """Compile a small loop and say how long it took, the loading of the compiler left out."""
    seconds = 0.0
    for _ in range(2):
        clock = time.perf_counter()
        numba.njit("float64(float64[::1], float64[::1])")(_make_probe())
        seconds = time.perf_counter() - clock
    return seconds


def expect_seconds(processors: int, probe: float) -> float:
    """Expect the seconds that a first compilation takes, from those of the probe."""
    return math.ceil(WHOLE_SECONDS * probe / min(HALVES, max(1, processors)) / STEP) * STEP


@cache
def announce_compilation(
    processors: int, say: Callable[[str], None] | None = None, *, kept: bool = True
) -> float:
    """Say, once in a process, that the model is compiled first, and how long that takes about.

    Returns the seconds. `say` writes to standard error where nothing else is given. kept: whether
    the next start finds what is compiled.
    """
    seconds = expect_seconds(processors, probe_seconds())
    used = "one processor" if min(HALVES, processors) == 1 else "two processors"
    once = ", this once" if kept else ""
    (say or write_line)(
        f"The model is compiled first{once}: a test compilation suggests about"
        f" {seconds:.0f} s on {used} of this machine, longer beside other work."
    )
    return seconds


def write_line(text: str) -> None:
    """Write a line to standard error, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _make_probe() -> Callable[..., float]:
    """A new function each time, which no compiler has seen before."""

    def probe(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
        total = 0.0
        for i in range(x.size):
            a = x[i]
            if a > 0.5:
                total += math.sqrt(a) * math.exp(-y[i])
            elif a < 0.1:
                total -= math.log(1.0 + a) / (1.0 + y[i])
            else:
                for k in range(3):
                    total += a * k + y[i % y.size]
        return float(total)

    return probe
