"""Small groups of what rules are given together, so that none takes a dozen arguments.

Compiled loops take them as they are; the order of their fields is part of what is compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.engine.kernels import Seed
    from sim.evidence.parameters import Doors
    from sim.state.codes import Sought
    from sim.state.draw_streams import Stream
    from sim.state.services import Offers
    from sim.state.ties import Ties


class Week(NamedTuple):
    """When it is, and in which future: what every draw of a week is keyed by, beside the person and
    what is decided.

    number: weeks since the start, negative before it. counter: the same as a word of the draws.
    """

    number: int
    counter: np.uint64
    seed: Seed


class Supply(NamedTuple):
    """The services of a community, with the parameters of the choice among them."""

    services: Offers
    choice: Doors


class Search(NamedTuple):
    """One look for a service.

    stream: what its draws are keyed by. route: who sends (codes.Route). sought: treatment or
    informal support. outside: weight of taking none; 0 where some service is wanted.
    """

    stream: Stream
    route: int
    sought: Sought | int
    outside: float


class Surroundings(NamedTuple):
    """What a resident lives among: ties, what others published last week, and this week's turn."""

    ties: Ties
    published: NDArray[np.float32]
    publishing: NDArray[np.float32]


class Sessions(NamedTuple):
    """What services count while people go to them: sessions held (n, 3, 5), people who left early
    (n,).
    """

    held: NDArray[np.int64]
    left: NDArray[np.int64]


class Ward(NamedTuple):
    """The psychiatric ward: its row among the services, -1 for none, and its beds this week."""

    row: int
    beds: int
