"""Workforce: strain, leaving, quality, capacity."""

import math

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import StaffFigure
from sim.state.groups import Oversight, Week
from sim.week.supply.workforce import (
    expect_leaving,
    measure_capacity,
    measure_quality,
    rest_peers,
    update_fidelity,
    update_strain,
    update_workforce,
)


def test_strain_follows_load_illness_and_supervision(p):
    q = p.workforce
    calm = 0.42 + q.strain_pull * 0.0
    assert update_strain(0.42, 1.0, 0.0, 0.0, 0.0, q) == pytest.approx(calm)
    assert update_strain(0.42, 1.5, 0.0, 0.0, 0.0, q) == pytest.approx(calm + q.strain_pull * 0.25)
    assert update_strain(0.42, 1.0, 0.0, 1.0, 0.0, q) == pytest.approx(calm + q.strain_pull * 0.15)
    assert update_strain(0.42, 1.0, 1.0, 0.0, 0.0, q) == pytest.approx(calm - q.strain_pull * 0.08)
    assert update_strain(0.99, 1.0, 0.0, 0.0, 9.0, q) == 1.0
    assert update_strain(0.01, 1.0, 0.0, 0.0, -9.0, q) == 0.0


def test_the_strained_and_the_new_leave_sooner(p):
    usual = expect_leaving(0.5, 100, p.workforce)
    assert usual * 365.25 / 7 == pytest.approx(0.30)
    assert expect_leaving(0.9, 100, p.workforce) == pytest.approx(usual * math.exp(1.5 * 0.4))
    assert expect_leaving(0.5, 10, p.workforce) == pytest.approx(1.5 * usual)


def test_work_is_worse_in_training_and_under_strain(p):
    assert measure_quality(0.3, 0, p.workforce) == 1.0
    assert measure_quality(0.8, 0, p.workforce) == pytest.approx(0.8)
    assert measure_quality(0.3, 2, p.workforce) == 0.75


def test_fidelity_drifts_down_without_supervision_and_checks(p):
    fidelity = {}
    for supervised, checked in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        value = 1.0
        for _ in range(1_000):
            value = update_fidelity(value, supervised, checked, p.workforce)
        fidelity[supervised, checked] = value
    assert list(fidelity.values()) == pytest.approx([0.8, 0.95, 0.9, 1.0])
    assert update_fidelity(1.0, 0.0, 0.0, p.workforce) == pytest.approx(
        1.0 - 0.2 * (1 - math.exp(-1 / 40))
    )


def test_places_follow_posts_and_intake_the_people_in_them(services, posts):
    o, staff = services(3), posts(4)
    staff.service[:] = (0, 0, 1, 1)
    staff.hours[1], staff.filled[1], staff.leading[2], staff.open[3] = 0.5, 0, 0, 0
    o.places[2] = 7
    measure_capacity(staff, o, np.array([10.0, 10.0, 0.0]), np.zeros(3, np.int64))
    assert o.places.tolist() == [15, 0, 7]
    assert o.intake.tolist() == [10, 0, 20]


def run(staff, o, p, seed, weeks=1, supervised=0.0, phq=None, recruiting=10.0, **changes):
    given, count = p.workforce._replace(**changes), o.key.size
    tally, fidelity = np.zeros(4), np.ones(count)
    support, checked = np.full(count, supervised), np.zeros(count)
    symptoms = np.zeros(1, np.float32) if phq is None else phq
    oversight = Oversight(support, checked, fidelity, recruiting * np.ones(count))
    for week in range(weeks):
        update_workforce(
            staff, o, symptoms, oversight, tally, Week(week, week_counter_of(week), seed), given
        )
    return tally


def test_people_leave_at_their_hazard_and_vacancies_are_filled_at_theirs(services, posts, p, seed):
    o, staff = services(1), posts(4_000)
    staff.strain[:], staff.filled[3_000:] = 0.5, 0
    tally = run(staff, o, p, seed, turnover=0.1, turnover_strain=0.0, turnover_new=1.0)
    assert tally[StaffFigure.LEFT] / 3_000 == pytest.approx(1 - math.exp(-0.1), abs=0.025)
    assert tally[StaffFigure.PRESENT] + tally[StaffFigure.VACANT] == 4_000
    assert tally[StaffFigure.VACANT] == 1_000 + tally[StaffFigure.LEFT]
    assert staff.wanted[:3_000].sum() == 0
    assert staff.wanted[3_000:].mean() == pytest.approx(1 - math.exp(-0.1), abs=0.04)
    assert tally[StaffFigure.STRAIN] == pytest.approx(staff.strain[staff.filled == 1].sum())


