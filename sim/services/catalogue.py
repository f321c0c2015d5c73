"""Every kind of service there is, by name: whatever the modules of this package declare in a tuple `KINDS`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import sim.services

if TYPE_CHECKING:
    from sim.services.kinds import Kind

FAMILIES = tuple(sorted(name for _, name, _ in pkgutil.iter_modules(sim.services.__path__) if name != "catalogue"))
"""Modules of this package, in the order of the alphabet."""


def _find_kinds() -> dict[str, Kind]:
    modules = [importlib.import_module(f"sim.services.{name}") for name in FAMILIES if name not in {"offering", "offers", "kinds"}]
    return {kind.name: kind for module in modules for kind in getattr(module, "KINDS", ())}


KINDS = _find_kinds()
