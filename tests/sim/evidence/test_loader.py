"""The evidence: every number has a range, a unit, a grade, a source, and says what it means."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import sim.evidence
from sim.errors import KinwellError
from sim.evidence.loader import FILES, all_evidence, values
from sim.evidence.prices import all_indices

GRADES = {"verified", "memory", "derived", "assumption"}
ID = re.compile(r"\b(?:[A-Z]{2}-\d{2}|[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b")
"""How records of the collected literature are named: PS-01, or tx_any_nhis_2019."""


def test_every_record_is_complete():
    assert len(all_evidence()) > 200
    for record in all_evidence().values():
        assert record.low <= record.value <= record.high, record.id
        assert record.grade in GRADES, record.id
        assert record.unit.strip(), record.id
        assert len(record.source.strip()) > 3, record.id
        assert record.meaning[0].isupper(), record.id
        assert len(record.meaning) > 5, record.id


@pytest.mark.parametrize(
    "file", sorted(Path(sim.evidence.__file__).parent.glob("*.yaml")), ids=lambda file: file.name
)
def test_the_fast_reader_of_yaml_reads_what_the_exact_one_reads(file):
    text = file.read_text(encoding="utf-8")
    assert repr(YAML(typ="safe").load(text)) == repr(YAML(typ="safe", pure=True).load(text))


def test_an_assumption_is_wide_and_says_what_it_is():
    """Whether something happens once or has no end is not a quantity: a course of one session may be just that."""
    narrow = [
        record.id
        for record in all_evidence().values()
        if record.grade == "assumption"
        and record.value
        and (record.high - record.low) < 0.1 * abs(record.value)
        and not record.id.endswith(".course")
    ]
    assert not narrow
    sourceless = [
        record.id
        for record in all_evidence().values()
        if record.source.startswith("no record") and record.grade != "assumption"
    ]
    assert not sourceless


def test_ids_say_which_file_they_stand_in():
    assert {identity.split(".")[0] for identity in all_evidence()} == set(FILES)
    assert all(identity == record.id for identity, record in all_evidence().items())


def test_overrides_take_the_place_of_values_and_strange_ones_are_refused():
    given = values({"life.events": 0.5})
    assert given["life.events"] == 0.5
    assert {key: value for key, value in given.items() if key != "life.events"} == {
        key: record.value for key, record in all_evidence().items() if key != "life.events"
    }
    with pytest.raises(KinwellError, match=r"life\.luck, social\.luck"):
        values({"social.luck": 1.0, "life.luck": 1.0})


def test_sources_that_name_a_record_of_the_literature_name_one_that_exists(project):
    folder = project.parent / "shared" / "evidence"
    if not folder.is_dir():
        pytest.skip("the collected literature is not beside this checkout")
    known = set()
    for path in folder.glob("*.yaml"):
        known |= set(ID.findall(path.read_text(encoding="utf-8")))
    ours = {part for identity in all_evidence() for part in identity.split(".")}
    unknown = {
        record.id: sorted(names)
        for record in all_evidence().values()
        if (names := set(ID.findall(record.source)) - known - ours)
    }
    assert not unknown


def test_records_cited_in_scenarios_and_by_indices_exist(project):
    """A name in brackets in the comment of a scenario is a record of the evidence, or of the collected literature."""
    folder = project.parent / "shared" / "evidence"
    if not folder.is_dir():
        pytest.skip("the collected literature is not beside this checkout")
    known = {
        name
        for path in folder.glob("*.yaml")
        for name in ID.findall(path.read_text(encoding="utf-8"))
    } | set(all_evidence())
    comments = [
        line.partition(" # ")[2]
        for path in (project / "scenarios").glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    cited = {
        name.strip()
        for comment in comments
        for names in re.findall(r"\[([\w.,\s-]+)\]", comment)
        for name in names.split(",")
    }
    assert len(cited) > 15
    assert not sorted(cited - known)
    assert {name for index in all_indices().values() for name in ID.findall(index.source)} - {
        "1982-84"
    } <= known
