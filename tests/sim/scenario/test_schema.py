"""What editors and readers are told is what the models say."""

import json

from sim.scenario.diagnostics.keys import describe, list_fields
from sim.scenario.library import find_shelf
from sim.scenario.reference.json_schema import SCHEMA_FILE, build_schema, write_schema
from sim.scenario.reference.key_reference import BLOCK_MARKS, KEY_SECTIONS, insert_keys, write_keys


def test_the_schema_beside_the_scenarios_is_fresh(project, update_golden):
    path = project / "scenarios" / SCHEMA_FILE
    if update_golden:
        path.write_text(write_schema(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == write_schema(), "`make schema` writes it anew"
    assert (find_shelf() / SCHEMA_FILE).is_file()


def test_the_page_has_all_keys_as_they_are(project, update_golden):
    path = project / "docs" / "scenarios.md"
    page = path.read_text(encoding="utf-8")
    if update_golden:
        path.write_text(insert_keys(page), encoding="utf-8")
    assert all(page.count(mark) == 1 for mark in BLOCK_MARKS)
    assert page == insert_keys(page), (
        "`pytest tests/sim/scenario/test_schema.py --update-golden` writes it anew"
    )


def test_every_key_is_described():
    bare = [
        f"{title}: {key}"
        for title, model in KEY_SECTIONS
        for key, field in list_fields(model).items()
        if not field.description
    ]
    assert not bare
    assert write_keys().count("### ") == len(KEY_SECTIONS)


def parts(schema):
    if isinstance(schema, dict):
        yield schema
        for inner in schema.values():
            yield from parts(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from parts(inner)


def test_the_schema_lets_a_file_write_only_what_differs():
    schema = build_schema()
    assert {"extends", "services", "funds", "horizon"} <= set(schema["properties"])
    assert not [
        part for part in parts(schema) if isinstance(part.get("required"), list) or "oneOf" in part
    ]
    assert all(
        part["additionalProperties"] is False for part in [schema, *schema["$defs"].values()]
    )
    json.dumps(schema)


def test_hints_follow_the_kind():
    data = {"services": {"s": {"kind": "one_to_one_peer"}, "t": {"kind": "psychiatry"}}}
    assert (
        describe(("services", "s", "caseload"), data)
        == "caseload: People that a full-time peer supports at one time."
    )
    assert (
        describe(("services", "t", "caseload"), data)
        == "caseload: Places for each full-time psychiatrist."
    )
    assert describe(("nothing", "here"), data) == ""
