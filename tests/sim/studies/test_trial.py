"""Virtual trials: every shipped one reads and lives; statistics are right; services act by their own rules."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.errors import InvalidInput
from sim.scenario.designs.trial import list_trials, load_trial
from sim.studies.trials import effects, follow_up, sites
from sim.studies.trials.effects import Values
from sim.studies.trials.trial import Outcome, run_trial

NINE = {"PS-01", "PS-14", "CR-01", "CR-05", "LO-08", "DG-04", "TX-03", "TX-07", "SW-02"}
TEXT = """kind: trial
id: X-1
title: A test
study: Nobody 2026
warm_up: 4 weeks
recruit_over: 2 weeks
eligible: {ages: [18, 100], phq: [3, 27]}
services:
  help: {kind: individual_therapy, staff: {therapist: 10}, caseload: 200}
arms:
  help: {give: help, sessions: 8, over: 10 weeks, attendance: 100%}
  usual: as usual
n: {help: 60, usual: 60}
follow_up: 12 weeks
outcome: {measure: phq, counted: mean}
effect: SMD
published: {effect: -0.4, low: -0.6, high: -0.2, arms: {usual: 6}}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr(
        sites,
        "load",
        lambda name: __import__("sim").load(name).with_({"population.residents": 800}),
    )

    def save(text=TEXT):
        path = tmp_path / "x.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return save


def pair(a, b, before=None):
    never = np.full(len(a), np.inf), np.full(len(b), np.inf)
    start = np.zeros(len(a)) if before is None else before
    return Values(np.array(a, float), start, never[0], np.ones(len(a))), Values(
        np.array(b, float), np.zeros(len(b)), never[1], np.ones(len(b))
    )


def test_the_nine_are_shipped():
    assert {load_trial(name).id for name in list_trials()} >= NINE


@pytest.mark.parametrize("name", list_trials())
def test_every_shipped_trial_lives(name, monkeypatch):
    trial = load_trial(name)
    assert not sites.find_missing(trial)
    monkeypatch.setattr(
        sites,
        "load",
        lambda given: __import__("sim").load(given).with_({"population.residents": 1500}),
    )
    short = trial.model_copy(
        update={
            "warm_up": 20,
            "recruit_over": min(trial.recruit_over, 12),
            "follow_up": min(trial.follow_up, 12),
        }
    )
    found = sites.run_site(sites.Site(short, 1, {}))
    assert set(found) == set(trial.arms)
    assert all(records.shape[1] == len(follow_up.FOLLOW_UP_COLUMNS) for records in found.values())


def test_the_same_people_are_eligible_in_every_arm(write):
    found = sites.run_site(sites.Site(load_trial(write()), 1, {}))
    keys = [set(records[:, 0]) for records in found.values()]
    assert len(keys[0]) > 50
    assert keys[0] == keys[1]


def test_therapy_helps_and_nothing_does_nothing(write):
    helped = run_trial(load_trial(write()), sites=2, most_sites=2, trials=100, uncertainty="chance")
    assert helped.effect < -0.05
    assert helped.arms["help"]["level"] < helped.arms["usual"]["level"]
    same = run_trial(
        load_trial(
            write(
                TEXT.replace(
                    "{give: help, sessions: 8, over: 10 weeks, attendance: 100%}", "as usual"
                )
            )
        ),
        sites=1,
        most_sites=1,
        uncertainty="chance",
    )
    assert same.low < 0.0 < same.high


def test_an_unknown_kind_is_said_and_not_faked(write):
    found = run_trial(load_trial(write(TEXT.replace("individual_therapy", "magic"))))
    assert found.verdict == "not yet runnable: the model has no magic"
    assert json.loads(json.dumps(found.to_json()))["simulated"]["effect"] is None


def test_what_is_withheld_is_left(write):
    text = (
        TEXT.replace("phq: [3, 27]", "in_care: [primary_care]")
        .replace(
            "{give: help, sessions: 8, over: 10 weeks, attendance: 100%}",
            "{withhold: [primary_care, psychiatry]}",
        )
        .replace("warm_up: 4", "warm_up: 30")
    )
    trial = load_trial(write(text.replace("effect: SMD", "effect: MD")))
    found = sites.run_site(sites.Site(trial, 1, {}))
    assert found["help"].shape[0] > 0
    after = follow_up.FOLLOW_UP_COLUMNS.index("phq_after")
    assert found["help"][:, after].mean() > found["usual"][:, after].mean()


