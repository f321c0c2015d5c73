"""Keep the record: weekly outcomes, subgroups, the ledger, places; part of phase 12."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS, OUTCOMES, Results
from sim.scenario.schema.groups import list_groups
from sim.services.kind import CATEGORIES
from sim.society.initial_state import AGE_BANDS, DIMENSIONS, INCOMES, SEVERITIES, SEXES, cell_shape
from sim.state.codes import HospitalFigure, KindParameter, StaffFigure
from sim.week.money.payments import PAYERS
from sim.week.record.counts import FIXED, Cell, Counts, Total
from sim.week.record.lists import ListBook
from sim.week.record.network_sample import sample_network
from sim.week.record.plausibility import check_outcomes
from sim.week.record.posts import PostBook
from sim.week.supply.ward import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.money.treasury import Books, Treasury
    from sim.week.world import World

QUARTER = 13
"""Weeks between rows of the table of places."""


class Recorder:
    """Collects one run.

    counts: the week, in fixed point; sums (n_cells, len(Cell)): the subgroups over the horizon.
    """

    def __init__(self, world: World, accounts: tuple[str, ...]) -> None:
        """Make room for the horizon."""
        horizon = world.scenario.horizon
        self.residents = world.scenario.population.residents
        self.areas = tuple(world.scenario.neighbourhoods)
        self.accounts = accounts
        self.weekly = np.zeros((horizon, len(KEYS)))
        self.groups = list_groups(world.scenario.neighbourhoods)
        cells = math.prod(self._shape())
        total = np.zeros(len(Total), np.int64)
        self.counts = Counts(total, np.zeros((cells, len(Cell)), np.int64))
        self.sums = np.zeros((cells, len(Cell)))
        self.at_start = np.zeros(cells)
        self.ledger = np.zeros((horizon, len(accounts), len(PAYERS), len(CATEGORIES)))
        self.places: list[dict[str, object]] = []
        self.network: dict[str, list[list[int]]] | None = None
        self.sessions = np.zeros(len(world.provision.names), np.int64)
        self.posts, self.lists = PostBook(world), ListBook(world)

    def stand_by(self, world: World) -> None:
        """Take posts and lists as they are when a week before week 0 has ended."""
        self.posts.begin(world)
        self.lists.begin(world)

    def write(self, world: World, treasury: Treasury, books: Books) -> None:
        """Write down a week of the horizon."""
        week = world.week
        cells = self.counts.cells
        totals = dict(zip(Total.__members__, (self.counts.total / FIXED).tolist(), strict=True))
        by_cell = (cells.sum(axis=0) / FIXED).tolist()
        totals |= dict(zip(Cell.__members__, by_cell, strict=True))
        alive = max(totals.pop("alive"), 1.0)
        row = (
            totals
            | self._hospital(world)
            | self._waits(world)
            | self._staff(world)
            | {"newcomers": float(world.newcomers), "moved_away": float(world.movers)}
            | books_row(books)
        )
        for key in KEYS:
            row[key] /= alive if BY_KEY[key].per_person else 1.0
        self.weekly[week] = [row[key] for key in KEYS]
        if week == 0:
            self.at_start[:] = cells[:, Cell["alive"]] / FIXED
        self.sums += cells / FIXED
        self.ledger[week] = treasury.ledger
        self.sessions += world.provision.offers.held.sum(axis=(1, 2))
        self.posts.follow(world)
        self.lists.follow(world)
        if week % QUARTER == QUARTER - 1 or week == self.weekly.shape[0] - 1:
            self._write_places(world)
            self.posts.close(world)
        if week == self.weekly.shape[0] - 1:
            self.network = sample_network(world)

    def _hospital(self, world: World) -> dict[str, float]:
        used = world.used
        days = float(used[HospitalFigure.BED_DAYS : HospitalFigure.VISITS].sum())
        return {
            "bed_days": days,
            "beds_occupied": days / WEEK,
            "boarding_days": float(used[HospitalFigure.BOARDING_DAYS]),
        }

    def _waits(self, world: World) -> dict[str, float]:
        care = world.provision.offers.kind_parameters[:, KindParameter.LOW_INTENSITY] == 0.0
        waited = np.cumsum(world.waits[care].sum(axis=0))
        if waited[-1] == 0:
            return {"wait_median": math.nan, "wait_90th": math.nan}
        middle, late = np.searchsorted(waited, [0.5 * waited[-1], 0.9 * waited[-1]])
        return {"wait_median": float(middle), "wait_90th": float(late)}

    def _staff(self, world: World) -> dict[str, float]:
        tally = world.tally
        present = float(tally[StaffFigure.PRESENT])
        strain = float(tally[StaffFigure.STRAIN]) / present if present else 0.0
        left, vacant = float(tally[StaffFigure.LEFT]), float(tally[StaffFigure.VACANT])
        return {
            "staff": present,
            "vacancies": vacant,
            "leavers": left,
            "strain_mean": strain,
            "let_go": float(world.let_go),
            "closed_out": float(world.closed_out),
        }

    def _write_places(self, world: World) -> None:
        o, staff = world.provision.offers, world.provision.staff
        lists = self.lists.close()
        for s, name in enumerate(world.provision.names):
            mine = staff.service == s
            waited = np.cumsum(world.waits[s])
            wait = float(np.searchsorted(waited, 0.5 * waited[-1])) if waited[-1] else None
            row: dict[str, object] = {
                "service": name,
                "week": world.week,
                "places": int(o.places[s]),
                "enrolled": int(o.enrolled[s]),
            }
            row |= {
                "waiting": int(o.waiting[s]),
                "wait_median": wait,
                "staff": float((staff.hours * staff.filled)[mine].sum()),
            }
            row |= {"vacancies": int(((staff.open == 1) & (staff.filled == 0) & mine).sum())}
            row |= {"sessions": int(self.sessions[s]), "quality": float(o.quality[s])}
            self.places.append(row | {key: values[s] for key, values in lists.items()})
        self.sessions[:] = 0

    def results(self, decisions: list[dict[str, object]]) -> Results:
        """Everything recorded, as plain data; raises `ImplausibleOutcome` for what cannot be."""
        weekly = {key: self.weekly[:, k].copy() for k, key in enumerate(KEYS)}
        results = Results(
            weekly=weekly,
            summary={o.key: summarise(weekly[o.key], o.over_time) for o in OUTCOMES},
            subgroups=self._subgroups(),
            ledger=self._ledger_rows(),
            decisions=list(decisions),
            places=list(self.places),
            posts=list(self.posts.rows),
            network=self.network,
        )
        check_outcomes(results, self.residents)
        return results

    def _shape(self) -> tuple[int, ...]:
        return cell_shape(len(self.areas), (len(names) for names in self.groups.values()))

    def _subgroups(self) -> list[dict[str, object]]:
        own = (self.areas, INCOMES, tuple(AGE_BANDS), SEXES, SEVERITIES)
        names, shape = (*own, *self.groups.values()), self._shape()
        sums, start = self.sums.reshape(*shape, -1), self.at_start.reshape(shape)
        weeks = max(self.weekly.shape[0], 1)
        rows: list[dict[str, object]] = []
        for axis, dimension in enumerate((*DIMENSIONS, *self.groups)):
            others = tuple(a for a in range(len(shape)) if a != axis)
            by_group, people = sums.sum(axis=others), start.sum(axis=others)
            for g, group in enumerate(names[axis]):
                values = dict(zip(Cell.__members__, by_group[g].tolist(), strict=True))
                person_weeks = max(values.pop("alive"), 1.0)
                row: dict[str, object] = {
                    "dimension": dimension,
                    "group": group,
                    "residents": int(people[g]),
                }
                for key in GROUP_KEYS:
                    per = (
                        (person_weeks if BY_KEY[key].per_person else weeks)
                        if BY_KEY[key].over_time == "mean"
                        else 1.0
                    )
                    row[key] = values[key] / per
                rows.append(row)
        return rows

    def _ledger_rows(self) -> list[tuple[int, str, str, str, float]]:
        return [
            (int(w), self.accounts[a], PAYERS[p], CATEGORIES[c], float(self.ledger[w, a, p, c]))
            for w, a, p, c in np.argwhere(self.ledger)
        ]


def summarise(values: NDArray[np.float64], over_time: str) -> float:
    """One number for the horizon; weeks without a value (nobody got a place) do not count."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return math.nan
    if over_time == "sum":
        return float(known.sum())
    return float(known[-1] if over_time == "end" else known.mean())


def books_row(books: Books) -> dict[str, float]:
    """Outcomes of a week's money."""
    return {
        "cost": books.spending,
        "cost_public": books.public,
        "fees_paid": books.people,
        "income": books.income,
        "cash": books.cash,
        "runway": books.runway,
    }
