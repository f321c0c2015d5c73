"""What peers do for those whom they serve, held against what meta-analyses say of them."""

from __future__ import annotations

import numpy as np

from sim.community import Community
from sim.scenario.library import load

PUBLISHED = 0.66, 1.13
"""PS-07: risk ratio of admission 0.86, of nineteen trials of one-to-one peer support."""
SEEDS = (1, 2, 3, 4)


def follow_served(seed):
    """Admissions expected of people in the pilot from their first session on, and of the same people without it."""
    base = Community(load("baseline"), rng=seed).warm_up()
    without, pilot = (
        Community.resume(load(name), base.snapshot()) for name in ("baseline", "peer-pilot")
    )
    served = np.zeros(base.world.residents.key.size, bool)
    place = pilot.world.provision.names.index("peer-specialists") + 1
    found = np.zeros(2)
    while pilot.week < pilot.declared.horizon:
        pilot.step()
        without.step()
        ours, theirs = pilot.world.residents, without.world.residents
        # Those who have left since are followed no longer: their rows are other people's.
        here = served & (ours.key == base.world.residents.key) & (theirs.key == ours.key)
        found += ours.admission_chance[here].sum(), theirs.admission_chance[here].sum()
        served |= ((ours.care_service == place) & (ours.care_sessions > 0)).any(axis=1)
    return found


def test_people_whom_peers_serve_have_as_many_admissions_as_trials_say():
    pilot, without = np.sum([follow_served(seed) for seed in SEEDS], axis=0)
    low, high = PUBLISHED
    assert low < pilot / without < high
    # Nearer to the pooled estimate than no effect is, and than one of double the size.
    assert 0.79 < pilot / without < 0.93
