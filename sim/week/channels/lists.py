"""How long waiting lists are, as somebody on them meets it: the rank up to which a week calls
people in, and lists that call by the ranks of another town.
"""

from __future__ import annotations

import numpy as np

from sim.engine.kernels import loop
from sim.engine.random import ALONE, uniforms
from sim.state.draw_streams import Stream
from sim.state.enrolment import join_list
from sim.state.residents import WAIT_SLOTS
from sim.week.supply.allocation import offer, rank_waiting


@loop
def rank_lists(r, o, rank, week, p):
    """Write everybody's rank on the lists that they are on into `rank` (n_residents, WAIT_SLOTS);
    -inf where there is none.
    """
    rank[:] = -np.inf
    for i in range(r.key.size):
        # The dead leave their lists in `match`, which comes after.
        if r.wait_service[i, 0] | r.wait_service[i, 1] == 0 or r.alive[i] == 0:
            continue
        for slot in range(WAIT_SLOTS):
            s = int(r.wait_service[i, slot]) - 1
            if s >= 0:
                tie_break, _, _, _ = uniforms(
                    r.key[i], ALONE, Stream.ALLOCATION, o.key[s], week.seed
                )
                waited = float(week.number - r.wait_since[i, slot])
                rank[i, slot] = rank_waiting(i, waited, o.priority[s], r, tie_break, p)


@loop
def find_cutoffs(r, o, before, rank, cutoff):
    """Write the lowest rank that was called in this week, service by service, into `cutoff`.

    before (n_residents, WAIT_SLOTS): the lists as they were. -inf where room was left, so that
    anybody would have been called; inf where nobody could be.
    """
    for s in range(o.key.size):
        room = o.open[s] == 1 and min(o.places[s], o.intake[s]) > o.enrolled[s]
        # Room left at the end means that anybody would have been called, however low their rank.
        cutoff[s] = -np.inf if room else np.inf
    for i in range(r.key.size):
        if before[i, 0] | before[i, 1] == 0 or r.alive[i] == 0:
            continue
        for slot in range(WAIT_SLOTS):
            s = int(before[i, slot]) - 1
            if s >= 0 and r.wait_service[i, slot] == 0:
                cutoff[s] = min(cutoff[s], rank[i, slot])


@loop
def call_by_rank(r, o, cutoff, rank, waits, week):
    """Give a place to everybody whose rank reaches that of their list, whatever places there are.

    cutoff (n_services,): NaN for lists that are left alone. Waits are counted as in `match`.
    """
    for s in range(o.key.size):
        if np.isnan(cutoff[s]):
            continue
        # `match` has counted these as closed: the waits are those of who is called here.
        waits[s, :] = 0
        for i in range(r.key.size):
            for slot in range(WAIT_SLOTS):
                if r.wait_service[i, slot] != s + 1 or rank[i, slot] < cutoff[s]:
                    continue
                # Without a rank there is nobody: their entry was made after the lists were ranked.
                if rank[i, slot] > -np.inf:
                    offer(i, slot, s, r, o, waits, week)


@loop
def join_lists(rows, services, r, week):
    """Put residents on lists, each of `rows` on that of `services`, one after the other."""
    for k in range(rows.size):
        if r.alive[rows[k]] == 1:
            join_list(rows[k], services[k], r, week.number)
