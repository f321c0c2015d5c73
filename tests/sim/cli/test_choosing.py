"""A choice between mixes: what is tried, what constraints forbid, and that the best is a scenario."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.assessing import choose
from sim.errors import InvalidInput
from sim.scenario.first_weeks import are_alike_until
from sim.scenario.library import load
from sim.studies.choice.declaration import load_choice
from sim.studies.choice.mixes import PROGRAMME_FUND, list_mixes
from sim.studies.documents import open_document

TOWN = """\
extends: baseline
title: A small town
population: {residents: 400}
warm_up: 4 weeks
horizon: 30 weeks
"""
PEERS = """\
extends: town.yaml
title: Peers
services:
  peers: {kind: one_to_one_peer, staff: {peer: 2}, caseload: 12, from: week 0}
"""
GROUPS = """\
extends: town.yaml
title: Groups
services:
  groups: {kind: recovery_group, staff: {peer: 1}, groups: 2, size: 10, from: week 0}
"""
CHOICE = """\
kind: choice
scenario: town.yaml
budget: USD 200_000 per year
goal: cost
indifference: 1000
programmes:
  peers: {like: peers.yaml, sizes: [0.5, 1]}
  groups: {like: groups.yaml}
staff: {peer: 2}
replicates: {first: 5, more: 1, most: 6}
"""


@pytest.fixture
def write(tmp_path):
    """Write the files of a choice; a part of its text may be replaced."""

    def make(old="", new=""):
        for name, text in (("town", TOWN), ("peers", PEERS), ("groups", GROUPS)):
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        file = tmp_path / "choice.yaml"
        assert old in CHOICE
        file.write_text(CHOICE.replace(old, new) if old else CHOICE, encoding="utf-8")
        return file

    return make


def test_mixes_are_all_that_break_one_constraint_at_most(write):
    mixes = list_mixes(load_choice(write()))
    broken = {mix.say(): sorted(mix.broken) for mix in mixes}
    assert broken == {
        "nothing new": [],
        "groups": [],
        "peers × 0.5": [],
        "peers × 0.5, groups": [],
        "peers": [],
        "peers, groups": ["staff: peer"],
    }
    half = next(mix for mix in mixes if mix.say() == "peers × 0.5")
    whole = next(mix for mix in mixes if mix.say() == "peers")
    assert half.staff == {"peer": 1.0}
    assert whole.cost == pytest.approx(2 * half.cost)
    fund = whole.scenario.funds[PROGRAMME_FUND]
    assert fund.only_for == ("peers",)
    assert fund.amount.amount == 200_000


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("USD 200_000", "USD 60_000", "budget"),
        ("staff: {peer: 2}", "not_both: [[peers, groups]]", "not_both: peers, groups"),
        ("staff: {peer: 2}", "at_least: {groups: 1}", "at_least: groups"),
        ("staff: {peer: 2}", "at_most: {peers: 0.5}", "at_most: peers"),
    ],
)
def test_each_constraint_forbids_what_it_says_and_nothing_else(write, old, new, name):
    def breaks(mix):
        return {
            "budget": mix.cost > 60_000,
            "not_both: peers, groups": all(mix.sizes.values()),
            "at_least: groups": mix.sizes["groups"] == 0,
            "at_most: peers": mix.sizes["peers"] == 1,
        }[name]

    mixes = list_mixes(load_choice(write(old, new)))
    assert {name in mix.broken for mix in mixes} == {True, False}
    assert all((name in mix.broken) == breaks(mix) for mix in mixes)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("goal: cost", "goal: costs", "there is no goal 'costs'"),
        ("indifference: 1000", "indifference: 0", "must be more than 0"),
        ("like: peers.yaml", "like: town.yaml", "has no service that town.yaml has not"),
        ("{like: groups.yaml}", "{like: peers.yaml}", "is in peers too"),
        ("staff: {peer: 2}", "at_least: {pears: 1}", "there is no programme 'pears'"),
        ("USD 200_000 per year", "EUR 200_000 per year", "is in EUR"),
        ("USD 200_000 per year", "USD 200_000", "is money a year"),
        ("sizes: [0.5, 1]", "sizes: []", "needs at least 1 (has 0)"),
        ("most: 6", "most: 4", "most"),
        ("like: peers.yaml", "like: nowhere", "no scenario of this name"),
        ("kind: choice", "kind: sweep", "kind: choice"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(write, old, new, said):
    file = write(old, new)
    with pytest.raises(InvalidInput) as caught:
        load_choice(file)
    assert any(said in str(problem) for problem in caught.value.problems), str(caught.value)
    assert all(problem.line > 0 for problem in caught.value.problems)


BRANCH = """\
branch:
  at: week 10
  options:
    stay: {title: Stay}
    more: {services: {peers: {staff: {peer: 4}}}}
    stop: {services: {peers: {until: week 10}}}
