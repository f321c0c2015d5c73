"""What an interval covers, said beside the headline, and the command that makes it cover more."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from analysis.runs.database import Stored
from analysis.text.wording import say_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.runs.comparison import Comparison

RUNNING_COMMANDS = ("compare", "run")
CHANCE_ALONE, PARAMETERS_ALONE = ("chance",), ("parameters",)
ADD_PARAMETERS = ("--uncertainty", "evidence")
OF_PARAMETERS, OF_CHANCE = r"--uncertainty", r"-n|--replicates|--draws"
"""Options of a command that say what intervals cover, as patterns."""
ONE_PART = {
    PARAMETERS_ALONE: "Intervals cover parameters alone: every draw was run with one and the same"
    " seed. To add chance",
    CHANCE_ALONE: "Intervals cover chance alone: the parameters are held at one value each. To add"
    " the doubt about them",
}
CHANGE_OF = {
    PARAMETERS_ALONE: "`replicates: 2` in the file of the sweep",
    CHANCE_ALONE: "`parameters` under `vary` in the file of the sweep",
}
"""What a sweep declares itself, and no option of a command changes."""
SEEDS_OF_A_DRAW = 2
"""Seeds for each draw with which chance is covered too."""


def name_cover(comparison: Comparison) -> str:
    """What intervals cover, as it stands in a bracket: `chance alone`, or all parts."""
    covers = comparison.pairs.covers
    alone = " alone" if covers in {CHANCE_ALONE, PARAMETERS_ALONE} else ""
    return f"{say_parts(covers)}{alone}"


def weigh_cover(comparison: Comparison) -> str:
    """How an answer is set: only one that covers more than chance is bold."""
    return "" if "parameters" in comparison.pairs.covers else " plain"


def say_cover(comparison: Comparison) -> str:
    """Say what the intervals cover; of one part alone, with the command that adds the other."""
    covers = comparison.pairs.covers
    if covers in {PARAMETERS_ALONE, CHANCE_ALONE}:
        sweep = _find_sweep(comparison.pairs.stored)
        more = f"{CHANGE_OF[covers]}, and then {sweep}" if sweep else spell_more(comparison)
        return f"{ONE_PART[covers]}: {more}"
    return f"Intervals cover {say_parts(covers)}."


def _find_sweep(stored: Stored) -> str:
    """The command of the sweep that was asked for last in a folder; empty where none was."""
    plans = stored.query("SELECT * FROM plans ORDER BY id DESC LIMIT 1")
    if "sweep" not in plans.columns or not len(plans) or not plans["sweep"].iloc[0]:
        return ""
    command = str(plans["command"].iloc[0])
    return command if command.startswith("kinwell sweep") else "the sweep again"


def spell_more(comparison: Comparison) -> str:
    """The command that runs the same again with the part that its intervals do not cover; from
    what was asked for last, where that was a command that runs scenarios.
    """
    replicates = comparison.replicates
    left_out, added = OF_PARAMETERS, list(ADD_PARAMETERS)
    if comparison.pairs.covers == PARAMETERS_ALONE:
        # The same draws, each with a second seed.
        left_out = OF_CHANCE
        added = ["-n", str(SEEDS_OF_A_DRAW * replicates), "--draws", str(replicates)]
    stored = comparison.pairs.stored
    folders = [Stored(part.path) for part in stored.parts] or [stored]
    names = comparison.pairs.names
    again = [_find_commands(folder, names, left_out, added) for folder in folders]
    if all(again):
        # Folders that are read together were made by a command each.
        return " && ".join(again)
    folder = stored.path.parent
    beside = {name: folder / f"{name}.resolved.yaml" for name in comparison.pairs.names}
    named = [str(file) if file.is_file() else name for name, file in beside.items()]
    how = ("-n", str(replicates), *ADD_PARAMETERS, "-o", str(folder))
    kept = _leave_out([*how], left_out)
    return shlex.join(["kinwell", "compare", *named, *kept, *added])


def _find_commands(
    stored: Stored, names: Sequence[str], left_out: str, added: Sequence[str]
) -> str:
    """The last commands that ran these scenarios into a folder, with other options: one where it
    ran all of them, else as many as it takes, the oldest first; empty if none.
    """
    runs = stored.runs
    wanted = {str(key) for key in runs["hash"][runs["name"].isin(names)]}
    found: list[str] = []
    for plan in stored.query("SELECT * FROM plans ORDER BY id DESC").to_dict("records"):
        command = _change(str(plan["command"]), left_out, added)
        ran = str(plan.get("scenarios", ""))
        # Fingerprints are looked for as text: somebody may have changed the plans by hand.
        here = {key for key in wanted if key in ran}
        if command and command not in found and (here or not found):
            found.insert(0, command)
            wanted -= here
    return " && ".join(found)


def _change(command: str, left_out: str, added: Sequence[str]) -> str:
    """A command that runs scenarios, with other options; empty for any other."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    if words[:1] != ["kinwell"] or len(words) < 3 or words[1] not in RUNNING_COMMANDS:
        return ""
    return shlex.join([*_leave_out(words, left_out), *added])


def _leave_out(words: list[str], options: str) -> list[str]:
    """A command without some options (a pattern) and their values."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif re.fullmatch(options, word):
            skip = True
        # With its value behind `=` or, of a short one, right behind it.
        elif not re.fullmatch(rf"(?:{options})=.*|(?:{options})\d+", word):
            kept.append(word)
    return kept