def test_a_post_of_a_service_that_recruits_slowly_stays_empty_longer(services, posts, p, seed):
    o, staff = services(2), posts(8_000)
    staff.service[4_000:], staff.filled[:] = 1, 0
    run(staff, o, p, seed, recruiting=np.array([10.0, 39.0]))
    usual, slow = staff.wanted[:4_000], staff.wanted[4_000:]
    assert usual.mean() == pytest.approx(1 - math.exp(-1 / 10), abs=0.02)
    assert slow.mean() == pytest.approx(1 - math.exp(-1 / 39), abs=0.01)


def test_strain_settles_at_its_mean_and_spread(services, posts, p, seed):
    o, staff = services(1), posts(900)
    o.places[:] = 0
    staff.strain[:] = 0.5
    run(
        staff,
        o,
        p,
        seed,
        weeks=80,
        turnover=0.0,
        strain=0.5,
        strain_noise=p.workforce.strain_noise / 4,
    )
    assert staff.strain.mean() == pytest.approx(0.5, abs=0.006)
    assert staff.strain.std() == pytest.approx(0.05, rel=0.08)
    assert (staff.tenure == 80).all()


def test_load_illness_and_supervision_reach_those_they_concern(services, posts, p, seed):
    o, staff = services(2), posts(4)
    staff.service[:], staff.resident[3], staff.strain[:] = (0, 0, 1, 1), 0, 0.4
    o.intake[:], o.enrolled[:] = 10, (20, 10)
    run(
        staff,
        o,
        p,
        seed,
        strain_noise=0.0,
        turnover=0.0,
        strain=0.4,
        phq=np.array([19.0], np.float32),
    )
    pull = p.workforce.strain_pull
    assert staff.strain.tolist() == pytest.approx(
        [0.4 + pull * 0.5, 0.4 + pull * 0.5, 0.4, 0.4 + pull * 0.15], abs=1e-6
    )


def test_quality_is_that_of_the_people_present_and_sessions_are_short_when_few_are(
    services, posts, p, seed
):
    o, staff = services(2), posts(2)
    staff.strain[:], staff.training[0] = 0.2, 5
    o.intake[0], o.enrolled[0] = 10, 20
    run(staff, o, p, seed, strain_noise=0.0, turnover=0.0, strain=0.2, strain_load=0.0)
    fidelity = update_fidelity(1.0, 0.0, 0.0, p.workforce)
    assert o.quality[0] == pytest.approx(fidelity * (0.75 + 1.0) / 2)
    assert o.offered.tolist() == [0.5, 1.0]
    assert staff.training.tolist() == [4, 0]


def test_a_load_is_bounded_and_only_those_who_lead_places_have_one(services, posts, p, seed):
    o, staff = services(3), posts(4)
    staff.service[:], staff.leading[1], staff.strain[:] = (0, 0, 1, 2), 0, 0.4
    o.intake[:], o.enrolled[:], o.places[2] = (0, 10, 10), (50, 20, 20), 0
    run(staff, o, p, seed, strain_noise=0.0, turnover=0.0, strain=0.4, load_most=3.0)
    pull, load = p.workforce.strain_pull, p.workforce.strain_load
    assert staff.strain.tolist() == pytest.approx(
        [0.4 + pull * load * 2.0, 0.4, 0.4 + pull * load, 0.4], abs=1e-6
    )


def test_the_first_half_year_and_training_end_in_their_week(services, posts, p, seed):
    q = p.workforce._replace(turnover=0.02, turnover_strain=0.0, turnover_new=3.0, new_weeks=26)
    assert expect_leaving(0.5, 25, q) == pytest.approx(0.06)
    assert expect_leaving(0.5, 26, q) == pytest.approx(0.02)
    o, staff = services(1), posts(1)
    staff.training[:], staff.strain[:] = 1, 0.1
    run(staff, o, p, seed, strain_noise=0.0, turnover=0.0, strain=0.1, strain_load=0.0)
    assert staff.training[0] == 0
    assert o.quality[0] == pytest.approx(update_fidelity(1.0, 0.0, 0.0, p.workforce))


