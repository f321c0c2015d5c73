"""The personal phases of a week, each for a range of rows: what a resident does without anybody's
leave.

One row or a million: the same loops, so that an agent stepped alone gives the bits of the whole
town.
"""

from __future__ import annotations

from functools import cache
from threading import Lock, local
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.engine.kernels import table
from sim.engine.random import BLOCK
from sim.state.groups import (
    ParametersAfter,
    ParametersBefore,
    Scratch,
    Sessions,
    Shared,
    Span,
    Supply,
)
from sim.week.resident import care, crisis, help_seeking, life, social, symptoms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.evidence.groups import Social
    from sim.week.world import World

STRETCH = 1_024
"""Residents who go through several phases together: their columns stay in the second cache."""
EXPERIENCE_EVENTS, SOCIALISE, UPDATE_SYMPTOMS, SEEK_HELP, RECEIVE_CARE, FACE_CRISIS = (
    1 << k for k in range(6)
)
"""Bits that say which phases to go through."""
# Threads add to shared counts one at a time; whole numbers, so that their order changes nothing.
_COUNTING = Lock()


class Phase(NamedTuple):
    """A personal phase: its bit, the loop that carries it, and what a resident does in it."""

    bit: int
    carry: Callable[[Span, World], None]
    sentence: str


class _Desk(local):
    """What one thread writes on."""

    # Made once for each thread: memory for every call would cost more than some phases do.
    def __init__(self) -> None:
        """Clear a place."""
        self.scratch = Scratch(tuple(np.empty((9, BLOCK))), tuple(np.empty((3, BLOCK), np.int64)))


_DESK = _Desk()


def lose_contact(world: World) -> Social:
    """Parameters of social life while people meet less: ties give less and new ones are rare."""
    p = world.parameters.social
    if world.contact == 1.0:
        return p
    # A lower effect of each tie is written as a higher need: both give the same missing share, and
    # the compiled rule stays one for all weeks.
    return p._replace(
        # A divisor below this would make support infinite where contact falls to nothing.
        enough_support=p.enough_support / max(world.contact, 1e-3),
        meeting=p.meeting * world.contact,
    )


@table
def run_before_allocation(span, r, ties, shared, services, p, week, scratch):
    """Phases 2 to 5 over a span of rows: life, company, symptoms, help-seeking."""
    supply, reals = Supply(services, p.choice), scratch.reals
    # A stretch goes through all four before the next: its columns are read from memory once instead
    # of four times.
    for low in range(span.start, span.stop, STRETCH):
        high = min(low + STRETCH, span.stop)
        if span.which & EXPERIENCE_EVENTS:
            life.experience_events(low, high, r, p.surge, week, p.life, reals)
        if span.which & SOCIALISE:
            social.socialise(low, high, r, ties, shared.published, week, p.social, reals)
        if span.which & UPDATE_SYMPTOMS:
            symptoms.update_symptoms(low, high, r, shared.publishing, week, p.symptoms, reals)
        if span.which & SEEK_HELP:
            help_seeking.seek_help(low, high, r, supply, week, p.seeking, reals, scratch.wholes)


@table
def run_after_allocation(span, r, services, counted, p, week, scratch):
    """Phases 7 and 8, the personal part, over a span of rows: care and crisis."""
    supply = Supply(services, p.choice)
    for low in range(span.start, span.stop, STRETCH):
        high = min(low + STRETCH, span.stop)
        if span.which & RECEIVE_CARE:
            care.receive_care(low, high, r, supply, counted, week, p.care)
        if span.which & FACE_CRISIS:
            crisis.face_crisis(low, high, r, week, p.crisis, scratch.reals)


def before_allocation(span: Span, world: World) -> None:
    """Go through phases before waiting lists meet places."""
    p, r, o = world.parameters, world.residents, world.provision.offers
    given = ParametersBefore(
        p.life, lose_contact(world), p.symptoms, p.seeking, p.choice, world.surge
    )
    shared = Shared(world.published, world.publishing)
    run_before_allocation(span, r, world.ties, shared, o, given, world.when, _DESK.scratch)


def after_allocation(span: Span, world: World) -> None:
    """Go through phases after it.

    Ranges of rows count for themselves, so that no thread loses another's count.
    """
    p, r, o = world.parameters, world.residents, world.provision.offers
    given = ParametersAfter(p.care, p.crisis, p.choice)
    alone = span.stop - span.start == r.key.size
    # With one range nobody else counts, and the columns are written directly.
    counted = Sessions(o.held, o.left)
    if not alone:
        counted = Sessions(np.zeros_like(o.held), np.zeros_like(o.left))
    run_after_allocation(span, r, o, counted, given, world.when, _DESK.scratch)
    if alone:
        return
    with _COUNTING:
        np.add(o.held, counted.held, out=o.held)
        np.add(o.left, counted.left, out=o.left)


PHASES: dict[str, Phase] = {
    "experience_events": Phase(
        EXPERIENCE_EVENTS, before_allocation, "Life events and death this week."
    ),
    "socialise": Phase(SOCIALISE, before_allocation, "Loneliness, attitudes and strain this week."),
    "update_symptoms": Phase(UPDATE_SYMPTOMS, before_allocation, "Symptoms this week."),
    "seek_help": Phase(SEEK_HELP, before_allocation, "Help-seeking this week."),
    "receive_care": Phase(RECEIVE_CARE, after_allocation, "Sessions, gains and leaving this week."),
    "face_crisis": Phase(FACE_CRISIS, after_allocation, "Crisis this week, or none."),
}
"""The personal phases in their order: the methods of an agent, the bits of the loops."""
BEFORE_ALLOCATION = tuple(
    name for name, phase in PHASES.items() if phase.carry is before_allocation
)
AFTER_ALLOCATION = tuple(name for name, phase in PHASES.items() if phase.carry is after_allocation)
"""Phases that one call carries.

Nobody reads in them what another writes, so that a stretch can run through all before the next.
"""


def run_phases(names: Sequence[str], world: World, start: int, stop: int) -> None:
    """Let the rows start..stop go through phases of one side of the allocation."""
    which, carry = _find_phases(tuple(names))
    carry(Span(which, start, stop), world)


@cache
def _find_phases(names: tuple[str, ...]) -> tuple[int, Callable[[Span, World], None]]:
    """Bits of phases, and what carries them."""
    return sum(PHASES[name].bit for name in names), PHASES[names[0]].carry
