"""Friends of another town: ties made in groups there are made here."""

from __future__ import annotations

from sim.engine.kernels import loop
from sim.state.codes import TieKind
from sim.state.ties import add_tie


@loop
def tie_pairs(pairs, r, ties, week):
    """Tie pairs of residents (n, 2), in their order, as members of a group who became friends."""
    for k in range(pairs.shape[0]):
        i, other = pairs[k, 0], pairs[k, 1]
        if r.alive[i] == 1 and r.alive[other] == 1:
            if add_tie(ties, i, other, TieKind.GROUP, week.number):
                r.close_ties[i] += 1
                r.close_ties[other] += 1
