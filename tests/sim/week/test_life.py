"""Life: events for the poor and the jobless, coping that damps them, hazards of dying."""

import math

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import Employment, Event
from sim.state.groups import Week
from sim.week.resident.life import (
    HOME_WEEKS,
    expect_death,
    expect_event,
    expect_home_event,
    expect_suicide,
    experience_events,
    weigh_event,
)


def test_events_strike_the_poor_the_jobless_and_in_hard_times(p):
    assert expect_event(2.0, True, 1.0, p.life) == pytest.approx(0.025)
    assert expect_event(0.0, True, 1.0, p.life) == pytest.approx(0.025 * 1.4)
    assert expect_event(4.0, True, 1.0, p.life) == pytest.approx(0.025 * 0.6)
    assert expect_event(2.0, False, 1.0, p.life) == pytest.approx(0.025 * 1.3)
    assert expect_event(2.0, True, 3.0, p.life) == pytest.approx(0.075)


def test_coping_damps_the_jump_and_its_lack_does_not_deepen_it(p):
    plain = weigh_event(0.0, math.exp(-2.0), p.life)
    assert plain == pytest.approx(2.0 * p.life.event_size)
    assert weigh_event(0.5, math.exp(-2.0), p.life) == pytest.approx(plain * math.exp(-0.5))
    assert weigh_event(-0.5, math.exp(-2.0), p.life) == pytest.approx(plain)


def test_death_comes_with_age_and_severe_illness(p):
    young, old = expect_death(30.0, False, p.life), expect_death(80.0, False, p.life)
    assert old / young == pytest.approx(math.exp(50 * 0.088))
    assert expect_death(30.0, True, p.life) == pytest.approx(2.54 * young)
    assert 52.18 * old == pytest.approx(0.000045 * math.exp(0.088 * 80), rel=1e-3)


def test_suicide_is_a_hazard_of_its_own(p):
    plain = expect_suicide(0.0, False, False, 9_999.0, False, p.life)
    assert plain == pytest.approx(p.life.suicide)
    assert expect_suicide(0.0, True, False, 9_999.0, False, p.life) == pytest.approx(0.26 * plain)
    assert expect_suicide(10.0, False, False, 9_999.0, False, p.life) == pytest.approx(
        plain * math.exp(1.3)
    )
    assert expect_suicide(0.0, False, True, 9_999.0, False, p.life) == pytest.approx(3.0 * plain)
    assert expect_suicide(0.0, False, False, 0.0, False, p.life) == pytest.approx(13.0 * plain)
    assert expect_suicide(0.0, False, False, 10.0, False, p.life) == pytest.approx(
        plain * (1 + 12.0 / math.e)
    )


def test_suicide_is_nearer_where_a_bed_was_needed_and_not_found(p):
    plain = expect_suicide(0.0, False, False, 9_999.0, False, p.life)
    unmet = expect_suicide(0.0, False, False, 0.0, True, p.life)
    assert unmet == pytest.approx(plain * (1.0 + 12.0 * p.life.suicide_unmet))
    assert expect_suicide(0.0, False, False, 9_999.0, True, p.life) == plain


def test_a_week_makes_people_older_and_clears_what_was(people, scratch, p, seed):
    r = people(3)
    r.happened[:], r.sessions[:], r.missed[:], r.event_load[:], r.discharged[0] = 7, 2, 1, 1.0, 4
    experience_events(
        0, 3, r, 0.0, Week(1, week_counter_of(1), seed), p.life._replace(mortality=0.0), scratch
    )
    assert r.age.tolist() == pytest.approx([40 + 7 / 365.25] * 3, abs=1e-5)
    assert r.happened.tolist() == r.sessions.tolist() == r.missed.tolist() == [0, 0, 0]
    assert r.event_load.tolist() == pytest.approx([0.5 ** (1 / 12)] * 3)
    assert r.discharged.tolist() == [5, 9_999, 9_999]


