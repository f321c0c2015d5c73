"""An audit leaves a sound model alone and finds faults that were planted."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from analysis.reports.writer import write_report
from analysis.runs.audit import Audit, Row, judge_audit, read_audit, say_under, write_table
from analysis.runs.robustness import (
    Replicates,
    judge_change,
    judge_draws,
    judge_ends,
    measure_looseness,
    read_differences,
    worst,
)
from sim.community import Community
from sim.errors import InvalidInput
from sim.studies.audit.engines import relabelled, reordered, restreamed
from sim.studies.audit.plan import CONTROL, INVARIANCES, STRUCTURES, list_ends, plan_audit
from sim.studies.audit.run import Seeds, read_scenarios, run_audit
from sim.week.channels.group_meetings import list_meeting

RNG = np.random.default_rng(3)
SMALL = {"population.residents": 600, "horizon": 12, "warm_up": 4}
ORDER = [p for p in INVARIANCES if p.name == "order"]
SIZES = [p for p in INVARIANCES if p.name in ("half", "double")]


def replicates(values, draws=None):
    values = np.asarray(values, float)
    names = np.array(draws if draws is not None else [""] * values.size)
    return Replicates(values, np.arange(values.size) % 20, names)


def towns():
    base = sim.load("baseline").with_(SMALL)
    pilot = sim.load("peer-pilot").with_({**SMALL, "services.peer-specialists.from": "week 0"})
    return [base, pilot]


def live(plan, folder, scenarios=None):
    chosen = scenarios or towns()
    return run_audit(chosen, [CONTROL, *plan], folder, Seeds(8, per_draw=2), 1, "kinwell audit")


def test_a_sound_model_is_left_alone(tmp_path):
    found = judge_audit(live([*ORDER, *SIZES], tmp_path), "baseline", ("phq_mean", "sessions"))
    assert {row.change for row in found.rows} == {"order", "half", "double"}
    assert found.verdict("peer-pilot", "phq_mean") == "robust"


@pytest.mark.parametrize("plant", ["order", "size"])
def test_a_planted_fault_is_found(tmp_path, monkeypatch, plant):
    step = Community.step

    def faulty(self):
        r = self.world.residents
        if "peer-specialists" in self.world.provision.names and self.week >= 0:
            # an order effect: the poorer part is helped as far as it stands in the first rows;
            # a scale effect: help is one for all, however many share it
            first = np.arange(r.key.size) < r.key.size // 2
            who = first & (r.neighbourhood == 0) if plant == "order" else r.alive == 1
            r.distress[who] -= 1.0 if plant == "order" else 300.0 / r.key.size
        step(self)

    monkeypatch.setattr(Community, "step", faulty)
    plan = ORDER if plant == "order" else SIZES
    found = judge_audit(live(plan, tmp_path), "baseline", ("phq_mean", "phq_10_or_more"))
    assert found.verdict("peer-pilot", "phq_mean") != "robust"
    assert "residents in another order" in write_table(found) or "the size" in write_table(found)


@pytest.mark.parametrize("engine", [reordered, relabelled, restreamed])
def test_an_engine_turns_one_thing_and_keeps_the_town(engine):
    base = towns()[0]
    plain, turned = Community(base, rng=3), engine.Community(base, rng=3)
    for name in ("age", "phq", "stigma_trait", "close_ties"):
        ours, theirs = (getattr(c.world.residents, name) for c in (plain, turned))
        assert np.array_equal(np.sort(ours), np.sort(theirs))
    degrees = [np.sort((c.world.ties.kind > 0).sum(axis=1)) for c in (plain, turned)]
    assert np.array_equal(*degrees)
    assert turned.run().summary["qalys"] > 0


def test_another_order_keeps_who_knows_whom():
    base = towns()[0]
    plain, turned = Community(base, rng=3).world, reordered.Community(base, rng=3).world
    assert not np.array_equal(plain.residents.key, turned.residents.key)

    def list_pairs(world):
        a, slot = np.nonzero(world.ties.kind)
        keys = world.residents.key
        return set(zip(keys[a], keys[world.ties.neighbour[a, slot]], strict=True))

    assert list_pairs(plain) == list_pairs(turned)


CLEAR = RNG.normal(-5, 1, 20)


@pytest.mark.parametrize(
    ("control", "changed"),
    [
        pytest.param([np.nan] * 20, [np.nan] * 20, id="never a value"),
        pytest.param(CLEAR, [np.nan] * 20, id="no value under the change"),
        pytest.param([np.nan] * 20, CLEAR, id="no value without it"),
        pytest.param([np.nan] * 19 + [-5.0], CLEAR, id="a value in one replicate"),
        pytest.param([-5.0], [-5.0], id="one replicate"),
        pytest.param([0.0] * 20, [0.0] * 20, id="no difference in any"),
        pytest.param([0.0] * 19 + [np.nan], [0.0] * 20, id="no difference where there is a value"),
        pytest.param([*CLEAR[:10], *[np.nan] * 10], [*[np.nan] * 10, *CLEAR[10:]], id="never both"),
    ],
)
def test_what_has_no_value_or_no_difference_is_not_called_robust(control, changed):
    before, after = replicates(control), replicates(changed)
    judged = judge_change(before, after, paired=True, tried=10)
    assert judged.verdict == "nothing to judge"


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        pytest.param([np.nan] * 8, "aabbccdd", id="never a value"),
        pytest.param([0.0] * 8, "aabbccdd", id="no difference in any"),
        pytest.param([-5.0, -4.0, *[np.nan] * 6], "aabbccdd", id="a value in one draw"),
        pytest.param([-5.0, -4.0], "aa", id="one draw"),
    ],
)
def test_draws_without_a_value_or_a_difference_are_not_called_robust(values, drawn):
    control = replicates(np.zeros(8) if values[0] == 0 else CLEAR)
    assert judge_draws(control, replicates(values, [*drawn])).verdict == "nothing to judge"


def test_an_effect_that_comes_from_nowhere_is_not_nothing_to_judge():
    none, some = replicates(np.zeros(20)), replicates(RNG.normal(3, 1, 20))
    assert judge_change(none, some, paired=True, tried=1).verdict == "fragile"
    assert judge_change(some, none, paired=True, tried=1).verdict == "fragile"


OUTCOMES = [f"outcome {k}" for k in range(40)]


def audit_of(steps, base):
    """Differences under changes as (outcomes, changes, replicates) of steps from the control."""
    control = {key: replicates(values) for key, values in zip(OUTCOMES, base, strict=True)}
    names = [f"end {k}" for k in range(steps.shape[1])]
    each_has = steps.shape[2]
    draws, seeds = np.repeat(names, each_has), np.tile(np.arange(each_has), len(names))
    changed = {
        key: Replicates((each + control[key].values[:each_has]).ravel(), seeds, draws)
        for key, each in zip(OUTCOMES, steps, strict=True)
    }
    loose = measure_looseness(control, changed, names)
    return control, changed, loose, {name: name for name in names}


def test_ends_that_change_nothing_but_chance_move_nothing():
    """One spread was pooled over ends that leave a town as it was and ends after which nobody is
    the same, and the difference told by its two replicates: of 9,000 rows of an audit a hundred and
    fifty had moved, most of them to fragile.
    """
    rng = np.random.default_rng(8)
    # of all sizes: expected counts, shares, money
    size = 10.0 ** rng.uniform(-3, 4, len(OUTCOMES))
    base = size[:, None] * rng.normal(-2, 1, (len(OUTCOMES), 20))
    loose = np.where(np.arange(200) % 4 == 0, 1.4, 0.02)
    steps = size[:, None, None] * loose[:, None] * rng.normal(0, 1, (len(OUTCOMES), 200, 2))
    control, changed, measured, ends = audit_of(steps, base)
    assert [measured[name] for name in ends] == pytest.approx(loose, rel=0.5)
    found = [judge_ends(control[key], changed[key], ends, measured) for key in OUTCOMES]
    moved = sum(judged.verdict != "robust" for each in found for judged in each.values())
    assert moved <= 4  # of 8,000; 0.05 in each of 40 would be 2


@pytest.mark.parametrize(("by", "verdict"), [(0.5, "shifted"), (2.0, "fragile"), (5.0, "fragile")])
def test_an_end_that_moves_a_difference_is_told_by_the_replicates_of_the_control(by, verdict):
    rng = np.random.default_rng(9)
    base = rng.normal(-2, 1, (len(OUTCOMES), 20))
    steps = 0.05 * rng.normal(0, 1, (len(OUTCOMES), 60, 2))
    steps[0, 7] += by
    control, changed, loose, ends = audit_of(steps, base)
    judged = judge_ends(control[OUTCOMES[0]], changed[OUTCOMES[0]], ends, loose)
    assert judged["end 7"].verdict == verdict
    one, plain = judged["end 7"], base[0].mean()
    assert one.mean == pytest.approx(plain + one.moved)
    assert one.high - one.low == pytest.approx(2 * 2.09 * base[0].std(ddof=1) / 20**0.5, rel=0.1)
    assert {name for name, each in judged.items() if each.verdict != "robust"} == {"end 7"}


def test_one_replicate_without_a_value_hides_no_move_of_the_others():
    """The spread was of all replicates or of none: whatever had no value made all else robust."""
    rng = np.random.default_rng(10)
    base = rng.normal(-2, 1, (len(OUTCOMES), 20))
    steps = 0.05 * rng.normal(0, 1, (len(OUTCOMES), 60, 3))
    steps[0, 7] += 1.0
    steps[0, 7, 0] = steps[0, 9, 0] = np.nan
    control, changed, loose, ends = audit_of(steps, base)
    judged = judge_ends(control[OUTCOMES[0]], changed[OUTCOMES[0]], ends, loose)
    assert judged["end 7"].verdict == "shifted"
    assert judged["end 9"].verdict == "robust"


def test_a_table_says_that_there_is_nothing_to_judge():
    nothing = judge_change(replicates([np.nan] * 3), replicates([np.nan] * 3), paired=True, tried=1)
    row = Row("pilot", "wait_median", "order", "residents in another order", nothing)
    found = Audit("baseline", 3, (row,), {"pilot": {"wait_median": (np.nan, np.nan, np.nan)}})
    line = next(each for each in write_table(found).splitlines() if "wait" in each)
    assert line.split() == ["Median", "wait", "not", "known", "nothing", "to", "judge"]
    record = found.to_json()["differences"]["pilot"]["wait_median"]
    assert record["verdict"] == "nothing to judge"
    # a change that could be judged has its say beside those that could not
    for verdict in ("robust", "shifted", "fragile"):
        assert worst(["nothing to judge", verdict]) == verdict


def test_a_change_that_does_nothing_is_robust():
    base = replicates(RNG.normal(-5, 1, 20))
    judged = judge_change(base, base, paired=True, tried=10)
    assert judged.verdict == "robust"
    assert judged.moved == 0.0


@pytest.mark.parametrize(
    ("shift", "verdict"), [(2.0, "shifted"), (5.0, "fragile"), (9.0, "fragile")]
)
def test_a_change_that_moves_the_answer_is_said(shift, verdict):
    base = RNG.normal(-5, 1, 20)
    changed = replicates(base + shift + RNG.normal(0, 0.1, 20))
    assert judge_change(replicates(base), changed, paired=True, tried=10).verdict == verdict


def test_a_difference_that_comes_from_nowhere_is_fragile():
    base = RNG.normal(0, 1, 20)
    changed = replicates(base + 3.0)
    assert judge_change(replicates(base), changed, paired=True, tried=1).verdict == "fragile"


@pytest.mark.parametrize(
    ("spread", "verdict"), [(0.1, "robust"), (4.0, "shifted"), (30.0, "fragile")]
)
def test_draws_must_point_one_way(spread, verdict):
    truths = np.repeat(-5 + spread * np.linspace(-2, 2, 40), 2)
    values = truths + RNG.normal(0, 0.5, 80)
    draws = np.repeat([f"draw {k}" for k in range(40)], 2)
    assert (
        judge_draws(replicates(RNG.normal(-5, 1, 20)), replicates(values, draws)).verdict == verdict
    )


def test_draws_that_are_only_more_runs_of_the_same_difference_make_it_no_fragile_one():
    """With twice the runs a difference became clear at the same size, and was called fragile."""
    control = replicates(np.array([-3.0, 1.0, 20.0, 4.0, 18.0, 8.0]))
    draws = np.repeat([f"draw {k}" for k in range(12)], 2)
    around = np.tile([-2.0, 2.0], 12) + np.repeat(np.linspace(-0.5, 0.5, 12), 2)
    same = judge_draws(control, replicates(8.0 + around, draws))
    assert same.verdict == "robust"
    assert same.least < 0.0 < same.most
    moved = judge_draws(control, replicates(40.0 + around, draws))
    assert moved.verdict == "fragile"
    assert 0.0 < moved.least < moved.moved < moved.most


def test_draws_that_do_not_differ_are_not_called_the_same_in_every_replicate():
    assert say_under("draws", -1.2, -1.2, -1.2) == "−1.2 (draws differ by no more than chance)"
    assert say_under("order", 3.0, 3.0, 3.0) == "3.0 (the same in every replicate)"


def test_the_plan_has_every_kind_of_change():
    scenarios = towns()
    plan = plan_audit(scenarios, draws=3, ends=True)
    assert plan[0] is CONTROL
    names = {change.name for change in plan}
    assert {"order", "labels", "streams", "seeds", "half", "double"} <= names
    assert {p.name for p in STRUCTURES} <= names
    assert {"draws", "assumptions"} <= names
    ends = list_ends(scenarios)
    assert {len([end for end in ends if end[0] == name]) for name, _ in ends} <= {1, 2}
    assert not [name for name, _ in ends if name.startswith("services.befriending")]
    assert [name for name, _ in ends if name.startswith("services.one_to_one_peer")]


def test_there_must_be_something_to_audit(tmp_path):
    sim.run(towns()[:1], replicates=1, workers=1, into=tmp_path)
    with pytest.raises(InvalidInput, match="no comparison to audit"):
        read_scenarios(tmp_path)
    assert read_audit(tmp_path) is None


def test_the_report_has_a_page_of_the_audit(tmp_path):
    sim.run(towns(), replicates=3, workers=1, into=tmp_path)
    before = write_report(tmp_path, "researcher", focus="peer-pilot").read_text(encoding="utf-8")
    assert f"kinwell audit {tmp_path}" in before
    found = judge_audit(live(ORDER, tmp_path), "baseline", ("phq_mean", "qalys"))
    file = tmp_path / "audit" / "audit.json"
    file.write_text(json.dumps(found.to_json()), encoding="utf-8")
    after = write_report(tmp_path, "researcher", focus="peer-pilot").read_text(encoding="utf-8")
    assert "Would the answer stand" in after
    assert "1 of 1" in after


def test_half_and_double_bring_to_size_only_what_grows_with_the_town(tmp_path):
    """Weeks of a runway are as many in a town of any size; by its unit it was taken for a count."""
    base = towns()[0]
    # more psychiatrists than the fund can pay for much longer
    dear = {"name": "dear", "services.psychiatry.staff.psychiatrist": 3.0}
    fund = {"funds.public-funds.amount": "USD 300_000 per year"}
    sim.run([base, base.with_(dear | fund)], replicates=2, workers=1, into=tmp_path)
    plain, doubled = (
        read_differences(tmp_path, "baseline", factor)["dear"] for factor in (1.0, 2.0)
    )
    for key, found in plain.items():
        as_large = key in {
            *("phq_mean", "ties_mean", "stigma_mean", "strain_mean"),
            *("wait_median", "wait_90th", "runway"),
        }
        expected = found.values if as_large else found.values / 2.0
        assert doubled[key].values == pytest.approx(expected, nan_ok=True), key
    assert plain["runway"].values.any()


CROWDED = {
    f"services.{name}.{key}": value
    for name in ("recovery-groups", "peer-specialists")
    for key, value in {
        "from": "week 0",
        "ramp": "0 weeks",
        "where": "everywhere",
        "outreach": "30%",
        "audience": {},
    }.items()
}


def order_by_key(world):
    return np.argsort(world.residents.key)


def test_the_order_of_rows_changes_nobody():
    """Bit by bit, with scarce places, beds and groups whose members fill their lists of ties."""
    scarce = {
        "population.residents": 900,
        "horizon": 60,
        "warm_up": 8,
        "services.ward.beds": 1,
        **CROWDED,
    }
    pilot = sim.load("peer-pilot").with_(scarce)
    plain, turned = Community(pilot, rng=5), reordered.Community(pilot, rng=5)
    ours, theirs = plain.run().summary, turned.run().summary
    assert not np.array_equal(plain.world.residents.key, turned.world.residents.key)
    for name, column in plain.world.residents.by_name().items():
        other = turned.world.residents.by_name()[name]
        first, second = column[order_by_key(plain.world)], other[order_by_key(turned.world)]
        assert np.array_equal(first, second, equal_nan=first.dtype.kind == "f"), name
    # sums are of the same numbers in another order
    assert {key: theirs[key] for key in ours} == pytest.approx(dict(ours), rel=1e-9, nan_ok=True)


def test_members_of_a_group_meet_in_the_order_of_keys():
    """A full list of ties takes no more, so that who meets first must not hang on the rows."""
    pilot = sim.load("peer-pilot").with_({"population.residents": 900, **CROWDED})
    community = reordered.Community(pilot, rng=5)
    while community.week < 60:
        community.step()
    r, o = community.world.residents, community.world.provision.offers
    members, ends = list_meeting(r, o)
    keys = np.split(r.key[members].astype(int), ends)
    assert [each.size for each in keys[:-1]] == (
        (r.care_service[:, :, None] == np.arange(o.key.size) + 1).sum(axis=(0, 1)) * o.friends
    ).tolist()
    assert max(each.size for each in keys) > 1
    assert all((np.diff(each) > 0).all() for each in keys)
