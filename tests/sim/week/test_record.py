"""The record: scores, quality of life, work, and sums that no order changes."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.state.codes import Employment, Event, KindParameter
from sim.state.groups import Week
from sim.week.record.counts import (
    FIXED,
    Cell,
    Total,
    Yardsticks,
    count_everybody,
    fixed,
    is_in_care,
    lose_work,
    open_counts,
    score_all,
    score_ucla,
    value_week,
)

pytestmark = pytest.mark.core


def test_loneliness_is_read_on_its_scale(p):
    assert score_ucla(0.78, p.health) == pytest.approx(6.0)
    assert score_ucla(-9.0, p.health) == pytest.approx(3.0, abs=1e-3)
    for widths in (1.0, 0.5, -1.25):
        read = score_ucla(0.78 + widths * 0.61, p.health)
        assert read == pytest.approx(3 + 6 / (1 + math.exp(-widths)))


def test_quality_of_life_falls_piece_by_piece(p):
    q = p.health
    levels = {
        0.0: 0.0,
        2.0: 0.0,
        4.5: 0.04,
        7.0: 0.08,
        9.5: 0.105,
        12.0: 0.13,
        14.5: 0.155,
        17.0: 0.18,
        20.0: 0.245,
        23.0: 0.31,
        27.0: 0.31,
    }
    for phq, loss in levels.items():
        assert value_week(phq, False, q) == pytest.approx(0.851 - loss), phq
    assert value_week(7.0, True, q) == pytest.approx(0.851 - 0.08 - 0.035)


def test_work_is_lost_with_symptoms_and_in_the_ward(p):
    assert lose_work(4.0, False, p.health) == 0.0
    assert lose_work(14.0, False, p.health) == pytest.approx(0.6)
    assert lose_work(3.0, True, p.health) == 5.0
    assert [lose_work(phq, False, p.health) for phq in (0.0, 3.5)] == [0.0, 0.0]
    # A week has five days of work, however ill somebody is.
    much = p.health._replace(work_loss=0.5)
    assert [lose_work(phq, False, much) for phq in (13.0, 14.0, 27.0)] == [4.5, 5.0, 5.0]


def test_fixed_point_rounds_to_the_nearest():
    assert fixed(1.0) == FIXED
    assert fixed(-0.25) == -FIXED / 4
    assert fixed(0.4 / FIXED) == 0


def make_count(r, o, p, borders=()):
    """What the residents' week comes to by key, and the subgroups by key, (3,) each."""
    counts = open_counts(3, 0)
    given, when = Yardsticks(p.health, 10.0), Week(10, week_counter_of(10), seed_words(1))
    ranges = list(itertools.pairwise((0, *borders, r.key.size)))
    team = SimpleNamespace(size=len(ranges), share=lambda work, _: [work(*each) for each in ranges])
    count_everybody(r, o, when, given, counts, team)
    cells = {name: counts.cells[:, place] / FIXED for name, place in Cell.__members__.items()}
    totals = {name: counts.total[place] / FIXED for name, place in Total.__members__.items()}
    return totals | {name: values.sum() for name, values in cells.items()}, counts.cells


def test_a_week_of_three_people_by_hand(people, services, p):
    r = people(3)
    r.cell[:] = (0, 1, 2)
    r.alive[2], r.happened[2] = 0, Event.DIED | Event.SUICIDE
    r.phq[:], r.loneliness[:] = (12.0, 3.0, 20.0), (1.0, 0.0, 2.0)
    r.care_service[0, 1], r.wait_service[1, 0], r.episodes[1] = 3, 2, 1
    r.happened[0], r.visit_chance[0], r.admission_chance[0] = (
        Event.EMERGENCY | Event.ADMITTED,
        0.35,
        0.25,
    )
    r.happened[1], r.peer[1] = Event.CRISIS, 1
    r.need_chance[0] = 0.3
    r.sessions[0], r.missed[1], r.employment[0], r.last_session[0] = 2, 1, 1, 10
    seen, subgroup_totals = make_count(r, services(8), p)
    expected = {
        "alive": 2,
        "deaths": 1,
        "suicides": 1,
        "emergency_visits": 1,
        "admissions": 1,
        "crises": 1,
        "peers": 1,
        "expected_admissions": 0.25,
        "bed_need_expected": 0.3,
        "expected_emergency_visits": 0.35,
        "phq_mean": 15.0,
        "phq_10_or_more": 1,
        "lonely": 1,
        "in_need": 1,
        "treated": 1,
        "waiting": 1,
        "remission": 1,
        "sessions": 2,
        "missed_sessions": 1,
        "treated_past_year": 1,
        "work_days_lost": 0.48,
        "qalys": (0.851 - 0.13 - 0.035 + 0.851 - 0.016) * 7 / 365.25,
    }
    assert {key: seen[key] for key in expected} == pytest.approx(expected, abs=1e-6)
    assert subgroup_totals[2].sum() == 0


