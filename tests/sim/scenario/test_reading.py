import pytest

from sim.errors import InvalidInput
from sim.scenario.files.yaml_document import DEEPEST, LARGEST_DOCUMENT, read_document
from sim.scenario.library import load


def test_values_and_places(write):
    document = read_document(
        write(
            "title: Town # a comment\npopulation:\n  residents: 10_000\nlist: [a, 2, 30%]\nswitch: on\nwhen: 2024-03-01\n"
        )
    )
    assert document.data == {
        "title": "Town",
        "population": {"residents": 10_000},
        "list": ["a", 2, "30%"],
        "switch": "on",
        "when": "2024-03-01",
    }
    place = document.places["population", "residents"]
    assert (place.line, place.column, place.value_line, place.value_column) == (3, 3, 3, 14)
    assert document.line(place.file, 3) == "  residents: 10_000"
    assert document.problems == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("-3", -3),
        ("0x1F", 31),
        ("007", 7),
        ("1e3", 1000.0),
        ("0.5", 0.5),
        ("true", True),
        ("yes", "yes"),
        ("'5'", "5"),
        ("08", 8),
    ],
)
def test_scalars_of_yaml_1_2(write, text, value):
    found = read_document(write(f"a: {text}\n")).data["a"]
    assert (found, type(found)) == (value, type(value))


CASES = [
    ("", "is empty"),
    ("   \n\n", "is empty"),
    ("# only\n# comments\n", "only comments"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8 text"),
    (b"title: \xff\xfe", "not UTF-8 text (byte 7)"),
    ("title: a\x00b\n", "control character in line 1"),
    ("- a\n- b\n", "`key: value` lines"),
    ("just words", "`key: value` lines"),
    ("title: a\n---\ntitle: b\n", "another document"),
    ("title:\n\tx: 3\n", "not valid YAML"),
    ("title: [a, b\n", "not valid YAML"),
    ("title: 'a\n", "not valid YAML"),
    ("title: *nobody\n", "not valid YAML"),
    ("title: @x\n", "not valid YAML"),
    ("a: 1\n" * 10_001, "too long to be a scenario"),
    ("a: " + "[" * 1_000, "nested far too deeply"),
]


@pytest.mark.parametrize(
    ("text", "words"), CASES, ids=[words + " " + repr(text[:9]) for text, words in CASES]
)
def test_what_is_not_yaml_is_one_clear_problem(problems, text, words):
    (problem,) = problems(text)
    assert words in problem.message
    assert "\n" not in problem.message


def test_a_byte_order_mark_does_no_harm(write):
    assert load(write(b"\xef\xbb\xbfextends: baseline.yaml\ntitle: Mine\n")).title == "Mine"


def test_deep_nesting_is_told_at_its_place(problems):
    text = (
        "".join(f"{' ' * depth}a:\n" for depth in range(DEEPEST + 5))
        + " " * (DEEPEST + 5)
        + "b: 1\n"
    )
    assert [problem.line for problem in problems(text) if "levels deep" in problem.message] == [
        DEEPEST + 2
    ]


def test_large_files_are_refused_before_they_are_read(problems, cost):
    def refuse():
        (problem,) = problems("a" * 10 * LARGEST_DOCUMENT)
        assert "too large to be a scenario (10.0 MB" in problem.message

    assert cost(refuse) < 50


def test_a_bomb_of_anchors_is_told_once_for_each_anchor(problems, cost):
    text = "a0: &a0 [x, x]\n" + "".join(
        f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}]\n" for i in range(30)
    )

    def refuse():
        told = [problem for problem in problems(text) if "anchors and aliases" in problem.message]
        assert len(told) == 30

    assert cost(refuse) < 200


def test_an_anchor_within_itself_ends(problems):
    assert any("anchors and aliases" in problem.message for problem in problems("title: &a [*a]\n"))


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "!mine x",
        "!!binary aGk=",
        "!!set {a: null}",
    ],
)
def test_tags_are_never_followed(problems, tag):
    assert any("tags such as" in problem.message for problem in problems(f"title: {tag}\n"))


def test_a_folder_is_not_a_scenario(tmp_path):
    with pytest.raises(InvalidInput, match="is a folder"):
        load(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="there is no such file"):
        load(tmp_path / "nowhere.yaml")


def test_an_unreadable_link_is_told(tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(InvalidInput, match=r"loop\.yaml"):
        load(tmp_path / "loop.yaml")
