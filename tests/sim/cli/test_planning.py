"""The planning commands, as they are typed."""

import json
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

import sim.cli
from sim.cli import COMMAND_SECTIONS, REGISTRY, main
from sim.errors import StoreProblem
from sim.scenario.library import load


@pytest.fixture
def kinwell(tmp_path, monkeypatch):
    """Give a function that runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(
            main, [str(argument) for argument in arguments], prog_name="kinwell"
        )

    return run


def test_help_stands_in_sections_and_lists_every_command(kinwell):
    result = kinwell("--help")
    assert result.exit_code == 0
    places = [result.stdout.index(f"\n{section}:\n") for section in COMMAND_SECTIONS]
    assert places == sorted(places)
    assert all(f"  {name} " in result.stdout for name in main.list_commands(None))
    assert {entry.section for entry in REGISTRY.values()} <= set(COMMAND_SECTIONS)


def test_every_number_that_can_be_given_is_bounded_on_both_sides():
    def list_options(command):
        for inner in getattr(command, "commands", {}).values():
            yield from list_options(inner)
        for option in command.params:
            if isinstance(option.type, click.types.IntParamType | click.types.FloatParamType):
                yield f"{command.name} {option.name}", option.type

    given = [pair for name in REGISTRY for pair in list_options(main.get_command(None, name))]
    assert len(given) > 20
    unbounded = [
        name
        for name, kind in given
        if getattr(kind, "min", None) is None or getattr(kind, "max", None) is None
    ]
    assert not unbounded


@pytest.mark.parametrize("more", ["1000000000", "9" * 400])
def test_more_runs_than_a_study_may_have_are_refused_by_a_dry_run_too(kinwell, more):
    result = kinwell("run", "baseline", "-n", more, "--dry-run")
    assert result.exit_code == 2
    assert "1<=x<=1000000" in result.stderr


@pytest.mark.parametrize("name", ["new", "check", "show", "diff", "schema"])
def test_every_planning_command_has_help(kinwell, name):
    result = kinwell(name, "--help")
    assert result.exit_code == 0
    assert f"kinwell {name}" in result.stdout


def test_the_version_is_the_packages(kinwell):
    assert kinwell("--version").stdout == f"kinwell {sim.__version__}\n"


def test_a_wrong_command_is_told_with_the_right_one(kinwell):
    result = kinwell("chek")
    assert result.exit_code == 2
    assert "there is no command 'chek' - did you mean 'check'?" in result.stderr


def test_check_sums_up_what_is_fine_and_names_the_next_command(kinwell):
    result = kinwell("check", "baseline", "peer-pilot")
    assert result.exit_code == 0
    assert "10,000 residents, 156 weeks, 7 services, 2 funds" in result.stdout
    assert result.stderr == "Next: kinwell compare baseline peer-pilot\n"


@pytest.mark.parametrize(
    ("extended", "following"),
    [
        ("baseline.yaml", "compare baseline mine.yaml"),
        ("uk-town.yaml", "compare uk-town mine.yaml"),
        ("county.yaml", "compare county.yaml mine.yaml"),
        (None, "assess county.yaml"),
    ],
)
def test_check_of_one_scenario_names_what_is_done_with_it(kinwell, tmp_path, extended, following):
    assert kinwell("new", "--blank", "us", "county").exit_code == 0
    text = f"extends: {extended}\ntitle: Mine\n"
    (tmp_path / "mine.yaml").write_text(text if extended else "")
    checked = kinwell("check", "mine.yaml" if extended else "county.yaml")
    assert checked.stderr == f"Next: kinwell {following}\n"


def test_check_tells_the_problems_of_every_file_at_once(kinwell, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "extends: baseline.yaml\ntitle: a\nhorizon: 3\nservices: {ward: {beds: -1}}\n"
    )
    (tmp_path / "b.yaml").write_text("extends: a.yaml\ntitle: b\nsumary: x\n")
    result = kinwell("check", "a.yaml", "b.yaml", "baseline", "nowhere.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith("baseline: fine")
    places = [
        line.split(": ")[0]
        for line in result.stderr.splitlines()
        if ".yaml" in line and not line.startswith(" ")
    ]
    assert places == ["a.yaml:3:10", "a.yaml:4:25", "b.yaml:3:1", "nowhere.yaml"]
    assert "4 problems in 3 files" in result.stderr
    assert "Next" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("baseline", "bad.yaml", "--json"), ("baseline", "bad.yaml", "--json", "-")]
)
def test_check_tells_problems_as_data(kinwell, tmp_path, arguments):
    (tmp_path / "bad.yaml").write_text("extends: baseline.yaml\ntitle: a\nhorizon: 3\n")
    result = kinwell("check", *arguments)
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert found["fine"] == ["baseline"]
    assert [(each["file"], each["line"], each["path"]) for each in found["problems"]] == [
        ("bad.yaml", 3, "horizon")
    ]
    assert kinwell("check", "--json", "baseline").exit_code == 0


def test_new_writes_a_scenario_that_passes_and_never_overwrites(kinwell, tmp_path):
    result = kinwell("new", "my-town", "--from", "peer-pilot")
    assert result.exit_code == 0
    assert "Next: kinwell check my-town.yaml" in result.stderr
    text = (tmp_path / "my-town.yaml").read_text()
    schema = text.splitlines()[0].split("$schema=")[1]
    assert (tmp_path / schema).is_file()
    assert kinwell("check", "my-town.yaml").exit_code == 0
    assert load(tmp_path / "my-town.yaml").services == load("peer-pilot").services
    again = kinwell("new", "my-town.yaml")
    assert again.exit_code == 2
    assert "already there and is not overwritten" in again.stderr
    assert (tmp_path / "my-town.yaml").read_text() == text


def test_a_name_with_spaces_is_asked_for_in_quotes(kinwell, tmp_path):
    found = kinwell("new", "--blank", "us", "my", "nice", "county")
    assert found.exit_code == 2
    assert "quoted: 'my nice county'" in found.stderr
    assert not list(tmp_path.iterdir())


def test_new_extends_a_file_by_its_relative_path(kinwell, tmp_path):
    (tmp_path / "deep").mkdir()
    assert kinwell("new", "above").exit_code == 0
    assert kinwell("new", "deep/below", "--from", "above.yaml").exit_code == 0
    assert "extends: ../above.yaml" in (tmp_path / "deep" / "below.yaml").read_text()
    assert load(tmp_path / "deep" / "below.yaml").title == "Below"


@pytest.mark.parametrize(
    "arguments",
    [("gone/x",), ("",), ("x/",), ("..",), ("x", "--from", "baselin"), ("x\0y",), ("x" * 300,)],
)
def test_new_leaves_nothing_behind_when_it_cannot_write(kinwell, tmp_path, arguments):
    result = kinwell("new", *arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert list(tmp_path.iterdir()) == []


def test_show_prints_what_runs(kinwell, tmp_path):
    result = kinwell("show", "peer-pilot")
    assert YAML(typ="safe", pure=True).load(result.stdout) == load("peer-pilot").resolved()
    (tmp_path / "shown.yaml").write_text(result.stdout)
    assert load(tmp_path / "shown.yaml") == load("peer-pilot")


def test_show_tells_origins(kinwell):
    result = kinwell("show", "funding-cut", "--origins")
    assert YAML(typ="safe", pure=True).load(result.stdout) == load("funding-cut").resolved()
    (line,) = [line for line in result.stdout.splitlines() if line.strip().startswith("overhead:")]
    assert "us-town.yaml:" in line


@pytest.mark.parametrize(
    "arguments", [("baseline", "--json"), ("--json", "baseline"), ("baseline", "--json", "-")]
)
def test_show_prints_json(kinwell, arguments):
    result = kinwell("show", *arguments)
    assert json.loads(result.stdout) == load("baseline").resolved()


def test_json_can_go_to_a_file(kinwell, tmp_path):
    assert kinwell("show", "baseline", "--origins", "--json", "out.json").exit_code == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert "us-town.yaml:" in found["origins"]["currency"]
    assert kinwell("show", "baseline", "--json", "new/out.json").exit_code == 0
    refused = kinwell("show", "baseline", "--json", "out.json/out.json")
    assert refused.exit_code == 2
    assert "cannot write here" in refused.stderr


def test_diff_in_words_and_as_data(kinwell):
    result = kinwell("diff", "baseline", "funding-cut")
    assert (
        result.stdout
        == "Only funding-cut has the shock public-cut: kind funding cut, at week 26, fund public-funds, by 0.3.\n"
    )
    found = json.loads(kinwell("diff", "--json", "baseline", "funding-cut").stdout)
    assert found["same"] is False
    assert {"path": "shocks.public-cut", "a": None}.items() <= next(
        each for each in found["differences"] if each["path"].startswith("shocks")
    ).items()
    assert "are the same" in kinwell("diff", "baseline", "baseline").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("show",),
        ("diff", "baseline"),
        ("check",),
        ("diff", "a", "b", "c"),
        ("show", "baseline", "--colour"),
    ],
)
def test_wrong_usage_is_told(kinwell, arguments):
    result = kinwell(*arguments)
    assert result.exit_code == 2
    assert "Usage: kinwell" in result.stderr


def test_schema_prints_the_schema_and_the_keys(kinwell, project):
    assert kinwell("schema").stdout == (
        project / "scenarios/schema/scenario.schema.json"
    ).read_text(encoding="utf-8")
    assert kinwell("schema", "--keys").stdout in (project / "docs/scenarios.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (StoreProblem("the disk is full"), 1, "the disk is full"),
        (KeyboardInterrupt(), 130, "Stopped"),
        (RuntimeError("odd\nthing"), 1, "unexpected RuntimeError: odd (details are in"),
    ],
)
def test_no_traceback_reaches_a_user(kinwell, monkeypatch, error, code, words):
    def fail(*_):
        raise error

    monkeypatch.setattr("sim.scenario.library.read", fail)
    result = kinwell("check", "baseline")
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1
    if "details" in words:
        path = Path(result.stderr.split("details are in ")[1].strip().rstrip(")"))
        assert "RuntimeError" in path.read_text(encoding="utf-8")
        path.unlink()


PROGRAM = "import sys; from sim.cli import main; main(sys.argv[1:])"


def test_a_closed_pipe_is_no_error(project):
    command = f"{sys.executable} -c '{PROGRAM}' schema | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_help_comes_almost_as_soon_as_python_itself(project):
    """Compared with an interpreter that imports nothing else than the parser of commands."""
    assert time_program(project, PROGRAM, "--help") < 3 * time_program(project, "import click")


def time_program(project, program, *words):
    """The best of three."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", program, *words], cwd=project, capture_output=True, check=True
        )
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def test_commands_whose_module_is_missing_are_not_listed(monkeypatch):
    monkeypatch.setitem(sim.cli.REGISTRY, "dance", sim.cli.Entry("dancing", "Run", "Dance."))
    assert "dance" not in main.list_commands(None)
    assert main.get_command(None, "dance") is None


def test_a_stopped_explorer_names_the_command_that_goes_on_as_it_was(kinwell, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.explorer.server.serve_explorer", stop)
    stopped = kinwell("explore", "baseline", "-o", "my results", "-n", 12, "--no-browser")
    assert stopped.exit_code == 130
    assert "kinwell explore baseline -o 'my results' -n 12 --no-browser" in stopped.stderr
