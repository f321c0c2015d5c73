"""Kinds of service from outside the package: read beside a scenario, checked, drawn, stored with it."""

from __future__ import annotations

import json

import pytest

from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence, all_kinds
from sim.scenario.library import load, read
from sim.scenario.reference.json_schema import build_schema
from sim.scenario.reference.key_reference import write_keys
from sim.scenario.schema.own_kinds import describe_kinds, is_own, list_records
from sim.scenario.writer import write_yaml
from sim.studies.running.verification import load_stored
from sim.studies.sweeps.parameter_draws import spread_replicates
from sim.week.start.initialisation import read_parameters

KIND = """\
based_on: community_activity
meaning: A garden that people work together.
numbers:
  dose: {value: 0.16, low: 0.08, high: 0.25, grade: assumption, source: "no record"}
  connection: {value: 0.3, low: 0.0, high: 0.5, grade: derived, source: "LO-01"}
"""
SCENARIO = """\
extends: baseline.yaml
title: Gardens
services:
  garden:
    kind: gardening
    staff: {volunteer: 1}
    caseload: 20
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "gardening.yaml").write_text(KIND, encoding="utf-8")
    (tmp_path / "garden.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def change(folder, old, new, file="kinds/gardening.yaml"):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def find_problems(folder):
    with pytest.raises(InvalidInput) as caught:
        load(folder / "garden.yaml")
    return caught.value.problems


def test_a_kind_beside_the_scenario_is_a_row_of_numbers_on_top_of_a_shipped_one(folder):
    town = load(folder / "garden.yaml")
    garden = town.services["garden"]
    assert (garden.kind, garden.own_kind) == ("community_activity", "gardening")
    raw = read_parameters(town, {}).raw
    assert raw["services.gardening.dose"] == 0.16
    assert raw["services.gardening.no_show"] == raw["services.community_activity.no_show"]
    assert raw["services.community_activity.dose"] != 0.16


def test_its_numbers_are_those_that_the_model_reads(folder):
    from sim.services.provision import arrange

    town = load(folder / "garden.yaml")
    offers = arrange(town, read_parameters(town, {}).raw).offers
    shipped = town.with_({"services.garden.own_kind": None})
    others = arrange(shipped, read_parameters(shipped, {}).raw).offers
    place = list(town.services).index("garden")
    assert offers.dose[place] == pytest.approx(0.16)
    # Beside a choir, a garden is a kind of its own, and no second choir.
    choir = {"kind": "community_activity", "staff": {"volunteer": 2}, "caseload": 10}
    beside = town.with_({"services.choir": choir})
    assert not arrange(beside, read_parameters(beside, {}).raw).offers.alike.any()
    assert others.dose[place] == pytest.approx(
        all_evidence()["services.community_activity.dose"].value
    )


def test_it_travels_with_the_scenario(folder):
    """A stored scenario runs again where the folder is gone, and a copy keeps its kinds."""
    town = load(folder / "garden.yaml")
    stored = json.dumps(town.resolved())
    written = folder / "again" / "garden.yaml"
    written.parent.mkdir()
    written.write_text(write_yaml(town.resolved()), encoding="utf-8")
    for again in (load_stored("garden", stored), load(written)):
        assert again == town
        assert (again.hash, again.past_hash) == (town.hash, town.past_hash)
    more = town.with_({"kinds.gardening.numbers.dose.value": 0.2})
    assert read_parameters(more, {}).raw["services.gardening.dose"] == 0.2
    assert more.past_hash != town.past_hash


def test_a_service_that_opens_later_leaves_the_past_as_it_is(folder):
    change(folder, "    caseload", "    from: week 4\n    caseload", "garden.yaml")
    assert load(folder / "garden.yaml").past_hash == load("baseline").past_hash


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("based_on: community_activity", "based_on: gardens", 1, "shipped kind"),
        ("value: 0.16", "value: 0.5", 4, "its own range"),
        ("high: 0.25", "high: 1.25", 4, "must not be above 1"),
        ("low: 0.08", "low: -0.08", 4, "must not be below 0"),
        ("  dose", "  doze", 4, "no such number - did you mean"),
        ("grade: assumption", "grade: guess", 4, "must be one of"),
        ('source: "LO-01"', 'source: ""', 5, "is empty"),
        ("meaning:", "meanings:", 2, "unknown key"),
        ("value: 0.16", "value: .nan", 4, "finite"),
    ],
)
def test_faults_are_told_at_their_place_in_the_file_of_the_kind(folder, old, new, line, said):
    change(folder, old, new)
    told = [problem for problem in find_problems(folder) if said in problem.message]
    assert told, find_problems(folder)
    assert told[0].file.endswith("gardening.yaml")
    assert told[0].line == line
    assert told[0].column > 0


def test_a_shipped_kind_is_not_replaced_and_an_unknown_one_is_still_unknown(folder):
    (folder / "kinds" / "community_activity.yaml").write_text(KIND, encoding="utf-8")
    change(folder, "kind: gardening", "kind: community_activity", "garden.yaml")
    assert not load(folder / "garden.yaml").kinds
    change(folder, "kind: community_activity", "kind: orchard", "garden.yaml")
    assert any("orchard" in problem.message for problem in find_problems(folder))


def test_its_numbers_are_drawn_over_their_ranges_and_the_other_side_keeps_its_own(folder):
    names = ["baseline", str(folder / "garden.yaml")]
    draws, _ = spread_replicates("evidence", 40, 40, names)
    values = [
        read_parameters(load(names[1]), draw).raw["services.gardening.dose"] for draw in draws
    ]
    assert len(set(values)) == 40
    assert 0.04 < min(values) < 0.12
    assert 0.18 < max(values) < 0.4
    assert "services.gardening.dose" not in read_parameters(load("baseline"), draws[0]).raw
    assert not any(map(is_own, spread_replicates("evidence", 2, 2, ["baseline"])[0][0]))


def test_two_kinds_of_one_name_are_not_drawn_together(folder, tmp_path):
    other = tmp_path / "other"
    (other / "kinds").mkdir(parents=True)
    (other / "kinds" / "gardening.yaml").write_text(KIND.replace("0.16", "0.2"), encoding="utf-8")
    (other / "garden.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(InvalidInput, match="different names"):
        spread_replicates(
            "evidence", 2, 2, [str(folder / "garden.yaml"), str(other / "garden.yaml")]
        )


def test_it_is_shown_like_shipped_ones(folder):
    town = load(folder / "garden.yaml")
    records = list_records(town.kinds)
    assert records["services.gardening.dose"].unit == all_evidence()["services.app.dose"].unit
    assert "kinds.gardening.numbers.dose.value" in {
        ".".join(path) for path in read(folder / "garden.yaml").document.places
    }
    assert "### kinds: one for each name" in write_keys()
    (services,) = build_schema()["properties"]["services"]["patternProperties"].values()
    assert any("not" in option for option in services["anyOf"])
    assert "dose 0.16 (0.08 to 0.25, assumption)" in describe_kinds(town.kinds)[0]
    assert "gardening" not in all_kinds()
