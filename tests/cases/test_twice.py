"""What is given twice is refused or told, by the command line as in Python."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import sim
from analysis.reports.writer import write_report
from analysis.runs.pairing import pair
from sim.cli import main
from sim.errors import InvalidInput

TINY = {"population.residents": 300, "horizon": 4, "warm_up": 2}
NOISE, ALONE = "symptoms.noise", "social.alone"


@pytest.mark.parametrize(
    "draws",
    [
        pytest.param([{NOISE: 0.5, ALONE: 0.25}, {ALONE: 0.25, NOISE: 0.5}], id="in other order"),
        pytest.param([{NOISE: 1}, {NOISE: 1.0}], id="as another number"),
        pytest.param([{}, None], id="without parameters"),
    ],
)
def test_a_draw_twice_is_refused_before_anything_runs(draws, tmp_path):
    with pytest.raises(InvalidInput, match="draw 1: is the same as draw 0") as refused:
        sim.run(sim.load("baseline"), 2, draws=draws, workers=1, into=tmp_path / "r")
    assert "more replicates" in str(refused.value)
    assert not (tmp_path / "r").exists()


def test_draws_that_differ_are_each_run(tmp_path):
    town = sim.load("baseline").with_(TINY)
    made = sim.run(town, 1, draws=[{NOISE: 0.5}, {NOISE: 0.6}], workers=1, into=tmp_path / "r")
    assert made.done == 2


def test_a_scenario_under_two_names_is_told_where_it_is_run_and_where_it_is_read(tmp_path):
    town = "extends: baseline\npopulation: {residents: 300}\nhorizon: 4 weeks\nwarm_up: 2 weeks\n"
    for name, title in (("one", "First"), ("two", "Second")):
        (tmp_path / f"{name}.yaml").write_text(f"{town}title: {title}\n", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("one", "two")]
    folder = str(tmp_path / "r")
    ran = CliRunner().invoke(main, ["run", *files, "-n", "2", "-j", "1", "-o", folder])
    assert ran.exit_code == 0, ran.output
    told = "two is the same as one under another name: nothing differs"
    assert told in ran.output
    assert any(told in note for note in pair(folder, "one").notes)
    # of two that are the same neither is worse
    page = write_report(folder, "researcher", "one", "two")
    frontier = page.read_text(encoding="utf-8").partition("Fully incremental")[2]
    assert "the same cost and health as another" in frontier.partition("</table>")[0]
    assert ">dominated<" not in frontier.partition("</table>")[0]


def test_scenarios_that_differ_are_no_twins(tmp_path):
    towns = [sim.load("baseline").with_(TINY), sim.load("peer-pilot").with_(TINY)]
    sim.run(towns, 2, workers=1, into=tmp_path / "r")
    assert not pair(tmp_path / "r").notes


@pytest.mark.parametrize("command", ["run", "compare", "claims"])
def test_a_path_that_is_set_twice_is_refused(command):
    where = [] if command == "claims" else ["baseline"]
    sets = ["--set", "prices.year=2020", "--set", "prices.year=2021"]
    refused = CliRunner().invoke(main, [command, *where, *sets])
    assert refused.exit_code == 2
    assert "prices.year is set twice" in refused.output
