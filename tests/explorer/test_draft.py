"""A draft is read as its file would be, and what is typed into its fields lands where it belongs."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from sim.errors import InvalidInput
from sim.explorer.editing.draft import Draft
from sim.explorer.editing.draft_changes import (
    add_thing,
    lay_on_top,
    put_typed,
    set_parameter,
    take_out,
)
from sim.explorer.editing.fields import list_fields
from sim.explorer.editing.notes import list_draft_notes
from sim.explorer.editing.typed_values import read_typed, write_value
from sim.explorer.editing.workbench import Workbench
from sim.explorer.screen import Screen, choose_option
from sim.scenario.files.inheritance import read_family
from sim.scenario.library import find_shelf, list_shipped, load


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path, tmp_path / "results")


@pytest.fixture
def pilot(bench):
    return bench.start_from("peer-pilot", "mine")


def read_shipped(name):
    return read_family(find_shelf() / f"{name}.yaml", find_shelf()).data


def test_a_draft_is_what_its_file_would_be(bench, pilot):
    put_typed(pilot, "services.peer-specialists.caseload", ["15"])
    put_typed(pilot, "services.peer-specialists.staff.peer", ["7.5"])
    put_typed(pilot, "funds.foundation-grant.amount", ["USD 500,000 per year"])
    bench.save(pilot, "")
    assert load(pilot.path).hash == pilot.scenario.hash
    assert load(pilot.path).services["peer-specialists"].caseload == 15
    assert pilot.is_saved


@pytest.mark.parametrize(
    "name", [name for name in list_shipped() if name not in {"us-town", "uk-town"}]
)
def test_every_field_of_every_shipped_scenario_can_be_typed_as_it_is_shown(bench, name):
    """Typing what a field shows changes nothing about the scenario."""
    draft = bench.start_from(name, "mine")
    before = draft.scenario
    for part in (
        "services",
        "funds",
        "shocks",
        "partnerships",
        "governance",
        "population",
        "prices",
        "discount",
    ):
        for field in list_fields((part,), draft.data):
            here = draft.data
            for key in field.path:
                here = here.get(key) if isinstance(here, dict) else None
            if here is None:
                continue
            typed = (
                [str(item) for item in here]
                if field.shape == "names" and isinstance(here, list)
                else [write_value(here)]
            )
            told = read_typed(field, typed)
            assert type(told) is type(here) or {type(told), type(here)} <= {int, float}, field.key
            assert told == here, field.key
    assert draft.scenario == before


def test_a_problem_stands_at_its_field_in_the_words_of_check(pilot):
    shown = put_typed(pilot, "services.peer-specialists.caseload", ["many"])
    assert "must be a number" in shown.problems[0].message
    assert pilot.scenario is None
    shown = put_typed(pilot, "services.peer-specialists.caseload", ["12"])
    assert not shown.problems
    assert pilot.scenario is not None


def test_all_problems_are_there_at_once(pilot):
    put_typed(pilot, "services.peer-specialists.caseload", ["many"])
    put_typed(pilot, "services.peer-specialists.where", ["mars"])
    put_typed(pilot, "funds.foundation-grant.amount", ["420000"])
    assert {
        "services.peer-specialists.caseload",
        "services.peer-specialists.where",
        "funds.foundation-grant.amount",
    } <= {p.path for p in pilot.problems}


def test_nothing_typed_gives_back_what_is_inherited(pilot):
    put_typed(pilot, "services.peer-specialists.caseload", ["15"])
    assert put_typed(pilot, "services.peer-specialists.caseload", [""]).value == "12"


def test_a_change_can_be_taken_back(pilot):
    text = pilot.text
    put_typed(pilot, "services.peer-specialists.caseload", ["15"])
    pilot.undo()
    assert pilot.text == text


def test_switching_off_and_on_leaves_no_trace(pilot):
    text = pilot.text
    put_typed(pilot, "services.recovery-groups.enabled", [])
    assert not pilot.scenario.services["recovery-groups"].enabled
    put_typed(pilot, "services.recovery-groups.enabled", ["true"])
    assert pilot.text == text


def test_the_peer_pilot_can_be_built_from_the_town_by_forms(bench):
    draft = bench.start_from("baseline", "built")
    path = add_thing(draft, "services", "one_to_one_peer")
    put_typed(draft, f"{'.'.join(path)}.where", ["east"])
    assert draft.problems == ()
    groups = add_thing(draft, "services", "recovery_group")
    fund = add_thing(draft, "funds", path[1])
    put_typed(draft, f"{'.'.join(fund)}.only_for", [path[1], groups[1]])
    put_typed(draft, f"{'.'.join(fund)}.amount", ["USD 420_000 per year"])
    put_typed(draft, f"{'.'.join(fund)}.to", ["week 156"])
    rule = add_thing(draft, "rules", path[1])
    put_typed(draft, f"{'.'.join(rule)}.do.by", [""])
    put_typed(draft, f"{'.'.join(rule)}.do.to", ["north", "west"])
    for key, value in (("sample", "200"), ("response", "45%")):
        put_typed(draft, f"governance.survey.{key}", [value])
    assert draft.problems == ()
    built, shipped = draft.scenario, load("peer-pilot")
    assert built.services[path[1]].model_dump() == shipped.services["peer-specialists"].model_dump()
    assert built.governance.rules[rule[2]].do.model_dump() | {
        "expand": ""
    } == shipped.governance.rules["expand-if-kept"].do.model_dump() | {"expand": ""}


def test_layers_lie_on_each_other_and_can_be_switched_off(bench):
    draft = bench.start_from("baseline", "layered")
    for name in ("peer-pilot", "crisis-care"):
        lay_on_top(draft, name, read_shipped("baseline"))
    assert draft.problems == ()
    assert {"peer-specialists", *load("crisis-care").services} <= set(draft.scenario.services)
    assert set(draft.scenario.governance.rules) == set(load("peer-pilot").governance.rules)
    put_typed(draft, "services.peer-specialists.enabled", [])
    assert not draft.scenario.services["peer-specialists"].enabled


def test_what_is_the_programmes_own_can_be_taken_out(bench):
    draft = bench.start_from("baseline", "mine")
    text = draft.text
    path = add_thing(draft, "services", "crisis_team")
    take_out(draft, ".".join(path))
    assert draft.text == text
    with pytest.raises(InvalidInput):
        take_out(draft, "services.nothing")


def test_values_of_the_evidence_are_changed_by_id(pilot):
    from sim.evidence.loader import all_evidence

    identity = next(iter(all_evidence()))
    set_parameter(pilot, identity, "0.5")
    assert pilot.data["parameters"] == {identity: 0.5}
    with pytest.raises(InvalidInput, match="no parameter"):
        set_parameter(pilot, "not.there", "1")


def test_a_file_that_somebody_else_changed_is_not_overwritten(bench, pilot):
    bench.save(pilot, "")
    pilot.path.write_text("extends: baseline.yaml\ntitle: Another hand\n", encoding="utf-8")
    put_typed(pilot, "title", ["Mine"])
    with pytest.raises(InvalidInput, match="somebody else"):
        bench.save(pilot, "")
    assert "Another hand" in pilot.path.read_text(encoding="utf-8")
    bench.save(pilot, "mine-too")
    assert load(bench.folder / "mine-too.yaml").title == "Mine"


def test_a_parent_that_changes_on_disk_changes_the_programme_as_it_does_the_reference(bench):
    town = bench.folder / "town.yaml"
    town.write_text("extends: baseline.yaml\ntitle: Town\nhorizon: 26 weeks\n", encoding="utf-8")
    mine = bench.folder / "mine.yaml"
    mine.write_text(
        "extends: town.yaml\ntitle: Mine\nservices: {psychiatry: {caseload: 90}}\n",
        encoding="utf-8",
    )
    screen = Screen(bench, SimpleNamespace(send=lambda _: None, news=SimpleNamespace(hashes={})))
    draft = bench.open_file(mine)
    bench.reference_name = str(town)
    fewer = "services: {community-therapy: {staff: {therapist: 4}}}\n"
    town.write_text(town.read_text(encoding="utf-8") + fewer, encoding="utf-8")
    screen.refresh()
    reference, programme = bench.gather()
    posts = [one.services["community-therapy"].staff["therapist"] for one in (reference, programme)]
    assert posts == [4, 4]
    assert "read again" in screen.notice[0]
    assert "mine.yaml" in screen.notice[0]
    screen.tell()
    screen.refresh()
    assert not screen.notice
    # What stands in its own file counts too, as long as nothing typed here would be lost.
    mine.write_text(draft.text.replace("90", "60"), encoding="utf-8")
    bench.open_file(mine)
    assert bench.gather()[1].services["psychiatry"].caseload == 60
    put_typed(draft, "title", ["Typed"])
    mine.write_text(draft.text.replace("60", "30"), encoding="utf-8")
    bench.open_file(mine)
    assert draft.scenario.title == "Typed"
    assert draft.scenario.services["psychiatry"].caseload == 60


def test_comments_and_layout_of_a_file_survive(bench):
    text = (find_shelf() / "belonging.yaml").read_text(encoding="utf-8")
    (bench.folder / "own.yaml").write_text(text, encoding="utf-8")
    draft = bench.open_file(bench.find_file("own"))
    assert draft.is_saved
    put_typed(draft, "title", ["My title"])
    bench.save(draft, "")
    after = (bench.folder / "own.yaml").read_text(encoding="utf-8")
    assert [a for a, b in zip(text.splitlines(), after.splitlines(), strict=True) if a != b] == [
        next(line for line in text.splitlines() if line.startswith("title"))
    ]


def test_a_change_is_answered_in_time(pilot, cost):
    put_typed(pilot, "services.peer-specialists.caseload", ["14"])

    def put_ten():
        for value in range(10, 20):
            put_typed(pilot, "services.peer-specialists.caseload", [str(value)])

    assert cost(put_ten) / 10 < 15


def test_a_draft_that_is_no_yaml_says_so(tmp_path):
    draft = Draft(tmp_path / "broken.yaml", "title: [\n", None)
    assert draft.scenario is None
    assert "YAML" in draft.problems[0].message


def test_a_decision_is_added_changed_and_run_option_by_option(bench, pilot):
    assert add_thing(pilot, "branch", "") == ("branch",)
    assert not pilot.problems
    posts = "branch.options.expand.services.peer-specialists.staff.peer"
    assert put_typed(pilot, posts, ["many"]).problems
    assert not put_typed(pilot, posts, ["9"]).problems
    _, expand, stop = pilot.scenario.options
    assert expand.services["peer-specialists"].staff["peer"] == 9
    assert expand.funds["foundation-grant"].amount.amount == 840_000
    assert stop.services["recovery-groups"].until == pilot.scenario.branch.at
    assert [each.name for each in bench.gather()] == [
        "baseline",
        "mine-stay",
        "mine-expand",
        "mine-stop",
    ]
    assert choose_option(pilot, "stop") == "stop"
    assert choose_option(pilot, "nothing") == "stay"
    with pytest.raises(InvalidInput, match="one only"):
        add_thing(pilot, "branch", "")
    take_out(pilot, "branch")
    assert "branch" not in pilot.text


def test_a_comma_of_a_fraction_is_never_taken_for_one_between_thousands(bench, pilot):
    for typed in ("0,300", "1,5", "12,50", "1,2345"):
        put_typed(pilot, "services.peer-specialists.caseload", [typed])
        (problem,) = pilot.problems
        assert problem.path == "services.peer-specialists.caseload"
        pilot.undo()
        with pytest.raises(InvalidInput):
            Screen(bench, None).set_town({"population.residents": typed})
        assert bench.sets == {}
    for typed in ("9" * 5000, "9" * 400 + ".5"):
        with pytest.raises(InvalidInput, match="residents: must be a whole number"):
            Screen(bench, None).set_town({"population.residents": typed})
        set_parameter(pilot, "symptoms.noise", typed)
        assert [problem.path for problem in pilot.problems] == ["parameters.symptoms.noise"]
        pilot.undo()
    Screen(bench, None).set_town({"population.residents": "1,500"})
    assert bench.load_reference().population.residents == 1500


def test_a_town_that_a_programme_cannot_have_is_told_of_the_programme(bench, tmp_path):
    """The reference fits a town of 200 people, and a list of 660 does not."""
    lists = "services: {community-therapy: {at_start: {in_care: 60, waiting: 600}}}"
    (tmp_path / "lists.yaml").write_text(
        f"extends: baseline\ntitle: Lists\n{lists}\n", encoding="utf-8"
    )
    draft = bench.open_file(tmp_path / "lists.yaml")
    assert len(bench.gather()) == 2
    bench.set_town({"population.residents": 200})
    with pytest.raises(InvalidInput) as refused:
        bench.gather()
    (problem,) = refused.value.problems
    assert problem.file == draft.shown
    assert "660 people in care and waiting, of 200" in problem.message


def test_what_can_never_act_is_noted_on_the_page_in_the_town_as_it_is_set(pilot):
    assert not [one for one in list_draft_notes(pilot, {}) if "never acts" in one.message]
    found = list_draft_notes(pilot, {"horizon": "6 weeks"})
    assert "services.peer-specialists.from" in {one.path for one in found}
    put_typed(pilot, "services.peer-specialists.from", ["week 900"])
    (note,) = (one for one in list_draft_notes(pilot, {}) if one.path.endswith(".from"))
    assert note.message == "never acts: begins in week 900, and the last week is 155"


@pytest.mark.parametrize("name", ["_low", "$x$y", "心の健康", "بلدة", "a😀b", "a#b", "a&b", "v1.2"])
def test_a_programme_may_have_any_plain_name_and_its_address_leads_to_it(bench, name):
    draft = bench.start_from("peer-pilot", name)
    bench.save(draft, "")
    assert bench.open_file(bench.find_file(f"{name}.yaml")) is draft
    assert unquote(urlsplit(f"http://here/p/{draft.slug}").path) == f"/p/{name}"
