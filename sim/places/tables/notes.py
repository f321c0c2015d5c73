"""What is said about tables that were read: a line for each kind of thing, with where it was
first seen and how often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.errors import Problem

Kind = Literal[
    "withheld", "not understood", "left out", "corrected", "contradiction", "coverage", "refused"
]


class Note(NamedTuple):
    """One thing to know: its kind, where it was first seen, and how often it was."""

    kind: Kind
    problem: Problem
    times: int

    def __str__(self) -> str:
        """`file:line:col: what it is`, and how many more there are."""
        more = f" (and {self.times - 1:,} more like it)" if self.times > 1 else ""
        place = self.problem._replace(source_line="", hint="")
        hint = f"\n      = {self.problem.hint}" if self.problem.hint else ""
        return f"{place}{more}{hint}"


@dataclass
class Notes:
    """Notes in the order in which they were first made; the same thing again is counted."""

    _found: dict[tuple[str, str], list[Note]] = field(default_factory=dict)

    def add(self, kind: Kind, what: str, problem: Problem) -> None:
        """Note something; `what` says when two are the same thing."""
        self._found.setdefault((problem.file, what), []).append(Note(kind, problem, 1))

    def __iter__(self) -> Iterator[Note]:
        """All notes, like ones together."""
        for alike in self._found.values():
            yield alike[0]._replace(times=len(alike))

    def of(self, *kinds: Kind) -> list[Note]:
        """Notes of some kinds."""
        return [note for note in self if note.kind in kinds]

    def extend(self, other: Notes) -> None:
        """Take over the notes of another."""
        for key, alike in other._found.items():
            self._found.setdefault(key, []).extend(alike)
