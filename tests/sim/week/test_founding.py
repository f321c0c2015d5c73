"""Founding a world: staff at the start, and a past carried into another scenario."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.state.codes import Event, KindParameter
from sim.state.residents import NEVER
from sim.week.start import burn_in
from sim.week.start.burn_in import run_burn_in
from sim.week.start.initialisation import find_vacancy, inherit


@pytest.fixture(scope="module")
def large():
    """Many posts, to see how they are filled at the start."""
    therapists = {"services.community-therapy.staff": {"therapist": 2_000}}
    return Community(
        load("baseline").with_({"population.residents": 50, **therapists}), rng=3
    ).world


def test_most_posts_are_filled_at_the_start(large):
    staff, p = large.provision.staff, large.parameters.workforce
    vacant = 1 - staff.filled[staff.open == 1].mean()
    assert vacant == pytest.approx(p.vacancy_share, abs=0.03)
    assert (staff.training == 0).all()


def test_strain_at_the_start_has_its_mean_and_spread_whatever_the_tenure(large):
    staff, p = large.provision.staff, large.parameters.workforce
    filled = staff.filled == 1
    strain, tenure = staff.strain[filled], staff.tenure[filled] / 260
    spread = p.strain_noise / np.sqrt(1 - (1 - p.strain_pull) ** 2)
    assert strain.mean() == pytest.approx(p.strain, abs=0.02)
    assert strain.std() == pytest.approx(spread, rel=0.06)
    for shape in (np.cos(2 * np.pi * tenure), np.sin(2 * np.pi * tenure), tenure):
        assert abs(np.corrcoef(strain, shape)[0, 1]) < 0.09
    assert tenure.mean() == pytest.approx(0.5, abs=0.03)


def test_places_waits_and_staff_are_found_again_under_other_numbers(town, live):
    past = live(town, 0)
    names = list(past.world.provision.names)
    data = town.resolved()["services"]
    turned = town.with_({"services": {name: data[name] for name in reversed(names)}})
    world = inherit(turned, past.world, 1)
    last = len(names) + 1
    old, new = past.world.residents.care_service, world.residents.care_service
    assert (old > 0).sum() > 5
    assert np.array_equal(np.where(old > 0, last - old.astype(int), 0), new)
    before = {int(key): k for k, key in enumerate(past.world.provision.staff.key)}
    for k, key in enumerate(world.provision.staff.key):
        for column in ("filled", "strain", "tenure", "holder"):
            assert (
                getattr(world.provision.staff, column)[k]
                == getattr(past.world.provision.staff, column)[before[int(key)]]
            )
    assert world.fidelity.tolist() == past.world.fidelity[::-1].tolist()
    assert world.residents.distress is not past.world.residents.distress


def test_what_has_not_begun_is_each_scenarios_own(town, live):
    """A second pilot in the same folder once reached out as the first one did."""
    service = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 4, "from": 2}
    quiet, loud = (
        town.with_({"name": f"reach-{share}", "services.later": {**service, "outreach": share}})
        for share in (0.0, 0.4)
    )
    assert quiet.past_hash == loud.past_hash == town.past_hash
    snapshot = live(quiet, 0).snapshot()
    for scenario, share in ((loud, 0.4), (quiet, 0.0)):
        world = inherit(scenario, snapshot.world, 1)
        row = world.provision.names.index("later")
        reach = world.provision.offers.kind_parameters[row, KindParameter.OUTREACH]
        assert reach == share
    without = inherit(town, snapshot.world, 1)
    assert "later" not in without.provision.names
    assert np.array_equal(
        without.residents.care_service, live(town, 0).world.residents.care_service
    )


def test_the_time_before_is_half_a_year_of_life_and_two_years_of_stays(
    people, p, seed, monkeypatch
):
    """In it nobody grows older or dies, nothing of it is an event of the first week, and the town is where it was."""
    r, weeks, shown = people(1_500), [], []

    def run(phases, world, start, stop):
        assert phases == ("experience_events", "socialise", "update_symptoms")
        assert (start, stop) == (0, 1_500)
        life = world.parameters.life
        assert (life.mortality, life.suicide, life.years_per_week) == (0.0, 0.0, 0.0)
        weeks.append(world.week)
        r.happened[:] = Event.CRISIS

    monkeypatch.setattr(burn_in, "run_phases", run)
    calm = p.crisis._replace(crisis=-3.0, crisis_recent=0.0, crisis_discharge=0.0)
    given = p._replace(crisis=calm._replace(admission_recent=0.0, admission=0.0))
    world = SimpleNamespace(
        residents=r, week=3, parameters=given, seed=seed, publish=lambda: shown.append(world.week)
    )
    run_burn_in(world)
    assert weeks == shown == list(range(3 - 26, 3))
    assert (world.week, world.parameters) == (3, given)
    assert not r.happened.any()
    gone = r.admissions > 0
    # Of so many, some have had their only stay in the first week of the two years, none before it.
    assert r.discharged[gone].max() == 2 * 52 - 1
    assert (r.discharged[~gone] == NEVER).all()


def test_posts_are_vacant_by_odds_in_proportion_to_the_weeks_that_they_are_looked_for(p):
    """At the usual ten weeks a tenth; at thirty three to nine, at two and a half a quarter to nine."""
    given = p._replace(
        workforce=p.workforce._replace(vacancy_share=0.1),
        raw={**p.raw, "workforce.vacancy_weeks": 10.0},
    )
    provision = SimpleNamespace(recruiting=np.array([10.0, 30.0, 2.5]))
    assert find_vacancy(provision, given) == pytest.approx([0.1, 3 / 12, 0.25 / 9.25])
    none = given._replace(workforce=p.workforce._replace(vacancy_share=0.0))
    assert find_vacancy(provision, none).tolist() == [0.0, 0.0, 0.0]


def test_what_the_past_has_counted_goes_on_and_a_service_of_it_must_stand(town, live):
    past = live(town, 0)
    past.world.came[:], past.world.moved_away, past.world.died = (5, 7), 11, 3
    past.world.starts[:], past.world.early[:], past.world.trust[:] = 4, 2, 0.5
    world = inherit(town, past.world, 1)
    assert (world.came.tolist(), world.moved_away, world.died) == ([5, 7], 11, 3)
    assert world.week == past.world.week
    stood = np.array([each.stands_before_week_0 for each in past.world.provision.declared])
    assert not stood.all()
    for name, value in (("starts", 4), ("early", 2), ("trust", 0.5)):
        column = getattr(world, name)
        assert (column[stood] == value).all(), name
        assert not column[~stood].any(), name
    more = {"kind": "one_to_one_peer", "staff": {"peer": 2}, "caseload": 4}
    with pytest.raises(ValueError, match="service others was there in the past"):
        inherit(town, live(town.with_({"services.others": more}), 0).world, 1)
