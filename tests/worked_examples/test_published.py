"""Published and closed-form results that the economic functions must give back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.economics import cea, discounting, voi

EXAMPLES = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def luck():
    return np.random.default_rng(20_261_123).standard_normal((10_000, 4))


def test_herc_table():
    example = EXAMPLES["icer_herc"]
    table = cea.frontier(example["cost"], example["effect"])
    kept = table[table["status"] == "ND"]
    assert list(kept.index) == example["frontier"]
    assert {name: kept.loc[name, "icer"] for name in example["icer"]} == pytest.approx(
        example["icer"]
    )
    assert list(table.index[table["status"] == "ED"]) == example["ED"]
    assert list(table.index[table["status"] == "D"]) == example["D"]
    assert table.loc[example["ED"] + example["D"], "icer"].isna().all()


def test_all_dominated():
    example = EXAMPLES["icer_all_dominated"]
    table = cea.frontier(example["cost"], example["effect"])
    assert list(table.index[table["status"] == "ND"]) == example["frontier"]
    assert set(table.index[table["status"] == "D"]) == set(example["D"])
    assert table["icer"].isna().all()


@pytest.mark.parametrize("weights", ["rec_textbook_simpson", "rec_half_cycle", "rec_none"])
def test_sick_sicker_under_each_correction(weights):
    example = EXAMPLES["sick_sicker_cohort"][weights]
    arms = {name: row for name, row in example.items() if name != "icer"}
    table = cea.frontier(
        {name: row[0] for name, row in arms.items()}, {name: row[1] for name, row in arms.items()}
    )
    for name, ratio in example["icer"].items():
        assert table.loc[name, "icer"] == pytest.approx(ratio, rel=2e-4)
    if "A" in arms:
        assert table.loc["A", "status"] == "D"


def test_sick_sicker_as_published():
    example = EXAMPLES["sick_sicker_cohort"]
    table = cea.frontier(example["cost"], example["qaly"])
    assert table.loc["B", "icer"] == pytest.approx(example["icer"]["B"], rel=1e-4)
    assert table.loc["AB", "icer"] == pytest.approx(example["icer"]["AB"], rel=1e-3)
    assert table.loc["A", "status"] == "D"


def test_simpson_is_refused_where_the_published_weights_were_wrong():
    with pytest.raises(Exception, match="even number of cycles"):
        discounting.weigh_cycles(76, "simpson")
    assert discounting.weigh_cycles(77, "simpson").sum() == pytest.approx(76)
    assert discounting.weigh_cycles(76, "half").sum() == pytest.approx(75)


def test_microsimulation_ratio_of_exact_expectations():
    exact = EXAMPLES["sick_sicker_microsim"]["exact_expectation"]
    table = cea.frontier(exact["cost"], exact["qaly"], ["no", "trt"])
    assert table.loc["trt", "icer"] == pytest.approx(exact["icer"], rel=1e-6)


def test_value_of_information_of_the_toy_model(luck):
    example = EXAMPLES["ana_voi_toy"]
    known = {"p1": 1 + luck[:, 0], "p2": 2 * luck[:, 1]}
    nmb = np.column_stack([np.zeros(len(luck)), known["p1"] - known["p2"]])
    assert voi.evpi(nmb) == pytest.approx(example["evpi"], abs=0.03)
    for name in ("p1", "p2"):
        value, error = voi.evppi(nmb, known, of=[name])
        assert 0 < error < 0.02
        assert abs(value - example[f"evppi_{name}"]) < 4 * error
    for size, truth in example["evsi_p1_sd1"].items():
        found = voi.evsi(nmb, voi.simulate_study(known, {"p1": 1.0}, int(size)))
        assert abs(found.value - truth) < 4 * found.standard_error


def test_interactions_are_seen_and_single_parameters_are_worth_nothing(luck):
    example = EXAMPLES["ana_interaction_trap"]
    known = {"x": luck[:, 0], "y": luck[:, 1]}
    nmb = np.column_stack([np.zeros(len(luck)), luck[:, 0] * luck[:, 1]])
    joint = voi.evppi(nmb, known, of=["x", "y"])
    assert joint.value == pytest.approx(example["evppi_joint"], abs=0.02)
    assert voi.evppi(nmb, known, of=["x"]).value < 0.003
    assert voi.evppi(nmb, known, of="y").value < 0.003


@pytest.mark.parametrize("replicates", [5, 10, 26])
def test_chance_is_removed_before_information_is_valued(luck, replicates):
    example = EXAMPLES["ana_first_order_noise"]
    # Draws and chance in mirrored pairs: what is tested is the removal of chance, not the luck of the mean, which no method removes.
    theta = np.concatenate([luck[:5000, 0], -luck[:5000, 0]])
    half = 5 * np.random.default_rng(1).standard_normal((5000, replicates))
    noise = np.concatenate([half, -half])
    nmb = np.stack([np.zeros_like(noise), theta[:, None] + noise], axis=2)
    truth = example["true_evpi"]
    assert voi.evpi(nmb.mean(axis=1)) == pytest.approx(
        example["naive_evpi"][str(replicates)], rel=0.04
    )
    # The spread of the estimate of the parameters' variance (O'Hagan, Stevenson & Madan 2007), three times.
    total = 1 + 25 / replicates
    spread = (
        0.5
        * truth
        * total
        * np.sqrt(2 / 5000 + 2 * (25 / replicates / total) ** 2 / (5000 * (replicates - 1)))
    )
    assert voi.evpi(voi.denoise(nmb)) == pytest.approx(truth, abs=3 * spread)
    assert voi.evppi(nmb.mean(axis=1), {"theta": theta}).value == pytest.approx(truth, abs=0.03)
