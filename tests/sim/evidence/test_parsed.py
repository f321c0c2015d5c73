"""What was parsed once is read again as it was; whatever is wrong with it, the text decides."""

import pytest
from ruamel.yaml import YAML

from sim.evidence import parsed
from sim.evidence.parsed import load_parsed

TEXT = "rate: {value: 0.25, low: 0, high: 1, source: 'a study', known: true, also: [1, x, null]}\n"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    path = tmp_path / "numbers.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def parses(monkeypatch):
    """How often YAML was read."""
    calls = []

    class Counting(YAML):
        def load(self, stream):
            calls.append(stream)
            return super().load(stream)

    monkeypatch.setattr(parsed, "YAML", Counting)
    return calls


def test_the_second_time_nothing_is_parsed_and_all_is_the_same(file, parses):
    first, second = load_parsed(file), load_parsed(file)
    assert repr(first) == repr(second) == repr(YAML(typ="safe").load(TEXT))
    assert len(parses) == 1


def test_another_text_is_parsed(file, parses):
    load_parsed(file)
    file.write_text(TEXT.replace("0.25", "0.75"), encoding="utf-8")
    assert load_parsed(file)["rate"]["value"] == 0.75
    assert len(parses) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("0.25", "0.95"),
        lambda text: text[: len(text) // 2],
        lambda _: "",
        lambda text: text.split("\n")[0],
    ],
)
def test_what_is_damaged_is_parsed_anew_and_kept_again(file, parses, damage):
    load_parsed(file)
    (kept,) = (file.parent / "kept").iterdir()
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(damage(whole), encoding="utf-8")
    assert load_parsed(file)["rate"]["value"] == 0.25
    assert len(parses) == 2
    assert kept.read_text(encoding="utf-8") == whole


@pytest.mark.parametrize("text", ["when: 2024-01-01\n", "1: one\n"])
def test_what_json_cannot_say_is_parsed_every_time(file, parses, text):
    file.write_text(text, encoding="utf-8")
    assert repr(load_parsed(file)) == repr(load_parsed(file))
    assert len(parses) == 2


def test_without_a_folder_that_can_be_written_it_is_parsed(file, parses, monkeypatch):
    (file.parent / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(file.parent / "taken"))
    assert load_parsed(file) == load_parsed(file)
    assert len(parses) == 2
