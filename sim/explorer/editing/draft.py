"""One programme that is being edited: the text of its own file, what it inherits, and what is wrong
with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from sim.errors import InvalidInput
from sim.scenario.files.edited_text import edit
from sim.scenario.files.yaml_document import read_text
from sim.scenario.library import check_text
from sim.scenario.schema.names import say_unfit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sim.errors import Problem
    from sim.scenario.files.yaml_document import Document, Keys
    from sim.scenario.scenario import Scenario


class Origin(NamedTuple):
    """Where a value stands: the file and line, whether that is the draft itself, and the comment
    beside it.
    """

    file: str
    line: int
    own: bool
    comment: str


class Draft:
    """A programme by name, with the text that would be saved.

    text: the file as it is now. saved: the file as it was last read or written, None if never.
    document: everything that it says and inherits, as of the last text that could be read.
    scenario: None while something is wrong.
    """

    def __init__(self, path: Path, text: str, saved: str | None) -> None:
        self.path = path
        self.name = path.stem
        self.text = text
        self.saved = saved
        self.scenario: Scenario | None = None
        self.document: Document | None = None
        self.problems: tuple[Problem, ...] = ()
        self.history: list[str] = []
        self.former: tuple[str, ...] = ()
        self._check()

    @property
    def shown(self) -> str:
        """The name of the file."""
        return self.path.name

    @property
    def slug(self) -> str:
        """Its name as a part of an address: a name may have signs that mean something there."""
        return quote(self.name, safe="")

    @property
    def is_saved(self) -> bool:
        """Whether the file holds what is shown."""
        return self.saved == self.text

    @property
    def data(self) -> dict[str, Any]:
        """Everything that it says and inherits, as it is written."""
        return self.document.data if self.document is not None else {}

    def change(self, changes: Mapping[Keys, Any]) -> None:
        """Change values of its own file by path; None takes one out, so that what is inherited
        counts again.
        """
        before = self.text
        self.text = edit(before, changes)
        if self.text != before:
            self.history = [*self.history[-MOST_TAKEN_BACK:], before]
        self._check()

    def move(self, path: Path) -> None:
        """Give it another file, and so another name."""
        # Runs stay stored under the name that it had then: results are looked for by all names.
        self.former = (*self.former, self.scenario.name if self.scenario is not None else self.name)
        self.path, self.name = path, path.stem
        self._check()

    def undo(self) -> None:
        """Take the last change back."""
        if self.history:
            self.text = self.history.pop()
            self._check()

    def refresh(self) -> bool:
        """Read again what it inherits, and its own file where nothing is unsaved: others may have
        changed them. Whether anything is different now.
        """
        before = self.document.data if self.document is not None else None
        try:
            if self.is_saved and self.path.is_file():
                self.text = self.saved = read_text(self.path, self.shown)
        except InvalidInput as error:
            self.problems, self.scenario = error.problems, None
            return True
        self._check()
        return self.document is not None and self.document.data != before

    def _check(self) -> None:
        """Read the text as `kinwell check` would, and keep every problem."""
        try:
            found = check_text(self.text, self.path)
        except InvalidInput as error:
            # The last document that could be read stays: without it there are no fields to mend.
            self.problems, self.scenario = error.problems, None
            return
        self.document, self.scenario, self.problems = found

    def list_problems(self, path: str) -> list[Problem]:
        """What is wrong at a path."""
        return [problem for problem in self.problems if problem.path == path]

    def find_origin(self, path: Keys) -> Origin | None:
        """Where the value at a path comes from; None where nobody wrote it."""
        place = self.document.places.get(path) if self.document is not None else None
        if self.document is None or place is None:
            return None
        return Origin(
            place.file,
            place.line,
            place.file == self.shown,
            self._find_comment(place.file, place.line),
        )

    def _find_comment(self, file: str, number: int) -> str:
        """The comment behind a value, or on the lines right above its key."""
        lines = self.document.lines.get(file, []) if self.document is not None else []
        behind = lines[number - 1].partition(" #")[2].strip() if number <= len(lines) else ""
        above: list[str] = []
        while not behind and number - 2 - len(above) >= 0:
            line = lines[number - 2 - len(above)].strip()
            # That line tells editors where the schema is, and nothing about a value.
            if not line.startswith("#") or "yaml-language-server" in line:
                break
            above.insert(0, line.lstrip("# "))
        return behind or " ".join(above)


MOST_TAKEN_BACK = 100
"""Changes that can be taken back."""
LONGEST_STEM = 64
"""Characters of a programme's name: it stands in tabs and in addresses."""


def say_unfit_here(stem: str) -> str:
    """What keeps a name from being that of a programme on the page; empty if nothing does."""
    if "%" in stem or len(stem) > LONGEST_STEM:
        return f"must have {LONGEST_STEM} characters at most and no %"
    return say_unfit(stem)
