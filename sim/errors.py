"""What can go wrong, said in words, with the exit code it ends the program with."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


WIDEST_SOURCE = 160
"""Characters of a line of a file that are quoted."""
MOST_SHOWN = 40
"""Problems that are printed; the rest is counted."""


def spell(*words: object) -> str:
    """Spell a command of kinwell so that a shell reads the words back, spaces and all."""
    return " ".join(["kinwell", *(_quote(_say_word(word)) for word in words)])


def _say_word(word: object) -> str:
    """A word of a command; a file or folder whose name begins like an option is named as a path."""
    text = str(word)
    if not text.startswith("-"):
        return text
    return f"./{text}" if isinstance(word, PurePath) or Path(text).exists() else text


def _quote(word: str) -> str:
    """A word as a shell reads it; what would be printed as something else is spelled out."""
    if all(_is_shown(character) for character in word):
        return shlex.quote(word)
    inside = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(one if _is_shown(one) else _spell_bytes(one) for one in inside)}'"


def _spell_bytes(character: str) -> str:
    """A character by its bytes in the name of a file, which every shell reads in every locale."""
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def _is_shown(character: str) -> bool:
    """Whether a character is printed as itself here."""
    # The terminal behind what replaces characters that it lacks.
    stream = getattr(sys.stdout, "terminal", sys.stdout)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return character.isprintable() and bool(character.encode(encoding))
    except UnicodeEncodeError:
        return False


class Problem(NamedTuple):
    """One thing that is wrong in a file: where it is, what it is and what to do about it."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    source_line: str = ""

    @classmethod
    def of_file(cls, file: str, path: str, message: str, hint: str = "") -> Problem:
        """A problem of a file as a whole, or of a key whose line is not known."""
        return cls(file, 0, 0, path, message, hint)

    def __str__(self) -> str:
        """`file:line:col: path: message`, the line with a caret under the place, and the hint."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        lines = [": ".join(part for part in (where, self.path, self.message) if part)]
        if self.source_line:
            lines.append(f"{self.line:>5} | {self.source_line[:WIDEST_SOURCE]}")
            if self.column <= WIDEST_SOURCE:
                lines.append(f"      | {' ' * max(self.column - 1, 0)}^")
        if self.hint:
            lines.append(f"      = {self.hint}")
        return "\n".join(lines)


class KinwellError(Exception):
    """Something went wrong that a user can understand; the program ends with `exit_code`."""

    exit_code: ClassVar[int] = 1

    @property
    def repeated_as_given(self) -> bool:
        """Whether the message should end with the command that was given, which repeats it."""
        return False


class InvalidInput(KinwellError):
    """What was given cannot be used; every problem found is listed."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[Problem] | Problem | str) -> None:
        """Take the problems found; a single sentence stands for a problem without a place."""
        if isinstance(problems, str):
            problems = Problem("", 0, 0, "", problems)
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        """The problems one after the other.

        Of very many, the first ones and how many more there are.
        """
        shown = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            shown.append(f"... and {len(self.problems) - MOST_SHOWN:,} more")
        return ("\n\n" if any(problem.source_line for problem in self.problems) else "\n").join(
            shown
        )

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Problem, ...]]]:
        """Survive the way from a worker process to its parent."""
        return type(self), (self.problems,)


class StoreProblem(KinwellError):
    """The run database cannot be written or read: the disk is full, or the file is not one of
    ours.
    """


class Interrupted(KinwellError):
    """The work was stopped from outside; `resume` is the command that takes it up again."""

    exit_code: ClassVar[int] = 130

    def __init__(
        self, resume: str = "", message: str = "Stopped. What was finished is kept."
    ) -> None:
        """Keep the command that continues the work."""
        self.resume = resume
        self.message = message
        super().__init__(resume, message)

    def __str__(self) -> str:
        """What was stopped, and how to go on."""
        return f"{self.message}\nGo on with: {self.resume}" if self.resume else self.message


class Refused(KinwellError):
    """What was asked cannot be answered honestly from what there is."""

    exit_code: ClassVar[int] = 2
