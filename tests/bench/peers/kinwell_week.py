"""Kinwell's whole week, with the services of the baseline."""

from time import perf_counter

from sim.community import Community
from sim.scenario.library import load


def run(n_residents, weeks, seed):
    """Seconds that stepping a town through its weeks took; building it and compiling are not counted."""
    scenario = load("baseline").with_({"population.residents": n_residents, "warm_up": 2})
    town = Community(scenario, rng=seed)
    while town.week < 1:
        town.step()
    town.prepare()
    start = perf_counter()
    for _ in range(weeks):
        town.step()
    return perf_counter() - start