def test_certain_hazards_strike_everybody_alive_and_nobody_else(people, scratch, p, seed):
    r = people(300)
    r.alive[200:] = 0
    experience_events(
        0, 300, r, 100.0, Week(1, week_counter_of(1), seed), p.life._replace(mortality=1e3), scratch
    )
    assert r.alive.sum() == 0
    assert (r.happened[:200] == Event.DIED).all()
    assert (r.happened[200:] == 0).all()
    assert (r.event_load[:200] > 0).all()
    assert (r.suicide_hazard[200:] == 0).all()
    r = people(300)
    experience_events(
        0, 300, r, 0.0, Week(1, week_counter_of(1), seed), p.life._replace(suicide=1e3), scratch
    )
    assert (r.happened == Event.DIED | Event.SUICIDE).all()


def test_rows_do_not_matter_only_keys(people, scratch, p, seed):
    storm = p.life._replace(events=0.5)
    whole, parts = people(600), people(600)
    experience_events(0, 600, whole, 1.0, Week(2, week_counter_of(2), seed), storm, scratch)
    for start, stop in ((400, 600), (0, 1), (1, 400)):
        experience_events(
            start, stop, parts, 1.0, Week(2, week_counter_of(2), seed), storm, scratch
        )
    assert np.array_equal(whole.event_load, parts.event_load)
    turned = people(600)
    turned.key[:] = turned.key[::-1].copy()
    experience_events(0, 600, turned, 1.0, Week(2, week_counter_of(2), seed), storm, scratch)
    assert np.array_equal(whole.event_load, turned.event_load[::-1])


def test_what_strikes_a_home_strikes_everybody_in_it_and_nobody_else(people, scratch, p, seed):
    r = people(4_000)
    r.household[:] = np.arange(4_000) // 4
    q = p.life._replace(events=0.02, events_shared=1.0, mortality=0.0, suicide=0.0)
    for week in range(1, 1 + HOME_WEEKS):
        experience_events(0, 4_000, r, 1.0, Week(week, week_counter_of(week), seed), q, scratch)
    struck = (r.event_load > 0).reshape(-1, 4)
    assert (struck.any(axis=1) == struck.all(axis=1)).all()
    assert struck[:, 0].mean() == pytest.approx(1 - math.exp(-0.02 * HOME_WEEKS), abs=0.03)


def test_circumstances_last_for_years_and_are_then_drawn_anew(people, scratch, p, seed):
    r = people(4_000)
    r.lasting[:] = 1
    q = p.life._replace(
        turning=0.02, circumstances_own=0.5, circumstances_home=0.0, mortality=0.0, suicide=0.0
    )
    for week in range(50):
        experience_events(0, 4_000, r, 1.0, Week(week, week_counter_of(week), seed), q, scratch)
    kept = float((r.circumstances == 0).mean())
    assert kept == pytest.approx(0.98**50, abs=0.03)
    new = r.circumstances[r.circumstances != 0]
    # what held an illness goes with the circumstances that it came with
    assert np.array_equal(r.lasting == 1, r.circumstances == 0)
    assert new.mean() == pytest.approx(0.0, abs=0.03)
    assert new.std() == pytest.approx(0.5, abs=0.03)


def test_a_turning_point_of_a_home_changes_what_all_in_it_share_and_nothing_of_their_own(
    people, scratch, p, seed
):
    r = people(4_000)
    r.household[:] = np.arange(4_000) // 4
    own, home = np.linspace(-1.0, 1.0, 4_000).astype(np.float32), np.float32(0.25)
    r.circumstances[:], r.home_circumstances[:], r.lasting[:] = own + home, home, 1
    r.alive[::7] = 0
    q = p.life._replace(
        turning=1e-12, circumstances_home=0.6, mortality=0.0, suicide=0.0, events_shared=0.0
    )
    turning = q._replace(turning=0.05)

    def live(weeks, rules):
        for week in weeks:
            experience_events(
                0, 4_000, r, 1.0, Week(week, week_counter_of(week), seed), rules, scratch
            )

    live(range(1, 1 + HOME_WEEKS), q)
    assert (r.home_circumstances == home).all()
    # Turning points of people's own would redraw their own part: here they are as good as never.
    apply = turning._replace(circumstances_own=0.0)
    before = r.circumstances.copy()
    live(range(1, 1 + HOME_WEEKS), apply)
    shared = r.home_circumstances.reshape(-1, 4)
    assert (shared == shared[:, :1]).all()
    turned = shared[:, 0] != home
    assert turned.mean() == pytest.approx(0.05 * HOME_WEEKS, abs=0.05)
    assert shared[turned, 0].std() == pytest.approx(0.6, abs=0.08)
    kept = r.lasting == 1
    assert (r.circumstances - before)[kept] == pytest.approx(
        (r.home_circumstances - home)[kept], abs=1e-5
    )


