"""Case 21: every command that is named as the next one can be pasted, and works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from sim.cli import main
from sim.cli.inspecting import _suggest_trial
from sim.evidence.loader import all_evidence
from sim.scenario.library import load

TOWN = (
    "extends: baseline\ntitle: Small\nhorizon: 4 weeks\nwarm_up: 1 week\n"
    "population: {residents: 60}\n"
)
RUNS = ("-n", "2", "-j", "1")
NEXT = re.compile(r"(?:Next|Go on with|To compare what there is):.*?\b(kinwell .+)")
LONG = {"run baseline", "trial", "calibrate --check", "run baseline --dry-run"}
"""What is named after a look at the machine or the evidence: right, and too long for a test."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with spaces in its name, and two small towns that can be compared."""
    home = tmp_path / "my town"
    home.mkdir()
    monkeypatch.chdir(home)
    Path("a b.yaml").write_text(TOWN)
    Path("other.yaml").write_text(
        "extends: a b.yaml\ntitle: Other\nservices: {psychiatry: {caseload: 3}}\n"
    )
    Path("longer.yaml").write_text("extends: a b.yaml\ntitle: Longer\nhorizon: 5 weeks\n")
    Path("s w.yaml").write_text(
        "kind: sweep\ntitle: S\nscenario: other.yaml\nagainst: a b.yaml\n"
        "vary: {policy: {services.psychiatry.caseload: [3, 9]}}\ndesign: grid\nreplicates: 2\n"
    )
    return home


def find_next(output):
    """Words of the commands that an output names, and a shell would read."""
    found = []
    for said in NEXT.findall(output):
        command = said.partition(", or ")[0].partition(", which ")[0].strip()
        found.append(shlex.split(command)[1:])
    return found


def shorten(command):
    """The same command over few replicates, or with one page of three."""
    if command[0] == "report":
        return [*command, "--for", "funder"]
    runs = command[0] in {"compare", "run"} and "-n" not in command
    return (
        [*command, *RUNS] if runs and not any(Path(word).is_dir() for word in command) else command
    )


def follow(kinwell, *words, most=6):
    """Run a command and all that is named after it, until nothing new is named."""
    left, done = [[str(word) for word in words]], []
    while left and len(done) < most:
        command = left.pop(0)
        made = kinwell(*shorten(command))
        assert made.exit_code == 0, (command, made.output)
        assert "unexpected" not in made.output
        done.append(command)
        left += [
            each
            for each in find_next(made.output)
            if each not in done and each not in left and " ".join(each) not in LONG
        ]
    return done


FIRST = [
    ("check", "a b.yaml", "other.yaml"),
    ("run", "a b.yaml", *RUNS, "-o", "one town"),
    ("run", "a b.yaml", "other.yaml", *RUNS, "-o", "two towns"),
    ("sweep", "s w.yaml", "-j", 1, "-o", "a sweep"),
]


@pytest.mark.parametrize("words", FIRST, ids=lambda words: " ".join(map(str, words[:2])))
@pytest.mark.usefixtures("folder")
def test_what_is_named_after_a_study_works_and_so_on(kinwell, words):
    done = follow(kinwell, *words)
    assert len(done) > 1
    assert any(word in {"report", "export", "show"} for command in done for word in command)


LOOKS = [
    ("new", "my plan"),
    ("show", "a b.yaml"),
    ("schema", "--keys"),
    ("diff", "a b.yaml", "longer.yaml"),
    ("diff", "a b.yaml", "other.yaml"),
    ("check", "a b.yaml", "longer.yaml"),
    ("check", "s w.yaml"),
    ("place", "new", "our-town"),
]


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
@pytest.mark.usefixtures("folder")
def test_what_is_named_after_a_look_is_accepted(kinwell, words):
    """What would run is asked for its plan alone."""
    for _ in range(2 if words[0] == "schema" else 1):
        made = kinwell(*words)
        assert made.exit_code == 0, made.output
        (named,) = find_next(made.output)
        runs = named[0] in {"run", "sweep"} and "--dry-run" not in named
        if named[0] == "compare":
            (named,) = [["check", *named[1:]]]
        then = kinwell(*named, *(["--dry-run"] if runs else []))
        assert then.exit_code == 0, (named, then.output)


@pytest.mark.usefixtures("folder")
def test_a_new_file_is_named_as_none_that_is_there(kinwell):
    Path("my-scenario.yaml").write_text(TOWN)
    assert find_next(kinwell("schema").output) == [["new", "my-scenario-2"]]


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_compared_is_not_named_for_it(kinwell):
    Path("sub").mkdir()
    Path("sub/other.yaml").write_text(TOWN)
    assert find_next(kinwell("check", "a b.yaml", "longer.yaml").output)[0][0] == "run"
    assert find_next(kinwell("diff", "a b.yaml", "longer.yaml").output)[0][0] == "run"
    assert find_next(kinwell("check", "other.yaml", "sub/other.yaml").output) == [
        ["run", "other.yaml"]
    ]


def test_a_number_of_the_evidence_is_tried_within_its_bounds(capsys):
    """Each is named with an end of its range that a scenario takes, or not at all."""
    town = load("baseline")
    for record in all_evidence().values():
        _suggest_trial(record)
        for command in find_next(capsys.readouterr().out):
            path, _, value = command[command.index("--set") + 1].partition("=")
            assert path == f"parameters.{record.id}"
            assert town.with_({path: float(value)})


NAMED = re.compile(r"\bkinwell ((?:[a-z]+)(?: +[^`\n\"'<;,)#|>&]+)?)")
"""A command in a sentence, with what follows it up to the end of the words."""
NO_COMMANDS = {"so", "is"}
"""Words that follow the name in sentences which name no command."""


def find_strange(words):
    """What of a command does not exist: itself, one below it, or an option."""
    command, context = main, click.Context(main)
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        if found is None:
            return words[:1]
        command, context, words = found, click.Context(found, parent=context), words[1:]
    options = {"--help"}
    for each in command.params:
        options |= {*each.opts, *each.secondary_opts} if isinstance(each, click.Option) else set()
    given = (word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-zA-Z].*", word))
    return [word for word in given if word not in options]


def test_every_command_that_a_sentence_names_exists_with_its_options():
    root = Path(__file__).parents[2]
    kinds = (
        "sim/**/*.py",
        "analysis/**/*.py",
        "sim/**/*.html",
        "analysis/**/*.html",
        "docs/**/*.md",
        "docs/**/*.ipynb",
        "README.md",
    )
    wrong = [
        (file.name, line, strange)
        for kind in kinds
        for file in root.glob(kind)
        for line in file.read_text(encoding="utf-8").splitlines()
        for named in NAMED.findall(line)
        if (words := named.rstrip(".:").split())[0] not in NO_COMMANDS
        if "[" not in named and (strange := find_strange(words))
    ]
    assert not wrong
