"""The ledger of predictions: entries are only added, and what was known is told from what was
not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.errors import InvalidInput
from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import find_ledger, load_trial
from sim.studies.trials.judgement.result import Outcome
from sim.studies.trials.predictions.ledger import (
    Prediction,
    Result,
    append_to_ledger,
    enter,
    enter_result,
    make_seal,
    read_ledger,
    say_other_result,
)
from sim.studies.trials.predictions.track_record import (
    keep_last,
    measure_record,
    pair_up,
    write_page,
)

WHEN = {"date": "2026-01-01T00:00:00Z", "model": "3", "commit": "abc"}


def find(name="ps-01", *, known=True, effect=0.7):
    trial = load_trial(name)
    trial = trial if known else trial.model_copy(update={"published": None})
    arms = {arm: {"n": 200.0, "level": 0.3, "eligible": 900.0} for arm in trial.arms}
    return Outcome(trial, effect, 0.5, 1.0, arms, 12)


def test_what_was_published_before_is_no_prediction():
    entries = enter([], find(), **WHEN)
    assert [entry.kind for entry in entries] == ["result", "prediction"]
    assert entries[1].known


def test_a_prediction_stands_before_its_result():
    entries = enter([], find(known=False), **WHEN)
    assert [entry.kind for entry in entries] == ["prediction"]
    assert not entries[0].known
    entries = enter(entries, find(), **WHEN)
    assert [entry.kind for entry in entries] == ["prediction", "result", "prediction"]
    assert [pair.prediction.known for pair in pair_up(entries)] == [False, True]


def test_a_result_is_entered_without_another_run(tmp_path):
    path = tmp_path / "ledger.yaml"
    append_to_ledger(path, enter([], find(known=False), **WHEN))
    ran = CliRunner().invoke(main, ["ledger", str(path), "--enter", "ps-01"])
    assert ran.exit_code == 0, ran.output
    assert [entry.kind for entry in read_ledger(path)] == ["prediction", "result"]
    assert "| Predictions | 1 |" in ran.output
    # Again, there is nothing new to enter.
    CliRunner().invoke(main, ["ledger", str(path), "--enter", "ps-01"])
    assert len(read_ledger(path)) == 2


def test_a_result_in_words_is_not_entered_as_a_number(tmp_path):
    path = tmp_path / "ledger.yaml"
    append_to_ledger(path, enter([], find(known=False), **WHEN))
    before = path.read_text(encoding="utf-8")
    ran = CliRunner().invoke(main, ["ledger", str(path), "--enter", "natural/fu-03"])
    assert "FU-03 has no published number to enter" in ran.output
    assert path.read_text(encoding="utf-8") == before
    assert enter_result([], load_study("natural/fu-03"), WHEN["date"]) == []
    ran = CliRunner().invoke(main, ["ledger", "--enter", "ps-01"])
    assert ran.exit_code == 2


def test_effects_of_two_kinds_are_no_pair():
    first = find(known=False)
    first = first._replace(trial=first.trial.model_copy(update={"effect": "RR"}))
    entries = enter(enter([], first, **WHEN), find(), **WHEN)
    assert [pair.prediction.type for pair in pair_up(entries)] == ["OR"]


def test_a_result_in_words_was_known_before():
    trial = load_study("natural/fu-03")
    entries = enter([], Outcome(trial, 1.1, 1.0, 1.2, {}, 12), **WHEN)
    assert [(entry.kind, entry.known) for entry in entries] == [("prediction", True)]


def test_a_result_that_the_file_tells_otherwise_now_is_told_and_stays():
    entries = enter([], find(), **WHEN)
    assert not say_other_result(entries, find().trial)
    other = find()
    told = other.trial.published.model_copy(update={"effect": 0.9})
    other = other._replace(trial=other.trial.model_copy(update={"published": told}))
    said = say_other_result(entries, other.trial)
    assert "stays OR 0.66" in said
    assert "0.9" in said
    assert enter(entries, other, **WHEN)[:2] == entries


def test_entries_are_added_and_read_again(tmp_path):
    path = tmp_path / "ledger.yaml"
    append_to_ledger(path, enter([], find(known=False), **WHEN))
    before = path.read_text(encoding="utf-8")
    append_to_ledger(path, enter(read_ledger(path), find(), **WHEN))
    assert path.read_text(encoding="utf-8").startswith(before)
    assert len(read_ledger(path)) == 3


@pytest.mark.parametrize(("old", "new"), [("effect: 0.7", "effect: 0.66"), ("abc", "abd")])
def test_a_changed_entry_is_noticed(tmp_path, old, new):
    path = tmp_path / "ledger.yaml"
    append_to_ledger(path, enter([], find(), **WHEN))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInput, match="does not fit its seal"):
        read_ledger(path)


def test_a_missing_entry_is_noticed(tmp_path):
    path = tmp_path / "ledger.yaml"
    append_to_ledger(path, enter([], find(), **WHEN))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:-2], lines[-1]]), encoding="utf-8")
    with pytest.raises(InvalidInput, match="entry 1"):
        read_ledger(path)


def test_a_file_that_is_no_ledger_is_told(tmp_path):
    path = tmp_path / "ledger.yaml"
    path.write_text("- {kind: opinion}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is no ledger"):
        read_ledger(path)


def make_pairs(factor, count=6):
    rng = np.random.default_rng(1)
    entries = []
    for k in range(count):
        effect = float(rng.normal(-0.4, 0.2))
        shared = {"id": f"T-{k}", "date": "2026-01-01", "type": "SMD"}
        found = {"effect": effect, "low": effect - 0.1, "high": effect + 0.1}
        made = {"model": "3", "commit": "", "sample": "out", "known": False}
        entries.append(Prediction(kind="prediction", **shared, **found, **made))
        entries.append(Result(kind="result", study="", **shared, effect=effect * factor))
    return pair_up(entries)


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_the_slope_says_how_much_is_promised(factor):
    found = measure_record(make_pairs(factor))
    assert found.slope == pytest.approx(factor)
    assert found.error == pytest.approx(0.0, abs=1e-9)
    assert found.covered == (1.0 if factor == 1.0 else found.covered)


def test_a_trial_that_is_run_again_counts_once_for_each_version_before_and_after_its_result():
    first, again = make_pairs(1.0, count=1) * 2
    known = first._replace(prediction=first.prediction.model_copy(update={"known": True}))
    again = again._replace(prediction=again.prediction.model_copy(update={"low": 9.0, "high": 9.5}))
    older = first._replace(prediction=first.prediction.model_copy(update={"model": "0"}))
    kept = keep_last([older, first, known, again])
    assert kept == [older, again, known]
    assert measure_record(kept).pairs == 3


def test_two_pairs_have_no_slope():
    assert np.isnan(measure_record(make_pairs(1.0, count=2)).slope)


def test_the_shipped_ledger_is_whole_and_its_page_is_up_to_date():
    ledger = find_ledger()
    entries = read_ledger(ledger)
    assert entries
    assert make_seal(entries[0], "") == entries[0].seal
    page = Path(__file__).parents[3] / "docs" / "predictions.md"
    assert page.read_text(encoding="utf-8") == write_page(entries)
