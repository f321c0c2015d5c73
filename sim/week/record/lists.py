"""Keep the record of waiting lists by service and quarter: who got a place, after how long, and who
gave up; part of phase 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.kernels import part
from sim.state.codes import Access, Event, KindParameter
from sim.state.residents import CARE_SLOTS, WAIT_SLOTS

if TYPE_CHECKING:
    from sim.week.record.register import Register
    from sim.week.world import World


class ListBook:
    """The lists through a quarter, as `follow_lists` enters them in the register."""

    def __init__(self, world: World, register: Register) -> None:
        """Begin a quarter with the lists as they are."""
        self.register = register
        self.begin(world)

    def begin(self, world: World) -> None:
        """Take the lists as they stand for the beginning of a week."""
        # Copied, because the week writes over the lists.
        self.register.service[:] = world.residents.wait_service
        self.register.since[:] = world.residents.wait_since


@part
def follow_lists(r, o, waits, book, week_number):
    """Count the places that were taken up in a week, those of people met in a crisis among them,
    and who gave up, in the register `book`, and take the lists as they stand for the next.
    """
    for s in range(o.key.size):
        for weeks in range(waits.shape[1]):
            book.waits[s, weeks] += waits[s, weeks]
    tired = Event.GAVE_UP | Event.DECLINED
    for i in range(r.key.size):
        if r.happened[i] & Event.CRISIS:
            count_met(i, r, o, book, week_number)
        # Only those who were on a list and left it in frustration: two cheap tests for everybody.
        if book.service[i, 0] | book.service[i, 1] != 0 and r.happened[i] & tired:
            for slot in range(WAIT_SLOTS):
                if is_given_up(i, slot, r, o, book, week_number):
                    book.gave_up[int(book.service[i, slot]) - 1] += 1
    # By itself: a loop that only copies takes many rows at once.
    for i in range(r.key.size):
        for slot in range(WAIT_SLOTS):
            book.service[i, slot] = r.wait_service[i, slot]
            book.since[i, slot] = r.wait_since[i, slot]


@part
def count_met(i, r, o, book, week_number):
    """Count the place that somebody in a crisis got in a service that meets crises."""
    for slot in range(CARE_SLOTS):
        s = int(r.care_service[i, slot]) - 1
        if s >= 0 and o.access[s] == Access.CRISIS and r.care_since[i, slot] == week_number:
            book.met[s] += 1


@part
def is_given_up(i, slot, r, o, book, week_number):
    """Whether somebody to whom that happened gave up this turn on an open list: it is gone, and
    they have not got the place.
    """
    service, since = book.service[i, slot], book.since[i, slot]
    s = int(service) - 1
    if s < 0 or o.open[s] != 1 or o.kind_parameters[s, KindParameter.LOW_INTENSITY] != 0.0:
        return False
    # Still on it: something else happened to them.
    for other in range(WAIT_SLOTS):
        if r.wait_service[i, other] == service and r.wait_since[i, other] == since:
            return False
    for other in range(CARE_SLOTS):
        if r.care_service[i, other] == service and r.care_since[i, other] == week_number:
            return False
    return True
