"""What is on offer in one community, as columns: a row per service, numbers only.

The loops of the week read these rows; `sim.services.provision` fills them from the scenario and the
evidence, and the phases that own them (calendar, workforce, money) change places, quality and
opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.engine.columns import Columns

CHANNELS = ("coping", "connection", "self_management", "relief", "stigma", "knowledge")
"""What a session can change in a person, in the order of `ceiling`."""
COPING, CONNECTION, SELF_MANAGEMENT, RELIEF, STIGMA, KNOWLEDGE = range(6)

SPECIALS = (
    "outreach",
    "links",
    "threshold",
    "ease",
    "harm",
    "met",
    "diverts",
    "averts",
    "who",
    "level",
    "light",
    "space",
    "placement",
)
"""What only some kinds have, in the order of `special`: share of the audience that it reaches each
week; chance per session of being handed on; sessions before anything changes; strain of caring that
a session takes off; depth to which sessions can pull coping down; share of crises met, and what
becomes of them; whom it is for, and the strain or loneliness from which somebody is; 1 for what is
not care; how often it had room of late; chance per session that somebody out of work finds work.
"""
(
    OUTREACH,
    LINKS,
    THRESHOLD,
    EASE,
    HARM,
    MET,
    DIVERTS,
    AVERTS,
    WHO,
    LEVEL,
    LOW_INTENSITY,
    SPACE,
    PLACEMENT,
) = range(13)

AFTER_ANYTHING, AFTER_DISCHARGE, AFTER_CRISIS, AFTER_BIRTH = 0, 1, 2, 3
OPEN_ACCESS, REFERRAL, NO_ACCESS, REACHES_OUT, CRISIS_ACCESS = 0, 1, 2, 3, 4
ANYBODY, PUPILS, WORKERS, CAREGIVERS, LONELY, ALONE_AT_HOME, OUT_OF_WORK = range(7)
SELF_REFERRAL, SENT_BY_SERVICE, SENT_BY_PARTNER = np.int64(0), np.int64(1), np.int64(2)
"""How somebody comes to a door: by their own decision, or sent by a service, which opens those for
referral too.
"""
TREATMENT, INFORMAL = np.int64(0), np.int64(1)
"""What is sought: treatment, or informal support beside it."""
EMPLOYMENTS = 4
"""Not in work, employed, pupil or student, retired: where a partner can meet people."""
FIRST_COME, URGENT_FIRST, NEEDIEST_FIRST = 0, 1, 2

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Offers(Columns):
    """The services of a community, each column (n_services,) unless said otherwise.

    key: stable key of the name, for draws. open: 1 while it runs. reach (n, neighbourhoods): 1
    where it is offered. travel (n, neighbourhoods): minutes. after, within: event and weeks that
    open the door. outreach (n, neighbourhoods, employments): share of the audience that it reaches
    each week where people live and work. trust (n, neighbourhoods): what those who vouch for it
    multiply its weight by. informal: 1 for support beside treatment. familiar: how much of a
    person's stigma counts at this door, 0 to 1. burden (n, 3): share of the fee that a person pays
    by insurance. frequency: sessions offered per week. start: chance of a first session in the week
    of enrolment. course: sessions of a full course, 0 open-ended. finish: weekly chance that
    somebody well leaves an open-ended service. ceiling (n, channels), dose: where sessions move a
    channel and how fast. quality, offered: by the workforce, 0 to 1. friends: 1 where members form
    ties. special (n, SPECIALS): what only some kinds have. onward (n, n): 1 for the partners that
    people are handed on to. places: what the posts allow; intake: what the staff present allow.
    held (n, 3, 5): sessions attended this week by insurance and income; left: people who left early
    this week.
    """

    key: NDArray[np.uint64]
    open: Wholes
    reach: Wholes
    travel: Reals
    outreach: Reals
    trust: Reals
    access: Wholes
    after: Wholes
    within: Wholes
    age_low: Reals
    age_high: Reals
    phq_low: Reals
    phq_high: Reals
    severe_only: Wholes
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


def make_offers(services: int, neighbourhoods: int) -> Offers:
    """Allocate zeroed rows for `services` services."""
    wide = {
        "reach": (neighbourhoods,),
        "travel": (neighbourhoods,),
        "trust": (neighbourhoods,),
        "outreach": (neighbourhoods, EMPLOYMENTS),
        "burden": (3,),
        "ceiling": (len(CHANNELS),),
        "onward": (services,),
        "kind_parameters": (len(SPECIALS),),
        "held": (3, 5),
    }
    arrays = []
    for name, hint in get_type_hints(Offers).items():
        scalar = get_args(hint)[-1]
        dtype = (get_args(scalar) or (scalar,))[0]
        arrays.append(
            (np.ones if name == "trust" else np.zeros)((services, *wide.get(name, ())), dtype)
        )
    return Offers(*arrays)
