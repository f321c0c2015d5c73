"""What a committee is told and how its members vote, by hand: answers, samples, voices, stakes."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import seed_words, week_counter_of
from sim.evidence.parameters import make_parameters
from sim.scenario.schema.governance import Action, FocusGroups, Seat, SuggestionBox, Survey
from sim.week.governance import feedback
from sim.week.governance.branch_rules import holds, judge_branch
from sim.week.governance.feedback import _place, hear, hold_focus_groups, lag_of, open_box, survey
from sim.week.governance.kpis import ask
from sim.week.governance.voting import find_stake, vote
from sim.week.record.counts import score_ucla
from sim.week.world import World

RAW = {
    "governance.focus_company": 0.0,
    "governance.focus_agreement": 0.0,
    "governance.box_grievance": 0.0,
    "governance.own_interest": 1.0,
    "governance.minds_below": 8.0,
}


def make_world(people, services, n=200, **raw):
    """People of whom the first hundred are in service 0; service 1 has nobody, and 2 no places."""
    r, o = people(n), services(3)
    r.care_service[: n // 2, 2] = 1
    o.enrolled[:], o.places[:] = (n // 2, 0, 0), (160, 40, 0)
    parameters = SimpleNamespace(health=make_parameters({}).health, raw=RAW | raw)
    return SimpleNamespace(
        residents=r,
        provision=SimpleNamespace(offers=o),
        parameters=parameters,
        in_need=np.arange(n) % 4 == 0,
        starts=np.zeros((3, 26), np.int64),
        early=np.zeros((3, 26), np.int64),
        waits=np.zeros((3, 9), np.int64),
        weekly_cost=np.array([5_000.0, 300.0, 0.0]),
        share=np.ones(3),
        week_counter=week_counter_of(3),
        seed=seed_words(4),
    )


def test_figures_are_counted_for_a_service_or_for_the_town(people, services):
    world = make_world(people, services)
    world.starts[0, :2], world.starts[1, 5] = 10, 5
    world.early[0, 1], world.early[1, 5] = 5, 6
    world.waits[0, 2], world.waits[1, 8] = 3, 1
    told = {
        ("engagement", 0): 0.75,
        ("engagement", 1): 0.0,
        ("engagement", -1): 1 - 11 / 25,
        ("wait", 0): 2.0,
        ("wait", -1): (2 * 3 + 8) / 4,
        ("occupancy", 0): 100 / 160,
        ("occupancy", -1): 0.5,
        ("cost_per_person", 0): 50.0,
        ("cost_per_person", -1): 53.0,
        ("people_served", 0): 20.0,
        ("people_served", 2): 0.0,
        ("people_served", -1): 25.0,
    }
    for (kpi, s), value in told.items():
        answers, rows = ask(world, kpi, s)
        assert answers.tolist() == pytest.approx([value]), (kpi, s)
        assert rows.size == 0
    for kpi in ("engagement", "wait", "occupancy", "cost_per_person"):
        assert ask(world, kpi, 2)[0].size == 0, kpi


def test_people_answer_for_themselves_the_dead_and_strangers_do_not(people, services):
    world = make_world(people, services)
    r = world.residents
    r.phq[:], r.loneliness[:], r.alive[:2] = np.arange(200) / 8, np.arange(200) / 100, 0
    clients, everybody = np.arange(2, 100), np.arange(2, 200)
    for s, rows in ((0, clients), (-1, everybody)):
        answers, who = ask(world, "symptoms", s)
        assert who.tolist() == rows.tolist()
        assert answers.tolist() == (rows / 8).tolist()
        lonely = [score_ucla(float(r.loneliness[i]), world.parameters.health) for i in rows]
        assert ask(world, "loneliness", s)[0].tolist() == pytest.approx(lonely)
    unmet, who = ask(world, "unmet_need", -1)
    assert who.tolist() == list(range(4, 200, 4))
    assert unmet.tolist() == (who >= 100).tolist()


def test_satisfaction_is_quality_as_far_as_people_gain_by_it(people, services):
    world = make_world(people, services)
    world.residents.responsiveness[:100] = np.where(np.arange(100) % 2, 0.5, 1.5)
    world.provision.offers.quality[:] = (0.8, 0.4, 0.0)
    assert set(ask(world, "satisfaction", 0)[0].round(6).tolist()) == {0.4, 0.8}
    town, who = ask(world, "satisfaction", -1)  # services without places are no part of it
    assert who.size == 200
    assert set(town.round(6).tolist()) == {0.3, 0.6}
    assert ask(world, "satisfaction", 2)[0].size == 0


def test_a_survey_is_a_sample_some_of_whom_reply(people, services):
    world = make_world(people, services)
    answers = np.arange(200) * 1.0
    whole = Survey(sample=200, response=1.0, noise=0.0)
    assert survey(world, whole, "symptoms", 0, answers) == pytest.approx(99.5)
    few = Survey(sample=50, response=0.5, noise=0.0)
    seen = []
    for week in range(60):
        world.week_counter = week_counter_of(week)
        seen.append(survey(world, few, "symptoms", 0, answers))
    assert np.mean(seen) == pytest.approx(99.5, abs=6)
    assert np.std(seen) == pytest.approx(answers.std() / 5, rel=0.3)
    assert len(set(seen)) == 60
    assert math.isnan(survey(world, Survey(response=0.0), "symptoms", 0, answers))
    assert survey(world, few, "symptoms", 0, answers) != survey(world, few, "symptoms", 1, answers)


def test_the_error_of_a_survey_is_its_noise_over_the_root_of_replies(people, services):
    world = make_world(people, services)
    # By how far answers lie apart: half a point on either side, and two and a half.
    for spread in (0.5, 2.5):
        answers, errors = np.tile([7.0 - spread, 7.0 + spread], 100), []
        for week in range(200):
            world.week_counter = week_counter_of(week)
            given = Survey(sample=200, response=1.0, noise=3.0)
            errors.append(survey(world, given, "symptoms", 0, answers) - 7.0)
        assert np.std(errors) == pytest.approx(3.0 * spread / math.sqrt(200), rel=0.15)
        assert np.mean(errors) == pytest.approx(0.0, abs=0.05 * spread)


def test_a_focus_group_is_some_people_who_partly_say_what_the_first_said(people, services):
    answers, rows = np.arange(200) * 1.0, np.arange(200)
    plain = make_world(people, services)
    agreeing = make_world(people, services, **{"governance.focus_agreement": 1.0})
    half = make_world(people, services, **{"governance.focus_agreement": 0.5})
    mean, first, both = (
        hold_focus_groups(world, FocusGroups(people=8), "symptoms", 0, answers, rows)
        for world in (plain, agreeing, half)
    )
    assert first in answers
    assert both == pytest.approx((mean + first) / 2)
    everybody = hold_focus_groups(plain, FocusGroups(people=200), "symptoms", 0, answers, rows)
    assert everybody == pytest.approx(99.5)
    assert math.isnan(hold_focus_groups(plain, FocusGroups(), "symptoms", 0, answers[:0], rows[:0]))


def test_those_with_company_come_and_the_discontented_write(people, services):
    rows = np.arange(200)
    world = make_world(
        people, services, **{"governance.focus_company": 3.0, "governance.box_grievance": 3.0}
    )
    world.residents.loneliness[:] = world.residents.phq[:] = rows / 8
    came, wrote = [], []
    for week in range(30):
        world.week_counter = week_counter_of(week)
        came.append(hold_focus_groups(world, FocusGroups(people=8), "x", 0, rows * 1.0, rows))
        wrote.append(open_box(world, SuggestionBox(writes=0.1), "x", 0, rows * 1.0, rows))
    assert np.mean(came) < 45
    assert np.nanmean(wrote) > 150


def test_as_many_write_as_is_stated(people, services):
    world, rows = make_world(people, services), np.arange(200)
    share = np.where(rows < 100, 1.0, 0.0)
    nobody = open_box(world, SuggestionBox(writes=0.0), "symptoms", 0, share, rows)
    assert math.isnan(nobody)
    assert open_box(world, SuggestionBox(writes=1.0), "symptoms", 0, share, rows) == 0.5
    assert math.isnan(open_box(world, SuggestionBox(), "symptoms", 0, share[:0], rows[:0]))


def test_each_voice_has_its_own_way_and_time(people, services):
    world, rows = make_world(people, services), np.arange(200)
    how = SimpleNamespace(
        survey=Survey(sample=200, response=1.0, noise=0.0),
        focus_groups=FocusGroups(people=1, lag=5),
        suggestion_box=SuggestionBox(writes=0.02, lag=9),
    )
    said = {
        through: hear(world, how, through, "symptoms", 0, rows * 1.0, rows)
        for through in ("survey", "focus_groups", "suggestion_box")
    }
    assert said["survey"] == pytest.approx(99.5)
    assert said["focus_groups"] in rows
    assert said["suggestion_box"] == open_box(
        world, how.suggestion_box, "symptoms", 0, rows * 1.0, rows
    )
    assert [lag_of(how, through) for through in said] == [0, 5, 9]


def make_treasury(balance=1e6):
    return SimpleNamespace(
        funds={
            "open": SimpleNamespace(only_for=()),
            "narrow": SimpleNamespace(only_for=("walks",)),
        },
        accounts=["open", "narrow"],
        allowed=np.array([[1, 1, 1], [0, 1, 0]]),
        usual_fees=np.array([1_000.0, 0.0, 0.0]),
        income=np.array([3_300.0, 0.0]),
        balance=np.array([balance, 0.0]),
    )


def stake(world, treasury, seat, **do):
    return find_stake(
        world, treasury, Seat.model_validate({"of": "provider"} | seat), Action.model_validate(do)
    )


MORE, LESS = {"expand": "walks", "by": "10%"}, {"shrink": "walks", "by": "10%"}


def test_who_runs_a_service_gains_by_more_of_it_and_loses_by_less(people, services):
    world, treasury = make_world(people, services), make_treasury()
    mine, other = {"runs": ["walks"]}, {"runs": ["clinic"]}
    assert [stake(world, treasury, mine, **do) for do in (MORE, LESS)] == [1, -1]
    assert stake(world, treasury, mine, pause="walks") == -1
    assert [stake(world, treasury, other, **do) for do in (MORE, LESS)] == [0, 0]


def test_who_answers_for_a_fund_minds_spending_while_it_is_short(people, services):
    """5,300 a week are asked, 1,000 come as fees and 3,300 otherwise: 1,000 a week are missing."""
    world, seat = make_world(people, services), {"holds": "open"}
    for balance, minds in ((8_000.0, 0), (7_999.0, -1)):
        treasury = make_treasury(balance)
        assert stake(world, treasury, seat, **MORE) == minds, balance
        assert stake(world, treasury, seat, **LESS) == -minds, balance
    even = make_treasury(0.0)
    even.income[0] = 4_300.0
    assert stake(world, even, seat, **MORE) == 0
    assert stake(world, make_treasury(0.0), {"holds": "narrow"}, expand="clinic", by="1%") == 0
    world.share[2] = 0.99
    assert stake(world, make_treasury(), seat, **MORE) == -1
    assert stake(world, make_treasury(), {"holds": "narrow"}, **MORE) == -1  # 300 a week, no money
    world.share[:], world.weekly_cost[:] = (1.0, 1.0, 0.9), 0.0
    assert stake(world, make_treasury(), {"holds": "narrow"}, **MORE) == 0


def test_money_that_moves_is_a_gain_here_and_a_loss_there(people, services):
    world, treasury = make_world(people, services), make_treasury()
    move = {"move": "20%", "from_fund": "open", "to_fund": "narrow"}
    assert stake(world, treasury, {"holds": "narrow"}, **move) == 1
    assert stake(world, treasury, {"holds": "open"}, **move) == -1
    assert stake(world, treasury, {"runs": ["clinic"]}, **move) == -1
    assert stake(world, treasury, {"runs": ["walks"]}, **move) == 0  # paid by both
    assert stake(world, treasury, {}, **move) == 0


def ballot(world, seats, *, met, majority=0.5, do=MORE):
    governance = SimpleNamespace(
        seats={
            name: Seat.model_validate({"of": "residents"} | seat) for name, seat in seats.items()
        },
        rules={"act": SimpleNamespace(do=Action.model_validate(do))},
        majority=majority,
    )
    return vote(world, make_treasury(), governance, "act", met=met)


def test_votes_are_weighed_and_a_majority_is_more_than_its_share(people, services):
    world, clinic = make_world(people, services), {"runs": ["walks"], "votes": 2}
    assert ballot(world, {}, met=True) == (True, {})
    tie, cast = ballot(world, {"us": {"votes": 2}, "clinic": clinic}, met=False)
    assert not tie
    assert {name: (b.vote, b.by, b.stake) for name, b in cast.items()} == {
        "us": ("no", "rule", False),
        "clinic": ("yes", "stake", True),
    }
    assert ballot(world, {"us": {}, "clinic": clinic}, met=False)[0]
    assert not ballot(world, {"us": {}, "clinic": clinic}, met=False, majority=0.7)[0]
    away, cast = ballot(world, {"us": {}, "clinic": clinic | {"recuses": True}}, met=True)
    assert away
    assert cast["clinic"][:2] == ("abstains", "stake")
    assert not ballot(world, {"us": {}, "clinic": clinic}, met=True, do=LESS)[0]


def test_as_many_vote_by_their_stake_as_the_share_says(people, services):
    world = make_world(people, services, **{"governance.own_interest": 0.3})
    swayed = []
    for week in range(400):
        world.week_counter = week_counter_of(week)
        _, cast = ballot(world, {"clinic": {"runs": ["walks"]}}, met=False)
        swayed.append(cast["clinic"].by == "stake")
    assert np.mean(swayed) == pytest.approx(0.3, abs=0.09)


def test_a_rule_of_a_branch_holds_between_its_lines_and_not_on_them():
    def judge(value, above=None, below=None):
        return holds(SimpleNamespace(above=above, below=below), value)

    assert [judge(value, above=2.0) for value in (1.9, 2.0, 2.1)] == [False, False, True]
    assert [judge(value, below=2.0) for value in (1.9, 2.0, 2.1)] == [True, False, False]
    assert [judge(value, 1.0, 3.0) for value in (1.0, 2.0, 3.0)] == [False, True, False]
    assert not judge(math.nan)
    assert judge(0.0)


def ask_often(world, weeks, question):
    """What is heard in so many weeks."""
    heard = []
    for week in range(weeks):
        world.week_counter = week_counter_of(week)
        heard.append(question())
    return np.array(heard)


def test_whoever_is_asked_replies_as_often_as_is_stated_whoever_that_is(people, services):
    """One of two hundred is asked: of a third of the weeks there is an answer, from all over the list."""
    world, answers = make_world(people, services), np.arange(200) * 1.0
    one = Survey(sample=1, response=1 / 3, noise=0.0)
    heard = ask_often(world, 400, lambda: survey(world, one, "symptoms", 0, answers))
    replied = heard[np.isfinite(heard)]
    assert replied.size / 400 == pytest.approx(1 / 3, abs=0.09)
    assert np.bincount((replied // 50).astype(int), minlength=4).min() > 15


def test_notes_are_written_as_often_as_is_stated_by_each_as_their_symptoms_weigh(people, services):
    """Two people, half a place above and below the middle: e^(±√12 / 4), around a mean of 0.3."""
    world = make_world(people, services, **{"governance.box_grievance": 1.0})
    rows = np.array([3, 8])
    world.residents.phq[rows] = (20.0, 1.0)
    box = SuggestionBox(writes=0.3)
    heard = ask_often(world, 600, lambda: open_box(world, box, "x", 0, rows * 1.0, rows))
    wish = np.exp(np.array([1.0, -1.0]) * math.sqrt(12) / 4)
    wrote = 0.3 * wish / wish.mean()
    first, second, both = ((heard == note).mean() for note in (3.0, 8.0, 5.5))
    assert first + both == pytest.approx(wrote[0], abs=0.08)
    assert second + both == pytest.approx(wrote[1], abs=0.05)
    assert np.isnan(heard).mean() == pytest.approx((1 - wrote[0]) * (1 - wrote[1]), abs=0.08)


def test_the_first_to_speak_is_whoever_came_most_gladly(people, services):
    """Everybody comes and says what the first says: mostly somebody with company."""
    alike = {"governance.focus_company": 3.0, "governance.focus_agreement": 1.0}
    world, rows = make_world(people, services, **alike), np.arange(200)
    world.residents.loneliness[:] = rows / 8
    group = FocusGroups(people=200)
    heard = ask_often(world, 40, lambda: hold_focus_groups(world, group, "x", 0, rows * 1.0, rows))
    assert heard.mean() < 45
    # The second is another, in each week.
    pair = ask_often(
        world, 40, lambda: hold_focus_groups(world, FocusGroups(people=1), "x", 0, rows * 1.0, rows)
    )
    assert np.array_equal(pair, heard)


def test_places_of_people_are_in_standard_deviations():
    placed = _place(np.array([7.0, -1.0, 2.0, 99.0], np.float32))
    assert placed == pytest.approx(np.array([0.125, -0.375, -0.125, 0.375]) * math.sqrt(12))
    many = _place(np.random.default_rng(1).normal(size=4_000).astype(np.float32))
    assert (many.mean(), many.std()) == pytest.approx((0.0, 1.0), abs=1e-6)


def test_who_writes_and_who_comes_is_who_falls_below_their_own_share(people, services, monkeypatch):
    """By hand: a share e^(weight × place), of the mean of all for notes; for groups the largest u^(1 / share)."""
    weights = {"governance.focus_company": 0.7, "governance.box_grievance": 0.6}
    world, rows = make_world(people, services, **weights), np.array([4, 9, 2, 7, 1])
    world.residents.phq[rows] = world.residents.loneliness[rows] = (3.0, 8.0, 0.5, 5.0, 20.0)
    place = (np.array([2, 4, 1, 3, 5]) - 3) / 5 * math.sqrt(12)
    answers, drawn = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), {}
    monkeypatch.setattr(feedback, "_draw_for_each", lambda _, __, of, ___: drawn[of.split("/")[0]])
    wish = np.exp(0.6 * place)
    share = 0.4 * wish / wish.mean()
    for side in (1e-9, -1e-9):
        drawn["box"] = share + side * np.array([1, -1, -1, 1, 1])
        wrote = answers[[1, 2]] if side > 0 else answers[[0, 3, 4]]
        said = open_box(world, SuggestionBox(writes=0.4), "x", 0, answers, rows)
        assert said == pytest.approx(wrote.mean())
    drawn["focus"] = np.array([0.5, 0.62, 0.3, 0.55, 0.9])
    order = np.argsort(-(drawn["focus"] ** (1.0 / np.exp(-0.7 * place))))
    for count in range(1, 6):
        said = hold_focus_groups(world, FocusGroups(people=count), "x", 0, answers, rows)
        assert said == pytest.approx(answers[order[:count]].mean())
    assert order.tolist() not in ([0, 1, 2, 3, 4], np.argsort(-drawn["focus"]).tolist())


def test_clients_of_each_service_are_those_who_hold_a_place_in_it(people, services):
    """Of two hundred a hundred are in the first service; some of all in the second and the third."""
    world = make_world(people, services)
    r, o = world.residents, world.provision.offers
    r.care_service[90:110, 0], r.care_service[5:200:50, 1] = 2, 3
    o.quality[:], o.places[2] = (0.2, 0.5, 0.9), 4
    r.responsiveness[:], r.phq[:] = 1.0, np.arange(200) / 8
    clients = {0: range(100), 1: range(90, 110), 2: range(5, 200, 50), -1: range(200)}
    for s, rows in clients.items():
        answers, who = ask(world, "symptoms", s)
        assert who.tolist() == list(rows), s
        assert answers.tolist() == [i / 8 for i in rows]
        quality = {0: 0.2, 1: 0.5, 2: 0.9, -1: (0.2 + 0.5 + 0.9) / 3}[s]
        assert ask(world, "satisfaction", s)[0] == pytest.approx(np.full(len(rows), quality))
    # In need is every fourth; nobody without a place is a client of any service.
    unmet, who = ask(world, "unmet_need", 1)
    assert who.tolist() == [92, 96, 100, 104, 108]
    assert not unmet.any()
    assert ask(world, "unmet_need", -1)[0].sum() == sum(1 for i in range(112, 200, 4))


def test_of_the_rules_of_a_branch_the_first_that_holds_is_taken_and_all_are_measured():
    """Three rules; what they see is not the truth. Where none holds, what is taken otherwise."""

    def judge(*told, otherwise="stay"):
        rules = {
            name: SimpleNamespace(
                when=SimpleNamespace(kpi=name, above=5.0, below=None), take=f"to {name}"
            )
            for name in ("wait", "symptoms", "occupancy")[: len(told)]
        }
        seen = dict(zip(rules, told, strict=True))
        committee = SimpleNamespace(measure=lambda *given: seen[given[-1].kpi])
        branch = SimpleNamespace(fallback=otherwise, rules=rules, survey=None)
        return judge_branch(SimpleNamespace(week=12), committee, branch)

    found = judge((4.0, 9.0), (6.256, 6.0), (9.0, math.nan))
    assert (found["week"], found["body"], found["subject"], found["action"], found["reason"]) == (
        12, "branch", "symptoms", "take to symptoms", "symptoms at 6.26",
    )  # fmt: skip
    assert found["seen"] == {
        "wait": {"kpi": "wait", "seen": 4.0, "truth": 9.0},
        "symptoms": {"kpi": "symptoms", "seen": 6.256, "truth": 6.0},
        "occupancy": {"kpi": "occupancy", "seen": 9.0, "truth": None},
    }
    nothing = judge((math.nan, 7.0), (5.0, 7.0))
    assert (nothing["subject"], nothing["action"], nothing["reason"]) == (
        "otherwise", "take stay", "no rule holds",
    )  # fmt: skip
    assert nothing["seen"]["wait"]["seen"] is None
    assert judge((6.0, 6.0), (7.0, 7.0))["subject"] == "wait"
    assert judge()["action"] == "take stay"


def test_a_week_is_named_anew_when_it_comes_and_a_town_may_have_no_ward():
    town = World.__new__(World)
    town.week, town.seed, town.named = 3, seed_words(4), None
    first = town.when
    assert (first.number, first.counter, first.seed) == (3, week_counter_of(3), town.seed)
    assert town.when is first
    town.week = 4
    assert (town.when.number, town.when.counter) == (4, week_counter_of(4))
    town.seed = seed_words(9)
    assert town.when.seed is town.seed
    for kinds, row in ((("psychiatry", "inpatient_ward"), 1), (("inpatient_ward",), 0), ((), -1)):
        town.provision = SimpleNamespace(kinds=kinds)
        assert town.ward == row
    town.published, town.publishing = "shown", "written"
    town.publish()
    assert (town.published, town.publishing) == ("written", "shown")
