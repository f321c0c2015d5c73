"""Rules of virtual trials by hand: who is eligible, what is counted when, how places and people are drawn."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.evidence.parameters import make_parameters
from sim.scenario.designs.trial import load_trial
from sim.scenario.designs.trial_arms import Course, Protocol
from sim.scenario.designs.trial_population import Eligible
from sim.scenario.library import load
from sim.state.codes import Access, Employment, Event, Insurance, KindParameter
from sim.state.residents import NEVER, make_residents
from sim.state.services import make_offers
from sim.studies.trials import clusters, effects, follow_up, protocol, replay, sites, trial
from sim.studies.trials.attendance import Attendance
from sim.studies.trials.effects import Values
from sim.studies.trials.eligibility import expect_bed, is_eligible
from sim.studies.trials.inactive import courses
from sim.studies.trials.inactive.people import find_impossible_people
from sim.studies.trials.judgement import heterogeneity
from sim.studies.trials.natural import natural_experiment
from sim.week.resident.crisis import expect_admission

PARAMETERS = make_parameters({})
KINDS = ("primary_care", "psychiatry", "crisis_team")


def make_people(count):
    r = make_residents(count)
    r.key[:] = np.arange(count) + 10
    r.age[:], r.alive[:], r.phq[:] = 40, 1, 7
    r.discharged[:] = r.since_crisis[:] = r.since_need[:] = NEVER
    r.last_session[:] = -NEVER
    return r


def make_world(count, week=20):
    """Residents and three services, of which a rule looks at the columns alone."""
    offers = make_offers(len(KINDS), 1)
    provision = SimpleNamespace(kinds=KINDS, offers=offers)
    seed = (np.uint64(1), np.uint64(2))
    return SimpleNamespace(
        residents=make_people(count),
        provision=provision,
        parameters=PARAMETERS,
        week=week,
        seed=seed,
    )


def find(wanted, world, bed=None):
    chance = np.zeros(world.residents.key.size) if bed is None else np.array(bed)
    return np.flatnonzero(is_eligible(Eligible.model_validate(wanted), world, chance)).tolist()


SET = [
    ({"ages": [18, 40]}, {"age": [17.9, 18, 40.9, 41]}, [1, 2]),
    ({"phq": [10, 20]}, {"phq": [9.9, 10, 20, 20.1]}, [1, 2]),
    ({"ties": [1, 2]}, {"close_ties": [0, 1, 2, 3]}, [1, 2]),
    ({"ties": [1, 2]}, {"close_ties": [0, 1, 2, 2], "company": [0, 0, 0, 1]}, [1, 2]),
    ({"income": [2, 3]}, {"income": [0, 1, 2, 3]}, [1, 2]),
    ({"episodes": 2}, {"episodes": [1, 1, 0, 2], "past_episodes": [0, 1, 3, 0]}, [1, 2, 3]),
    ({"episode_for": 4}, {"episode": [0, -1, 4, 3]}, [2]),
    ({"episode_within": 4}, {"episode": [0, -1, 4, 5]}, [2]),
    ({"in_episode": True}, {"episode": [0, -1, 1, 9]}, [2, 3]),
    ({"in_episode": False}, {"episode": [0, -1, 1, 9]}, [0, 1]),
    ({"admissions": 1}, {"admissions": [0, 1, 2, 0]}, [1, 2]),
    ({"severe_illness": False}, {"severe": [0, 1, 1, 0]}, [0, 3]),
    ({"alone": True}, {"alone": [0, 1, 1, 0]}, [1, 2]),
    ({"online": False}, {"online": [0, 1, 1, 0]}, [0, 3]),
    ({"treated_before": True}, {"last_session": [-NEVER, 3, -NEVER, 0]}, [1, 3]),
    ({"sex": "male"}, {"female": [0, 1, 1, 0]}, [0, 3]),
    ({"insurance": "public"}, {"insurance": [Insurance.UNINSURED, Insurance.PUBLIC, Insurance.PRIVATE, 0]}, [1]),
    ({"role": "worker"}, {"employment": [Employment.EMPLOYED, Employment.RETIRED, Employment.STUDENT, Employment.NOT_IN_WORK]}, [0]),
    ({"role": "pupil"}, {"employment": [Employment.STUDENT] * 3 + [Employment.EMPLOYED], "age": [15, 18.9, 19, 15]}, [0, 1]),
    ({"role": "caregiver"}, {"strain": [0, 0, 5, 0]}, [2]),
    ({"recent_event": 0.5}, {"event_load": [0, 0.4, 0.5, 2]}, [2, 3]),
    ({"diagnosis": "subthreshold"}, {"phq": [4.9, 5, 9.9, 10]}, [1, 2]),
    ({"diagnosis": "subthreshold"}, {"phq": [7, 7, 7, 7], "episode": [1, 0, 3, 0]}, [1, 3]),
    ({"diagnosis": "none"}, {"phq": [4, 7, 4, 12], "severe": [0, 0, 1, 0]}, [0, 3]),
    ({"diagnosis": "psychosis"}, {"severe": [0, 1, 1, 0], "psychotic": [1, 1, 0, 0]}, [1]),
    ({"after": "crisis", "within": 2}, {"since_crisis": [0, 2, 3, NEVER]}, [0, 1]),
    ({"after": "hospital_discharge", "within": 2}, {"discharged": [0, 2, 3, 1], "stay": [0, 0, 0, 5]}, [0, 1]),
    ({}, {"alive": [1, 0, 1, 0]}, [0, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "columns", "found"), SET)
def test_who_is_eligible_has_what_the_trial_states_ends_included(wanted, columns, found):
    world = make_world(4)
    for name, values in columns.items():
        getattr(world.residents, name)[:] = values
    assert find(wanted, world) == found


def test_who_is_likely_to_be_admitted_is_told_by_the_chance_before_the_week():
    assert find({"likely_admission": 0.4}, make_world(3), [0.39, 0.4, 0.9]) == [1, 2]


def test_care_that_somebody_has_is_of_the_kind_and_has_lasted():
    world = make_world(4)
    r = world.residents
    r.care_service[:, 0], r.care_since[:, 0] = [2, 2, 1, 0], [12, 13, 1, 0]
    assert find({"in_care": "psychiatry", "in_care_for": 8}, world) == [0]
    assert find({"in_care": ["psychiatry", "primary_care"]}, world) == [0, 1, 2]
    assert find({"not_in_care": "psychiatry"}, world) == [2, 3]
    # how long somebody has another place does not matter
    r.care_service[1, 1], r.care_since[1, 1] = 1, 0
    assert find({"in_care": "psychiatry", "in_care_for": 8}, world) == [0]


def test_the_chance_of_a_bed_is_that_of_the_week():
    world = make_world(4)
    r, p = world.residents, PARAMETERS.crisis
    r.phq[:], r.frailty[:], r.since_need[:] = [3, 12, 20, 9], [0.4, -1, 2, 0], [1, 30, 5, NEVER]
    r.severe[:], r.psychotic[:] = [0, 1, 1, 0], [0, 0, 1, 0]
    for k, chance in enumerate(expect_bed(world)):
        told = r.phq[k], r.frailty[k], r.severe[k], r.psychotic[k], r.since_need[k]
        assert chance == pytest.approx(expect_admission(*map(float, told), p), rel=1e-6)


def table(**columns):
    size = len(next(iter(columns.values())))
    found = np.zeros((size, len(follow_up.FOLLOW_UP_COLUMNS)))
    for name, values in columns.items():
        found[:, follow_up.FOLLOW_UP_COLUMNS.index(name)] = values
    return found


def read(measure, effect="OR", **given):
    """What is read of participants, for an outcome of this measure."""
    usual = load_trial("cr-01")
    told = usual.outcome.model_copy(
        update={"measure": measure, "counted": None} | given.pop("outcome", {})
    )
    return effects.read_outcome(
        usual.model_copy(update={"outcome": told, "effect": effect}), table(**given)
    )


def test_half_the_symptoms_are_a_response_and_less_than_5_a_remission():
    scores = {"phq_before": [20, 20, 8], "phq_after": [10, 10.1, 4]}
    assert read("response", **scores).value.tolist() == [1, 0, 1]
    well = {"phq_before": [20, 20, 4], "phq_after": [5, 4.9, 0]}
    assert read("remission", **well).value.tolist() == [0, 1, 1]
    assert read("remission", **well).before.tolist() == [20, 20, 4]


def test_events_are_counted_by_whether_how_often_and_for_how_long():
    seen = {
        "admission": [0, 2, 1],
        "days": [0, 30, 5],
        "first_admission": [np.inf, 6, 9],
        "followed": [8, 8, 3],
    }
    assert read("admission", **seen).value.tolist() == [0, 1, 1]
    assert read("admission", outcome={"counted": "count"}, **seen).value.tolist() == [0, 2, 1]
    assert read("admission", outcome={"counted": "days"}, **seen).value.tolist() == [0, 30, 5]
    # a time is told from where the window begins
    later = read("admission", outcome={"from_": 4}, **seen)
    assert later.time.tolist() == [np.inf, 2, 5]
    assert later.followed.tolist() == [8, 8, 3]


def test_a_threshold_is_reached_from_it_on_before_and_after():
    outcome = {"counted": "at_least", "threshold": 10.0}
    found = read(
        "phq",
        outcome=outcome,
        phq_before=[10, 9.9, 12],
        phq_after=[9.9, 10, 12],
        window_reached=[1, 0, 0],
    )
    assert found.value.tolist() == [0, 1, 1]
    assert found.before.tolist() == [1, 0, 1]
    ever = read(
        "phq", outcome=outcome | {"from_": 0}, phq_after=[9, 10, 12], window_reached=[1, 0, 0]
    )
    assert ever.value.tolist() == [1, 0, 0]


def values(*amounts, followed=1.0):
    each = np.array(amounts, float)
    return Values(
        each, np.zeros(each.size), np.full(each.size, np.inf), np.full(each.size, followed)
    )


def compare(effect, one, other, *, of_events=True):
    plain = SimpleNamespace(
        effect=effect, window=(0, 52), outcome=SimpleNamespace(is_event=of_events)
    )
    return effects.compare_arms(plain, one, other)


def test_nobody_at_risk_makes_no_rate():
    assert math.isnan(compare("IRR", values(1, 2, followed=0.0), values(3, 3)))
    assert math.isnan(compare("IRR", values(1, 2), values(3, 3, followed=0.0)))
    # half an event more is for events: of what is no event there is none, and no ratio to it
    assert math.isnan(compare("IRR", values(1, 2), values(0, 0), of_events=False))
    assert compare("IRR", values(1, 2), values(0, 0)) == pytest.approx(3.5 / 0.5)


def test_two_events_of_four_people_have_the_hazard_ratio_of_their_equation():
    """One of two falls first, one of the others a week later: h²=2, by hand from the partial likelihood."""
    one, other = np.array([1.0, np.inf]), np.array([2.0, np.inf])
    # events: risk set 2h+2, then 1h+2; 1 = 2h/(2h+2) + h/(h+2) gives h² = 2
    assert effects.hazard_ratio(one, other, 10.0) == pytest.approx(math.sqrt(2), rel=1e-6)


def test_who_leaves_before_an_event_is_not_at_risk_of_it():
    one, other = np.array([1.0, np.inf, np.inf]), np.array([2.0, np.inf])
    weeks = np.array([10.0, 10.0, 1.5]), np.array([10.0, 10.0])
    # risk sets 3h+2, then 1h+2: 1 = 3h/(3h+2) + h/(h+2) gives 3h² = 4
    assert effects.hazard_ratio(one, other, 10.0, weeks) == pytest.approx(
        math.sqrt(4 / 3), rel=1e-6
    )


def attend(then, now, sessions, course):
    """Sessions of a week, from who had which place with which count before and after it."""
    world = make_world(len(then))
    r = world.residents
    world.provision.offers.course[:] = course
    r.care_service[:, 0], r.care_sessions[:, 0] = then, sessions[0]
    before = Attendance(world)
    r.care_service[:, 0], r.care_sessions[:, 0] = now, sessions[1]
    return before.count(world, np.arange(len(then))).tolist()


def test_sessions_of_a_week_go_to_the_service_that_held_them():
    found = attend(
        [1, 1, 0, 2, 2, 1], [1, 1, 3, 0, 0, 2], ([4, 4, 0, 7, 6, 1], [5, 4, 1, 0, 0, 1]), [0, 8, 0]
    )
    assert found == [
        [1, 0, 0],  # stayed and came
        [0, 0, 0],  # stayed and missed it
        [0, 0, 1],  # new: what the new place counts
        [0, 1, 0],  # the eighth of eight ended the course
        [0, 0, 0],  # left after six: the place was given up
        [0, 1, 0],  # went from one service to another; the first has no course that could end
    ]


def pace(service=0, *, frequency=0.5, course=0, no_show=0.0, dose=0.2, **told):
    world = make_world(1)
    o = world.provision.offers
    o.frequency[:], o.course[:], o.no_show[:], o.dose[:] = frequency, course, no_show, dose
    each = protocol.follow_course(
        world, service, Course.model_validate(told), for_participants=False
    )
    return o, each


def test_a_rhythm_is_contacts_a_week_and_several_of_one_week_act_one_after_the_other():
    o, each = pace(per_week=3, sessions=10)
    assert (each, o.frequency[0], o.course[0]) == (3, 1, 4)
    assert o.dose[0] == pytest.approx(1 - 0.8**3)
    o, each = pace(every="4 weeks")
    assert (each, o.frequency[0]) == (1, 0.25)
    assert o.dose[0] == pytest.approx(0.2)
    assert o.frequency[1] == 0.5


def test_a_course_takes_the_time_that_is_planned_for_it_though_sessions_are_missed():
    o, each = pace(sessions=8, over="16 weeks", attendance=0.8)
    assert (each, o.course[0]) == (1, 8)
    assert o.no_show[0] == pytest.approx(0.2)
    assert o.frequency[0] == pytest.approx(8 / 16 / 0.8)
    # at most one a week, where less than one was planned
    o, each = pace(sessions=9, over="10 weeks", attendance=0.6)
    assert (each, o.frequency[0]) == (1, 1)


def test_a_kind_without_an_end_of_its_own_ends_when_the_course_is_over():
    """`over` alone acted on kinds with a course only: care of twelve weeks went on for good."""
    o, each = pace(over="12 weeks", no_show=0.25)
    assert (each, o.frequency[0], o.course[0]) == (1, 0.5, round(12 * 0.5 * 0.75))
    o, _ = pace(over="1 weeks", no_show=0.25)
    assert o.course[0] == 1
    # beside a rhythm it is as long as that says, and a kind with a course keeps its sessions
    assert pace(over="12 weeks", every="3 weeks")[0].course[0] == 4
    assert pace(over="12 weeks", course=9)[0].course[0] == 9


def test_a_service_for_participants_takes_in_nobody_else():
    world = make_world(1)
    o = world.provision.offers
    o.access[:], o.kind_parameters[:, KindParameter.OUTREACH] = Access.REFERRAL, 0.3
    protocol.follow_course(world, 1, Course(), for_participants=True)
    assert o.access.tolist() == [Access.REFERRAL, Access.NONE, Access.REFERRAL]
    np.testing.assert_allclose(
        o.kind_parameters[:, KindParameter.OUTREACH], [0.3, 0, 0.3], rtol=1e-6
    )


def test_a_place_goes_to_the_relative_who_bears_most_and_is_grown_up():
    world = make_world(6)
    r = world.residents
    r.household[:] = [1, 1, 1, 1, 1, 2]
    r.age[:] = [40, 17, 18, 50, 60, 40]
    r.strain[:] = [9, 8, 3, 2, 7, 9]
    r.alive[:] = [1, 1, 1, 1, 0, 1]
    log = SimpleNamespace(member=np.isin(np.arange(6), [0, 5]), since=np.full(6, 3))
    protocol.give_places(world, {1: Course(begins=3)}, log, to_relatives=True)
    assert np.flatnonzero((r.care_service == 2).any(axis=1)).tolist() == [2]
    assert r.care_since[2, 0] == world.week
    assert world.provision.offers.enrolled.tolist() == [0, 1, 0]


def test_a_place_is_given_once_in_its_week_to_those_who_live_and_have_a_slot():
    world = make_world(5)
    r = world.residents
    r.alive[:] = [1, 1, 1, 0, 1]
    r.care_service[1, :], r.care_service[2, 0] = 3, 2
    log = SimpleNamespace(member=np.array([1, 1, 1, 1, 0], bool), since=np.array([0, 0, 0, 0, 0]))
    protocol.give_places(world, {1: Course()}, log, to_relatives=False)
    assert (r.care_service == 2).sum(axis=1).tolist() == [1, 0, 1, 0, 0]
    assert world.provision.offers.enrolled[1] == 1
    protocol.give_places(world, {0: Course(begins=1)}, log, to_relatives=False)
    assert not (r.care_service == 1).any()


def test_as_many_take_a_service_up_as_the_trial_says():
    world = make_world(4_000)
    log = SimpleNamespace(member=np.ones(4_000, bool), since=np.zeros(4_000))
    protocol.give_places(world, {1: Course(uptake=0.3)}, log, to_relatives=False)
    taken = (world.residents.care_service == 2).any(axis=1).mean()
    assert taken == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / 4_000))


def test_what_is_withheld_is_left_and_its_list_too_until_somebody_needs_it():
    world = make_world(4)
    r = world.residents
    r.care_service[:, 0], r.care_service[:, 1] = 2, 1
    r.wait_service[:, 0], r.wait_since[:, 0], r.phq[:] = 2, 5, [9, 15, 9, 20]
    log = SimpleNamespace(member=np.array([1, 1, 0, 0], bool), back=np.zeros(4, bool))
    arm = Protocol.model_validate({"withhold": "psychiatry", "until_phq": 15})
    protocol.withhold(world, arm, log)
    assert r.care_service[:, 0].tolist() == [0, 2, 2, 2]
    assert r.care_service[:, 1].tolist() == [1, 1, 1, 1]
    assert r.wait_service[:, 0].tolist() == [0, 2, 2, 2]
    assert r.wait_since[:, 0].tolist() == [0, 5, 5, 5]
    # who needed it once may go on, and nobody else's need counts
    r.phq[:] = 3
    protocol.withhold(world, arm, log)
    assert log.back.tolist() == [False, True, False, False]
    assert r.care_service[1, 0] == 2


@pytest.fixture
def open_log(monkeypatch):
    """A log of four people, of whom two take part, in a world of columns."""
    monkeypatch.setattr(
        follow_up, "score_everybody", lambda world: np.zeros(world.residents.key.size)
    )

    def begin(**changes):
        usual = load_trial("cr-01").model_copy(update={"follow_up": 4})
        outcome = usual.outcome.model_copy(
            update={"measure": "admission", "counted": "count"} | changes
        )
        study = usual.model_copy(update={"outcome": outcome})
        world = make_world(4)
        prices = {
            "emergency_visit": SimpleNamespace(amount=800.0),
            "inpatient_day": SimpleNamespace(amount=1000.0),
            "boarding_day": SimpleNamespace(amount=500.0),
        }
        world.scenario = SimpleNamespace(prices=SimpleNamespace(**prices))
        world.weekly_cost = np.array([600.0, 90.0, 0.0])
        world.provision.offers.places[:] = [20, 30, 0]
        return world, follow_up.FollowUpLog(study, world, {1: Course(minutes=30)}, {1: 2.0})

    return begin


def look(log, name):
    return log.table[name].tolist()


def test_a_week_counts_from_the_one_after_recruitment_to_the_last_of_the_window(open_log):
    world, log = open_log(from_=1, to=3)
    r = world.residents
    log.recruit(world, np.array([0, 1]))
    for _ in range(5):
        log.watch(world, np.zeros(4))
        r.happened[:] = Event.ADMITTED
        log.note(world)
    assert look(log, "admission") == [2, 2, 0, 0]
    assert look(log, "followed") == [2, 2, 0, 0]
    assert look(log, "first_admission") == [2, 2, np.inf, np.inf]
    assert log.records()[:, 0].tolist() == [10, 11]


def test_who_dies_or_moves_away_is_seen_as_they_were_last(open_log):
    world, log = open_log()
    r = world.residents
    r.employment[:] = Employment.EMPLOYED
    log.recruit(world, np.array([0, 1, 2]))
    log.watch(world, np.zeros(4))
    log.note(world)
    assert look(log, "employed") == [1, 1, 1, 0]
    r.alive[0], r.happened[0] = 0, Event.DIED
    r.key[1], r.phq[:] = 99, 21
    r.employment[2] = Employment.NOT_IN_WORK
    log.note(world)
    assert look(log, "alive") == [0, 1, 1, 0]
    assert look(log, "employed") == [0, 1, 0, 0]
    # whoever died was at risk in that week; whoever moved away was not
    assert look(log, "followed") == [2, 1, 2, 0]
    assert look(log, "phq_after") == [21, 7, 21, 0]
    r.happened[0] = 0
    log.note(world)
    assert look(log, "followed") == [2, 1, 3, 0]


def test_costs_are_places_visits_and_days_in_the_ward_and_on_the_way_to_it(open_log):
    world, log = open_log()
    r = world.residents
    log.recruit(world, np.array([0, 1]))
    log.watch(world, np.zeros(4))
    r.happened[0] = Event.EMERGENCY
    r.ward_days[0], r.care_service[0, 0], r.care_service[1, 0], r.care_service[1, 1] = 3, 1, 2, 1
    r.care_sessions[1, 0] = 1
    log.note(world)
    assert look(log, "hospital_cost")[:2] == [3800, 0]
    assert look(log, "cost")[:2] == pytest.approx([3800 + 600 / 20, 90 / 30 + 600 / 20])
    assert look(log, "days")[:2] == [3, 0]
    # a session that stands for two contacts of half an hour
    assert look(log, "contact_time")[:2] == [0, 1]
    assert look(log, "dose")[:2] == [0, 2]
    # who boards is charged for a week of it at most
    r.ward_days[0] = 0
    r.happened[:2] = Event.BOARDED
    r.boarding[:2] = 3, 20
    log.note(world)
    assert look(log, "hospital_cost")[:2] == [3800 + 3 * 500, 7 * 500]


def test_symptoms_return_once_in_the_second_week_of_a_row(open_log):
    world, log = open_log()
    log.recruit(world, np.array([0]))
    found = []
    for score in (12, 10, 15, 9, 10):
        world.residents.phq[:] = score
        log.note(world)
        found.append(look(log, "symptoms_return")[0])
    assert found == [0, 1, 1, 1, 1]
    assert look(log, "first_symptoms_return")[0] == 2


def test_acute_care_is_the_ward_the_department_or_a_team_that_begins_this_week(open_log):
    world, log = open_log(measure="acute_care")
    r = world.residents
    log.recruit(world, np.arange(4))
    log.watch(world, np.zeros(4))
    r.happened[:] = [Event.ADMITTED, Event.EMERGENCY, 0, 0]
    r.care_service[2:, 0], r.care_since[2:, 0] = 3, [world.week - 1, world.week - 2]
    log.note(world)
    assert look(log, "acute_care") == [1, 1, 1, 0]
    assert look(log, "emergency") == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("stated", "people", "in_all", "each"),
    [
        ({"size": 12}, 100, 200, 12),
        ({"number": 10}, 60, 200, 20),
        ({"number": 9}, 100, 200, 25),
        ({"number": 2}, 10, 200, 10),
    ],
)
def test_clusters_are_shared_among_the_arms_by_their_people(stated, people, in_all, each):
    told = SimpleNamespace(size=stated.get("size"), number=stated.get("number"))
    assert clusters.size_of(told, people, in_all) == each


@pytest.mark.parametrize("icc", [0.01, 0.05, 0.1, 0.3])
def test_how_alike_halves_are_has_a_formula(icc):
    """Of a threshold at the median, Sheppard (1899): the correlation is 2/pi of the arc sine of the latent one.

    By quadrature it was 0 up to 2%, and 28% too much at 10%.
    """
    halves = np.repeat([0.0, 1.0], 500)
    latent = clusters.find_latent_correlation(halves, icc)
    assert latent == pytest.approx(math.sin(icc * math.pi / 2), rel=1e-6)


def test_what_nobody_differs_in_has_no_clusters_and_what_one_has_is_as_alike_as_it_can_be():
    assert clusters.find_latent_correlation(np.repeat([0.0, 1.0], 50), 0.0) == 0.0
    assert clusters.find_latent_correlation(np.ones(9), 0.3) == 0.0
    assert clusters.find_latent_correlation(np.arange(9.0) == 8, 1.0) == clusters.MOST_ALIKE


def test_events_of_a_cluster_are_as_alike_as_is_stated():
    """An event of one in ten, at the 2% that the documentation has: drawn, and counted."""
    outcomes = np.repeat([0.0, 1.0], [900, 100])
    latent = clusters.find_latent_correlation(outcomes, 0.02)
    ranks = clusters.draw_ranks(2_000_000, 2, latent, np.random.default_rng(1))
    pairs = outcomes[(ranks * 1000).astype(int)].reshape(-1, 2)
    assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.02, abs=0.004)


def test_people_of_one_cluster_are_alike_and_of_two_are_not():
    ranks = clusters.draw_ranks(40_000, 4, 0.6, np.random.default_rng(3)).reshape(-1, 4)
    assert ranks.mean() == pytest.approx(0.5, abs=0.01)
    assert ranks.var() == pytest.approx(1 / 12, abs=0.002)
    # of ranks, Pearson (1907): 6/pi of the arc sine of half the latent correlation
    inside = np.corrcoef(ranks[:, 0], ranks[:, 3])[0, 1]
    assert inside == pytest.approx(6 / math.pi * math.asin(0.3), abs=0.03)
    assert np.corrcoef(ranks[:-1, 3], ranks[1:, 0])[0, 1] == pytest.approx(0.0, abs=0.03)


def test_people_stand_by_outcome_and_the_soonest_event_highest():
    two = Values(np.array([1.0, 0, 1]), np.zeros(3), np.array([9, np.inf, 2]), np.ones(3))
    pool = replay.gather(SimpleNamespace(clusters=None), [two, values(0, 1)])
    assert pool.people.value.tolist() == [0, 0, 1, 1, 1]
    assert pool.people.time.tolist()[-2:] == [9, 2]
    assert pool.latent == 0.0


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("SMD", "d_within", 1),
        ("OR", "RR", 1),
        ("SMD", "OR", 1 / 0.551),
        ("OR", "SMD", 0.551),
        ("MD", "SMD", None),
        ("SMD", "RR", None),
    ],
)
def test_heterogeneity_is_carried_between_scales_that_have_a_bridge(
    monkeypatch, given, wanted, factor
):
    """A log odds ratio is 1/0.551 standard deviations (logistic to normal); a difference of means is on no common scale."""
    told = SimpleNamespace(heterogeneity=SimpleNamespace(tau=0.2, i2=None))
    services = {"any": {"kind": "therapy"}}
    pooled = SimpleNamespace(
        effect=given, published=told, services=services, id="P", title="pooled"
    )
    monkeypatch.setattr(heterogeneity, "_list_pooled", lambda: (pooled,))
    new = SimpleNamespace(effect=wanted, published=None, services=services)
    tau, source = heterogeneity.find_tau(new, 0.1)
    assert (tau, source) == (
        (None, "") if factor is None else (pytest.approx(0.2 * factor), "P, pooled")
    )
    other = SimpleNamespace(effect=wanted, published=None, services={"any": {"kind": "choir"}})
    assert heterogeneity.find_tau(other, 0.1) == (None, "")


def test_a_prediction_interval_and_i2_say_how_trials_differ():
    def tell(effect, **told):
        missing = {"tau": None, "i2": None, "low": None, "high": None}
        published = SimpleNamespace(heterogeneity=SimpleNamespace(**(missing | told)))
        return heterogeneity.find_tau(SimpleNamespace(effect=effect, published=published), 0.3)[0]

    assert tell("MD", low=-1.0, high=3.0) == pytest.approx(4 / (2 * 1.959964))
    assert tell("RR", low=0.5, high=2.0) == pytest.approx(math.log(4) / (2 * 1.959964))
    # three quarters of the variance are not chance: three times that of chance
    assert tell("MD", i2=0.75) == pytest.approx(0.3 * math.sqrt(3))


def test_what_trials_differ_in_beyond_the_draws_is_added(monkeypatch):
    rng = np.random.default_rng(5)
    effects_found = np.tile([-1.0, 1.0], 2_000) + 0.1 * rng.standard_normal(4_000)
    widths = {}
    for tau in (None, 0.5, 3.0):
        monkeypatch.setattr(heterogeneity, "find_tau", lambda *_, tau=tau: (tau, "told"))
        low, high, _ = heterogeneity.predict_new_trial(
            SimpleNamespace(effect="MD"), effects_found, 2, rng
        )
        widths[tau] = high - low
    # draws differ by 1.41 (standard deviation of -1 and 1), which holds 0.5 already, and not 3
    assert widths[0.5] == pytest.approx(widths[None])
    mixed = np.concatenate(
        [m + math.hypot(math.sqrt(9 - 2), 0.1) * rng.standard_normal(200_000) for m in (-1, 1)]
    )
    assert widths[3.0] == pytest.approx(np.ptp(np.quantile(mixed, [0.025, 0.975])), rel=0.05)


@pytest.mark.parametrize("module", [trial, natural_experiment])
def test_town_k_is_of_draw_k_modulo_their_number(monkeypatch, module):
    """What is pooled by world afterwards: every third town of three draws is of one world."""
    seen, draws = [], [{"a": 0.0}, {"a": 1.0}, {"a": 2.0}]

    def run(_, tasks, *__):
        seen.extend(tasks)
        return iter(())

    monkeypatch.setattr(module, "run_side_by_side", run)
    if module is trial:
        list(trial._run_sites(load_trial("cr-01"), 5, 7, 1, draws))
    else:
        study = SimpleNamespace(
            outcome=SimpleNamespace(measure="admissions"), towns={}, has={}, town="baseline"
        )
        monkeypatch.setattr(module, "draw_town_parameters", lambda *_: draws)
        monkeypatch.setattr(module, "compare_towns", lambda *_: None)
        natural_experiment.run_natural_experiment(study, seed=5, sites=7)
    assert [(site.seed, site.draw["a"]) for site in seen] == [(5 + k, k % 3) for k in range(7)]


def test_a_trial_runs_enough_towns_and_replays_them_in_their_worlds(monkeypatch):
    """A third as many eligible people as participants: three towns for each draw."""
    study, asked = load_trial("cr-01"), {}
    found = {name: np.zeros((math.ceil(study.n[name] / 3), 1)) for name in study.arms}

    def draw(_, __, count, ___):
        return [{}] * count

    def run(_, seed, count, *__):
        asked.update(seed=seed, towns=count)
        return iter([found] * count)

    def look(_, groups, __, ___, worlds, inflation):
        return len(groups), worlds, inflation

    monkeypatch.setattr(trial, "run_site", lambda _: found)
    monkeypatch.setattr(trial, "draw_parameters_of", draw)
    monkeypatch.setattr(trial, "_run_sites", run)
    monkeypatch.setattr(trial, "replay_trial", look)
    assert trial.run_trial(study, seed=3, most_sites=60) == (48, 16, 1.0)
    assert asked == {"seed": 4, "towns": 48}
    # no more than were allowed, and fewer draws instead
    assert trial.run_trial(study, most_sites=21) == (21, 7, 1.0)
    # without draws the first town is one of them
    monkeypatch.setattr(trial, "draw_parameters_of", lambda *_: [])
    assert trial.run_trial(study, sites=5) == (5, 0, 1.0)
    assert asked["towns"] == 4


def test_too_few_towns_make_no_draws():
    study = load_trial("cr-01")
    assert trial.draw_parameters_of(study, "evidence", 3, 1) == []
    assert len(trial.draw_parameters_of(study, "evidence", 4, 1)) == 4
    assert trial.draw_parameters_of(study, "chance", 16, 1) == []


MET = [
    {"ages": [0, 12]}, {"ages": [100, 120]}, {"phq": [27, 27]}, {"lonely": [9, 9]}, {"lonely": [0, 3]},
    {"phq": [0, 26]}, {"phq": [1, 27]}, {"lonely": [3, 8]}, {"lonely": [4, 9]}, {"income": [1, 4]},
    {"likely_admission": 0.5}, {"ties": [0, 0]}, {"episode_for": 4, "episode_within": 4},
    {"diagnosis": "subthreshold", "phq": [9, 20]}, {"diagnosis": "subthreshold", "phq": [0, 5]},
    {"diagnosis": ["depression", "subthreshold"], "phq": [12, 20]},
    {"diagnosis": ["psychosis", "depression"], "severe_illness": False},
    {"role": "pupil", "ages": [17, 30]}, {"after": "birth", "sex": "female", "ages": [12, 60]},
    {"role": "caregiver", "alone": False}, {"insurance": "private", "ages": [40, 90]},
    {"insurance": "public", "ages": [70, 90]}, {"role": "retired", "ages": [18, 90]},
    {"role": "out_of_work", "ages": [18, 90]}, {"online": True}, {"online": False},
    {"in_care": ["youth_group", "primary_care"], "in_care_for": 4}, {"not_in_care": "primary_care"},
]  # fmt: skip


@pytest.mark.parametrize("wanted", MET)
def test_people_who_can_be_found_are_not_called_impossible(wanted):
    """Beside each limit from which on nobody is found: what is just within it."""
    people = Eligible.model_validate(wanted)
    assert list(find_impossible_people(("eligible",), people, load("baseline"))) == []


def test_the_shipped_site_gives_money_to_the_trial_alone():
    study = load_trial("cr-01")
    name = next(name for name, arm in study.arms.items() if arm.give)
    town = sites.equip(load(study.town), study, study.arms[name])
    fund = town.funds[sites.TRIAL_FUND]
    assert set(fund.only_for) == set(study.arms[name].give)
    assert (fund.from_, fund.amount.amount, fund.amount.per) == (0, 1e8, "year")
    assert all(town.services[given].from_ == 0 for given in study.arms[name].give)


def test_two_lines_of_a_noisy_series_are_those_of_their_own_weeks():
    """Each by itself: the last week before counts, those under way do not."""
    rng, weeks = np.random.default_rng(4), np.arange(-20, 30)
    series = 50.0 + 0.3 * weeks + 4.0 * (weeks >= 3) + rng.standard_normal(50)
    series[40] = np.nan
    found = natural_experiment.fit_lines(series, 20, 3)
    known = np.isfinite(series)
    first = np.polyfit(weeks[weeks < 0], series[weeks < 0], 1)
    last = np.polyfit(weeks[(weeks >= 3) & known], series[(weeks >= 3) & known], 1)
    assert found.level == pytest.approx(np.polyval(first, 3))
    assert found.step == pytest.approx(np.polyval(last, 3) - np.polyval(first, 3))
    assert found.slope == pytest.approx(last[0] - first[0])


@pytest.mark.parametrize(
    ("begins", "to", "said"),
    [
        (
            9,
            8,
            "never acts: it begins 9 weeks after recruitment, and participants are followed for 8",
        ),
        (
            8,
            8,
            "never acts: it begins 8 weeks after recruitment, and participants are followed for 8",
        ),
        (7, 6, "never acts on the outcome, which is looked at until 6 weeks after"),
        (7, 8, None),
    ],
)
def test_a_course_that_begins_after_all_has_been_looked_at_never_acts(begins, to, said):
    study = load_trial("cr-01").model_copy(update={"follow_up": 8})
    study = study.model_copy(
        update={"outcome": study.outcome.model_copy(update={"from_": None, "to": to})}
    )
    found = list(courses._look_at_amounts(("arms",), Course(begins=begins), study))
    assert [conflict.message for conflict in found] == ([said] if said else [])
