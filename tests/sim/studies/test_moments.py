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
    found = clustering.compare_steps(clustering.tabulate_ties(neighbour), adult, ill)
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
    assert attribute(now, count, before, earlier, np.array([1, 1], np.uint8), 2).tolist() == [
        [1, 0],
        [0, 1],
    ]


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
