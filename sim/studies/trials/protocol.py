"""What the protocol of an arm does in a running town: pace, places, insurance, what is withheld."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.engine.random import ALONE, draw_for, name_key
from sim.state.codes import Access, KindParameter
from sim.state.staff import NOBODY
from sim.studies.trials.eligibility import COVERED_BY, find_rows
from sim.week.supply.hiring import start_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.scenario.designs.trial_arms import Course, Protocol
    from sim.studies.trials.follow_up import FollowUpLog
    from sim.week.world import World

TAKES_PART = np.uint64(name_key("takes part"))
ADULT_AGE = 18.0


def follow_course(world: World, service: int, course: Course, *, for_participants: bool) -> float:
    """Set pace, length and attendance of a service of the trial; contacts that a session stands
    for.

    The week holds one session of a service. Where several are offered in a week, one stands for
    them and takes people as far as they would. Nobody else comes in where it is for participants.
    """
    o = world.provision.offers
    if course.planned is not None:
        o.course[service] = course.planned
    if course.attendance is not None:
        o.no_show[service] = 1.0 - course.attendance
    for column, value in ((o.dose, course.dose), (o.dropout, course.leaving)):
        if value is not None:
            column[service] = value
    if course.meets is not None:
        o.kind_parameters[service, KindParameter.SHARE_REACHED] = course.meets
    if for_participants:
        # Only participants come in: the trial's staff are sized for them.
        o.access[service] = Access.NONE
        o.kind_parameters[service, KindParameter.OUTREACH] = 0.0
    return _set_pace(world, service, course)


def _set_pace(world: World, service: int, course: Course) -> float:
    o = world.provision.offers
    rate = float(o.frequency[service])
    if course.per_week is not None:
        rate = course.per_week
    elif course.every is not None:
        rate = 1.0 / course.every
    elif course.over is not None:
        attended = max(1.0 - float(o.no_show[service]), 1e-9)
        if o.course[service] == 0:
            # A kind without an end ends then: with what is attended of its own rhythm by that time.
            o.course[service] = max(1, round(rate * attended * course.over))
        else:
            # planned sessions are those attended: what is missed is offered again
            rate = float(o.course[service]) / course.over
            rate = min(max(rate, 1.0), rate / attended)
    together = max(rate, 1.0)
    o.frequency[service] = min(rate, 1.0)
    if together > 1.0:
        # Several contacts of one week take people as far as so many steps one after the other.
        o.dose[service] = 1.0 - (1.0 - o.dose[service]) ** together
        if o.course[service] > 0:
            o.course[service] = math.ceil(o.course[service] / together)
    return together


def attend_posts(world: World, services: list[int]) -> None:
    """See to it that the trial's posts are filled: a trial begins when its staff are there."""
    staff = world.provision.staff
    empty = np.isin(staff.service, services) & (staff.open == 1) & (staff.filled == 0)
    for k in np.flatnonzero(empty):
        # Trial staff come from outside: a resident at work would leave the sample.
        start_work(world, int(k), training=0)
        staff.resident[k] = NOBODY


def give_places(
    world: World, given: Mapping[int, Course], log: FollowUpLog, *, to_relatives: bool
) -> None:
    """Give participants (or an adult who lives with each) a place in each service when it begins
    for them, those who take it up, by a draw keyed by the participant.
    """
    r = world.residents
    for service, course in given.items():
        new = np.flatnonzero(_find_due(world, log, service, course) & (r.alive == 1))
        if not new.size:
            continue
        # Without a week: who takes part is the same in every arm that offers it.
        lot = draw_for(r.key[new], np.uint64(0), TAKES_PART, ALONE, world.seed)[:, 0]
        taking = new[lot < (1.0 if course.uptake is None else course.uptake)]
        for i in _find_relatives(world, taking) if to_relatives else taking:
            _enrol(world, int(i), service)


def _find_due(world: World, log: FollowUpLog, service: int, course: Course) -> NDArray[np.bool_]:
    """Participants for whom a service begins this week: in the week that is stated or, as a step of
    stepped care, in the first week from then on in which symptoms are as high as that.
    """
    begins = course.begins or 0
    if course.when_phq is None:
        return np.asarray(log.member & (log.since == begins))
    r = world.residents
    stepped = log.stepped.setdefault(service, np.zeros(log.member.size, bool))
    # A newcomer may have the row of somebody who moved away.
    here = log.member & (r.key == log.table["key"]) & (r.alive == 1)
    within = (log.since >= begins) & (log.since < log.trial.follow_up)
    due = here & within & ~stepped & (r.phq >= course.when_phq)
    stepped |= due
    return np.asarray(due)