def test_a_home_is_struck_by_its_share_of_events_the_poor_and_in_hard_times_more(p):
    q = p.life._replace(events=0.02, events_shared=0.25, events_poverty=0.4)
    assert expect_home_event(2.0, 1.0, q) == pytest.approx(1 - math.exp(-4 * 0.02 * 0.25))
    assert expect_home_event(0.0, 3.0, q) == pytest.approx(1 - math.exp(-4 * 0.02 * 0.25 * 1.4 * 3))
    assert expect_event(2.0, True, 1.0, q) == pytest.approx(0.02 * 0.75)


def test_the_place_of_somebody_who_died_by_suicide_is_free_when_they_would_have_died(
    people, scratch, p, seed
):
    """Nobody comes before: who moves in would otherwise hang on what services prevent."""
    given = p.life._replace(events=0.0, mortality=0.0, suicide=1e3)
    r = people(3)
    experience_events(0, 3, r, 1.0, Week(1, week_counter_of(1), seed), given, scratch)
    assert (r.alive.tolist(), r.vacated.tolist()) == ([0, 0, 0], [0, 0, 0])
    given = given._replace(mortality=1e3, suicide=0.0)
    experience_events(0, 3, r, 1.0, Week(2, week_counter_of(2), seed), given, scratch)
    assert (r.happened.tolist(), r.vacated.tolist()) == ([0, 0, 0], [1, 1, 1])
    r = people(3)
    experience_events(0, 3, r, 1.0, Week(2, week_counter_of(2), seed), given, scratch)
    assert (r.happened.tolist(), r.vacated.tolist()) == ([Event.DIED] * 3, [1, 1, 1])


def test_events_strike_as_often_as_the_rate_says_those_without_work_more(people, scratch, p, seed):
    r = people(4_000)
    r.employment[:2_000], r.employment[2_000:] = Employment.EMPLOYED, Employment.NOT_IN_WORK
    given = p.life._replace(
        events=0.1, events_shared=0.0, events_jobless=2.0, mortality=0.0, suicide=0.0
    )
    experience_events(0, 4_000, r, 1.0, Week(1, week_counter_of(1), seed), given, scratch)
    struck = r.event_load > 0
    assert struck[:2_000].mean() == pytest.approx(0.1, abs=0.027)
    assert struck[2_000:].mean() == pytest.approx(0.2, abs=0.036)
    assert r.event_load[struck].mean() == pytest.approx(given.event_size, rel=0.2)


def test_the_hazard_of_a_week_is_that_of_those_who_began_it_alive(people, scratch, p, seed):
    r = people(4)
    r.phq[:], r.female[1], r.severe[2], r.alive[3] = 12.0, 1, 1, 0
    r.since_need[:], r.unmet[0] = (3, 519, 520, 9_999), 1
    given = p.life._replace(mortality=0.0)
    experience_events(0, 4, r, 1.0, Week(1, week_counter_of(1), seed), given, scratch)
    by_hand = [
        expect_suicide(12.0, False, False, 3.0, True, given),
        expect_suicide(12.0, True, False, 519.0, False, given),
        expect_suicide(12.0, False, True, 9_999.0, False, given),
        0.0,
    ]
    assert r.suicide_hazard.tolist() == pytest.approx(by_hand, rel=1e-5)
    assert r.since_need.tolist() == [4, 520, 521, 9_999]


