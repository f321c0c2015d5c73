"""What is known of dependencies' weaknesses is told as it is: an audit of nothing is not clean."""

from __future__ import annotations

import importlib.util

import pytest

WEAK = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}
SOUND = {"name": "b", "version": "1", "vulns": []}
LEFT = {"name": "c", "skip_reason": "not found"}


@pytest.fixture
def judge(project):
    spec = importlib.util.spec_from_file_location("read_audit", project / ".ci" / "read_audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.judge


@pytest.mark.parametrize(
    ("found", "said", "code"),
    [
        ([], "nothing was audited", 0),
        ([LEFT], "nothing was audited", 0),
        ([SOUND], "1 packages audited, 0 with", 0),
        ([WEAK, SOUND], "2 packages audited, 1 with", 1),
        ([SOUND, LEFT], "not audited: c", 0),
    ],
)
def test_an_audit_says_what_it_looked_at(judge, found, said, code):
    lines, ended = judge(found)
    assert said in "\n".join(lines)
    assert ended == code


def test_a_weakness_is_named_with_the_version_that_mends_it(judge):
    assert judge([WEAK])[0][0] == "a 1: X-1, mended in 2"
