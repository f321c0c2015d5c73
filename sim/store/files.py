"""Files beside the database: written whole or not at all, and never in place of another."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from sim.store.connection import ANOTHER_FOLDER, explain_files, refuse

if TYPE_CHECKING:
    from collections.abc import Callable


class Written(BaseModel):
    """Shape of what one command writes as JSON and another reads; other keys are left alone."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


def read_written(file: Path, shape: type[Written], again: str) -> dict[str, Any]:
    """What a command wrote as JSON, of the shape that its readers rely on.

    again: the command that writes it anew. InvalidInput where the file is damaged.
    """
    hint = f"`{again}` writes it anew"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        shape.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        said = f"is damaged{f' at {where}' if where else ''}: it is not what was written there"
        raise refuse(file, said, hint) from None
    # JSON that is nested thousands deep ends in a RecursionError.
    except (OSError, ValueError, RecursionError):
        raise refuse(file, "is damaged: it is not what was written there", hint) from None
    return found


IN_ANOTHER_FOLDER = "give the command in another folder"
NAME_ANOTHER = "name a file in another folder"
NAME_WITH_O = f"{NAME_ANOTHER} with -o"
JSON, PAGE = "JSON", "page"
BEGINNINGS = {JSON: ("{", "["), PAGE: ("<",)}
"""What files begin with that this program writes, and may write anew."""
HEAD_BYTES = 512


def check_can_write(path: Path, *, folder: bool = False, hint: str = NAME_ANOTHER) -> None:
    """Raise `InvalidInput` where a file, or files of a folder, cannot be written: asked before
    anything is computed for them.

    A folder that is missing is no hindrance where it can be made. hint: what to do where a file
    cannot be written.
    """
    # A terminal, a pipe or `/dev/null` has no folder that matters.
    if not folder and path.exists() and not path.is_file():
        return
    whole = path.absolute()
    places = [whole, *whole.parents] if folder else whole.parents
    there = next(place for place in places if os.path.lexists(place))
    if not there.is_dir():
        lacking = "Not a directory"
    elif not folder and whole.is_symlink() and _is_loop(whole):
        lacking = "a link that leads to itself"
    elif not all(os.access(one, os.W_OK) for one in (there, whole) if one.exists()):
        lacking = "Read-only file system" if _is_read_only(there) else "Permission denied"
    else:
        return
    hint = ANOTHER_FOLDER if folder else hint
    raise refuse(path, f"cannot write here ({lacking})", hint)


MOVE_AWAY = "choose another name, or move it away first"


def check_is_ours(path: Path, *beginnings: str, hint: str = MOVE_AWAY) -> None:
    """Raise `InvalidInput` where a file is there that begins with none of what this program writes
    in its place: somebody else's work is not overwritten.

    An empty file may be written, and so may what is no file (a pipe, a terminal).
    """

    def begins(file: Path) -> bool:
        """Whether a file begins so, after a mark of its encoding and blanks; or holds no more."""
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        text = head.decode("utf-8-sig", errors="replace").lstrip()
        return not text or text.startswith(beginnings)

    check_content(path, begins, hint)


def check_content(path: Path, is_ours: Callable[[Path], bool], hint: str = MOVE_AWAY) -> None:
    """Raise `InvalidInput` where a file is there that holds something else than what this program
    writes in its place, as the file itself tells.
    """
    try:
        if not path.is_file() or not path.stat().st_size or is_ours(path):
            return
    # What cannot be read is told by whoever writes.
    except OSError:
        return
    raise refuse(path, "is already there, holds something else and is not overwritten", hint)


def check_output(path: Path, holds: str = "", *, folder: bool = False) -> None:
    """Raise `InvalidInput`, before anything is computed, where what a command writes cannot be
    written or would take the place of something else: the one door for all options and functions.

    holds: what is written, `JSON` or `PAGE`; empty for a folder, or a file that is added to.
    """
    check_can_write(path, folder=folder, hint=NAME_WITH_O if holds == PAGE else NAME_ANOTHER)
    if holds:
        check_is_ours(path, *BEGINNINGS[holds])


def _is_read_only(folder: Path) -> bool:
    """Whether a disk takes no files, whatever its permissions say; not told on every system."""
    if not hasattr(os, "statvfs"):
        return False
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _is_loop(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def write_whole(path: Path, text: str, hint: str = ANOTHER_FOLDER) -> None:
    """Write a file whole or not at all, with clear errors for a full disk and for a place that
    cannot be written.

    A link stays a link; what is no ordinary file (a pipe, `/dev/null`) is written as it is.
    """
    with explain_files(path, hint):
        # `/dev/stdout` and pipes cannot be renamed into place.
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8")
            return
        target = _follow(path)
        beside = _write_beside(target, text)
        try:
            beside.replace(target)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def _follow(path: Path) -> Path:
    """Where a link leads; OSError where it leads to itself."""
    if not path.is_symlink():
        return path
    with suppress(FileNotFoundError):  # what it leads to is still to be made
        path.stat()
    # Not `Path.resolve`, which calls a loop a RuntimeError in some versions of Python.
    return Path(os.path.realpath(path))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes whole or not at all, in place of one that is there."""
    with explain_files(path):
        beside = path.with_name(f".{path.name[:60]}.{os.getpid()}.new")
        try:
            beside.write_bytes(content)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises `InvalidInput` where something of its name is there, and is not overwritten.
    """
    with explain_files(path, IN_ANOTHER_FOLDER):
        try:
            # Reserved first: between looking and writing somebody else could make the file.
            with path.open("x", encoding="utf-8"):
                pass
        except FileExistsError:
            message = "is already there and is not overwritten"
            raise refuse(path, message, "choose another name, or remove it first") from None
        try:
            _write_beside(path, text).replace(path)
        except OSError:
            # The empty file that reserved the name must not stay behind.
            path.unlink(missing_ok=True)
            raise


def _write_beside(path: Path, text: str) -> Path:
    # In the same folder, so that a rename is atomic; by process, for two writers.
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.new")
    try:
        # The same bytes on every system.
        beside.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside
