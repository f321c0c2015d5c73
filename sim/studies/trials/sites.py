"""Run a trial's towns: from one past, a copy of the town for each arm, in which all who are
eligible get what the arm gives.

Everybody's outcome is so known under every arm; `trial` draws participants and allocates them.
Services are given by taking a place in them: sessions, misses, gains and leaving are the engine's
own.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.community import Community
from sim.scenario.library import load
from sim.services.catalogue import KINDS
from sim.studies.trials.eligibility import expect_bed, is_eligible
from sim.studies.trials.follow_up import FollowUpLog
from sim.studies.trials.protocol import (
    attend_posts,
    follow_course,
    give_places,
    insure,
    keep_places,
    note_places,
    withhold,
)
from sim.week.conservation.repeating import repeated_as_a_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_arms import Protocol
    from sim.scenario.scenario import Scenario
    from sim.week.start.initialisation import Snapshot
    from sim.week.world import World

TRIAL_FUND = "trial-grant"
ENOUGH_MONEY = "100_000_000 per year"


class Site(NamedTuple):
    """One town of a trial: its seed and the parameters that differ from the evidence."""

    trial: Trial
    seed: int
    draw: Mapping[str, float]


def find_missing(trial: Trial) -> list[str]:
    """Kinds of services that the trial needs and the model does not have."""
    kinds = [str(service.get("kind", "?")) for service in trial.services.values()]
    return [kind for kind in kinds if kind not in KINDS]


@repeated_as_a_whole()
def run_site(site: Site) -> dict[str, NDArray[np.float64]]:
    """Records of all eligible people of a town by arm: (people, columns of
    `follow_up.FOLLOW_UP_COLUMNS`).
    """
    base = load(site.trial.town)
    follow = site.trial.recruit_over + site.trial.follow_up + 2
    base = base.with_({"horizon": follow, "warm_up": site.trial.warm_up})
    with closing(Community(base, rng=site.seed, draw=dict(site.draw))) as community:
        past = community.warm_up().snapshot()
    found: dict[str, NDArray[np.float64]] = {}
    for name, arm in site.trial.arms.items():
        found[name] = _run_arm(site.trial, arm, base, past)
    return found


def equip(base: Scenario, trial: Trial, arm: Protocol) -> Scenario:
    """The town of an arm: with its service and a grant that pays for it."""
    if not arm.give:
        return base
    # From week 0 on, because the arms share one past.
    declared: dict[str, Any] = {
        f"services.{given}": {"from": "week 0"} | dict(trial.services[given]) for given in arm.give
    }
    grant = {
        "source": "grant",
        "amount": f"{base.currency} {ENOUGH_MONEY}",
        "from": "week 0",
        "only_for": list(arm.give),
    }
    return base.with_({**declared, f"funds.{TRIAL_FUND}": grant})


def _run_arm(trial: Trial, arm: Protocol, base: Scenario, past: Snapshot) -> NDArray[np.float64]:
    scenario = equip(base, trial, arm)
    with closing(Community.resume(scenario, past)) as community:
        world = community.world
        given = {world.provision.names.index(name): course for name, course in arm.courses.items()}
        everybody = arm.offered_to == "everybody"
        per_session = {
            service: follow_course(world, service, course, for_participants=not everybody)
            for service, course in given.items()
        }
        log = FollowUpLog(trial, world, given, per_session)
        for week in range(trial.recruit_over + trial.follow_up):
            _run_week(community, arm, log, list(given))
            if week < trial.recruit_over:
                _recruit(trial, world, arm, log)
            if not everybody:
                give_places(world, given, log, to_relatives=arm.offered_to == "relatives")
        return log.records()


def _run_week(community: Community, arm: Protocol, log: FollowUpLog, services: list[int]) -> None:
    world = community.world
    attend_posts(world, services)
    community.conservation.note_posts(world)
    withhold(world, arm, log)
    log.watch(world, expect_bed(world))
    places = note_places(world, arm)
    community.step()
    keep_places(world, arm, log, places)
    log.note(world)


def _recruit(trial: Trial, world: World, arm: Protocol, log: FollowUpLog) -> None:
    new = np.flatnonzero(is_eligible(trial.eligible, world, log.bed) & ~log.member)
    log.recruit(world, new)
    insure(world, arm, new)
