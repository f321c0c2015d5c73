"""Help-seeking: who looks for help, which services are open to whom, and when waiting is enough."""

import math

import numpy as np
import pytest

from sim.engine.kernels import table
from sim.engine.random import BLOCK, seed_words, week_counter_of
from sim.state.codes import (
    Access,
    AudienceGroup,
    Employment,
    Event,
    KindParameter,
    OpenAfter,
    Route,
    Sought,
)
from sim.state.draw_streams import Stream
from sim.state.groups import Search, Supply, Week
from sim.week.resident.help_seeking import expect_seeking, is_helped, is_in_need, seek_help
from sim.week.resident.outreach_contact import WEEKS_BETWEEN_LOOKS
from sim.week.resident.service_choice import (
    choose_service,
    is_new_mother,
    is_one_of,
    is_welcome,
    value_service,
)

SEED = seed_words(11)


def test_need_is_symptoms_illness_or_an_episode(p):
    assert not is_in_need(9.9, False, 0, p.seeking.need_phq)
    assert is_in_need(10.0, False, 0, p.seeking.need_phq)
    assert is_in_need(2.0, True, 0, p.seeking.need_phq)
    assert is_in_need(2.0, False, 5, p.seeking.need_phq)


def test_looking_for_help_grows_with_symptoms_and_shrinks_with_stigma(p):
    q = p.seeking
    plain = expect_seeking(10.0, 0.0, 0.0, 0.0, 0.0, False, q)
    assert plain == pytest.approx(q.seeking)
    assert expect_seeking(20.0, 0.0, 0.0, 0.0, 0.0, False, q) == pytest.approx(
        plain * math.exp(10 * q.seeking_symptoms)
    )
    assert expect_seeking(10.0, 1.0, 0.0, 0.0, 0.0, False, q) == pytest.approx(
        plain * math.exp(q.seeking_knowledge)
    )
    assert expect_seeking(10.0, 0.0, 1.0, 0.0, 0.0, False, q) == pytest.approx(
        plain * math.exp(q.seeking_encouragement)
    )
    assert expect_seeking(10.0, 0.0, 0.0, 1.0, 0.0, False, q) == pytest.approx(
        plain * math.exp(-q.seeking_stigma)
    )
    assert expect_seeking(10.0, 0.0, 0.0, 0.0, 0.0, True, q) == pytest.approx(
        plain * q.seeking_again
    )


CLOSED = {
    "not begun": {"open": 0},
    "without places": {"places": 0},
    "without access": {"access": Access.NONE},
    "elsewhere": {"reach": 0},
    "for those discharged": {"after": OpenAfter.DISCHARGE, "within": 26},
    "for those after a crisis": {"after": OpenAfter.CRISIS, "within": 26},
    "for the old": {"age_low": 41},
    "for the young": {"age_high": 40},
    "for the very ill": {"phq_low": 15},
    "for the less ill": {"phq_high": 9},
    "for severe illness": {"severe_low": 1},
    "for those without severe illness": {"severe_high": 0},
    "online": {"online": 1},
}


@pytest.mark.parametrize("why", sorted(CLOSED))
def test_a_service_is_closed_to_whom_it_is_not_for(people, services, p, why):
    r, o = people(1), services(1)
    r.phq[:] = 10
    r.severe[:] = why == "for those without severe illness"
    assert is_welcome(0, 0, r, Supply(o, p.choice), Week(0, np.uint64(0), SEED))
    for name, value in CLOSED[why].items():
        getattr(o, name)[:] = value
    assert not is_welcome(0, 0, r, Supply(o, p.choice), Week(0, np.uint64(0), SEED))


def test_a_service_opens_for_those_it_is_for(people, services, p):
    r, o = people(1), services(1)
    r.severe[:], r.online[:], r.discharged[:] = 1, 1, 26
    o.severe_low[:], o.online[:], o.after[:], o.within[:] = 1, 1, OpenAfter.DISCHARGE, 26
    assert is_welcome(0, 0, r, Supply(o, p.choice), Week(0, np.uint64(0), SEED))
    r.discharged[:] = 27
    assert not is_welcome(0, 0, r, Supply(o, p.choice), Week(0, np.uint64(0), SEED))


