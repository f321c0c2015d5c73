"""What lies behind people when a town begins: events, company, illness and stays of the time
before, by the rules of the week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.fast_math import chance_of, log
from sim.engine.kernels import inner, table
from sim.engine.random import ALONE, uniforms
from sim.state.draw_streams import Stream
from sim.week.resident.crisis import add_lasting, add_recent, expect_admission, expect_crisis
from sim.week.resident.phases import run_phases
from sim.week.supply.ward import MOST_ADMISSIONS

if TYPE_CHECKING:
    from sim.week.world import World

SETTLING = 26
"""Weeks of life, company and symptoms before the burn-in, without services."""
WEEKS_KEPT = 104
"""Weeks back from the burn-in in which stays in the ward still matter."""
LONG_AGO, NEARLY, NEVER_SOON = 9_999.0, 0.999_999, 1e-300
"""Weeks since a stay that left no trace; the largest chance that a logarithm takes; a weekly rate
that is as good as none, above 0 because it is divided by it.
"""


def run_burn_in(world: World) -> None:
    """Let people come to rest in their lives and homes before anything is offered, and give the ill
    their stays of before.
    """
    r, begin, given = world.residents, world.week, world.parameters
    # Nobody grows older or dies before the town begins.
    world.parameters = given._replace(
        life=given.life._replace(mortality=0.0, suicide=0.0, years_per_week=0.0)
    )
    # Services are left out: they belong to a scenario, and this time to the people alone.
    for world.week in range(begin - SETTLING, begin):
        run_phases(("experience_events", "socialise", "update_symptoms"), world, 0, r.key.size)
        world.publish()
    world.week, world.parameters = begin, given
    recall_stays(r, WEEKS_KEPT, given.crisis, world.seed)
    # Traces of these weeks are not events of the town's first one.
    r.happened[:] = 0


@inner
def expect_stay(i, since, r, p):
    """Weekly chance of an admission of resident i, `since` weeks after the last one."""
    severe, psychotic = r.severe[i] == 1, r.psychotic[i] == 1
    phq, frailty = float(r.phq[i]), float(r.frailty[i])
    lasting, recent = add_lasting(frailty, severe, psychotic, p), add_recent(since, False, since, p)
    crisis = expect_crisis(phq, lasting, recent, float(r.event_load[i]), 0.0, False, p)
    needs = expect_admission(phq, frailty, severe, psychotic, since, p)
    return chance_of(crisis) * p.to_emergency * needs


@table
def recall_stays(r, weeks, p, seed):
    """Stays of the last `weeks` weeks, by the symptoms of today: the first drawn at once, others
    week by week, as one brings the next.
    """
    for i in range(r.key.size):
        # The first stay by inversion of the geometric distribution: one draw instead of a hundred
        # for the many who have none.
        first, _, _, _ = uniforms(r.key[i], ALONE, Stream.PAST, ALONE, seed)
        rate = -log(1.0 - min(expect_stay(i, LONG_AGO, r, p), NEARLY))
        waited = -log(first) / max(rate, NEVER_SOON)
        if waited >= weeks:
            continue
        since = 0.0
        r.admissions[i] = 1
        # Week by week from here, since a stay raises the chance of the next for some time.
        for week in range(int(waited) + 1, weeks):
            again, _, _, _ = uniforms(r.key[i], np.uint64(week), Stream.PAST, ALONE, seed)
            since += 1.0
            if again < expect_stay(i, since, r, p):
                since = 0.0
                r.admissions[i] = min(r.admissions[i] + 1, MOST_ADMISSIONS)
        r.discharged[i] = int(since)
        r.since_need[i] = int(since)
        r.since_crisis[i] = int(since)
