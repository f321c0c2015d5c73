"""Small groups of what rules are given together, so that none takes a dozen arguments.

Compiled loops take them as they are; the order of their fields is part of what is compiled.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sim.engine.random import week_counter_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.engine.kernels import Seed
    from sim.evidence.groups import Care, Choice, Crisis, Life, Seeking, Social, Symptoms
    from sim.state.draw_streams import Stream
    from sim.state.services import Offers


# Named tuples, because compiled loops take them apart without any Python.
class Week(NamedTuple):
    """When it is, and in which replicate: what every draw of a week is keyed by, beside the person
    and what is decided.

    number: weeks since the start, negative before it. counter: the same as a word of the draws.
    """

    number: int
    counter: np.uint64
    seed: Seed


@lru_cache(maxsize=16)
def name_week(number: int, seed: Seed) -> Week:
    """A week of a replicate; asked for by every phase, made once."""
    return Week(number, week_counter_of(number), seed)


class Supply(NamedTuple):
    """The services of a community, with the parameters of the choice among them.

    Made within a loop: from outside Numba would have to look into it at every call.
    """

    services: Offers
    choice: Choice


class Search(NamedTuple):
    """One look for a service.

    stream: what its draws are keyed by. route: who sends (codes.Route). sought: treatment or
    informal support (codes.Sought). outside: weight of taking none; 0 where some service is wanted.
    """

    stream: Stream
    route: np.int64
    sought: np.int64
    outside: float


class Span(NamedTuple):
    """Which personal phases to go through, as bits, and which rows: start..stop."""

    which: int
    start: int
    stop: int


class Shared(NamedTuple):
    """What others could see of residents last week, and what they let see this week."""

    published: NDArray[np.float32]
    publishing: NDArray[np.float32]


class Scratch(NamedTuple):
    """Columns for a block of residents, so that the loops themselves allocate nothing."""

    reals: tuple[NDArray[np.float64], ...]
    wholes: tuple[NDArray[np.int64], ...]


class ParametersBefore(NamedTuple):
    """Parameters of the phases before the allocation; surge multiplies life events."""

    life: Life
    social: Social
    symptoms: Symptoms
    seeking: Seeking
    choice: Choice
    surge: float


class ParametersAfter(NamedTuple):
    """Parameters of the phases after it."""

    care: Care
    crisis: Crisis
    choice: Choice


class Sizes(NamedTuple):
    """How large services are and should be, as in `World`: wanted, share and size (n_services,);
    full (n_posts,) as in `Provision`.
    """

    wanted: NDArray[np.float64]
    share: NDArray[np.float64]
    size: NDArray[np.float64]
    full: NDArray[np.int64]


class Capacity(NamedTuple):
    """What turns posts into places and into people who hear of a service: caseload, groups and
    voice as in `Provision`, trust (n_services, neighbourhoods) as in `World`.
    """

    caseload: NDArray[np.float64]
    groups: NDArray[np.int64]
    voice: NDArray[np.float64]
    trust: NDArray[np.float64]


class AfterCut(NamedTuple):
    """What decides whether somebody who is let go looks elsewhere: the chance, and the choice."""

    relist: float
    choice: Choice


class Sessions(NamedTuple):
    """What services count while people go to them: sessions held (n, 3, 5), people who left early
    (n,).
    """

    held: NDArray[np.int64]
    left: NDArray[np.int64]


class Meetings(NamedTuple):
    """Whom partners let services meet, as long as the same agreements last: services, the
    employment of those who are met, the share of them in a week; in the order of the agreements.
    """

    lasting: tuple[bool, ...]
    service: NDArray[np.int64]
    employment: NDArray[np.int64]
    reach: NDArray[np.float64]


class Lists(NamedTuple):
    """Everybody who waits, service by service: those of service s stand from upto[s - 1] (or 0) to
    upto[s].

    who: row; slot: which of the person's own; rank: the lowest is called first; order: the line.
    """

    who: NDArray[np.int64]
    slot: NDArray[np.int64]
    rank: NDArray[np.float64]
    order: NDArray[np.int64]
    upto: NDArray[np.int64]


class Ward(NamedTuple):
    """The psychiatric ward: its row among the services, -1 for none, and its beds this week."""

    row: int
    beds: int


class Before(NamedTuple):
    """Who everybody was at the end of last week, (n_residents,) each: key, alive, age."""

    keys: NDArray[np.uint32]
    alive: NDArray[np.uint8]
    ages: NDArray[np.float32]


class Books(NamedTuple):
    """The books of a week: ledger (accounts, payers, categories), balances at its beginning and at
    its end (accounts,), what each service cost (n_services,).
    """

    ledger: NDArray[np.float64]
    opening: NDArray[np.float64]
    balance: NDArray[np.float64]
    cost: NDArray[np.float64]


class Inspection(NamedTuple):
    """What an inspection finds: people who hold a place, by service; counts and faults of the
    census (`census.Found`); places, posts and days (`stocktaking.Stock`); money
    (`stocktaking.Sum`).
    """

    held: NDArray[np.int64]
    found: NDArray[np.int64]
    counted: NDArray[np.int64]
    sums: NDArray[np.float64]


class Oversight(NamedTuple):
    """What is decided for the staff of each service, (n_services,) each: supervision and checks, 0
    to 1 and more, how true each is to its protocol by now, and the mean weeks until one of its
    vacant posts is filled.
    """

    supervised: NDArray[np.float64]
    checked: NDArray[np.float64]
    fidelity: NDArray[np.float64]
    recruiting: NDArray[np.float64]


class Hiring(NamedTuple):
    """What decides who begins in a post, and the count of it.

    speed, recruiting (n_services,): as in `Provision`. short (len(ROLES),): roles that a shortage
    keeps from being hired. spread: of a newcomer's strain. hires (n_services,): this week's.
    """

    speed: NDArray[np.float64]
    recruiting: NDArray[np.float64]
    short: NDArray[np.bool_]
    spread: float
    hires: NDArray[np.int64]


class Funds(NamedTuple):
    """The accounts of a community: cash, income of the week, what each may pay for (n, n_services),
    who gives (codes.Payer), how it shares out what is not enough (codes.ShortageRule).

    earned: row of the account that fees go to.
    """

    balance: NDArray[np.float64]
    income: NDArray[np.float64]
    allowed: NDArray[np.int64]
    source: NDArray[np.int64]
    rule: NDArray[np.int64]
    earned: int


class Asked(NamedTuple):
    """What the requests of a week follow from: cost of the declared posts, share of them that is
    wanted, usual gifts (n_services,) each; weeks that each fund keeps in reserve (n_funds,).
    """

    declared: NDArray[np.float64]
    wanted: NDArray[np.float64]
    gifts: NDArray[np.float64]
    reserve_weeks: NDArray[np.float64]


class Rates(NamedTuple):
    """Prices of a community, which stay as they are: pay of a week by role, what wages grow by for
    overhead, an hour of supervision and the hours of a full post, recruiting and training somebody.

    supervised, supplies, hospital (n_services,): how far staff are supervised, what a session uses,
    whether visits and days are paid instead.
    """

    pay: NDArray[np.float64]
    overhead: float
    supervision_hour: float
    supervision_hours: float
    hire: float
    supervised: NDArray[np.float64]
    supplies: NDArray[np.float64]
    hospital: NDArray[np.bool_]


class Terms(NamedTuple):
    """Row of the account that fees go to, weeks that usual fees follow, prices of the hospital and
    their categories.
    """

    earned: int
    fee_weeks: float
    visit: float
    boarding: float
    day: float
    emergency: int
    inpatient: int


class Turn(NamedTuple):
    """One turnover: the week as a number and as a counter, the part of a year since the last one,
    the first row of each neighbourhood (and the end), the share of newcomers who are female.
    """

    week_number: int
    week: np.uint64
    share: float
    areas: NDArray[np.int64]
    female: float
    seed: Seed


class Layout(NamedTuple):
    """Where in a row the figures stand: those of `Total`, of `Cell` but for the last, of TOLD.

    per_person (len(KEYS),): whether a figure is divided by those alive.
    """

    totals: NDArray[np.int64]
    cells: NDArray[np.int64]
    told: NDArray[np.int64]
    per_person: NDArray[np.bool_]


class Left(NamedTuple):
    """What a week left behind beside the counts: use of the hospital, staff, waits of those who got
    a place (n_services, weeks), the figures of TOLD, of which those of money follow from the ledger
    (accounts, payers, categories), the balances and the number of funds.
    """

    used: NDArray[np.int64]
    tally: NDArray[np.float64]
    waits: NDArray[np.int64]
    told: NDArray[np.float64]
    ledger: NDArray[np.float64]
    balance: NDArray[np.float64]
    earned: int
