"""Posts and lists by quarter: who came and who left account for who is in post, and people who give
up are found at the list that they left.
"""

import itertools

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.library import load
from sim.week.start.initialisation import find_vacancy

LISTS = {
    "services.peers.recruiting_takes": "39 weeks",
    "parameters.seeking.give_up": 1.0,
    "parameters.workforce.turnover": 2.0,
    "services.community-therapy.staff": {"therapist": 1},
}


@pytest.fixture(scope="module")
def lived(town):
    """A town in which people wait for one therapist and give up easily."""
    community = Community(town.with_(LISTS), rng=1)
    return community, community.run()


def by_kind(rows):
    kinds = sorted({(row["service"], row["role"]) for row in rows})
    return {kind: [r for r in rows if (r["service"], r["role"]) == kind] for kind in kinds}


def test_people_in_post_are_those_before_and_hired_less_those_who_left(lived):
    for rows in by_kind(lived[1].posts).values():
        for before, row in itertools.pairwise(rows):
            assert row["filled"] == before["filled"] + row["hired"] - row["left"]


def test_the_last_quarter_is_what_the_town_ends_with(lived):
    community, results = lived
    staff, names = community.world.provision.staff, community.world.provision.names
    last = max(row["week"] for row in results.posts)
    assert last == community.declared.horizon - 1
    for s, name in enumerate(names):
        mine = [row for row in results.posts if row["service"] == name and row["week"] == last]
        filled = int(staff.filled[staff.service == s].sum())
        assert sum(row["filled"] for row in mine) == filled
        opened = float((staff.open * staff.hours)[staff.service == s].sum())
        assert sum(row["posts_fte"] for row in mine) == pytest.approx(opened)
    assert sum(row["left"] for row in results.posts) >= results.summary["leavers"] > 0


def test_recruiting_starts_when_posts_open(lived):
    (first, *_) = by_kind(lived[1].posts)["peers", "peer"]
    assert first["recruiting_from"] is not None
    assert first["recruiting_from"] >= 4


def test_who_gives_up_is_counted_at_the_list_that_was_left(lived):
    _, results = lived
    left = {}
    for row in results.places:
        left[row["service"]] = left.get(row["service"], 0.0) + row["gave_up"]
    assert left["community-therapy"] > 0
    assert sum(left.values()) >= results.summary["gave_up_waiting"] > 0
    assert sum(left.values()) <= 1.1 * results.summary["gave_up_waiting"]
    assert sum(row["started"] for row in results.places) >= results.summary["started_care"]


def test_people_met_in_a_crisis_have_started_at_the_service_that_met_them():
    town = load("crisis-care").with_(
        {
            "population.residents": 3000,
            "horizon": 52,
            "warm_up": 8,
            "services.crisis-line.enabled": False,
        }
    )
    results = Community(town, rng=1).run()
    at_team = [row for row in results.places if row["service"] == "crisis-team"]
    # Nobody waits for a crisis team, and a year sees more people than it has at any one time.
    assert {row["wait_in_quarter"] for row in at_team} == {None}
    assert sum(row["started"] for row in at_team) > max(row["enrolled"] for row in at_team) > 0
    # No service here is of low intensity: people who start are those told by service, but for
    # the few who start at two in one week.
    started, told = results.summary["started_care"], sum(row["started"] for row in results.places)
    assert started <= told <= 1.02 * started


def test_posts_stand_empty_in_proportion_to_the_time_that_recruiting_takes(town, live):
    usual = live(town, -4).world
    slow = live(town.with_({"services.primary-care.recruiting_takes": "40 weeks"}), -4).world
    share = usual.parameters.workforce.vacancy_share
    place = slow.provision.names.index("primary-care")
    assert find_vacancy(usual.provision, usual.parameters).tolist() == [share] * len(
        usual.provision.names
    )
    found = find_vacancy(slow.provision, slow.parameters)
    assert found[place] == pytest.approx(4 * share / (1 + 3 * share))
    assert np.delete(found, place).tolist() == [share] * (len(found) - 1)


def test_a_time_for_recruiting_without_posts_is_noted(town):
    nobody = town.with_({"services.emergency.recruiting_takes": "39 weeks"})
    (note,) = [n for n in find_inactive(nobody) if n.path[-1] == "recruiting_takes"]
    assert note.path[:2] == ("services", "emergency")
