"""A community as a whole: same seed, same bits; snapshots; what it refuses; and in which direction things go."""

import numpy as np
import pytest

from sim.community import Community
from sim.errors import KinwellError
from sim.evidence.loader import all_evidence
from sim.outcomes import GROUP_KEYS, KEYS
from sim.scenario.library import list_shipped, load
from sim.state.codes import Event

pytestmark = pytest.mark.core

SMALL = {"population.residents": 400, "warm_up": 8, "horizon": 14}
EARLY = {"services.peer-specialists.from": "week 2", "services.recovery-groups.from": "week 2"}


def small(name):
    scenario = load(name).with_(SMALL)
    return scenario.with_(EARLY) if "peer-specialists" in scenario.services else scenario


def state(community):
    """Bytes of everything that one week leaves to the next."""
    world = community.world
    tables = (world.residents, world.ties, world.provision.staff, world.provision.offers)
    columns = [column for table in tables for column in table]
    rest = (
        world.published,
        world.fidelity,
        world.scale,
        world.share,
        world.starts,
        world.early,
        community.treasury.balance,
        community.treasury.usual_fees,
    )
    return [np.ascontiguousarray(column).tobytes() for column in (*columns, *rest)]


def same(one, two):
    return (
        all(one.weekly[key].tobytes() == two.weekly[key].tobytes() for key in KEYS)
        and list(one.ledger) == list(two.ledger)
        and [str(row) for row in one.subgroups] == [str(row) for row in two.subgroups]
        and [str(row) for row in one.decisions] == [str(row) for row in two.decisions]
        and [str(row) for row in one.places] == [str(row) for row in two.places]
    )


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    one, two, other = (Community(small("peer-pilot"), rng=seed) for seed in (5, 5, 6))
    assert same(one.run(), two.run())
    assert state(one) == state(two)
    other.run()
    assert state(one) != state(other)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_have_no_part_in_any_number(threads):
    """Twenty thousand people, so that threads are used, half of them in care."""
    busy = load("baseline").with_(
        {
            "population.residents": 20_000,
            "warm_up": 3,
            "horizon": 4,
            "parameters.seeking.seeking": 0.5,
            "parameters.seeking.notice_phq": 0,
            "services.primary-care.caseload": 12_000,
            "services.community-therapy.caseload": 600,
        }
    )
    alone, together = Community(busy, rng=2, threads=1), Community(busy, rng=2, threads=threads)
    assert same(alone.run(), together.run())
    assert state(alone) == state(together)
    assert (
        together.world.provision.offers.held.sum() == together.world.residents.sessions.sum() > 500
    )
    together.close()


def test_threads_have_no_part_in_ties_lists_and_turnover():
    """All services, through a turnover: ties end and form, lists are called, people come and go."""
    town = load("whole-town").with_({"population.residents": 20_000, "warm_up": 3, "horizon": 15})
    runs = [Community(town, rng=2, threads=threads).warm_up() for threads in (1, 2, 3)]
    before = runs[0].world.ties.since.copy()
    results = [run.run() for run in runs]
    for run, result in zip(runs[1:], results[1:], strict=True):
        assert same(results[0], result)
        assert state(runs[0]) == state(run)
        run.close()
    world = runs[0].world
    assert world.came.sum() > 100
    assert (world.ties.since != before).sum() > 1_000


@pytest.mark.parametrize("name", list_shipped())
def test_going_on_from_a_snapshot_is_living_the_warm_up_oneself(name):
    """From the snapshot of the baseline where the past is the same, otherwise from its own."""
    scenario, usual = small(name), small("baseline")
    past = (
        Community(usual if usual.past_hash == scenario.past_hash else scenario, rng=9)
        .warm_up()
        .snapshot()
    )
    resumed, lived = Community.resume(scenario, past), Community(scenario, rng=9)
    assert resumed.week == 0
    assert same(resumed.run(), lived.run())
    assert state(resumed) == state(lived)


def test_a_snapshot_is_used_many_times_and_stays_as_it_is():
    past = Community(small("baseline"), rng=9).warm_up().snapshot()
    first = Community.resume(small("funding-cut"), past).run()
    Community.resume(small("peer-pilot"), past).run()
    assert same(first, Community.resume(small("funding-cut"), past).run())


def test_a_past_under_a_draw_of_prices_is_that_of_the_scenario_as_it_is_declared():
    """In the world fees are those of the draw; a stored run was refused its own burn-in for it."""
    scenario = small("baseline")
    draw = {record.id: record.high for record in all_evidence().values() if record.price_year}
    past = Community(scenario, rng=9, draw=draw).warm_up().snapshot()
    assert past.past_hash == small("baseline").past_hash
    assert Community.resume(small("baseline"), past).week == 0