"""


def test_each_option_of_a_branch_is_a_mix_of_its_own_and_the_dearest_week_binds(write):
    file = write("staff: {peer: 2}", "staff: {peer: 5}")
    peers = file.parent / "peers.yaml"
    peers.write_text(PEERS + BRANCH, encoding="utf-8")
    mixes = {mix.say(): mix for mix in list_mixes(load_choice(file))}
    whole, more = mixes["peers (then stay)"], mixes["peers (then more)"]
    assert len(mixes) == 2 + 2 * 2 * 3
    assert whole.staff == {"peer": 2.0}
    assert more.staff == {"peer": 4.0}
    assert more.cost == pytest.approx(2 * whole.cost)
    assert mixes["peers × 0.5 (then more)"].staff == {"peer": 2.0}
    assert are_alike_until(more.scenario, whole.scenario, 10)
    assert not are_alike_until(more.scenario, whole.scenario, 11)
    assert more.broken == {"budget"}
    few = file.read_text(encoding="utf-8").replace("0.5, 1]", "1], options: [more]")
    file.write_text(few, encoding="utf-8")
    assert [mix.option for mix in list_mixes(load_choice(file))] == ["", "", "more", "more"]
    file.write_text(few.replace("[more]", "[less]"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="has no option 'less'"):
        load_choice(file)


def test_too_many_mixes_are_refused(write):
    sizes = ", ".join(str(1 + k / 10) for k in range(250))
    with pytest.raises(InvalidInput, match="502 mixes are too many"):
        list_mixes(load_choice(write("sizes: [0.5, 1]", f"sizes: [{sizes}]")))


def test_the_cheapest_mix_is_found_and_written_as_a_scenario(write, tmp_path):
    file = write("staff: {peer: 2}", "at_least: {groups: 1}")
    words = (file, "-o", tmp_path / "runs", "-j", 1, "--json", tmp_path / "c.json")
    done = CliRunner().invoke(choose, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert found["best"] == "choice-groups"
    assert found["without"]["at_least: groups"] == "town"
    regret = {mix["scenario"]: mix["regret"] for mix in found["mixes"]}
    assert regret["choice-groups"] == 0
    assert regret["choice-peers-groups"] > 0 > regret["town"]
    best = load(tmp_path / "runs" / "choice-groups.yaml")
    assert set(best.services) - set(load(tmp_path / "town.yaml").services) == {"groups"}
    assert "Best: groups" in done.output
    assert f"Next: kinwell compare {file.parent / 'town.yaml'}" in done.output


def test_a_choice_in_a_smaller_town_has_its_money_and_its_staff(write):
    from sim.studies.choice.scaling import scale_choice

    posed = load_choice(write("goal: cost", "goal: phq_mean"))
    small = scale_choice(posed, 0.5)
    assert small.base.population.residents == 200
    assert small.document.budget.amount == 100_000
    assert small.document.staff == {"peer": 1.0}
    assert small.sources["peers"].services["peers"].staff == {"peer": 1.0}
    assert small.document.indifference == 1000, "a mean does not go with the size of a town"
    assert scale_choice(load_choice(write()), 0.5).document.indifference == 500
    assert [mix.cost for mix in list_mixes(small)] == pytest.approx(
        [mix.cost / 2 for mix in list_mixes(posed)]
    )


BOTH = GROUPS.replace("Groups", "Both") + (
    "  peers: {kind: one_to_one_peer, staff: {peer: 1}, caseload: 9, refers_to: [groups]}\n"
)
TOGETHER = """\
  peers: {like: both.yaml, services: [peers], sizes: [0.5, 1]}
  groups: {like: both.yaml, services: [groups]}
"""
APART = CHOICE[CHOICE.index("  peers") : CHOICE.index("staff:")]


def test_programmes_are_tried_together_and_never_one_by_one(write, tmp_path):
    """Peers hand people on to groups: without them they are no scenario, with them they are."""
    file = write(APART, TOGETHER)
    (tmp_path / "both.yaml").write_text(BOTH, encoding="utf-8")
    said = [mix.say() for mix in list_mixes(load_choice(file))]
    assert said == ["nothing new", "groups", "peers × 0.5, groups", "peers, groups"]
    opened = open_document(str(file))
    (people, note) = opened.notes
    assert people.path == "population.residents"
    assert (note.path, note.line) == ("programmes.peers.like", 7)
    assert note.message.startswith("peers × 0.5 and 1 more are no scenarios")
    assert "services.peers.refers_to: unknown service 'groups'" in note.message


def test_a_programme_that_can_be_in_no_mix_is_refused_at_its_place_with_the_mix(write, tmp_path):
    file = write(APART, TOGETHER.splitlines(keepends=True)[0])
    (tmp_path / "both.yaml").write_text(BOTH, encoding="utf-8")
    for refuse in (
        open_document,
        lambda name: CliRunner().invoke(choose, [name], catch_exceptions=False),
    ):
        with pytest.raises(InvalidInput) as refused:
            refuse(str(file))
        (problem,) = refused.value.problems
        assert (problem.path, problem.line) == ("programmes.peers.like", 7)
        assert problem.message.startswith("peers × 0.5 cannot be: services.peers.refers_to")


def test_sizes_that_are_written_alike_are_one_mix(write):
    mixes = list_mixes(load_choice(write("[0.5, 1]", "[0.33333333, 0.333333331, 1]")))
    names = [mix.name for mix in mixes]
    assert len(names) == len(set(names))


def test_the_choice_of_the_page_can_choose_every_programme_that_it_names(tmp_path):
    page = Path(__file__).parents[3] / "docs" / "choosing.md"
    shown = page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "choice.yaml").write_text(shown, encoding="utf-8")
    assert open_document(str(tmp_path / "choice.yaml")).notes == []
