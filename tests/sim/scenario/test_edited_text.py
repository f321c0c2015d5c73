"""Values change in the text of a file; everything else keeps every byte."""

from __future__ import annotations

import difflib

import pytest

from sim.scenario.files.edited_text import edit, put, remove
from sim.scenario.library import find_shelf, list_shipped

SHIPPED = {
    name: (find_shelf() / f"{name}.yaml").read_text(encoding="utf-8") for name in list_shipped()
}
THING = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "where": ["east"]}


def changed(before, after):
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_changed_is_the_same_file(name):
    assert edit(SHIPPED[name], {}) == SHIPPED[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_added_and_taken_out_again_leaves_the_same_file(name):
    added = put(SHIPPED[name], ("services", "a-new-one"), THING)
    assert not [line for line in changed(SHIPPED[name], added) if line.startswith("-")]
    assert remove(added, ("services", "a-new-one")) == SHIPPED[name]


def test_one_value_changes_one_line_and_keeps_its_comment():
    after = put(SHIPPED["peer-pilot"], ("services", "peer-specialists", "caseload"), 15)
    assert changed(SHIPPED["peer-pilot"], after) == [
        "-    caseload: 12 # at most 15 [peer_ratio_nc]",
        "+    caseload: 15 # at most 15 [peer_ratio_nc]",
    ]


def test_a_value_within_a_line_changes_that_line_only():
    after = put(SHIPPED["peer-pilot"], ("services", "peer-specialists", "staff", "peer"), 8)
    assert changed(SHIPPED["peer-pilot"], after) == [
        "-    staff: {peer: 6}",
        "+    staff: {peer: 8}",
    ]


def test_layout_that_the_writer_would_not_choose_stays():
    text = SHIPPED["belonging"]
    after = put(text, ("title",), "Another title")
    assert len(changed(text, after)) == 2


def test_sizes_of_households_are_found_although_their_keys_are_numbers():
    text = SHIPPED["us-town"]
    after = put(text, ("population", "household_sizes", "1"), 0.3)
    assert len(changed(text, after)) == 2
    assert "{1: 0.3, 2: 0.347" in after


def test_text_that_looks_like_something_else_is_quoted():
    for value in ("yes: no", "null", "12", "a #b", "- x", "{a: b}", "&x", "'", '"', "é ü 中"):
        from ruamel.yaml import YAML

        assert (
            YAML(typ="safe", pure=True).load(put("title: x\n", ("title",), value))["title"] == value
        )


def test_lines_that_end_as_on_windows_go_on_doing_so():
    after = put("title: x\r\nhorizon: 52 weeks\r\n", ("title",), "y")
    assert after == "title: y\r\nhorizon: 52 weeks\r\n"
