"""Studies that were run before their result was added: none was used to make the model."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.errors import InvalidInput
from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import (
    SHELVES,
    Trial,
    find_ledger,
    find_trial,
    list_trials,
    load_trial,
)
from sim.scenario.library import load
from sim.state.codes import Event
from sim.studies.documents import open_study
from sim.studies.trials import sites
from sim.studies.trials.judgement.result import Outcome
from sim.studies.trials.judgement.sample import find_membership, find_record
from sim.studies.trials.natural.natural_experiment import measure_effect
from sim.studies.trials.natural.town_series import find_readmitted
from sim.studies.trials.predictions.ledger import Prediction, read_ledger
from sim.studies.trials.trial import write_table

PREDICTED = list_trials("predicted/")


@pytest.mark.parametrize("name", PREDICTED)
def test_no_number_was_made_from_a_predicted_study(name):
    """Neither one through which its arms act nor one of crises, care or lives in general."""
    study = load_study(name)
    assert find_membership(study) == ("out", ())


@pytest.mark.parametrize("name", PREDICTED)
def test_a_predicted_study_can_be_run_and_nothing_in_it_is_idle(name):
    study, notes = open_study(name)
    # A waiting list gives nothing while people wait: that is what the study looks at.
    assert not notes or study.id == "WF-12"
    assert not isinstance(study, Trial) or not sites.find_missing(study)


def test_every_result_that_was_predicted_has_an_id_of_its_own():
    elsewhere = {load_study(name).id for shelf in SHELVES[:-1] for name in list_trials(shelf)}
    ids = [load_study(name).id for name in PREDICTED]
    assert len(ids) == len(set(ids))
    assert not elsewhere & set(ids)


def test_another_result_of_a_record_is_of_that_record():
    """A suffix hid that numbers had been made from the record."""
    assert find_record("CR-01-days") == "CR-01"
    assert [find_record(name) for name in ("CR-01", "X-1", "my trial")] == [
        "CR-01",
        "X-1",
        "my trial",
    ]
    other = load_trial("cr-01").model_copy(update={"id": "CR-01-days"})
    assert find_membership(other) == find_membership(load_trial("cr-01"))


@pytest.mark.parametrize("name", PREDICTED)
def test_the_ledger_has_the_prediction_before_the_result(name):
    study = load_study(name)
    mine = [entry for entry in read_ledger(find_ledger()) if entry.id == study.id]
    if study.published is None and not mine:
        return  # to be run
    first = mine[0]
    assert isinstance(first, Prediction)
    assert (first.known, first.sample, first.type) == (False, "out", study.effect)
    assert "changes" not in first.commit


def change(study, **parts):
    return study.model_copy(update=parts)


def test_shares_of_towns_are_compared_as_ratios_and_odds():
    study = load_study("predicted/fu-05-untreated")
    before, after = study.before, study.after
    ours = np.array([[0.5] * before + [0.2] * after])
    theirs = np.array([[0.5] * before + [0.4] * after])
    assert measure_effect(change(study, effect="RR"), ours, theirs) == pytest.approx(0.5)
    odds = change(study, effect="OR")
    assert measure_effect(odds, ours, theirs) == pytest.approx((0.2 / 0.8) / (0.4 / 0.6))
    twice = change(odds, design="difference_in_differences")
    rise = np.array([[0.2] * before + [0.4] * after])
    assert measure_effect(twice, rise, theirs) == pytest.approx(
        (0.4 / 0.6) / (0.2 / 0.8) / ((0.4 / 0.6) / (0.5 / 0.5))
    )
    assert np.isnan(measure_effect(odds, ours, np.ones_like(theirs)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("measure: untreated", "measure: phq", "RR compares shares, and phq is none"),
        ("measure: untreated", "measure: suicides", "RR compares shares, and suicides is none"),
        ("effect: RR", "effect: OR\n# lines", "lines are not drawn through odds"),
        ("published: {effect: 0.4}", "published: {effect: -0.4}", "RR is a ratio, and what was"),
    ],
)
def test_a_ratio_of_shares_needs_shares(tmp_path, old, new, said):
    text = find_trial("predicted/fu-05-untreated").read_text(encoding="utf-8").replace(old, new)
    if "lines" in new:
        text = text.replace("design: with_and_without", "design: interrupted_series")
    path = tmp_path / "it.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        load_study(path)


def test_a_long_id_moves_no_column():
    arms = {"computer": {"level": 0.5}, "usual": {"level": 0.45}}
    trials = [load_trial("dg-04"), load_trial("predicted/dg-04-moodgym")]
    table = write_table([Outcome(one, 1.0, 0.6, 1.4, arms, 3) for one in trials]).splitlines()
    rows = [line for line in table if " OR " in line]
    assert len(rows) == 2
    assert len({line.index("1.00 (0.60 to 1.40)") for line in rows}) == 1


def test_the_level_of_a_share_is_a_share(tmp_path):
    """60 for 60% was taken for a level of 60, whatever the effect but RD."""
    text = find_trial("predicted/fu-05-untreated").read_text(encoding="utf-8")
    text = text.replace("published: {effect: 0.4}", "published: {effect: 0.4, arms: {usual: 60}}")
    path = tmp_path / "it.yaml"
    path.write_text(text, encoding="utf-8")
    assert any("is no share of people" in note.message for note in open_study(str(path))[1])


def test_every_discharge_counts_once_as_back_or_not():
    """Readmissions among discharges; a readmission that still lies in the ward is no second one."""
    town = load("baseline").with_(
        {
            "population.residents": 2000,
            "horizon": 60,
            "services.ward.beds": 12,
            "parameters.crisis.crisis": -7.0,
        }
    )
    community = sim.Community(town, rng=4).warm_up()
    known, left = [], []
    while community.week < 60:
        community.step()
        r = community.world.residents
        values = find_readmitted(r.happened, r.discharged, r.stay)
        known.append(values[np.isfinite(values)])
        left.append(int(((r.happened & Event.DISCHARGED) > 0).sum()))
    weekly = community.results().weekly
    assert [one.sum() for one in known] == pytest.approx(weekly["readmissions_30_days"])
    # Who left the ward in week 0 to 55 is known by the end; who came and went within a week aside.
    assert sum(one.size for one in known[4:]) == pytest.approx(sum(left[:-4]), rel=0.05)
    assert 0.02 < np.concatenate(known).mean() < 0.6


def test_a_week_without_a_discharge_says_nothing():
    study = change(load_study("predicted/fu-05-untreated"), effect="RD")
    gap = np.array([[0.1, np.nan] * (study.before // 2) + [0.2, np.nan] * (study.after // 2)])
    assert measure_effect(study, gap, gap * 0.5) == pytest.approx(0.1)


def test_who_is_back_who_stayed_out_and_of_whom_nothing_is_known_yet():
    back = Event.ADMITTED | Event.READMITTED_30_DAYS
    # Back this week; out for the month; out for less; back earlier and still there; long out.
    happened = np.array([back, 0, 0, 0, Event.ADMITTED])
    found = find_readmitted(happened, np.array([4, 4, 2, 4, 30]), np.array([9, 0, 0, 12, 5]))
    assert found == pytest.approx([1.0, 0.0, np.nan, np.nan, np.nan], nan_ok=True)
