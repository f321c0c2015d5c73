"""Moments are counted as docs/calibration.md says, on histories that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.state.codes import Event
from sim.studies.calibration import clustering, surveys
from sim.studies.calibration.history import History, attribute, score_everybody, watch
from sim.studies.calibration.moments import care, course, loneliness, moments, trend
from sim.studies.calibration.targets import all_targets, free_parameters, read_measures
from sim.week.record.counts import score_ucla


def make_history(weeks=160, people=4, **changes):
    shape = (weeks, people)
    notes = weeks // 26
    history = History(
        key=np.arange(people, dtype=np.uint32),
        column=np.arange(people),
        people=people,
        age=np.full(people, 40.0, np.float32),
        female=np.zeros(people, np.uint8),
        psychotic=np.zeros(people, np.uint8),
        income=np.zeros(people, np.uint8),
        had=np.zeros(people, np.uint8),
        helped=np.zeros(people, np.uint8),
        seen_severe=np.zeros(people, np.uint8),
        phq=np.zeros(shape, np.float32),
        episode=np.zeros(shape, np.int16),
        alive=np.ones(shape, np.uint8),
        happened=np.zeros(shape, np.uint16),
        sessions=np.zeros(shape, np.uint8),
        therapy=np.zeros(shape, np.uint8),
        recovery_phq=8.9,
        recovery_weeks=4,
        lonely=[np.full(people, 4.0) for _ in range(notes)],
        severe=[np.zeros(people, np.uint8) for _ in range(notes)],
        ties=[np.full(people, 2, np.uint8) for _ in range(notes)],
    )
    for name, value in changes.items():
        setattr(history, name, value)
    return history


def fall_severely_ill(history, person):
    for note in history.severe:
        note[person] = 1


def test_two_weeks_at_the_line_make_an_illness_of_the_year():
    history = make_history()
    history.phq[10:12, 0] = 12.0
    history.phq[10, 1] = 12.0
    fall_severely_ill(history, 2)
    assert surveys.ill_in(history, 52).tolist() == [True, False, True, False]
    assert not surveys.ill_in(history, 104)[0]


def test_the_split_by_severity_adds_up():
    history = make_history()
    fall_severely_ill(history, 0)
    history.episode[:, 1] = 5
    history.phq[:, 2] = 11.0
    assert moments.severity(history)["C03"] == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_bands_of_scores_add_up():
    history = make_history()
    history.phq[:] = [0.0, 5.0, 14.9, 27.0]
    assert moments.scores(history)["C04"] == (0.25, 0.25, 0.25, 0.25)


def test_recovery_is_dated_to_where_it_began():
    history = make_history()
    # noticed in the second week above the line, ended after four weeks below: 12 weeks in all
    history.happened[20, 0] |= Event.NEW_EPISODE.value
    history.episode[20:34, 0] = 2
    length, ended, who, end = course.episodes(history)
    assert (length[0], ended[0], who[0], end[0]) == (12.0, True, 0, 34)
    assert course.recover(history)[0] == 1.0


def test_survival_counts_those_lost_from_sight():
    time, ended = np.array([5.0, 10.0, 10.0, 20.0]), np.array([True, False, True, False])
    assert course.survive(time, ended, (4, 5, 15)) == pytest.approx((0.0, 0.25, 0.5))
    assert np.isnan(course.survive(np.array([]), np.array([], bool), (4,))[0])


def test_cases_are_lost_from_sight_when_they_are_treated():
    history = make_history()
    history.episode[:, :2] = 3
    history.phq[:, :2] = 15.0
    history.phq[60:, 1] = 3.0
    history.sessions[54::2, 1] = 1
    assert course.remit_untreated(history) == (0.0, 0.0, 0.0)


def test_who_moves_away_is_lost_from_sight_and_not_well():
    history = make_history()
    history.episode[:60, :2] = 3
    history.phq[:60, :2] = 15.0
    history.alive[58:, 0] = 0
    history.phq[58:, 0] = 0.0
    assert course.remit_untreated(history)[0] == 1.0
    history.alive[60:, 1] = 0
    assert course.remit_untreated(history) == (0.0, 0.0, 0.0)


def test_remission_is_a_month_and_recovery_a_quarter():
    low = np.zeros((10, 3), bool)
    low[2:6, 0], low[2:5, 1], low[6:, 2] = True, True, True
    calm = course.start_runs(low, 4)
    assert calm.argmax(axis=0).tolist() == [2, 0, 6]
    assert calm.any(axis=0).tolist() == [True, False, True]
    history = make_history(recovery_weeks=13)
    history.happened[20, 0] |= Event.NEW_EPISODE.value
    history.episode[20:40, 0] = 2
    length, _, _, _ = course.episodes(history)
    assert length[0] == 40 - 20 + 1 - 12


def test_those_who_ever_sought_treatment_and_by_how_much_they_change():
    history = make_history(people=4)
    history.had[:] = (1, 1, 0, 0)
    history.helped[0] = 1
    history.episode[60:70, 2] = 3
    history.sessions[120, 2] = 1
    ever, change = course.seek_ever(history)
    assert ever == pytest.approx((1 / 2 + 1 / 3 + 2 / 3) / 3)
    assert change == pytest.approx(2 / 3 - 1 / 2)


def test_loneliness_of_the_young_and_of_the_poor_beside_that_of_all():
    history = make_history(people=4)
    history.age[:] = (20.0, 25.0, 50.0, 60.0)
    history.income[:] = (4, 0, 0, 4)
    for note in history.lonely:
        note[:] = (6.0, 3.0, 6.0, 3.0)
    assert loneliness.compare_lonely(history) == pytest.approx((1.0, 1.0))
    for note in history.lonely:
        note[:] = (6.0, 6.0, 3.0, 3.0)
    assert loneliness.compare_lonely(history) == pytest.approx((2.0, 1.0))


def test_depression_is_compared_with_chance_one_two_and_three_steps_away():
    # a chain of five: 0 - 1 - 2 - 3 - 4, of whom 0 and 1 are ill
    neighbour = np.full((5, 3), 5, np.uint32)
    for one in range(4):
        neighbour[one, 1], neighbour[one + 1, 0] = one + 1, one
    adult, ill = np.ones(5, bool), np.array([True, True, False, False, False])
    found = clustering.compare_steps(neighbour, adult, ill)
    # one step from 0: 1 (ill); from 1: 0 (ill) and 2; two steps: 2, 3; three: 3, 4
    assert found == pytest.approx((2 / 3 / 0.4, 0.0, 0.0))


def test_first_readmission_within_a_year():
    history = make_history(people=3)
    history.happened[10, :] |= Event.DISCHARGED.value
    history.happened[30, 0] |= Event.ADMITTED.value
    history.happened[80, 1] |= Event.ADMITTED.value
    assert care.first_readmission(history) == pytest.approx(1 / 3)


def test_sessions_go_to_the_service_that_held_them():
    before, earlier = np.array([[1, 2], [2, 0]], np.uint8), np.array([[3, 1], [4, 0]], np.int16)
    now, count = np.array([[1, 2], [0, 0]], np.uint8), np.array([[4, 1], [0, 0]], np.int16)
    held, by_service = np.array([1, 1], np.uint8), np.eye(2, dtype=bool)
    assert attribute(now, count, before, earlier, held, by_service).tolist() == [[1, 0], [0, 1]]


def test_a_drift_is_a_change_per_year_of_those_who_are_there():
    history = make_history(weeks=4 * 52, people=2)
    for year in range(4):
        history.phq[52 * year : 52 * (year + 1), 0] = 10.0 + year
    history.alive[:, 1] = 0
    history.phq[100:, 1] = 27.0
    assert trend.measure_trend(history)["S01"][0] == pytest.approx(1.0 / 11.5)
    assert np.isnan(trend.measure_trend(history)["S01"][3])
    assert np.isnan(trend.measure_trend(make_history(weeks=110))["S01"]).all()


def test_targets_are_complete_and_in_order():
    targets = all_targets()
    assert sum(target.fitted for target in targets) == 28
    assert len(targets) == 32
    for target in targets:
        assert len(target.parts) == len(target.value) == len(target.low) == len(target.high)
        assert all(
            low <= value <= high
            for low, value, high in zip(target.low, target.value, target.high, strict=True)
        )


def test_free_parameters_are_known_and_their_bounds_hold_the_value():
    from sim.evidence.loader import all_evidence

    known = all_evidence()
    assert set(free_parameters()) <= set(known)
    assert all(low <= known[name].value <= high for name, (low, high) in free_parameters().items())


@pytest.fixture(scope="module")
def small_history():
    return watch(sim.load("baseline").with_({"population.residents": 1500}), seed=3, weeks=130)


def test_a_running_town_gives_every_moment(small_history):
    found = moments.measure(small_history)
    assert {target.id for target in all_targets()} == set(found)
    assert all(len(found[target.id]) == len(target.parts) for target in all_targets())
    assert 0.0 < found["C01"][0] < 0.6
    assert sum(found["C04"]) == pytest.approx(1.0)


def test_loneliness_is_scored_as_in_the_record():
    community = sim.Community(sim.load("baseline").with_({"population.residents": 300}), rng=1)
    scores = score_everybody(community.world)
    one = score_ucla(
        float(community.world.residents.loneliness[5]), community.world.parameters.health
    )
    assert scores[5] == pytest.approx(one, abs=1e-6)
    assert read_measures().lonely_often > read_measures().lonely_sometimes


CALENDAR_YEAR = 365.25 / 7


def make_year(people):
    """Sixty weeks: one survey, at the end of week 52, which asks about symptoms in week 25 too."""
    history = make_history(weeks=60, people=people)
    history.age[people - 1] = 16.0
    return history


def test_treatment_of_the_ill_of_the_severely_ill_of_all_and_by_distress():
    history = make_year(7)
    history.phq[:, (0, 1, 2, 5, 6)] = 20.0
    fall_severely_ill(history, 3)
    history.sessions[10, (0, 5, 6)] = 1
    history.happened[20, 1] = Event.ADMITTED
    history.happened[20, 2] = Event.CRISIS
    # after the year, and so not in it
    history.sessions[52:, (2, 3)] = history.therapy[52:, (2, 3)] = 1
    history.sessions[5, 4] = history.therapy[5, 4] = 1
    # distress is of the middle of the year, 14 included; who came later was not asked
    history.phq[25, 2], history.phq[(24, 26), 4] = 14.0, 27.0
    history.alive[:30, 5] = 0
    found = care.treatment(history)
    # ill: 0, 1, 2, 3, 5, of whom 0, 1, 5 treated; adults: 0 to 5
    assert found["C11"] == pytest.approx((3 / 5, 0 / 1))
    assert found["C12"] == pytest.approx((4 / 6, 1 / 6))
    assert found["V05"] == pytest.approx((2 / 3, 1 / 2))


def test_visits_are_of_those_who_have_any_and_the_wait_is_its_median():
    history = make_year(5)
    history.therapy[3:6, 0], history.therapy[10:15, 1] = 1, 1
    history.therapy[:, 4] = history.therapy[55, 2] = 1
    history.early, history.ended = 3.0, 12.0
    history.waits = np.array([2, 1, 4, 1])
    assert care.therapy(history) == {"C13": (4.0, 0.25), "C14": (2.0,)}
    history.early = history.ended = 0.0
    history.therapy[:], history.waits = 0, np.zeros(3, np.int64)
    nothing = care.therapy(history)
    assert np.isnan([*nothing["C13"], *nothing["C14"]]).all()


def test_hospital_is_per_1000_adult_years_and_a_discharge_is_followed_for_a_week():
    history = make_history(people=3)
    history.age[2] = 14.0
    history.happened[(5, 40, 90), (0, 0, 1)] = Event.ADMITTED
    history.happened[7, 2] = Event.ADMITTED
    history.happened[(60, 61, 62), (0, 1, 2)] = Event.EMERGENCY
    history.bed_days = 44.0
    history.happened[(10, 30, 50), (0, 0, 1)] = Event.DISCHARGED
    # seen in the next week; two weeks later; in the next week, in which they were gone
    history.sessions[(11, 32, 51), (0, 0, 1)] = 2
    history.alive[51, 1] = 0
    found = care.hospital(history)
    years = (160 + 159) / CALENDAR_YEAR
    assert found["C19"] == pytest.approx((1000 * 3 / years, 11.0))
    assert found["C21"] == pytest.approx((1000 * 2 / years, 1 / 2))


def test_readmissions_are_of_discharges_that_were_seen_long_enough_by_illness():
    history = make_history(weeks=104, people=4)
    history.psychotic[3] = 1
    history.happened[(10, 20, 102), (0, 1, 1)] = Event.DISCHARGED
    history.happened[12, 0] = Event.ADMITTED | Event.READMITTED_30_DAYS
    history.happened[(5, 30), (3, 3)] = Event.DISCHARGED
    history.happened[(7, 32), (3, 3)] = Event.ADMITTED | Event.READMITTED_30_DAYS
    # two discharges of others lie in the first 100 weeks; readmissions can follow all of theirs
    assert care.readmission(history)["C20"] == pytest.approx((100 / 104 / 2, 100 / 104))


def test_a_year_after_the_first_discharge_is_a_year():
    history = make_history(people=6)
    history.happened[10, :4] = Event.DISCHARGED
    history.happened[(62, 63), (0, 1)] = Event.ADMITTED
    history.happened[10, 2] |= Event.ADMITTED.value
    history.happened[(30, 40), (3, 3)] = Event.EMERGENCY
    # of the last discharge that was seen for a year, and of the first that was not
    history.happened[107, 4], history.happened[108, 5] = Event.DISCHARGED, Event.DISCHARGED
    history.happened[159, 4] = history.happened[109, 5] = Event.ADMITTED
    assert care.first_readmission(history) == pytest.approx(2 / 5)


def test_staff_are_exhausted_by_week_and_leave_by_year():
    history = make_history()
    history.staff = np.array([[10.0, 2.0, 1.0], [10.0, 4.0, 0.0]])
    assert care.workforce(history)["C22"] == pytest.approx((0.3, CALENDAR_YEAR / 20))
    history.staff = np.zeros((2, 3))
    assert np.isnan(care.workforce(history)["C22"]).all()


def test_illness_by_kind_sex_and_age():
    history = make_year(9)
    history.age[:8] = (20, 25.5, 26, 40, 49.5, 50, 70, 80)
    history.age += 0.01 - 51 / CALENDAR_YEAR  # at the week that is looked at, the last of the year
    history.female[[0, 2, 4, 6]] = 1
    history.phq[8:10, (0, 3, 6, 8)] = 12.0
    history.episode[30, 0] = 4
    history.episode[55, 1] = 4
    fall_severely_ill(history, 7)
    found = moments.prevalence(history)
    assert found["C01"] == pytest.approx((4 / 8,))
    assert found["C02"] == pytest.approx((1 / 8,))
    assert found["C06"] == pytest.approx((1 / 8,))
    # women 0 and 6 of four, men 3 and 7 of four
    assert found["C07"] == pytest.approx((1.0,))
    assert found["C08"] == pytest.approx((1 / 2, 1 / 3, 2 / 3))
    history.phq[:, 3] = 0
    assert moments.prevalence(history)["C07"] == pytest.approx((2.0,))


def test_the_ill_are_serious_moderate_or_mild():
    history = make_year(6)
    history.phq[8:10, :] = 12.0
    history.episode[30, (0, 1, 2, 5)] = 4
    fall_severely_ill(history, 0)
    assert moments.severity(history)["C03"] == pytest.approx((1 / 5, 2 / 5, 2 / 5))


def test_scores_by_band_with_mean_and_spread():
    history = make_year(6)
    history.phq[51] = (4.9, 5.0, 14.9, 15.0, 27.0, 1.0)
    found = moments.scores(history)
    assert found["C04"] == pytest.approx((1 / 5, 1 / 5, 1 / 5, 2 / 5))
    mean = (4.9 + 5 + 14.9 + 15 + 27) / 5
    spread = np.sqrt(np.mean([(x - mean) ** 2 for x in (4.9, 5, 14.9, 15, 27)]))
    assert found["C05"] == pytest.approx((mean, spread))


def test_company_by_hand():
    history = make_history(people=5)
    for note in history.lonely:
        note[:] = (3.0, 5.0, 7.0, 9.0, 9.0)
    history.phq[:] = 2.0 * np.array([3.0, 5.0, 7.0, 9.0, 0.0]) + 1.0
    history.age[4] = 12.0
    for note in history.ties:
        note[:] = (4, 0, 2, 0, 0)
    fall_severely_ill(history, 2)
    fall_severely_ill(history, 3)
    # a year and a half later: one apart, but for one who came after the first survey
    history.lonely[130 // 26 - 1] = np.array([4.0, 6.0, 8.0, 3.0, 3.0])
    history.alive[51, 3] = 0
    found = moments.company(history)
    assert found["C17"] == pytest.approx((1.0,))
    history.alive[51, 3] = 1
    found = moments.company(history)
    assert found["C15"] == pytest.approx((3 / 4, 2 / 4))
    assert found["C16"] == pytest.approx((1.0,))
    assert found["C18"] == pytest.approx((2 / 4, 6 / 4))
    # severe: 7 and 9; others: 3 and 5; a mean apart by 4, with a variance of 1 each
    assert found["V03"] == pytest.approx((1.0, 0.0, 4.0))


def test_serious_distress_of_the_poorest_fifth_to_that_of_the_richest_two():
    history = make_year(7)
    history.income[:] = (0, 0, 2, 3, 3, 4, 4)
    history.phq[51] = (14.0, 20.0, 13.9, 14.0, 3.0, 3.0, 27.0)
    assert moments.risk(history)["V04"] == pytest.approx((3 / 6, 1.0 / (1 / 3)))


def test_odds_of_depression_of_those_who_were_lonely_and_well_a_year_and_a_half_before():
    history = make_history(weeks=130, people=13)
    lonely, ill = [0, 1, 2, 8, 9, 10, 11, 12], [0, 1, 3, 8, 9, 10, 11, 12]
    for note in history.lonely:
        note[:] = 6.9
        note[lonely] = 7.0
    history.phq[129, ill] = 10.0
    history.phq[:129, ill] = 9.9
    # none of these was well, there, or of age at both times
    history.phq[51, 8], history.episode[51, 9] = 10.0, 1
    history.alive[51, 10] = history.alive[129, 11] = 0
    history.age[12] = 15.0
    # lonely: 2 ill and 1 not; others: 1 ill and 4 not; half a person in each cell
    assert loneliness.measure_lonely(history)["V02"] == pytest.approx((2.5 * 4.5 / 1.5 / 1.5,))
    assert np.isnan(loneliness.measure_lonely(make_year(3))["V02"][0])


def test_cases_are_untreated_on_four_days_of_a_year_and_for_four_weeks_before():
    history = make_history(weeks=52 + 52 + 14, people=5)
    history.phq[:], history.episode[:], history.age[4] = 12.0, 1, 15.0
    # with the first, a session 4 weeks before both days; with the second, 3 weeks before both
    history.sessions[(48, 61), 0] = 1
    history.sessions[(49, 62), 1] = 1
    # a remission from week 75 on, that does not last; and somebody who is no case on either day
    history.phq[75:79, 0] = 3.0
    history.phq[(52, 65), 2] = 9.9
    # days 52 and 65: the first is lost by a session after 9 weeks, then well after 10, with the fourth at risk twice
    assert course.remit_untreated(history) == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_recurrence_is_of_those_known_to_have_been_ill_and_half_a_year_well():
    history = make_history(weeks=52 + 260, people=8)
    history.had[[0, 4, 5, 7]] = 1
    history.episode[5:20, 1] = history.episode[10:26, 6] = 3
    history.episode[10:27, 3] = 3
    history.happened[[100, 152, 200], [2, 0, 3]] = Event.NEW_EPISODE
    history.happened[60:, 1] = Event.ADMITTED | Event.EMERGENCY
    history.alive[102:, 4] = 0
    history.age[5], history.alive[26, 7] = 15.0, 0
    # known and well: 0, 1, 4, 6; of the three who are there after 100 weeks one falls ill again
    assert course.recur(history) == pytest.approx(1 / 3)
    assert np.isnan(course.recur(make_history(weeks=311)))


def test_a_drift_is_told_of_symptoms_depression_treatment_and_hospital():
    history = make_history(weeks=3 * 52, people=3)
    history.age[2] = 15.0
    for year, weeks in enumerate((4, 8, 12)):
        start = 52 * year
        history.episode[start : start + weeks, 0] = 1
        history.sessions[start : start + 2 * weeks, 1] = 3
        history.happened[start : start + weeks // 4, :] = Event.ADMITTED | Event.DIED
    history.happened[:52, 0] |= Event.EMERGENCY.value
    history.phq[:] = 8.0
    found = trend.measure_trend(history)["S01"]
    # 4, 8, 12 rise by 4 a year, half of their mean; 52, 0, 0 fall by 26 of a mean of 17.33
    assert found == pytest.approx((0.0, 0.5, 0.5, 0.5, -26 / (52 / 3)))


def test_each_survey_looks_back_on_its_own_year_alone():
    """Four people, each of whom something happens to in one of three years, or after them."""
    history = make_history(weeks=170, people=4)
    weeks = (51, 52, 155, 156)
    history.sessions[weeks, range(4)], history.therapy[weeks, range(4)] = 1, (1, 2, 6, 9)
    history.episode[weeks, range(4)] = 3
    for year, who in ((52, 0), (104, 1), (156, 2)):
        only = [person == who for person in range(4)]
        assert care.treated_in(history, year).tolist() == only
        assert surveys.depressed_in(history, year).tolist() == only
        assert surveys.ill_in(history, year).tolist() == only
    assert care.treated_in(history, 52 + 10).tolist() == [True, True, False, False]
    assert care.treatment(history)["C12"] == pytest.approx((1 / 4, 1 / 4))
    # Of visits, the mean of those who have any: 1, 2 and 6 in the three years.
    assert care.therapy(history)["C13"][0] == pytest.approx(3.0)
    assert moments.prevalence(history)["C06"] == pytest.approx((1 / 4,))


def test_an_illness_of_a_year_is_so_many_weeks_within_it():
    """Two weeks in a row, of which one lies in another year, are none; an admission alone is treatment."""
    history = make_history(weeks=110, people=3)
    history.phq[51:53, 0] = history.phq[103:105, 1] = 27.0
    history.happened[60, 2] = Event.ADMITTED
    assert not surveys.ill_in(history, 52).any()
    assert not surveys.ill_in(history, 104).any()
    assert care.treated_in(history, 104).tolist() == [False, False, True]
    assert not care.treated_in(history, 52).any()


def test_distress_is_of_the_middle_of_each_year():
    """The week before the 26th from the end: 25 of the first year, 77 of the second."""
    history = make_history(weeks=104, people=4)
    history.phq[25, 0] = history.phq[77, 1] = 27.0
    history.phq[(24, 26, 76, 78), 2] = 27.0
    history.sessions[(20, 70), (0, 1)] = 1
    assert care.treatment(history)["V05"] == pytest.approx((1.0, 0.0))
    history.sessions[(20, 70), (0, 1)] = 0
    history.sessions[(20, 70), 3] = 1
    assert care.treatment(history)["V05"] == pytest.approx((0.0, 1 / 3))


def test_recovery_by_three_six_twelve_and_twenty_four_months():
    """Eight episodes whose lengths lie at the ends of those times and a week beyond."""
    lengths = (13, 14, 26, 27, 52, 53, 104, 105)
    history = make_history(weeks=200, people=10, recovery_weeks=1)
    for who, length in enumerate(lengths):
        history.happened[20, who] = Event.NEW_EPISODE
        # Seen a week after it begins, an episode is as long as it is seen and one week more.
        history.episode[20 : 20 + length - 1, who] = 2
    # Neither a pupil's nor that of somebody who falls ill otherwise.
    history.age[8], history.happened[20, 8] = 15.0, Event.NEW_EPISODE
    history.happened[20, 9] = Event.CRISIS
    length, ended, who, end = course.episodes(history)
    assert length.tolist() == list(lengths)
    assert ended.all()
    assert who.tolist() == list(range(8))
    assert end.tolist() == [19 + length for length in lengths]
    assert course.recover(history) == pytest.approx((1 / 8, 3 / 8, 5 / 8, 7 / 8))


def test_an_episode_that_goes_on_or_ends_with_a_life_has_not_ended_in_sight():
    history = make_history(weeks=60, people=3, recovery_weeks=4)
    history.happened[(20, 30, 40), (0, 1, 2)] = Event.NEW_EPISODE
    history.episode[20:, 0] = history.episode[30:35, 1] = history.episode[40:59, 2] = 1
    history.alive[35:, 1] = 0
    length, ended, _, end = course.episodes(history)
    assert ended.tolist() == [False, False, True]
    assert end.tolist() == [60, 35, 59]
    # Not dated back by a recovery that was not seen: from the week before it was noticed.
    assert length.tolist() == [60 - 20 + 1, 35 - 30 + 1, 59 - 40 + 1 - 3]


def test_odds_of_several_surveys_are_averaged_as_ratios():
    """Two surveys; in the second lonely and others have changed places, and the ratio is its inverse."""
    history = make_history(weeks=182, people=6)
    first, second = [9.0, 9.0, 9.0, 3.0, 3.0, 3.0], [3.0, 3.0, 3.0, 9.0, 9.0, 9.0]
    history.lonely[1], history.lonely[3] = np.array(first), np.array(second)
    history.phq[(129, 181), :2] = 12.0
    assert loneliness.measure_lonely(history)["V02"] == pytest.approx((1.0,))
    history.phq[181, :2], history.phq[181, 3:5] = 0.0, 12.0
    one = (2.5 * 3.5) / (1.5 * 0.5)
    assert loneliness.measure_lonely(history)["V02"] == pytest.approx((one,))
    # A week less, and the second is a year and a half ahead of the end.
    short = make_history(weeks=181, people=6)
    short.lonely[1], short.lonely[3] = np.array(first), np.array(second)
    short.phq[129, :2] = 12.0
    assert loneliness.measure_lonely(short)["V02"] == pytest.approx((one,))
