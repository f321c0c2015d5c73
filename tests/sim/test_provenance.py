"""What was run, with what."""

import json
import subprocess

import pytest
from ruamel.yaml import YAML

from sim.provenance import (
    collect_versions,
    describe_commit,
    describe_machine,
    describe_run,
    write_manifest,
    write_resolved,
)


def git(folder, *words):
    subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", *words],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim/provenance.py").write_text("one = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    yield tmp_path
    describe_commit.cache_clear()


def look(folder):
    describe_commit.cache_clear()
    return describe_commit(folder)


def test_a_clean_checkout_is_its_commit(checkout):
    found = look(checkout)
    assert len(found.commit) == 40
    assert found[1:] == (False, None)


def test_changes_and_new_files_are_dirty_and_told_apart(checkout):
    (checkout / "sim/provenance.py").write_text("one = 2\n")
    first = look(checkout)
    (checkout / "sim/new.py").write_text("")
    second = look(checkout)
    assert first.dirty
    assert second.dirty
    assert len({first.diff_sha256, second.diff_sha256}) == 2
    assert look(checkout) == second


def test_files_that_are_not_code_do_not_matter(checkout):
    (checkout / "notes.txt").write_text("mine")
    assert look(checkout).dirty is False


def test_somebody_elses_repository_is_not_ours(checkout):
    site = checkout / "venv/site-packages"
    (site / "sim").mkdir(parents=True)
    (site / "sim/provenance.py").write_text("")
    assert look(site) == (None, None, None)


def test_a_repository_around_it_that_does_not_hold_it_is_not_ours(checkout):
    git(checkout, "rm", "-q", "--cached", "sim/provenance.py")
    assert look(checkout) == (None, None, None)


def test_no_repository_is_no_commit(tmp_path):
    assert look(tmp_path) == (None, None, None)


def test_a_manifest_is_plain_json():
    found = json.loads(write_manifest(describe_run("3", "kinwell run x")))
    assert found["model_version"] == "3"
    assert found["versions"] == collect_versions()
    assert found["machine"] == describe_machine()
    assert {"commit", "dirty", "diff_sha256", "written"} <= set(found)


def test_a_resolved_scenario_comes_back_from_yaml_in_its_order():
    data = {
        "title": "x: y",
        "a": [1, 2.5],
        "no": "no",
        "12:30": "08:15",
        "deep": {"rate": 1e-7, "off": False, "text": "1_000"},
    }
    again = YAML(typ="safe", pure=True).load(write_resolved(data))
    assert again == data
    assert list(again) == list(data)
