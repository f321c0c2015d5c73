"""Phase 9, workforce: load, strain, quality, turnover, vacancy and training of everybody in
post.
"""

from __future__ import annotations

import numpy as np

from sim.engine.fast_math import chance_of, exp
from sim.engine.kernels import loop, part, rule
from sim.engine.random import draw, normal_of
from sim.state.codes import StaffFigure
from sim.state.draw_streams import Stream
from sim.state.staff import NOBODY


@rule
def update_strain(strain, load, supervised, illness, chance, p):
    """Strain after a week: pulled up by load and own ill health, down by supervision."""
    set_point = (
        p.strain
        # Load beyond one person per place raises strain and slack lowers it, both around 1.
        + p.strain_load * (load - 1.0)
        + p.strain_illness * illness
        - p.strain_supervision * supervised
    )
    return min(
        1.0, max(0.0, strain + p.strain_pull * (set_point - strain) + p.strain_noise * chance)
    )


@rule
def expect_leaving(strain, tenure, p):
    """Weekly hazard of leaving a post: rises with strain and is higher in the first half year."""
    # Around 0.5: the middle of the scale has the turnover of the evidence.
    return (
        p.turnover
        * exp(p.turnover_strain * (strain - 0.5))
        * (p.turnover_new if tenure < p.new_weeks else 1.0)
    )


@rule
def measure_quality(strain, training, p):
    """Quality of somebody's work, 0 to 1: less while in training and under strain."""
    # Up to a level strain costs the holder, not those whom they see.
    return (p.quality_untrained if training > 0 else 1.0) * (
        1.0 - p.quality_strain * max(0.0, strain - p.quality_strain_from)
    )


@rule
def update_fidelity(fidelity, supervised, checked, p):
    """Fidelity of a service after a week: drifts down without supervision and checks, is brought
    back by them.
    """
    goal = min(
        1.0, p.fidelity_floor + p.fidelity_supervision * supervised + p.fidelity_checks * checked
    )
    return fidelity + p.fidelity_pull * (goal - fidelity)


@loop
def measure_capacity(staff, o, caseload, groups):
    """Places that posts and staff present allow, per service.

    Services without a caseload keep what they were given. Returns whether somebody holds, or waits
    for, a place that is no longer there.
    """
    posts, present = np.zeros(o.key.size), np.zeros(o.key.size)
    for k in range(staff.key.size):
        # Only the leading role has a caseload: a second role in a team does not double its places.
        if staff.leading[k] == 1 and staff.open[k] == 1:
            posts[staff.service[k]] += staff.hours[k]
            present[staff.service[k]] += staff.hours[k] * staff.filled[k]
    over = False
    for s in range(o.key.size):
        if caseload[s] > 0.0 or groups[s] > 0:
            # A part of a place is none; the small number keeps 11.999999 from becoming 11.
            o.places[s] = int(posts[s] * caseload[s] + 1e-6)
            o.intake[s] = int(present[s] * caseload[s] + 1e-6)
        closed = o.open[s] == 0
        over = over or o.enrolled[s] > (0 if closed else o.places[s])
        over = over or (closed and o.waiting[s] > 0)
    return over


@part
def measure_load(k, s, staff, o, p):
    """People per place that a post looks after, 1 where the service has no places; at most what a
    week can hold.
    """
    counts = staff.leading[k] == 1 and o.places[s] > 0
    # Bounded: one person left in a team of ten would have a load without meaning.
    return min(o.enrolled[s] / max(o.intake[s], 1) if counts else 1.0, p.load_most)


@part
def measure_illness(resident, phq, p):
    """How ill the resident in a post is beyond what work is felt by; 0 for staff from outside."""
    return max(0.0, float(phq[resident]) - p.ill_from) / 10.0 if resident >= 0 else 0.0


@loop
def vacate_post(k, staff, r):
    """Take the holder out of post `k`; a peer is a resident again and nothing else."""
    staff.filled[k] = 0
    # The next holder is another person: their draws must not be those of who has left.
    staff.holder[k] += 1
    if staff.resident[k] != NOBODY:
        r.peer[staff.resident[k]] = 0
        staff.resident[k] = NOBODY


@loop
def rest_peers(staff, r, most_phq):
    """Peers who died or are too ill stop working, and are residents again, with all their draws as
    before.
    """
    for k in range(staff.key.size):
        i = staff.resident[k]
        if i != NOBODY and (r.alive[i] == 0 or r.phq[i] >= most_phq or r.stay[i] > 0):
            vacate_post(k, staff, r)


@loop
def update_workforce(staff, o, phq, oversight, tally, week, p):
    """A week at work for everybody: strain, leaving, hiring due, training.

    Then the quality of each service.
    """
    tally[:] = 0.0
    good, leading = np.zeros(o.key.size), np.zeros(o.key.size)
    for k in range(staff.key.size):
        s = staff.service[k]
        staff.wanted[k] = 0
        if staff.open[k] == 0:
            continue
        # Keyed by the holder's number: the next one has other draws, whoever else is hired
        # meanwhile.
        noise, turn, leaves, hires = draw(
            staff.key[k], Stream.WORK, np.uint64(staff.holder[k]), week
        )
        if staff.filled[k] == 0:
            tally[StaffFigure.VACANT] += 1.0
            staff.wanted[k] = 1 if hires < chance_of(1.0 / oversight.recruiting[s]) else 0
            continue
        load, illness = measure_load(k, s, staff, o, p), measure_illness(staff.resident[k], phq, p)
        staff.strain[k] = update_strain(
            staff.strain[k], load, oversight.supervised[s], illness, normal_of(noise, turn), p
        )
        staff.tenure[k] += 1
        staff.training[k] = max(staff.training[k] - 1, 0)
        # After strain: this week's load can be what somebody leaves for.
        if leaves < chance_of(expect_leaving(staff.strain[k], staff.tenure[k], p)):
            staff.filled[k] = 0
            tally[StaffFigure.LEFT] += 1.0
            tally[StaffFigure.VACANT] += 1.0
            continue
        tally[StaffFigure.PRESENT] += 1.0
        tally[StaffFigure.STRAIN] += staff.strain[k]
        if staff.leading[k] == 1:
            leading[s] += staff.hours[k]
            good[s] += staff.hours[k] * measure_quality(staff.strain[k], staff.training[k], p)
    update_services(o, oversight, good, leading, p)


@part
def update_services(o, oversight, good, leading, p):
    """Fidelity and quality of each service, and the share of its people whom it can offer sessions.

    leading (n_services,): hours of leading staff at work; good: the same times their quality.
    """
    fidelity = oversight.fidelity
    for s in range(o.key.size):
        if o.open[s] == 1:  # a service that has not begun has nothing to drift from
            fidelity[s] = update_fidelity(
                fidelity[s], oversight.supervised[s], oversight.checked[s], p
            )
        o.quality[s] = fidelity[s] * (
            # Nobody at work: what is still offered is offered as by the untrained.
            good[s] / leading[s] if leading[s] > 0.0 else p.quality_untrained
        )
        o.offered[s] = min(1.0, o.intake[s] / max(o.enrolled[s], 1)) if o.places[s] > 0 else 1.0
