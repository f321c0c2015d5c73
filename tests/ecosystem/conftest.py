"""Small towns that differ in one service, paired by seed."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load

RESIDENTS, WARM_UP, HORIZON = 1_200, 8, 40
SEEDS = (3, 4)


@cache
def small_town():
    """Twelve hundred residents of the US town, followed for forty weeks; money enough for whatever is added."""
    return load("baseline").with_(
        {
            "population.residents": RESIDENTS,
            "warm_up": WARM_UP,
            "horizon": HORIZON,
            "funds.anything": {"source": "grant", "amount": "USD 5_000_000 per year"},
            # what a town of 10,000 has, brought down to size
            "services.community-therapy.staff.therapist": 2,
            "services.primary-care.caseload": 48,
            "services.psychiatry.caseload": 22,
        }
    )


@cache
def live(seed, added):
    """A community after forty weeks, with what was added, as JSON by path."""
    changes = json.loads(added)
    community = Community(small_town().with_(changes) if changes else small_town(), rng=seed)
    community.run()
    return community


class Pair:
    """The same towns with and without what was added."""

    def __init__(self, added):
        self.with_it = [live(seed, json.dumps(added)) for seed in SEEDS]
        self.without = [live(seed, "{}") for seed in SEEDS]

    def used(self, name="it"):
        """Rows of those who ever came, as far as the difference shows: their sessions in the table of places."""
        return sum(
            row["sessions"]
            for community in self.with_it
            for row in community.results().places
            if row["service"] == name
        )

    def shift(self, column, among=None):
        """Mean change of a column of residents: of all, or of those in `among`."""
        changes = []
        for a, b in zip(self.with_it, self.without, strict=True):
            r, s = a.world.residents, b.world.residents
            rows = (r.alive == 1) & (s.alive == 1)
            rows &= among(r) if among else True
            changes.append(
                float((getattr(r, column)[rows].astype(float) - getattr(s, column)[rows]).mean())
            )
        return float(np.mean(changes))

    def changed(self, column, least=1e-3):
        """Mean change of a column among those in whom it changed at all, and how many they are."""
        found = []
        for a, b in zip(self.with_it, self.without, strict=True):
            change = getattr(a.world.residents, column).astype(float) - getattr(
                b.world.residents, column
            )
            found.append(change[(np.abs(change) > least) & (a.world.residents.alive == 1)])
        every = np.concatenate(found)
        return (float(every.mean()) if every.size else 0.0), int(every.size)

    def total(self, key):
        """Sums of a summary outcome, with and without."""
        return tuple(
            sum(c.results().summary[key] for c in side) for side in (self.with_it, self.without)
        )

    def spent(self, category):
        """Money booked in a category, with and without."""
        return tuple(
            sum(
                amount
                for c in side
                for _, _, _, booked, amount in c.results().ledger
                if booked == category
            )
            for side in (self.with_it, self.without)
        )


@pytest.fixture(scope="session")
def usual():
    """One small town after forty weeks, as it is; do not change it."""
    return live(SEEDS[0], "{}")


@pytest.fixture
def pair():
    """Give a function that lives the same towns with and without something."""
    return Pair