def test_a_snapshot_is_refused_by_a_town_with_services_in_another_order():
    """Who is asked and paid first is part of a run, and so of its past."""
    scenario = small("baseline")
    services = scenario.resolved()["services"]
    turned = scenario.with_({"services": dict(reversed(services.items()))})
    assert list(turned.services) != list(scenario.services)
    past = Community(scenario, rng=9).warm_up().snapshot()
    with pytest.raises(KinwellError, match="another past"):
        Community.resume(turned, past)
    assert Community.resume(scenario.with_({"services": services}), past).week == 0


@pytest.mark.parametrize("warm_up", [0, 2])
def test_what_begins_in_week_0_is_in_no_past_also_without_a_burn_in(warm_up):
    """A service of week 0 stood fully staffed where nothing ran before, unless somebody shared it."""
    usual = small("baseline").with_({"warm_up": warm_up, "horizon": 3})
    peers = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 10, "from": 0}
    shock = {"kind": "staff_shortage", "role": "therapist", "at": 0, "share": "50%"}
    changed = usual.with_({"services.peers": peers, "shocks.loss": shock})
    assert changed.past_hash == usual.past_hash
    towns = [
        Community(changed, rng=9),
        *(
            Community.resume(changed, Community(past, rng=9).warm_up().snapshot())
            for past in (usual, changed)
        ),
    ]
    for town in towns:
        town.run()
    for name in ("distress", "care_service", "wait_service"):
        assert len({getattr(town.world.residents, name).tobytes() for town in towns}) == 1, name
    assert len({town.world.provision.staff.filled.tobytes() for town in towns}) == 1


def test_a_scenario_with_another_past_is_refused():
    past = Community(small("baseline"), rng=9).warm_up().snapshot()
    with pytest.raises(KinwellError, match="another past"):
        Community.resume(small("baseline").with_({"services.ward.beds": 3}), past)


def test_a_draw_changes_parameters_and_an_unknown_one_is_refused():
    usual = Community(small("baseline"), rng=9)
    drawn = Community(small("baseline"), rng=9, draw={"life.events": 0.2})
    assert drawn.world.parameters.life.events == 0.2
    assert usual.world.parameters.life.events != 0.2
    with pytest.raises(KinwellError, match=r"life\.misfortune"):
        Community(small("baseline"), draw={"life.misfortune": 1.0})


def test_results_have_every_outcome_for_every_week():
    results = Community(small("peer-pilot"), rng=1).run()
    assert set(results.weekly) == set(KEYS) == set(results.summary)
    assert all(values.shape == (14,) for values in results.weekly.values())
    assert {group["dimension"] for group in results.subgroups} == {
        "neighbourhood",
        "income",
        "age",
        "sex",
        "severity",
    }
    assert all(set(GROUP_KEYS) <= set(group) for group in results.subgroups)
    assert {row["week"] for row in results.places} == {12, 13}


@pytest.mark.parametrize("warm_up", [0, 5])
def test_subgroups_are_who_people_are_at_the_start_with_or_without_a_warm_up(warm_up):
    community = Community(
        load("baseline").with_(SMALL | {"warm_up": warm_up, "horizon": 2}), rng=4
    ).warm_up()
    lived = np.bincount(
        community.world.residents.neighbourhood, weights=community.world.residents.alive
    )
    groups = [
        group["residents"]
        for group in community.run().subgroups
        if group["dimension"] == "neighbourhood"
    ]
    assert np.abs(np.array(groups) - lived).max() <= 1


def test_a_ward_that_ends_admits_nobody_afterwards():
    ends = {
        "services.ward.until": "week 6",
        "services.ward.beds": 6,
        "parameters.crisis.crisis": -5.0,
    }
    community = Community(small("baseline").with_(ends), rng=3)
    while community.week < 6:
        community.step()
    results = community.results()
    assert results.weekly["admissions"][:6].sum() > 0
    while community.week < 14:
        community.step()
        assert not (community.world.residents.happened & Event.ADMITTED).any(), (
            f"week {community.week - 1}"
        )
    assert results.weekly["beds_occupied"].size == 14


def test_more_people_than_places_is_an_error_of_ours_and_says_so():
    community = Community(small("baseline"), rng=1)
    community.world.provision.offers.enrolled[0] = 10_000
    with pytest.raises(KinwellError, match=r"10000 people are enrolled in primary-care"):
        community.conservation.check(community.world, community.treasury, 0, 0)
