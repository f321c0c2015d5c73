import pytest

from sim.scenario.files.inheritance import LONGEST_CHAIN, read_family
from sim.scenario.library import find_shelf, load


@pytest.fixture
def family(write):
    """Give a function that writes parent and child and reads the child with all that it inherits."""

    def read(parent, child):
        write(parent, "parent.yaml")
        return read_family(write("extends: parent.yaml\n" + child, "child.yaml"), find_shelf())

    return read


def test_mappings_merge_and_everything_else_replaces(family):
    document = family("a: {x: 1, y: [1, 2], z: {p: 1}}\nb: 2\n", "a: {y: [3], z: {q: 2}}\nc: 4\n")
    assert document.data == {"a": {"x": 1, "y": [3], "z": {"p": 1, "q": 2}}, "b": 2, "c": 4}


def test_a_mapping_replaces_a_value_and_back(family):
    assert family("a: 1\nb: {x: 1}\n", "a: {x: 1}\nb: 2\n").data == {"a": {"x": 1}, "b": 2}


def test_another_kind_is_another_thing(family):
    document = family(
        "services: {s: {kind: a, x: 1}, t: {kind: a, x: 1}}\n",
        "services: {s: {kind: b, y: 2}, t: {kind: a, y: 2}}\n",
    )
    assert document.data["services"] == {
        "s": {"kind": "b", "y": 2},
        "t": {"kind": "a", "x": 1, "y": 2},
    }


def test_places_follow_the_values(family):
    document = family("a:\n  x: 1\n  y: [1, 2]\n", "a:\n  y: [3]\n")
    assert document.places["a", "x"].file.endswith("parent.yaml")
    assert document.places["a", "y"].file.endswith("child.yaml")
    assert document.places["a", "y"].line == 3
    assert ("a", "y", "1") not in document.places


def test_titles_are_not_passed_on(family, problems):
    assert family("title: Above\nsummary: s\nname: n\n", "horizon: 3 weeks\n").data == {
        "horizon": "3 weeks"
    }
    assert [
        (problem.path, problem.message) for problem in problems("extends: baseline.yaml\n")
    ] == [("title", "is missing")]


def test_a_circle_is_named_as_a_chain(problems, write):
    write("extends: b.yaml\ntitle: a\n", "a.yaml")
    write("extends: c.yaml\ntitle: b\n", "b.yaml")
    (problem,) = problems("extends: a.yaml\ntitle: c\n", "c.yaml")
    assert problem.message == "goes round in a circle: c.yaml -> a.yaml -> b.yaml -> c.yaml"
    assert (problem.line, problem.column) == (1, 10)


def test_a_file_cannot_extend_itself(problems):
    (problem,) = problems("extends: ./mine.yaml\ntitle: a\n")
    assert "mine.yaml -> mine.yaml" in problem.message


def write_chain(write, length):
    """`length` files above the first; the last extends a shipped one that extends nothing."""
    write("extends: us-town.yaml\ntitle: t\n", f"{length - 1}.yaml")
    for depth in range(length - 2, -1, -1):
        write(f"extends: {depth + 1}.yaml\ntitle: t\n", f"{depth}.yaml")


def test_five_files_above_are_enough(write, tmp_path):
    write_chain(write, LONGEST_CHAIN)
    assert load(tmp_path / "0.yaml").currency == "USD"


def test_six_files_above_are_too_many(problems, write):
    write_chain(write, LONGEST_CHAIN + 1)
    (problem,) = problems("extends: 1.yaml\ntitle: t\n", "0.yaml")
    assert "longer than 5 files" in problem.message
    assert "0.yaml -> 1.yaml" in problem.message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("gone.yaml", "there is no file gone.yaml"),
        ("[a, b]", "must name one file"),
        ("3", "must name one file"),
        ("../up/none.yaml", "there is no file"),
    ],
)
def test_a_parent_that_is_not_there(problems, value, words):
    (problem,) = problems(f"extends: {value}\ntitle: t\n")
    assert words in problem.message
    assert (problem.path, problem.line) == ("extends", 1)


def test_the_path_is_relative_to_the_file(write, tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    write("extends: us-town\ntitle: Above\nhorizon: 9 weeks\n", "above.yaml")
    write("extends: ../above.yaml\ntitle: Below\n", "deep/below.yaml")
    monkeypatch.chdir("/")
    assert load(tmp_path / "deep" / "below.yaml").horizon == 9


def test_a_file_beside_comes_before_a_shipped_one(write):
    write("extends: us-town.yaml\ntitle: Mine\nhorizon: 7 weeks\n", "baseline.yaml")
    assert load(write("extends: baseline.yaml\ntitle: Below\n")).horizon == 7


def test_switching_off_keeps_the_thing_listed(write):
    scenario = load(
        write("extends: baseline.yaml\ntitle: Mine\nservices: {psychiatry: {enabled: false}}\n")
    )
    assert scenario.services["psychiatry"].enabled is False
    assert scenario.services["psychiatry"].staff == {"psychiatrist": 1}
