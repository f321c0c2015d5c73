"""Designs: what they promise, and that a longer one holds the shorter one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweeps_of_the_stand_in import WORLD, make_sweep

from sim.errors import InvalidInput
from sim.scenario.designs.factors import Lever, Uncertainty
from sim.studies.sweeps.sampling import find_quantiles, make_points, write_points
from sim.studies.sweeps.sweep import problem

UNIT = tuple(
    Uncertainty(name, "uniform", (0.0, 1.0))
    for name in ("symptoms.loneliness", "symptoms.noise", "crisis.crisis")
)


@given(st.integers(1, 300))
def test_a_latin_hypercube_has_one_point_in_every_stratum(points):
    sample = make_points(make_sweep(points=points, levers=(), worlds=UNIT)).sample
    strata = np.sort(np.floor(sample * points + 1e-9).astype(int), axis=0)
    assert (strata == np.arange(points)[:, None]).mean() > 0.98
    assert (
        np.abs(np.sort(sample, axis=0) - (np.arange(points)[:, None] + 0.5) / points).max()
        <= 0.5 / points + 1e-8
    )


@pytest.mark.parametrize(
    ("kind", "few", "many"),
    [
        ("latin_hypercube", 12, 48),
        ("sobol", 8, 32),
        ("morris", 3, 7),
        ("latin_hypercube", 125, 1000),
    ],
)
def test_more_points_leave_the_first_ones_as_they_are(kind, few, many):
    short = make_points(make_sweep(kind, few)).sample
    long = make_points(make_sweep(kind, many)).sample
    assert len(long) > len(short)
    assert (long[: len(short)] == short).all()


def test_the_same_sweep_has_the_same_points_and_another_seed_others():
    first, again = make_points(make_sweep()), make_points(make_sweep())
    assert (first.sample == again.sample).all()
    assert first.policies == again.policies


def test_sobol_is_saltellis_design():
    sample = make_points(make_sweep("sobol", 16, levers=(), worlds=UNIT)).sample
    assert len(sample) == 16 * (3 + 2)
    blocks = sample.reshape(16, 5, 3)
    for factor in range(3):
        changed = (blocks[:, 1 + factor] != blocks[:, 0]).sum(axis=1)
        assert (changed == 1).all()
    assert len(
        make_points(make_sweep("sobol", 16, levers=(), worlds=UNIT, second_order=True)).sample
    ) == 16 * (2 * 3 + 2)


def test_morris_moves_one_factor_at_a_time():
    sample = make_points(make_sweep("morris", 5, levers=(), worlds=UNIT)).sample.reshape(5, 4, 3)
    assert ((np.diff(sample, axis=1) != 0).sum(axis=2) == 1).all()


def test_a_grid_has_every_combination():
    levers = (Lever("effect", values=(0.0, 1.0)), Lever("horizon", values=(5, 10, 20)))
    points = make_points(make_sweep("grid", levers=levers, worlds=WORLD[:1], levels=4))
    assert len(points.sample) == 2 * 3 * 4 == len({tuple(row) for row in points.sample.tolist()})
    assert len(points.policies) == 6


def test_crossed_levers_meet_every_world():
    points = make_points(
        make_sweep(levers=(Lever("effect", values=(0.0, 1.0)),), crossed=True, points=5)
    )
    assert len(points.sample) == 10
    assert len(np.unique(points.worlds, axis=0)) == 5


def test_correlations_come_out_and_margins_stay():
    worlds = (
        Uncertainty("symptoms.loneliness", "uniform", (0.0, 1.0)),
        Uncertainty("symptoms.noise", "lognormal", (2.0, 0.3)),
    )
    pair = (("symptoms.loneliness", "symptoms.noise", -0.6),)
    sample = make_points(
        make_sweep(points=1024, levers=(), worlds=worlds, correlations=pair)
    ).sample
    ranks = sample.argsort(axis=0).argsort(axis=0)
    # A normal correlation of -0.6 is a rank correlation of 6 / pi * asin(-0.3).
    assert np.corrcoef(ranks.T)[0, 1] == pytest.approx(-0.582, abs=0.03)
    assert sample[:, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert np.median(sample[:, 1]) == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize(
    ("family", "numbers", "mean", "sd"),
    [
        ("normal", (3.0, 0.5), 3.0, 0.5),
        ("uniform", (1.0, 3.0), 2.0, 0.577),
        ("beta", (0.3, 0.1), 0.3, 0.1),
        ("triangular", (0.0, 1.0, 2.0), 1.0, 0.408),
        ("lognormal", (1.0, 0.25), 1.0317, 0.262),
    ],
)
def test_distributions_are_what_they_say(family, numbers, mean, sd):
    values = find_quantiles(
        Uncertainty("x", family, numbers), (np.arange(4000) + 0.5) / 4000, 0.001
    )
    assert values.mean() == pytest.approx(mean, rel=0.01)
    assert values.std() == pytest.approx(sd, rel=0.02)


def test_a_lever_with_a_unit_keeps_it():
    lever = Lever("title", low=100.0, high=400.0, before="USD ", after=" per year", whole=True)
    points = make_points(make_sweep(points=4, levers=(lever,), worlds=()))
    assert all(
        policy[0].startswith("USD ") and policy[0].endswith(" per year")
        for policy in points.policies
    )
    assert ((points.sample >= 100) & (points.sample <= 400)).all()


def test_points_and_draws_come_from_files(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("effect,symptoms.noise\n1.5,0.4\n2,0.5\n1.5,0.6\n")
    points = make_points(make_sweep("points", 0, levers=(), worlds=(), file=file))
    assert points.names == ("effect", "symptoms.noise")
    assert points.policies == [(1.5,), (2,)]
    assert points.sample.tolist() == [[1.5, 0.4], [2.0, 0.5], [1.5, 0.6]]
    file.write_text("symptoms.loneliness,symptoms.noise\n0.1,0.4\n0.2,0.5\n0.3,0.6\n")
    draws = make_points(
        make_sweep(
            "posterior", 2, levers=(Lever("effect", values=(0.0, 1.0)),), worlds=(), file=file
        )
    )
    assert draws.sample.tolist() == [
        [0.0, 0.1, 0.4],
        [1.0, 0.1, 0.4],
        [0.0, 0.2, 0.5],
        [1.0, 0.2, 0.5],
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no points"),
        ("symptoms.noise\nlow\n", "must be a number"),
        ("symptoms.noise,symptoms.noise\n1,2\n", "is there twice"),
        ("symptoms.noise\n1,2\n", "has 2 cells"),
        ("symptoms.noise\n1\n", "fewer than the 3 asked for"),
        ("effect\n1\n", "no parameter of this id"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(tmp_path, text, said):
    file = tmp_path / "draws.csv"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=said):
        make_points(make_sweep("posterior", 3, levers=(), worlds=(), file=file))


def test_arrays_of_salib_come_in_through_a_file(tmp_path):
    levers = (
        Lever("effect", values=(0.0, 1.5)),
        Lever("grant", low=100, high=400, before="USD ", after=" per year", whole=True),
        Lever("title", values=("One", "Another")),
    )
    names = ["effect", "grant", "title", "symptoms.noise"]
    sample = np.array([[1.5, 250.2, 1.0, 0.4], [0.0, 100.0, 0.0, 0.5]])
    file = write_points(
        {"num_vars": 4, "names": names, "bounds": []}, sample, tmp_path / "points.csv", levers
    )
    points = make_points(make_sweep("points", 0, levers=(), worlds=(), file=file))
    assert points.names == tuple(names)
    assert points.policies == [
        (1.5, "USD 250 per year", "Another"),
        (0.0, "USD 100 per year", "One"),
    ]
    assert points.worlds.tolist() == [[0.4], [0.5]]
    with pytest.raises(InvalidInput, match="4 names need as many columns"):
        write_points({"names": names}, sample[:, :3], tmp_path / "points.csv")


def test_what_comes_out_goes_in_again(tmp_path):
    sweep = make_sweep("sobol", 8)
    points = make_points(sweep)
    file = write_points(
        problem(sweep, points), points.sample, tmp_path / "points.csv", sweep.levers
    )
    again = make_points(make_sweep("points", 0, levers=(), worlds=(), file=file))
    assert again.sample.tolist() == points.sample.tolist()
    assert [again.policies[k] for k in again.chosen] == [points.policies[k] for k in points.chosen]
