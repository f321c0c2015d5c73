"""Who looks for help, waits, is welcome and is met by outreach: the edges of each rule, by hand."""

import math

import numpy as np
import pytest

from sim.state.codes import AudienceGroup, Employment, Event, KindParameter, OpenAfter, Sought
from sim.state.groups import Supply, Week
from sim.week.resident.help_seeking import is_helped, is_in_need
from sim.week.resident.phases import SEEK_HELP
from sim.week.resident.service_choice import is_welcome


@pytest.fixture
def seek(before, strangers, p, seed):
    """A week of help-seeking, with some parameters as stated; a place is worth more than none."""

    def live_a_week(r, o, week=0, **changes):
        o.attraction[:] = 50.0
        given = p._replace(seeking=p.seeking._replace(**changes))
        count = r.key.size
        before(
            SEEK_HELP,
            r,
            o,
            strangers(count),
            np.zeros((count + 1, 4), np.float32),
            given,
            seed,
            week,
        )

    return live_a_week


def test_one_bad_week_is_no_episode_that_warrants_help():
    assert [is_in_need(2.0, False, episode, 10.0) for episode in (-1, 0, 1, 2)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_wait_for_the_first_service_is_help_of_its_kind(people, services):
    r, o = people(2), services(2)
    o.informal[0] = 1
    r.wait_service[0, 1] = 1
    helped = [[bool(is_helped(i, r, o, kind)) for i in range(2)] for kind in (0, 1)]
    assert helped == [[False, False], [True, False]]


def test_nobody_goes_on_waiting_for_a_lecture_and_other_lists_are_kept_or_given_up_by_themselves(
    people, services, seek
):
    r, o = people(3), services(2)
    o.kind_parameters[0, KindParameter.LOW_INTENSITY] = 1.0
    r.wait_service[:] = (1, 2), (1, 0), (2, 1)
    seek(r, o, seeking=0.0, give_up=0.0)
    assert r.wait_service.tolist() == [[0, 2], [0, 0], [2, 0]]
    assert not r.happened.any()
    r.wait_service[:] = (1, 2), (1, 0), (2, 1)
    seek(r, o, seeking=0.0, give_up=50.0)
    assert not r.wait_service.any()
    assert r.happened.tolist() == [Event.GAVE_UP, 0, Event.GAVE_UP]


def test_a_wait_harms_from_its_own_week_on_whenever_it_began(people, services, seek):
    """More than twelve weeks: of those who have waited twelve, thirteen and twice as long, two."""
    r, o = people(3), services(2)
    r.wait_service[:2, 0], r.wait_service[2, 1] = 1, 2
    r.wait_since[:, 0], r.wait_since[2, 1] = (28, 27, 0), 14
    seek(
        r, o, 40, seeking=0.0, give_up=0.0, wait_harm_from=12.0, wait_harm=0.25, wait_harm_most=0.9
    )
    assert r.coping.tolist() == pytest.approx([0.0, -0.25, -0.25])


def test_whoever_feels_symptoms_or_lives_with_severe_illness_looks_and_who_is_well_waits_on(
    people, services, seek
):
    """Everybody would look who notices: at the score, or below it with a severe illness, or with both."""
    r, o = people(7), services(2)
    r.phq[:] = (5.0, 4.9, 0.0, 20.0, 0.0, 20.0, 20.0)
    r.severe[2:4], r.wait_service[4, 0], r.stay[5:] = 1, 1, (1, 0)
    seek(r, o, seeking=1e9, notice_phq=5.0, give_up=0.0)
    assert (r.wait_service[:, 0] > 0).tolist() == [True, False, True, True, True, False, True]
    assert r.wait_service[4].tolist() == [1, 0]


def test_who_was_treated_before_looks_at_a_rate_of_their_own(people, services, seek):
    r, o = people(40), services(1)
    r.phq[:], r.last_session[::2] = 12.0, np.arange(20) - 300
    seek(r, o, week=3, seeking=1e9, seeking_again=0.0)
    assert ((r.wait_service[:, 0] == 0) == (np.arange(40) % 2 == 0)).all()


def test_treatment_and_support_are_two_decisions_each_as_likely_as_its_hazard(
    people, services, seek
):
    """A hazard of 0.9 a week: 1 − e^−0.9 look for one, as many for the other, the product for both."""
    r, o = people(3_000), services(2)
    o.informal[1], r.phq[:] = Sought.INFORMAL, 10.0
    seek(r, o, seeking=0.9, need_phq=10.0, notice_phq=5.0)
    treatment, support = ((r.wait_service == s + 1).any(axis=1) for s in (0, 1))
    share, slack = 1 - math.exp(-0.9), 4 * math.sqrt(0.25 / 3_000)
    assert treatment.mean() == pytest.approx(share, abs=slack)
    assert support.mean() == pytest.approx(share, abs=slack)
    assert (treatment & support).mean() == pytest.approx(share**2, abs=slack)


def test_certain_outreach_meets_an_eighth_of_people_each_week_by_their_keys(people, services, seek):
    """The second of three services reaches out, for a single place; the first, which does not, is in nobody's way."""
    r, o = people(60), services(3)
    r.key[:] = 1_000 + 7 * np.arange(60)
    o.outreach[1], o.places[1] = 9.0, 1
    for week in range(5, 13):
        r.wait_service[:] = 0
        seek(r, o, week, seeking=0.0)
        met = (r.key.astype(int) + week) % 8 == 0
        assert ((r.wait_service[:, 0] == 2) == met).all(), week
        assert (r.wait_service > 0).sum() == met.sum() > 0


def welcome(r, o, p, seed, week=0):
    return bool(is_welcome(0, 0, r, Supply(o, p.choice), Week(week, np.uint64(week), seed)))


EDGES = {
    "a single place": ({"places": 1}, {}, {"places": 0}, {}),
    "no severe illness": ({"severe_high": 0}, {}, {"severe_high": 0}, {"severe": 1}),
    "somebody online, in a room": ({"online": 0}, {"online": 1}, {"online": 1}, {"online": 0}),
    "after a crisis": (
        *({"after": OpenAfter.CRISIS, "within": 26}, {"since_crisis": 26}),
        *({"after": OpenAfter.CRISIS, "within": 26}, {"since_crisis": 27}),
    ),
    "after the ward": (
        *({"after": OpenAfter.DISCHARGE, "within": 9}, {"discharged": 9, "since_crisis": 99}),
        *({"after": OpenAfter.DISCHARGE, "within": 9}, {"discharged": 10, "since_crisis": 1}),
    ),
    "named groups": ({"admits": 1}, {}, {"admits": 0}, {}),
    "workers": (
        *({"who": AudienceGroup.WORKERS}, {"employment": Employment.EMPLOYED}),
        *({"who": AudienceGroup.WORKERS}, {"employment": Employment.RETIRED}),
    ),
    "mothers": (
        *({"after": OpenAfter.BIRTH, "within": 104}, {"female": 1, "age": 30.5}),
        *({"after": OpenAfter.BIRTH, "within": 104}, {"female": 0, "age": 30.5}),
    ),
}
"""A service and somebody who is just welcome there; the same, changed by a step, where they are not."""


@pytest.mark.parametrize("of", EDGES)
def test_whoever_is_at_the_edge_is_welcome_and_who_is_beyond_it_not(people, services, p, seed, of):
    service, person, other_service, other = EDGES[of]
    given = p._replace(choice=p.choice._replace(births=1.0))
    for columns, mine, expected in ((service, person, True), (other_service, other, False)):
        r, o = people(1), services(1)
        r.phq[:] = 10.0
        for table, values in ((o, columns), (r, mine)):
            for name, value in values.items():
                getattr(table, name)[:] = value
        assert welcome(r, o, given, seed) == expected


MEANT = {
    AudienceGroup.PUPILS: (Employment.STUDENT, 18.0),
    AudienceGroup.WORKERS: (Employment.EMPLOYED, 40.0),
    AudienceGroup.OUT_OF_WORK: (Employment.NOT_IN_WORK, 64.9),
}


@pytest.mark.parametrize("who", MEANT, ids=lambda who: who.name)
def test_pupils_workers_and_those_out_of_work_are_told_by_what_they_do(
    people, services, p, seed, who
):
    work, age = MEANT[who]
    r, o = people(1), services(1)
    o.who[:], r.age[:] = who, age
    for mine in Employment:
        r.employment[:] = mine
        assert welcome(r, o, p, seed) == (mine == work), mine
