"""A terminal in an empty folder, in which the commands of a page are entered."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from sim.cli import main

OF_A_SHELL = set("|;&<>$*~`")


class Answer(NamedTuple):
    code: int
    out: str
    err: str


class Terminal:
    """Commands of kinwell run in this process, which has loaded the model; others in a shell."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        monkeypatch.chdir(folder)

    def enter(self, line):
        words = shlex.split(line, comments=True)
        if words[0] != "kinwell" or OF_A_SHELL.intersection("".join(words)):
            return self.enter_in_a_shell(line)
        if "-n" in words and "-j" not in words:
            words += ["-j", "1"]  # workers would have to load the model, each of them
        self.monkeypatch.setattr(sys, "argv", words)  # what it tells to enter again
        done = CliRunner().invoke(main, words[1:])
        return Answer(done.exit_code, done.stdout, done.stderr)

    def enter_in_a_shell(self, line):
        return self.run("bash", "-c", line)

    def run(self, *words):
        """A program in a process of its own, with this environment's programs at hand."""
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=os.environ | {"PATH": programs},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    return Terminal(tmp_path, monkeypatch)
