"""A bar on a terminal, lines elsewhere, and lengths of time in words."""

import io

import pytest

from sim.studies.running.progress import Bar, Lines, choose_progress, say_time
from sim.units import say_count


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_bar_and_a_log_gets_lines():
    assert isinstance(choose_progress(Terminal()), Bar)
    assert isinstance(choose_progress(io.StringIO()), Lines)


def test_the_bar_counts_runs_and_failures():
    screen = Terminal()
    bar = Bar(screen)
    bar.start(3, 1)
    bar.advance()
    bar.advance(failed=True)
    bar.finish()
    assert "3/3" in screen.getvalue()
    assert "failed=1" in screen.getvalue()


def test_one_run_is_one_run():
    log = io.StringIO()
    lines = Lines(log)
    lines.start(1, 0)
    lines.advance()
    assert log.getvalue().splitlines() == ["1 run", "100 %  1 of 1 run"]
    assert [say_count(n, "run") for n in (0, 1, 2_000)] == ["0 runs", "1 run", "2,000 runs"]


def test_no_time_is_left_only_when_no_run_is():
    log = io.StringIO()
    lines = Lines(log)
    lines.start(3, 0)
    for _ in range(3):
        lines.advance()
    first, *between, last = log.getvalue().splitlines()[1:]
    assert all("about 1 s left" in line for line in (first, *between))
    assert "left" not in last


def test_lines_begin_where_the_study_was_left():
    log = io.StringIO()
    lines = Lines(log)
    lines.start(4, 2)
    lines.advance()
    lines.advance(failed=True)
    lines.finish()
    assert log.getvalue().splitlines()[0] == "4 runs, 2 of them stored already"
    assert log.getvalue().splitlines()[-1] == "100 %  4 of 4 runs, 1 failed"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "3 s"), (120, "2 min"), (7200, "2.0 h"), (4 * 86_400, "4.0 days"), (0.4, "less than 1 s")],
)
def test_time_is_said_in_words(seconds, said):
    assert say_time(seconds) == said
