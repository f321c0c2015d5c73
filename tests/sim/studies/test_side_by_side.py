"""Tasks side by side: in their order, and no process is left behind, however the program ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import KinwellError
from sim.studies.running.side_by_side import open_processes, run_side_by_side

PROGRAM = """
import os, sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from test_side_by_side import linger
from sim.studies.running.interrupt import SigintHandler
from sim.studies.running.side_by_side import run_side_by_side

with SigintHandler(last=True):
    list(run_side_by_side(linger, [({place!r}, {seconds})] * 200, 2))
"""


def linger(task):
    """Work of so many seconds, in a process that says who it is."""
    place, seconds = task
    (Path(place) / str(os.getpid())).touch()
    time.sleep(seconds)


def end_the_process(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_once(number):
    if number == 1:
        raise ZeroDivisionError("of one")
    time.sleep(0.3)
    return os.getpid(), number


class Unsendable(Exception):
    """An error that cannot be made again of what it says of itself."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def raise_unsendable(number):
    raise Unsendable(number, number)


def start(tmp_path, environment, seconds=0.5):
    """A program whose two workers are at work; what it writes in, and who they are."""
    place = tmp_path / "alive"
    place.mkdir()
    script = tmp_path / "study.py"
    script.write_text(
        PROGRAM.format(folder=str(Path(__file__).parent), place=str(place), seconds=seconds)
    )
    program = subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(list(place.iterdir())) == 2, 60)
    return program, [int(one.name) for one in place.iterdir()]


def wait_until(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_alive(process):
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_answers_come_in_the_order_of_the_tasks():
    assert list(run_side_by_side(abs, [-3, 1, -2], 2)) == [3, 1, 2]
    assert list(run_side_by_side(abs, [-3, 1, -2], 1)) == [3, 1, 2]


def test_a_process_that_is_lost_is_told_in_a_sentence():
    with pytest.raises(KinwellError, match="fewer workers"):
        list(run_side_by_side(end_the_process, range(6), 2))


def test_what_a_task_raises_is_raised_and_nothing_of_it_reaches_the_next_round():
    with open_processes(2) as run:
        with pytest.raises(ZeroDivisionError, match="of one"):
            list(run(fail_once, [0, 1, 2, 3]))
        first = list(run(fail_once, [4, 5, 6]))
        assert [number for _, number in first] == [4, 5, 6]
        second = list(run(fail_once, [7, 8]))
    assert {who for who, _ in second} <= {who for who, _ in first}
    with pytest.raises(RuntimeError, match="Unsendable: 2 and 2"):
        list(run_side_by_side(raise_unsendable, [2, 2], 2))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("presses", [1, 2])
def test_long_work_is_not_waited_for_and_nothing_is_complained_about(
    tmp_path, environment, end, presses
):
    program, workers = start(tmp_path, environment, seconds=60)
    for _ in range(presses):
        program.send_signal(end)
        time.sleep(0.05)
    assert program.communicate(timeout=20)[1] == ""
    assert program.returncode == 130
    wait_until(lambda: not any(map(is_alive, workers)), 5)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_program(tmp_path, environment, end):
    program, workers = start(tmp_path, environment)
    program.send_signal(end)
    said = program.communicate(timeout=20)[1]
    assert "Traceback" not in said
    assert program.returncode == (-end if end == signal.SIGKILL else 130)
    wait_until(lambda: not any(map(is_alive, workers)), 5)
