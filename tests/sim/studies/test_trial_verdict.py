"""Verdicts: what a trial could not have refuted is said, and what was made from it is marked."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.errors import InvalidInput
from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import find_trial, load_trial
from sim.scenario.designs.trial_published import Reported
from sim.studies.trials import derivation
from sim.studies.trials.judgement.heterogeneity import measure_spread
from sim.studies.trials.judgement.result import Outcome
from sim.studies.trials.judgement.sample import find_membership
from sim.studies.trials.judgement.verdict import (
    Power,
    Spread,
    find_accepted,
    judge,
    measure_power,
    say_verdict,
    summarise,
)
from sim.studies.trials.natural.natural_experiment import compare_towns
from sim.studies.trials.trial import count_agreement, write_table

RNG = np.random.default_rng(1)


def replay(trial, centre, spread, levels):
    """A trial whose ratios vary about a centre, and about none without effect."""
    effects = np.exp(np.log(centre) + spread * RNG.standard_normal(2000))
    without = np.exp(spread * RNG.standard_normal(2000))
    found = summarise(trial, effects)
    power = measure_power(trial, effects, without, levels)
    return judge(trial, found, levels), power, find_accepted(trial, found)


def test_a_large_trial_tells_the_model_from_none_and_from_twice():
    trial = load_trial("tx-03")
    checks, power, accepted = replay(trial, 3.45, 0.1, {"usual": 0.19})
    assert say_verdict(checks, power, accepted) == "replicated"
    assert not power.without_passes
    assert not power.double_passes


def test_an_interval_that_contains_everything_is_not_replicated():
    trial = load_trial("cr-05")
    checks, power, accepted = replay(trial, 0.95, 0.6, {"usual": 0.2})
    said = say_verdict(checks, power, accepted)
    assert all(checks.values())
    assert said.startswith("cannot tell: a model without effect and one with twice the effect")
    assert "outside 0.58 to 1.39 would not have" in said


def test_a_trial_that_cannot_refute_twice_the_effect_says_so():
    trial = load_trial("ps-01")
    checks, power, accepted = replay(trial, 0.75, 0.2, {"workbook": 0.38})
    said = say_verdict(checks, power, accepted)
    assert said == "replicated; twice the effect would have passed too"


@pytest.mark.parametrize(
    ("name", "told", "inside", "beyond"),
    [("sw-02", {"margin": 0.2}, 0.15, -0.25), ("cr-05", {"margin": 1.25}, 0.82, 1.3)],
)
def test_a_trial_of_equivalence_can_fail(name, told, inside, beyond):
    """An interval around nothing held whatever a small trial found: only the margin says no."""
    trial = load_trial(name)
    trial = trial.model_copy(update={"published": Reported(found="no_effect", **told)})
    key = "mean effect within the margin"
    low, high = (-9.0, 9.0) if name == "sw-02" else (0.1, 9.0)
    assert judge(trial, Spread(inside, low, high), {})[key]
    failed = judge(trial, Spread(beyond, low, high), {})
    assert not failed[key]
    assert failed["no effect in prediction interval"]
    ends = (-0.2, 0.2) if name == "sw-02" else (0.8, 1.25)
    assert find_accepted(trial, Spread(inside, low, high)) == pytest.approx(ends)


@pytest.mark.parametrize("margin", [0.0, -2.0])
def test_a_margin_leaves_something(margin):
    with pytest.raises(ValidationError, match="margin is above 0"):
        Reported(effect=0.1, margin=margin)


def test_a_misfit_is_a_misfit_whatever_the_power():
    trial = load_trial("tx-03")
    checks, power, accepted = replay(trial, 1.2, 0.1, {"usual": 0.19})
    assert say_verdict(checks, power, accepted).startswith("misfit")


def test_a_direction_without_a_number_needs_most_trials_on_its_side():
    study = load_study("natural/fu-02")
    assert all(judge(study, Spread(0.1, -0.1, 0.3, 0.95), {}).values())
    assert not any(judge(study, Spread(0.1, -0.1, 0.3, 0.6), {}).values())


@pytest.mark.parametrize(("name", "sample"), [("sw-02", "in"), ("cr-01", "in"), ("dg-04", "out")])
def test_what_the_evidence_names_is_in_sample(name, sample):
    found = find_membership(load_trial(name))
    assert found.sample == sample
    assert bool(found.records) == (sample == "in")


def test_a_number_of_crises_counts_whatever_the_arms_give():
    """How long a discharge weighs was read off CM-03, which was said to be out of sample."""
    found = find_membership(load_trial("dg-04").model_copy(update={"id": "CM-03"}))
    assert found.sample == "in"
    assert "crisis.discharge_weeks" in found.records


def test_a_trial_may_say_itself_that_it_was_used():
    trial = load_trial("dg-04").model_copy(update={"sample": "in"})
    assert find_membership(trial).sample == "in"


def test_an_id_within_another_is_not_that_trial():
    trial = load_trial("cr-01").model_copy(update={"id": "R-0"})
    assert find_membership(trial).sample == "out"


def test_both_counts_are_reported():
    arms = {"team": {"level": 0.2}, "standard": {"level": 0.58}}
    inside = Outcome(load_trial("cr-01"), 0.2, 0.1, 0.3, arms, 3)
    computer = {"computer": {"level": 0.5}, "usual": {"level": 0.45}}
    outside = Outcome(load_trial("dg-04"), 5.0, 4.0, 6.0, computer, 3)
    lines = count_agreement([inside, outside])
    assert lines[0].startswith("In sample: 1 of 1 agree; 1 of these")
    assert lines[1].startswith("Out of sample: 0 of 1 agree; 0 of these")
    open_trial = load_trial("dg-04").model_copy(update={"published": None})
    lines = count_agreement([Outcome(open_trial, 1.0, 0.6, 1.4, computer, 3)])
    assert lines == ["Without a result yet: 1"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((-0.0131, -0.0222, -0.0046), "-0.013 (-0.022 to -0.005)"),
        ((-0.00002, -0.0004, 0.0003), "-0.00002 (-0.00040 to 0.00030)"),
        ((0.0, -0.0, 0.0), "0.000 (0.000 to 0.000)"),
        ((-2.6e-6, -2.48e-5, 2.3e-5), "-0.000003 (-0.000025 to 0.000023)"),
        ((-106.37, -2259.1, 2170.6), "-106 (-2,259 to 2,171)"),
    ],
)
def test_effects_are_told_by_the_digits_that_they_have(values, told):
    table = write_table([Outcome(load_trial("dg-04"), *values, {"usual": {"level": 123.4}}, 3)])
    assert told in table
    assert ": 120" in table


@pytest.mark.parametrize(("name", "none"), [("dg-04", 1.0), ("lo-08", 0.0)])
def test_trials_in_which_nobody_differs_leave_nothing_to_judge(name, none):
    """A ratio of 1 in every trial was “consistent”, and counted among those that agree."""
    trial = load_trial(name)
    arms = {arm: {"level": 0.0} for arm in trial.arms}
    empty = Outcome(trial, none, none, none, arms, 3)
    assert empty.verdict.startswith("nothing to judge")
    assert empty.to_json()["checks"] == {}
    assert count_agreement([empty]) == []
    # an effect that is the same in all is one
    assert not Outcome(trial, 0.5, 0.5, 0.5, arms, 3).is_empty


def test_what_is_rare_keeps_its_digits():
    """The level of a rare harm was rounded to five decimals, before and after it was judged."""
    trial = load_trial("dg-04")
    told = Outcome(trial, -1.234567e-6, -9.9e-6, -0.0, {"usual": {"level": 1.4e-5}}, 3).to_json()
    assert told["simulated"]["effect"] == -1.23457e-6
    assert told["simulated"]["low"] == -9.9e-6
    assert str(told["simulated"]["high"]) == "0.0"


def test_what_cannot_be_compared_is_not_judged():
    arms = {arm: {"level": float("nan")} for arm in load_study("natural/fu-05").towns}
    found = Outcome(load_study("natural/fu-05"), arms=arms, sites=3, obstacle="nobody is there")
    assert found.to_json()["checks"] == {}
    assert "nan" not in write_table([found]).split()


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("warm_up: 104 weeks|warm_up: 25 weeks", "before", "looks 26 weeks back"),
        ("from: 78 weeks|from: 104 weeks", "outcome.from", "begins when it has ended"),
        ("with_and_without|lagged_correlation", "after", "three years"),
        ("effect: RD|effect: slope", "effect", "belongs to the design interrupted_series"),
    ],
)
def test_a_contradiction_of_an_experiment_is_told_at_its_key(tmp_path, text, place, said):
    """All of them stood at line 1."""
    path = find_trial("natural/fu-05")
    broken = tmp_path / "study.yaml"
    broken.write_text(path.read_text("utf-8").replace(*text.split("|")), "utf-8")
    with pytest.raises(InvalidInput) as refused:
        load_study(broken)
    told = {problem.path: problem.message for problem in refused.value.problems}
    assert said in told[place]


@pytest.mark.parametrize(
    ("change", "rates", "said"),
    [
        ({}, np.nan, "as nobody of those who are followed is there"),
        ({"effect": "RR"}, 0.0, "with 0 depressed in covered and usual and before; a"),
        (
            {"design": "lagged_correlation", "effect": "correlation", "after": 156},
            1.0,
            "as sizes, or the outcome, change by the same in every year",
        ),
    ],
)
def test_why_an_experiment_has_no_value_is_true(change, rates, said):
    """It was said that a difference had one, of nobody, and of designs that take none."""
    study = load_study("natural/fu-05").model_copy(update=change)
    weeks = np.full(study.before + study.after, rates)
    found = compare_towns(study, [dict.fromkeys(study.towns, weeks)] * 2, 1, 0)
    assert said in found.verdict


def test_worlds_that_differ_are_told_from_chance():
    worlds = np.repeat([-0.5, 0.0, 0.5], 1)
    effects = np.tile(worlds, 1000) + 0.1 * RNG.standard_normal(3000)
    chance, between = measure_spread(effects, 3)
    assert chance == pytest.approx(0.1, rel=0.1)
    assert between == pytest.approx(0.5, rel=0.05)


def test_trials_without_an_effect_leave_the_others_under_their_draw():
    rng = np.random.default_rng(5)
    effects = np.tile([-1.0, 0.0, 1.0], 400) + rng.normal(0.0, 0.1, 1200)
    effects[[1, 5, 9, 10]] = np.nan
    chance, between = measure_spread(effects, 3)
    assert chance == pytest.approx(0.1, rel=0.1)
    assert between == pytest.approx(1.0, rel=0.1)


def test_a_number_is_derived_where_the_effect_is_no_line_of_it(monkeypatch):
    trial = load_trial("pooled/em-01")

    def pool(trial, tasks):
        return 1.0 + 6.0 * (1.0 - np.exp(-tasks[0].draw[trial.derives] / 0.02))

    monkeypatch.setattr(derivation, "_pool_effect", pool)
    found = derivation.derive(trial, run=list, sites=1)
    assert pool(trial, [derivation.Site(trial, 1, {trial.derives: found.value})]) == pytest.approx(
        trial.published.effect, rel=0.03
    )
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.5913, 1.3549), "0.59 to 1.35"),
        ((-0.0123, 0.0456), "-0.012 to 0.046"),
        ((-0.00004321, 0.00001), "-0.000043 to 0.000010"),
        ((-4546.03, 431.17), "-4,546 to 431"),
    ],
)
def test_mean_effects_that_would_have_failed_are_told_to_their_own_size(ends, said):
    """Two decimals told a risk of suicide as "outside -0.00 to 0.00", and money to the cent."""
    spread = Spread(0.0, 0.0, 0.0)
    power = Power(spread, spread, without_passes=True, double_passes=False)
    told = say_verdict({"all": True}, power, ends)
    assert told.endswith(f"a mean effect outside {said} would not have")
