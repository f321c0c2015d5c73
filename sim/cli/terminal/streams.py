"""What is printed: plain text for any terminal, whatever names, notes and cells hold."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from sim.errors import KinwellError
from sim.units import show_controls

if TYPE_CHECKING:
    from collections.abc import Iterator


_SIGNS = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ",
}
"""What stands for a sign where an encoding lacks it."""


class OutputLost(KinwellError):
    """What is printed has nowhere to go: the disk behind the redirection is full, or it failed."""


class ReaderGone(Exception):
    """Whoever read what is printed has left, as `head` does: no error, and nothing more to say."""


class PlainStream:
    r"""A stream that shows control characters instead of obeying them, and escapes such as `\xe9`
    for what its encoding lacks: a name can be told by them, and a minus sign stays one.

    terminal: the stream behind it, for a progress bar. needed: whether a failure to write matters.
    """

    def __init__(self, terminal: TextIO, *, needed: bool) -> None:
        self.terminal = terminal
        self.needed = needed

    @property
    def encoding(self) -> str:
        """UTF-8 also for ASCII: click would go round a stream that says ASCII."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Write text, harmless and encodable."""
        if not isinstance(text, str):
            # click writes bytes to find out whether a stream is binary, and expects a refusal.
            raise TypeError("text is needed")
        if not text:
            return 0
        codec = self.terminal.encoding or "utf-8"
        shown = _fit(show_controls(text), codec)
        with self._explain():
            self.terminal.write(shown)
        # Of what was given: a smaller number would be taken for an incomplete write.
        return len(text)

    def flush(self) -> None:
        """See to it that what was written can be read."""
        with self._explain():
            self.terminal.flush()

    @contextmanager
    def _explain(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError as error:
            forget_output(self.terminal)
            raise ReaderGone from error
        except OSError as error:
            forget_output(self.terminal)
            # Notes on standard error may be lost; results may not.
            if self.needed:
                raise OutputLost(
                    "what is printed cannot be written:"
                    f" {(error.strerror or str(error)).lower()}"
                    f"{'; make room' if error.errno == errno.ENOSPC else ''}"
                ) from error

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self.terminal, name)


def _fit(text: str, codec: str) -> str:
    """Text as an encoding can have it: signs as others know them, escapes for the rest."""
    try:
        return text.encode(codec).decode(codec)
    except UnicodeEncodeError:
        # Those that the encoding has stay as they are.
        signs = (sign for sign in _SIGNS if sign in text and not _can_show(sign, codec))
        for sign in signs:
            text = text.replace(sign, _SIGNS[sign])
        return text.encode(codec, "backslashreplace").decode(codec)


def _can_show(sign: str, codec: str) -> bool:
    try:
        return bool(sign.encode(codec))
    except UnicodeEncodeError:
        return False


def forget_output(stream: TextIO) -> None:
    """Send what is still to be written to a stream nowhere: its reader is gone."""
    with suppress(OSError, ValueError, AttributeError):
        # Else the interpreter would flush into the broken pipe as it exits, and complain.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def hold_descriptors() -> None:
    """Open standard input, output and error nowhere where they are closed.

    Else the next file that is opened has the number of one of them, a database say, and whatever
    complains there writes into it; worker processes inherit them.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


@contextmanager
def plain_output() -> Iterator[None]:
    """Let everything that is printed meanwhile go through `PlainStream`."""
    hold_descriptors()
    with ExitStack() as streams:
        # A program that is started without a terminal may have no streams at all.
        nowhere = streams.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        out = cast("TextIO", PlainStream(sys.stdout or nowhere, needed=True))
        streams.enter_context(redirect_stdout(out))
        err = cast("TextIO", PlainStream(sys.stderr or nowhere, needed=False))
        streams.enter_context(redirect_stderr(err))
        yield
