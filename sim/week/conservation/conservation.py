"""Everything is accounted for, every week of every run: a number made from a leak is never kept.

A breach is a fault of the model, not of a scenario; the run fails and says how to repeat it.
"""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from sim.engine.team import NO_TEAM
from sim.errors import KinwellError
from sim.state.groups import Before, Books, Inspection
from sim.units import DAYS_PER_WEEK
from sim.week.conservation.census import FAULTS, Found
from sim.week.conservation.stocktaking import NONE, Stock, Sum, inspect_together, inspect_week
from sim.week.money.accounts import price_boarding
from sim.week.money.in_kind import keep_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sim.engine.team import Team
    from sim.week.money.treasury import Treasury
    from sim.week.world import World

ROUNDING = 1e-9
"""Relative slack of sums of money."""
FEW = 3
"""Drawn parameters that are named one by one."""


class Origin(NamedTuple):
    """Which run it is: name of the scenario, seed, parameters that were drawn by evidence id.

    settings: what `kinwell run` has to set to repeat it, what was drawn included; empty until that
    was found out, None where no command of one run repeats it.
    """

    scenario: str
    seed: int
    draw: Mapping[str, float]
    settings: tuple[str, ...] | None = ()

    def __str__(self) -> str:
        """`baseline, seed 7, 2 drawn parameters`."""
        drawn = f"{len(self.draw)} drawn parameters" if self.draw else "parameters as they are"
        if 0 < len(self.draw) <= FEW:
            drawn = ", ".join(f"{name} {value!r}" for name, value in sorted(self.draw.items()))
        return f"{self.scenario}, seed {self.seed}, {drawn}"

    @property
    def command(self) -> str:
        """What repeats the run, in the folder of the scenario; empty where nothing does."""
        if self.settings is None:
            return ""
        words = ["kinwell", "run", self.scenario, "-n", "1", "--seed", str(self.seed), "-j", "1"]
        drawn = (f"parameters.{name}={value!r}" for name, value in self.draw.items())
        for setting in self.settings or drawn:
            words += ["--set", setting]
        return shlex.join(words)


class Breach(KinwellError):
    """Something was lost or made in a week; `subject` is what, `stage` where a study files it."""

    stage: ClassVar[str] = "conservation"

    def __init__(
        self, subject: str, message: str, week: int | None = None, origin: Origin | None = None
    ) -> None:
        """Take what is not conserved, what was found, and when in which run."""
        self.subject, self.message, self.week, self.origin = subject, message, week, origin
        super().__init__(subject, message, week, origin)

    def of(self, origin: Origin) -> Breach:
        """The same breach with more known of its run."""
        return Breach(self.subject, self.message, self.week, origin)

    @property
    def repeated_as_given(self) -> bool:
        """Whether only the command that was given repeats it."""
        return self.origin is not None and not self.origin.command

    def __str__(self) -> str:
        """`week 3 of baseline, seed 7, parameters as they are: places: 12 people hold …`, and the
        command that repeats it.
        """
        found = f"{self.subject}: {self.message}"
        if self.origin is None:
            return found
        said = f"week {self.week} of {self.origin}: {found}; please report this"
        again = self.origin.command
        return f"{said}\nRepeat it with: {again}" if again else said


