"""Words for people, in everything that a person may read: code strings, scenarios, templates, pages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from analysis.text.wording import find_avoided

PROSE = {".md", ".yaml", ".yml", ".j2", ".html"}
LIST = Path("analysis/text/wording.py")  # the words themselves


def docstrings(tree):
    holders = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {
        id(node.body[0].value)
        for node in holders
        if ast.get_docstring(node, clean=False) is not None
    }


def strings(tree):
    """Every string that code could show; keys and names of one word are not prose."""
    hidden = docstrings(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in hidden
            and " " in node.value
        ):
            yield node.lineno, node.value


def test_code_speaks_of_people_as_people(modules):
    found = [
        f"{path}:{line}: {text[:80]!r}"
        for path, tree in modules.items()
        for line, text in strings(tree)
        if path != LIST and find_avoided(text)
    ]
    assert not found


def is_quoted(path):
    """Evidence quotes titles of papers, which say what they say."""
    return "evidence" in path.parts


def test_pages_and_scenarios_speak_of_people_as_people(texts):
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts.items()
        if path.suffix in PROSE and not is_quoted(path) and path.parts[0] != "tests"
        for number, line in enumerate(text.splitlines(), 1)
        if find_avoided(line)
    ]
    assert not found


@pytest.mark.parametrize(
    "sentence",
    [
        "Ten people committed suicide.",
        "The burden of depression.",
        "Most sufferers wait.",
        "He dropped out.",
    ],
)
def test_the_list_finds_what_it_should(sentence):
    assert find_avoided(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "She died by suicide.",
        "People with depression wait.",
        "Two left early.",
        "The committee committed funds.",
        "Mean depressive symptoms.",
    ],
)
def test_the_list_lets_plain_words_pass(sentence):
    assert not find_avoided(sentence)


def test_commands_are_spelled_so_that_a_shell_reads_them_back():
    """A path or a name in a command goes through `spell`, which quotes spaces and all else."""
    unquoted = re.compile(r"kinwell [a-z][a-z -]*\{+ ?(?!name\}|first\}|__version__)")
    found = [
        f"{path}:{number}"
        for folder in ("sim", "analysis")
        for path in Path(folder).rglob("*")
        if path.suffix in (".py", ".html", ".j2", ".md")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unquoted.search(line)
    ]
    assert not found
