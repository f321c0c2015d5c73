"""The committee by hand: what a change is seen against, when a rule holds, and what a decision does."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.scenario.schema.governance import Action, Condition, FocusGroups, SuggestionBox, Survey
from sim.week.governance import committee as committee_module
from sim.week.governance.committee import Committee, Decision
from sim.week.governance.voting import Ballot

NAMES = ("clinic", "walks")


@pytest.fixture
def told(monkeypatch):
    """What is asked in each week is what is written here: by week, of the town or of a service."""
    answers = {}

    def ask(world, _, s):
        value = answers.get((world.week, s), answers.get(world.week, np.nan))
        found = np.array([value]) if np.isfinite(value) else np.array([])
        return found, np.arange(found.size)

    monkeypatch.setattr(committee_module, "ask", ask)
    monkeypatch.setattr(committee_module, "hear", lambda *given: float(given[-2].mean()) + 0.5)
    monkeypatch.setattr(committee_module, "ask_sample", lambda *given: float(given[-1].mean()))
    return answers


def govern(when, weeks, do=None, every=4, delay=1, once=False, **box):
    """Run a committee of one rule over the weeks: its log, the world and the treasury."""
    rule = SimpleNamespace(
        when=Condition.model_validate(when),
        do=Action.model_validate(do or {"expand": "walks", "by": "50%"}),
        once=once,
    )
    governance = SimpleNamespace(
        acting={"act": rule},
        rules={"act": rule},
        seats={},
        review_every=every,
        delay=delay,
        survey=Survey(),
        majority=0.5,
        focus_groups=FocusGroups(lag=2),
        suggestion_box=SuggestionBox(**box),
    )
    prices = SimpleNamespace(
        evaluation=SimpleNamespace(amount=100.0), focus_groups=SimpleNamespace(amount=30.0)
    )
    offers = SimpleNamespace(reach=np.zeros((2, 2), np.int64), enrolled=np.array([10, 30]))
    world = SimpleNamespace(
        scenario=SimpleNamespace(governance=governance, prices=prices),
        provision=SimpleNamespace(names=NAMES, offers=offers),
        scale=np.ones(2),
        weekly_cost=np.array([500.0, 300.0]),
    )
    treasury = SimpleNamespace(accounts=["one", "two"], moves=[], booked=[])
    treasury.book_review = lambda amount: treasury.booked.append((world.week, amount))
    made = Committee(("east", "west"))
    for world.week in weeks:
        made.meet(world, treasury)
    return made, world, treasury


def seen(made):
    return [(row["week"], row["seen"]["seen"]) for row in made.log if "kpi" in row["seen"]]


def acted(made, stage="decided"):
    return [row["week"] for row in made.log if str(row["action"]).endswith(stage)]


def test_an_improvement_is_the_fall_since_the_review_before(told):
    told.update({4: 12.0, 8: 10.0, 12: 11.0, 3: 99.0})
    made, *_ = govern({"kpi": "improvement", "above": 1.0}, range(13))
    assert seen(made) == [(4, None), (8, 2.0), (12, -1.0)]
    assert acted(made) == [8]


def test_the_price_of_an_improvement_is_what_a_person_costs_between_two_reviews(told):
    told.update({(4, 1): 12.0, (8, 1): 10.0, (12, 1): 10.0, (16, 1): 9.5, (20, 1): np.nan})
    when = {"kpi": "cost_per_improvement", "service": "walks", "below": 30.0}
    made, *_ = govern(when, range(21))
    # Ten a week and person, four weeks, over what was gained; endless for nothing.
    assert seen(made) == [(4, None), (8, 20.0), (12, None), (16, 80.0), (20, None)]
    assert acted(made) == [8]
    # Of the first service fifty a week and person, of the town 800 for forty.
    told.update({(4, 0): 12.0, (8, 0): 10.0, 4: 12.0, 8: 10.0})
    made, *_ = govern(when | {"service": "clinic"}, range(9))
    assert seen(made)[1] == (8, 4 * 50.0 / 2.0)
    made, *_ = govern({"kpi": "cost_per_improvement", "above": 1.0}, range(9))
    assert seen(made)[1] == (8, 4 * 20.0 / 2.0)


@pytest.mark.parametrize(
    ("line", "held"),
    [({"above": 5.0}, [8]), ({"below": 5.0}, [12]), ({"above": 5.0, "below": 9.0}, [8])],
)
def test_a_rule_holds_beyond_its_line_and_not_on_it(told, line, held):
    told.update({4: 5.0, 8: 6.0, 12: 4.0, 16: np.nan, 20: 5.0})
    made, *_ = govern({"kpi": "people_served"} | line, range(21))
    assert acted(made) == held
    assert made.log[-1]["reason"].startswith("people_served at 5")
    assert any(row["reason"].startswith("no people_served data yet") for row in made.log)


def test_reviews_in_a_row_are_counted_anew_after_one_that_does_not_hold(told):
    told.update(dict.fromkeys((4, 12, 16, 20, 24), 6.0) | {8: 1.0})
    when = {"kpi": "people_served", "above": 5.0, "for": 2}
    made, *_ = govern(when, range(25))
    assert acted(made) == [16, 24]
    assert "(above 5 wanted, 2 reviews in a row)" in made.log[0]["reason"]
    made, *_ = govern(when | {"for": 1}, range(25), once=True)
    assert acted(made) == [4]
    assert "(above 5 wanted, one review)" in made.log[0]["reason"]


def test_reviews_are_paid_with_the_talk_that_they_listen_to(told):
    told.update(dict.fromkeys(range(20), 6.0))
    _, _, treasury = govern({"kpi": "symptoms", "above": 9.0}, range(-4, 9))
    assert treasury.booked == [(4, 100.0), (8, 100.0)]
    _, _, treasury = govern({"kpi": "symptoms", "above": 9.0, "through": "focus_groups"}, range(9))
    assert treasury.booked == [(4, 130.0), (8, 130.0)]


def test_what_was_said_slowly_is_read_once_and_what_is_said_at_once_is_read_now(told):
    told.update({2: 6.0, 4: 7.0, 6: 8.0, 8: 9.0})
    when = {"kpi": "symptoms", "above": 26.0, "through": "focus_groups"}
    assert seen(govern(when, range(9))[0]) == [(4, 6.5), (8, 8.5)]
    assert seen(govern(when, [2, 4, 8])[0]) == [(4, 6.5), (8, None)]
    box = when | {"through": "suggestion_box"}
    assert seen(govern(box, range(9), lag=0)[0]) == [(4, 7.5), (8, 9.5)]
    told.update({3: 1.0, 7: 2.0})
    assert seen(govern(box, range(9), lag=1)[0]) == [(4, 1.5), (8, 2.5)]
    told.update({1: 3.0, 5: 4.0})
    assert seen(govern(box, range(9), lag=3)[0]) == [(4, 3.5), (8, 4.5)]
    counted = when | {"kpi": "people_served"}
    assert seen(govern(counted, range(9))[0]) == [(4, 7.0), (8, 9.0)]


DEEDS = {
    "more": ({"expand": "walks", "by": "50%"}, [1.0, 1.5]),
    "elsewhere too": ({"expand": "walks", "to": ["west"]}, [1.0, 1.0]),
    "less": ({"shrink": "walks", "by": "20%"}, [1.0, 0.8]),
    "none": ({"pause": "clinic"}, [0.0, 1.0]),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_decision_acts_when_it_is_due_and_says_so(told, deed):
    do, scale = DEEDS[deed]
    told[4] = 6.0
    made, world, _ = govern({"kpi": "people_served", "above": 5.0}, range(6), do, delay=2)
    assert made.pending == [Decision(6, "act", Action.model_validate(do))]
    assert world.scale.tolist() == [1.0, 1.0]
    made, world, _ = govern({"kpi": "people_served", "above": 5.0}, range(8), do, delay=2)
    assert world.scale.tolist() == pytest.approx(scale)
    assert world.provision.offers.reach.tolist() == [[0, 0], [0, int(deed == "elsewhere too")]]
    assert acted(made, "carried out") == [6]
    assert made.pending == []
    verb, service = next(iter(do.items()))
    assert made.log[-1]["action"] == f"{verb} {service}: carried out"
    assert made.log[-1]["reason"] == "decided earlier"


def test_money_is_moved_from_one_fund_to_another_by_a_share(told):
    told[4] = 6.0
    do = {"move": "20%", "from_fund": "two", "to_fund": "one"}
    made, _, treasury = govern({"kpi": "people_served", "above": 5.0}, range(6), do)
    assert treasury.moves == [(1, 0, 0.2)]
    assert made.log[-1]["action"] == "move: carried out"


@pytest.mark.parametrize(("every", "delay"), [(3, 3), (5, 3), (6, 2), (7, 0), (4, 9)])
def test_a_decision_waits_for_its_weeks_whatever_the_week_it_was_taken_in(told, every, delay):
    told[every] = 6.0
    made, *_ = govern(
        {"kpi": "people_served", "above": 5.0}, range(every + delay + 3), every=every, delay=delay
    )
    assert acted(made) == [every]
    # What is due at once acts when the committee looks at what is due the next time.
    assert acted(made, "carried out") == [every + max(delay, 1)]


def reason(seen, ballots=None, **when):
    rule = SimpleNamespace(when=Condition.model_validate({"kpi": "wait"} | when))
    return committee_module._explain(rule, seen, ballots or {})


def test_the_record_says_what_was_seen_and_wanted_and_who_voted_for_themselves():
    assert reason(4.0, above=3) == "wait at 4 (above 3 wanted, one review)"
    assert reason(2.3456, below=3, **{"for": 3}) == (
        "wait at 2.35 (below 3 wanted, 3 reviews in a row)"
    )
    assert reason(np.nan, above=3, below=9) == "no wait data yet (above 3 wanted, one review)"
    cast = {
        "residents": Ballot("yes", "rule", stake=False),
        "clinic": Ballot("no", "stake", stake=True),
        "walks": Ballot("yes", "stake", stake=True),
        "council": Ballot("yes", "rule", stake=True),
        "fund": Ballot("abstains", "stake", stake=True),
    }
    said = reason(4.0, cast, above=3)
    assert said.partition("; ")[2] == (
        "voted by a stake of their own: clinic, walks; left the vote: fund"
    )
    assert ";" not in reason(4.0, {"council": cast["council"]}, above=3)
    assert reason(4.0, {"fund": cast["fund"]}, above=3).endswith("one review); left the vote: fund")
    rule = SimpleNamespace(when=Condition.model_validate({"kpi": "wait", "above": 3}))
    assert committee_module._describe(rule, (4.0, np.inf), cast) == {
        "kpi": "wait", "seen": 4.0, "truth": None,
        "votes": {
            "residents": "yes", "clinic": "no", "walks": "yes", "council": "yes",
            "fund": "abstains",
        },
        "conflicts_of_interest": ["clinic", "walks", "council", "fund"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ({"expand": "walks", "by": "50%"}, "expand walks: decided"),
        ({"pause": "clinic"}, "pause clinic: decided"),
        ({"move": "20%", "from_fund": "one", "to_fund": "two"}, "move: decided"),
    ],
)
def test_what_was_decided_is_named_by_its_verb_and_service(told, do, said):
    told.update({4: 6.0, 8: 1.0})
    made, *_ = govern({"kpi": "people_served", "above": 5.0}, range(9), do, delay=9)
    assert [(row["week"], row["action"], row["subject"]) for row in made.log] == [
        (4, said, "act"), (8, "nothing", "act"),
    ]  # fmt: skip


def test_a_service_is_made_smaller_by_its_share_and_never_less_than_nothing(told):
    told.update(dict.fromkeys(range(30), 6.0))
    when = {"kpi": "people_served", "above": 5.0}
    for do, scale in (
        ({"shrink": "walks", "by": "30%"}, [1.0, 0.7 * 0.7]),
        ({"shrink": "walks", "by": "100%"}, [1.0, 0.0]),
        ({"expand": "clinic", "by": "10%"}, [1.1 * 1.1, 1.0]),
    ):
        made, world, _ = govern(when, range(10), do, delay=1)
        assert acted(made, "carried out") == [5, 9]
        assert world.scale.tolist() == pytest.approx(scale)