def test_where_nobody_is_at_work_quality_is_that_of_the_untrained_and_posts_are_vacant(
    services, posts, p, seed
):
    o, staff = services(2), posts(3)
    staff.service[:], staff.filled[:2], staff.open[2] = (0, 0, 1), 0, 0
    o.open[1], o.places[1], o.enrolled[:], o.intake[:] = 0, 0, 30, (0, 5)
    tally = run(staff, o, p, seed, supervised=0.0)
    fidelity = update_fidelity(1.0, 0.0, 0.0, p.workforce)
    untrained = p.workforce.quality_untrained
    assert o.quality.tolist() == pytest.approx([fidelity * untrained, untrained])
    assert o.offered.tolist() == [0.0, 1.0]
    assert tally[StaffFigure.VACANT] == 2
    assert tally[StaffFigure.PRESENT] == 0


def test_whether_anybody_holds_or_waits_for_what_is_gone_is_told(services, posts):
    def over(**changes):
        o, staff = services(1), posts(2)
        for name, value in changes.items():
            getattr(o, name)[:] = value
        found = measure_capacity(staff, o, np.array([5.0]), np.zeros(1, np.int64))
        return bool(found), int(o.places[0])

    assert over(enrolled=10) == (False, 10)
    assert over(enrolled=11) == (True, 10)
    assert over(enrolled=1, open=0) == (True, 10)
    assert over(waiting=3) == (False, 10)
    assert over(waiting=3, open=0) == (True, 10)
    assert over(open=0) == (False, 10)
    o, staff = services(1), posts(1)
    measure_capacity(staff, o, np.zeros(1), np.array([4]))
    assert o.places[0] == o.intake[0] == 0  # groups without a caseload have no places of their own


def test_a_peer_in_the_ward_does_not_work_until_the_last_day_is_over(posts, people):
    """Nor whoever is as ill as the limit; others do, and a post of somebody from outside stays filled."""
    r, staff = people(5), posts(6)
    r.stay[:], r.phq[:] = (1, 0, 0, 0, 9), (0, 17, 18, 0, 0)
    r.alive[3], r.peer[:] = 0, 1
    staff.resident[:5] = np.arange(5)
    rest_peers(staff, r, 18)
    assert staff.filled.tolist() == [0, 1, 0, 0, 0, 1]
    assert r.peer.tolist() == [0, 1, 0, 0, 0]
    assert staff.resident.tolist() == [-1, 1, -1, -1, -1, -1]


def test_illness_is_felt_at_work_in_parts_and_only_beyond_its_level(services, posts, p, seed):
    """From a score of 9 on, a tenth a point: half of it at 14, nothing below."""
    o, staff = services(1), posts(3)
    staff.resident[:], staff.strain[:], o.places[:] = (0, 1, 2), 0.4, 0
    phq = np.array([14.0, 9.0, 2.0], np.float32)
    quiet = {"strain_noise": 0.0, "turnover": 0.0, "strain": 0.4, "ill_from": 9.0}
    run(staff, o, p, seed, phq=phq, **quiet)
    felt = p.workforce.strain_pull * p.workforce.strain_illness * 0.5
    assert staff.strain.tolist() == pytest.approx([0.4 + felt, 0.4, 0.4], abs=1e-6)


def test_a_service_for_one_offers_every_session_and_whoever_takes_nobody_in_has_all_to_bear(
    services, posts, p, seed
):
    o, staff = services(3), posts(3)
    staff.service[:], staff.strain[:] = (0, 1, 2), 0.4
    o.places[:], o.intake[:], o.enrolled[:] = 1, (1, 0, 0), (1, 2, 0)
    run(staff, o, p, seed, strain_noise=0.0, turnover=0.0, strain=0.4, load_most=3.0)
    pull, load = p.workforce.strain_pull, p.workforce.strain_load
    # One for one; two for whom there is no place, counted for one; nobody.
    assert staff.strain.tolist() == pytest.approx(
        [0.4, 0.4 + pull * load * 1.0, 0.4 - pull * load * 1.0], abs=1e-6
    )
    assert o.offered.tolist() == [1.0, 0.0, 0.0]


def test_quality_is_weighed_by_the_hours_of_who_leads(services, posts, p, seed):
    """Half a post in training beside a whole one: (0.5 × 0.75 + 1) / 1.5; who does not lead counts for nothing."""
    o, staff = services(1), posts(3)
    staff.hours[:], staff.training[:], staff.leading[2] = (0.5, 1.0, 1.0), (9, 0, 9), 0
    staff.strain[:] = 0.1
    run(staff, o, p, seed, strain_noise=0.0, turnover=0.0, strain=0.1, strain_load=0.0)
    fidelity = update_fidelity(1.0, 0.0, 0.0, p.workforce)
    assert o.quality[0] == pytest.approx(fidelity * (0.5 * 0.75 + 1.0) / 1.5)
