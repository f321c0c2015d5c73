"""Staff, as columns: a row per post; whoever holds it works, strains, learns, leaves and is
succeeded.

A post is keyed by service, role and number, its holder by the post and how many held it before, so
that a hire in one scenario shares no draw with a different hire in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sim.engine.columns import Columns
from sim.state.codes import Role, list_keys

ROLES = list_keys(Role)
"""Roles as scenarios write them, in the order of their codes."""
PEER_ROLES = ("peer", "volunteer")
# Not 0, which is the row of a resident.
NOBODY = -1

Wholes = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Staff(Columns):
    """The columns of all posts, each (n_posts,)."""

    key: Annotated[NDArray[np.uint64], "", "Stable key of the post"]
    service: Annotated[Wholes, "index", "Service that the post belongs to"]
    role: Annotated[Wholes, "index", "Role, in the order of ROLES"]
    number: Annotated[
        Wholes, "", "Number of the post within service and role, from 0; the last are closed first"
    ]
    hours: Annotated[Reals, "FTE", "Full-time equivalents of the post"]
    leading: Annotated[Wholes, "0 or 1", "Carries the caseload of its service"]
    open: Annotated[Wholes, "0 or 1", "Funded and started"]
    filled: Annotated[Wholes, "0 or 1", "Somebody is in post"]
    holder: Annotated[Wholes, "", "How many have held the post before"]
    resident: Annotated[Wholes, "row", "Resident who holds a peer post, -1 for nobody of the town"]
    tenure: Annotated[Wholes, "weeks", "Weeks in post"]
    training: Annotated[Wholes, "weeks", "Weeks of training still to come"]
    strain: Annotated[Reals, "0 to 1", "Strain; 0.5 and more is high exhaustion"]
    wanted: Annotated[Wholes, "0 or 1", "A hire is due this week"]


def make_staff(count: int) -> Staff:
    """Allocate zeroed posts."""
    wide = {"key": np.uint64, "hours": np.float64, "strain": np.float64}
    return Staff(*(np.zeros(count, wide.get(name, np.int64)) for name in Staff.names()))
