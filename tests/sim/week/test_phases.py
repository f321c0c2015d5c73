"""Which phases a span of rows goes through, in stretches, and what is lost with contact."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.random import week_counter_of
from sim.state.codes import KindParameter
from sim.state.groups import Span, Week
from sim.week.resident import phases
from sim.week.resident.phases import (
    AFTER_ALLOCATION,
    BEFORE_ALLOCATION,
    STRETCH,
    after_allocation,
    lose_contact,
    run_phases,
)

CARRIED = {
    "experience_events": (phases.life, "experience_events"),
    "socialise": (phases.social, "socialise"),
    "update_symptoms": (phases.symptoms, "update_symptoms"),
    "seek_help": (phases.help_seeking, "seek_help"),
    "receive_care": (phases.care, "receive_care"),
    "face_crisis": (phases.crisis, "face_crisis"),
}


def plain(function):
    return getattr(function, "py_func", function)


@pytest.mark.parametrize(
    ("contact", "support", "meeting"), [(1.0, 4.0, 0.1), (0.5, 8.0, 0.05), (0.0, 4_000.0, 0.0)]
)
def test_while_contact_is_lost_each_tie_gives_less_and_fewer_are_made(p, contact, support, meeting):
    """Half the contact: twice as many ties are enough, and half as many people are met."""
    usual = p.social._replace(enough_support=4.0, meeting=0.1)
    town = SimpleNamespace(contact=contact, parameters=p._replace(social=usual))
    found = lose_contact(town)
    assert (found.enough_support, found.meeting) == pytest.approx((support, meeting))
    assert found._replace(enough_support=4.0, meeting=0.1) == usual
    assert (found is usual) is (contact == 1.0)


def test_a_span_goes_through_its_phases_stretch_by_stretch_and_through_no_other(monkeypatch):
    """Of three stretches, the last a short one, each through all of its phases before the next."""
    seen = []
    for name, (module, function) in CARRIED.items():
        monkeypatch.setattr(
            module, function, lambda low, high, *_, name=name: seen.append((name, low, high))
        )
    given = SimpleNamespace(
        **dict.fromkeys(
            ("life", "social", "symptoms", "seeking", "choice", "surge", "care", "crisis")
        )
    )
    scratch = SimpleNamespace(reals=(), wholes=())
    shared = SimpleNamespace(published=None, publishing=None)
    start, stop = 5, 5 + 2 * STRETCH + 7
    cuts = [(5, 5 + STRETCH), (5 + STRETCH, 5 + 2 * STRETCH), (5 + 2 * STRETCH, stop)]
    for names, run, more in (
        (BEFORE_ALLOCATION, phases.run_before_allocation, (None, shared, None)),
        (AFTER_ALLOCATION, phases.run_after_allocation, (None, None)),
    ):
        for chosen in (names, names[:1], names[1:2], names[::2], names[-1:], names[:0]):
            seen.clear()
            which = sum(phases.PHASES[name].bit for name in chosen)
            plain(run)(Span(which, start, stop), None, *more, given, None, scratch)
            assert seen == [(name, *cut) for cut in cuts for name in chosen], chosen
    assert (tuple(CARRIED)[:4], tuple(CARRIED)[4:]) == (BEFORE_ALLOCATION, AFTER_ALLOCATION)


def test_phases_of_one_side_are_carried_together_by_what_carries_them(monkeypatch):
    carried = []
    for name in CARRIED:
        phase = phases.PHASES[name]
        side = "before" if name in BEFORE_ALLOCATION else "after"
        note = phase._replace(
            carry=lambda span, world, side=side: carried.append((side, span, world))
        )
        monkeypatch.setitem(phases.PHASES, name, note)
    phases._find_phases.cache_clear()
    run_phases(("socialise", "seek_help"), "world", 3, 9)
    run_phases(("face_crisis",), "world", 0, 4)
    phases._find_phases.cache_clear()
    bits = {name: 1 << k for k, name in enumerate(CARRIED)}
    assert carried == [
        ("before", Span(bits["socialise"] + bits["seek_help"], 3, 9), "world"),
        ("after", Span(bits["face_crisis"], 0, 4), "world"),
    ]


def test_sessions_are_counted_once_whoever_carries_which_rows(people, services, p, seed):
    """In one range, and in three of which the others have counted some already."""
    counts = []
    for cuts in ((0, 90), (0, 20, 21, 90)):
        r, o = people(90), services(2)
        r.care_service[:, 0], r.care_since[:, 0] = 1 + np.arange(90) % 2, -1
        o.frequency[:] = o.start[:] = 1.0
        o.no_show[:], o.dropout_at_first[:] = 0.3, 0.5
        o.kind_parameters[1, KindParameter.LOW_INTENSITY] = 1.0
        o.held[0, 0, 0], o.left[1] = 5, 3
        world = SimpleNamespace(
            parameters=p, residents=r, provision=SimpleNamespace(offers=o),
            when=Week(2, week_counter_of(2), seed),
        )  # fmt: skip
        bits = sum(phases.PHASES[name].bit for name in AFTER_ALLOCATION)
        for start, stop in pairwise(cuts):
            after_allocation(Span(bits, start, stop), world)
        counts.append((o.held.tolist(), o.left.tolist()))
        assert o.held.sum() - 5 == (r.care_sessions.sum() + (r.care_service[:, 0] == 0).sum())
        assert o.left.sum() - 3 == (r.care_service[:, 0] == 0).sum()
    assert counts[0] == counts[1]