def test_every_home_is_looked_at_once_in_four_weeks_for_as_long_as_a_town_lives(
    people, scratch, p, seed
):
    r = people(40)
    r.household[:] = np.arange(40) // 2
    given = p.life._replace(events=99.0, events_shared=1.0, mortality=0.0, suicide=0.0)
    for week in range(101, 101 + HOME_WEEKS):
        r.event_load[:] = 0.0
        experience_events(0, 40, r, 1.0, Week(week, week_counter_of(week), seed), given, scratch)
        assert ((r.event_load > 0) == (r.household % HOME_WEEKS == week % HOME_WEEKS)).all()


def test_hazards_of_dying_and_what_events_add_in_parts(p):
    """With no value at which a product, a quotient and a power are the same."""
    q = p.life._replace(
        suicide=2e-6,
        suicide_recent=12.0,
        suicide_recent_weeks=10.0,
        suicide_unmet=1.7,
        suicide_symptoms=0.13,
        suicide_female=0.26,
        suicide_severe=3.0,
    )
    for since, unmet, more in ((4.0, True, 1.7), (25.0, False, 1.0)):
        recent = 12.0 * math.exp(-since / 10.0) * more
        assert expect_suicide(7.0, True, True, since, unmet, q) == pytest.approx(
            2e-6 * 0.26 * 3.0 * math.exp(0.91) * (1.0 + recent)
        )
    q = q._replace(event_size=0.34, event_damping=1.4)
    assert weigh_event(0.3, math.exp(-0.6), q) == pytest.approx(0.34 * 0.6 * math.exp(-1.4 * 0.3))
    q = q._replace(mortality=3e-6, mortality_age=0.09, mortality_severe=2.5)
    assert expect_death(44.0, True, q) == pytest.approx(3e-6 * math.exp(0.09 * 44.0) * 2.5)
    q = q._replace(events=0.04, events_shared=0.3, events_poverty=0.4, events_jobless=1.3)
    assert expect_event(1.0, False, 1.5, q) == pytest.approx(0.04 * 0.7 * 1.2 * 1.3 * 1.5)
    assert expect_home_event(3.0, 1.5, q) == pytest.approx(
        1 - math.exp(-HOME_WEEKS * 0.04 * 0.3 * 0.8 * 1.5)
    )


def live(people, scratch, p, seed, count=3, surge=1.0, week=1, columns=None, **changes):
    r = people(count)
    for name, value in (columns or {}).items():
        getattr(r, name)[:] = value
    given = p.life._replace(**({"events_shared": 0.0} | changes))
    experience_events(0, count, r, surge, Week(week, week_counter_of(week), seed), given, scratch)
    return r


def test_whatever_comes_in_one_week_comes_together_and_suicide_is_the_cause_of_death(
    people, scratch, p, seed
):
    """An event in the week of a death, of either cause, and where both strike the first is told."""
    for mortality, suicide, cause in (
        (1e3, 0.0, Event.DIED),
        (0.0, 1e3, Event.DIED | Event.SUICIDE),
        (1e3, 1e3, Event.DIED | Event.SUICIDE),
    ):
        r = live(people, scratch, p, seed, surge=100.0, mortality=mortality, suicide=suicide)
        assert (r.happened == cause).all()
        assert (r.vacated == (mortality > 0)).all()
        assert (r.event_load > 0).all()


def test_nothing_strikes_the_dead_whether_it_is_their_own_or_of_their_home(
    people, scratch, p, seed
):
    for shared in (0.0, 1.0):
        for week in range(HOME_WEEKS):
            r = live(
                *(people, scratch, p, seed, 300, 100.0, week),
                columns={"alive": 0, "event_load": 0.5},
                events_shared=shared,
            )
            assert r.event_load.tolist() == pytest.approx([0.5 * p.life.event_decay] * 300)
            assert not r.happened.any()


