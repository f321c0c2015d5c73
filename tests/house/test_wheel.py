"""What is shipped: both packages, the scenarios and every data file; no tests, nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest

pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def contents(project, tmp_path_factory) -> dict[str, int]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=120
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("kinwell-*.whl")
    return {each.filename: each.CRC for each in zipfile.ZipFile(wheel).infolist()}


@pytest.fixture(scope="module")
def names(contents) -> set[str]:
    return set(contents)


def test_scenarios_are_inside(names, project):
    shipped = {
        f"sim/scenario/shipped/{path.name}" for path in (project / "scenarios").glob("*.yaml")
    }
    assert (
        {"sim/scenario/shipped/baseline.yaml", "sim/scenario/shipped/peer-pilot.yaml"}
        <= shipped
        <= names
    )


def test_data_files_are_inside(names, texts):
    data = {path.as_posix() for path in texts if path.parts[0] in ("sim", "analysis")}
    assert data
    assert data <= names


def test_nothing_else_is_inside(names):
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "sim",
        "analysis",
    }
    assert not [
        name
        for name in names
        if "test" in name.split("/")[-1] or name.endswith((".pyc", ".nbi", ".nbc"))
    ]


def test_the_command_and_the_licence_are_there(names, project):
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert declared["scripts"] == {"kinwell": "sim.cli:main"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("entry_points.txt") for name in names)


def test_both_packages_say_that_they_are_typed(names):
    assert {"sim/py.typed", "analysis/py.typed"} <= names


def test_the_sources_that_are_shipped_build_the_same_wheel(contents, project, tmp_path):
    def build(kind, folder):
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(tmp_path)]
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=120)

    build("sdist", project)
    (archive,) = tmp_path.glob("kinwell-*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(tmp_path, filter="data")
    build("wheel", archive.with_suffix("").with_suffix(""))
    (wheel,) = tmp_path.glob("kinwell-*.whl")
    again = zipfile.ZipFile(wheel)
    assert {each.filename: each.CRC for each in again.infolist()} == contents
