"""Compiled code kept on disk, for exactly as long as nothing changes that it was made of.

Numba looks at the file of a loop alone. A loop is made of more: the rules that it calls, which
stand in other files, and the order of the fields of the groups that it is given.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba
from numba import config

ROOT = Path(__file__).parents[2]
"""The folder that holds this package."""
GROUPS = ("sim.evidence.parameters", "sim.evidence.society", "sim.state.groups")
"""Modules of the groups of numbers that loops take: compiled code knows the places of their fields,
not their names.
"""
_IMPORT = re.compile(
    r"^(?:from\s+(sim[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|import\s+(sim[\w.]*))", re.MULTILINE
)
_ASKED = ("_version", "_load_index")
"""What is asked of Numba's cache although no other version of Numba has to have it."""


@cache
def list_sources(file: Path) -> frozenset[Path]:
    """Files of this package that a file's code can come from: itself and all that it imports,
    however far down.
    """
    found, left = {file}, [file]
    while left:
        new = _list_imports(left.pop()) - found
        found |= new
        left += new
    return frozenset(found)


@cache
def _list_imports(file: Path) -> frozenset[Path]:
    """Modules of this package that a file imports whenever it is loaded; what only type checkers
    import is indented.
    """
    names: set[str] = set()
    for module, parts, plain in _IMPORT.findall(file.read_text(encoding="utf-8")):
        names.add(module or plain)
        names |= {
            f"{module}.{name.split()[0]}"
            for name in parts.strip("() \n").split(",")
            if module and name.strip()
        }
    return frozenset(found for name in names if (found := _find_file(name)).is_file())


def _find_file(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


@cache
def sum_sources(file: Path) -> str:
    """Checksum of all that the loops of a file are made of."""
    engine = Path(__file__).parent.glob(
        "*.py"
    )  # turns a column into instructions, whoever imports it
    total = blake2b(digest_size=16)
    for source in sorted(list_sources(file).union(map(_find_file, GROUPS), engine)):
        total.update(source.read_bytes())
    return total.hexdigest()


def _is_off() -> bool:
    """Whether compilation is switched off, by NUMBA_DISABLE_JIT."""
    return bool(getattr(config, "DISABLE_JIT", 0))


def keep(compiled: Any) -> bool:
    """Tie what is kept of a loop to its sources; False, with a note, where this Numba gives no hold
    on it.

    Without compilation there is nothing to keep.
    """
    if _is_off():
        return True
    kept = find_kept(compiled)
    if kept is None:
        _refuse()
        return False
    kept._version = f"{kept._version} {sum_sources(Path(compiled.py_func.__code__.co_filename))}"
    return True


def find_kept(compiled: Any) -> Any:
    """What Numba keeps of a loop; None where it is not kept, or not in a way that is known here."""
    kept = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    return kept if all(hasattr(kept, name) for name in _ASKED) else None


@cache
def _refuse() -> None:
    """Say, once, that nothing is kept: rather slow than by the rules of yesterday."""
    warnings.warn(
        f"Numba {numba.__version__} keeps compiled code in a way that Kinwell does not know: "
        "rules are compiled anew in every process; a Numba that pyproject.toml allows keeps them",
        RuntimeWarning,
        stacklevel=2,
    )


def is_compiled_before(compiled: Any) -> bool:
    """Whether this machine holds a compiled copy of a loop as it is now (always true with
    compilation off).
    """
    kept = find_kept(compiled)
    return _is_off() or (kept is not None and bool(kept._load_index()))
