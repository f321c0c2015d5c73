"""What the web process and the process of studies tell each other."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from sim.scenario.scenario import Scenario

Phase = Literal["starting", "compiling", "idle", "ahead", "running", "done", "stopped", "failed"]


class Order(NamedTuple):
    """A study that is asked for: scenarios, the reference first, over seeds in a row, stored in a
    folder.

    precision: half-width of the headline's interval to go on to, as `kinwell compare --precision`
    takes it; empty for the replicates alone. ahead: whether nobody waits for it yet, so that it
    gives way to any other. command: what does the same on a command line.
    """

    scenarios: tuple[Scenario, ...]
    replicates: int
    seed: int
    directory: Path
    command: str
    precision: str = ""
    ahead: bool = False


class Stop(NamedTuple):
    """The study that runs is to stop; what was finished is kept."""


class Page(NamedTuple):
    """Something to be drawn: a view of the results, about one programme, with what was chosen in
    it.
    """

    view: str
    focus: str
    chosen: str = ""


class Report(NamedTuple):
    """A report to be written for a reader, beside the runs."""

    audience: str
    focus: str


class Answer(NamedTuple):
    """A piece of a page: its HTML, the finding in a sentence, or why it cannot be shown."""

    html: str
    sentence: str = ""
    problem: str = ""

    def __html__(self) -> str:
        """The piece as a template takes it: made by one, and so escaped already."""
        return self.html


class News(NamedTuple):
    """How the study is.

    version: grows whenever what can be drawn has changed. done, wanted: runs. pairs: replicates
    that every scenario has. first: what the very first of them says, while there is no second.
    hashes: what is stored and shown, by name of the scenario. message: what went wrong or is going
    on, in words.
    """

    phase: Phase = "starting"
    version: int = 0
    done: int = 0
    wanted: int = 0
    pairs: int = 0
    failed: int = 0
    hashes: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    message: str = ""
    first: str = ""
    seconds: float = 0.0
