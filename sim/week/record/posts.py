"""Keep the record of posts by service, role and quarter: wanted, filled, hired, left, in training;
part of phase 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import part
from sim.state.staff import ROLES
from sim.week.record.register import NO_WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.record.register import Register
    from sim.week.world import World


class PostBook:
    """Follows every post through a quarter.

    filled, holder (n_posts,): as the quarter began; who was hired and who left follows from them,
    because a post counts its holders. `note_empty` enters posts that stand empty in the register.
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
        self.rows: list[dict[str, object]] = []
        self.begin(world)

    def begin(self, world: World) -> None:
        """Take the posts as they stand for the beginning of a quarter."""
        staff = world.provision.staff
        self.filled, self.holder = staff.filled.copy(), staff.holder.copy()
        self.register.empty_from[:] = NO_WEEK

    def close(self, world: World) -> None:
        """Write down the quarter, a row for each service and role that had posts, and begin the
        next.
        """
        staff = world.provision.staff
        # A post that was left and filled again counts one more holder and is as full as before.
        left = staff.holder - self.holder
        hired = staff.filled - self.filled + left
        columns = {
            "posts": self._sum(staff.open),
            "posts_fte": self._sum(staff.open * staff.hours),
            "filled": self._sum(staff.filled),
            "filled_fte": self._sum(staff.filled * staff.hours),
            "hired": self._sum(hired),
            "left": self._sum(left),
            "in_training": self._sum((staff.filled == 1) & (staff.training > 0)),
        }
        for g, (service, role) in enumerate(self.kinds):
            row = {name: float(values[g]) for name, values in columns.items()}
            # Roles without any post in this quarter have no row.
            if any(row.values()):
                empty_from = self.register.empty_from
                weeks = empty_from[(self.group == g) & (empty_from != NO_WEEK)]
                first = int(weeks.min()) if weeks.size else None
                who: dict[str, object] = {"service": service, "role": role, "week": world.week}
                self.rows.append(who | row | {"recruiting_from": first})
        self.begin(world)

    def _sum(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        sums = np.bincount(self.group, values.astype(np.float64), len(self.kinds))
        return np.asarray(sums, np.float64)


@part
def note_empty(staff, empty_from, week_number):
    """Note the posts that stand empty at the end of a week, where they did not before."""
    for k in range(staff.key.size):
        if staff.open[k] == 1 and staff.filled[k] == 0 and empty_from[k] == NO_WEEK:
            empty_from[k] = week_number