def test_fees_travel_and_stigma_make_a_service_less_attractive(people, services, p):
    r, o = people(1), services(1)
    q = p.choice
    o.attraction[:] = 0.8
    assert value_service(0, 0, r, Supply(o, q)) == pytest.approx(0.8)
    o.fee[:], o.travel[:], r.stigma[:] = 100.0, 30.0, 1.0
    worth = 0.8 - q.choice_price * 100 * 0.2 * 3 / 5 - q.choice_travel * 30 - q.choice_stigma
    assert value_service(0, 0, r, Supply(o, q)) == pytest.approx(worth)
    r.insurance[:], r.income[:] = 0, 0
    assert value_service(0, 0, r, Supply(o, q)) == pytest.approx(
        worth - q.choice_price * (100 - 12)
    )
    o.familiar[:] = 0.3
    assert value_service(0, 0, r, Supply(o, q)) == pytest.approx(
        worth - q.choice_price * 88 + 0.7 * q.choice_stigma
    )
    o.after[:] = OpenAfter.CRISIS
    assert value_service(0, 0, r, Supply(o, q)) == pytest.approx(
        worth - q.choice_price * 88 + 0.7 * q.choice_stigma + q.choice_aimed
    )


@table
def choose_services(chosen, r, supply, search, week):
    """The service of everybody, into `chosen`."""
    for i in range(chosen.size):
        chosen[i] = choose_service(i, r, supply, search, week)


def choose_all(r, o, p, seed, sent=Route.SELF_REFERRAL, outside=1.0, informal=0):
    chosen = np.empty(r.key.size, np.int64)
    search = Search(Stream.SERVICE_CHOICE, np.int64(sent), np.int64(informal), outside)
    choose_services(chosen, r, Supply(o, p.choice), search, Week(3, week_counter_of(3), seed))
    return chosen


def test_services_are_chosen_as_a_multinomial_logit(people, services, p, seed):
    r, o = people(4_000), services(3)
    o.attraction[:] = (0.0, math.log(2.0), math.log(4.0))
    chosen = choose_all(r, o, p, seed)
    shares = [(chosen == access).mean() for access in (-1, 0, 1, 2)]
    assert shares == pytest.approx([1 / 8, 1 / 8, 2 / 8, 4 / 8], abs=4 * math.sqrt(0.25 / 4_000))
    assert (choose_all(r, o, p, seed, outside=0.0) >= 0).all()


def test_a_new_service_changes_only_the_choice_of_those_who_take_it(people, services, p, seed):
    r, two, three = people(1_000), services(2), services(3)
    before, after = choose_all(r, two, p, seed), choose_all(r, three, p, seed)
    assert 0.1 < (after == 2).mean() < 0.5
    assert np.array_equal(before[after != 2], after[after != 2])


def test_one_service_declared_as_two_draws_the_same_people(people, services, p, seed):
    r, one, two = people(4_000), services(2), services(3)
    # Therapy of 20 places, and another kind; then therapy of 5 and of 15 places.
    two.places[:], two.alike[:] = (5, 20, 15), (1, 0, 1)
    whole, parts = choose_all(r, one, p, seed), choose_all(r, two, p, seed)
    assert np.array_equal(np.isin(parts, (0, 2)), whole == 0)
    assert np.array_equal(parts == 1, whole == 1)
    assert (parts[whole == 0] == 0).mean() == pytest.approx(0.25, abs=0.05)
    # The one that is worth more to people gets more of them, and the kind is worth more.
    two.attraction[0] = math.log(3.0)
    parts = choose_all(r, two, p, seed)
    taken = np.isin(parts, (0, 2))
    assert (parts[taken] == 0).mean() == pytest.approx(0.5, abs=0.05)
    assert taken[whole == 0].all()
    # 1.5 times as much as one that is worth 1: a share of 1.5 / 3.5.
    assert taken.mean() == pytest.approx(3 / 7, abs=0.03)


def test_who_has_or_awaits_a_place_looks_for_no_other_of_the_kind(people, services, p, seed):
    r, o = people(300), services(3)
    o.alike[:] = (1, 0, 1)
    r.care_service[:100, 2], r.wait_service[100:200, 1] = 3, 1
    chosen = choose_all(r, o, p, seed, outside=0.0)
    assert (chosen[:200] == 1).all()
    assert set(chosen[200:]) == {0, 1, 2}
    # Where the first is closed to people, the second is as one alone.
    o.reach[0] = 0
    assert set(choose_all(r, o, p, seed, outside=0.0)[200:]) == {1, 2}


def test_a_partner_sends_from_one_service_to_another_of_its_kind(people, services, p, seed):
    r, o = people(50), services(2)
    o.alike[:], o.onward[0, 1] = 1, 1
    r.care_service[:, 0] = 1
    assert (choose_all(r, o, p, seed, Route.PARTNER, 0.0) == 1).all()


