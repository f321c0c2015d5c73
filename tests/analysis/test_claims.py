"""The scorecard of claims: shipped claims read and live, answers are ratios of sums over worlds, verdicts follow from intervals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.reports.validity.claims_scorecard import (
    Answer,
    Scored,
    _summarise,
    write_page,
    write_table,
)
from sim.cli.claiming import claims
from sim.errors import InvalidInput
from sim.evidence.loader import all_evidence
from sim.scenario.designs.claims import Best, Claim, load_claims

FIVE = {"CL-01", "CL-02", "CL-03", "CL-04", "CL-05"}
SMALL = ["--set", "population.residents=300", "--set", "warm_up=4 weeks", "-j", "1"]


def scored(claimed, typical, favourable, measure=None):
    claim = Claim.model_validate(
        {
            "claim": "A lowers B",
            "claimed": claimed,
            "measure": measure or {"change": "admissions"},
            "evidence": {"X-1": "It does not."},
            "typical": {"scenario": "a.yaml"},
            "favourable": {"scenario": "b.yaml"},
        }
    )
    return Scored(
        "X", claim, {"favourable": Answer(*favourable, "b"), "typical": Answer(*typical, "a")}
    )


def test_the_five_headline_claims_are_shipped_and_their_scenarios_load():
    tried = load_claims()
    assert set(tried.document.claims) == FIVE
    for claim in tried.document.claims.values():
        for condition in claim.conditions.values():
            assert (
                tried.load(condition.scenario).horizon
                == tried.load(tried.document.reference).horizon
            )


def test_what_is_best_is_an_end_of_a_range():
    known = all_evidence()["services.befriending.coping"]
    assert Best(highest=(known.id,)).pin() == {known.id: known.high}
    assert Best(lowest=(known.id,)).pin() == {known.id: known.low}


def test_an_answer_is_a_ratio_of_sums():
    above, below = np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([[4.0, 4.0], [8.0, 8.0]])
    value, low, high = _summarise(above, below, 1.0)
    assert value == pytest.approx(8 / 24 - 1)
    assert (low, high) == pytest.approx((-0.74375, -0.50625))


@pytest.mark.parametrize(
    ("typical", "favourable", "said"),
    [
        ((-0.5, -0.6, -0.3), (-0.7, -0.8, -0.6), "Within reach under typical"),
        ((-0.1, -0.2, 0.0), (-0.4, -0.55, -0.2), "only under the most favourable"),
        ((0.0, -0.1, 0.1), (-0.2, -0.3, -0.1), "there is an effect, and it is smaller"),
        ((0.0, -0.1, 0.1), (-0.1, -0.3, 0.1), "no effect can be told from none"),
        ((0.2, 0.1, 0.3), (0.1, 0.05, 0.2), "the change goes the other way"),
    ],
)
def test_verdicts_of_a_change(typical, favourable, said):
    assert said in scored(-0.5, typical, favourable).verdict


@pytest.mark.parametrize(
    ("claimed", "typical", "favourable", "said"),
    [
        (0.5, (0.0, -0.1, 0.1), (0.1, -0.1, 0.3), "no effect can be told from none"),
        (0.5, (0.4, 0.2, 0.6), (0.7, 0.6, 0.8), "Within reach under typical"),
        (0.5, (0.1, 0.0, 0.2), (0.4, 0.2, 0.55), "only under the most favourable"),
        (0.5, (0.1, 0.0, 0.2), (0.2, 0.1, 0.3), "there is an effect, and it is smaller"),
        (0.5, (-0.2, -0.3, -0.1), (-0.1, -0.2, -0.05), "the change goes the other way"),
        (0.0, (0.0, -0.1, 0.1), (-0.2, -0.3, -0.1), "Within reach under typical"),
        (0.0, (-0.2, -0.3, -0.1), (-0.4, -0.5, -0.3), "conditions that evidence allows; there is"),
    ],
)
def test_a_claim_of_a_rise_is_judged_as_one(claimed, typical, favourable, said):
    """Whatever rise was claimed, no change at all was within reach of it."""
    assert said in scored(claimed, typical, favourable).verdict


def test_shares_have_no_sign_and_what_is_not_known_is_no_number():
    unknown = (np.nan, np.nan, np.nan)
    share = scored(0.6, (0.55, 0.5, 0.65), unknown, {"share": "untreated_year", "of": "in_need"})
    said = write_table([share]) + write_page([share], "draws")
    assert "55.0%  (50.0% to 65.0%)" in said
    assert "(claimed: 60%)" in said
    assert "| 60% | 55% (50% to 65%)" in said
    assert "nan" not in said
    assert "+" not in said


@pytest.mark.parametrize(
    ("typical", "favourable", "said"),
    [
        ((0.55, 0.5, 0.65), (0.7, 0.6, 0.8), "Holds under typical"),
        ((0.4, 0.35, 0.45), (0.6, 0.5, 0.7), "Holds where conditions favour it"),
        ((0.4, 0.35, 0.45), (0.45, 0.4, 0.5), "too high"),
        ((0.8, 0.75, 0.85), (0.9, 0.85, 0.95), "too low"),
    ],
)
def test_verdicts_of_a_share(typical, favourable, said):
    measure = {"share": "untreated_year", "of": "in_need"}
    assert said in scored(0.6, typical, favourable, measure).verdict


def test_what_hardly_happens_is_not_judged():
    nothing = _summarise(np.ones((2, 1)), np.zeros((2, 1)), 1.0)
    assert np.isnan(nothing).all()
    assert scored(-0.5, nothing, nothing).verdict.startswith("Cannot be said")


def test_the_command_runs_stores_resumes_and_writes_what_reports_read(tmp_path):
    first = CliRunner().invoke(
        claims,
        ["-n", "2", *SMALL, "-o", str(tmp_path), "--json", str(tmp_path / "mine.json")],
        catch_exceptions=False,
    )
    assert first.exit_code == 0
    found = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert {row["id"] for row in found} == FIVE
    for row in found:
        assert set(row) == {"id", "claim", "claimed", "conditions", "evidence", "verdict"}
        for answer in row["conditions"].values():
            assert answer["low"] is None or answer["low"] <= answer["high"]
    assert found == json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    again = CliRunner().invoke(
        claims, ["-n", "2", *SMALL, "-o", str(tmp_path), "--json", "-"], catch_exceptions=False
    )
    assert json.loads(again.stdout) == found
    assert "runs, about" not in again.stderr


def test_mistakes_in_a_document_are_told_with_their_place(tmp_path):
    file = tmp_path / "claims.yaml"
    file.write_text(
        "kind: claims\nreference: baseline\nclaims:\n  A:\n    claim: x\n    claimed: 1\n    measure: {change: nothing}\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match=r"claims.yaml:7:.*no outcome 'nothing'"):
        load_claims(file)
