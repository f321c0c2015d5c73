"""A breach says what repeats it; here that is pasted, and the same town breaks again."""

import hashlib
import shlex
import sqlite3

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.community import Community
from sim.scenario.library import load
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios
from sim.studies.sweeps.parameter_draws import draw_parameters
from sim.studies.trials import sites
from sim.week.conservation.conservation import Breach, Conservation

SMALL = {"population.residents": 300, "warm_up": 4, "horizon": 8}


@pytest.fixture
def leaks(monkeypatch):
    """Let every run leak money in week 3; the towns that did, by what they then held."""
    seen = []
    whole = Conservation.check

    def check(self, world, treasury, *given):
        if world.week == 3:
            r = world.residents
            held = b"".join(values.tobytes() for values in (r.key, r.phq, r.care_service))
            seen.append(hashlib.sha256(held + treasury.balance.tobytes()).hexdigest())
            treasury.balance[0] += 1.0
        whole(self, world, treasury, *given)

    monkeypatch.setattr(Conservation, "check", check)
    return seen


def paste(command):
    """Run a command as it was printed."""
    words = shlex.split(command)
    assert words.pop(0) == "kinwell"
    return CliRunner().invoke(main, words)


def list_commands(folder):
    """What repeats the failed runs of a folder, in any order."""
    with sqlite3.connect(folder / "runs.db") as database:
        return [row[0] for row in database.execute("SELECT command FROM failures")]


@pytest.mark.parametrize("drawn", [2, None], ids=["few", "all"])
def test_a_draw_of_a_town_that_states_levels_is_repeated_by_the_pasted_command(
    leaks, tmp_path, drawn
):
    # A draw moves what the town states; set in its place it would be another town.
    town = load("uk-town").with_(SMALL)
    (draw,) = draw_parameters("evidence", 1, 1)
    stated = [name for name in town.parameters if name in draw]
    assert stated
    if drawn is not None:
        draw = {name: draw[name] for name in [stated[0], *list(draw)[:1]]}
    quiet = Execution(Silence())
    run_scenarios(town, 1, 4, 1, tmp_path / "out", draws=[draw], execution=quiet)
    (command,) = list_commands(tmp_path / "out")
    assert len(command) < 1000
    paste(command)
    first, again = leaks
    assert again == first


def test_what_failed_in_an_earlier_study_of_the_folder_is_still_repeated(leaks, tmp_path):
    for residents in (300, 320):
        town = load("baseline").with_(SMALL | {"population.residents": residents})
        run_scenarios(town, 1, 1, 1, tmp_path / "out", execution=Execution(Silence()))
    for command in list_commands(tmp_path / "out"):
        paste(command)
    assert sorted(leaks[2:]) == sorted(leaks[:2])
    told = CliRunner().invoke(main, ["status", str(tmp_path / "out")]).output
    for command in list_commands(tmp_path / "out"):
        assert command in told


def test_an_option_of_a_branch_is_repeated_after_its_branch(leaks, tmp_path):
    town = load("baseline").with_(SMALL)
    options = {
        "more": {"services": {"psychiatry": {"staff": {"psychiatrist": 3}}}},
        "as-is": {"title": "As it is"},
    }
    branch = {"at": "week 2", "options": options, "otherwise": "as-is"}
    run_scenarios(
        town.with_({"branch": branch}), 1, 1, 1, tmp_path / "out", execution=Execution(Silence())
    )
    assert len(leaks) == 2
    for command in list_commands(tmp_path / "out"):
        paste(command)
    assert sorted(leaks[2:]) == sorted(leaks[:2])


@pytest.mark.usefixtures("leaks")
def test_what_only_the_whole_study_repeats_is_repeated_by_it(tmp_path):
    execution = Execution(
        Silence(), command="kinwell audit out", engine="sim.studies.audit.engines.reordered"
    )
    town = load("baseline").with_(SMALL)
    run_scenarios(town, 1, 1, 1, tmp_path / "out", execution=execution)
    assert list_commands(tmp_path / "out") == ["kinwell audit out"]


@pytest.mark.usefixtures("leaks")
def test_a_breach_in_a_town_of_a_trial_is_repeated_by_the_trial(monkeypatch):
    small = load("baseline").with_(SMALL)
    monkeypatch.setattr(sites, "load", lambda _: small)
    words = ["trial", "ps-01", "--sites", "2", "--most-sites", "2", "-j", "1"]
    monkeypatch.setattr("sys.argv", ["kinwell", *words])
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 1
    assert "week 3 of baseline, seed 1, parameters as they are: money: " in said.output
    assert said.output.splitlines()[-1] == f"Repeat it with: kinwell {' '.join(words)}"


@pytest.mark.usefixtures("leaks")
def test_a_town_that_no_name_leads_to_has_no_command_of_its_own():
    town = load("baseline").with_(SMALL | {"name": "somewhere-else"})
    with pytest.raises(Breach) as caught:
        Community(town, rng=3).run()
    assert str(caught.value).startswith("week 3 of somewhere-else, seed 3, ")
    assert "Repeat" not in str(caught.value)
    assert caught.value.repeated_as_given


def test_a_run_beyond_the_horizon_is_repeated_as_long(monkeypatch):
    community = Community(load("baseline").with_(SMALL), rng=3)
    check = community.conservation.check

    def leak(world, treasury, *given):
        treasury.balance[0] += world.week == 10
        check(world, treasury, *given)

    monkeypatch.setattr(community.conservation, "check", leak)
    while community.week < 10:
        community.step()
    with pytest.raises(Breach, match="week 10 of baseline") as caught:
        community.step()
    assert "--set horizon=11" in str(caught.value)
