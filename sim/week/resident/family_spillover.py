"""What caregivers bring home from a course: part of phase 7, after everybody's own sessions.

A caregiver learns how to respond to an illness at home; whoever is ill there manages it better and
is better company. It begins only after as many sessions as the course needs before anything
changes. The few who learn write to those whom they live with, one after the other; gains only grow
towards a ceiling, so that their order changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop
from sim.state.codes import KindParameter, TieKind
from sim.state.enrolment import sort_places
from sim.state.residents import CARE_SLOTS
from sim.week.resident.care import gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World


def find_courses(world: World) -> NDArray[np.int64]:
    """Rows of services with people in them whose sessions change something at home."""
    passed_on = world.provision.for_kin.any(axis=1)
    return (
        np.flatnonzero(passed_on & (world.provision.offers.enrolled > 0))
        if passed_on.any()
        else np.empty(0, np.int64)
    )


def count_sessions(
    world: World, courses: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]]:
    """Who is in each course, in which slot, with how many sessions so far: taken before this week's
    sessions.
    """
    r = world.residents
    found: list[tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]] = []
    if not courses.size:
        return found
    first, places = sort_places(r.care_service, len(world.provision.names))
    for s in courses.tolist():
        rows, slots = np.divmod(places[first[s] : first[s + 1]], CARE_SLOTS)
        found.append((s, rows, slots, r.care_sessions[rows, slots].copy()))
    return found


def bring_home(
    world: World, before: list[tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]]
) -> None:
    """Let those at home who are in need gain by what caregivers learned this week.

    Somebody who finished or left this week took their last session home with the one before.
    """
    if not before:
        return
    r, o, p = world.residents, world.provision.offers, world.parameters.care
    for s, rows, slots, sessions in before:
        learned = (
            (r.care_sessions[rows, slots] > sessions)
            & (sessions >= o.kind_parameters[s, KindParameter.THRESHOLD])
            & (r.care_service[rows, slots] == s + 1)
        )
        if not learned.any():
            continue
        ties, learners = world.ties, rows[learned]
        others = ties.neighbour[learners][ties.kind[learners] == TieKind.HOME].astype(np.int64)
        others = others[others < r.key.size]
        others = others[world.find_need(others) & (r.alive[others] == 1)]
        for column, ceiling in zip(
            (r.self_management, r.connection), world.provision.for_kin[s].tolist(), strict=True
        ):
            gain_all(others, column, r.responsiveness, ceiling, o.dose[s], o.quality[s], p)


@loop
def gain_all(rows, column, responsiveness, ceiling, dose, quality, p):
    """Let each of these residents, one after the other, gain in a channel by what somebody brought
    home.
    """
    for i in rows:
        column[i] = gain(float(column[i]), ceiling, dose, quality, float(responsiveness[i]), p)
