"""Who hears of a service without looking for it: outreach, those who vouch for it, partners where
people learn and work.

Part of phase 1. Where nobody vouches and no partnership lasts, outreach is what services do
themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import rule
from sim.state.codes import Employment, KindParameter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.world import World

VOUCHES, COVERS, BUILDS = range(3)
"""Columns of `voice`."""
MET_AT = {"school": Employment.STUDENT, "employer": Employment.EMPLOYED}
"""Employment of the people who are met at a partner's."""


@rule
def grow_trust(trust, presence, builds):
    """Trust after a week, 0 to 1: follows presence, slowly, up and down."""
    return trust + (1.0 - np.exp(-1.0 / builds)) * (presence - trust)


def spread_word(world: World) -> None:
    """Set, for this week, whom each service reaches by itself, who vouches for it and who hands
    people on to it.
    """
    o = world.provision.offers
    if world.provision.voice.any():
        _vouch(world)
    o.outreach[:] = (o.kind_parameters[:, KindParameter.OUTREACH, None] * o.trust)[:, :, None]
    if world.scenario.partnerships:
        _work_with_partners(world)


def _vouch(world: World) -> None:
    """Organisers come to be trusted where they are present.

    A door that they vouch for is heard of more and weighs more.
    """
    o, voice = world.provision.offers, world.provision.voice
    o.trust[:] = 1.0
    r = world.residents
    there = np.bincount(r.neighbourhood[r.alive == 1], minlength=o.reach.shape[1])
    for s in np.flatnonzero(voice[:, VOUCHES]):
        presence = _be_present(world, int(s), there)
        world.trust[s] = [
            grow_trust(trust, here, voice[s, BUILDS])
            for trust, here in zip(world.trust[s], presence, strict=True)
        ]
        for t in np.flatnonzero(o.onward[s]):
            o.trust[t] = np.maximum(o.trust[t], np.exp(voice[s, VOUCHES] * world.trust[s]))


def _be_present(world: World, s: int, there: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far the posts of a service cover the residents of each neighbourhood that it serves, 0 to
    1; `there` counts them.
    """
    o, staff = world.provision.offers, world.provision.staff
    hours = float((staff.hours * staff.filled)[(staff.service == s) & (staff.open == 1)].sum())
    served = max(float((there * o.reach[s]).sum()), 1.0)
    covered = min(1.0, hours * world.provision.voice[s, COVERS] / served) if o.open[s] else 0.0
    return np.asarray(covered * o.reach[s], np.float64)


def _work_with_partners(world: World) -> None:
    """What partnerships that last this week add: people met at school or at work, people handed
    on.
    """
    provision, o = world.provision, world.provision.offers
    o.onward[:], o.kind_parameters[:, KindParameter.LINKS] = provision.partners, provision.hands_on
    rows = {name: s for s, name in enumerate(provision.names)}
    for agreement in world.scenario.partnerships.values():
        if not agreement.lasts(world.week):
            continue
        helped = [rows[name] for name in agreement.for_ if name in rows]
        if agreement.with_ in MET_AT:
            o.outreach[helped, :, MET_AT[agreement.with_]] += agreement.reach
        for s in (rows[name] for name in agreement.sends_from if name in rows):
            o.onward[s, [t for t in helped if t != s]] = 1
            o.kind_parameters[s, KindParameter.LINKS] = max(
                float(o.kind_parameters[s, KindParameter.LINKS]), agreement.sends
            )
