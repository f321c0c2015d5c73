"""What people of a town are like, by the numbers that make them so: worked out by hand or a second way."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import stream
from sim.evidence.parameters import make_parameters
from sim.scenario.schema.people import Insurance as InsuranceShares
from sim.scenario.schema.people import Neighbourhood, Work
from sim.society import friendships, network
from sim.society.ageing.life_course import (
    find_shares,
    find_with_parents,
    solve_for,
    tabulate_online,
    tabulate_severe,
    tabulate_work,
)
from sim.society.composition import draw_groups, redraw_insurance, redraw_sex, redraw_work
from sim.society.demographics import draw_employment, draw_insurance, draw_online, draw_sex
from sim.society.households import CHILD, HEAD, PARTNER, Homes, settle_households
from sim.society.initial_state import assign_cells, cell_shape, furnish, publish_at_start
from sim.society.network_statistics import clustering, likeness
from sim.society.quotas import apportion, choose
from sim.state.codes import Employment, Insurance, Published
from sim.state.residents import NEVER, make_residents
from sim.state.ties import Ties, add_tie

RAW = make_parameters({}).raw
EMPLOYED, STUDENT, RETIRED, IDLE = (
    Employment.EMPLOYED,
    Employment.STUDENT,
    Employment.RETIRED,
    Employment.NOT_IN_WORK,
)


def test_a_number_is_split_by_the_largest_remainders_and_the_first_of_equals():
    assert apportion([0.5, 0.25, 0.25], 6).tolist() == [3, 2, 1]
    assert apportion([2.0, 1.0], 4).tolist() == [3, 1]
    assert apportion([0.0, 0.0], 5).tolist() == [5, 0]
    assert apportion([1 / 3] * 3, 3).tolist() == [1, 1, 1]


def test_nobody_of_no_weight_is_chosen_while_others_are_left():
    rng = np.random.default_rng(2)
    for _ in range(50):
        assert choose(rng, [0.0, 1.0, 1.0], 2).tolist() == [1, 2]
    assert choose(rng, [0.0, 1.0, 1.0], 3).tolist() == [0, 1, 2]
    assert choose(rng, [1.0, 1.0], -1).tolist() == []


def test_the_clock_that_strikes_a_share():
    """Of weights 1 and 3, half are struck where exp(-t) + exp(-3t) = 1: exp(-t) is 0.6823278."""
    assert np.exp(-solve_for(0.5, np.array([1.0, 3.0]))) == pytest.approx(0.6823278, rel=1e-6)
    assert solve_for(0.3, np.array([1e-6])) == pytest.approx(-np.log(0.7) * 1e6, rel=1e-6)
    assert solve_for(0.0, np.ones(3)) == 0.0
    assert solve_for(0.5, np.array([])) == 0.0


def test_work_by_age_and_income_keeps_the_share_of_those_who_were_drawn(numbers):
    """All are 40 and of one income: whoever has another weight w works with 1 - (1 - share)^w."""
    p = numbers.traits
    table = tabulate_work(np.full(50, 40.0), np.full(50, 2, np.uint8), 0.74, p)
    np.testing.assert_allclose(table.sum(axis=2), 1.0)

    def at(age, income):
        return table[age - 12, income]

    for income in range(5):
        for age, factor in (
            (18, p.work_young),
            (24, p.work_young),
            (25, 1.0),
            (59, 1.0),
            (60, p.work_late),
            (64, p.work_late),
        ):
            share = 1.0 - 0.26 ** (p.work[income] * factor / p.work[2])
            assert at(age, income)[EMPLOYED] == pytest.approx(share, rel=1e-6)
        assert at(17, income)[STUDENT] == 1.0
        assert at(65, income)[EMPLOYED] == at(74, income)[EMPLOYED] == p.work_old
        assert at(75, income)[EMPLOYED] == p.work_oldest
        assert at(65, income)[RETIRED] == pytest.approx(1 - p.work_old)
    free = 1 - at(24, 2)[EMPLOYED]
    assert at(24, 2)[STUDENT] == pytest.approx(free * p.studying_young)
    assert at(25, 2)[STUDENT] == at(29, 2)[STUDENT] == pytest.approx(0.26 * p.studying_later)
    assert at(30, 2)[STUDENT] == 0
    assert at(54, 2)[RETIRED] == 0
    assert at(55, 2)[RETIRED] == pytest.approx(0.26 * p.retired_early)
    assert at(55, 2)[IDLE] == pytest.approx(0.26 * (1 - p.retired_early))


def test_who_is_offline_by_age_and_income(numbers):
    p = numbers.traits
    table = tabulate_online(np.full(50, 40.0), np.full(50, 2, np.uint8), 0.9, p)
    weights = {
        12: p.offline_young,
        29: p.offline_young,
        30: 1,
        64: 1,
        65: p.offline_old,
        79: p.offline_old,
        80: p.offline_oldest,
    }
    for age, factor in weights.items():
        for income in range(5):
            assert table[age - 12, income] == pytest.approx(
                0.9 ** (factor * p.offline[income] / p.offline[2])
            )


def test_severe_illness_begins_with_its_first_onsets_and_keeps_the_share_of_each_band():
    share = tabulate_severe(RAW)
    first = int(RAW["people.severe_from"])
    assert (share[: first - 12] == 0).all()
    assert 0 < share[16 - 12] < share[17 - 12] < share[18 - 12]
    for low, high, band in ((18, 26, "18_25"), (26, 50, "26_49"), (50, 80, "50_up")):
        assert share[low - 12 : high - 12].mean() == pytest.approx(
            RAW[f"people.severe_{band}"], rel=0.01
        )
    # half of the way from the first onsets to 18, at the middle of that year, half the share of then
    begun = (17.5 - RAW["people.severe_from"]) / (18 - RAW["people.severe_from"])
    nobody = tabulate_severe({**RAW, "people.severe_from": 12.0})
    assert share[17 - 12] / nobody[17 - 12] == pytest.approx(begun / (5.5 / 6))


def test_shares_of_bands_are_counted_from_the_first_year_of_each():
    bands = {"12-17": 0.5, "18-64": 0.5, "65+": 0.0}
    found = find_shares(bands, np.array([12.0, 17.9, 18.0, 64.9, 65.0, 90.0, 40.0, 41.0]))
    assert found == {"12-17": 0.25, "18-64": 0.5, "65+": 0.25}


def test_somebody_a_generation_older_at_home_is_a_parent():
    age = np.array([40, 25, 24.9, 60, 50, 20], np.float32)
    household = np.array([0, 0, 0, 1, 1, 2], np.uint32)
    assert find_with_parents(age, household).tolist() == [False, True, True, False, False, False]


def make_people(count=2_000, **columns):
    r = make_residents(count)
    r.key[:] = np.arange(count)
    r.household[:] = np.arange(count)
    r.age[:], r.income[:] = 45, 2
    for name, values in columns.items():
        getattr(r, name)[:] = values
    return r


def furnished(**columns):
    """People of the same keys, and so of the same chance, who differ in what is stated."""
    r = make_people(**columns)
    course = SimpleNamespace(severe=np.zeros(200))
    furnish(r, np.full(r.key.size, 3), course, RAW, 5)
    return r


def test_traits_differ_by_sex_age_and_income_as_the_evidence_says():
    usual = furnished()
    for columns, trait, temperament in (
        ({"female": 1}, RAW["people.trait_female"], 0.0),
        ({"income": 0}, 2 * RAW["people.trait_income"], 2 * RAW["people.temperament_income"]),
        ({"income": 4}, -2 * RAW["people.trait_income"], -2 * RAW["people.temperament_income"]),
        ({"age": 55}, 10 * RAW["people.trait_age"], 10 * RAW["people.temperament_age"]),
    ):
        found = furnished(**columns)
        np.testing.assert_allclose(found.trait - usual.trait, trait, atol=2e-6)
        np.testing.assert_allclose(found.temperament - usual.temperament, temperament, atol=2e-6)
    # below 18 and beyond a high age nothing more changes
    np.testing.assert_allclose(furnished(age=12).trait, furnished(age=18).trait)


def test_hazards_of_crises_and_of_looking_for_help_are_the_town_s_on_average():
    r = furnished()
    assert np.exp(r.frailty).mean() == pytest.approx(1.0, abs=0.15)
    assert r.frailty.mean() == pytest.approx(-(RAW["people.frailty_sd"] ** 2) / 2, abs=0.1)
    some = 1 - RAW["people.responsive_none"]
    assert (r.responsiveness > 0).mean() == pytest.approx(some, abs=0.04)


def test_earlier_episodes_come_by_years_lived_since_youth():
    years = {age: furnished(age=age) for age in (int(RAW["people.history_from"]), 30, 60)}
    first = years.pop(int(RAW["people.history_from"]))
    assert not first.past_episodes.any()
    assert not (first.last_session > -NEVER).any()
    for age, r in years.items():
        steeper = np.exp(RAW["people.history_vulnerable"] * (r.trait - RAW["people.trait_mean"]))
        expected = RAW["people.history_rate"] * (age - RAW["people.history_from"]) * steeper
        assert r.past_episodes.mean() == pytest.approx(expected.mean(), rel=0.12)


def test_as_many_were_helped_before_as_would_have_looked_since_and_what_they_gained_fades():
    r = furnished(age=50)
    years = 50 - RAW["people.history_from"]
    looks = years * RAW["people.helped_year"] + RAW["people.helped_episode"] * r.past_episodes
    expected = 1 - np.exp(-looks * np.exp(r.readiness))
    helped = r.last_session > -NEVER
    assert helped.mean() == pytest.approx(expected.mean(), abs=0.03)
    # a year ago at least; since then half is lost in each half-life
    ago = -r.last_session[helped].astype(float)
    assert ago.min() >= 52
    assert ago.max() < NEVER
    left = 0.5 ** ((ago - 52) / RAW["care.coping_half_life"])
    gain = RAW["people.helped_gain"] * r.responsiveness[helped] * left
    recent = (ago < 1_000) & (r.episode[helped] == 0)
    np.testing.assert_allclose(r.coping[helped][recent], gain[recent], rtol=0.02, atol=1e-4)


def test_a_subgroup_is_a_cell_of_a_table_of_all_dimensions():
    r = make_people(
        6,
        neighbourhood=[0, 1, 1, 0, 2, 2],
        income=[0, 4, 2, 1, 3, 0],
        age=[17.9, 18, 26, 50, 65, 64.9],
    )
    r.female[:], r.severe[:], r.phq[:], r.episode[:] = (
        [0, 1, 0, 1, 1, 0],
        [0, 1, 0, 0, 0, 0],
        [9, 15, 10, 9, 3, 9.9],
        [0, 0, 0, 2, 0, -1],
    )
    # Named groups have a table of their own.
    r.member[:] = [0, 1, 2, 0, 1, 2]
    assign_cells(r, 10.0)
    shape = cell_shape(3)
    assert shape == (3, 5, 5, 2, 3)
    index = [r.neighbourhood, r.income, [0, 1, 2, 3, 4, 3], r.female, [0, 2, 1, 1, 0, 0]]
    assert (
        r.cell.tolist()
        == np.ravel_multi_index([np.array(part, int) for part in index], shape).tolist()
    )


def test_others_see_what_somebody_says_before_the_first_week():
    r = make_people(2, loneliness=[0.5, -1], stigma=[0.25, 2], knowledge=[1, 0])
    seen = publish_at_start(r)
    assert seen[:2, Published.LONELINESS].tolist() == [0.5, -1]
    assert seen[:2, Published.STIGMA].tolist() == [0.25, 2]
    assert seen[:2, Published.ENCOURAGEMENT].tolist() == [0.75, -2]
    assert not seen[2].any()


def areas(*told):
    return {
        f"a{k}": Neighbourhood(share=1 / len(told), deprivation=0.5, distance=5, **one)
        for k, one in enumerate(told)
    }


def make_homes(count):
    """Couples, one after the other, of 40."""
    pairs = np.arange(count) // 2
    role = np.where(np.arange(count) % 2, PARTNER, HEAD).astype(np.uint8)
    return Homes(
        pairs.astype(np.uint32),
        np.full(count, 2, np.uint8),
        role,
        np.full(count, 40, np.float32),
        count // 2,
    )


def test_a_band_of_an_area_has_as_many_women_as_it_states_and_no_other_changes(numbers):
    homes, area = make_homes(400), np.repeat([0, 1], 200).astype(np.uint8)
    sex = np.full(400, 9, np.uint8)
    redraw_sex(sex, homes, area, areas({"female": {"18-64": 0.37}}, {}), numbers.traits, 1)
    assert (sex[:200] == 1).sum() == 74
    assert (sex[:200] == 0).sum() == 126
    assert (sex[200:] == 9).all()
    half = np.zeros(400, np.uint8)
    redraw_sex(
        half, homes, area, areas({"female": {"18-39": 0.1, "40-64": 0.5}}, {}), numbers.traits, 1
    )
    couples = half[:200].reshape(-1, 2)
    assert (couples.sum(axis=1) == 1).mean() > 0.9
    alone = np.zeros(400, np.uint8)
    redraw_sex(alone, homes, area, areas({"female": {"18-39": 0.9}}, {}), numbers.traits, 1)
    assert not alone.any()


def test_a_band_of_an_area_works_studies_and_rests_as_it_states(numbers):
    age = np.linspace(18, 24.99, 1_000).astype(np.float32)
    area = np.resize([0, 1], 1_000).astype(np.uint8)
    work, income = np.full(1_000, 9, np.uint8), np.resize([0, 4, 4, 0], 1_000).astype(np.uint8)
    shares = Work(employed=0.5, student=0.3, not_in_work=0.15, retired=0.05)
    redraw_work(work, age, income, area, areas({"work": {"18-24": shares}}, {}), numbers.traits, 3)
    ours = work[area == 0]
    counted = {code: int((ours == code).sum()) for code in (EMPLOYED, STUDENT, IDLE, RETIRED)}
    assert counted == {EMPLOYED: 250, STUDENT: 150, IDLE: 75, RETIRED: 25}
    assert (work[area == 1] == 9).all()
    ages = age[area == 0]
    assert (
        ages[ours == STUDENT].mean() < ages[ours == EMPLOYED].mean() < ages[ours == RETIRED].mean()
    )
    assert income[area == 0][ours == EMPLOYED].mean() > income[area == 0][ours == IDLE].mean()


def test_a_band_of_an_area_is_insured_as_it_states(numbers):
    age, area = np.full(600, 30, np.float32), np.resize([0, 1], 600).astype(np.uint8)
    insurance, income = np.full(600, 9, np.uint8), np.resize([0, 0, 4, 4], 600).astype(np.uint8)
    shares = InsuranceShares(uninsured=0.1, public=0.3, private=0.6)
    redraw_insurance(
        insurance, age, income, area, areas({}, {"insurance": {"18-64": shares}}), numbers.traits, 3
    )
    ours, rich = insurance[area == 1], income[area == 1]
    assert np.bincount(ours, minlength=3).tolist() == [30, 90, 180]
    assert (insurance[area == 0] == 9).all()
    assert rich[ours == Insurance.PRIVATE].mean() > rich[ours == Insurance.PUBLIC].mean()


def test_groups_are_to_the_person_and_of_households_where_the_population_says_so():
    homes, area = make_homes(400), np.repeat([0, 1], 200).astype(np.uint8)
    told = areas(
        {"groups": {"origin": {"here": 0.7, "there": 0.3}, "carer": {"yes": 0.1, "no": 0.9}}},
        {"groups": {"origin": {"here": 0.2, "there": 0.8}}},
    )
    population = SimpleNamespace(groups={"origin": "household"})
    member = draw_groups(homes, area, population, told, 4)
    origin, carer = np.divmod(member, 2)
    assert [(origin[area == k] == 0).sum() for k in (0, 1)] == [140, 40]
    # a dimension that an area leaves out has its first category there
    assert [(carer[area == k] == 0).sum() for k in (0, 1)] == [20, 200]
    assert (origin.reshape(-1, 2)[:, 0] == origin.reshape(-1, 2)[:, 1]).all()


def test_declared_shares_are_met_to_the_person_in_small_towns(numbers):
    age = np.array([30.0] * 40 + [70.0] * 10 + [15.0] * 10, np.float32)
    income = np.resize(np.arange(5), 60).astype(np.uint8)
    work = draw_employment(age, income, 0.55, numbers.traits, 1)
    assert (work[:40] == EMPLOYED).sum() == 22
    assert (work[50:] == STUDENT).all()
    assert not (draw_employment(age, income, 0.0, numbers.traits, 1) == EMPLOYED).any()
    online = draw_online(age, income, 0.85, numbers.traits, 1)
    assert (online == 0).sum() == 9
    shares = SimpleNamespace(uninsured=0.2, public=0.6, private=1.2)
    insurance = draw_insurance(age, income, work, shares, numbers.traits, 1)
    # of 60: a tenth, three tenths with all of 65 and over among them, and the rest
    assert np.bincount(insurance, minlength=3).tolist() == [6, 18, 36]
    assert (insurance[40:50] == Insurance.PUBLIC).all()
    homes = make_homes(60)
    assert draw_sex(homes, 0.55, numbers.traits, 1).sum() == 33
    assert draw_sex(homes, 1.0, numbers.traits, 1).all()


def test_people_are_housed_in_the_sizes_that_are_declared(population, numbers):
    """Nobody is under 12 where no teenagers are: households of one and two, half of each."""
    declared = population(300, ages={"18-64": 0.8, "65+": 0.2}, household_sizes={1: 0.5, 2: 0.5})
    homes = settle_households(declared, numbers.families, 3)
    assert homes.age.size == 300
    sizes = np.bincount(np.bincount(homes.household))
    assert sizes[1] + 2 * sizes[2] == 300
    assert abs(sizes[1] - sizes[2]) <= 12
    assert (homes.age >= 65).sum() == 60
    assert not (homes.role == CHILD)[homes.size == 1].any()


def test_two_triangles_that_share_a_corner():
    """0 1 2 and 2 3 4: the four others have one pair, who know each other; the corner two of six pairs."""
    ties = Ties(
        np.full((5, 6), 5, np.uint32), np.zeros((5, 6), np.uint8), np.zeros((5, 6), np.int16)
    )
    for a, b in ((0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)):
        add_tie(ties, a, b, 2, 0)
    assert clustering(ties, stream(1, "x")) == pytest.approx((4 + 2 / 6) / 5)
    # values of the ends: six ties, each both ways
    values = np.array([1, 1, 0, -1, -1])
    assert likeness(ties, values) == pytest.approx(4 / 8)


def test_who_knows_nobody_lacks_company_and_who_knows_enough_does_not():
    def be_lonely(ties):
        r = make_people()
        furnish(r, np.full(r.key.size, ties), SimpleNamespace(severe=np.zeros(200)), RAW, 5)
        return np.where(r.episode == 0, r.loneliness, np.nan)

    enough = RAW["social.enough_support"]
    most = be_lonely(int(np.ceil(enough)) + 5)
    for ties in (0, 1, 2):
        more = be_lonely(ties) - most
        assert np.nanmedian(more) == pytest.approx(
            RAW["social.lack"] * max(1 - ties / enough, 0), abs=1e-5
        )


def test_children_are_known_at_home_since_birth_and_their_parents_for_longer(numbers):
    """A couple of 40 and 38 with children of 10.5 and 3, a couple of 22 who met as grown people."""
    role = np.array([HEAD, PARTNER, CHILD, CHILD, HEAD, PARTNER], np.uint8)
    age = np.array([40, 38, 10.5, 3, 22, 22], np.float32)
    home = np.array([0, 0, 0, 0, 1, 1], np.uint32)
    homes = Homes(home, np.bincount(home)[home].astype(np.uint8), role, age, 2)
    for seed in range(8):
        weeks = network._weeks_at_home(homes, numbers.bonds, seed)
        assert weeks[2:4].tolist() == [-546, -156]
        assert weeks[0] == weeks[1] <= -52 * 11.5
        assert weeks[4] >= -52 * (22 - numbers.bonds.together_from)


def test_three_of_four_people_with_three_friends_have_them_in_one_circle(numbers):
    """By the root of a lot: the larger of one circle of four or none, as likely as 3 to 1."""
    count = 8_000
    three = numbers.friendships._replace(friends=(0.0, 0.0, 0.0, 1.0), friends_missing=0.0)
    people = friendships.Acquaintance(
        np.full(count, 40, np.float32),
        np.zeros(count, np.uint8),
        np.full(count, 2, np.uint8),
        np.zeros(count),
        1.0,
    )
    circles = list(friendships.gather_friends(people, three, "circles", 5))
    fours, threes, twos = (np.unique(one[0]).size / count for one in circles)
    assert fours == pytest.approx(0.75, abs=0.02)
    # of the quarter who are left with three seats, one circle of three and a pair, or three pairs
    assert threes == pytest.approx(0.25 * 0.75, abs=0.02)
    assert twos == pytest.approx(0.25, abs=0.02)


def test_lasting_traits_have_the_spread_of_the_evidence_and_some_hardly_seek_help():
    """By their numbers at double and half the spread; and with a fifth who never seek, at a tenth of the rate."""
    course = SimpleNamespace(severe=np.zeros(200))

    def draw(**changes):
        r = make_people(6_000)
        furnish(r, np.full(6_000, 3), course, RAW | changes, 5)
        return r

    for spread in (0.4, 1.2):
        usual = draw(**{
            "people.readiness_sd": spread, "people.frailty_sd": spread / 2,
            "people.never_seeking": 0.0, "people.responsive_spread": spread,
            "people.temperament_sd": spread, "people.trait_sd": spread,
            "people.responsive_none": 0.0, "life.circumstances": spread,
        })  # fmt: skip
        assert usual.readiness.std() == pytest.approx(spread, rel=0.05)
        assert usual.readiness.mean() == pytest.approx(-(spread**2) / 2, abs=0.06)
        assert usual.frailty.std() == pytest.approx(spread / 2, rel=0.05)
        assert np.log(usual.responsiveness).std() == pytest.approx(spread, rel=0.05)
        assert usual.temperament.std() == pytest.approx(spread, rel=0.05)
        assert usual.trait.std() == pytest.approx(spread, rel=0.06)
        # Nobody's home adds anything here: what is left is a person's own part of the variance.
        own = spread * np.sqrt(1.0 - RAW["life.circumstances_shared"])
        assert usual.circumstances.std() == pytest.approx(own, rel=0.05)
    same = draw(**{"people.never_seeking": 0.0})
    some = draw(**{"people.never_seeking": 0.2, "people.never_seeking_ratio": 0.1})
    shift = some.readiness - same.readiness
    never = shift < -1.0
    assert never.mean() == pytest.approx(0.2, abs=0.02)
    assert shift[never] == pytest.approx(np.full(never.sum(), np.log(0.1)), abs=1e-5)
    assert not shift[~never].any()