def test_as_many_die_as_follows_from_the_weekly_hazard(people, scratch, p, seed):
    """A hazard of 0.7 a week takes 1 − e^−0.7, of either cause, and no event kills anybody."""
    of_age = {"mortality_age": 0.0, "suicide_symptoms": 0.0}
    for mortality, suicide, event in (
        (0.7, 0.0, Event.DIED),
        (0.0, 0.7, Event.DIED | Event.SUICIDE),
    ):
        rates = {"mortality": mortality, "suicide": suicide}
        r = live(people, scratch, p, seed, 4_000, 100.0, **rates, **of_age)
        assert (r.happened == event).mean() == pytest.approx(1 - math.exp(-0.7), abs=0.03)
        assert (r.alive == 0).sum() == (r.happened != 0).sum()


def test_time_since_what_happened_grows_by_a_week_up_to_never(people, scratch, p, seed):
    since = {"since_crisis": (0, 51, 9_999), "discharged": (1, 9_998, 9_999), "ward_days": 5}
    r = live(people, scratch, p, seed, columns=since, mortality=0.0, suicide=0.0)
    assert r.since_crisis.tolist() == [1, 52, 9_999]
    assert r.discharged.tolist() == [2, 9_999, 9_999]
    assert r.ward_days.tolist() == [0, 0, 0]


def test_pupils_and_pensioners_are_struck_no_more_often_than_those_at_work(
    people, scratch, p, seed
):
    work = np.arange(8_000) % len(Employment)
    r = live(
        *(people, scratch, p, seed, 8_000),
        columns={"employment": work},
        events=0.1,
        events_jobless=4.0,
        mortality=0.0,
        suicide=0.0,
    )
    for state in Employment:
        rate = 0.4 if state == Employment.NOT_IN_WORK else 0.1
        struck = (r.event_load[work == state] > 0).mean()
        assert struck == pytest.approx(rate, abs=4 * math.sqrt(rate / 2_000)), state


def test_risk_after_a_bed_was_needed_is_that_of_the_person_and_more_where_none_was_found(
    people, scratch, p, seed
):
    r = people(4)
    r.phq[:], r.since_need[:] = 7.0, 5
    r.female[:], r.severe[:], r.unmet[:] = (1, 0, 1, 0), (0, 1, 1, 0), (0, 0, 1, 0)
    given = p.life._replace(
        mortality=0.0, suicide=2e-6, suicide_female=0.26, suicide_severe=3.0, suicide_symptoms=0.13,
        suicide_recent=12.0, suicide_recent_weeks=10.0, suicide_unmet=1.7,
    )  # fmt: skip
    experience_events(0, 4, r, 1.0, Week(1, week_counter_of(1), seed), given, scratch)
    plain, recent = 2e-6 * math.exp(0.91), 12.0 * math.exp(-0.5)
    assert r.suicide_hazard.tolist() == pytest.approx(
        [
            plain * 0.26 * (1 + recent),
            plain * 3.0 * (1 + recent),
            plain * 0.26 * 3.0 * (1 + recent * 1.7),
            plain * (1 + recent),
        ],
        rel=1e-5,
    )


def test_new_circumstances_of_a_persons_own_come_on_top_of_those_of_the_home(
    people, scratch, p, seed
):
    homes = []
    for home in (0.0, 2.5):
        columns = {"home_circumstances": home, "household": 3, "circumstances": 9.0}
        r = live(
            *(people, scratch, p, seed, 400),
            columns=columns, turning=0.3, circumstances_own=0.5, mortality=0.0, suicide=0.0,
        )  # fmt: skip
        homes.append(r.circumstances.copy())
    turned = homes[0] != 9.0
    assert turned.mean() == pytest.approx(0.3, abs=0.1)
    assert np.array_equal(turned, homes[1] != 9.0)
    assert homes[1][turned] == pytest.approx(homes[0][turned] + 2.5, abs=1e-5)
