"""What a report says of how right the model has been, counted by hand from a ledger of four."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from analysis.reports.validity import track_record
from sim.scenario.designs.study import load_study
from sim.studies.trials.predictions.ledger import Prediction, Result
from sim.studies.trials.predictions.track_record import keep_last, pair_up
from sim.studies.trials.predictions.tried_kinds import find_tried_kinds, list_tried_kinds

USUAL = {"ward": {"kind": "ward"}, "doctors": {"kind": "primary_care", "caseload": 10}}


def predict(name, low, high, *, known, model="4", sample="out"):
    return Prediction(
        kind="prediction", id=name, date="2026-11-30", model=model, commit="c", sample=sample,
        type="SMD", effect=(low + high) / 2, low=low, high=high, known=known,
    )  # fmt: skip


def publish(name, effect):
    return Result(
        kind="result", id=name, date="2026-11-30", study=f"Study of {name}", type="SMD",
        effect=effect, low=effect - 0.25, high=effect + 0.25,
    )  # fmt: skip


LEDGER = [
    # predicted before, one inside and one outside; PS-11 tries peers one to one
    predict("PS-11", -0.3, 0.0, known=False),
    publish("PS-11", -0.2),
    predict("LO-01", -0.7, -0.1, known=False),
    publish("LO-01", 0.0),
    # known: an older entry of this version, then the latest, which alone counts
    publish("PS-01", -0.4),
    predict("PS-01", -0.9, -0.3, known=True, sample="in"),
    predict("PS-01", -0.2, 0.2, known=True, sample="in"),
    # of another version of the model
    publish("PS-19", -0.4),
    predict("PS-19", -0.5, -0.3, known=False, model="3"),
    # without a result
    predict("WF-04", -0.5, -0.3, known=False),
]


@pytest.fixture
def tell(monkeypatch):
    """A case whose focus has these services, read with the ledger above."""

    def case(services, version="4"):
        monkeypatch.setattr(track_record, "read_pairs", lambda: keep_last(pair_up(LEDGER)))
        origin = SimpleNamespace(model_version=version)
        monkeypatch.setattr(track_record, "describe_origin", lambda _: origin)
        declared = {"usual": {"services": USUAL}, "new": {"services": services}}
        stored = SimpleNamespace(declared=declared)
        return SimpleNamespace(stored=stored, declared=declared["new"], reference="usual")

    return case


def test_predictions_are_counted_and_those_on_what_is_added_told_apart(tell):
    case = tell({**USUAL, "peers": {"kind": "one_to_one_peer"}})
    (said,) = track_record.say_track_record(case)
    assert said == (
        "How right the model has been: its 95% range holds 1 of 2 published effects that it"
        " predicted before they were entered, and 1 of 2 on what changes here (one to one peer; 1"
        " of these went into its numbers)."
    )
    table = track_record.tabulate_tried(case)
    assert [(row[0], row[5], row[6]) for row in table.rows] == [
        ("PS-11", "inside", "yes"),
        ("PS-01", "OUTSIDE", "no"),
    ]


def test_what_no_trial_has_tried_is_said(tell):
    case = tell({**USUAL, "house": {"kind": "clubhouse"}, "doctors": {"kind": "primary_care"}})
    assert track_record.list_changed_kinds(case) == ["primary_care", "clubhouse"]
    (said,) = track_record.say_track_record(case)
    assert said.endswith("; none with a number is of what changes here (primary care, clubhouse).")
    assert track_record.tabulate_tried(case) is None


def test_a_change_of_no_service_is_told_with_the_predictions_alone(tell):
    (said,) = track_record.say_track_record(tell(USUAL))
    assert said.endswith("1 of 2 published effects that it predicted before they were entered.")


def test_runs_of_a_version_without_predictions_tell_nothing(tell):
    assert track_record.say_track_record(tell(USUAL, version="1")) == []


def test_the_record_is_of_the_version_of_the_runs(tell):
    rows = {row[0]: row[1] for row in track_record.tabulate_record(tell(USUAL)).rows}
    assert rows["Predictions"] == "1 of 2"
    assert rows["Retrodictions, in sample"] == "0 of 1"
    assert rows["Retrodictions, out of sample"] == "–"
    assert "All, model version 3" not in rows
    assert rows["All, model version 4"] == "1 of 3"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ps-01", {"one_to_one_peer"}),
        # both arms have the same kind, given by peers and by professionals
        ("predicted/ps-08", {"follow_up"}),
        # medication is kept by one arm and withheld from the other
        ("tx-07", {"primary_care", "psychiatry"}),
    ],
)
def test_what_a_trial_tries_are_the_kinds_in_which_its_arms_differ(name, kinds):
    assert find_tried_kinds(load_study(name)) == kinds


def test_every_trial_tries_something():
    assert all(list_tried_kinds().values())
