"""What was run, with what: versions, commit, machine, and the files beside a database that say
so.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

PACKAGES = (
    "kinwell",
    "mesa",
    "numba",
    "numpy",
    "scipy",
    "pandas",
    "pydantic",
    "ruamel.yaml",
    "sqlite-utils",
    "click",
)
CODE = ("sim", "analysis", "scenarios", "pyproject.toml")


class Commit(NamedTuple):
    """The state of the checkout: commit, whether files differ from it, and the fingerprint of how.

    All None where the code does not run from a checkout of its own.
    """

    commit: str | None
    dirty: bool | None
    diff_sha256: str | None


def collect_versions() -> dict[str, str]:
    """Collect the versions of Python, SQLite and the packages that numbers may depend on."""
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def describe_machine() -> dict[str, object]:
    """Describe the machine without naming it: system, processor, cores, memory in bytes."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cores": count_cores(),
        "memory_bytes": measure_memory(),
    }


def count_cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def measure_memory() -> int | None:
    """Measure the memory of the machine in bytes; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def find_compiled() -> tuple[Path, int]:
    """Find where compiled code is kept and how many compiled loops are there."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(chosen) if chosen else Path(__file__).parent
    try:
        return folder, sum(1 for _ in folder.rglob("*.nbc"))
    except OSError:  # a name that no folder can have
        return folder, 0


def _ask_git(folder: Path, *words: str) -> bytes | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        answer = subprocess.run(
            [git, "-C", str(folder), *words], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None


@cache
def describe_commit(root: Path | None = None) -> Commit:
    """Describe the checkout that holds this package, if the checkout is the package's own."""
    folder = (root or Path(__file__).parent.parent).resolve()
    top = _ask_git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(os.fsdecode(top.strip())).resolve() != folder:
        return Commit(None, None, None)
    if _ask_git(folder, "ls-files", "--error-unmatch", "sim/provenance.py") is None:
        return Commit(None, None, None)
    commit = _ask_git(folder, "rev-parse", "HEAD")
    present = [name for name in CODE if (folder / name).exists()]
    changed = _ask_git(folder, "status", "--porcelain", "--untracked-files=all", "--", *present)
    if not changed:
        return Commit(_decode(commit), None if changed is None else False, None)
    return Commit(_decode(commit), True, _hash_changes(folder, present))


def _decode(answer: bytes | None) -> str | None:
    return answer.decode().strip() if answer else None


def _hash_changes(folder: Path, present: list[str]) -> str:
    digest = hashlib.sha256(_ask_git(folder, "diff", "--binary", "HEAD", "--", *present) or b"")
    new = (
        _ask_git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", *present) or b""
    )
    for name in sorted(filter(None, new.split(b"\0"))):
        file = folder / os.fsdecode(name)
        digest.update(name + b"\0" + (file.read_bytes() if file.is_file() else b""))
    return digest.hexdigest()


def tell_time() -> str:
    """Tell the time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_run(model_version: str, command: str) -> dict[str, object]:
    """Describe everything a reader needs to trust or repeat what is stored: the content of
    `manifest.json`.
    """
    return {
        "program": "kinwell",
        "model_version": model_version,
        "command": command,
        "versions": collect_versions(),
        **describe_commit()._asdict(),
        "random_numbers": "Philox4x32-10, keyed by seed, person, week and decision",
        "machine": describe_machine(),
        "byte_order": sys.byteorder,
        "written": tell_time(),
    }


def write_manifest(description: dict[str, object]) -> str:
    """Write a manifest as text."""
    return json.dumps(description, indent=2, ensure_ascii=False, default=str) + "\n"


def write_resolved(resolved: dict[str, object]) -> str:
    """Write a resolved scenario as YAML that runs as it is."""
    from io import StringIO

    from ruamel.yaml import YAML  # only what writes a folder of results needs it

    stream = StringIO()
    yaml = YAML()
    yaml.width = 120
    yaml.dump(resolved, stream)
    return stream.getvalue()
