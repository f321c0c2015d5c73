"""Crisis: the hazard, who needs a bed, and a ward that never holds more than its beds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.random import week_counter_of
from sim.evidence.loader import all_evidence
from sim.evidence.parameters import make_parameters
from sim.state.codes import HOSPITAL_FIGURES, Access, Channel, Event, HospitalFigure
from sim.state.groups import Ward, Week
from sim.state.residents import NEVER
from sim.week.resident.crisis import (
    add_lasting,
    add_recent,
    expect_admission,
    expect_crisis,
    stay_long,
)
from sim.week.start.burn_in import recall_stays
from sim.week.supply.ward import run_ward

NEVER_YET = 9_999.0

BOARDING = slice(HospitalFigure.BOARDING_DAYS, HospitalFigure.OCCUPIED_DAYS)


def test_the_hazard_rises_with_what_weighs_and_falls_with_what_protects(p):
    q = p.crisis
    plain = expect_crisis(0.0, 0.0, 0.0, 0.0, 0.0, False, q)
    assert plain == pytest.approx(math.exp(q.crisis), rel=1e-3)
    factors = {
        q.crisis_symptoms * 10: expect_crisis(10.0, 0.0, 0.0, 0.0, 0.0, False, q),
        0.7: expect_crisis(0.0, 0.7, 0.0, 0.0, 0.0, False, q),
        0.3: expect_crisis(0.0, 0.0, 0.3, 0.0, 0.0, False, q),
        q.crisis_events * 0.5: expect_crisis(0.0, 0.0, 0.0, 0.5, 0.0, False, q),
        -0.4: expect_crisis(0.0, 0.0, 0.0, 0.0, 0.4, False, q),
        -q.crisis_contact: expect_crisis(0.0, 0.0, 0.0, 0.0, 0.0, True, q),
    }
    for log_ratio, hazard in factors.items():
        assert hazard / plain == pytest.approx(math.exp(log_ratio), rel=0.01)


def test_the_logistic_hazard_saturates_and_the_exponential_does_not(p):
    assert expect_crisis(27.0, 3.0, 3.0, 9.0, 0.0, False, p.crisis) < p.crisis.crisis_most
    exponential = make_parameters({}, exponential=True).crisis
    assert expect_crisis(27.0, 3.0, 3.0, 9.0, 0.0, False, exponential) == pytest.approx(math.e)


def test_frailty_and_the_kind_of_illness_last(p):
    q = p.crisis
    assert add_lasting(0.5, False, False, q) == 0.5
    assert add_lasting(0.5, True, False, q) == pytest.approx(0.5 + q.crisis_severe)
    assert add_lasting(-0.5, True, True, q) == pytest.approx(q.crisis_psychotic - 0.5)


def test_what_passes_starts_high_falls_and_is_worse_where_no_bed_was_found(p):
    q = p.crisis
    assert add_recent(NEVER_YET, False, NEVER_YET, q) == pytest.approx(0.0, abs=1e-9)
    assert add_recent(0.0, False, NEVER_YET, q) == pytest.approx(q.crisis_recent)
    assert add_recent(q.recent_weeks, False, NEVER_YET, q) == pytest.approx(
        q.crisis_recent / math.e
    )
    unmet, left = add_recent(0.0, True, NEVER_YET, q), add_recent(0.0, False, 0.0, q)
    assert unmet == pytest.approx(q.crisis_recent + q.crisis_unmet)
    assert left == pytest.approx(q.crisis_recent + q.crisis_discharge)


def test_whatever_is_drawn_going_without_a_bed_is_no_better_than_having_had_one():
    known = all_evidence()
    assert known["crisis.crisis_unmet"].low >= known["crisis.crisis_discharge"].high
    assert known["life.suicide_unmet"].low >= 1.0


def test_beds_are_needed_by_the_more_ill_the_frail_and_soon_after_a_crisis(p):
    q = p.crisis
    plain = expect_admission(0.0, 0.0, False, False, NEVER_YET, q)
    assert plain == pytest.approx(1 / (1 + math.exp(-q.admission)))
    odds = expect_admission(10.0, 2.0, True, False, 0.0, q)
    added = 10 * q.admission_symptoms + q.admission_severe
    added += 2 * q.admission_frailty + q.admission_recent
    assert math.log(odds / (1 - odds)) == pytest.approx(q.admission + added)
    psychotic = expect_admission(0.0, 0.0, True, True, NEVER_YET, q)
    assert math.log(psychotic / (1 - psychotic)) == pytest.approx(
        q.admission + q.admission_psychotic
    )


def test_stays_are_lognormal_by_illness_and_at_least_a_day(p):
    q, middle = p.crisis, (math.exp(-0.5), 0.25)
    assert stay_long(*middle, False, False, q) == round(q.stay_median)
    assert stay_long(*middle, True, False, q) == round(q.stay_severe)
    assert stay_long(*middle, True, True, q) == round(q.stay_psychotic)
    assert stay_long(math.exp(-0.5), 1.0, False, False, q) == int(
        q.stay_median * math.exp(q.stay_spread) + 0.5
    )
    assert stay_long(math.exp(-8.0), 0.5, True, True, q) == 1


def make_ward(people, services, days, phq=None):
    r, o = people(len(days)), services(2)
    o.access[:] = (Access.NONE, Access.REFERRAL)
    r.boarding[:] = days
    r.happened[:] = np.where(r.boarding > 0, Event.EMERGENCY, 0)
    r.phq[:] = 10 if phq is None else phq
    return r, o


def tend(r, o, p, seed, beds, week=0, ward=0, **changes):
    used = np.zeros(HOSPITAL_FIGURES, np.int64)
    when = Week(week, week_counter_of(week), seed)
    run_ward(r, o, Ward(ward, beds), used, when, p.crisis._replace(**changes), p.choice)
    return used


def test_the_most_ill_get_the_beds_and_the_others_board(people, services, p, seed):
    r, o = make_ward(people, services, [14, 14, 14], [10, 25, 18])
    r.insurance[:] = (0, 1, 2)
    used = tend(r, o, p, seed, beds=2)
    assert (r.happened & Event.ADMITTED > 0).tolist() == [False, True, True]
    assert (r.happened & Event.BOARDED > 0).tolist() == [True, False, False]
    assert r.stay.tolist() == [0, 7, 7]
    assert used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3].tolist() == [0, 7, 7]
    assert used[HospitalFigure.VISITS : HospitalFigure.VISITS + 3].tolist() == [1, 1, 1]
    assert used[BOARDING].sum() == 7
    assert r.ward_days.tolist() == [0, 7, 7]


def test_who_boarded_a_week_comes_first_or_goes(people, services, p, seed):
    r, o = make_ward(people, services, [7, 7], [5, 25])
    r.happened[0] = 0
    tend(r, o, p, seed, beds=1)
    assert (r.happened & Event.ADMITTED > 0).tolist() == [True, False]
    r, o = make_ward(people, services, [7])
    r.happened[0] = 0
    used = tend(r, o, p, seed, beds=0)
    assert r.boarding[0] == 0
    assert (r.since_need[0], r.unmet[0]) == (0, 1)
    assert used[BOARDING].sum() == 0  # the week was counted when it began


def test_a_stay_is_served_relieves_and_ends_in_a_discharge_with_aftercare(
    people, services, p, seed
):
    r, o = make_ward(people, services, [10] * 200)
    o.ceiling[0, Channel.RELIEF], o.dose[0] = 0.4, 0.5
    r.event_load[:] = 1.0
    tend(r, o, p, seed, beds=200)
    assert (r.stay == 3).all()
    r.happened[:] = 0
    tend(r, o, p, seed, beds=200, week=1)
    assert (r.happened & Event.DISCHARGED > 0).all()
    assert (r.stay == 0).all()
    assert (r.discharged == 0).all()
    assert (r.since_need == 0).all()
    assert (r.unmet == 0).all()
    assert (r.admissions == 1).all()
    assert r.relief == pytest.approx(np.full(200, 0.2 + 0.5 * 0.2))
    assert r.event_load == pytest.approx(np.full(200, p.crisis.ward_shelter**2))
    assert (r.wait_service[:, 0] == 2).mean() == pytest.approx(p.crisis.aftercare, abs=0.13)


def test_readmissions_are_told_by_the_time_since_discharge(people, services, p, seed):
    r, o = make_ward(people, services, [7] * 4)
    r.discharged[:] = (4, 5, 52, 53)
    tend(r, o, p, seed, beds=9)
    assert (r.happened & Event.READMITTED_30_DAYS > 0).tolist() == [True, False, False, False]
    assert (r.happened & Event.READMITTED_1_YEAR > 0).tolist() == [True, True, True, False]


def test_the_dead_leave_the_ward(people, services, p, seed):
    r, o = make_ward(people, services, [0, 9])
    r.stay[0], r.alive[:] = 9, 0
    used = tend(r, o, p, seed, beds=3)
    assert r.stay.tolist() == r.boarding.tolist() == [0, 0]
    assert used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3].sum() == 0


@given(
    days=st.lists(st.lists(st.integers(0, 60), min_size=12, max_size=12), min_size=6, max_size=6),
    beds=st.integers(0, 5),
)
def test_there_are_never_more_people_or_days_than_beds(people, services, p, seed, days, beds):
    r, o = make_ward(people, services, [0] * 12)
    for week, new in enumerate(days):
        arrives = (r.stay == 0) & (r.boarding == 0) & (np.array(new) > 0)
        r.happened[:] = np.where(arrives, Event.EMERGENCY, 0)
        r.boarding[arrives] = np.array(new)[arrives]
        used = tend(r, o, p, seed, beds, week)
        assert used[HospitalFigure.BED_DAYS : HospitalFigure.BED_DAYS + 3].sum() <= 7 * beds
        assert (r.stay > 0).sum() <= beds


def expected(r, o, p, seed, beds, chances):
    """Chances of an admission after a week of the ward in which these chances of needing a bed stood before it."""
    r.crisis_chance[:] = r.need_chance[:] = r.admission_chance[:] = chances
    tend(r, o, p, seed, beds)
    return r.admission_chance.tolist()


def test_who_would_find_no_bed_is_not_expected_on_the_ward(people, services, p, seed):
    r, o = make_ward(people, services, [0, 30, 0], [20, 10, 5])
    assert expected(r, o, p, seed, 9, [0.2, 0.1, 0.2]) == pytest.approx([0.2, 0.1, 0.2])
    r, o = make_ward(people, services, [0, 30, 0], [20, 10, 5])
    assert expected(r, o, p, seed, 1, [0.2, 0.1, 0.2]) == pytest.approx([0.2, 0.1, 0.0])
    r, o = make_ward(people, services, [0, 30, 0], [20, 10, 5])
    assert expected(r, o, p, seed, 0, [0.2, 0.1, 0.2]) == [0.0, 0.0, 0.0]


def test_who_boarded_and_gets_a_bed_is_expected_for_certain(people, services, p, seed):
    r, o = make_ward(people, services, [7, 7], [5, 25])
    r.happened[0] = 0
    assert expected(r, o, p, seed, 1, [0.0, 0.3]) == [1.0, 0.0]


def test_a_third_admission_is_counted_and_so_is_a_fourth(people, services, p, seed):
    """Trials ask for people with so many admissions before: the count goes on."""
    r, o = make_ward(people, services, [7] * 4)
    r.admissions[:] = (0, 2, 3, 250)
    tend(r, o, p, seed, beds=9)
    assert r.admissions.tolist() == [1, 3, 4, 250]


def test_a_past_that_brought_many_admissions_holds_them_all(people, p, seed):
    """Every stay of the years before is likely to bring the next: some people had more than three."""
    r = people(80)
    r.phq[:], r.frailty[:], r.severe[:], r.psychotic[:] = 27.0, 3.0, 1, 1
    recall_stays(r, 260, p.crisis._replace(crisis=-5.0), seed)
    assert np.bincount(r.admissions)[3:].sum() > 8
    assert r.admissions.max() > 4
    gone = r.admissions > 0
    assert (r.discharged[gone] == r.since_need[gone]).all()
    assert (r.discharged[~gone] == NEVER).all()


def test_stays_of_the_past_are_as_many_and_as_long_ago_as_the_weekly_chance_says(people, p, seed):
    """Where a stay does not bring the next, every week is alike: w weeks of chance c, the last geometric."""
    calm = p.crisis._replace(
        crisis=-2.8, crisis_recent=0.0, crisis_discharge=0.0, admission_recent=0.0
    )
    n, weeks = 1_500, 60
    r = people(n)
    recall_stays(r, weeks, calm, seed)
    crisis = 1 - math.exp(-expect_crisis(0.0, 0.0, 0.0, 0.0, 0.0, False, calm))
    chance = crisis * calm.to_emergency * expect_admission(0.0, 0.0, False, False, NEVER_YET, calm)
    gone = r.admissions > 0
    assert weeks * chance > 0.1
    assert r.admissions.mean() == pytest.approx(
        weeks * chance, abs=4 * math.sqrt(weeks * chance / n)
    )
    assert gone.mean() == pytest.approx(1 - (1 - chance) ** weeks, abs=0.04)
    since = r.discharged[gone]
    assert since.min() >= 0
    assert since.max() < weeks
    assert since.mean() == pytest.approx((weeks - 1) / 2, abs=8)
    assert (r.since_crisis == r.discharged).all()
    recall_stays(r := people(50), weeks, calm._replace(to_emergency=0.0), seed)
    assert not r.admissions.any()


def test_visits_are_those_who_came_to_the_emergency_department_by_insurance(
    people, services, p, seed
):
    r, o = make_ward(people, services, [0, 0, 0, 0])
    r.insurance[:] = (0, 1, 2, 2)
    r.happened[:] = (
        Event.EMERGENCY | Event.CRISIS,
        Event.CRISIS | Event.DISCHARGED,
        Event.EMERGENCY,
        Event.GAVE_UP,
    )
    used = tend(r, o, p, seed, beds=0)
    visits = HospitalFigure.VISITS
    assert used[visits : visits + 3].tolist() == [1, 0, 1]


def test_a_town_without_a_ward_has_no_beds(people, services, p, seed):
    r, o = people(2), services(2)
    r.boarding[:], r.happened[:] = 5, Event.EMERGENCY
    used = tend(r, o, p, seed, 2, ward=-1)
    assert (r.happened & Event.BOARDED > 0).all()
    assert not r.stay.any()
    assert used[BOARDING].sum() == 10


def test_after_the_ward_treatment_and_support_are_two_referrals(people, services, p, seed):
    r, o = people(1_000), services(3)
    o.informal[2], o.open[0] = 1, 0
    r.stay[:] = 3
    tend(r, o, p, seed, beds=1_000, aftercare=0.6)
    treatment, support = ((r.wait_service == s + 1).any(axis=1) for s in (1, 2))
    slack = 4 * math.sqrt(0.24 / 1_000)
    assert treatment.mean() == pytest.approx(0.6, abs=slack)
    assert support.mean() == pytest.approx(0.6, abs=slack)
    assert (treatment & support).mean() == pytest.approx(0.36, abs=slack)
    assert (r.wait_since[r.wait_service > 0] == 0).all()


def test_a_short_stay_fits_behind_a_long_one_and_all_days_are_used(people, services, p, seed):
    """Short stays fit behind long ones; who does not fit boards for as many days as were needed."""
    r, o = people(4), services(2)
    r.happened[:], r.boarding[:], r.phq[:] = Event.EMERGENCY, (7, 4, 5, 3), (20, 15, 12, 9)
    used = tend(r, o, p, seed, beds=2)
    assert (r.happened & Event.ADMITTED > 0).tolist() == [True, True, False, True]
    assert used[HospitalFigure.OCCUPIED_DAYS] == 14
    assert used[BOARDING].sum() == 5
    assert (r.since_need.tolist(), r.boarding.tolist()) == ([0, 0, 9_999, 0], [0, 0, 5, 0])


def stand_in_line(people, services, p, seed, beds, days, stayed=0):
    """Forty people alike need a bed for so many days, four hundred alike might; one has `stayed` days left.

    Returns who was admitted, and who of all was expected to be.
    """
    r, o = make_ward(people, services, [days] * 40 + [0] * 401, [12] * 440 + [3])
    r.stay[440], r.crisis_chance[:440] = stayed, 0.2
    r.need_chance[:440] = r.admission_chance[:440] = 0.2
    tend(r, o, p, seed, beds, stay_median=float(days), stay_spread=0.0)
    return r.happened[:40] & Event.ADMITTED > 0, r.admission_chance[:440] > 0.0


def test_among_equals_the_lot_that_orders_the_line_says_for_whom_a_bed_is_expected(
    people, services, p, seed
):
    """Thirteen of forty find a bed: those thirteen are expected, and of others alike as large a share."""
    admitted, expected_there = stand_in_line(people, services, p, seed, beds=13, days=30)
    assert admitted.sum() == 13
    assert np.array_equal(expected_there[:40], admitted)
    assert expected_there[40:].mean() == pytest.approx(13 / 40, abs=0.15)


@pytest.mark.parametrize(("days", "fits"), [(3, True), (4, False)])
def test_days_that_are_left_are_expected_to_be_used_by_stays_that_fit(
    people, services, p, seed, days, fits
):
    """One bed, in which somebody has four days to stay: three are left, for a stay of three and none of four."""
    admitted, expected_there = stand_in_line(people, services, p, seed, 1, days, stayed=4)
    assert admitted.sum() == int(fits)
    assert expected_there[:40].sum() == int(fits)
    assert expected_there[40:].any() == fits


def test_for_whom_a_bed_is_expected_hangs_on_the_days_of_each_however_many_there_are(
    people, services, p, seed
):
    """Four days are left of one bed: enough for the three of most, not for the six of a severe illness."""
    n = 700
    r, o = make_ward(people, services, [0] * n)
    r.severe[:] = np.arange(n) % 7 % 3 == 0
    r.stay[n - 1], r.crisis_chance[: n - 1] = 3, 0.2
    r.need_chance[: n - 1] = r.admission_chance[: n - 1] = 0.2
    tend(r, o, p, seed, beds=1, stay_median=3.0, stay_severe=6.0, stay_spread=0.0)
    expected_there = r.admission_chance[: n - 1] > 0.0
    assert np.array_equal(expected_there, r.severe[: n - 1] == 0)


def test_who_boarded_and_got_a_bed_stays_certain_of_it_where_later_stays_would_not_fit(
    people, services, p, seed
):
    """One bed: three days for whoever boarded, and then none for a week, as all others would stay."""
    r, o = make_ward(people, services, [3, 7, 0], [5, 4, 5])
    r.happened[0] = 0
    r.crisis_chance[:], r.need_chance[:], r.admission_chance[:] = (0.0, 0.2, 0.2), 0.2, 0.2
    used = tend(r, o, p, seed, beds=1, stay_median=30.0, stay_spread=0.0)
    assert (r.happened & Event.ADMITTED > 0).tolist() == [True, False, False]
    assert used[HospitalFigure.OCCUPIED_DAYS] == 3
    assert r.admission_chance.tolist() == [1.0, 0.0, 0.0]
    # Four days are left: somebody who stays no longer than that would find them.
    r, o = make_ward(people, services, [3, 7, 0], [5, 4, 5])
    r.happened[0] = 0
    r.crisis_chance[:], r.need_chance[:], r.admission_chance[:] = (0.0, 0.2, 0.2), 0.2, 0.2
    tend(r, o, p, seed, beds=1, stay_median=4.0, stay_spread=0.0)
    assert r.admission_chance.tolist() == pytest.approx([1.0, 0.2, 0.2])
