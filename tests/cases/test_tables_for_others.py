"""Case 19 and smaller ones: one way to open a database, and tables that harm nobody."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from analysis.runs.export import _find_end, make_harmless

HERE = Path(__file__).parent


def test_a_database_of_another_version_is_told_alike_by_all(enter, kinwell):
    folder = enter("19")
    kinwell("compare", "a.yaml", "b.yaml", "-n", 2, "-j", 1, "-o", "r")
    with sqlite3.connect(folder / "r" / "runs.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    said = {
        kinwell(*words).stderr
        for words in (("status", "r"), ("report", "r"), ("export", "r", "--csv"), ("compare", "r"))
    }
    assert len(said) == 1
    assert "newer version of Kinwell" in said.pop()


READERS = (
    ("status", "r"),
    ("compare", "r"),
    ("report", "r"),
    ("report", "r", "--levers"),
    ("export", "r", "--csv"),
    ("export", "r", "--crate"),
    ("verify", "r"),
    ("audit", "r"),
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A folder with two scenarios that were compared."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copytree(next(HERE.glob("19-*")), folder / "towns")
    towns = [sim.load(str(folder / "towns" / name)) for name in ("a.yaml", "b.yaml")]
    sim.run(towns, replicates=2, workers=1, into=folder / "r")
    return folder / "r"


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def replace_by_text(path: Path) -> None:
    path.write_text("no database" * 500)


def replace_by_other(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE notes (line)")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def take_away(path: Path) -> None:
    path.unlink()


def age(path: Path) -> None:
    change(path, "PRAGMA user_version = 0")


def drop_table(path: Path) -> None:
    change(path, "DROP TABLE decisions")


def rename_column(path: Path) -> None:
    change(path, "ALTER TABLE decisions RENAME COLUMN body TO corpus")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (take_away, "no runs are stored here"),
        (empty, "the file is empty"),
        (cut, "not a readable database"),
        (replace_by_text, "not a readable database"),
        (replace_by_other, "something other than runs"),
        (replace_by_folder, "a folder, not a database"),
        (age, "an older version of Kinwell"),
        (drop_table, "tables are missing: decisions"),
        (rename_column, "columns are missing: decisions.body"),
    ],
)
def test_whatever_is_wrong_with_a_database_is_told_alike(
    stored, tmp_path, kinwell, monkeypatch, spoil, said
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    spoil(Path("r/runs.db"))
    found = [kinwell(*words) for words in READERS]
    assert {done.exit_code for done in found} == {2}
    assert len({done.stderr for done in found}) == 1
    assert said in found[0].stderr
    assert "      = " in found[0].stderr, "what to do"
    assert not Path("r/report.html").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plans SET scenarios = '[', draw_marks = '{'",
        "UPDATE plans SET seed = 'x', replicates = 'many', draw_marks = '7'",
        "UPDATE scenarios SET resolved = '{'",
        "UPDATE scenarios SET resolved = '[1]'",
        "UPDATE summary SET qalys = 'abc'",
        "UPDATE summary SET qalys = 9e999",
        "UPDATE runs SET seed = 'abc'",
    ],
)
def test_content_that_makes_no_sense_is_told_and_never_a_fault_of_ours(
    stored, tmp_path, kinwell, monkeypatch, statement
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    change(Path("r/runs.db"), statement)
    found = [kinwell(*words) for words in READERS[:-1]]
    assert not [done.output for done in found if "unexpected" in done.output]
    saved = found.pop(4)
    assert saved.exit_code in {0, 1, 2}, "rows are saved, and what cannot be made of them is told"
    assert {done.exit_code for done in found} <= {0, 2}
    assert found[1].exit_code == 2
    assert "runs.db: what is stored here cannot be read" in found[1].output


@pytest.mark.parametrize(
    ("changed", "command"),
    [
        ("runs SET versions = '[7]'", "verify"),
        ("runs SET draw = '[7]'", "verify"),
        ("networks SET residents = '[1]'", "report"),
        ("networks SET ties = '[[0, 999, 1]]'", "report"),
    ],
)
def test_what_is_stored_in_another_shape_is_told(
    stored, tmp_path, kinwell, monkeypatch, changed, command
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    change(Path("r/runs.db"), f"UPDATE {changed}")
    found = kinwell(command, "r")
    assert found.exit_code == 2
    assert "runs.db: what is stored here cannot be read" in found.output


VERSIONS, RESOLVED = "runs SET versions = '{not json'", "scenarios SET resolved = '{not yaml'"


@pytest.mark.parametrize(
    ("changed", "command", "told"),
    [
        (VERSIONS, "verify", "a text is not JSON"),
        (VERSIONS, "export --crate", "a text is not JSON"),
        (RESOLVED, "verify", "the scenario "),
        (RESOLVED, "audit", "the scenario "),
        (RESOLVED, "explain", "the scenario "),
        (RESOLVED, "export --crate", "a scenario"),
    ],
)
def test_a_damaged_text_is_told_with_its_database_and_no_reader_is_quoted(
    stored, tmp_path, kinwell, monkeypatch, changed, command, told
):
    """Another reader's words, and places in files that nobody has."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    change(Path("r/runs.db"), f"UPDATE {changed}")
    command, *options = command.split()
    found = kinwell(command, "r", *options)
    assert found.exit_code == 2
    assert f"runs.db: what is stored here cannot be read ({told}" in found.output
    assert "double quotes" not in found.output
    assert ".yaml:" not in found.output


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("scenarios = '{'", "runs.db: what is stored here cannot be read"),
        ("replicates = 1e15", "seeds do not match: 1 of 2 replicates"),
    ],
)
def test_a_plan_that_was_changed_by_hand_is_told_where_runs_are_missing(
    stored, tmp_path, kinwell, monkeypatch, asked, told
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    gone = "DELETE FROM runs WHERE seed = 2 AND scenario = (SELECT min(scenario) FROM runs)"
    change(Path("r/runs.db"), gone, f"UPDATE plans SET {asked}")
    for words in (("compare", "r"), ("report", "r", "--for", "planner")):
        found = kinwell(*words)
        assert found.exit_code == 2
        assert told in found.output


def test_what_can_be_saved_of_a_damaged_table_is_saved(stored, tmp_path, kinwell, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    path = Path("r/runs.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'decisions'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    raw = bytearray(path.read_bytes())
    raw[(root - 1) * size : root * size] = b"\xaa" * size
    path.write_bytes(raw)
    made = kinwell("export", "r", "--csv", "-o", "saved")
    assert made.exit_code == 1
    assert "decisions:" in made.stderr
    assert len(pd.read_csv("saved/summary.csv")) == 4
    assert len(pd.read_csv("saved/weekly.csv")) > 4


HOSTILE = "'<script>x</script>$_{{1}}' || char(27) || '[31m' || char(8238)"
OBEYED = {"\x1b", "\u202e"}
TEXTS = (
    ("scenarios", "name"),
    ("ledger", "account"),
    ("ledger", "payer"),
    ("subgroups", "dimension"),
    ("subgroups", "group_name"),
    ("places", "service"),
    ("posts", "role"),
    ("runs", "commit"),
    ("plans", "command"),
)
"""Text that readers show, to which something is added that a page or a terminal might obey."""


def test_text_in_another_encoding_is_told_and_saved(stored, tmp_path, kinwell, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r").mkdir()
    shutil.copy(stored / "runs.db", "r")
    change(Path("r/runs.db"), "UPDATE scenarios SET title = CAST(x'636166e9' AS TEXT)")
    made = kinwell("compare", "r")
    assert made.exit_code == 2
    assert "what is stored here cannot be read" in made.stderr
    saved = kinwell("export", "r", "--csv")
    assert saved.exit_code == 1
    assert "runs.db: what is stored here cannot be read" in saved.stderr
    assert pd.read_csv("r/csv/scenarios.csv")["title"].tolist() == [r"caf\xe9"] * 2


def test_a_view_that_cannot_be_read_is_told(stored, tmp_path, kinwell, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("r").mkdir()
    shutil.copy(stored / "runs.db", "r")
    change(Path("r/runs.db"), "DROP VIEW comparison", "CREATE VIEW comparison AS SELECT a FROM b")
    made = kinwell("export", "r", "--csv")
    assert made.exit_code == 1
    assert "unexpected" not in made.output
    assert Path("r/csv/summary.csv").is_file()


def test_names_in_a_strangers_database_choose_no_file(stored, tmp_path, kinwell, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stored, "r")
    change(
        Path("r/runs.db"),
        'CREATE TABLE "../../elsewhere" (a)',
        "UPDATE scenarios SET name = '../../stranger-elsewhere' WHERE name = 'b'",
        "UPDATE scenarios SET title = '=cmd|calc' || char(27) || '[31m'",
        *(
            f'UPDATE OR IGNORE "{table}" SET "{name}" = "{name}" || {HOSTILE}'
            for table, name in TEXTS
        ),
        f"UPDATE scenarios SET resolved = json_set(resolved, '$.title', 'T' || {HOSTILE},"
        f" '$.summary', 'S' || {HOSTILE}, '$.services.psychiatry.title', {HOSTILE})",
    )
    for words in READERS[:-1]:
        made = kinwell(*words)
        assert "unexpected" not in made.output
        assert not OBEYED & set(made.output)
    page = Path("r/report.html").read_text(encoding="utf-8")
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    assert not OBEYED & set(page)
    names = {path.name for path in tmp_path.parent.rglob("*")}
    assert not {name for name in names if name.startswith(("elsewhere", "stranger-elsewhere"))}
    assert "'=cmd|calc\\x1b[31m" in Path("r/csv/scenarios.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("asked", [("--scale", "10%"), ("--set", "horizon=9"), ("-n", "9")])
def test_a_folder_that_is_compared_takes_no_settings_of_runs(stored, kinwell, asked):
    found = kinwell("compare", str(stored), *asked)
    assert found.exit_code == 2
    assert "is compared as it was run" in found.stderr


def test_excel_gets_the_mark_that_it_knows(stored, tmp_path, kinwell):
    made = kinwell("export", stored, "--csv", "--excel", "-o", tmp_path / "x")
    assert made.exit_code == 0
    for file in (tmp_path / "x").glob("*.csv"):
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert kinwell("export", stored, "--csv", "-o", tmp_path / "y").exit_code == 0
    assert not (tmp_path / "y" / "runs.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert kinwell("export", stored, "--crate", "--excel").exit_code == 2


def test_cells_that_a_spreadsheet_would_run_are_text():
    frame = pd.DataFrame({"title": ["=1+1", "+a", "-b", "@c", "plain", None], "amount": [-1.0] * 6})
    made = make_harmless(frame)
    assert made["title"].tolist()[:5] == ["'=1+1", "'+a", "'-b", "'@c", "plain"]
    assert made["amount"].tolist() == [-1.0] * 6


def test_the_last_run_ends_when_it_is_done():
    runs = pd.DataFrame(
        {
            "started": ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:10+00:00"],
            "seconds": [60.0, 5.0],
        }
    )
    assert _find_end(runs) == "2026-01-01T00:01:00+00:00"


def test_numbers_of_numpy_are_numbers():
    town = sim.load("baseline").with_(
        {"population.residents": np.int64(400), "horizon": np.int32(6)}
    )
    assert (town.population.residents, town.horizon) == (400, 6)
