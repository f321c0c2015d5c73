"""Print docs/commands.md: every command with its own help.

With --names: only the names, one to a line.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

HEAD = """\
# Commands

What each command says of itself; `make docs` writes this page. Results go to standard output,
progress and notes to standard error. Exit codes: 0 done; 1 it ran and something failed; 2 wrong
usage or invalid input; 130 interrupted, with the command that resumes.
"""


def ask_help(*words: str) -> str:
    """What `kinwell WORDS --help` prints, at a fixed width."""
    program = "import sys; sys.argv[0] = 'kinwell'; from sim.cli import main; main()"
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    command = [sys.executable, "-c", program, *words, "--help"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout.rstrip()


def list_names(overview: str) -> list[str]:
    """The commands of all sections, in the order in which the overview shows them."""
    sections = overview.split("Options:\n", 1)[-1]
    return re.findall(r"^  ([a-z][\w-]*)  +\S", sections, re.MULTILINE)


def write_page(overview: str) -> str:
    """The whole page as Markdown."""
    parts = [HEAD, f"```text\n{overview}\n```\n"]
    parts += [
        f"## kinwell {name}\n\n```text\n{ask_help(name)}\n```\n" for name in list_names(overview)
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    overview = ask_help()
    sys.stdout.write(
        "\n".join(list_names(overview)) + "\n" if "--names" in sys.argv else write_page(overview)
    )