def test_services_by_referral_open_only_to_those_who_are_sent_and_not_twice(
    people, services, p, seed
):
    r, o = people(50), services(1)
    o.access[:] = Access.REFERRAL
    assert (choose_all(r, o, p, seed) == -1).all()
    assert (choose_all(r, o, p, seed, Route.SERVICE, 0.0) == 0).all()
    assert (choose_all(r, o, p, seed, Route.SERVICE, 0.0, informal=1) == -1).all()
    r.care_service[:25, 3], r.wait_service[25:, 1] = 1, 1
    assert (choose_all(r, o, p, seed, Route.SERVICE, 0.0) == -1).all()


def test_a_partner_sends_to_the_services_that_its_agreements_name(people, services, p, seed):
    r, o = people(50), services(4)
    o.access[:], o.onward[2, 1], o.onward[0, 3] = Access.REFERRAL, 1, 1
    for partner, named in ((2, 1), (0, 3)):
        assert (choose_all(r, o, p, seed, Route.PARTNER + partner, 0.0) == named).all()


def run(r, o, p, seed, weeks=1, **changes):
    for week in range(weeks):
        when, given = Week(week, week_counter_of(week), seed), p.seeking._replace(**changes)
        scratch, whole = np.empty((16, BLOCK)), np.empty((3, BLOCK), np.int64)
        seek_help(0, r.key.size, r, Supply(o, p.choice), when, given, scratch, whole)


def test_seekers_join_lists_the_well_the_dead_and_inpatients_do_not(people, services, p, seed):
    r, o = people(400), services(1)
    r.phq[:] = 12
    r.phq[:100], r.alive[100:200], r.stay[200:300] = 4, 0, 3
    o.attraction[:] = 20
    run(r, o, p, seed, seeking=1.0)
    joined = r.wait_service[:, 0] == 1
    assert not joined[:300].any()
    assert joined[300:].mean() > 0.5
    assert (r.wait_service[:, 1] == 0).all()


def test_who_is_helped_already_seeks_less(people, services, p, seed):
    r, o = people(2_000), services(2)
    r.phq[:] = 10
    r.care_service[:1_000, 0] = 1
    o.attraction[:] = 20
    run(r, o, p, seed, seeking=0.3)
    first, second = (
        (r.wait_service[part] > 0).any(axis=1).mean()
        for part in (slice(0, 1_000), slice(1_000, 2_000))
    )
    assert second == pytest.approx(1 - math.exp(-0.3), abs=0.06)
    assert first == pytest.approx(1 - math.exp(-0.3 * p.seeking.seeking_helped), abs=0.04)


MEANT = {
    AudienceGroup.PUPILS: ({"employment": Employment.STUDENT, "age": 18.9}, {"age": 19.0}),
    AudienceGroup.WORKERS: ({"employment": Employment.EMPLOYED}, {"employment": 0}),
    AudienceGroup.CAREGIVERS: ({"strain": 0.5}, {"strain": 0.49}),
    AudienceGroup.LONELY: ({"loneliness": 0.5, "alone": 0}, {"loneliness": 0.49, "alone": 1}),
    AudienceGroup.OUT_OF_WORK: (
        {"employment": Employment.NOT_IN_WORK, "age": 18.0},
        {"age": 17.9},
        {"age": 65.0},
    ),
    AudienceGroup.ALONE_AT_HOME: ({"alone": 1, "loneliness": 0.0}, {"alone": 0, "loneliness": 9.0}),
}


@pytest.mark.parametrize("who", MEANT, ids=lambda who: who.name)
def test_a_service_for_some_is_for_these_and_no_others(people, services, who):
    """One who is meant, and the next who is not: at the edges of ages and levels."""
    r, o = people(1), services(1)
    o.who[:] = who
    o.kind_parameters[:, KindParameter.LEVEL] = 0.5
    inside, *outside = MEANT[who]
    for name, value in inside.items():
        getattr(r, name)[:] = value
    assert is_one_of(0, 0, r, o)
    for changes in outside:
        for name, value in changes.items():
            getattr(r, name)[:] = value
        assert not is_one_of(0, 0, r, o)


def test_waiting_for_an_app_or_a_group_harms_nobody(people, services, p, seed):
    for sought in set(Sought) - {Sought.TREATMENT}:
        r, o = people(200), services(1)
        o.informal[:] = sought
        r.wait_service[:, 0] = 1
        run(r, o, p, seed, weeks=20)
        assert (r.coping == 0).all(), sought


