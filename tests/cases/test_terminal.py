"""Cases 16, 17 and 23: terminals of every encoding, values that are no dates, control characters."""

from __future__ import annotations

import io
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli.terminal.machine import explain_machine
from sim.cli.terminal.streams import OutputLost, PlainStream
from sim.errors import InvalidInput
from sim.scenario.library import load
from sim.store import Store
from sim.units import show_controls

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys; sys.argv[0] = 'kinwell'; from sim.cli import main; main()"


def start(*words: object, stdout: object = subprocess.PIPE, **environment: str):
    """A command as a program of its own, with an environment of its own."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *(str(word) for word in words)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )


LATIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": name} for name in ("ascii", "latin-1", "cp437", "cp1252")] + [LATIN],
    ids=str,
)
def test_text_is_printed_in_other_signs_where_a_terminal_lacks_them(enter, environment):
    enter("16")
    made = start("check", "a.yaml", **environment)
    assert made.returncode == 0, made.stderr
    assert b"a.yaml: fine. Big -> small" in made.stdout
    wrong = start("check", "a.yaml", "Ж.yaml", **environment)
    assert wrong.returncode == 2
    assert b"unexpected" not in wrong.stderr
    assert b"\\u0416.yaml" in wrong.stderr or b"\\udcd0\\udc96.yaml" in wrong.stderr
    keys = start("schema", "--keys", **environment)
    assert keys.returncode == 0
    assert keys.stdout.count(b"\n") > 100


@pytest.mark.parametrize("codec", ["ascii", "cp437", "latin-1", "utf-8"])
def test_what_stands_for_a_sign_says_the_same(codec):
    behind = io.TextIOWrapper(io.BytesIO(), encoding=codec)
    PlainStream(behind, needed=True).write(
        "é.yaml Ж \N{MINUS SIGN}0.5 \N{EN DASH}1 2\N{MULTIPLICATION SIGN}"
    )
    behind.flush()
    shown = behind.buffer.getvalue().decode(codec)
    assert "?" not in shown
    assert shown[0] == ("\\" if codec == "ascii" else "é")
    assert ("Ж" in shown) == (codec == "utf-8")
    assert "0.5" in shown
    assert shown[shown.index("0.5") - 1] == ("\N{MINUS SIGN}" if codec == "utf-8" else "-")
    assert shown[-1] == ("\N{MULTIPLICATION SIGN}" if codec in ("latin-1", "utf-8") else "x")


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, LATIN, {}], ids=str)
def test_a_command_that_is_printed_names_the_file_in_any_terminal(enter, environment):
    enter("16")
    name = "é 'Ж.yaml"
    Path(name).write_bytes(Path("a.yaml").read_bytes())
    made = start("check", name, **environment)
    assert made.returncode == 0, made.stderr
    printed = (made.stdout + made.stderr).decode("utf-8")
    (command,) = [line for line in printed.splitlines() if line.startswith("Next: kinwell")]
    words = command.removeprefix("Next: kinwell").partition(" #")[0]
    read = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {words}"],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert name.encode() in read.stdout.split(b"\0")


@pytest.mark.parametrize(
    "value",
    ["2024-02-30", "2024-13-01", "2024-02-30T25:61:00", "!!int abc", "&a [*a]", "{", '"a', "[1"],
)
def test_a_value_that_is_no_date_is_refused_in_words(enter, kinwell, value):
    enter("17")
    made = kinwell("run", "a.yaml", "-n", 1, "--dry-run", "--set", f"start={value}")
    assert made.exit_code == 2
    assert "start" in made.output
    assert "unexpected" not in made.output
    if value.startswith("2024"):
        assert "must be a date" in made.output


@pytest.mark.parametrize("value", ["2024-02-29", '"2024-02-29"'])
def test_a_value_that_is_a_date_is_taken(enter, kinwell, value):
    enter("17")
    made = kinwell("run", "a.yaml", "-n", 1, "--dry-run", "--set", f"start={value}")
    assert made.exit_code == 0, made.output


def test_a_title_is_one_line_of_text(enter, kinwell):
    enter("23")
    made = kinwell("check", "a.yaml")
    assert made.exit_code == 2
    assert "a.yaml:2:8: title: has a control character (\\x07)" in made.output
    assert "\x1b" not in made.output


@pytest.mark.parametrize("title", ["two\nlines", "\x9b31m", "a\u202eb", " \n"])
def test_so_it_is_in_the_api(title):
    with pytest.raises(InvalidInput, match="title"):
        load("baseline").with_({"title": title})
    assert load("baseline").with_({"title": "a block\n"}).title == "a block"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("\r over \x9b31m\x7f", "\\r over \\x9b31m\\x7f"),
        ("a\u202egpj.exe\u2066", "a\\u202egpj.exe\\u2066"),
        ("Ж 日本 مدينة 👩\u200d⚕\ufe0f", "Ж 日本 مدينة 👩\u200d⚕\ufe0f"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text, shown):
    assert show_controls(text) == shown


def test_a_terminal_gets_no_escape_from_the_name_of_a_file(tmp_path):
    """On a terminal click leaves colours in, so that a file could have written them."""
    ours, theirs = pty.openpty()
    (tmp_path / "bad.csv").write_text("x\n")
    made = start("check", tmp_path / "\x1b[31mred\x1b]0;title\x07.yaml", stdout=theirs)
    os.close(theirs)
    assert made.returncode == 2
    assert b"\x1b" not in made.stderr
    assert b"\\x1b[31mred" in made.stderr or b"red" in made.stderr
    os.close(ours)


def test_a_full_disk_behind_the_output_is_told():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        made = start("schema", stdout=full)
    assert made.returncode == 1
    assert b"what is printed cannot be written: no space left on device" in made.stderr


def test_a_reader_that_leaves_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    made = start("schema", stdout=writing)
    os.close(writing)
    assert made.returncode == 0
    assert b"unexpected" not in made.stderr


@pytest.mark.skipif(not shutil.which("sh"), reason="no shell here")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_study_whose_streams_are_closed_is_run_and_its_database_is_whole(tmp_path, closed):
    words = "run baseline -n 2 -j 2 --set population.residents=150 --set warm_up=2 --set horizon=4"
    made = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {words} -o "$2" {closed}', sys.executable, PROGRAM, "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=240,
    )
    assert made.returncode == 0
    with Store.read_only(tmp_path / "out" / "runs.db") as store:
        assert store.check_integrity() == []
        assert len(store.keys("done")) == 2


def test_what_fails_to_be_printed_as_an_error_changes_nothing():
    class Broken(io.StringIO):
        encoding = "utf-8"

        def flush(self):
            raise OSError(28, "No space left on device")

    PlainStream(Broken(), needed=False).flush()
    with pytest.raises(OutputLost):
        PlainStream(Broken(), needed=True).flush()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory"),
        (ModuleNotFoundError("No module named 'scipy'", name="scipy"), "scipy"),
        (OSError("Could not find/load shared object file 'libllvmlite.so'"), "library"),
        (OSError(24, "Too many open files"), "ulimit -n"),
        (OSError(28, "No space left on device", "x/runs.db"), "x/runs.db: no space left"),
    ],
)
def test_what_a_machine_lacks_is_a_sentence(error, said):
    assert said in explain_machine(error)
    assert explain_machine(ValueError("a fault of our own")) is None


@pytest.mark.parametrize("error", [MemoryError(), ImportError("no numba", name="numba")])
def test_a_command_says_so_and_ends_with_one(monkeypatch, kinwell, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("sim.scenario.library.read", fail)
    made = kinwell("show", "baseline")
    assert made.exit_code == 1
    assert "unexpected" not in made.output
    assert "memory" in made.output or "numba" in made.output
