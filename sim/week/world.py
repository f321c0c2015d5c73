"""What the phases of a week work on: everything of one community that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engine.random import week_counter_of
from sim.state.groups import name_week

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.engine.kernels import Seed
    from sim.evidence.parameters import Parameters
    from sim.scenario.scenario import Scenario
    from sim.services.provision import Provision
    from sim.society.ageing.life_course import LifeCourse
    from sim.state.groups import Meetings, Week
    from sim.state.residents import Residents
    from sim.state.ties import Ties


@dataclass
class World:
    """State of a community.

    published: what others could see of residents at the end of last week; publishing: the same for
    this week, swapped after the personal phases. scale: size of a service that the committee
    decided; wanted: that times its ramp; share: what can be paid of it; size: wanted times share; 1
    for all of what is declared. used: visits and days of the hospital this week. tally: leavers,
    present, vacant, strain. waits (n_services, weeks): waits ended this week. starts, early
    (n_services, 26): people who began and who left early, week by week in a ring. trust
    (n_services, neighbourhoods): how far those who vouch for others are trusted. surge: factor on
    life events; contact: share of the usual contact that people have. let_go: people discharged
    because of cuts this week; closed_out: people whose waiting list was closed. course: what age
    brings. came (2,): people who turned 12 and who moved in, moved_away and died: so far; newcomers
    and movers: who came and who moved away this week. lent (n_services,): places beyond those there
    are, in runs that hold lists at another town's; else 0. named: what `when` was last.
    """

    scenario: Scenario
    parameters: Parameters
    seed: Seed
    residents: Residents
    ties: Ties
    published: NDArray[np.float32]
    publishing: NDArray[np.float32]
    provision: Provision
    week: int
    fidelity: NDArray[np.float64]
    scale: NDArray[np.float64]
    share: NDArray[np.float64]
    used: NDArray[np.int64]
    tally: NDArray[np.float64]
    waits: NDArray[np.int64]
    starts: NDArray[np.int64]
    early: NDArray[np.int64]
    wanted: NDArray[np.float64]
    size: NDArray[np.float64]
    weekly_cost: NDArray[np.float64]
    trust: NDArray[np.float64]
    course: LifeCourse
    came: NDArray[np.int64]
    lent: NDArray[np.int64]
    surge: float = 1.0
    contact: float = 1.0
    meetings: Meetings | None = None
    let_go: int = 0
    closed_out: int = 0
    moved_away: int = 0
    died: int = 0
    newcomers: int = 0
    movers: int = 0
    named: Week | None = None

    @property
    def week_counter(self) -> np.uint64:
        """The week as the counter of draws takes it."""
        return week_counter_of(self.week)

    @property
    def when(self) -> Week:
        """The week, with all that its draws are keyed by."""
        # Asked for by every phase: named once a week.
        named = self.named
        if named is None or named.number != self.week or named.seed is not self.seed:
            named = self.named = name_week(self.week, self.seed)
        return named

    @property
    def ward(self) -> int:
        """Row of the ward among the services, -1 where there is none."""
        return (
            self.provision.kinds.index("inpatient_ward")
            if "inpatient_ward" in self.provision.kinds
            else -1
        )

    @property
    def in_need(self) -> NDArray[np.bool_]:
        """Who has symptoms or an illness that warrant help (n_residents,):
        `help_seeking.is_in_need` for everybody.
        """
        return self.find_need(slice(None))

    def find_need(self, rows: slice | NDArray[np.int64]) -> NDArray[np.bool_]:
        """The same for some rows."""
        r = self.residents
        mask: NDArray[np.bool_] = (
            (r.phq[rows] >= self.parameters.seeking.need_phq)
            | (r.severe[rows] == 1)
            | (r.episode[rows] > 0)
        )
        return mask

    def publish(self) -> None:
        """Let everybody see what residents show this week."""
        # Exchanged rather than copied: within a phase nobody sees what others write in this week.
        self.published, self.publishing = self.publishing, self.published