def test_waiting_ends_by_giving_up_and_harms_when_long(people, services, p, seed):
    r, o = people(2_000), services(1)
    r.wait_service[:, 0] = 1
    run(r, o, p, seed, weeks=20)
    left = r.wait_service[:, 0] == 0
    assert left.mean() == pytest.approx(1 - math.exp(-20 * p.seeking.give_up), abs=0.05)
    assert (r.happened[left] & Event.GAVE_UP > 0).all()
    assert r.coping[~left] == pytest.approx(-0.07, abs=1e-6)
    assert (r.coping[left] > -0.0701).all()
    run(r, o, p, seed, weeks=1, wait_harm_from=-1.0, wait_harm=9.0)
    assert r.coping.min() == pytest.approx(-p.seeking.wait_harm_most)


def test_outreach_meets_as_many_a_week_as_its_share_says(people, services, p, seed):
    """Everybody is looked at once in eight weeks, at eight times the weekly rate: nobody twice, nobody never."""
    count, share = 8_000, 0.01
    r, o = people(count), services(1)
    o.outreach[:], o.attraction[:] = share, 20.0
    joined = np.zeros(count, np.int64)
    for week in range(WEEKS_BETWEEN_LOOKS):
        before = r.wait_service[:, 0].copy()
        when = Week(week, week_counter_of(week), seed)
        seek_help(
            0,
            count,
            r,
            Supply(o, p.choice),
            when,
            p.seeking._replace(seeking=0.0, give_up=0.0),
            np.empty((16, BLOCK)),
            np.empty((3, BLOCK), np.int64),
        )
        new = (r.wait_service[:, 0] == 1) & (before == 0)
        joined[new] += 1
        looked_at = (r.key.astype(int) + week) % WEEKS_BETWEEN_LOOKS == 0
        assert not (new & ~looked_at).any()
        of_those = 1 - math.exp(-WEEKS_BETWEEN_LOOKS * share)
        assert new.sum() == pytest.approx(
            count / WEEKS_BETWEEN_LOOKS * of_those, abs=4 * math.sqrt(1_000 * of_those)
        )
    assert joined.sum() == pytest.approx(
        count * (1 - math.exp(-WEEKS_BETWEEN_LOOKS * share)), rel=0.15
    )


@pytest.mark.parametrize("why", ["dead", "inpatient", "closed", "elsewhere"])
def test_outreach_does_not_meet_whom_it_cannot(people, services, p, seed, why):
    r, o = people(400), services(1)
    o.outreach[:], o.attraction[:] = 9.0, 20.0
    if why == "dead":
        r.alive[:] = 0
    elif why == "inpatient":
        r.stay[:] = 4
    elif why == "closed":
        o.open[:] = 0
    else:
        o.reach[:] = 0
    run(r, o, p, seed, weeks=WEEKS_BETWEEN_LOOKS, seeking=0.0)
    assert not r.wait_service.any()


def test_whoever_is_found_by_two_takes_the_one_that_is_worth_more(people, services, p, seed):
    r, o = people(800), services(2)
    o.outreach[:], o.attraction[:] = 9.0, (0.0, 3.0)
    run(r, o, p, seed, weeks=WEEKS_BETWEEN_LOOKS, seeking=0.0, give_up=0.0)
    chosen = r.wait_service[:, 0]
    assert (chosen > 0).all()
    assert (r.wait_service[:, 1] == 0).all()
    assert (chosen == 2).mean() == pytest.approx(1 / (1 + math.exp(-3.0)), abs=0.03)


def test_mothers_are_women_of_18_to_44_who_gave_birth_within_the_time(people):
    """With a birth in each year of age, it was within a year, and later than a day's luck."""
    r, words = people(8), seed_words(11)
    r.female[:] = (1, 1, 1, 1, 1, 1, 0, 1)
    r.age[:] = (17.9, 18.4, 30.5, 44.9, 45.0, 60.0, 30.5, 18.01)

    # only other loops may call it once it is compiled: it is asked as it stands
    ask = getattr(is_new_mother, "py_func", is_new_mother)

    def find(within, births):
        return [bool(ask(i, r, within, births, words)) for i in range(8)]

    assert find(104.0, 1.0) == [False, True, True, True, False, False, False, True]
    assert not any(find(104.0, 0.0))
    r.age[:] = np.linspace(20, 40, 8)
    r.female[:] = 1
    assert sum(find(52.0, 1.0)) > sum(find(4.0, 1.0))
    many = people(400)
    many.female[:], many.age[:] = 1, np.linspace(20, 40, 400)
    assert not any(ask(i, many, 0.0, 1.0, words) for i in range(400))  # none before it is born


