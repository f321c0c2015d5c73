"""Linear algebra on one thread, where several would only wait for each other."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def quieten() -> AbstractContextManager[object]:
    """Hold linear algebra to one thread: many small products on a busy machine take thirty times as
    long with more.
    """
    held: AbstractContextManager[object] = import_module("threadpoolctl").threadpool_limits(
        limits=1, user_api="blas"
    )
    return held
