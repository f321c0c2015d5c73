"""What is on offer in one community, as columns: a row per service, numbers only.

The loops of the week read these rows; `sim.services.provision` fills them from the scenario and the
evidence, and the phases that own them (calendar, workforce, money) change places, quality and
opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.engine.columns import Columns
from sim.state.codes import Channel, Employment, Insurance, KindParameter, list_keys

CHANNELS = list_keys(Channel)
"""What a session can change in a person, in the order of `ceiling`."""
KIND_FIELDS = list_keys(KindParameter)
"""Fields of the evidence that only some kinds have, in the order of `kind_parameters`."""
INCOME_GROUPS = 5
"""Fifths of household income."""

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Offers(Columns):
    """The services of a community, each column (n_services,) unless said otherwise.

    key: stable key of the name, for draws. alike: the same number for all services of a kind that
    has several, 0 for one alone. open: 1 while it runs. reach (n, neighbourhoods): 1 where it is
    offered. travel (n, neighbourhoods): minutes. admits (n, combinations of named groups): 1 where
    it is for them. access, after, who, priority: codes; within: weeks after the event. outreach (n,
    neighbourhoods, employments): share of the audience that it reaches each week where people live
    and work. trust (n, neighbourhoods): what those who vouch for it multiply its weight by.
    informal: 1 for support beside treatment. familiar: how much of a person's stigma counts here, 0
    to 1. burden (n, insurances): share of the fee that a person pays. frequency: sessions offered
    per week. start: chance of a first session in the week of enrolment. course: sessions of a full
    course, 0 open-ended. finish: weekly chance that somebody well leaves an open-ended service.
    ceiling (n, channels), dose: where sessions move a channel and how fast. quality, offered: by
    the workforce, 0 to 1. friends: 1 where members form ties. kind_parameters (n, KindParameter):
    what only some kinds have. onward (n, n): 1 for the partners that people are handed on to.
    places: what the posts allow; intake: what the staff present allow. held (n, insurances, fifths
    of income): sessions attended this week. left: people who left early this week. declined: people
    who did not take the place that they were offered. severe_low, severe_high: whom it takes, 0
    without and 1 with severe illness. dropout_at_first: share of people who leave after their first
    session. uptake: share who take a place.
    """

    key: NDArray[np.uint64]
    alike: Wholes
    open: Wholes
    reach: Wholes
    travel: Reals
    admits: Wholes
    outreach: Reals
    trust: Reals
    access: Wholes
    after: Wholes
    within: Wholes
    age_low: Reals
    age_high: Reals
    phq_low: Reals
    phq_high: Reals
    severe_low: Wholes
    severe_high: Wholes
    who: Wholes
    online: Wholes
    informal: Wholes
    familiar: Reals
    attraction: Reals
    fee: Reals
    burden: Reals
    frequency: Reals
    start: Reals
    course: Wholes
    finish: Reals
    no_show: Reals
    dropout: Reals
    dropout_at_first: Reals
    uptake: Reals
    refers: Reals
    ceiling: Reals
    dose: Reals
    quality: Reals
    offered: Reals
    friends: Wholes
    kind_parameters: Reals
    onward: Wholes
    priority: Wholes
    places: Wholes
    intake: Wholes
    enrolled: Wholes
    waiting: Wholes
    held: Wholes
    left: Wholes
    declined: Wholes


# Factors, and bounds that nobody has stated, leave everything as it is.
ONES = ("trust", "admits", "severe_high", "uptake")
"""Columns that begin with 1: everybody is trusted, a service is for every group and illness, and an
offer is taken.
"""


def make_offers(services: int, neighbourhoods: int, combinations: int = 1) -> Offers:
    """Allocate zeroed rows for `services` services."""
    wide = {
        "reach": (neighbourhoods,),
        "travel": (neighbourhoods,),
        "admits": (combinations,),
        "trust": (neighbourhoods,),
        "outreach": (neighbourhoods, len(Employment)),
        "burden": (len(Insurance),),
        "ceiling": (len(Channel),),
        "onward": (services,),
        "kind_parameters": (len(KindParameter),),
        "held": (len(Insurance), INCOME_GROUPS),
    }
    return Offers(
        *(
            (np.ones if name in ONES else np.zeros)((services, *wide.get(name, ())), dtype)
            for name, dtype in _list_types().items()
        )
    )


@cache
def _list_types() -> dict[str, type]:
    """Type of what each column holds."""
    # Once: reading the hints takes longer than everything else that a row is made of.
    scalars = {name: get_args(hint)[-1] for name, hint in get_type_hints(Offers).items()}
    # NDArray[X] is spelled ndarray[shape, dtype[X]], of which only X is wanted.
    return {name: (get_args(scalar) or (scalar,))[0] for name, scalar in scalars.items()}