class Conservation:
    """What was there at the end of last week, to compare this week with; `died`: who died in it.

    Raises `Breach` from `check`, and where two residents share a key at the beginning.
    """

    def __init__(self, world: World, treasury: Treasury, origin: Origin) -> None:
        """Take stock."""
        # With the run's name, so that whoever reads the error can repeat it.
        self.origin = origin
        r = world.residents
        self.keys, self.alive, self.ages = r.key.copy(), r.alive.copy(), r.age.copy()
        # Sorted once: every newcomer's key is looked up in it.
        self.first = np.sort(r.key)
        self.later: set[int] = set()
        if (self.first[1:] == self.first[:-1]).any():
            raise Breach("keys", "two residents share one", world.week, origin)
        self.held = np.zeros(len(world.provision.names), np.int64)
        self.found, self.counted = np.zeros(len(Found), np.int64), np.zeros(len(Stock), np.int64)
        self.sums = np.zeros(len(Sum))
        self.in_bed, self.died = int((r.stay > 0).sum()), 0
        self.note_posts(world)
        self.balance = treasury.balance.copy()

    def note_posts(self, world: World) -> None:
        """Take stock of posts again: a trial fills its own between two weeks."""
        staff = world.provision.staff
        self.filled, self.holders = int(staff.filled.sum()), int(staff.holder.sum())

    def check(
        self, world: World, treasury: Treasury, hires: int, beds: int, team: Team = NO_TEAM
    ) -> None:
        """Compare the end of a week with its beginning.

        hires: people who began in a post this week. beds: beds of the ward this week. team: who
        shares the look at everybody.
        """
        r, o, staff = world.residents, world.provision.offers, world.provision.staff
        before = Before(self.keys, self.alive, self.ages)
        books = Books(treasury.ledger, self.balance, treasury.balance, world.weekly_cost)
        seen = Inspection(self.held, self.found, self.counted, self.sums)
        looked_at = o, staff, r, world.used, before, books, seen
        if team.size == 1:
            inspect_week(*looked_at)
        else:
            inspect_together(*looked_at, team)
        found, counted = self.found.tolist(), self.counted.tolist()
        self.died = found[Found.DIED]
        try:
            # Everything is found first and then judged: the first breach is named, whatever else is
            # wrong.
            self._check_people(world, found)
            self._check_places(world, found, counted)
            self._check_beds(beds, found, counted)
            self._check_posts(hires, found, counted)
            # Before week 0 no books are kept.
            if world.week >= 0:
                self._check_money(world, treasury, counted)
        # Raised anew with week and run: the checks themselves know neither.
        except Breach as breach:
            message = breach.subject, breach.message
            raise Breach(*message, world.week, self.origin) from None

    def _check_people(self, world: World, found: list[int]) -> None:
        if any(found[Found.VANISHED :]):
            for fault, (subject, text) in FAULTS.items():
                if found[fault]:
                    raise Breach(subject, f"{found[fault]} residents {text}")
        if found[Found.NEW]:
            self._check_newcomers(world.residents.key)

    def _check_newcomers(self, key: NDArray[np.uint32]) -> None:
        rows = np.flatnonzero(key != self.keys)
        come = key[rows]
        place = np.minimum(np.searchsorted(self.first, come), self.first.size - 1)
        named = set(come.tolist())
        # Unknown to the town at the start, to all who came later, and to each other.
        taken = bool((self.first[place] == come).any()) or not named.isdisjoint(self.later)
        if taken or len(named) < come.size:
            raise Breach("keys", "a newcomer has that of somebody else")
        self.later |= named
        self.keys[rows] = come

    def _check_places(self, world: World, found: list[int], counted: list[int]) -> None:
        # Lent places are another town's, in runs that hold its lists.
        o, names = world.provision.offers, world.provision.names
        if (s := counted[Stock.OVER_ROW]) != NONE:
            over = np.flatnonzero(o.enrolled > o.places * o.open + world.lent)
            if over.size:
                s = int(over[-1])
                room = o.places[s] * o.open[s]
                raise Breach(
                    "places", f"{o.enrolled[s]} people are enrolled in {names[s]}, which has {room}"
                )
        if (s := counted[Stock.HIDDEN_ROW]) != NONE:
            raise Breach(
                "places",
                f"{self.held[s]} people hold one of {names[s]}, which knows of {o.enrolled[s]}",
            )
        if counted[Stock.SESSIONS] != found[Found.SESSIONS]:
            raise Breach(
                "sessions",
                f"services held {counted[Stock.SESSIONS]}, residents attended"
                f" {found[Found.SESSIONS]}",
            )

    def _check_beds(self, beds: int, found: list[int], counted: list[int]) -> None:
        # Nobody is put out of a bed when beds are closed: last week's number is allowed as well.
        most, self.in_bed = max(beds, self.in_bed), found[Found.IN_BED]
        days = counted[Stock.BED_DAYS]
        if self.in_bed > most:
            raise Breach("beds", f"{self.in_bed} people are in the ward, which has {beds}")
        if days > DAYS_PER_WEEK * most or days != found[Found.WARD_DAYS]:
            raise Breach(
                "beds",
                f"{days} days are charged and {found[Found.WARD_DAYS]} were spent, in {beds} beds",
            )

    def _check_posts(self, hires: int, found: list[int], counted: list[int]) -> None:
        filled, holders = counted[Stock.FILLED], counted[Stock.HOLDERS]
        # A post that was left and filled within the week counts one more holder and as many people.
        expected = self.filled + hires - (holders - self.holders)
        if filled != expected:
            raise Breach(
                "staff",
                f"{filled} people are in post; by those who came and left it should be {expected}",
            )
        if counted[Stock.CLOSED]:
            raise Breach("staff", "somebody works in a post that is closed")
        same = (
            counted[Stock.PEER_POSTS] == found[Found.PEERS]
            and counted[Stock.PEER_ROWS] == found[Found.PEER_ROWS]
        )
        if not same or counted[Stock.NO_PEERS]:
            raise Breach(
                "staff",
                f"{found[Found.PEERS]} residents work as peers, and"
                f" {counted[Stock.PEER_POSTS]} posts are held by residents",
            )
        self.filled, self.holders = filled, holders

    def _check_money(self, world: World, treasury: Treasury, counted: list[int]) -> None:
        least, spent, gap, scale, cost = self.sums.tolist()
        # Written as `not >=`, because a comparison with NaN is false: NaN must not pass.
        if not least >= 0.0 or not math.isfinite(scale):
            raise Breach("money", "an amount in the ledger is below 0 or no number")
        slack = ROUNDING * (1.0 + scale)
        if not gap <= slack:
            name = treasury.accounts[int(self.counted[Stock.WORST_ACCOUNT])]
            raise Breach(
                "money", f"{name} does not hold what it held and took in less what it paid"
            )
        prices = world.scenario.prices
        cost += counted[Stock.VISITS] * prices.emergency_visit.amount
        cost += counted[Stock.BED_DAYS] * prices.inpatient_day.amount
        cost += counted[Stock.BOARDING_DAYS] * price_boarding(prices)
        cost += keep_up(world) if world.scenario.partnerships else 0.0
        cost += treasury.reviewed
        # What services cost is summed up from their own rates, what was paid from the ledger:
        # neither is computed from the other.
        if not abs(spent - cost) <= slack:
            raise Breach("money", f"payers paid {spent:,.2f} for costs of {cost:,.2f}")
