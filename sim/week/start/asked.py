"""How a community was asked for in Python: refused where it would be another than was meant."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, cast

from sim.errors import InvalidInput

if TYPE_CHECKING:
    from typing import SupportsIndex

STEPPINGS = ("compiled", "mesa")


def read_seed(rng: object, stepping: object, threads: object) -> int:
    """The seed as a whole number, NumPy's too; InvalidInput for a fraction, text or a generator,
    for a way of stepping that there is not, and for threads that are no number of them.
    """
    wrong = []
    # A fraction would be cut off and True be 1: another town than was asked for.
    seed = _read_whole(rng)
    if seed is None or seed < 0:
        wrong.append(f"rng is the seed, a whole number from 0 on (got {rng!r:.40})")
    if stepping not in STEPPINGS:
        wrong.append(f"stepping is {' or '.join(STEPPINGS)} (got {stepping!r:.40})")
    if (count := _read_whole(threads)) is None or count < 0:
        wrong.append(f"threads is a whole number (got {threads!r:.40})")
    if wrong or seed is None:
        raise InvalidInput("; ".join(wrong))
    return seed


def _read_whole(value: object) -> int | None:
    try:
        return None if isinstance(value, bool) else index(cast("SupportsIndex", value))
    except TypeError:
        return None
