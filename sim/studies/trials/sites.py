"""Live a trial's towns: from one past, a copy of the town for each arm, in which all who are
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
from sim.engine.random import ALONE, draw_for, name_key
from sim.scenario.library import load
from sim.services.catalogue import KINDS
from sim.state.services import MET, NO_ACCESS, OUTREACH
from sim.state.staff import NOBODY
from sim.studies.trials.eligibility import expect_bed, find_rows, is_eligible
from sim.studies.trials.follow_up import FollowUpLog
from sim.week.supply.hiring import start_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial
    from sim.scenario.designs.trial_parts import Protocol
    from sim.scenario.scenario import Scenario
    from sim.week.start.initialisation import Snapshot
    from sim.week.world import World

FUND = "trial-grant"
ENOUGH_MONEY = "100_000_000 per year"
TAKES_PART = np.uint64(name_key("takes part"))
ADULT = 18.0


class Site(NamedTuple):
    """One town of a trial: its seed and the parameters that differ from the evidence."""

    trial: Trial
    seed: int
    draw: Mapping[str, float]


def find_missing(trial: Trial) -> list[str]:
    """Kinds of services that the trial needs and the model does not have."""
    kinds = [str(service.get("kind", "?")) for service in trial.services.values()]
    return [kind for kind in kinds if kind not in KINDS]


def live_site(site: Site) -> dict[str, NDArray[np.float64]]:
    """Records of all eligible people of a town by arm: (people, columns of
    `trial_book.COLUMNS`).
    """
    base = load(site.trial.scenario)
    follow = site.trial.recruit_over + site.trial.follow_up + 2
    base = base.with_({"horizon": follow, "warm_up": site.trial.lived_before})
    with closing(Community(base, rng=site.seed, draw=dict(site.draw))) as community:
        past = community.warm_up().snapshot()
    found: dict[str, NDArray[np.float64]] = {}
    for name, arm in site.trial.arms.items():
        found[name] = _live_arm(site.trial, arm, base, past)
    return found


def equip(base: Scenario, trial: Trial, arm: Protocol) -> Scenario:
    """The town of an arm: with its service and a grant that pays for it."""
    if not arm.give:
        return base
    declared: dict[str, Any] = {
        f"services.{given}": {"from": "week 0"} | dict(trial.services[given]) for given in arm.give
    }
    grant = {
        "source": "grant",
        "amount": f"{base.currency} {ENOUGH_MONEY}",
        "from": "week 0",
        "only_for": list(arm.give),
    }
    return base.with_({**declared, f"funds.{FUND}": grant})


def _live_arm(trial: Trial, arm: Protocol, base: Scenario, past: Snapshot) -> NDArray[np.float64]:
    scenario = equip(base, trial, arm)
    with closing(Community.resume(scenario, past)) as community:
        world = community.world
        services = [world.provision.names.index(given) for given in arm.give]
        for service in services:
            _follow_protocol(world, service, arm)
        book = FollowUpLog(trial, world)
        for week in range(trial.recruit_over + trial.follow_up):
            _attend_posts(world, services)
            _withhold(world, arm, book)
            bed = expect_bed(world)
            places = _note_places(world, arm)
            community.step()
            _keep_places(world, arm, book, places)
            book.note(world)
            if week < trial.recruit_over:
                new = np.flatnonzero(is_eligible(trial.eligible, world, bed) & ~book.member)
                book.recruit(world, new)
                for service in services if arm.offered_to != "everybody" else ():
                    _give_places(world, service, new, arm)
        return book.records()


def _follow_protocol(world: World, service: int, arm: Protocol) -> None:
    """Set pace, length and attendance of the trial's service.

    Nobody else comes in where it is for participants.
    """
    o = world.provision.offers
    if arm.sessions is not None:
        o.course[service] = arm.sessions
    if arm.attendance is not None:
        o.no_show[service] = 1.0 - arm.attendance
    if arm.over is not None and o.course[service] > 0:
        o.frequency[service] = min(
            1.0, o.course[service] / max(arm.over, 1) / max(1.0 - o.no_show[service], 1e-9)
        )
    for column, value in ((o.dose, arm.dose), (o.dropout, arm.leaving)):
        if value is not None:
            column[service] = value
    if arm.meets is not None:
        o.kind_parameters[service, MET] = arm.meets
    if arm.offered_to != "everybody":
        o.access[service] = NO_ACCESS
        o.kind_parameters[service, OUTREACH] = 0.0


def _attend_posts(world: World, services: list[int]) -> None:
    """See to it that the trial's posts are filled: a trial begins when its staff are there."""
    staff = world.provision.staff
    for k in np.flatnonzero(
        np.isin(staff.service, services) & (staff.open == 1) & (staff.filled == 0)
    ):
        start_work(world, int(k), training=0)
        staff.resident[k] = NOBODY