def test_new_mothers_are_found_and_only_they(write):
    text = TEXT.replace("ages: [18, 100], phq: [3, 27]", "after: birth, within: 12 weeks").replace(
        "recruit_over: 2", "recruit_over: 1"
    )
    monthly = sites.run_site(sites.Site(load_trial(write(text)), 1, {}))
    yearly = sites.run_site(
        sites.Site(load_trial(write(text.replace("12 weeks}", "48 weeks}", 1))), 1, {})
    )
    assert set(monthly["usual"][:, 0]) < set(yearly["usual"][:, 0])
    assert 0 < len(yearly["usual"]) < 40


def test_relatives_get_the_place_and_participants_the_outcome(write):
    text = TEXT.replace(
        "ages: [18, 100], phq: [3, 27]", "severe_illness: true, alone: false"
    ).replace("give: help,", "give: help, offered_to: relatives,")
    trial = load_trial(
        write(text.replace("measure: phq, counted: mean", "measure: contact, counted: count"))
    )
    found = sites.run_site(sites.Site(trial, 1, {}))
    contact = follow_up.FOLLOW_UP_COLUMNS.index("contact")
    assert abs(found["help"][:, contact].mean() - found["usual"][:, contact].mean()) < 2.0
    direct = load_trial(
        write(
            text.replace("offered_to: relatives, ", "").replace(
                "measure: phq, counted: mean", "measure: contact, counted: count"
            )
        )
    )
    given = sites.run_site(sites.Site(direct, 1, {}))
    assert given["help"][:, contact].mean() > found["help"][:, contact].mean() + 2.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("in_care: [primary_care]", "in_care: [primary_car]", "no kind of service 'primary_car'"),
        ("measure: phq, counted: mean", "measure: phq, counted: days", "phq is counted as"),
        ("measure: phq, counted: mean", "measure: phq, counted: at_least", "has no threshold"),
        ("effect: SMD", "effect: OR", "compares shares"),
        ("effect: SMD", "effect: HR", "happens at a time"),
    ],
)
def test_what_does_not_fit_is_told(write, old, new, said):
    text = TEXT.replace("phq: [3, 27]", "in_care: [primary_care]")
    with pytest.raises(InvalidInput, match=said):
        load_trial(write(text.replace(old, new)))


def test_rates_and_risks_are_compared():
    one, other = pair([0, 1, 3], [2, 2, 4])
    assert compare("IRR", one, other) == pytest.approx(0.5)
    assert compare("RD", *pair([1, 0], [1, 1])) == pytest.approx(-0.5)


def test_the_reference_trials_read():
    assert list_trials("reference/") == ["reference/lo-11", "reference/tx-01", "reference/tx-09"]
    for name in list_trials("reference/"):
        assert not sites.find_missing(load_trial(name))


def test_mistakes_are_told_with_their_place(write):
    with pytest.raises(InvalidInput) as caught:
        load_trial(
            write(TEXT.replace("sessions: 8", "sesions: 8").replace("effect: SMD", "effect: XX"))
        )
    said = str(caught.value)
    assert ":11:" in said
    assert ":16:" in said


def test_a_scenario_is_no_trial():
    with pytest.raises(InvalidInput, match="no such trial"):
        load_trial("baseline-of-nothing")


def test_parts_that_do_not_fit_are_told(write):
    with pytest.raises(InvalidInput, match="no size for arm usual"):
        load_trial(write(TEXT.replace("n: {help: 60, usual: 60}", "n: {help: 60}")))


def compare(effect, one, other, follow_up=52):
    class Plain:
        pass

    plain = Plain()
    plain.effect, plain.follow_up, plain.window = effect, follow_up, (0, follow_up)
    plain.outcome = Plain()
    plain.outcome.is_event = True
    return effects.compare_arms(plain, one, other)


def test_odds_and_risk_ratio_of_a_published_table():
    # Johnson 2018: 64 of 218 against 83 of 216
    one, other = pair([1] * 64 + [0] * 154, [1] * 83 + [0] * 133)
    assert compare("OR", one, other) == pytest.approx(0.666, abs=0.001)
    assert compare("RR", one, other) == pytest.approx(0.764, abs=0.001)


