"""The site of the documentation is built, without a warning, and read from a folder: no dead link, nothing fetched."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.evidence.loader import all_kinds
from sim.outcomes import KEYS
from sim.store.schema import TABLES

pytest.importorskip("material")
pytest.importorskip("mkdocstrings")

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "-f",
            ".ci/site/mkdocs.yml",
            "-d",
            folder,
        ],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check", PROJECT / ".ci" / "site" / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_link_leads_somewhere_and_nothing_is_fetched(site, script):
    assert script.find_faults(site) == []


def test_a_dead_link_and_a_foreign_script_are_found(script, tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html">b</a><a href="#nothing">c</a><script src="https://elsewhere.example/x.js"></script>'
    )
    assert len(script.find_faults(tmp_path)) == 3


@pytest.mark.slow
def test_search_works_from_a_folder(site):
    """The index is a script, because a page of a folder may not read a file; so is the worker that searches it."""
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("var __index = "))
    assert len(found["docs"]) > 300
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "iframe-worker.js" in page
    assert "https://unpkg.com" not in page


@pytest.mark.slow
def test_the_reference_is_made_from_the_code(site):
    def read(name):
        return (site / "reference" / f"{name}.html").read_text(encoding="utf-8")

    assert all(f"<code>{key}</code>" in read("outcomes") for key in KEYS)
    assert all(f"<code>{kind}</code>" in read("kinds") for kind in all_kinds())
    assert all(re.search(rf"<h2[^>]*>{table.name}", read("database")) for table in TABLES)
    assert 'id="sim.load"' in read("python") or "sim.load" in read("python")
    assert "services.one_to_one_peer.self_management" in read("numbers")


@pytest.mark.slow
def test_notebooks_are_pages_with_what_they_showed(site):
    page = (site / "notebooks" / "a-comparison.html").read_text(encoding="utf-8")
    assert "Expected admissions" in page
    assert "<figure>" in page
