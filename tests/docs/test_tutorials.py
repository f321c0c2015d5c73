"""What tutorials and how-tos show is what comes out: every command is run, every line below it is found, in its order."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [*sorted((DOCS / "tutorials").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
BLOCK = re.compile(r"(?P<before>[^\n]*)\n```console\n(?P<body>.*?)\n```", re.DOTALL)
PYTHON = re.compile(r"\n```python\n(.*?)\n```", re.DOTALL)


def list_steps(page):
    """Commands of a page in their order, each with the lines that it should show; Python blocks as commands."""
    text = page.read_text(encoding="utf-8")
    steps = [(match.start(), "python", match[1], []) for match in PYTHON.finditer(text)]
    for block in BLOCK.finditer(text):
        if "not run:" in block["before"]:
            continue
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                steps.append((block.start() + len(steps) * 1e-3, "shell", line[2:], []))
            else:
                steps[-1][3].append(line)
    return sorted(steps, key=lambda step: step[0])


def as_pattern(line):
    """A line in which … stands for anything, whatever its spaces."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("…")]
    return re.compile(r".*?".join(parts))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", [page for page in PAGES if list_steps(page)], ids=lambda p: p.stem)
def test_a_page_shows_what_comes_out(page, terminal):
    for _, kind, text, shown in list_steps(page):
        code, out, err = (
            terminal.enter(text) if kind == "shell" else terminal.run(sys.executable, "-c", text)
        )
        assert code == 0, f"$ {text}\n{err[-2000:]}"
        came, at = out + err, 0
        for line in filter(str.strip, shown):
            found = as_pattern(line.strip()).search(came, at)
            assert found, f"$ {text}\nis said to show: {line}\n{came[-3000:]}"
            at = found.end()


def test_tutorials_are_for_all_three():
    assert {page.stem for page in PAGES} >= {"planner", "funder", "researcher"}
    assert all(list_steps(page) for page in PAGES if page.parent.name == "tutorials")
