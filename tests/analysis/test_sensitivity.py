"""What matters most, found where it is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.sensitivity import indices
from sim.errors import Refused

PROBLEM = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_finds_ishigami_through_noise():
    from SALib.sample import sobol

    x = sobol.sample(PROBLEM, 1024, calc_second_order=False, seed=1)
    noisy = ishigami(x)[:, None] + np.random.default_rng(1).normal(0, 3, (len(x), 4))
    table = indices.analyze_sobol(PROBLEM, noisy)
    assert table["first"].to_dict() == pytest.approx({"a": 0.314, "b": 0.442, "c": 0.0}, abs=0.08)
    assert table["total"].to_dict() == pytest.approx({"a": 0.558, "b": 0.442, "c": 0.244}, abs=0.1)


@pytest.mark.parametrize("kept", ["all", "one"])
def test_shares_stay_shares_whatever_chance_adds(kept):
    """Where one factor does everything its share is 1: factors that do nothing draw no chance anew, and divided by
    what is left of the variance it became 15.
    """
    from SALib.sample import sobol

    x = sobol.sample(PROBLEM, 256, calc_second_order=False, seed=1)
    rng, points = np.random.default_rng(2), np.arange(len(x))
    if kept == "one":
        points = np.unique(x[:, 0], return_inverse=True)[1]
    luck = rng.normal(0, 6, (len(x), 3))[points]
    table = indices.analyze_sobol(PROBLEM, 3 * x[:, :1] + luck)
    assert table["first"].to_dict() == pytest.approx({"a": 1, "b": 0, "c": 0}, abs=0.35)
    assert table["total"].to_dict() == pytest.approx({"a": 1, "b": 0, "c": 0}, abs=0.35)
    assert (table["first_interval"] < 0.6).all()
    if kept == "one":
        assert table.loc[["b", "c"]].abs().max().max() == 0


def test_shares_without_chance_are_those_of_one_replicate():
    from SALib.sample import sobol

    x = sobol.sample(PROBLEM, 256, calc_second_order=True, seed=1)
    once, twice = (
        indices.analyze_sobol(
            PROBLEM, ishigami(x)[:, None] + np.zeros((1, count)), second_order=True
        )
        for count in (1, 2)
    )
    for column in ("first", "total"):
        assert twice[column].to_numpy() == pytest.approx(once[column].to_numpy(), abs=1e-9)
    assert twice["total_interval"].to_numpy() == pytest.approx(
        once["total_interval"].to_numpy(), rel=0.4
    )


def test_luck_that_all_points_share_is_not_taken_for_noise():
    from SALib.sample import sobol

    x = sobol.sample(PROBLEM, 512, calc_second_order=False, seed=1)
    rng = np.random.default_rng(1)
    seeds, own = 50 * rng.normal(size=(1, 3)), 0.1 * rng.normal(size=(len(x), 3))
    table = indices.analyze_sobol(PROBLEM, ishigami(x)[:, None] + seeds + own)
    assert table["first"].to_dict() == pytest.approx({"a": 0.314, "b": 0.442, "c": 0.0}, abs=0.1)
    assert indices.analyze_sobol(PROBLEM, rng.normal(size=(len(x), 2)))["first"].isna().all()


def test_morris_without_chance_is_what_it_would_be():
    from SALib.sample import morris

    x = morris.sample(PROBLEM, 200, seed=1)
    plain = 10 * x[:, 0] + x[:, 1] * x[:, 0]
    noisy = plain[:, None] + np.random.default_rng(2).normal(0, 12, (len(x), 5))
    wanted, raw, found = (
        indices.analyze_morris(PROBLEM, x, y) for y in (plain, noisy.mean(axis=1), noisy)
    )
    for column in ("mean_absolute", "spread"):
        assert (raw[column] - wanted[column]).abs().max() > 2 * (
            found[column] - wanted[column]
        ).abs().max()
    assert found.loc["a", "mean_absolute"] == pytest.approx(
        wanted.loc["a", "mean_absolute"], rel=0.05
    )


def test_morris_ranks_parameters():
    from SALib.sample import morris

    x = morris.sample(PROBLEM, 60, seed=1)
    table = indices.analyze_morris(PROBLEM, x, 10 * x[:, 0] + x[:, 1])
    assert list(table.sort_values("mean_absolute", ascending=False).index) == ["a", "b", "c"]
    assert table.loc["c", "mean_absolute"] == pytest.approx(0, abs=1e-9)


def test_tornado_orders_by_swing():
    rng = np.random.default_rng(2)
    known = pd.DataFrame(rng.uniform(size=(1500, 3)), columns=list("abc"))
    table = indices.tabulate_tornado(
        known, 10 * known["a"] - 3 * known["b"] + rng.normal(0, 0.5, 1500)
    )
    assert list(table.index) == ["a", "b", "c"]
    assert table.loc["a", "swing"] == pytest.approx(8, abs=0.4)
    assert table.loc["b", "high"] < table.loc["b", "low"]
    assert table.loc["c", "swing"] < 0.4


def test_few_levels_are_told_by_their_means_where_they_differ_beyond_chance():
    """Of 24 points a regression took 12 failures of 12 at one level for chance."""
    rng = np.random.default_rng(8)
    peers = np.repeat([0.5, 3.0], 12)
    known = pd.DataFrame(
        {"peers": peers, "plain": np.tile([0.0, 1.0], 12), "coping": rng.uniform(size=24)}
    )
    gain = np.where(peers > 1, 120 * known["coping"] - 36, -15 + rng.normal(0, 6, 24))
    table = indices.tabulate_tornado(known, gain)
    levels = [gain[peers == level].mean() for level in (0.5, 3.0)]
    assert table.loc["peers", ["low", "high"]].tolist() == pytest.approx(levels)
    # Its levels differ by chance alone.
    assert table.loc["plain", "swing"] < 5.0
    assert indices.tabulate_tornado(known[["coping"]], 0.0 * gain)["swing"].tolist() == [0.0]


def test_thresholds_where_the_decision_flips():
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 10, 3000)
    nmb = np.column_stack([np.zeros(3000), x - 4 + rng.normal(0, 1, 3000)])
    found = indices.find_thresholds(x, nmb)
    assert len(found) == 1
    assert found[0].value == pytest.approx(4, abs=0.2)
    assert (found[0].below, found[0].above) == (0, 1)
    assert indices.find_thresholds(x, nmb + np.array([0, 50.0])) == []


def test_box_of_failure():
    rng = np.random.default_rng(4)
    known = pd.DataFrame(rng.uniform(size=(4000, 3)), columns=["wait", "strain", "idle"])
    failed = (known["wait"] > 0.7) & (known["strain"] > 0.5)
    box = indices.find_box(known, failed, density=0.95)
    assert box.density > 0.9
    assert box.coverage > 0.8
    assert box.limits["wait"][0] == pytest.approx(0.7, abs=0.08)
    assert box.limits["strain"][0] == pytest.approx(0.5, abs=0.12)
    with pytest.raises(Refused, match="at least one"):
        indices.find_box(known, np.zeros(4000, dtype=bool))


def test_structures_side_by_side():
    table = indices.compare_structures({"on": [1.0, 3.0], "off": [-1.0, 1.0]}, {"on": 3, "off": 1})
    assert table.loc["on", "share_gaining"] == 1
    assert table.loc["all", "mean"] == pytest.approx(0.75 * 2 + 0.25 * 0)
