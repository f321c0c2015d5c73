"""Cases 09 and 18: names are plain, in any script, and choose no folder; a file of a shipped name."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from sim.errors import InvalidInput, spell
from sim.places.folder import begin_place
from sim.scenario.library import load
from sim.scenario.schema.names import LONGEST_NAME, MOST_BYTES, clip, make_plain, say_unfit
from sim.store import write_whole

ELSEWHERE = ["../../elsewhere", "..", ".", "a/b", "/a", "..\\x", "C:x", ".hidden", "-o", "a.", ""]
PLAIN = ["plain", "日本", "مدينة", "Ж-1", "é_2", "$15_vs_$12", "_lead", "v1.2", "👩‍⚕"]


def write_sweep(name: str) -> None:
    text = Path("sweep.yaml").read_text(encoding="utf-8")
    Path("s.yaml").write_text(text.replace("../../elsewhere", name.replace("\\", "\\\\")), "utf-8")


def quote_names(text: str) -> str:
    return text.replace("name: ../../elsewhere", 'name: "../../elsewhere"')


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_name_that_is_a_path_is_refused_everywhere(enter, kinwell, name):
    folder = enter("09")
    file = folder / "sweep.yaml"
    file.write_text(quote_names(file.read_text()))
    write_sweep(name)
    made = kinwell("check", "s.yaml")
    assert made.exit_code == 2
    assert "s.yaml:2:7: name" in made.output
    with pytest.raises(InvalidInput, match="name"):
        load("small.yaml").with_({"name": name})
    with pytest.raises(InvalidInput, match="name of a place"):
        begin_place(name, "us", "")
    assert not list(folder.parent.glob("elsewhere*"))


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_of_any_script_is_taken(enter, kinwell, name):
    folder = enter("09")
    file = folder / "sweep.yaml"
    file.write_text(quote_names(file.read_text()))
    write_sweep(name)
    assert kinwell("check", "s.yaml").exit_code == 0
    assert load("small.yaml").with_({"name": name}).name == name
    assert begin_place(name, "us", "").parent == Path("places")


@pytest.mark.parametrize("text", [*ELSEWHERE, "日" * 300, "a\x1b[31m", " a b ", "\ud800"])
def test_what_is_called_after_a_file_gets_a_plain_name(text):
    assert say_unfit(make_plain(text)) == ""


def test_a_name_fits_a_file_system():
    assert say_unfit("日" * (MOST_BYTES // 3)) == ""
    assert "too long" in say_unfit("日" * LONGEST_NAME)
    assert len(clip("日" * 300, 20).encode()) <= MOST_BYTES - 20


@pytest.mark.parametrize("name", ["baseline", "Baseline.yaml", "peer-pilot", "./baseline.yml"])
def test_a_new_file_hides_no_shipped_scenario(tmp_path, monkeypatch, kinwell, name):
    monkeypatch.chdir(tmp_path)
    made = kinwell("new", name)
    assert made.exit_code == 2
    assert "choose another name" in made.output
    assert not list(tmp_path.iterdir())


def test_a_file_that_extends_its_own_name_means_the_shipped_one(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    Path("baseline.yaml").write_text("extends: baseline.yaml\ntitle: Ours\nhorizon: 9 weeks\n")
    assert kinwell("new", "mine").exit_code == 0
    assert kinwell("check", "baseline.yaml", "mine.yaml").exit_code == 0
    assert load("mine.yaml").horizon == 9
    Path("own.yaml").write_text("extends: own.yaml\ntitle: Round\n")
    made = kinwell("check", "own.yaml")
    assert made.exit_code == 2
    assert "circle" in made.output


def test_a_new_file_extends_the_scenario_that_it_says(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    Path("peer-pilot.yaml").write_text("extends: baseline\ntitle: Ours, without peers\n")
    made = kinwell("new", "third", "--from", "peer-pilot")
    assert "third.yaml extends peer-pilot.yaml: Ours, without peers" in made.output
    assert "peer-specialists" not in load("third.yaml").services


def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    made = kinwell("new", "mine")
    assert made.exit_code == 1
    assert "disk is full" in made.output
    assert not list(tmp_path.iterdir())


def test_what_is_written_in_place_of_a_link_leaves_the_link(tmp_path):
    (tmp_path / "there.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "there.json")
    write_whole(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "there.json").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "there.json"]


def test_what_is_no_file_is_written_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "told")
    assert os.read(reading, 10) == b"told"
    os.close(reading)
    assert pipe.is_fifo()


def test_a_place_that_hides_a_shipped_one_is_said(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    said = kinwell("place", "new", "trafford", "--profile", "uk").stderr
    assert "a place trafford is shipped; here the name means places/trafford" in said
    assert "is shipped" not in kinwell("place", "new", "sale").stderr


def test_a_character_that_json_writes_in_two_halves_is_read_whole():
    from sim.scenario.files.yaml_document import parse_document

    assert parse_document('{"title": "\\ud83c\\udf89"}', "s").data == {"title": "\U0001f389"}
    (half,) = parse_document('{"title": "\\ud83c"}', "s").problems
    assert "control character" in half.message


@pytest.mark.parametrize("name", ["con", "NUL", "aux.yaml", "com1", "LPT9.x"])
def test_a_device_of_windows_is_no_name_and_is_no_file(name):
    assert "device" in say_unfit(name)
    assert not say_unfit(make_plain(name))


def test_names_that_look_the_same_are_the_same():
    one, other = "caf\u00e9", "cafe\u0301"
    town = load("baseline")
    assert town.with_({"name": one}).hash == town.with_({"name": other}).hash
    assert make_plain(other) == one


def test_commands_are_spelled_so_that_a_shell_finds_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-x.yaml").write_text("")
    assert spell("run", "-x.yaml", "-n", 2) == "kinwell run ./-x.yaml -n 2"
    assert spell("report", Path("-r")) == "kinwell report ./-r"
    names = ["a b.yaml", "it's.yaml", 'a"b.yaml', "$HOME", "\u202ertl.yaml", "a\\b'\u200b"]
    for name in names:
        shell = ["bash", "-c", f"printf %s {spell(name).removeprefix('kinwell ')}"]
        assert subprocess.run(shell, capture_output=True, check=True).stdout.decode() == name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "x" * 300), "file name too long; choose a shorter name"),
        (("status", "x" * 5000), "file name too long; choose a shorter name"),
        (("run", "baseline", "-o", "x/" * 3000, "--dry-run"), "choose a shorter name"),
        (("run", "baseline", "--json", "loop", "--dry-run"), "a link that leads to itself"),
        (("run", "baseline", "-o", "loop", "--dry-run"), "loop: cannot write here"),
        (("run", "baseline", "-o", "", "--dry-run"), "the name is empty"),
        (("report", "", "-o", ""), "the name is empty"),
    ],
)
def test_names_that_nothing_can_have_are_wrong_input(tmp_path, kinwell, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    found = kinwell(*words)
    assert found.exit_code == 2
    assert told in found.stderr
    assert len(found.stderr) < 1000
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_page_is_not_written_through_a_link_that_leads_to_itself(tmp_path):
    loop = tmp_path / "report.html"
    loop.symlink_to(loop.name)
    with pytest.raises(InvalidInput, match="cannot write here"):
        write_whole(loop, "page")
    assert loop.is_symlink()


def test_a_new_file_that_cannot_be_written_is_told_without_an_option_that_new_has_not(
    monkeypatch, tmp_path, kinwell
):
    monkeypatch.chdir(tmp_path)

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    told = kinwell("place", "new", "z")
    assert told.exit_code == 2
    assert "cannot write here (Read-only file system)" in told.stderr
    assert " -o" not in told.stderr
    assert "in another folder" in told.stderr
