"""Imports that wait until somebody uses them: Mesa brings pandas, networkx and SciPy along for
tools that a run never touches.

A module that waits is loaded at the first look for a name in it, and is an ordinary one from then
on. Only a process of Kinwell's own does so (the command line, a worker): `import sim` leaves the
modules of others alone.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


UNUSED = (
    "asyncio",
    "mesa.discrete_space",
    "mesa.experimental",
    "mesa.experimental.continuous_space",
    "mesa.space",
    "numpy.f2py",
    "numpy.ma",
    "numpy.testing",
    "pandas",
    "scipy.linalg",
    "scipy.special",
    "scipy.stats",
    "yaml",
)
"""What Mesa, Numba, and SciPy by all names of NumPy, import for tools that a run never touches; of
some packages it takes one part (`import_part`).
"""


class _Waiting(ModuleType):
    """A module that nobody has looked into yet."""

    def __getattr__(self, name: str) -> Any:
        later = self.__dict__.get("_later")
        if later is not None:
            later.load(self)
        return ModuleType.__getattribute__(self, name)

    def __bool__(self) -> bool:
        """False: nobody has anything that is made of it. Some ask, to know whether they could be
        given such things, as sqlite-utils does of pandas.
        """
        return False


class _Later(Loader):
    """Stands in for a loader until the module is looked into."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.lock = RLock()
        self.loading = False

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        return _Waiting(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty; without a path, so that an import of a part of it looks into it as
        well.
        """
        # A package with a path would let `import pandas.core` pass by the stand-in.
        module.__dict__.pop("__path__", None)
        module.__dict__["_later"] = self

    def load(self, module: ModuleType) -> None:
        """Load it after all, once; other threads wait.

        An import that fails will be tried again at the next look.
        """
        # Re-entrant, since loading a module imports parts of it, which look into it again.
        with self.lock:
            if self.loading or module.__dict__.get("_later") is not self:
                return
            self.loading = True
            spec = module.__spec__
            if spec is not None:
                spec.loader = module.__loader__ = self.loader
                if spec.submodule_search_locations is not None:
                    module.__path__ = spec.submodule_search_locations
            try:
                self.loader.exec_module(module)
            # Back to waiting: half a module must not be taken for a whole one.
            except BaseException:
                self.exec_module(module)
                raise
            finally:
                self.loading = False
            del module.__dict__["_later"]
            # An ordinary module from here on: later look-ups cost nothing extra.
            module.__class__ = ModuleType


class _Loaded(Loader):
    """Gives a part of a package that came with the package, while the part was being imported."""

    def __init__(self, module: ModuleType) -> None:
        self.module, self.spec = module, module.__spec__

    def create_module(self, _: ModuleSpec) -> ModuleType:
        """The part."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it is."""
        module.__spec__ = self.spec


class _Postponing(MetaPathFinder):
    """Finds the modules that wait."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is, if it is one that waits, or has come with one that did."""
        if target is None and name in sys.modules:
            return ModuleSpec(name, _Loaded(sys.modules[name]))
        # Only names that are listed: everything else is found as ever.
        spec = PathFinder.find_spec(name, path, target) if name in self.names else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Later(spec.loader)
        return spec


def postpone(*names: str) -> None:
    """Let the imports of these modules wait (UNUSED if none is named), those of them that nobody
    has imported yet.
    """
    names = names or UNUSED
    sys.meta_path.insert(0, _Postponing(names))


def import_part(package: str, part: str) -> ModuleType:
    """Import a part of a package; where the package waits, without the rest of it.

    part: one that does without the rest, as compiled modules do.
    """
    whole = import_module(package)
    spec = whole.__spec__
    if type(whole) is not _Waiting or spec is None:
        return import_module(f"{package}.{part}")
    # For this import alone: others, which may need the rest, look into the package first.
    whole.__path__ = spec.submodule_search_locations or []
    try:
        return import_module(f"{package}.{part}")
    finally:
        if type(whole) is _Waiting:
            del whole.__path__
