"""The small week of `plain_mesa.py` on LASER: columns of a LaserFrame, compiled steps over them.

LASER leaves steps to its users and shows them written with Numba; so they are here, on one core.
"""

from time import perf_counter

import networkx as nx
import numba
import numpy as np
from laser.core import LaserFrame

THERAPY_PLACES, GROUP_PLACES = 0.01, 0.015  # per resident
THERAPY_COST, GROUP_COST, BED_WEEK_COST = 120.0, 25.0, 9_800.0
NONE, WAITING, THERAPY, GROUP = range(4)
COLUMNS = ("temperament", "set_point", "loneliness", "symptoms", "cost", "qalys")


@numba.njit(nogil=True, cache=True)
def live(tem, point, lonely, before, symptoms, care, left, ward, cost, qalys, friends, upto, joined):  # fmt: skip
    """Everybody lives one week; freed places, admissions and how many joined the list."""
    freed_therapy, freed_group, admissions, count = 0, 0, 0, 0
    for i in range(lonely.size):
        around, first, last = np.float32(0.0), upto[i], upto[i + 1]
        for k in range(first, last):
            around += before[friends[k]]
        around = around / (last - first) if last > first else np.float32(0.0)
        goal = tem[i] + 0.3 * (around - before[i]) - (0.3 if care[i] == GROUP else 0.0)
        lonely[i] = before[i] + 0.1 * (goal - before[i]) + np.random.normal(0.0, 0.15)
        goal = point[i] + 0.8 * lonely[i] - (3.0 if care[i] == THERAPY else 0.0)
        felt = 0.85 * symptoms[i] + 0.15 * goal + np.random.normal(0.0, 1.3)
        symptoms[i] = min(max(felt, 0.0), 27.0)
        if care[i] == NONE and symptoms[i] >= 10:
            if np.random.random() < 0.02 + 0.004 * (symptoms[i] - 10):
                care[i] = WAITING
                joined[count] = i
                count += 1
        elif care[i] >= THERAPY:
            cost[i] += THERAPY_COST if care[i] == THERAPY else GROUP_COST
            left[i] -= 1
            if left[i] == 0:
                freed_therapy += care[i] == THERAPY
                freed_group += care[i] == GROUP
                care[i] = NONE
        if ward[i]:
            cost[i] += BED_WEEK_COST
            ward[i] = np.random.random() >= 0.6
        else:
            ward[i] = np.random.random() < 1.0 / (1.0 + np.exp(10.0 - 0.25 * symptoms[i]))
            admissions += ward[i]
        qalys[i] += (0.95 - 0.016 * symptoms[i] - (0.2 if ward[i] else 0.0)) / 52.0
    return freed_therapy, freed_group, admissions, count


class Town:
    """Residents on a Watts-Strogatz network of eight ties each, with one list and two services."""

    def __init__(self, n_residents, seed):
        chance = np.random.default_rng(seed)
        seed_compiled(seed)
        self.people = LaserFrame(n_residents)
        for name in COLUMNS:
            self.people.add_scalar_property(name, dtype=np.float32)
        for name in ("care", "weeks_left", "in_ward"):
            self.people.add_scalar_property(name, dtype=np.uint8)
        p = self.people
        p.temperament[:] = p.loneliness[:] = chance.normal(0.0, 0.7, n_residents)
        p.set_point[:] = p.symptoms[:] = np.clip(chance.normal(4.5, 3.5, n_residents), 0.0, 20.0)
        edges = np.array(nx.watts_strogatz_graph(n_residents, 8, 0.1, seed=seed).edges)
        near, far = np.concatenate((edges, edges[:, ::-1])).T
        self.friends = far[np.argsort(near, kind="stable")].astype(np.uint32)
        self.upto = np.concatenate(([0], np.cumsum(np.bincount(near, minlength=n_residents))))
        self.waiting, self.admissions, self.told = [], 0, []
        self.joined = np.empty(n_residents, np.uint32)
        self.free = [int(THERAPY_PLACES * n_residents), int(GROUP_PLACES * n_residents)]

    def step(self):
        p = self.people
        before = p.loneliness.copy()
        state = p.loneliness, before, p.symptoms, p.care, p.weeks_left, p.in_ward, p.cost, p.qalys
        ties = self.friends, self.upto, self.joined
        *freed, admissions, count = live(p.temperament, p.set_point, *state, *ties)
        self.waiting += self.joined[:count].tolist()
        self.admissions += admissions
        for k, (care, weeks) in enumerate(((THERAPY, 12), (GROUP, 26))):
            self.free[k] += freed[k]
            taken, self.waiting = self.waiting[: self.free[k]], self.waiting[self.free[k] :]
            p.care[taken], p.weeks_left[taken] = care, weeks
            self.free[k] -= len(taken)
        told = float(p.symptoms.mean()), float(p.loneliness.mean()), int((p.care > WAITING).sum())
        more = len(self.waiting), self.admissions, float(p.cost.sum()), float(p.qalys.sum())
        self.told.append((*told, *more))


@numba.njit(cache=True)
def seed_compiled(seed):
    """Seed the generator of compiled code, which is another than NumPy's."""
    np.random.seed(seed)


def run(n_residents, weeks, seed):
    """Seconds that stepping a fresh town through its weeks took; building and compiling are not counted."""
    Town(100, seed).step()
    town = Town(n_residents, seed)
    start = perf_counter()
    for _ in range(weeks):
        town.step()
    seconds = perf_counter() - start
    names = ("symptoms", "loneliness", "in_care", "waiting", "admissions", "cost", "qalys")
    return seconds, dict(zip(names, town.told[-1], strict=True))
