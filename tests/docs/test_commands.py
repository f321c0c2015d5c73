"""Documentation is run: every command in a console block works, every command and link that there is leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])
BLOCK = re.compile(
    r"(?P<before>[^\n]*)\n```(?P<kind>console|bash|sh|shell)\n(?P<body>.*?)\n```", re.DOTALL
)
STEP = re.compile(r"<!-- extending: \w+ -->")
"""A step of docs/extending.md, which tests/ecosystem/test_extending.py follows with the others."""
RUN_ELSEWHERE = ("tutorials", "how-to")
"""Folders of pages whose commands tests/docs/test_tutorials.py runs, with what they show."""
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>\S.{9,}) -->")


class Command(NamedTuple):
    page: Path
    line: str


def blocks(page: Path) -> list[re.Match[str]]:
    return list(BLOCK.finditer("\n" + page.read_text(encoding="utf-8")))


def commands(page: Path) -> list[str]:
    """The lines after `$ ` in blocks that are not marked as not run; a backslash continues a line."""
    found = []
    for block in blocks(page):
        if not NOT_RUN.search(block["before"]):
            joined = block["body"].replace("\\\n", " ")
            found += [line[2:] for line in joined.splitlines() if line.startswith("$ ")]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shell_blocks_are_consoles_with_prompts(page):
    """A block of another kind, or without a prompt, would never be run and never be missed."""
    wrong = [
        block["body"][:60]
        for block in blocks(page)
        if block["kind"] != "console" or not re.search(r"^\$ ", block["body"], re.MULTILINE)
    ]
    assert not wrong


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if commands(page) and page.parent.name not in RUN_ELSEWHERE],
    ids=lambda page: page.name,
)
def test_commands_of_a_page_work_in_their_order(page, terminal):
    """What a newcomer enters first is entered as they would: the program as it is installed."""
    enter = terminal.enter_in_a_shell if page.name == "README.md" else terminal.enter
    for command in commands(page):
        code, out, err = enter(command)
        assert code == 0, f"{page.name}: $ {command}\n{out[-2000:]}\n{err[-2000:]}"


def python_of(page: Path) -> str:
    """The Python blocks of a page as one program, with few replicates so that it is quick."""
    found = re.findall(
        r"(?P<before>[^\n]*)\n```python\n(?P<body>.*?)\n```",
        "\n" + page.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    program = "\n\n".join(
        body for before, body in found if not NOT_RUN.search(before) and not STEP.search(before)
    )
    return re.sub(r"replicates=\d+", "replicates=2", program)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if python_of(page) and page.parent.name not in RUN_ELSEWHERE],
    ids=lambda page: page.name,
)
def test_python_of_a_page_works(page, terminal):
    program = terminal.folder / "example.py"
    program.write_text(python_of(page), encoding="utf-8")
    code, _, err = terminal.run(sys.executable, str(program))
    assert code == 0, err[-3000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [
        target.split("#")[0]
        for target in re.findall(r"\]\(([^)\s]+)\)", text)
        if not target.startswith(("http", "#", "mailto:"))
    ]
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Every command that `kinwell --help` offers."""
    told = subprocess.run(
        [sys.executable, str(PROJECT / ".ci" / "commands.py"), "--names"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split()


def test_every_command_stands_in_the_readme(names):
    readme = (
        (PROJECT / "README.md")
        .read_text(encoding="utf-8")
        .split("## Commands")[1]
        .split("\n## ")[0]
    )
    offered = set(re.findall(r"`(\w+)`", readme))
    assert set(names) == offered


def test_the_page_of_commands_is_fresh(names):
    written = subprocess.run(
        [sys.executable, str(PROJECT / ".ci" / "commands.py")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    page = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(f"## kinwell {name}\n" in page for name in names)
    assert page == written.stdout, "run `make docs`"
