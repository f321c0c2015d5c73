"""What the machine may lack, a sentence each: memory, a library, room on the disk, open files."""

from __future__ import annotations

import errno
import os

from sim.errors import InvalidInput, Problem

ADVICE = {
    errno.ENOSPC: "make room and give the same command again",
    errno.EDQUOT: "make room and give the same command again",
    errno.EMFILE: "allow more open files (ulimit -n), or use fewer workers with -j",
    errno.ENFILE: "close other programs, or use fewer workers with -j",
    errno.ENOMEM: "close other programs, or use fewer workers with -j",
    errno.EAGAIN: "allow more processes (ulimit -u), or use fewer workers with -j",
    errno.EACCES: "choose another place, or see to its permissions",
    errno.EROFS: "choose another place: nothing can be written here",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "remove the link that leads to itself",
    errno.ENOTDIR: "name a folder that is one",
    errno.EISDIR: "name a file, not a folder",
}
"""What to do about a failure of the operating system."""
MISNAMED = {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR}
"""Failures that lie in the name that was given, and not in the machine."""
LONGEST_SAID = 120
"""Characters of a name that are repeated."""
LIBRARY_PROBLEMS = ("shared object", "shared library", "failed to map", "DLL load failed")
"""How loaders say that a library is not there, or has no room."""


LARGEST_SETTING = 10_000
WHOLE_SETTINGS = {
    "NUMBA_NUM_THREADS": 1,
    "NUMBA_DISABLE_JIT": 0,
    "NUMBA_BOUNDSCHECK": 0,
    "NUMBA_DEBUG": 0,
    "NUMBA_DEBUGINFO": 0,
    "NUMBA_DEVELOPER_MODE": 0,
    "NUMBA_FULL_TRACEBACKS": 0,
}
"""Settings of the compiler that are whole numbers, and the least of each."""
CHOSEN_SETTINGS = {
    "NUMBA_OPT": ("0", "1", "2", "3", "max"),
    "NUMBA_THREADING_LAYER": (
        "default",
        "safe",
        "threadsafe",
        "forksafe",
        "workqueue",
        "omp",
        "tbb",
    ),
}


def check_environment() -> None:
    """Raise `InvalidInput` for settings of the environment that the compiler cannot read: it would
    tell them by a traceback, or fail later.
    """
    problems = []
    for name, least in WHOLE_SETTINGS.items():
        given = os.environ.get(name, "").strip()
        if given and not (_is_count(given) and least <= int(given) <= LARGEST_SETTING):
            problems.append(_refuse(name, given, f"must be a whole number, {least} or more"))
    for name, known in CHOSEN_SETTINGS.items():
        given = os.environ.get(name, "").strip()
        if given and given not in known:
            problems.append(_refuse(name, given, f"must be one of {', '.join(known)}"))
    if problems:
        raise InvalidInput(problems)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_SETTING))


def _refuse(name: str, given: str, said: str) -> Problem:
    hint = f"a setting of the environment: change it, or leave it out (unset {name})"
    return Problem(name, 0, 0, "", f"{said} (got {given[:LONGEST_SAID]!r})", hint)


def explain_machine(error: Exception) -> str | None:
    """What is lacking and what to do, or None where it is not the machine."""
    if isinstance(error, MemoryError):
        return (
            "There is not enough memory for this; what was finished is kept. Use fewer workers"
            " (-j 1), fewer residents (--scale), or totals (--keep summary)."
        )
    said = (str(error).splitlines() or [""])[0][:200]
    # Some loaders raise OSError, which only its words tell apart.
    if isinstance(error, ImportError) or any(sign in said for sign in LIBRARY_PROBLEMS):
        named = getattr(error, "name", None) or "see the end of this line"
        return (
            f"A library that Kinwell needs cannot be loaded: {named} ({said})."
            " Install Kinwell again, into an environment of its own, or give it more memory."
        )
    if _is_loop(error):
        return f"{said}; {ADVICE[errno.ELOOP]}."
    if isinstance(error, OSError) and error.errno:
        place = f"{_shorten(str(error.filename))}: " if error.filename else ""
        advice = ADVICE.get(error.errno, "what was finished is kept")
        return f"{place}{(error.strerror or said).lower()}; {advice}."
    return None


def is_misnamed(error: Exception) -> bool:
    """Whether a failure lies in the name that was given: wrong input, as it were."""
    return _is_loop(error) or (isinstance(error, OSError) and error.errno in MISNAMED)


def _is_loop(error: Exception) -> bool:
    # What some versions of Python make of ELOOP.
    return isinstance(error, RuntimeError) and str(error).startswith("Symlink loop")


def _shorten(name: str) -> str:
    half = LONGEST_SAID // 2
    return name if len(name) <= LONGEST_SAID else f"{name[:half]}...{name[-half:]}"
