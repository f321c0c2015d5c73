"""Known levers of the two real towns that ship are found again from four of their figures: minutes, so only
when asked for (`pytest -m slow tests/sim/places/test_recovery.py`).
"""

import numpy as np
import pytest

import sim
from sim.places.declaration import Place
from sim.places.figures import fitting
from sim.places.figures.definitions import all_definitions, all_levers
from sim.places.figures.ensemble import Town, open_ensemble, shrink
from sim.places.figures.measures import MEASURES
from sim.places.figures.targets import Aim
from sim.scenario.library import find_shelf

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

TRUE = {
    "people.trait_mean": 0.12,
    "seeking.seeking": -0.4,
    "crisis.crisis": 0.4,
    "crisis.admission": -0.3,
}
"""Shifts of the levers in the town that is to be recovered, each on its own scale."""
FITTED = (
    "depression",
    "treated",
    "emergency-visits-per-1000-adults",
    "psychiatric-admissions-per-1000-adults",
)
HELD_OUT = ("lonely", "bed-days", "counselled")
TOWNS, FIRST_SEED, TOLERANCE = 80, 50_000, 0.06
FULL = 0.9
"""Share of its beds in use from which a ward is full."""


def make_aims(town):
    """Figures of towns with shifted levers, of draws and seeds that the fit does not use."""
    levers = list(all_levers().values())
    small, share = shrink(town, fitting.LARGEST_TOWN)
    small, rows = fitting._settle_levels(small, levers)
    towns = [
        Town(small, share, FIRST_SEED + k, fitting.shift_draw(rows[-1 - k], levers, TRUE))
        for k in range(TOWNS)
    ]
    with open_ensemble(2, lambda: None) as run_towns:
        means = np.nanmean(run_towns(towns), axis=0)
    aims = []
    for name in (*FITTED, *HELD_OUT):
        definition = all_definitions()[name]
        value = float(means[list(MEASURES).index(definition.measure)])
        low, high = value * (1.0 - TOLERANCE), value * (1.0 + TOLERANCE)
        aims.append(
            Aim(name, definition, value, None, value, low, high, name in FITTED, "level", 2023, "-")
        )
    return aims


@pytest.mark.parametrize(
    ("place", "untold"),
    [
        ("albemarle", {}),
        # its ward is full, so that admissions hardly tell how readily a bed is given
        ("trafford", {"crisis.admission": "psychiatric-admissions-per-1000-adults"}),
    ],
)
def test_known_levers_of_a_real_town_are_found_and_what_was_held_out_is_predicted(
    place, untold, request
):
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("known levers of two real towns: pytest -m slow")
    town = sim.load(find_shelf() / "places" / place / "as-is.yaml")
    found = fitting.fit_levels(
        town, Place(kind="place", title=place), make_aims(town), 1, 2, lambda: None
    )
    for name in found.levers.keys() - untold.keys():
        shift = found.levers[name][1]
        assert shift == pytest.approx(TRUE[name], abs=0.15), name
    assert not untold or found.room["ward"] > FULL
    for aim, after in zip(found.aims, found.after, strict=True):
        if aim.name not in untold.values():
            allowed = TOLERANCE if aim.fit else 2 * TOLERANCE
            assert abs(after / aim.value - 1.0) < allowed, aim.name
