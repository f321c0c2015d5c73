"""The yardstick: a small week in one town, written the way Mesa's tutorials teach it.

Loneliness, symptoms, help-seeking, a first-come list into therapy and groups, admissions, costs and
QALYs for residents on a small-world network: about a tenth of what Kinwell's own week does, and no
line of it is Kinwell's. `kinwell bench` times it in the same run, on the same machine.
"""

from __future__ import annotations

import math
from time import perf_counter

import mesa
import networkx as nx

THERAPY_PLACES, GROUP_PLACES = 0.01, 0.015  # per resident
THERAPY_COST, GROUP_COST, BED_WEEK_COST = 120.0, 25.0, 9_800.0


class Resident(mesa.Agent):
    """Someone with a level of loneliness (SD around 0), symptoms (0 to 27) and perhaps a place in care."""

    def __init__(self, model: Town) -> None:
        super().__init__(model)
        self.temperament = self.random.gauss(0.0, 0.7)
        self.set_point = min(max(self.random.gauss(4.5, 3.5), 0.0), 20.0)
        self.loneliness, self.symptoms = self.temperament, self.set_point
        self.friends: list[Resident] = []
        self.care: str | None = None  # None, "waiting", "therapy" or "group"
        self.weeks_left = 0
        self.in_ward = False
        self.cost = self.qalys = 0.0

    def feel(self) -> None:
        """Drift towards the friends' loneliness, and symptoms towards their set point."""
        around = (
            sum(friend.loneliness for friend in self.friends) / len(self.friends)
            if self.friends
            else 0.0
        )
        goal = (
            self.temperament
            + 0.3 * (around - self.loneliness)
            - (0.3 if self.care == "group" else 0.0)
        )
        self.loneliness += 0.1 * (goal - self.loneliness) + self.random.gauss(0.0, 0.15)
        goal = self.set_point + 0.8 * self.loneliness - (3.0 if self.care == "therapy" else 0.0)
        self.symptoms = min(
            max(0.85 * self.symptoms + 0.15 * goal + self.random.gauss(0.0, 1.3), 0.0), 27.0
        )

    def seek_help(self) -> None:
        """Join the list, more readily the worse one feels."""
        if (
            self.care is None
            and self.symptoms >= 10
            and self.random.random() < 0.02 + 0.004 * (self.symptoms - 10)
        ):
            self.care = "waiting"
            self.model.waiting.append(self)

    def receive_care(self) -> None:
        """Pay for this week's session; the last one frees the place."""
        if self.care in ("therapy", "group"):
            self.cost += THERAPY_COST if self.care == "therapy" else GROUP_COST
            self.weeks_left -= 1
            if self.weeks_left == 0:
                self.model.free[self.care] += 1
                self.care = None

    def risk_crisis(self) -> None:
        """Enter the ward by a logistic hazard of symptoms, and leave it after a geometric stay."""
        if self.in_ward:
            self.cost += BED_WEEK_COST
            self.in_ward = self.random.random() >= 0.6
        else:
            hazard = 1.0 / (1.0 + math.exp(10.0 - 0.25 * self.symptoms))
            self.in_ward = self.random.random() < hazard
            self.model.admissions += self.in_ward
        self.qalys += (0.95 - 0.016 * self.symptoms - (0.2 if self.in_ward else 0.0)) / 52.0

    def step(self) -> None:
        """Live one week."""
        self.feel()
        self.seek_help()
        self.receive_care()
        self.risk_crisis()


class Town(mesa.Model):
    """Residents on a Watts-Strogatz network of eight ties each, with one list and two services."""

    def __init__(self, n_residents: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.waiting: list[Resident] = []
        self.free = {
            "therapy": int(THERAPY_PLACES * n_residents),
            "group": int(GROUP_PLACES * n_residents),
        }
        self.admissions = 0
        residents = list(Resident.create_agents(self, n_residents))
        for a, b in nx.watts_strogatz_graph(n_residents, 8, 0.1, seed=seed).edges:
            residents[a].friends.append(residents[b])
            residents[b].friends.append(residents[a])
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "symptoms": lambda town: town.agents.agg("symptoms", sum) / n_residents,
                "loneliness": lambda town: town.agents.agg("loneliness", sum) / n_residents,
                "in_care": lambda town: sum(
                    resident.care in ("therapy", "group") for resident in town.agents
                ),
                "waiting": lambda town: len(town.waiting),
                "admissions": "admissions",
                "cost": lambda town: town.agents.agg("cost", sum),
                "qalys": lambda town: town.agents.agg("qalys", sum),
            }
        )

    def fill_places(self) -> None:
        """Give free places to those who have waited longest: therapy first, then groups."""
        for care, weeks in (("therapy", 12), ("group", 26)):
            taken = min(self.free[care], len(self.waiting))
            for resident in self.waiting[:taken]:
                resident.care, resident.weeks_left = care, weeks
            del self.waiting[:taken]
            self.free[care] -= taken

    def step(self) -> None:
        """Let everybody live one week, in random order, then fill places and take notes."""
        self.agents.shuffle_do("step")
        self.fill_places()
        self.datacollector.collect(self)


def run(n_residents: int, weeks: int, seed: int) -> float:
    """Seconds that stepping a fresh town through its weeks took; building it is not counted."""
    town = Town(n_residents, seed)
    start = perf_counter()
    for _ in range(weeks):
        town.step()
    return perf_counter() - start