def test_who_gives_up_and_who_declines_left_a_list_and_nobody_else(people, services, p):
    r = people(len(Event))
    r.happened[:] = list(Event)
    assert make_count(r, services(1), p)[0]["gave_up_waiting"] == 2


def test_lessons_messages_and_apps_are_no_care(people, services):
    r, o = people(3), services(2)
    o.kind_parameters[1, KindParameter.LOW_INTENSITY] = 1.0
    r.care_service[0, 0], r.care_service[1, 0], r.care_service[2, 1] = 1, 2, 1
    assert [bool(is_in_care(i, r, o)) for i in range(3)] == [True, False, True]


def test_sums_are_the_same_in_any_order(people, services, p):
    rng = np.random.default_rng(1)
    one, two = people(2_000), people(2_000)
    order = rng.permutation(2_000)
    for name in ("phq", "loneliness", "suicide_hazard", "admission_chance"):
        values = rng.random(2_000) * 20
        getattr(one, name)[:], getattr(two, name)[:] = values, values[order]
    assert make_count(one, services(8), p)[0] == make_count(two, services(8), p)[0]


@pytest.mark.parametrize("borders", [(1_000,), (1, 256, 1_999)])
def test_sums_are_the_same_in_any_ranges(people, services, p, borders):
    r, rng = people(2_000), np.random.default_rng(2)
    r.cell[:] = np.arange(2_000) % 3
    for name in ("phq", "loneliness", "suicide_hazard", "admission_chance"):
        getattr(r, name)[:] = rng.random(2_000) * 20
    whole, cells = make_count(r, services(8), p)
    parts, cells_of_parts = make_count(r, services(8), p, borders)
    assert parts == whole
    assert np.array_equal(cells, cells_of_parts)
    assert whole["alive"] == 2_000


def test_the_past_year_is_fifty_two_weeks_this_one_included(people, services, p):
    """Somebody last seen 51 weeks ago was treated in the past year; 52 weeks ago was the year before."""
    r = people(3)
    r.cell[:] = 0
    r.phq[:] = 12.0
    r.last_session[:] = (10, 10 - 51, 10 - 52)
    seen, _ = make_count(r, services(1), p)
    assert (seen["in_need"], seen["treated_past_year"], seen["untreated_year"]) == (3, 2, 1)


EVENTS = {
    Event.EMERGENCY: {"emergency_visits"},
    Event.ADMITTED: {"admissions"},
    Event.CRISIS: {"crises"},
    Event.READMITTED_30_DAYS: {"readmissions_30_days"},
    Event.READMITTED_1_YEAR: {"readmissions_1_year"},
    Event.DISCHARGED: {"discharges"},
    Event.DIED: {"deaths"},
    Event.SUICIDE: {"suicides"},
    Event.NEW_EPISODE: {"new_episodes"},
    Event.GAVE_UP: {"gave_up_waiting"},
    Event.DECLINED: {"gave_up_waiting"},
    Event.STARTED: {"started_care"},
    Event.LEFT_EARLY: {"dropped_out"},
    Event.BOARDED: set(),
}
"""What each event is counted as: one column or none."""


def test_each_event_is_counted_as_what_it_is_and_as_nothing_else(people, services, p):
    assert set(EVENTS) == set(Event)
    states = {"alive", "qalys", "phq_mean", "untreated_year", "isolated"}
    for event, columns in EVENTS.items():
        r = people(3)
        r.happened[:2], r.alive[1] = event, 0
        seen, _ = make_count(r, services(1), p)
        counted = {key: value for key, value in seen.items() if value and key not in states}
        assert counted == dict.fromkeys(columns, 2.0), event


def test_alone_is_who_has_no_more_than_one_tie_lives_alone_and_is_not_at_work(people, services, p):
    r = people(8)
    r.alone[:] = 1
    r.close_ties[:6] = (1, 2, 0, 0, 0, 1)
    r.company[:6] = (0.0, 0.0, 1.0, 1.5, 0.0, 0.0)
    r.employment[4], r.alone[5] = Employment.EMPLOYED, 0
    r.employment[6:] = Employment.STUDENT, Employment.RETIRED
    seen, _ = make_count(r, services(1), p)
    assert seen["isolated"] == 4
    assert seen["ties_mean"] == pytest.approx(1 + 2 + 1 + 1.5 + 0 + 1)


