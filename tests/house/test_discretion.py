"""The project speaks of itself alone: no machine's paths, no registry's host, no word of who wrote it when."""

from __future__ import annotations

import re

HOME = "/" + "root"
PATTERNS = {
    "a path of one machine": re.compile(
        rf"(?<![\w.])({HOME}|/home/\w|/Users/\w|/work/|/tmp/\w|/opt/\w|/etc/ssl)"
    ),
    "a registry or mirror": re.compile(
        r"(pypi\.org|pythonhosted|registry\.npmjs|index-url|extra-index|find-links|deb\.debian\.org|\bfile://)"
    ),
    "talk of how it was written": re.compile(
        r"\b(this session|previous session|next session|the brief\b|sub-?agent|as an AI|language model|Claude|ChatGPT|Copilot|prompt engineering|GOTCHAS|CEO)\b"
    ),
    "a helper of the work place": re.compile(
        r"\b(helper [A-Z]\b|owner [A-Z]\b|shared/(model|interface|architecture|ecosystem|reference|evidence|tools))"
    ),
}
THIS = "tests/house/test_discretion.py"


def test_nothing_tells_of_a_machine_or_of_its_making(texts):
    found = [
        f"{path}:{number}: {what}: {line.strip()[:100]}"
        for path, text in texts.items()
        if path.as_posix() != THIS
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in PATTERNS.items()
        if pattern.search(line)
    ]
    assert not found


def test_only_what_belongs_stands_at_the_top(tracked):
    allowed = {
        "pyproject.toml",
        "sim",
        "scenarios",
        "analysis",
        "results",
        "tests",
        "README.md",
        "Makefile",
        "docs",
        "LICENSE",
        "CHANGELOG.md",
        "CITATION.cff",
        ".ci",
        "constraints.txt",
        ".gitignore",
        ".editorconfig",
        ".gitattributes",
    }
    assert {path.parts[0] for path in tracked} <= allowed


def test_of_results_only_the_page_that_explains_them_and_the_example_are_kept(tracked):
    kept = {path.as_posix() for path in tracked if path.parts[0] == "results"}
    assert {name for name in kept if not name.startswith("results/example/")} == {
        "results/README.md"
    }
