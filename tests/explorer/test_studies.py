"""What the page shows is what the command line gives, to the bit; and it ends without leaving anything behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.usefixtures("run"), pytest.mark.slow]
PROGRAM = "import sys; sys.argv[0] = 'kinwell'; from sim.cli import main; main()"
SUMMARY = "SELECT scenarios.name, runs.seed, summary.* FROM summary JOIN runs ON runs.key = summary.run JOIN scenarios ON scenarios.hash = runs.scenario ORDER BY 1, 2"


def kinwell(folder, *words):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def read(database, sql):
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def run(session):
    session.post("/run", {"how": "run", "replicates": "4", "seed": "1", "from": "pilot"})
    return session.wait()


def test_the_page_shows_what_the_command_line_gives_to_the_bit(session, folder):
    command = shlex.split(
        re.search(r'id="command" class="command">([^<]+)<', session.get("/p/pilot")[2])[1]
    )
    assert command[:2] == ["kinwell", "compare"]
    again = kinwell(folder, *command[1:-2], "-o", "results/fresh", "--json", "fresh.json")
    assert again.returncode == 0, again.stderr
    ours, theirs = (
        read(folder / "results" / name / "runs.db", SUMMARY) for name in ("small", "fresh")
    )
    assert ours == theirs
    assert len(ours) == 8
    found = json.loads((folder / "fresh.json").read_text(encoding="utf-8"))["differences"]["pilot"][
        "expected_admissions"
    ]
    from analysis import compare

    assert (
        compare(folder / "results" / "small", "small-town").to_json()["differences"]["pilot"][
            "expected_admissions"
        ]
        == found
    )


def test_the_sentence_of_the_page_is_that_of_the_report(run, session, folder):
    sentence = re.search(r'id="sentence"[^>]*>([^<]+)<', run)[1]
    status, headers, _ = session.post("/report", {"from": "pilot", "audience": "funder"})
    assert (status, headers["location"]) == (303, "/report/report-funder.html")
    _, headers, page = session.get("/report/report-funder.html")
    assert sentence in page.replace("\u2060", "")  # what keeps a minus with its number
    assert "sandbox" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert (folder / "results" / "small" / "report-funder.html").is_file()


def test_the_same_command_finds_every_run_stored(session, folder):
    command = shlex.split(
        re.search(r'id="command" class="command">([^<]+)<', session.get("/p/pilot")[2])[1]
    )
    before = read(
        folder / "results" / "small" / "runs.db", "SELECT key, started FROM runs ORDER BY key"
    )
    assert kinwell(folder, *command[1:]).returncode == 0
    assert (
        read(folder / "results" / "small" / "runs.db", "SELECT key, started FROM runs ORDER BY key")
        == before
    )


@pytest.mark.parametrize(
    "see",
    ["headline", "programmes", "weeks", "neighbourhoods", "care", "money", "decisions", "gains"],
)
def test_every_view_is_drawn(session, see):
    _, _, text = session.get(f"/results/view?see={see}&focus=pilot")
    assert "cannot be drawn" not in text
    assert "no results" not in text
    assert "<table" in text or "<img" in text or "No decisions" in text


def test_the_way_through_care_goes_week_by_week(session):
    first, later = (
        session.get(f"/results/view?see=care&focus=pilot&chosen={week}")[2] for week in (5, 50)
    )
    assert "Week 5<" in first
    assert "Week 50<" in later
    assert first != later
    assert "Week 52<" in session.get("/results/view?see=care&focus=pilot&chosen=9999")[2]
    for week in ("-3", "%C2%B2"):
        assert "Week 52<" in session.get(f"/results/view?see=care&focus=pilot&chosen={week}")[2]


def test_counts_that_are_none_are_taken_for_nothing_seen(session):
    for typed in ("--5", "%C2%B2", "5-", "9" * 5000):
        assert session.get(f"/pulse?focus=pilot&see=headline&seen={typed}&had={typed}")[0] == 200


def test_a_changed_lever_marks_results_stale_and_new_ones_take_their_place(session):
    session.post("/p/pilot/set", {"path": "services.peers.staff.peer", "value": "3"})
    assert "run again" in session.wait("run again")
    session.post("/run", {"how": "run", "replicates": "3", "seed": "1", "from": "pilot"})
    text = session.wait("3 paired")
    assert "run again" not in session.wait("Done")
    session.post("/p/pilot/undo")
    assert "run again" in session.wait("run again"), text


def test_replicates_are_added(session):
    session.post("/run", {"how": "add", "replicates": "4", "seed": "1", "from": "pilot"})
    assert "14 paired" in session.wait("14 paired")


def test_until_it_is_clear_goes_on_and_says_why_it_stopped(session):
    session.post(
        "/run",
        {"how": "clear", "replicates": "3", "seed": "1", "precision": "30%", "from": "pilot"},
        HX_Request="true",
    )
    # Results are told before it is decided whether they are enough.
    assert re.search("Tight enough|limit", session.wait("ight enough"))
    wrong = session.post(
        "/run",
        {"how": "clear", "replicates": "3", "seed": "1", "precision": "much", "from": "pilot"},
        HX_Request="true",
    )
    assert "--precision much" in wrong[2]


def test_a_study_stops_and_keeps_what_was_finished(session, folder):
    session.post("/run", {"how": "run", "replicates": "60", "seed": "500", "from": "pilot"})
    session.wait("Running")
    session.post("/run", {"how": "stop"})
    session.wait("Stopped")
    assert not read(
        folder / "results" / "small" / "runs.db",
        "SELECT * FROM runs WHERE status NOT IN ('done', 'failed')",
    )


def test_what_is_wrong_with_a_programme_keeps_it_from_running(session):
    session.post("/p/pilot/set", {"path": "services.peers.caseload", "value": "many"})
    answer = session.post(
        "/run", {"how": "run", "replicates": "3", "seed": "1"}, HX_Request="true"
    )[2]
    assert "1 problem" in answer
    assert "1 problems" not in answer
    session.post("/p/pilot/undo")


def test_a_killed_worker_is_replaced(session, folder):
    before = session.explorer.list_processes()
    session.post("/run", {"how": "run", "replicates": "12", "seed": "900", "from": "pilot"})
    session.wait("Running")
    workers = [
        pid
        for pid in before
        if parent_of(pid) not in {session.explorer.process.pid, 0} and is_worker(pid)
    ]
    os.kill(workers[0], signal.SIGKILL)
    session.wait("12 paired")
    assert not read(folder / "results" / "small" / "runs.db", "SELECT * FROM failures")


def parent_of(pid):
    try:
        return int(
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1]
        )
    except OSError:
        return 0


def is_worker(pid):
    return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace(
        "\0", " "
    )


def test_a_folder_that_somebody_else_writes_to_is_told_of(session, folder):
    from sim.store import Store

    with Store.open(folder / "results" / "small" / "runs.db"):
        session.post("/run", {"how": "run", "replicates": "5", "seed": "1", "from": "pilot"})
        assert "wait for it" in session.wait("another kinwell is writing here")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=str)
def test_nothing_is_left_running(start, number):
    explorer = start("pilot.yaml", "-n", "40", "-o", f"results/ended-{int(number)}")
    deadline = time.monotonic() + 60
    while len(explorer.list_processes()) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    if number == signal.SIGINT:
        assert explorer.stop(number) == 130
    else:
        os.kill(explorer.process.pid, number)
        explorer.process.communicate(timeout=20)
    deadline = time.monotonic() + 15
    while explorer.list_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert explorer.list_processes() == []


def test_a_folder_of_results_is_opened_with_what_was_run(start, sign_in, folder):
    made = kinwell(
        folder,
        "compare",
        "small-town.yaml",
        "pilot.yaml",
        "--against",
        "small-town",
        "-n",
        "3",
        "-o",
        "results/looked-at",
    )
    assert made.returncode == 0, made.stderr
    session = sign_in(start("results/looked-at"))
    assert "3 paired" in session.wait("3 paired")
    assert "run again" not in session.wait("3 paired")
