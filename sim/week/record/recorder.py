"""Keep the record: weekly outcomes, subgroups, the ledger, places; part of phase 12."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.kernels import compile_ahead
from sim.outcomes import BY_KEY, GROUP_KEYS, KEYS, OUTCOMES, Results
from sim.scenario.schema.groups import count_combinations, list_groups
from sim.services.kind import CATEGORIES
from sim.society.initial_state import (
    DIMENSIONS,
    INCOMES,
    SEVERITIES,
    SEXES,
    SUBGROUP_BANDS,
    cell_shape,
)
from sim.state.groups import Left
from sim.week.money.payments import PAYERS
from sim.week.record.counts import FIXED, Cell, open_counts
from sim.week.record.lists import ListBook
from sim.week.record.network_sample import sample_network
from sim.week.record.places import Figure, close_places, tell_places
from sim.week.record.plausibility import check_outcomes
from sim.week.record.posts import PostBook, close_posts
from sim.week.record.register import open_register
from sim.week.record.week_row import TOLD, make_layout, write_week

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.week.money.treasury import Treasury
    from sim.week.world import World

QUARTER = 13
"""Weeks between rows of the table of places."""


class Recorder:
    """Collects one run.

    counts: the week, in fixed point. register: what is added up from week to week. places: last
    week and figures (n_services, len(Figure)) of each quarter.
    """

    def __init__(self, world: World, accounts: tuple[str, ...]) -> None:
        """Make room for the horizon."""
        horizon = world.scenario.horizon
        self.residents = world.scenario.population.residents
        self.areas = tuple(world.scenario.neighbourhoods)
        self.accounts = accounts
        self.groups = list_groups(world.scenario.neighbourhoods)
        cells = math.prod(cell_shape(len(self.areas)))
        rows = cells, count_combinations(self.groups) if self.groups else 0
        self.counts = open_counts(*rows)
        self.register = open_register(world, self.counts)
        self.at_start = np.zeros(rows[0]), np.zeros(rows[1])
        self.ledger = np.zeros((horizon, len(accounts), len(PAYERS), len(CATEGORIES)))
        self.names = world.provision.names
        self.places: list[tuple[int, NDArray[np.float64]]] = []
        self.network: dict[str, list[list[int]]] | None = None
        self._told, self._layout = np.zeros(len(TOLD)), make_layout()
        self.posts = PostBook(world, self.register)
        self.lists = ListBook(world, self.register)

    def begin(self, world: World) -> None:
        """Take posts and lists as they are when a week before week 0 has ended."""
        self.posts.begin(world)
        self.lists.begin(world)

    def prepare(self, world: World) -> None:
        """Compile what only the end of a quarter needs; nothing is changed."""
        o, staff = world.provision.offers, world.provision.staff
        figures = np.empty((0, 0))
        compile_ahead(close_places, o, staff, world.waits, self.register, figures)
        begun = self.posts.filled, self.posts.holder, self.register.empty_from
        compile_ahead(close_posts, staff, self.posts.group, *begun, figures)

    def write(self, world: World, treasury: Treasury, *, samples_network: bool = True) -> None:
        """Write down a week of the horizon, evaluation included; of the last one a sample of ties
        too, unless nobody is to have it.
        """
        week, told = world.week, self._told
        told[0], told[1] = world.let_go, world.closed_out
        told[2], told[3] = world.newcomers, world.movers
        money = treasury.ledger, treasury.balance, treasury.earned
        left = Left(world.used, world.tally, world.waits, told, *money)
        # Subgroups are those of week 0: people at the start, whoever has joined since.
        if week == 0:
            counts = self.counts
            for start, counted in zip(self.at_start, (counts.cells, counts.named), strict=True):
                start[:] = counted[:, Cell["alive"]] / FIXED
        r, o, staff = world.residents, world.provision.offers, world.provision.staff
        write_week(self.counts, left, self._layout, self.register, r, o, staff, week)
        self.ledger[week] = treasury.ledger
        # The last quarter ends with the horizon, however short it is.
        if week % QUARTER == QUARTER - 1 or week == self.register.weekly.shape[0] - 1:
            self._write_places(world)
            self.posts.close(world)
        if samples_network and week == self.register.weekly.shape[0] - 1:
            self.network = sample_network(world)

    def _write_places(self, world: World) -> None:
        provision = world.provision
        figures = np.empty((len(provision.names), len(Figure)))
        close_places(provision.offers, provision.staff, world.waits, self.register, figures)
        self.places.append((world.week, figures))

    def results(self, decisions: list[dict[str, object]]) -> Results:
        """Everything recorded, as plain data; raises `ImplausibleOutcome` for what cannot be."""
        weekly = {key: self.register.weekly[:, k].copy() for k, key in enumerate(KEYS)}
        results = Results(
            weekly=weekly,
            summary={o.key: summarise(weekly[o.key], o.over_time) for o in OUTCOMES},
            subgroups=self._subgroups(),
            ledger=self._ledger_rows(),
            decisions=list(decisions),
            places=list(tell_places(self.names, self.places)),
            posts=self.posts.rows,
            network=self.network,
        )
        # Checked before anything is stored: a number that cannot be right is never kept.
        check_outcomes(results, self.residents)
        return results

    def _subgroups(self) -> list[dict[str, object]]:
        own = (self.areas, INCOMES, tuple(SUBGROUP_BANDS), SEXES, SEVERITIES)
        tables = (
            (dict(zip(DIMENSIONS, own, strict=True)), self.register.sums),
            (self.groups, self.register.named),
        )
        rows: list[dict[str, object]] = []
        for (dimensions, sums), start in zip(tables, self.at_start, strict=True):
            shape = tuple(map(len, dimensions.values()))
            for axis, (dimension, groups) in enumerate(dimensions.items()):
                others = tuple(a for a in range(len(shape)) if a != axis)
                by_group = sums.reshape(*shape, -1).sum(axis=others)
                people = start.reshape(shape).sum(axis=others)
                for g, group in enumerate(groups):
                    told = {"dimension": dimension, "group": group, "residents": int(people[g])}
                    rows.append(told | self._describe_group(by_group[g]))
        return rows

    def _describe_group(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Outcomes of a group from its sums over the horizon."""
        values = dict(zip(Cell.__members__, sums.tolist(), strict=True))
        person_weeks = max(values.pop("alive"), 1.0)
        weeks = max(self.register.weekly.shape[0], 1)
        # Means of those alive are per person, other means per week; sums stay sums.
        return {
            key: values[key]
            / (
                (person_weeks if BY_KEY[key].per_person else weeks)
                if BY_KEY[key].over_time == "mean"
                else 1.0
            )
            for key in GROUP_KEYS
        }

    def _ledger_rows(self) -> list[tuple[int, str, str, str, float]]:
        booked = np.nonzero(self.ledger)
        entries = zip(*(part.tolist() for part in (*booked, self.ledger[booked])), strict=True)
        return [(w, self.accounts[a], PAYERS[p], CATEGORIES[c], x) for w, a, p, c, x in entries]


def summarise(values: NDArray[np.float64], over_time: str) -> float:
    """One number for the horizon; weeks without a value (nobody got a place) do not count."""
    # Missing is not 0: a mean over nobody would look like no wait.
    known = values[np.isfinite(values)]
    if known.size == 0:
        return math.nan
    if over_time == "sum":
        return float(known.sum())
    return float(known[-1] if over_time == "end" else known.mean())
