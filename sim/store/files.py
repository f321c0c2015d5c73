"""Files beside the database: written whole or not at all, and never in place of another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sim.store.connection import explain_files, refuse

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, with clear errors for a full disk and for a place that
    cannot be written.

    A link stays a link; what is no ordinary file (a pipe, `/dev/null`) is written as it is.
    """
    with explain_files(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve() if path.is_symlink() else path
        beside = _write_beside(target, text)
        try:
            beside.replace(target)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


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
    with explain_files(path):
        try:
            with path.open("x", encoding="utf-8"):
                pass
        except FileExistsError:
            message = "is already there and is not overwritten"
            raise refuse(path, message, "choose another name, or remove it first") from None
        try:
            _write_beside(path, text).replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _write_beside(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside
