"""Whatever is done to a scenario, it is read or its problems are told; never anything else."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InvalidInput, Problem
from sim.scenario.diagnostics.messages import define
from sim.scenario.files.yaml_document import Document
from sim.scenario.library import find_shelf, load
from sim.scenario.scenario import Scenario

NAMES = ("us-town", "peer-pilot", "funding-cut", "cut-with-peers")
TEXTS = {name: (find_shelf() / f"{name}.yaml").read_text(encoding="utf-8") for name in NAMES}
JUNK = (
    "",
    " ",
    "\t",
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!set ",
    "'",
    '"',
    "#",
    "|",
    ">",
    "%",
    "@",
    "~",
    "null",
    "-1",
    ".nan",
    "1e999",
    "\x07",
    "\u2028",
    "é",
    "9" * 400,
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "30%",
            "140%",
            "week 3",
            "week -9",
            "26 weeks",
            "2024-01-01",
            "USD 3 per year",
            "EUR 9",
            "east",
            "ward",
            "peer",
            "public-funds",
            "0",
        ]
    ),
    st.lists(st.one_of(st.integers(), st.text(max_size=4)), max_size=3),
    st.dictionaries(st.text(max_size=6), st.integers(), max_size=2),
)


EMPTY = Problem("", 0, 0, "", "")


def check_outcome(attempt):
    """Either a scenario, or problems that can be read."""
    assert all(
        problem.message.strip() and len(str(problem).split("\n")) <= 4
        for problem in list_problems(attempt)
    )


def list_problems(attempt):
    try:
        found = attempt()
    except InvalidInput as error:
        return error.problems or [EMPTY]
    return [] if isinstance(found, Scenario) else [EMPTY]


@st.composite
def damaged_texts(draw):
    lines = TEXTS[draw(st.sampled_from(NAMES))].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        cut = draw(st.integers(0, len(lines[at])))
        how = draw(
            st.sampled_from(("drop", "double", "insert", "cut", "indent", "truncate", "blank"))
        )
        if how == "drop":
            del lines[at]
        elif how == "double":
            lines.insert(at, lines[at])
        elif how == "insert":
            lines[at] = lines[at][:cut] + draw(st.sampled_from(JUNK)) + lines[at][cut:]
        elif how == "cut":
            lines[at] = lines[at][:cut]
        elif how == "indent":
            lines[at] = draw(st.sampled_from((" ", "  ", "    "))) + lines[at]
        elif how == "truncate":
            lines = lines[: at + 1]
        else:
            lines[at] = lines[at].split(":")[0] + ":"
        lines = lines or [""]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return tmp_path_factory.mktemp("desk") / "damaged.yaml"


@given(text=damaged_texts())
def test_damaged_text_is_read_or_told(desk, text):
    desk.write_text(text, encoding="utf-8")
    check_outcome(lambda: load(desk))


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_told(desk, raw):
    desk.write_bytes(raw)
    check_outcome(lambda: load(desk))


def list_paths(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield from list_paths(inner, (*path, key))


SCENARIO = load("cut-with-peers")
WHOLE = SCENARIO.resolved()
PATHS = [path for path in list_paths(WHOLE) if path]


@given(
    damage=st.lists(
        st.tuples(st.sampled_from(PATHS), VALUES, st.booleans()), min_size=1, max_size=3
    ),
    from_file=st.booleans(),
)
def test_damaged_data_are_read_or_told(damage, from_file):
    data = copy.deepcopy(WHOLE)
    for path, value, remove in damage:
        holder = data
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            if remove:
                holder.pop(path[-1], None)
            else:
                holder[path[-1]] = value
    check_outcome(lambda: define(Document(data, {}, {}), Scenario, from_file=from_file))


@given(path=st.sampled_from(PATHS), value=VALUES, more=st.sampled_from(("", ".x", "..", ".0")))
def test_any_change_is_made_or_told(path, value, more):
    check_outcome(lambda: SCENARIO.with_({".".join(path) + more: value}))
