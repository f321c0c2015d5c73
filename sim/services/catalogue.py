"""Every kind of service there is, by name: whatever the modules of `sim.services.kinds` declare in
a tuple `KINDS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import sim.services.kinds

if TYPE_CHECKING:
    from sim.services.kind import Kind

KIND_FAMILIES = tuple(
    sorted(name for _, name, _ in pkgutil.iter_modules(sim.services.kinds.__path__))
)
"""Families of kinds, in the order of the alphabet."""


def _find_kinds() -> dict[str, Kind]:
    # A module in the folder is enough: nothing has to be registered by hand.
    modules = [importlib.import_module(f"sim.services.kinds.{name}") for name in KIND_FAMILIES]
    return {kind.name: kind for module in modules for kind in getattr(module, "KINDS", ())}


KINDS = _find_kinds()