def test_the_edges_of_scores_belong_to_whom_they_are_written_for(people, services, p):
    r = people(4)
    r.phq[:] = (10.0, 9.5, 5.0, 4.5)
    r.episodes[:] = 1
    r.loneliness[:] = (0.5, 0.49, 0.5, 0.0)
    q = p._replace(health=p.health._replace(ucla_middle=0.5))
    seen, _ = make_count(r, services(1), q)
    assert (seen["phq_10_or_more"], seen["in_need"]) == (1, 1)
    assert (seen["remission"], seen["lonely"]) == (1, 2)
    # Whoever counts as lonely has the quality of life of the lonely.
    lived = sum(
        value_week(phq, lonely, q.health) for phq, lonely in zip(r.phq, (1, 0, 1, 0), strict=True)
    )
    assert seen["qalys"] == pytest.approx(lived * 7 / 365.25, abs=1e-6)


def test_strain_of_caregivers_costs_hours_above_its_level_and_stigma_is_added_up(
    people, services, p
):
    q = p._replace(health=p.health._replace(caregiver_from=0.25, caregiver_hours=40.0))
    r = people(3)
    r.strain[:], r.stigma[:] = (0.25, 0.5, 0.75), (0.5, -0.25, 1.0)
    seen, _ = make_count(r, services(1), q)
    assert seen["caregiver_hours"] == pytest.approx(40.0 * (0.5 + 0.75))
    assert seen["stigma_mean"] == pytest.approx(1.25)


def test_work_is_lost_by_those_at_work_and_all_of_it_in_the_ward(people, services, p):
    r = people(3)
    r.phq[:], r.stay[1:] = 14.0, 3
    r.employment[:2], r.employment[2] = Employment.EMPLOYED, Employment.STUDENT
    seen, _ = make_count(r, services(1), p)
    assert seen["work_days_lost"] == pytest.approx(0.6 + 5.0, abs=1e-6)


def test_follow_up_is_a_session_in_the_week_after_the_ward(people, services, p):
    r = people(4)
    r.discharged[:], r.sessions[:] = (0, 1, 1, 2), (1, 1, 0, 1)
    assert make_count(r, services(1), p)[0]["followed_up_7_days"] == 1


def test_treated_is_who_is_in_need_and_in_care_whatever_the_place(people, services, p):
    r, o = people(5), services(3)
    o.kind_parameters[2, KindParameter.LOW_INTENSITY] = 1.0
    r.phq[:] = (12, 12, 12, 3, 12)
    r.care_service[0, 3], r.care_service[1, 0], r.care_service[3, 1] = 2, 3, 1
    r.care_service[4, :2], r.suicide_hazard[:] = (3, 1), (0.25, 0.5, 0.0, 0.0, 0.125)
    r.wait_service[2, 1] = 1
    seen, _ = make_count(r, o, p)
    assert (seen["in_need"], seen["treated"], seen["waiting"]) == (4, 2, 1)
    assert seen["expected_suicides"] == pytest.approx(0.875)


def test_a_place_or_a_wait_counts_in_whichever_slot_it_is(people, services, p):
    r = people(6)
    r.phq[:] = 12.0
    for slot in range(4):
        r.care_service[slot, slot] = 1
    r.wait_service[4, 0], r.wait_service[5, 1] = 1, 1
    seen, _ = make_count(r, services(1), p)
    assert (seen["treated"], seen["waiting"], seen["in_need"]) == (4, 2, 6)


def fill(r):
    """Everything that is counted of a state, in amounts that no two of which are alike."""
    r.phq[:], r.loneliness[:], r.severe[:], r.episodes[:] = 20.0, 2.0, 1, 2
    r.visit_chance[:], r.need_chance[:], r.admission_chance[:] = 0.375, 0.625, 0.125
    r.suicide_hazard[:], r.stigma[:], r.strain[:], r.company[:] = 0.0625, 0.75, 0.875, 0.25
    r.alone[:], r.peer[:], r.close_ties[:], r.discharged[:] = 1, 1, 0, 1
    r.sessions[:], r.missed[:], r.care_service[:, 0], r.wait_service[:, 1] = 6, 3, 1, 1


def test_the_dead_count_for_nothing_but_what_happened_to_them(people, services, p):
    for seen_last in (10, -99):
        r = people(5)
        fill(r)
        r.alive[:], r.last_session[:], r.employment[:2] = 0, seen_last, Employment.EMPLOYED
        r.happened[3] = Event.DIED
        seen, cells = make_count(r, services(1), p)
        assert {key: value for key, value in seen.items() if value} == {"deaths": 1.0}
        assert not cells.any()


def test_each_amount_is_added_for_each_who_lives(people, services, p):
    """Three who live and two who do not: three times what one of them comes to."""
    r = people(5)
    fill(r)
    r.alive[3:], r.last_session[:] = 0, 10
    seen, _ = make_count(r, services(1), p)
    expected = {
        "alive": 1,
        "expected_emergency_visits": 0.375,
        "bed_need_expected": 0.625,
        "expected_admissions": 0.125,
        "expected_suicides": 0.0625,
        "stigma_mean": 0.75,
        "ties_mean": 0.25,
        "caregiver_hours": p.health.caregiver_hours * 0.875,
        "sessions": 6,
        "missed_sessions": 3,
        "followed_up_7_days": 1,
        "isolated": 1,
        "peers": 1,
        "treated": 1,
        "waiting": 1,
        "treated_past_year": 1,
        "untreated_year": 0,
        "remission": 0,
        "work_days_lost": 0,
    }
    assert {key: seen[key] for key in expected} == pytest.approx(
        {key: 3 * value for key, value in expected.items()}, abs=1e-6
    )


