"""Changelog, citation, lock file and lint settings say what they should and agree with each other."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from ruamel.yaml import YAML


@pytest.fixture(scope="module")
def declared(project):
    return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def changelog(project):
    return (project / "CHANGELOG.md").read_text(encoding="utf-8")


def package_names(requirements):
    return {
        re.split(r"[\[<>=~! ;]", requirement, maxsplit=1)[0].lower() for requirement in requirements
    }


def all_requirements(declared):
    extras = declared["project"]["optional-dependencies"].values()
    return package_names(declared["project"]["dependencies"]).union(
        *(package_names(extra) for extra in extras)
    )


def test_changelog_has_an_unreleased_part_and_tells_when_numbers_change(changelog):
    unreleased = changelog.split("## [Unreleased]", 1)[1].split("\n## [", 1)[0]
    assert "### Numbers change" in unreleased


def test_every_dependency_has_its_sentence(changelog, declared):
    explained = {name.lower() for name in re.findall(r"\*\*([\w.\-]+)\*\*", changelog)}
    assert all_requirements(declared) <= explained


def test_every_dependency_is_locked(project, declared):
    lines = (project / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.\-]+==[\w.]+( ; python_version .+)?", pin) for pin in pins)
    assert all_requirements(declared) <= {pin.split("==")[0].lower() for pin in pins}


def test_mesa_is_locked_for_old_and_new_pythons(project):
    locked = (project / "constraints.txt").read_text(encoding="utf-8")
    assert re.search(r'^mesa==3\.3\.\d+ ; python_version < "3\.12"$', locked, re.MULTILINE)
    assert re.search(r'^mesa==3\.5\.\d+ ; python_version >= "3\.12"$', locked, re.MULTILINE)


def test_no_numba_is_allowed_of_which_none_was_tried(project, declared):
    """Compiled code rests on what a minor version accepts: the one that is locked is the only one
    that is known to compile the model."""
    locked = (project / "constraints.txt").read_text(encoding="utf-8")
    tried = int(re.search(r"^numba==0\.(\d+)", locked, re.MULTILINE).group(1))
    allowed = next(x for x in declared["project"]["dependencies"] if x.startswith("numba>"))
    assert allowed == f"numba>=0.{tried},<0.{tried + 1}"


def test_citation_names_this_version(project, declared):
    citation = YAML(typ="safe").load((project / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == declared["project"]["version"]
    assert citation["license"] == declared["project"]["license"] == "MIT"


def test_every_lint_exception_gives_its_reason(project):
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    lint = (
        text.split("[tool.ruff.lint]")[1]
        .replace("[tool.ruff.lint.per-file-ignores]", "")
        .split("\n[tool.")[0]
    )
    rules = [
        line
        for line in lint.splitlines()
        if re.match(r'\s+"[A-Z]+\d*",?|^"[^"]+" = \["', line) and "[\n" not in line
    ]
    assert rules
    assert not [line for line in rules if "#" not in line]


def test_every_paper_names_this_version(project, declared):
    version = declared["project"]["version"]
    codemeta = (project / "docs" / "codemeta.json").read_text(encoding="utf-8")
    recipe = (project / ".ci" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    assert f'"version": "{version}"' in codemeta
    assert f'version: "{version}"' in recipe


def test_addresses_agree_or_there_are_none(project, declared):
    citation = YAML(typ="safe").load((project / "CITATION.cff").read_text(encoding="utf-8"))
    codemeta = json.loads((project / "docs" / "codemeta.json").read_text(encoding="utf-8"))
    code = declared["project"].get("urls", {}).get("Source")
    assert code == citation.get("repository-code") == codemeta.get("codeRepository")


def test_the_conda_recipe_has_every_dependency_with_its_bounds(project, declared):
    recipe = YAML(typ="safe").load(
        (project / ".ci" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    )
    named = dict(line.split(" ", 1) for line in recipe["requirements"]["run"])
    named["matplotlib"] = named.pop("matplotlib-base")
    wanted = dict(
        re.fullmatch(r"([\w.\-]+)(?:\[\w+\])?(.*)", line).groups()
        for line in declared["project"]["dependencies"]
    )
    lower = {name.lower(): bounds for name, bounds in wanted.items()}
    assert {name: named.get(name) for name in lower} == lower