def _give_places(world: World, service: int, new: NDArray[np.int64], arm: Protocol) -> None:
    """Give new participants (or an adult who lives with each) a place, those who take it up, by a
    draw keyed by the participant.
    """
    r = world.residents
    takes = (
        draw_for(r.key[new], np.uint64(0), TAKES_PART, ALONE, world.seed)[:, 0] < arm.uptake
        if new.size
        else np.zeros(0, bool)
    )
    for i in new[takes] if arm.offered_to == "participants" else _find_relatives(world, new[takes]):
        free = np.flatnonzero(r.care_service[i] == 0)
        if free.size and not (r.care_service[i] == service + 1).any():
            r.care_service[i, free[0]] = service + 1
            r.care_since[i, free[0]] = world.week
            r.care_sessions[i, free[0]] = 0
            world.provision.offers.enrolled[service] += 1


def _find_relatives(world: World, new: NDArray[np.int64]) -> list[int]:
    """For each participant the adult of the household who bears most of the care, if somebody is
    there.
    """
    r, found = world.residents, []
    for i in new:
        home = np.flatnonzero((r.household == r.household[i]) & (r.age >= ADULT) & (r.alive == 1))
        home = home[home != i]
        if home.size:
            found.append(int(home[np.argmax(r.strain[home])]))
    return found


def _note_places(world: World, arm: Protocol) -> tuple[NDArray[np.generic], ...]:
    """Who has which place, where the arm keeps some."""
    r = world.residents
    return (r.care_service.copy(), r.care_since.copy(), r.care_sessions.copy()) if arm.keep else ()


def _keep_places(
    world: World, arm: Protocol, book: FollowUpLog, places: tuple[NDArray[np.generic], ...]
) -> None:
    """Give back the places that participants who hold to the protocol would have left this week."""
    if not arm.keep:
        return
    r = world.residents
    holds = draw_for(r.key, np.uint64(0), TAKES_PART, ALONE, world.seed)[:, 1] < arm.adherence
    rows = find_rows(world, arm.keep)
    back = (
        np.isin(places[0], rows)
        & (r.care_service == 0)
        & (book.member & holds & (r.alive == 1))[:, None]
    )
    columns: tuple[NDArray[Any], ...] = (r.care_service, r.care_since, r.care_sessions)
    for column, before in zip(columns, places, strict=True):
        column[back] = before[back]


def _withhold(world: World, arm: Protocol, book: FollowUpLog) -> None:
    """Take participants out of services that the arm withholds, and off their lists, unless they
    need them again.
    """
    if not arm.withhold:
        return
    r = world.residents
    rows = find_rows(world, arm.withhold)
    held = book.member.copy()
    if arm.until_phq is not None:
        book.back |= book.member & (r.phq >= arm.until_phq)
        held &= ~book.back
    for service, since in ((r.care_service, r.care_since), (r.wait_service, r.wait_since)):
        gone = np.isin(service, rows) & held[:, None]
        service[gone] = 0
        since[gone] = 0
