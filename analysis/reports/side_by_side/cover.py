"""What an interval covers, said beside the headline, and the command that makes it cover more."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from analysis.runs.database import Stored
from analysis.text.wording import say_parts

if TYPE_CHECKING:
    from analysis.runs.comparison import Comparison

RUNNING_COMMANDS = ("compare", "run")
CHANCE_ALONE = ("chance",)
ADD_PARAMETERS = ("--uncertainty", "evidence")


def name_cover(comparison: Comparison) -> str:
    """What intervals cover, as it stands in a bracket: `chance alone`, or all parts."""
    covers = comparison.pairs.covers
    return "chance alone" if covers == CHANCE_ALONE else say_parts(covers)


def weigh_cover(comparison: Comparison) -> str:
    """How an answer is set: only one that covers more than chance is bold."""
    return "" if "parameters" in comparison.pairs.covers else " plain"


def say_cover(comparison: Comparison) -> str:
    """Say what the intervals cover; of chance alone, with the command that adds parameters."""
    if comparison.pairs.covers != CHANCE_ALONE:
        return f"Intervals cover {say_parts(comparison.pairs.covers)}."
    return (
        "Intervals cover chance alone: the parameters are held at one value each. To add the doubt"
        f" about them: {spell_more(comparison)}"
    )


def spell_more(comparison: Comparison) -> str:
    """The command that runs the same again under drawn parameters; from what was asked for last,
    where that was a command that runs scenarios.
    """
    stored = comparison.pairs.stored
    folders = [Stored(part.path) for part in stored.parts] or [stored]
    again = [_find_command(folder) for folder in folders]
    if all(again):
        # Folders that are read together were made by a command each.
        return " && ".join(again)
    folder = stored.path.parent
    beside = {name: folder / f"{name}.resolved.yaml" for name in comparison.pairs.names}
    named = [str(file) if file.is_file() else name for name, file in beside.items()]
    how = ("-n", str(comparison.replicates), "-o", str(folder))
    return shlex.join(["kinwell", "compare", *named, *how, *ADD_PARAMETERS])


def _find_command(stored: Stored) -> str:
    """The last command that ran scenarios into a folder, with drawn parameters; empty if none."""
    asked = "SELECT command FROM plans ORDER BY id DESC"
    for command in stored.query(asked)["command"]:
        try:
            words = shlex.split(str(command))
        except ValueError:
            continue
        if words[:1] == ["kinwell"] and len(words) > 2 and words[1] in RUNNING_COMMANDS:
            return shlex.join([*_leave_out(words), *ADD_PARAMETERS])
    return ""


def _leave_out(words: list[str]) -> list[str]:
    """A command without what it said of uncertainty before."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--uncertainty":
            skip = True
        elif not re.match("--uncertainty=", word):
            kept.append(word)
    return kept
