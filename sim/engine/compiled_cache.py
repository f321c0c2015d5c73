"""Compiled code kept on disk, for exactly as long as nothing changes that it was made of.

Numba looks at the file of a loop alone. A loop is made of more: the rules that it calls, which
stand in other files, and the order of the fields of the groups that it is given.
"""

from __future__ import annotations

import atexit
import os
import pickle
import re
import shutil
import tempfile
import warnings
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from llvmlite.binding import parse_assembly, parse_bitcode
from numba import config
from numba.core import caching

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
"""The folder that holds this package."""
GROUPS = (
    "sim.evidence.groups",
    "sim.evidence.society",
    "sim.state.groups",
    "sim.week.record.counts",
)
"""Modules of the groups of numbers that loops take: compiled code knows the places of their fields,
not their names.
"""
_IMPORT = re.compile(
    r"^(?:from\s+(sim[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|import\s+(sim[\w.]*))", re.MULTILINE
)
_ASKED = ("_version", "_load_index", "_load_data", "_save_data", "_cache_path", "_source_stamp")
"""What is asked of Numba's cache although no other version of Numba has to have it."""
# Where Numba has renamed a class, this module can still be imported: `compile_kept` then refuses.
_KNOWN: Any = getattr(caching, "IndexDataCacheFile", object)
_CODE: Any = getattr(caching, "CompileResultCacheImpl", object)
_CACHE: Any = getattr(caching, "FunctionCache", object)
_DIGEST = 16


class CheckedCacheFile(_KNOWN):
    """Numba's files of one loop, with a checksum before the code.

    What is damaged is not there: the loop is compiled anew and kept again.
    """

    def __init__(self, kept: Any, sources: str) -> None:
        super().__init__(
            kept._cache_path, kept._index_name.removesuffix(".nbi"), kept._source_stamp
        )
        # Numba compares the version that is stored with the code: whatever stands in it must match.
        self._version = f"{kept._version} {sources}"

    def _load_index(self) -> dict[object, str]:
        # A file cut short, or overwritten, fails in as many ways as pickle knows.
        try:
            index: dict[object, str] = super()._load_index()
        except Exception:
            return {}
        return index

    def _load_data(self, name: str) -> object:
        content = Path(self._data_path(name)).read_bytes()
        # Looked at before unpickling: damaged code would otherwise crash the process instead of
        # failing.
        if blake2b(content[_DIGEST:], digest_size=_DIGEST).digest() != content[:_DIGEST]:
            raise OSError("damaged")
        return pickle.loads(content[_DIGEST:])

    def _save_data(self, name: str, data: object) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(blake2b(content, digest_size=_DIGEST).digest() + content)

    def save(self, key: object, data: object) -> None:
        """Keep compiled code where there is room for it; without, it serves this process alone."""
        # A full disk, or files that belong to another user: no reason to lose a run.
        try:
            super().save(key, data)
        except OSError as error:
            _say_unkept(self._cache_path, error.strerror or str(error))


class LoopCode(_CODE):
    """How a loop is kept: machine code, and bitcode that is read when other code is compiled with
    it, which happens in no start but the first; to read it was half of loading a loop.
    """

    def reduce(self, data: Any) -> object:
        """What is kept of a loop; names of functions stand where Numba looks for bitcode."""
        (name, kind, (machine_code, bitcode)), *others = super().reduce(data)
        # By these names Numba knows what machine code holds.
        named = [each.name for each in parse_bitcode(bitcode).functions if not each.is_declaration]
        stubs = "\n".join(f'define void @"{each}"() {{ unreachable }}' for each in named)
        names = parse_assembly(stubs).as_bitcode()
        return bitcode, ((name, kind, (machine_code, names)), *others)

    def rebuild(self, target_context: Any, reduced_data: Any) -> Any:
        """The loop, ready to be entered."""
        bitcode, loop = reduced_data
        rebuilt = super().rebuild(target_context, loop)
        rebuilt.library._get_module_for_linking = cache(lambda: parse_bitcode(bitcode))
        return rebuilt


class LoopCache(_CACHE):
    """Numba's cache of one loop, in which code is kept as `LoopCode` says."""

    _impl_class = LoopCode


@cache
def _say_unkept(folder: str, why: str) -> None:
    """Say, once for each reason, that compiled code could not be kept."""
    warnings.warn(
        f"compiled code cannot be kept in {folder} ({why}): it is compiled anew at each start; make"
        " room there, or set NUMBA_CACHE_DIR to a folder that you may write",
        RuntimeWarning,
        stacklevel=2,
    )


@cache
def list_sources(file: Path) -> frozenset[Path]:
    """Files of this package that a file's code can come from: itself and all that it imports,
    however far down.
    """
    found, left = {file}, [file]
    while left:
        new = _list_imports(left.pop()) - found
        # Until nothing new is found, so that a rule three imports away counts as well.
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


@cache
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
        total.update(_sum_file(source))
    return total.hexdigest()


@cache
def _sum_file(file: Path) -> bytes:
    """Checksum of one file: most are among the sources of many loops, and are read once."""
    return blake2b(file.read_bytes(), digest_size=_DIGEST).digest()


def is_off() -> bool:
    """Whether compilation is switched off, by NUMBA_DISABLE_JIT."""
    return bool(getattr(config, "DISABLE_JIT", 0))


def compile_kept(compile_with: Callable[..., Any]) -> Any:
    """Compile a loop and keep it on disk, tied to its sources.

    compile_with: compiles the loop, given Numba's option `cache`. Where nothing can be kept, the
    loop is compiled in every process, and a note says so. Without compilation nothing is kept.
    """
    if is_off():
        return compile_with(cache=True)
    try:
        compiled = compile_with(cache=True)
    except RuntimeError:  # Numba finds no folder that it may write
        # The usual folders may be read-only, as in a container: then a folder that lasts for this
        # start.
        if not _open_scratch():
            return compile_with(cache=False)
        compiled = compile_with(cache=True)
    kept = find_kept(compiled)
    # A cache that cannot be checked is not used: it may hold the rules of an earlier version.
    if kept is None:
        _refuse()
        return compile_with(cache=False)
    source = Path(compiled.py_func.__code__.co_filename)
    compiled._cache._cache_file = CheckedCacheFile(kept, sum_sources(source))
    return compiled


@cache
def _open_scratch() -> bool:
    """A folder of this process for compiled code, where the usual places cannot be written.

    Worker processes find it by the environment. False where there is no room for one either.
    """
    more = "set NUMBA_CACHE_DIR to a folder that you may write, to compile only once"
    try:
        folder = tempfile.mkdtemp(prefix="kinwell-compiled-")
    except OSError:
        warnings.warn(f"nothing compiled can be kept: {more}", RuntimeWarning, stacklevel=2)
        return False
    os.environ["NUMBA_CACHE_DIR"] = folder
    # Numba has read the environment already; the workers will read it when they start.
    vars(config)["CACHE_DIR"] = folder
    owner = os.getpid()
    # Workers share the folder and end earlier: only who made it takes it away.
    atexit.register(
        lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == owner else None
    )
    warnings.warn(
        f"compiled code is kept for this start alone: {more}", RuntimeWarning, stacklevel=2
    )
    return True


def outlives_start() -> bool:
    """Whether compiled code is kept where the next start finds it, as far as is known by now."""
    return not any(said.cache_info().currsize for said in (_open_scratch, _say_unkept, _refuse))


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
    return is_off() or (kept is not None and bool(kept._load_index()))
