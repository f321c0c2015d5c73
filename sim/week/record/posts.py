"""Keep the record of posts by service, role and quarter: wanted, filled, hired, left, in training;
part of phase 12.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.kernels import loop, part
from sim.state.staff import ROLES
from sim.week.record.register import NO_WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.record.register import Register
    from sim.week.world import World


TOLD_OF_POSTS = (
    "posts",
    "posts_fte",
    "filled",
    "filled_fte",
    "hired",
    "left",
    "in_training",
    "recruiting_from",
)
"""Figures of a kind of post in the order in which they are told; the last is a week."""
_enumerate: Any = IntEnum
Figure = _enumerate("Figure", {key: k for k, key in enumerate(TOLD_OF_POSTS)}, module=__name__)
"""Places in the figures of a kind of post."""


class PostBook:
    """Follows every post through a quarter.

    filled, holder (n_posts,): as the quarter began; who was hired and who left follows from them,
    because a post counts its holders. `note_empty` enters posts that stand empty in the register.
    quarters: last week and figures (n_kinds, len(Figure)) of each quarter.
    """

    def __init__(self, world: World, register: Register) -> None:
        """Begin a quarter with the posts as they are."""
        self.register = register
        staff = world.provision.staff
        kinds, self.group = np.unique(
            np.stack([staff.service, staff.role], axis=1), axis=0, return_inverse=True
        )
        self.kinds = [
            (world.provision.names[service], ROLES[role]) for service, role in kinds.tolist()
        ]
        self.group = self.group.ravel()
        self.quarters: list[tuple[int, NDArray[np.float64]]] = []
        self.begin(world)

    def begin(self, world: World) -> None:
        """Take the posts as they stand for the beginning of a quarter."""
        staff = world.provision.staff
        self.filled, self.holder = staff.filled.copy(), staff.holder.copy()
        self.register.empty_from[:] = NO_WEEK

    def close(self, world: World) -> None:
        """Write down the quarter, and begin the next."""
        figures = np.zeros((len(self.kinds), len(Figure)))
        begun = self.filled, self.holder, self.register.empty_from
        close_posts(world.provision.staff, self.group, *begun, figures)
        self.quarters.append((world.week, figures))

    @property
    def rows(self) -> list[dict[str, object]]:
        """A row for each quarter, service and role that had posts in it."""
        return [
            {"service": service, "role": role, "week": week}
            | dict(zip(TOLD_OF_POSTS, values, strict=True))
            | {"recruiting_from": int(values[Figure.recruiting_from]) if values[-1] >= 0 else None}
            for week, figures in self.quarters
            for (service, role), values in zip(self.kinds, figures.tolist(), strict=True)
            if any(values[: Figure.recruiting_from])
        ]


@loop
def close_posts(staff, group, filled, holder, empty_from, figures):
    """Add up the quarter of each kind of post into `figures` (n_kinds, len(Figure)), and begin the
    next.

    group (n_posts,): kind of each post; filled, holder (n_posts,): as the quarter began.
    """
    figures[:, Figure.recruiting_from] = NO_WEEK
    for k in range(staff.key.size):
        row, works = figures[group[k]], staff.filled[k]
        # A post that was left and filled again counts one more holder and is as full as before.
        left = staff.holder[k] - holder[k]
        row[Figure.posts] += staff.open[k]
        row[Figure.posts_fte] += staff.open[k] * staff.hours[k]
        row[Figure.filled] += works
        row[Figure.filled_fte] += works * staff.hours[k]
        row[Figure.hired] += works - filled[k] + left
        row[Figure.left] += left
        row[Figure.in_training] += 1 if works == 1 and staff.training[k] > 0 else 0
        first, week = row[Figure.recruiting_from], empty_from[k]
        if week != NO_WEEK and (first == NO_WEEK or week < first):
            row[Figure.recruiting_from] = week
        filled[k], holder[k], empty_from[k] = works, staff.holder[k], NO_WEEK


@part
def note_empty(staff, empty_from, week_number):
    """Note the posts that stand empty at the end of a week, where they did not before."""
    for k in range(staff.key.size):
        if staff.open[k] == 1 and staff.filled[k] == 0 and empty_from[k] == NO_WEEK:
            empty_from[k] = week_number
