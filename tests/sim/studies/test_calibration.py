"""A calibration scores, learns, samples and goes on where it was."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from click.testing import CliRunner

from sim.errors import InvalidInput, KinwellError
from sim.evidence.loader import all_evidence
from sim.evidence.posterior import read_posterior
from sim.scenario.library import load
from sim.studies.calibration import check, posterior, refinement, sampling, search, waves
from sim.studies.calibration.rows import add_rows, read_rows
from sim.studies.calibration.surrogate import Surrogate
from sim.studies.calibration.targets import all_targets, free_parameters
from sim.studies.sweeps.parameter_draws import draw_parameters
from sim.week.conservation.conservation import Breach, Conservation


def values_of_targets():
    return np.concatenate([target.value for target in all_targets()])


def test_verdict_asks_every_part():
    figures = np.tile(values_of_targets(), (3, 1))
    assert all(verdict.inside for verdict in check.judge(figures))
    figures[:, 2:5] += 1.0
    outside = [verdict.target.id for verdict in check.judge(figures) if not verdict.inside]
    assert outside == ["C03"]


def test_a_target_is_covered_where_every_part_lies_in_the_range():
    figures = values_of_targets() + np.linspace(-0.1, 0.1, 21)[:, None]
    assert check.say_covered(check.judge(figures)) == "32 of 32 targets lie in the 95% range"
    figures[:, 3] += 0.2
    told = check.say_covered(check.judge(figures))
    assert told == "31 of 32 targets lie in the 95% range; not: C03"


def test_every_replicate_of_a_check_takes_its_turn_at_the_draws(monkeypatch):
    taken = []

    def measure(tasks, _workers):
        taken.extend((task.seed, task.draw["crisis.crisis"]) for task in tasks)
        return enumerate(np.tile(values_of_targets(), (len(tasks), 1)))

    monkeypatch.setattr(check, "measure_towns", measure)
    draws = [{"crisis.crisis": -9.0}, {"crisis.crisis": -9.5}]
    assert all(verdict.inside for verdict in check.check_baseline(seeds=3, draws=draws))
    assert taken == [(1, -9.0), (2, -9.5), (3, -9.0)]


def test_json_has_the_agreed_keys():
    row = check.judge(np.tile(values_of_targets(), (2, 1)))[0].to_json()
    assert {
        "id",
        "moment",
        "target",
        "tolerance",
        "simulated",
        "low",
        "high",
        "fitted",
        "inside",
    } <= set(row)
    assert row["inside"] is True
    assert row["target"] == 0.23


def test_inputs_and_values_are_each_others_inverse():
    x = np.random.default_rng(1).uniform(-1, 1, (5, len(free_parameters())))
    assert waves.to_inputs(waves.to_values(x)) == pytest.approx(x)


def test_unfitted_moments_do_not_weigh():
    best = waves.bounds_of_targets()[0]
    worse = best.copy()
    last = len(all_targets()[-1].parts)
    worse[-last:] += 5.0
    assert waves.weigh(np.array([best, worse])) == pytest.approx([0.0, 0.0])
    worse[0] += 1.0
    assert waves.weigh(worse[None, :])[0] < -10.0


def test_surrogate_learns_a_curve():
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, (45, 3))
    y = np.tile((x[:, :1] + x[:, 1:2] ** 2), (1, check.count_parts())) + rng.normal(
        0, 0.01, (45, check.count_parts())
    )
    surrogate = Surrogate(x, y)
    new = rng.uniform(-0.8, 0.8, (20, 3))
    assert surrogate.predict(new)[:, 0] == pytest.approx(new[:, 0] + new[:, 1] ** 2, abs=0.25)


def test_a_search_ends_where_the_targets_are_met_and_near_where_it_began():
    middle, half, _ = waves.bounds_of_targets()

    class Bowl:
        """A town whose figures are met where all inputs are 0.1."""

        def predict(self, x):
            return middle + half * 5.0 * np.abs(x - 0.1).mean(axis=1, keepdims=True)

    x = np.random.default_rng(3).uniform(-0.25, 0.25, (30, 6))
    found = search.find_candidates(Bowl(), x, Bowl().predict(x), 4, 1)
    assert found == pytest.approx(np.full((4, 6), 0.1), abs=0.05)
    assert (search.miss(Bowl().predict(found)) < search.miss(Bowl().predict(x)).min()).all()
    far = search.find_candidates(Bowl(), x * 0 - 0.9, Bowl().predict(x * 0 - 0.9), 1, 1)
    assert np.abs(far + 0.9).max() <= search.STEP_REACH + 1e-9


@pytest.fixture
def setting(tmp_path):
    return waves.Setting(
        tmp_path / "fit", residents=300, first_wave=4, wave=2, waves=1, draws=2, workers=1, years=2
    )


def test_goes_on_where_it_was(setting, monkeypatch):
    lived = []

    def pretend(tasks, _):
        for k, task in enumerate(tasks):
            lived.append(task.seed)
            yield k, values_of_targets() + task.draw["people.trait_sd"] / 100
            if len(lived) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(waves, "measure_towns", pretend)
    monkeypatch.setattr(waves, "Surrogate", lambda *_: None)
    monkeypatch.setattr(
        waves, "find_candidates", lambda _, inputs, __, count, ___: inputs[:1].repeat(count, axis=0)
    )
    monkeypatch.setattr(
        waves, "sample", lambda _, start, count, __: start[:1].repeat(count, axis=0)
    )
    with pytest.raises(KeyboardInterrupt):
        waves.fit(setting, lambda _: None, lambda: None)
    assert len(waves.read_rows(setting)[0]) in (2, 3)
    inputs, figures = waves.fit(setting, lambda _: None, lambda: None)
    assert len(inputs) == len(figures) == 2
    assert sorted(set(lived)) == list(range(1, 7))


def test_a_row_that_was_cut_off_is_no_row_and_spoils_none(tmp_path):
    columns, row = ["a", "b"], [1.25, -3.0625]
    add_rows(tmp_path, columns, [row, row])
    file = tmp_path / "evaluations.csv"
    whole = file.read_bytes()
    for end in range(1, len(whole)):
        file.write_bytes(whole[:end])
        there = read_rows(tmp_path, columns)
        assert len(there) == max(whole[:end].count(b"\n") - 1, 0)
        add_rows(tmp_path, columns, [row])
        assert read_rows(tmp_path, columns).tolist() == [row] * (len(there) + 1)


@pytest.mark.parametrize("change", [{"residents": 400}, {"years": 3}, {"scenario": "peer-pilot"}])
def test_towns_of_another_fit_are_not_taken_for_this_one(setting, change):
    waves.begin_rows(setting)
    (setting.folder / "evaluations.csv").touch()
    waves.read_rows(setting)
    with pytest.raises(InvalidInput, match=r"another fit.*\n.*-o"):
        waves.read_rows(setting._replace(**change))
    for damaged in ('{"town": ', "[1]", "\x00"):
        (setting.folder / "evaluations.json").write_text(damaged)
        with pytest.raises(InvalidInput, match="another fit"):
            waves.begin_rows(setting)
    (setting.folder / "evaluations.json").unlink()
    with pytest.raises(InvalidInput, match="another fit"):
        waves.read_rows(setting)


def test_looking_at_rows_writes_nothing(setting):
    assert len(waves.read_rows(setting)[0]) == 0
    assert not list(setting.folder.rglob("*"))


def test_a_breach_in_a_smaller_town_is_repeated_in_a_town_of_that_size(monkeypatch):
    def leak(_, world, *__):
        if world.week == 2:
            raise Breach("people", f"one of {world.residents.key.size} is gone")

    monkeypatch.setattr(Conservation, "check", leak)
    with pytest.raises(Breach, match="one of 250 is gone") as found:
        check.measure_town(check.Task("uk-town", 7, {"crisis.crisis": -9.0}, 250))
    words = shlex.split(str(found.value).splitlines()[-1])
    assert words[words.index("--seed") + 1] == "7"
    assert "population.residents=250" in words
    assert any(word.startswith("parameters.crisis.crisis=") for word in words)


def test_posterior_is_written_and_read(tmp_path):
    x = np.zeros((3, len(free_parameters())))
    posterior.write_posterior(tmp_path / "posterior.csv", x)
    draws = read_posterior(tmp_path / "posterior.csv")
    low, high = free_parameters()["people.trait_sd"]
    assert len(draws) == 3
    assert draws[0]["people.trait_sd"] == pytest.approx((low + high) / 2)
    posterior.write_page(
        tmp_path / "page.md",
        np.random.default_rng(1).uniform(-1, 1, (9, x.shape[1])),
        np.tile(values_of_targets(), (9, 1)),
    )
    assert "28 of 28 moments fitted" in (tmp_path / "page.md").read_text(encoding="utf-8")


def test_shipped_posterior_fits_the_registry():
    draws = read_posterior()
    if not draws:
        pytest.skip("not calibrated yet")
    assert len(draws) >= 200
    assert set(draws[0]) == set(free_parameters())


def test_a_small_town_is_measured_twice_alike():
    task = check.Task("baseline", 5, {}, residents=600, years=2)
    first, again = check.measure_town(task), check.measure_town(task)
    assert np.array_equal(first, again, equal_nan=True)
    assert first.size == check.count_parts()


def test_a_refinement_goes_to_where_the_tolerances_have_room_and_on_where_it_was(
    setting, monkeypatch
):
    targets, runs = values_of_targets(), []
    rng = np.random.default_rng(3)
    away = rng.normal(0.0, 1.0, (len(free_parameters()), targets.size))
    half = waves.bounds_of_targets()[1]
    middle = waves.bounds_of_targets()[0]
    start = waves.to_inputs(
        np.array([[all_evidence()[name].value for name in waves.names()]])
    ).clip(-1, 1)[0]

    def pretend(tasks, _):
        for k, task in enumerate(tasks):
            runs.append(task.seed)
            x = waves.to_inputs(np.array([[task.draw[name] for name in waves.names()]]))[0]
            # Where it starts, every figure lies at 1.2 of half its tolerance.
            yield k, middle + half * (1.2 + (x - start) @ away)

    monkeypatch.setattr(waves, "measure_towns", pretend)
    asked = setting._replace(wave=120, waves=1, open_ended=True)

    def refine(waves_in_all):
        values = refinement.refine(asked._replace(waves=waves_in_all), lambda _: None, lambda: None)
        return waves.to_inputs(np.array([[values[name] for name in waves.names()]]))[0]

    assert np.abs(refine(1) - start).max() <= refinement.REACH + 1e-9
    found = refine(2)
    before = np.full(targets.size, 1.2)
    after = np.abs(1.2 + (found - start) @ away)
    weight = waves.bounds_of_targets()[2]
    assert (weight * np.maximum(after - 0.75, 0) ** 2).sum() < 0.2 * (
        weight * np.maximum(before - 0.75, 0) ** 2
    ).sum()
    assert (refine(2) == found).all()
    assert runs == list(range(1, 241))


def test_a_step_begins_at_what_was_measured_at_the_centre_not_at_what_scattered_towns_say():
    middle, half, weight = waves.bounds_of_targets()
    rng = np.random.default_rng(4)
    away = rng.normal(0.0, 1.0, (len(free_parameters()), middle.size))
    centre = waves.find_shipped()
    scattered = waves.scatter_towns(centre, 0.06, 120, 1)
    inputs = np.vstack([scattered, np.tile(centre, (30, 1))])
    # Scattered towns lie half a tolerance lower than the line through the centre says: every one of
    # them, so that a surface through them has the centre well inside.
    off = np.where((inputs == centre).all(axis=1), 1.2, 0.5)[:, None]
    found = refinement.find_step(inputs, middle + half * (off + (inputs - centre) @ away), centre)
    missed = np.maximum(np.abs(1.2 + (found - centre) @ away) - refinement.SPARE, 0)
    assert (weight * missed**2).sum() < 0.5 * (weight * (1.2 - refinement.SPARE) ** 2).sum()


def test_a_refinement_goes_on_for_more_waves_with_the_towns_that_it_has(setting, monkeypatch):
    asked = setting._replace(wave=60, waves=1, open_ended=True)
    middle, runs = waves.bounds_of_targets()[0], []

    def pretend(tasks, _):
        for k, task in enumerate(tasks):
            runs.append(task.seed)
            x = waves.to_inputs(np.array([[task.draw[name] for name in waves.names()]]))[0]
            yield k, middle * (1.0 + 0.1 * x[: middle.size].sum())

    monkeypatch.setattr(waves, "measure_towns", pretend)
    refinement.refine(asked, lambda _: None, lambda: None)
    refinement.refine(asked._replace(waves=2), lambda _: None, lambda: None)
    assert len(runs) == len(set(runs)) == 120
    # Waves of another size, or a fit all over the bounds, are not the same search.
    for other in (asked._replace(wave=30), asked._replace(open_ended=False)):
        with pytest.raises(InvalidInput, match="towns of another fit"):
            refinement.refine(other, lambda _: None, lambda: None)


def test_a_check_runs_the_seeds_that_were_asked_for(monkeypatch):
    from sim.cli.calibrating import calibrate
    from sim.studies.calibration import check

    seeds = []

    def pretend(tasks, _):
        for k, task in enumerate(tasks):
            seeds.append(task.seed)
            yield k, np.ones(check.count_parts())

    monkeypatch.setattr(check, "measure_towns", pretend)
    for options in (["--seeds", "2", "--seed", "501"], ["--seeds", "2"]):
        done = CliRunner().invoke(calibrate, ["--check", "-j", "1", *options])
        assert done.exit_code == 0, done.output
    assert seeds == [501, 502, 1, 2]
    for options in (["--seed", "3"], ["--waves", "3"], ["--check", "--waves", "3"]):
        refused = CliRunner().invoke(calibrate, options)
        assert isinstance(refused.exception, InvalidInput)


def test_refined_values_are_a_scenario_that_the_next_command_reads(tmp_path, monkeypatch):
    from sim.cli.calibrating import calibrate

    def pretend(setting, *_):
        setting.folder.mkdir(exist_ok=True)
        return {"crisis.crisis": -9.2}

    monkeypatch.setattr(refinement, "refine", pretend)
    done = CliRunner().invoke(calibrate, ["--refine", "-j", "1", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    file = shlex.split(done.stdout.splitlines()[-1])[-1]
    assert load(file).parameters["crisis.crisis"] == -9.2


def test_a_response_is_a_curve_without_the_chance_of_a_town():
    rng = np.random.default_rng(4)
    x = rng.normal(0.0, 0.15, (80, 4)) + 0.2
    true = np.column_stack([3.0 + x[:, 0] - 4.0 * x[:, 1] * x[:, 2], 100.0 - 20.0 * x[:, 3]])
    seen = true + rng.normal(0.0, [0.02, 1.0], true.shape)
    seen[3, 0] = np.nan
    response = sampling.Response(x, seen, np.full(4, 0.2))
    new = rng.normal(0.0, 0.1, (30, 4)) + 0.2
    assert response.predict(new)[:, 0] == pytest.approx(
        3.0 + new[:, 0] - 4.0 * new[:, 1] * new[:, 2], abs=0.04
    )
    assert response.predict(new)[:, 1] == pytest.approx(100.0 - 20.0 * new[:, 3], abs=1.0)
    assert response.error[0] < 0.02
    assert response.error[1] < 1.0
    with pytest.raises(KinwellError, match="in 19 towns only"):
        sampling.Response(x[:20], seen[:20], np.zeros(4))


@pytest.fixture
def quick_sampling(monkeypatch):
    """Sampling with a surface that is known, and with few steps."""
    half = waves.bounds_of_targets()[1]

    class Known:
        """Every figure is met where the inputs are a little above the values."""

        error = np.zeros(half.size)

        def __init__(self, _inputs, _figures, centre):
            self.centre = centre

        def predict(self, inputs):
            off = ((inputs - self.centre - 0.05).mean(axis=1) / 0.05)[:, None]
            return waves.bounds_of_targets()[0] + half * off

    monkeypatch.setattr(sampling, "Response", Known)
    monkeypatch.setattr(sampling, "SAMPLING_STEPS", 400)


def test_a_surface_is_shifted_to_what_towns_gave_that_it_was_not_learned_from():
    rng = np.random.default_rng(4)
    x = rng.normal(0.0, 0.15, (80, 4))
    response = sampling.Response(x, np.column_stack([3.0 + x[:, 0], x[:, 1]]), np.zeros(4))
    new = rng.normal(0.0, 0.1, (40, 4))
    given = np.column_stack([3.2 + new[:, 0], new[:, 1] - 0.1])
    given[3, 1] = np.nan
    response.shift_to(new, given)
    elsewhere = rng.normal(0.0, 0.1, (5, 4))
    expected = np.column_stack([3.2 + elsewhere[:, 0], elsewhere[:, 1] - 0.1])
    assert response.predict(elsewhere) == pytest.approx(expected, abs=0.02)


@pytest.mark.usefixtures("quick_sampling")
def test_the_last_round_of_four_is_not_learned_from_but_says_what_surfaces_are_off_by(
    setting, monkeypatch
):
    learned, shifts, known = [], [], sampling.Response

    class Heard(known):
        def __init__(self, inputs, figures, centre):
            learned.append(len(inputs))
            super().__init__(inputs, figures, centre)

        def shift_to(self, inputs, _figures):
            shifts.append(len(inputs))

    def pretend(tasks, _):
        for k, _task in enumerate(tasks):
            yield k, values_of_targets()

    monkeypatch.setattr(sampling, "Response", Heard)
    monkeypatch.setattr(waves, "measure_towns", pretend)
    asked = setting._replace(first_wave=8, wave=4, waves=4, draws=10)
    others = draw_parameters("evidence", sampling.count_towns(asked))
    sampling.sample_posterior(asked, others, lambda _: None, lambda: None)
    assert (learned, shifts) == ([8, 12, 16, 16], [4])


@pytest.mark.usefixtures("quick_sampling")
def test_the_posterior_is_drawn_from_towns_in_which_all_other_numbers_are_drawn(
    setting, tmp_path, monkeypatch
):
    draws = []

    def pretend(tasks, _):
        for k, task in enumerate(tasks):
            draws.append(task.draw)
            yield k, values_of_targets()
            if len(draws) == 9:
                raise KeyboardInterrupt

    monkeypatch.setattr(waves, "measure_towns", pretend)
    asked = setting._replace(first_wave=8, wave=4, waves=2, draws=60)
    others = draw_parameters("evidence", sampling.count_towns(asked))
    with pytest.raises(KeyboardInterrupt):
        sampling.sample_posterior(asked, others, lambda _: None, lambda: None)
    found = sampling.sample_posterior(asked, others, lambda _: None, lambda: None)
    resumed = list(draws)
    elsewhere = asked._replace(folder=tmp_path / "whole")
    assert (
        found == sampling.sample_posterior(elsewhere, others, lambda _: None, lambda: None)
    ).all()
    assert draws[12:] == resumed, "where it went on it runs the towns that it would have run"
    drawn = {name for name in all_evidence() if len({d.get(name) for d in draws}) > 6}
    varied = {record.id for record in all_evidence().values() if record.low < record.high}
    assert varied <= drawn | set(waves.names()), "every number that has a range differs"
    # The draws go to where the surface says that the targets are met, and not beyond what is known.
    off = found - waves.find_shipped()
    assert off.mean() == pytest.approx(0.05, abs=0.015)
    assert np.sqrt((off**2).mean(axis=1)).max() <= sampling.FURTHEST
    assert np.abs(found).max() <= 1.0


def test_draws_are_written_where_the_command_says(tmp_path, monkeypatch):
    from sim.cli.calibrating import calibrate

    def pretend(setting, *_):
        setting.folder.mkdir(exist_ok=True)
        return np.tile(waves.find_shipped(), (3, 1))

    monkeypatch.setattr(sampling, "sample_posterior", pretend)
    done = CliRunner().invoke(calibrate, ["--posterior", "-j", "1", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    file = tmp_path / "sampled" / "posterior.csv"
    assert f"3 draws: {file}" in done.stdout
    value = all_evidence()["crisis.crisis"].value
    assert [row["crisis.crisis"] for row in read_posterior(file)] == pytest.approx([value] * 3)
    refused = CliRunner().invoke(calibrate, ["--posterior", "--refine"])
    assert "one of the three" in str(refused.exception)
