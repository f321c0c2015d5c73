"""The small week of `plain_mesa.py` as a module of Starsim, on the network that Starsim makes of a graph.

States are arrays of Starsim, chance its distributions (which are keyed by agent, so that runs can be paired).
"""

from functools import cached_property
from time import perf_counter

import networkx as nx
import numpy as np
import starsim as ss

THERAPY_PLACES, GROUP_PLACES = 0.01, 0.015  # per resident
THERAPY_COST, GROUP_COST, BED_WEEK_COST = 120.0, 25.0, 9_800.0
NONE, WAITING, THERAPY, GROUP = range(4)
TOLD = ("symptoms", "loneliness", "in_care", "waiting", "admissions", "cost", "qalys")


class SmallWeek(ss.Module):
    """Loneliness, symptoms, one list into two services, a ward."""

    def __init__(self):
        super().__init__(name="town")
        self.define_states(
            ss.FloatArr("temperament", default=ss.normal(0.0, 0.7)),
            ss.FloatArr("set_point", default=ss.normal(4.5, 3.5)),
            *(
                ss.FloatArr(name, default=0.0)
                for name in ("loneliness", "symptoms", "care", "weeks_left", "since")
            ),
            *(ss.FloatArr(name, default=0.0) for name in ("cost", "qalys")),
            ss.BoolArr("in_ward", default=False),
        )
        self.drift, self.noise = ss.normal(0.0, 0.15), ss.normal(0.0, 1.3)
        self.seeks, self.stays, self.falls = ss.random(), ss.random(), ss.random()
        self.free, self.admissions = {}, 0

    def init_post(self):
        super().init_post()
        n = len(self.sim.people)
        self.free = {THERAPY: int(THERAPY_PLACES * n), GROUP: int(GROUP_PLACES * n)}
        self.set_point[:] = np.clip(self.set_point.values, 0.0, 20.0)
        self.loneliness[:] = self.temperament.values
        self.symptoms[:] = self.set_point.values

    def init_results(self):
        super().init_results()
        self.define_results(*(ss.Result(name, dtype=float) for name in TOLD))

    def step(self):
        """Everybody lives one week, then places are filled."""
        self.feel()
        self.seek_help()
        self.receive_care()
        self.risk_crisis()
        self.fill_places()

    @cached_property
    def degree(self):
        """Ties of everybody (n,): the network makes its edges after states are set."""
        edges, n = self.sim.networks[0].edges, len(self.sim.people)
        return np.maximum(np.bincount(np.concatenate((edges.p1, edges.p2)), minlength=n), 1)

    def feel(self):
        uids, edges = self.sim.people.auids, self.sim.networks[0].edges
        lonely, care, n = self.loneliness.values, self.care.values, self.degree.size
        around = np.bincount(edges.p1, lonely[edges.p2], n)
        around = (around + np.bincount(edges.p2, lonely[edges.p1], n)) / self.degree
        goal = self.temperament.values + 0.3 * (around - lonely) - 0.3 * (care == GROUP)
        lonely = lonely + 0.1 * (goal - lonely) + self.drift.rvs(uids)
        goal = self.set_point.values + 0.8 * lonely - 3.0 * (care == THERAPY)
        symptoms = 0.85 * self.symptoms.values + 0.15 * goal + self.noise.rvs(uids)
        self.loneliness[:], self.symptoms[:] = lonely, np.clip(symptoms, 0.0, 27.0)

    def seek_help(self):
        could = ((self.care == NONE) & (self.symptoms >= 10)).uids
        joins = self.seeks.rvs(could) < 0.02 + 0.004 * (self.symptoms[could] - 10)
        self.care[could[joins]], self.since[could[joins]] = WAITING, self.ti

    def receive_care(self):
        for care, cost in ((THERAPY, THERAPY_COST), (GROUP, GROUP_COST)):
            served = (self.care == care).uids
            self.cost[served] += cost
            self.weeks_left[served] -= 1
            done = served[self.weeks_left[served] == 0]
            self.free[care] += len(done)
            self.care[done] = NONE

    def risk_crisis(self):
        inside, outside = self.in_ward.uids, (~self.in_ward).uids
        self.cost[inside] += BED_WEEK_COST
        self.in_ward[inside] = self.stays.rvs(inside) >= 0.6
        hazard = 1.0 / (1.0 + np.exp(10.0 - 0.25 * self.symptoms[outside]))
        falls = self.falls.rvs(outside) < hazard
        self.in_ward[outside] = falls
        self.admissions += int(falls.sum())
        self.qalys[:] += (0.95 - 0.016 * self.symptoms.values - 0.2 * self.in_ward.values) / 52.0

    def fill_places(self):
        waiting = (self.care == WAITING).uids
        waiting = waiting[np.argsort(self.since[waiting], kind="stable")]
        for care, weeks in ((THERAPY, 12), (GROUP, 26)):
            taken, waiting = waiting[: self.free[care]], waiting[self.free[care] :]
            self.care[taken], self.weeks_left[taken] = care, weeks
            self.free[care] -= len(taken)

    def update_results(self):
        super().update_results()
        care = self.care.values
        told = self.symptoms.values.mean(), self.loneliness.values.mean(), (care > WAITING).sum()
        more = self.admissions, self.cost.values.sum(), self.qalys.values.sum()
        for name, value in zip(TOLD, (*told, (care == WAITING).sum(), *more), strict=True):
            self.results[name][self.ti] = value


def run(n_residents, weeks, seed):
    """Seconds that stepping a fresh town through its weeks took; building it is not counted."""
    graph = nx.watts_strogatz_graph(n_residents, 8, 0.1, seed=seed)
    sim = ss.Sim(
        n_agents=n_residents, start=0, dur=weeks, dt=1, rand_seed=seed, verbose=0,
        networks=ss.StaticNet(graph=graph), modules=SmallWeek(),
    )  # fmt: skip
    sim.init()
    steps = sim.t.npts
    start = perf_counter()
    sim.run(verbose=0)
    seconds = perf_counter() - start
    results = sim.results.town
    return seconds * weeks / steps, {name: float(results[name][-1]) for name in TOLD}
