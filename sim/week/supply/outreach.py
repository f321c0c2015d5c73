"""Who hears of a service without looking for it: outreach, those who vouch for it, partners where
people learn and work.

Part of phase 1. Where nobody vouches and no partnership lasts, outreach is what services do
themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import loop, part, rule
from sim.state.codes import Employment, KindParameter
from sim.state.groups import Meetings

if TYPE_CHECKING:
    from sim.week.world import World

VOUCHES, COVERS, BUILDS = range(3)
"""Columns of `voice`."""
MET_AT = {"school": Employment.STUDENT, "employer": Employment.EMPLOYED}
"""Employment of the people who are met at a partner's."""


@rule
def grow_trust(trust, presence, builds):
    """Trust after a week, 0 to 1: follows presence, slowly, up and down."""
    # The exponential form is the exact solution over one week, and cannot overshoot.
    return trust + (1.0 - np.exp(-1.0 / builds)) * (presence - trust)


@loop
def set_outreach(o):
    """What services do themselves reaches the more the further those who vouch for them are
    trusted.
    """
    # Set anew, since last week's partners may have added to it.
    for s in range(o.key.size):
        share = o.kind_parameters[s, KindParameter.OUTREACH]
        for area in range(o.trust.shape[1]):
            for work in range(o.outreach.shape[2]):
                o.outreach[s, area, work] = share * o.trust[s, area]


@loop
def meet_at_partners(o, service, employment, reach):
    """Add those whom services meet where people learn and work: as `Meetings`."""
    for k in range(service.size):
        for area in range(o.trust.shape[1]):
            o.outreach[service[k], area, employment[k]] += reach[k]


@loop
def vouch(r, o, staff, voice, trust):
    """Organisers come to be trusted where they are present, `trust` (n_services, neighbourhoods).

    A service that they vouch for is heard of more and weighs more.
    """
    # 1 is the weight of somebody unknown: its logarithm adds nothing to the utility.
    o.trust[:] = 1.0
    there = np.zeros(trust.shape[1], np.int64)
    for i in range(r.key.size):
        # Recounted every week: people move, and the dead need no organiser.
        there[r.neighbourhood[i]] += 1 if r.alive[i] == 1 else 0
    for s in range(o.key.size):
        if voice[s, VOUCHES] == 0.0:
            continue
        covered = cover_residents(s, o, staff, voice[s, COVERS], there)
        for area in range(there.size):
            here = covered * o.reach[s, area]
            trust[s, area] = grow_trust(trust[s, area], here, voice[s, BUILDS])
            weight = np.exp(voice[s, VOUCHES] * trust[s, area])
            # The more trusted of two organisers counts; their voices do not multiply.
            for other in range(o.key.size):
                if o.onward[s, other] != 0:
                    o.trust[other, area] = max(o.trust[other, area], weight)


@part
def cover_residents(s, o, staff, covers, there):
    """How far the posts of a service cover the residents of the neighbourhoods that it serves, 0 to
    1; `there` counts them, `covers` is how many a post comes to know.
    """
    if o.open[s] == 0:
        return 0.0
    hours, served = 0.0, 0
    for k in range(staff.key.size):
        if staff.service[k] == s and staff.open[k] == 1:
            hours += staff.hours[k] * staff.filled[k]
    for area in range(there.size):
        served += there[area] * o.reach[s, area]
    return min(1.0, hours * covers / max(float(served), 1.0))


def prepare(world: World) -> None:
    """Compile what only some towns need; nothing is changed."""
    provision, nobody = world.provision, np.empty(0, np.int64)
    # Loops are compiled on first use; in the first week that would look like a slow model.
    silent = np.zeros_like(provision.voice)
    trusted = provision.offers.trust.copy()
    vouch(world.residents, provision.offers, provision.staff, silent, world.trust)
    provision.offers.trust[:] = trusted
    meet_at_partners(provision.offers, nobody, nobody, np.empty(0))


def work_with_partners(world: World) -> None:
    """What partnerships that last this week add: people met at school or at work, people handed
    on.
    """
    if not world.scenario.partnerships:
        return
    agreements = world.scenario.partnerships.values()
    lasting = tuple(agreement.lasts(world.week) for agreement in agreements)
    # Tables are made again only when an agreement begins or ends.
    if world.meetings is None or world.meetings.lasting != lasting:
        world.meetings = _agree(world, lasting)
    _, service, employment, reach = world.meetings
    if service.size:
        meet_at_partners(world.provision.offers, service, employment, reach)


def _agree(world: World, lasting: tuple[bool, ...]) -> Meetings:
    """Let the services that partners stand behind hand people on to those that they help, and list
    whom these meet.
    """
    provision, o = world.provision, world.provision.offers
    # Back to what was declared: an agreement that ended hands nobody on.
    o.onward[:], o.kind_parameters[:, KindParameter.LINKS] = provision.partners, provision.hands_on
    rows = {name: s for s, name in enumerate(provision.names)}
    met: list[tuple[int, int, float]] = []
    for agreement, lasts in zip(world.scenario.partnerships.values(), lasting, strict=True):
        if not lasts:
            continue
        helped = [rows[name] for name in agreement.for_ if name in rows]
        if agreement.with_ in MET_AT:
            met += [(s, int(MET_AT[agreement.with_]), agreement.reach) for s in sorted(set(helped))]
        for s in (rows[name] for name in agreement.sends_from if name in rows):
            o.onward[s, [t for t in helped if t != s]] = 1
            # The highest of several agreements: a person is handed on once.
            o.kind_parameters[s, KindParameter.LINKS] = max(
                float(o.kind_parameters[s, KindParameter.LINKS]), agreement.sends
            )
    service, employment, reach = zip(*met, strict=True) if met else ((), (), ())
    return Meetings(
        lasting, np.array(service, np.int64), np.array(employment, np.int64), np.array(reach, float)
    )