def _enrol(world: World, i: int, service: int) -> None:
    r = world.residents
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
        home = np.flatnonzero(
            (r.household == r.household[i]) & (r.age >= ADULT_AGE) & (r.alive == 1)
        )
        home = home[home != i]
        if home.size:
            found.append(int(home[np.argmax(r.strain[home])]))
    return found


def insure(world: World, arm: Protocol, new: NDArray[np.int64]) -> None:
    """Insure new participants as the arm says."""
    if arm.insurance is not None:
        world.residents.insurance[new] = COVERED_BY[arm.insurance]


class Places(NamedTuple):
    """Who has which place and who waits where, (residents, slots) each."""

    service: NDArray[Any]
    since: NDArray[Any]
    sessions: NDArray[Any]
    waits_for: NDArray[Any]
    waits_since: NDArray[Any]


def note_places(world: World, arm: Protocol) -> Places | None:
    """Who has which place and waits where, if the arm keeps some."""
    return Places(*(column.copy() for column in _hold(world))) if arm.keep else None


def _hold(world: World) -> Places:
    r = world.residents
    return Places(r.care_service, r.care_since, r.care_sessions, r.wait_service, r.wait_since)


def keep_places(world: World, arm: Protocol, log: FollowUpLog, before: Places | None) -> None:
    """Give back the places that participants who hold to the protocol would have left this week;
    whoever got such a place instead goes on waiting. A place that is gone, as its staff are, cannot
    be kept.
    """
    if before is None:
        return
    r, now = world.residents, _hold(world)
    # Another number of the draw than that of taking part: the two must be independent.
    holds = draw_for(r.key, np.uint64(0), TAKES_PART, ALONE, world.seed)[:, 1] < arm.adherence
    rows = find_rows(world, arm.keep)
    back = (
        np.isin(before.service, rows)
        & (now.service == 0)
        & (log.member & holds & (r.alive == 1))[:, None]
    )
    # A place that they have found again meanwhile is not given twice.
    again = (now.service[:, :, None] == before.service[:, None, :]).any(axis=1)
    back &= ~again
    for column, earlier in zip(now[:3], before[:3], strict=True):
        column[back] = earlier[back]
    for place in rows:
        _wait_on(world, int(place), now, before)
        _leave(now, back & (before.service == place), _count_over(world, int(place), now))
    held = (now.waits_for[:, :, None] == now.service[:, None, :]).any(axis=2) & (now.waits_for > 0)
    now.waits_for[held] = now.waits_since[held] = 0


def _wait_on(world: World, place: int, now: Places, before: Places) -> None:
    """Put those who came last back on the list of a service that has more people than places."""
    has, over = now.service == place, _count_over(world, place, now)
    came = np.flatnonzero(has.any(axis=1) & ~(before.service == place).any(axis=1))
    waited = np.where(before.waits_for[came] == place, before.waits_since[came], world.week)
    # Those who came last go back: they have the place of somebody who kept it.
    last = came[np.argsort(-waited.min(axis=1), kind="stable")][:over]
    for column in now[:3]:
        column[last] = np.where(has[last], 0, column[last])
    for column, earlier in zip(now[3:], before[3:], strict=True):
        column[last] = earlier[last]


def _count_over(world: World, place: int, now: Places) -> int:
    """People in a service beyond its places."""
    o = world.provision.offers
    room = int(o.places[place - 1]) * int(o.open[place - 1])
    return max(int((now.service == place).sum()) - room, 0)


def _leave(now: Places, given: NDArray[np.bool_], over: int) -> None:
    """Take back so many places of those given (residents, slots), from the last resident on."""
    for row, slot in np.argwhere(given)[::-1][:over]:
        for column in now[:3]:
            column[row, slot] = 0


def withhold(world: World, arm: Protocol, log: FollowUpLog) -> None:
    """Take participants out of services that the arm withholds, and off their lists, unless they
    need them again.
    """
    if not arm.withhold:
        return
    r = world.residents
    rows = find_rows(world, arm.withhold)
    held = log.member.copy()
    if arm.until_phq is not None:
        log.back |= log.member & (r.phq >= arm.until_phq)
        held &= ~log.back
    for service, since in ((r.care_service, r.care_since), (r.wait_service, r.wait_since)):
        gone = np.isin(service, rows) & held[:, None]
        service[gone] = 0
        since[gone] = 0