OPEN_AT_THE_EDGE = {
    "from this age on": {"age_low": 40},
    "from this score on": {"phq_low": 10},
    "up to this score": {"phq_high": 10},
    "in these weeks after a crisis": {"after": OpenAfter.CRISIS, "within": 26},
    "by referral": {"access": Access.REFERRAL},
}


@pytest.mark.parametrize("why", sorted(OPEN_AT_THE_EDGE))
def test_the_edge_of_what_a_service_is_for_is_within(people, services, p, why):
    r, o = people(1), services(1)
    r.phq[:], r.since_crisis[:] = 10, 26
    for name, value in OPEN_AT_THE_EDGE[why].items():
        getattr(o, name)[:] = value
    assert is_welcome(0, 0, r, Supply(o, p.choice), Week(0, np.uint64(0), SEED))


def test_births_are_as_many_as_the_rate_says_and_found_whenever_they_are_asked_for(people):
    """A year of births by weeks: half of the mothers of a year gave birth within its last half."""
    ask = getattr(is_new_mother, "py_func", is_new_mother)
    r = people(3_000)
    r.female[:], r.age[:] = 1, np.linspace(20.0, 40.0, 3_000)
    for within, births in ((26.0, 0.2), (13.0, 0.4), (52.0, 0.1)):
        found = np.mean([ask(i, r, within, births, SEED) for i in range(3_000)])
        assert found == pytest.approx(births * within * 7 / 365.25, abs=0.022)
    # Of two and of three years as many gave birth as had one or more in them.
    for years in (2, 3):
        found = np.mean([ask(i, r, years * 365.25 / 7, 0.1, SEED) for i in range(3_000)])
        assert found == pytest.approx(1 - 0.9**years, abs=0.022)


def test_a_list_makes_a_service_less_attractive_by_how_many_want_each_place(people, services, p):
    r, o = people(1), services(3)
    o.places[:], o.waiting[:] = (15, 200, 15), (30, 30, 0)
    given = p.choice._replace(choice_list=0.8)
    short, long, none = (value_service(0, s, r, Supply(o, given)) for s in (1, 0, 2))
    assert long - none == pytest.approx(-0.8 * math.log(3.0))
    assert short - none == pytest.approx(-0.8 * math.log(1.15))


def test_people_divide_in_proportion_to_the_chance_of_a_place(people, services, p, seed):
    r, o = people(4_000), services(2)
    o.places[:], o.waiting[:] = (10, 10), (0, 30)
    given = p._replace(choice=p.choice._replace(choice_list=1.0))
    chosen = choose_all(r, o, given, seed, outside=0.0)
    # Four people want each place of the second: a fourth of the weight of the first.
    assert (chosen == 1).mean() == pytest.approx(1 / 5, abs=4 * math.sqrt(0.2 * 0.8 / 4_000))


def test_trust_in_those_who_vouch_weighs_by_its_logarithm(people, services, p):
    r, o = people(1), services(2)
    o.trust[0], o.trust[1] = 1.0, 3.0
    worth = [value_service(0, s, r, Supply(o, p.choice)) for s in range(2)]
    assert worth[1] - worth[0] == pytest.approx(math.log(3.0))


def test_a_wait_is_a_wait_in_whichever_slot_and_each_of_two(people, services, p, seed):
    r, o = people(3_000), services(2)
    r.wait_service[:1_000, 0], r.wait_service[1_000:, 1], r.wait_service[2_000:, 0] = 1, 1, 2
    run(r, o, p, seed, weeks=1, give_up=0.5)
    left = 1 - math.exp(-0.5)
    for rows, slot in ((slice(1_000), 0), (slice(1_000, None), 1), (slice(2_000, None), 0)):
        gone = r.wait_service[rows, slot] == 0
        assert gone.mean() == pytest.approx(left, abs=0.06)
        assert (r.happened[rows][gone] & Event.GAVE_UP > 0).all()
    both = (r.wait_service[2_000:] == 0).all(axis=1)
    assert both.mean() == pytest.approx(left**2, abs=0.06)