def test_standardised_difference():
    one, other = pair([0.0, 2.0], [2.0, 4.0])
    assert compare("SMD", one, other) == pytest.approx(-2 / np.sqrt(2))
    assert compare("MD", one, other) == pytest.approx(-2.0)


def test_nothing_is_told_in_standard_deviations_where_nobody_differs():
    """It was told in billionths of a point: one such trial outweighed all others in the mean."""
    assert np.isnan(compare("SMD", *pair([3.0, 3.0], [5.0, 5.0])))
    assert np.isnan(compare("SMD", *pair([3.0], [5.0, 6.0])))
    assert np.isnan(compare("d_within", *pair([3.0, 4.0], [5.0, 5.0], before=np.full(2, 6.0))))


def test_an_arm_of_one_has_no_standard_deviation(write):
    with pytest.raises(InvalidInput, match="needs two people") as told:
        load_trial(write(TEXT.replace("help: 60, usual: 60", "help: 1, usual: 60")))
    assert told.value.problems[0].line == 13


def test_change_within_an_arm():
    one, other = pair([1.0, 3.0], [0.0, 0.0], before=np.array([3.0, 5.0]))
    assert compare("d_within", one, other) == pytest.approx(-2 / np.sqrt(2))


def test_hazard_ratio_recovers_what_was_put_in():
    rng = np.random.default_rng(1)
    fast, slow = rng.exponential(25, 4000), rng.exponential(50, 4000)
    assert effects.hazard_ratio(fast, slow, 52.0) == pytest.approx(2.0, rel=0.08)


def test_who_moves_away_is_at_risk_of_nothing_from_then_on():
    rng = np.random.default_rng(2)
    fast, slow = rng.exponential(25, 4000), rng.exponential(50, 4000)
    # two in three of one arm leave early; what happens to them later, nobody sees
    left = np.where(rng.random(4000) < 2 / 3, 10.0, 52.0)
    seen, full = np.where(fast > left, np.inf, fast), np.full(4000, 52.0)
    found = effects.hazard_ratio(seen, slow, 52.0, (left, full))
    assert found == pytest.approx(2.0, rel=0.08)
    assert effects.hazard_ratio(seen, slow, 52.0) < 1.5
    one, other = (
        Values(np.array([2.0, 0.0]), np.zeros(2), np.zeros(2), weeks)
        for weeks in (np.array([10.0, 10.0]), np.array([40.0, 40.0]))
    )
    assert compare("IRR", one, other) == pytest.approx(4.0)


def test_events_of_one_week_came_one_after_the_other():
    rng = np.random.default_rng(3)
    # most events in the first two weeks, as after a crisis: ties after Breslow give 1.6
    fast, slow = (np.ceil(rng.exponential(1.5 / rate, 8000)) for rate in (2.0, 1.0))
    assert effects.hazard_ratio(fast, slow, 4.0) == pytest.approx(2.0, rel=0.06)


def test_an_empty_cell_is_corrected_in_both_arms():
    one, other = pair([0] * 6, [1, 1, 1, 0, 0, 0])
    assert compare("OR", one, other) == pytest.approx((0.5 / 6.5) / (3.5 / 3.5))
    assert compare("RR", one, other) == pytest.approx((0.5 / 7.0) / (3.5 / 7.0))
    every, half = pair([1] * 6, [1, 1, 1, 0, 0, 0])
    assert compare("RR", every, half) == pytest.approx(2.0)
    assert compare("OR", every, half) == pytest.approx((6.5 / 0.5) / 1.0)


@pytest.mark.parametrize("effect", ["IRR", "HR"])
def test_a_trial_without_an_event_in_an_arm_has_an_effect(effect):
    """Left out, the trials with events would seem to be all that could be found."""
    one, other = pair([0, 0], [1, 2])
    assert compare(effect, one, other) == pytest.approx(0.5 / 3.5)
    assert compare(effect, *pair([0, 0], [0, 0])) == pytest.approx(1.0)


def test_verdict_needs_all_three():
    trial = load_trial("ps-01")
    arms = {
        name: {"n": 200.0, "level": level, "eligible": 900.0}
        for name, level in (("peer", 0.3), ("workbook", 0.38))
    }
    assert Outcome(trial, 0.7, 0.5, 1.0, arms, 12).verdict == "replicated"
    assert "mean effect" in Outcome(trial, 1.2, 0.6, 1.9, arms, 12).verdict
