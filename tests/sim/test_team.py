"""Threads that share rows: each row once, in order, and whoever fails is heard."""

from threading import get_ident

import pytest

from sim.engine.team import LARGE, Team


@pytest.fixture(params=[1, 2, 3])
def team(request):
    team = Team(request.param, LARGE)
    yield team
    team.close()


@pytest.mark.parametrize("rows", [0, 1, 5, 1_000])
def test_every_row_is_worked_on_once_and_what_it_came_to_stands_in_order(team, rows):
    ranges = team.share(lambda start, stop: list(range(start, stop)), rows)
    assert [row for each in ranges for row in each] == list(range(rows))


def test_others_take_a_share_where_there_are_any(team):
    """The first range of each thread lasts until all have begun, so that none takes everything."""
    begun, wanted = set(), min(team.size, 3)

    def work(*_):
        begun.add(get_ident())
        while len(begun) < wanted:
            pass

    team.share(work, 1_000)
    assert len(begun) == wanted


def test_a_small_town_has_one_thread():
    assert Team(4, LARGE - 1).size == 1


@pytest.mark.parametrize("fails", [0, 999])
def test_what_fails_in_one_range_fails_for_whoever_asks(team, fails):
    def work(start, stop):
        if start <= fails < stop:
            raise ValueError("a row")

    with pytest.raises(ValueError, match="a row"):
        team.share(work, 1_000)
    assert team.share(lambda start, stop: stop - start, 10)
