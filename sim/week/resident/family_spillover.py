"""What caregivers bring home from a course: part of phase 7, after everybody's own sessions.

A caregiver learns how to respond to an illness at home; whoever is ill there manages it better and
is better company. It begins only after as many sessions as the course needs before anything
changes. The few who learn write to those whom they live with, one after the other; gains only grow
towards a ceiling, so that their order changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, part
from sim.state.codes import KindParameter, TieKind
from sim.state.residents import CARE_SLOTS
from sim.state.ties import TIE_SLOTS
from sim.week.resident.care import gain
from sim.week.resident.help_seeking import is_in_need

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

OF_SELF_MANAGEMENT, OF_CONNECTION = 0, 1
"""Columns of `for_kin`."""


def note_sessions(world: World) -> NDArray[np.int16] | None:
    """Sessions that everybody has had in each place, before this week's; None where nothing that is
    learned in any service is brought home.
    """
    # Copied, because phase 7 overwrites it; only where something is brought home, which few towns
    # have.
    learned = np.count_nonzero(world.provision.for_kin)
    return world.residents.care_sessions.copy() if learned else None


def apply_family_spillover(world: World, before: NDArray[np.int16] | None) -> None:
    """Let those at home who are in need gain by what caregivers learned this week.

    Somebody who finished or left this week took their last session home with the one before.
    """
    if before is None:
        return
    p = world.parameters
    spread_gains(
        world.residents,
        world.provision.offers,
        world.ties,
        before,
        world.provision.for_kin,
        p.seeking.need_phq,
        p.care,
    )


@loop
def spread_gains(r, o, ties, before, for_kin, need_phq, p):
    """Service after service, everybody in it who had a session since `before` tells those at home.

    for_kin (n_services, 2): ceilings of what they gain.
    """
    for s in range(o.key.size):
        if o.enrolled[s] == 0 or (
            for_kin[s, OF_SELF_MANAGEMENT] == 0.0 and for_kin[s, OF_CONNECTION] == 0.0
        ):
            continue
        # The course must have taught something first: its own threshold holds for those at home,
        # too.
        from_session = o.kind_parameters[s, KindParameter.THRESHOLD]
        for i in range(r.key.size):
            for slot in range(CARE_SLOTS):
                if (
                    r.care_service[i, slot] == s + 1
                    and r.care_sessions[i, slot] > before[i, slot]
                    and before[i, slot] >= from_session
                ):
                    support_household(i, s, r, o, ties, for_kin, need_phq, p)


@part
def support_household(i, s, r, o, ties, for_kin, need_phq, p):
    """Let those who live with resident i and are in need gain."""
    for slot in range(TIE_SLOTS):
        # Lists of ties are filled from the front: the first empty slot ends them.
        other = ties.neighbour[i, slot]
        if other == r.key.size:
            break
        if ties.kind[i, slot] != TieKind.HOME or r.alive[other] == 0:
            continue
        # Nothing to manage where nobody is ill: those who are well would gain from a course about
        # an illness that they do not have.
        if not is_in_need(float(r.phq[other]), r.severe[other] == 1, r.episode[other], need_phq):
            continue
        dose, quality, answer = o.dose[s], o.quality[s], float(r.responsiveness[other])
        r.self_management[other] = gain(
            float(r.self_management[other]),
            for_kin[s, OF_SELF_MANAGEMENT],
            dose,
            quality,
            answer,
            p,
        )
        r.connection[other] = gain(
            float(r.connection[other]), for_kin[s, OF_CONNECTION], dose, quality, answer, p
        )
