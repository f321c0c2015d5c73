"""A review of ties in one call: part of phase 3, after everybody's own social life."""

from __future__ import annotations

from sim.engine.kernels import table
from sim.week.resident.social import dissolve_ties, form_ties


@table
def review_ties(order, r, ties, published, week, p):
    """End ties, then form others; `order` and `p` as `dissolve_ties` and `form_ties` take them.

    How many ended, and how many were formed.
    """
    # One way into compiled code instead of two: in a small town it takes longer than the ties.
    ended = dissolve_ties(order, r, ties, published, week, p)
    return ended, form_ties(order, r, ties, published, week, p)
