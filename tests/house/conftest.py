"""The project's own files, read once: what is tracked, and its Python as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

PACKAGES = ("sim", "analysis")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".txt",
    ".cff",
    ".json",
    ".html",
    ".j2",
    ".css",
    ".svg",
    ".cfg",
    "",
}


@pytest.fixture(scope="session")
def tracked(project) -> list[Path]:
    """Every text file that git keeps or would keep, relative to the project."""
    command = [
        "git",
        "-C",
        str(project),
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = sorted({Path(name) for name in listed.stdout.split("\0") if name})
    return [path for path in paths if path.suffix in TEXT and (project / path).is_file()]


@pytest.fixture(scope="session")
def texts(project, tracked) -> dict[Path, str]:
    return {path: (project / path).read_text(encoding="utf-8") for path in tracked}


@pytest.fixture(scope="session")
def trees(texts) -> dict[Path, ast.Module]:
    return {
        path: ast.parse(text, str(path)) for path, text in texts.items() if path.suffix == ".py"
    }


@pytest.fixture(scope="session")
def modules(trees) -> dict[Path, ast.Module]:
    """The modules that are shipped."""
    return {path: tree for path, tree in trees.items() if path.parts[0] in PACKAGES}