def test_untreated_is_who_is_in_need_and_was_not_seen_in_a_year(people, services, p):
    """Of four, in need or not and seen or not, one; care of the well is care of the past year."""
    r = people(4)
    r.phq[:], r.last_session[:] = (12, 12, 3, 3), (10, -99, 10, -99)
    seen, _ = make_count(r, services(1), p)
    assert (seen["untreated_year"], seen["treated_past_year"], seen["in_need"]) == (1, 2, 2)


def test_a_week_is_counted_anew_whatever_stood_there(people, services, p):
    r = people(2)
    given, when = Yardsticks(p.health, 10.0), Week(10, week_counter_of(10), seed_words(1))
    counts = open_counts(1, 2)
    count_everybody(r, services(1), when, given, counts)
    once = [part.copy() for part in counts]
    count_everybody(r, services(1), when, given, counts)
    assert np.array_equal(counts.total, once[0])
    assert np.array_equal(counts.cells, once[1])
    assert np.array_equal(counts.named, once[2])


@pytest.mark.parametrize("borders", [(), (2,)])
def test_people_are_counted_by_named_groups_too(people, services, p, borders):
    """Each combination has the sums of its people, and subgroups have theirs as before."""
    r = people(4)
    r.cell[:], r.member[:], r.phq[:] = (2, 0, 2, 1), (1, 0, 1, 1), (12.0, 3.0, 7.0, 20.0)
    r.alive[3], r.happened[3], r.happened[0] = 0, Event.EMERGENCY, Event.ADMITTED
    given, when = Yardsticks(p.health, 10.0), Week(10, week_counter_of(10), seed_words(1))
    counts, alone = open_counts(3, 2), open_counts(3, 0)
    ranges = list(itertools.pairwise((0, *borders, r.key.size)))
    team = SimpleNamespace(size=len(ranges), share=lambda work, _: [work(*each) for each in ranges])
    for found in (counts, alone):
        count_everybody(r, services(1), when, given, found, team)
    assert np.array_equal(counts.cells, alone.cells)
    assert np.array_equal(counts.total, alone.total)
    told = {key: (counts.named[:, Cell[key]] / FIXED).tolist() for key in Cell.__members__}
    assert (told["alive"], told["phq_mean"]) == ([1.0, 2.0], [3.0, 19.0])
    # Events also of those who died in the week.
    assert (told["emergency_visits"], told["admissions"]) == ([0.0, 1.0], [0.0, 1.0])
    assert told["phq_10_or_more"] == [0.0, 1.0]


def test_one_is_two_to_the_twenty_fourth_and_half_of_the_last_place_is_rounded_up():
    assert [int(fixed(x)) for x in (1.0, -3.0, 0.4 / 2**24, 0.6 / 2**24, 2.5 / 2**24)] == [
        2**24,
        -3 * 2**24,
        0,
        1,
        3,
    ]


def test_scores_of_many_are_those_of_each(p):
    lonely = np.array([-2.0, 0.3, 1.4], np.float32)
    by_hand = [3 + 6 / (1 + math.exp(-(x - 0.78) / 0.61)) for x in lonely.tolist()]
    assert score_all(lonely, p.health).tolist() == pytest.approx(by_hand)


def test_whoever_has_a_lecture_alone_is_in_no_care_whatever_other_services_are(people, services, p):
    r, o = people(3), services(3)
    o.kind_parameters[0, KindParameter.LOW_INTENSITY] = 1.0
    r.care_service[:, 0], r.care_service[2, 3], r.phq[:] = (1, 0, 1), 3, 12.0
    seen, _ = make_count(r, o, p)
    assert (seen["in_need"], seen["treated"]) == (3, 1)


def test_three_places_are_care_whatever_the_numbers_of_their_services(people, services, p):
    r = people(3)
    r.phq[:] = 12.0
    r.care_service[:] = (1, 2, 3, 0), (1, 2, 0, 3), (0, 2, 1, 3)
    assert make_count(r, services(3), p)[0]["treated"] == 3


def test_the_last_day_in_the_ward_is_a_day_off_work(people, services, p):
    r = people(2)
    r.employment[:], r.stay[:] = Employment.EMPLOYED, (1, 0)
    assert make_count(r, services(1), p)[0]["work_days_lost"] == pytest.approx(5.0)
