"""What papers print of their arms gives the effect and the interval that are compared."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.errors import InvalidInput
from sim.scenario.designs.natural_experiment import NaturalExperiment
from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import load_trial
from sim.scenario.designs.trial_published import ArmSummary, summarise_arms
from sim.scenario.library import find_shelf
from sim.studies.documents import open_study
from sim.studies.trials.judgement.result import Outcome

TRIAL = """kind: trial
id: X-1
title: A test
study: Nobody 2026
eligible: {{ages: [18, 100], phq: [5, 27]}}
services: {{help: {{kind: individual_therapy, staff: {{therapist: 10}}, caseload: 200}}}}
arms: {{help: {{give: help}}, other: as usual, usual: as usual}}
n: {{help: 276, other: 10, usual: 305}}
follow_up: 12 weeks
{more}outcome: {{measure: {measure}}}
effect: {effect}
published: {{{told}}}
"""


@pytest.fixture
def read(tmp_path):
    def look(told, effect="MD", measure="phq", more=""):
        path = tmp_path / "x.yaml"
        path.write_text(
            TRIAL.format(told=told, effect=effect, measure=measure, more=more), encoding="utf-8"
        )
        return load_trial(path)

    return look


MEANS = "arms: {help: {mean: 11.1, sd: 7.3}, usual: {mean: 12.7, sd: 6.8}}"


def test_means_with_their_deviations_give_a_difference(read):
    found = read(MEANS).published
    error = math.sqrt(7.3**2 / 276 + 6.8**2 / 305)
    assert found.effect == pytest.approx(-1.6)
    assert (found.low, found.high) == pytest.approx(
        (-1.6 - 1.959964 * error, -1.6 + 1.959964 * error), 1e-5
    )
    assert found.arms == {"help": 11.1, "usual": 12.7}


def test_a_standardised_difference_is_that_of_people_with_these_means(read):
    def people(mean, sd, count):
        """Half of them a little more than a deviation below, half above."""
        step = sd * math.sqrt((count - 1) / count)
        return np.array([mean + (step if k % 2 else -step) for k in range(count)])

    one, other = people(10, 2, 200), people(11, 4, 100)
    d, error = summarise_arms(
        "SMD", (ArmSummary(mean=10, sd=2), ArmSummary(mean=11, sd=4)), (200, 100)
    )
    # a t of pooled variance is the difference in its standard error
    t = stats.ttest_ind(one, other).statistic
    assert d == pytest.approx(t * math.sqrt(1 / 200 + 1 / 100))
    assert error == pytest.approx(math.sqrt(1 / 200 + 1 / 100 + d**2 / 600))
    found = read(MEANS, effect="SMD").published
    assert found.effect == pytest.approx(-0.227, abs=0.001)
    assert found.low < -0.227 < found.high


@pytest.mark.parametrize("effect", ["OR", "RR"])
@pytest.mark.parametrize("cells", [(64, 154, 83, 133), (2, 98, 9, 91)])
def test_events_give_ratios_as_scipy_does(read, effect, cells):
    a, b, c, d = cells
    told = f"arms: {{help: {{events: {a}, of: {a + b}}}, usual: {{events: {c}, of: {c + d}}}}}"
    found = read(told, effect=effect, measure="admission").published
    if effect == "OR":
        other = stats.contingency.odds_ratio([[a, b], [c, d]], kind="sample")
        value = other.statistic
    else:
        other = stats.contingency.relative_risk(a, a + b, c, c + d)
        value = other.relative_risk
    assert found.effect == pytest.approx(value, rel=1e-5)
    assert (found.low, found.high) == pytest.approx(other.confidence_interval(0.95), rel=1e-4)
    assert found.arms["usual"] == pytest.approx(c / (c + d))


def test_events_without_a_total_are_of_those_analysed(read):
    told = "arms: {help: {events: 64}, usual: {events: 83}}"
    found = read(told, effect="RD", measure="admission").published
    p, q = 64 / 276, 83 / 305
    assert found.effect == pytest.approx(p - q, rel=1e-5)
    half = 1.959964 * math.sqrt(p * (1 - p) / 276 + q * (1 - q) / 305)
    assert found.high - found.effect == pytest.approx(half, rel=1e-4)
    none = read("arms: {help: {events: 0}, usual: {events: 5}}", "OR", "admission").published
    assert none.effect == pytest.approx(0.5 / 276.5 / (5.5 / 300.5), rel=1e-5)


def test_clusters_widen_what_arms_tell(read):
    alone = read(MEANS).published
    more = "clusters: {unit: practice, size: 11, icc: 6%}\n"
    grouped = read(MEANS, more=more).published
    assert grouped.effect == alone.effect
    wider = (grouped.high - grouped.low) / (alone.high - alone.low)
    assert wider == pytest.approx(math.sqrt(1 + 10 * 0.06), rel=1e-4)


@pytest.mark.parametrize(
    ("told", "effect", "ends"),
    [
        ("effect: -2, se: 0.5", "MD", (-2.98, -1.02)),
        ("effect: 0.5, se: 0.2", "RR", (0.5 * math.exp(-0.392), 0.5 * math.exp(0.392))),
        ("effect: 1, interval: 90%, low: 0, high: 2", "MD", (1 - 1.191594, 1 + 1.191594)),
        ("effect: 0.5, interval: 99%, low: 0.25, high: 1", "RR", (0.5 / 2**0.760917, 0.5 * 2**0.760917)),
        ("effect: 1, interval: 95%, low: 0, high: 2", "MD", (0.0, 2.0)),
    ],
)  # fmt: skip
def test_an_error_and_an_interval_of_other_than_95_are_brought_to_95(read, told, effect, ends):
    measure = "admission" if effect == "RR" else "phq"
    found = read(told, effect, measure).published
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-3, abs=1e-4)
    # told as it is compared, and as nothing else
    written = Outcome(read(told, effect, measure)).to_json()["published"]
    assert "interval" not in written
    assert written["arms"] == {}


@pytest.mark.parametrize(
    ("told", "effect", "said"),
    [
        (MEANS, "IRR", "give no IRR"),
        ("arms: {help: {mean: 1, sd: 2}, other: {mean: 1, sd: 2}}", "MD", "no summaries of help and"),
        ("arms: {help: {mean: 1, sd: 2}, usual: {events: 4}}", "MD", "give no MD"),
        ("arms: {help: {mean: 1}, usual: 2}, effect: 1", "MD", "is a level, or"),
        ("arms: {help: {events: 4, of: 3}}, effect: 1", "MD", "4 events of 3"),
        ("arms: {help: {events: 277}}, effect: 1", "MD", "277 events of 276"),
        (f"{MEANS}, low: 1", "MD", "keep one"),
        (f"{MEANS}, found: more", "MD", "keep one"),
        ("effect: 1, se: 1, high: 3", "MD", "says its interval twice"),
        ("effect: 1, interval: 90%", "MD", "without `low` and `high`"),
        ("effect: 0.5, interval: 90%, low: 0, high: 1", "HR", "reaches it"),
        ("arms: {help: 1, usual: 2}", "MD", "needs either `effect`"),
    ],
)  # fmt: skip
def test_what_gives_no_effect_is_told_at_its_place(read, told, effect, said):
    with pytest.raises(InvalidInput) as refused:
        read(told, effect, "admission, counted: any" if effect == "HR" else "phq")
    (problem,) = refused.value.problems
    assert said in problem.message
    assert problem.line == 12


def test_what_is_stated_beside_an_effect_never_acts(read, tmp_path):
    read(f"effect: -1.6, {MEANS}")
    _, notes = open_study(str(tmp_path / "x.yaml"))
    told = [one.path for one in notes if "the effect is stated" in one.message]
    assert told == ["published.arms.help.sd", "published.arms.usual.sd"]
    read(MEANS)
    _, notes = open_study(str(tmp_path / "x.yaml"))
    assert not [one for one in notes if one.path.startswith("published")]


def test_an_experiment_takes_errors_and_counts_too(tmp_path):
    shipped = (find_shelf() / "trials" / "natural" / "fu-02.yaml").read_text(encoding="utf-8")
    path = Path(tmp_path / "x.yaml")
    kept = [line for line in shipped.splitlines() if not line.startswith("published")]
    path.write_text("\n".join([*kept, "published: {effect: 1, se: 0.25}"]), encoding="utf-8")
    found = load_study(path)
    assert isinstance(found, NaturalExperiment)
    assert (found.published.low, found.published.high) == pytest.approx(
        (1 - 0.489991, 1 + 0.489991)
    )
