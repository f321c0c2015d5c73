"""The scripts behind make: which Pythons there are, how versions are locked, what is run where."""

from __future__ import annotations

import importlib.util
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def lock(project):
    spec = importlib.util.spec_from_file_location("lock", project / ".ci" / "lock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_versions_shared_by_all_need_no_marker(lock):
    assert lock.merge({"3.11": {"click": "8"}, "3.12": {"click": "8"}, "3.13": {"click": "8"}}) == [
        "click==8"
    ]


def test_versions_that_differ_get_the_pythons_that_have_them(lock):
    freezes = {
        "3.11": {"mesa": "3.3.1", "zipp": "4"},
        "3.12": {"mesa": "3.5.1"},
        "3.13": {"mesa": "3.5.1"},
    }
    assert lock.merge(freezes) == [
        'mesa==3.3.1 ; python_version < "3.12"',
        'mesa==3.5.1 ; python_version >= "3.12"',
        'zipp==4 ; python_version < "3.12"',
    ]


def test_a_version_in_the_middle_is_bounded_on_both_sides(lock):
    freezes = {"3.11": {"numpy": "1"}, "3.12": {"numpy": "2"}, "3.13": {"numpy": "3"}}
    assert (
        lock.merge(freezes)[1] == 'numpy==2 ; python_version >= "3.12" and python_version < "3.13"'
    )


def test_the_best_python_is_one_that_is_supported(project):
    best = subprocess.run(
        [project / ".ci" / "pythons", "best"], capture_output=True, text=True, check=True
    ).stdout.strip()
    version = subprocess.run(
        [best, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() in {"3.11", "3.12", "3.13"}


def test_continuous_integration_runs_exactly_make_test(project):
    script = (project / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^.*\bmake\b[^`\n]*$", script, re.MULTILINE)[-1].startswith(
        "exec make --no-print-directory test"
    )


def test_what_the_readme_says_make_does_can_be_made(project):
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    readme = (project / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    asked = set(re.findall(r"\bmake (\w+)`", readme)) | set(
        re.findall(r"^\$ make (\w+)", readme, re.MULTILINE)
    )
    assert {"demo", "test", "lint", "bench", "golden"} <= asked <= targets
