import re

import pytest
from ruamel.yaml import YAML

from sim.scenario.library import find_shelf, load, read
from sim.scenario.writer import fill_template, quote, trace_origins, write_yaml


def test_origins_name_the_file_and_line_of_every_value():
    loaded = read("peer-pilot")
    resolved = loaded.scenario.resolved()
    origins = trace_origins(resolved, loaded.document)
    lines = (find_shelf() / "us-town.yaml").read_text(encoding="utf-8").splitlines()
    file, line = origins["prices", "emergency_visit"].rsplit(":", 1)
    assert file.endswith("us-town.yaml")
    assert "emergency_visit" in lines[int(line) - 1]
    assert origins["horizon",].rsplit(":", 1)[0].endswith("baseline.yaml")
    assert origins["services", "ward", "rank"].rsplit(":", 1)[0].endswith("us-town.yaml")
    assert origins["services", "ward", "checks"] == "default"
    assert origins["name",] == "the file's name"


def test_comments_do_not_change_what_is_written():
    loaded = read("cut-with-peers")
    resolved = loaded.scenario.resolved()
    text = write_yaml(resolved, trace_origins(resolved, loaded.document))
    plain = YAML(typ="safe", pure=True)
    assert plain.load(text) == plain.load(write_yaml(resolved)) == resolved
    assert text.count("# default") > 10


@pytest.mark.parametrize("uncommented", [False, True])
def test_a_new_scenario_is_sound_with_and_without_its_examples(tmp_path, uncommented):
    text = fill_template("A: title", "baseline.yaml", "USD", tmp_path)
    if uncommented:
        text = re.sub(
            r"^#(?=services:|funds:|shocks:|partnerships:|governance:|  )",
            "",
            text,
            flags=re.MULTILINE,
        )
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    scenario = load(path)
    assert scenario.title == "A: title"
    assert ("helping-hands" in scenario.services) == uncommented
    assert (scenario.governance is not None) == uncommented


@pytest.mark.parametrize(
    "text", ["plain", "a: b", "3", "#x", "- x", "'", "é ü", "true", "{", " lead", "a\tb", ""]
)
def test_quoted_text_is_read_as_it_was(text):
    assert YAML(typ="safe", pure=True).load(f"a: {quote(text)}\n") == {"a": text}
