"""Processes that end with the one that started them, whatever either is doing."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@contextmanager
def open_helper(
    *words: str,
    question: object,
    environment: Mapping[str, str] | None = None,
    listen: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start `python -m WORDS` and hand it a question, which it takes with `take_question`.

    The block ends when the process has; it is killed where the block is left with an error. Its
    standard streams are nowhere, or pipes where one is to `listen`.
    """
    where = subprocess.PIPE if listen else subprocess.DEVNULL
    helper = subprocess.Popen(
        [sys.executable, "-m", *words],
        stdin=subprocess.PIPE,
        stdout=where,
        stderr=where,
        env=None if environment is None else dict(environment),
    )
    # Open as long as this process lives: the helper sees it close. Popen would close it itself.
    line, helper.stdin = helper.stdin, None
    assert line is not None
    try:
        # One that has failed by now says so by its exit code.
        with suppress(BrokenPipeError):
            line.write(pickle.dumps(question))
            line.flush()
        yield helper
        helper.wait()
    except BaseException:
        helper.kill()
        helper.wait()
        raise
    finally:
        with suppress(BrokenPipeError):
            line.close()


def take_question() -> Any:
    """Take the question that this process was started for; from now on it ends with its parent."""
    question = pickle.load(sys.stdin.buffer)
    end_with_pipe(sys.stdin.fileno())
    return question


def end_with_parent() -> None:
    """End this process as soon as its parent has ended, whatever either is doing.

    A thread waits for it everywhere. Where the system can, its kernel ends the process by itself:
    the thread needs Python's lock, which compiling holds for many seconds.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        _end_after(parent.sentinel, parent.join)


def end_with_pipe(pipe: int) -> None:
    """End this process as soon as a pipe closes of which its parent holds the other end, and into
    which nothing is written any more.
    """
    _end_after(pipe, lambda: os.read(pipe, 1))


def _end_after(pipe: int, wait: Callable[[], object]) -> None:
    if hasattr(os, "O_ASYNC"):
        import fcntl

        # The pipe that closes with the parent raises SIGIO here, which ends who does not handle it.
        # The signal of this pipe goes to this process alone.
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_leave_after, args=(wait,), daemon=True).start()


def _leave_after(wait: Callable[[], object]) -> None:
    wait()
    os._exit(1)