def test_influences_on_looking_for_help_and_on_a_service_in_parts_and_below_nothing(
    people, services, p
):
    """With no value at which a product, a quotient and a power are the same."""
    q = p.seeking._replace(
        seeking=0.02,
        seeking_symptoms=0.09,
        seeking_knowledge=0.3,
        seeking_encouragement=0.6,
        seeking_stigma=0.8,
        seeking_again=1.8,
        need_phq=10.0,
    )
    push = 0.25 + 0.09 * (7.0 - 10.0) + 0.3 * -0.5 + 0.6 * 0.4 - 0.8 * 0.7
    assert expect_seeking(7.0, -0.5, 0.4, 0.7, 0.25, True, q) == pytest.approx(
        0.02 * math.exp(push) * 1.8
    )
    r, o = people(1), services(1)
    given = p.choice._replace(choice_price=0.03, choice_travel=0.02, choice_stigma=0.6)
    o.attraction[:], o.fee[:], o.travel[:], o.familiar[:], o.trust[:] = 0.8, 50.0, 15.0, 0.4, 1.5
    r.stigma[:], r.income[:], r.insurance[:] = 0.7, 3, 2
    worth = 0.8 - 0.03 * 50.0 * 0.2 * 2 / 5 - 0.02 * 15.0 - 0.4 * 0.6 * 0.7 + math.log(1.5)
    assert value_service(0, 0, r, Supply(o, given)) == pytest.approx(worth)
    o.after[:] = OpenAfter.DISCHARGE
    assert value_service(0, 0, r, Supply(o, given)) == pytest.approx(worth + given.choice_aimed)


def test_help_of_a_kind_is_a_place_in_care_of_it_or_a_wait_for_it(people, services):
    """Of four services the second is support, the third a lecture, the fourth treatment again."""
    r, o = people(7), services(4)
    o.informal[[1, 2]] = 1
    o.kind_parameters[2, KindParameter.LOW_INTENSITY] = 1.0
    r.care_service[0, 3], r.care_service[1, 0], r.care_service[2, 1], r.care_service[3, 2] = (
        1,
        2,
        3,
        4,
    )
    r.wait_service[4, 0], r.wait_service[5, 1] = 2, 4
    helped = [[bool(is_helped(i, r, o, kind)) for i in range(7)] for kind in (0, 1)]
    assert helped == [
        [True, False, False, True, False, True, False],
        [False, True, False, False, True, False, False],
    ]


def test_who_has_support_looks_for_treatment_as_often_as_anybody(people, services, p, seed):
    """And the other way round: each kind of help makes people look less for its own kind alone."""
    for has in (0, 1):
        r, o = people(4_000), services(2)
        o.informal[1], o.attraction[:] = 1, 20
        r.phq[:], r.care_service[:2_000, 0] = 10, has + 1
        # Closed to whoever has it: they would look for another of its sort, and find none.
        run(r, o, p, seed, seeking=0.3, seeking_helped=0.0)
        other = (r.wait_service == 2 - has).any(axis=1)
        usual = 1 - math.exp(-0.3)
        assert other[:2_000].mean() == pytest.approx(usual, abs=0.045)
        assert other[2_000:].mean() == pytest.approx(usual, abs=0.045)
        same = (r.wait_service == has + 1).any(axis=1)
        assert not same[:2_000].any()
        assert same[2_000:].mean() == pytest.approx(usual, abs=0.045)


def test_outreach_meets_people_by_where_they_live_and_what_they_do(people, services, p, seed):
    """Of four services one reaches workers, one everybody, one nobody; the last has no place for anybody."""
    r, o = people(4_000), services(4)
    o.outreach[:] = 0.0
    o.outreach[0, 0, Employment.EMPLOYED], o.outreach[1], o.outreach[3] = 0.05, 0.02, 0.09
    o.attraction[:], o.places[3] = 20.0, 0
    r.employment[:] = np.where(np.arange(4_000) % 2, Employment.EMPLOYED, Employment.RETIRED)
    run(r, o, p, seed, weeks=WEEKS_BETWEEN_LOOKS, seeking=0.0, give_up=0.0)
    works = r.employment == Employment.EMPLOYED
    first, second = (r.wait_service[:, 0] == s for s in (1, 2))
    assert not first[~works].any()
    both = 1 - math.exp(-8 * 0.05), 1 - math.exp(-8 * 0.02)
    assert second[~works].mean() == pytest.approx(both[1], abs=0.035)
    # Whoever is found by both takes either, as likely where they are worth the same.
    either = both[0] * both[1] / 2
    assert first[works].mean() == pytest.approx(both[0] - either, abs=0.045)
    assert second[works].mean() == pytest.approx(both[1] - either, abs=0.045)
    assert not (r.wait_service > 2).any()
