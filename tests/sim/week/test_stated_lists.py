"""The burn-in is led to what a scenario states of its services at week 0."""

import numpy as np
import pytest

from sim.community import Community
from sim.errors import InvalidInput
from sim.places.week_0 import count, list_stated, say_standing, stand_at_week_0
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.library import load
from sim.scenario.scaling import scale
from sim.week.start.stated_lists import choose_posts

STATED = {"in_care": 24, "waiting": 20, "waited": "7 weeks", "vacant": {"therapist": 1.5}}
TALK = "services.talking-therapies"


@pytest.fixture(scope="module")
def town():
    sized = {"population.residents": 700, "warm_up": 9, "horizon": 20}
    posts = {f"{TALK}.staff.therapist": 2.5, f"{TALK}.at_start": STATED}
    return load("uk-town").with_(sized | posts)


def test_a_town_begins_with_its_stated_lists(town):
    world = Community(town, rng=3).warm_up().world
    stated = list_stated(town)
    assert count(world, stated) == stated
    r, s = world.residents, world.provision.names.index("talking-therapies") + 1
    assert not ((r.care_service == s).any(axis=1) & (r.wait_service == s).any(axis=1)).any()
    waits = np.sort(-r.wait_since[r.wait_service == s])
    assert waits[0] == 0
    assert waits[-1] == 14
    sessions = r.care_sessions[r.care_service == s]
    assert (sessions > 0).mean() > 0.5  # most have been there for a while


def test_lists_are_shortened_as_they_are_filled(town):
    few = town.with_({f"{TALK}.at_start": {"in_care": 1, "waiting": 0, "vacant": {"therapist": 0}}})
    world = Community(few, rng=3).warm_up().world
    stated = list_stated(few)
    assert count(world, stated) == stated


def test_what_is_stated_changes_the_run_and_the_past(town):
    free = town.with_({f"{TALK}.at_start": None})
    assert free.past_hash != town.past_hash
    runs = [Community(scenario, rng=3).run().weekly for scenario in (free, town)]
    assert not np.array_equal(runs[0]["waiting"], runs[1]["waiting"])


def test_a_town_without_burn_in_begins_with_them_too(town):
    town = town.with_({"warm_up": 0})
    stated = list_stated(town)
    assert count(Community(town, rng=3).world, stated) == stated


def test_what_there_is_no_room_for_is_said(town):
    full = town.with_({f"{TALK}.at_start": {"in_care": 80}})
    (said,) = [one.message for one in find_inactive(full) if one.path[1] == "talking-therapies"]
    assert said == "80 people in care, and there are 50 places: so many begin"
    (found,) = stand_at_week_0(full, seeds=(1,))
    assert not found.is_met
    assert found.begun <= 50
    assert "80 stated" in say_standing([found])[0]


def test_a_list_beside_free_places_is_told(town):
    idle = town.with_({f"{TALK}.at_start": {"in_care": 10, "waiting": 5}})
    said = " ".join(one.message for one in find_inactive(idle))
    assert "5 people wait beside 40 places that are free and staffed" in said


@pytest.mark.parametrize(
    ("service", "given", "said"),
    [
        ("ward", {"in_care": 3}, "nobody is enrolled in a service of the kind inpatient_ward"),
        ("talking-therapies", {"vacant": {"therapist": 9}}, "9 vacant posts of 2.5"),
        ("talking-therapies", {"waiting": 900}, "900 people in care and waiting, of 700"),
    ],
)
def test_contradictions_are_refused(town, service, given, said):
    with pytest.raises(InvalidInput, match=said):
        town.with_({f"services.{service}.at_start": given})


def test_a_service_of_later_has_nobody_at_week_0(town):
    with pytest.raises(InvalidInput, match="begins in week 8"):
        town.with_({f"{TALK}.from": "week 8"})


def test_people_and_vacant_posts_are_scaled_and_waits_are_not(town):
    given = scale(town, 0.5).services["talking-therapies"].at_start
    assert (given.in_care, given.waiting, given.vacant) == (12, 10, {"therapist": 0.75})
    assert given.waited == town.services["talking-therapies"].at_start.waited


def test_posts_are_chosen_as_near_as_they_are_divided():
    hours = np.array([1.0, 1.0, 1.0, 0.5])
    assert choose_posts(hours, 1.5).tolist() == [True, False, False, True]
    assert choose_posts(hours, 0.3).tolist() == [False, False, False, True]
    assert choose_posts(hours, 0.2).tolist() == [False] * 4
    assert choose_posts(hours, 3.5).all()
