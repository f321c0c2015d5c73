"""Fits on towns whose answer is known: a made-up response to the levers, with each seed's chance."""

from contextlib import contextmanager

import numpy as np
import pytest

from sim.errors import InvalidInput, Refused
from sim.evidence.loader import all_evidence
from sim.places.declaration import Place
from sim.places.figures import fitting
from sim.places.figures.adjusting import describe_fit, hold_half
from sim.places.figures.definitions import all_definitions, all_levers
from sim.places.figures.levers import choose_levers
from sim.places.figures.measures import MEASURES
from sim.places.figures.targets import Aim
from sim.scenario.library import load

TRUE = {
    "people.trait_mean": 0.12,
    "seeking.seeking": 0.35,
    "crisis.crisis": 0.45,
    "crisis.admission": 0.25,
}
"""Shifts of the levers in the town that is to be recovered, each on its own scale."""
FIGURES = (
    "depression",
    "treated",
    "emergency-visits-per-1000-adults",
    "psychiatric-admissions-per-1000-adults",
)
MORE = ("lonely", "bed-days", "counselled")
CHANCE = 0.04


def respond(draw, chance):
    """Measures of a made-up town: trait feeds all, each lever its own, and those after it."""
    at = {
        name: (np.log(draw[name]) if lever.scale == "log" else draw[name])
        - (
            np.log(all_evidence()[name].value)
            if lever.scale == "log"
            else all_evidence()[name].value
        )
        for name, lever in all_levers().items()
    }
    ill, seek, crisis, bed = (at[name] for name in TRUE)
    logs = {
        "depression": np.log(0.08) + 1.8 * ill,
        "lonely": np.log(0.4) + 0.7 * ill,
        "treated": np.log(0.2) + 0.9 * ill + 0.6 * seek,
        "counselled": np.log(0.1) + 0.9 * ill + 0.7 * seek,
        "emergency_per_1000": np.log(20.0) + 1.2 * ill - 0.1 * seek + 0.8 * crisis,
        "admissions_per_1000": np.log(6.0) + 1.3 * ill - 0.1 * seek + 0.8 * crisis + 0.7 * bed,
        "bed_days": np.log(900.0) + 1.3 * ill + 0.8 * crisis + 0.7 * bed,
    }
    names = list(MEASURES)
    row = np.full(len(names) + 2, 0.5)
    for k, (name, value) in enumerate(logs.items()):
        row[names.index(name)] = np.exp(value + CHANCE * chance[k])
    return row


def run_towns(towns):
    return np.array(
        [respond(town.draw, np.random.default_rng(town.seed).standard_normal(8)) for town in towns]
    )


@pytest.fixture
def made_up(monkeypatch):
    @contextmanager
    def open_made_up(_workers, _advance):
        yield run_towns

    monkeypatch.setattr(fitting, "open_ensemble", open_made_up)


def make_aims(shifts, names=FIGURES, tolerance=0.1):
    """What towns with shifted levers have on average, on seeds of their own."""
    levers = list(all_levers().values())
    town, rows = fitting._settle_levels(load("us-town"), levers)
    towns = [
        fitting.Town(town, 1.0, 50_000 + k, fitting.shift_draw(row, levers, shifts))
        for k, row in enumerate(rows)
    ]
    means = run_towns(towns).mean(axis=0)
    aims = []
    for name in names:
        definition = all_definitions()[name]
        value = float(means[list(MEASURES).index(definition.measure)])
        bounds = value * (1 - tolerance), value * (1 + tolerance)
        aims.append(Aim(name, definition, value, None, value, *bounds, True, "level", 2023, "-"))
    return aims


def fit(aims, context=None):
    place = Place(kind="place", title="Made up", context=context or {})
    return fitting.fit_levels(load("us-town"), place, aims, 1, 1, lambda: None)


@pytest.mark.usefixtures("made_up")
def test_shifted_levers_are_recovered_from_four_figures_on_seeds_that_were_not_fitted(monkeypatch):
    # Of forty towns one or two agree, before as after: too few to say by how many more.
    monkeypatch.setattr(fitting, "FRESH_TOWNS", 200)
    found = fit(make_aims(TRUE))
    assert set(found.levers) == set(TRUE)
    for name, (_, shift) in found.levers.items():
        assert shift == pytest.approx(TRUE[name], abs=0.12), name
    for aim, before, after in zip(found.aims, found.before, found.after, strict=True):
        assert aim.low <= after <= aim.high, aim.name  # of fresh draws and seeds
        assert not aim.low <= before <= aim.high, aim.name
    assert found.effective[1] > 3 * found.effective[0]


@pytest.mark.usefixtures("made_up")
def test_half_of_the_figures_predict_the_rest():
    aims = hold_half(make_aims(TRUE, (*FIGURES[:1], *MORE[:1], *FIGURES[1:2], *MORE[2:])))
    assert [aim.fit for aim in aims] == [True, False, True, False]
    record = describe_fit(fit(aims))
    assert record["held_out"] == {"figures": 2, "inside": 2, "covered": 2}
    with pytest.raises(InvalidInput, match="half of the figures cannot be held out"):
        hold_half(aims[:1])


@pytest.mark.usefixtures("made_up")
def test_where_the_default_posterior_agrees_no_lever_moves():
    found = fit(make_aims({}, tolerance=0.9))
    assert not any(shift for _, shift in found.levers.values())
    assert found.before == found.after
    assert found.weighted


@pytest.mark.usefixtures("made_up")
def test_a_figure_outside_moves_a_lever_though_enough_draws_agree():
    found = fit(make_aims({"seeking.seeking": 0.25}, FIGURES[1:2]))
    (aim,), (before,), (after,) = found.aims, found.before, found.after
    assert found.effective[0] >= fitting.DRAWS_ENOUGH
    assert not aim.low <= before <= aim.high
    assert aim.low <= after <= aim.high


@pytest.mark.usefixtures("made_up")
def test_a_lever_at_its_bound_and_one_outside_the_evidence_are_warned_of():
    far = fit(make_aims({"people.trait_mean": 0.9}, FIGURES[:1]))
    assert any("ended at its bound" in line for line in far.warnings)
    outside = fit(make_aims({"seeking.seeking": 0.4}, FIGURES[1:2], 0.05))
    assert any("left the range of the evidence" in line for line in outside.warnings)


@pytest.mark.usefixtures("made_up")
def test_more_knobs_than_figures_are_refused():
    context = {name: (lever.low, lever.high) for name, lever in all_levers().items()}
    with pytest.raises(InvalidInput, match="4 levers for 3 local figures"):
        fit(make_aims(TRUE, FIGURES[:3]), context)
    place = Place(kind="place", title="Made up")
    assert len(choose_levers(place, make_aims(TRUE, FIGURES[:2]))) == 2


def test_six_beds_cap_admissions_and_both_numbers_are_said():
    town = load("us-town").with_({"services.ward.beds": 6})
    (aim,) = make_aims({}, ("psychiatric-admissions-per-1000-adults",))
    much = aim._replace(low=60.0, high=80.0, value=70.0)
    with pytest.raises(Refused, match=r"60 and more .* but 6 beds allow \d+"):
        fitting.refuse_impossible(town, [much], 1.0)
    fitting.refuse_impossible(town, [aim], 1.0)
    fitting.refuse_impossible(town, [much._replace(fit=False)], 1.0)
