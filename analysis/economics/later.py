"""Deciding later: the options of a branch beside each other, and what it is worth to decide by what
is seen at the branch instead of now.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.runs.intervals import Interval, estimate_crossed
from sim.units import parse_week
from sim.week.governance.branch_rules import BODY, VERB

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.runs.pairing import Pairs


class Tree(NamedTuple):
    """A branch whose options were run: the week, scenarios by option in their order, and the option
    that the branch's rules take in each replicate (its place; (pairs,)), None without rules.
    """

    at: int
    scenarios: dict[str, str]
    taken: NDArray[np.int64] | None


class Later(NamedTuple):
    """What deciding later is worth, in the unit of the values.

    best: the option with the best mean, which is what deciding now comes to. gain: value by the
    rules less that of `best`, paired. foresight: the same if one knew at the branch what will come
    of each option in this very replicate, chance included: no rule can do better.
    """

    best: str
    gain: Interval
    foresight: Interval


def find_trees(pairs: Pairs) -> list[Tree]:
    """The branches of which at least two options are among the scenarios."""
    trunks: dict[str, dict[str, str]] = {}
    branches: dict[str, dict[str, Any]] = {}
    for name in pairs.names:
        branch = pairs.stored.declared[name].get("branch") or {}
        if branch.get("take") in (branch.get("options") or {}):
            # One branch is one document but for the option that it takes.
            mark = json.dumps({k: v for k, v in branch.items() if k != "take"}, sort_keys=True)
            trunks.setdefault(mark, {})[str(branch["take"])] = name
            branches[mark] = branch
    trees = []
    for mark, found in trunks.items():
        branch = branches[mark]
        scenarios = {option: found[option] for option in branch["options"] if option in found}
        if len(scenarios) > 1:
            taken = _read_taken(pairs, scenarios) if branch.get("rules") else None
            trees.append(Tree(parse_week(branch["at"]), scenarios, taken))
    return trees


def _read_taken(pairs: Pairs, scenarios: dict[str, str]) -> NDArray[np.int64] | None:
    """Place of the option that the rules take in each replicate; None where any is not known."""
    frame = pairs.stored.rows("decisions")
    if frame.empty:
        return None
    frame = frame[(frame["body"] == BODY) & frame["name"].isin(scenarios.values())]
    options = list(scenarios)
    taken: dict[tuple[int, str], int] = {}
    for seed, draw, action in zip(frame["seed"], frame["draw"], frame["action"], strict=True):
        option = str(action).removeprefix(f"{VERB} ")
        if option in options:
            taken[int(seed), str(draw)] = options.index(option)
    # All or none: with some replicates missing, the gain would be that of other pairs.
    places = [taken.get((seed, draw)) for seed, draw in pairs.replicates]
    return None if None in places else np.array(places, np.int64)


def value_later(
    pairs: Pairs, tree: Tree, values: NDArray[np.float64], level: float = 0.95
) -> Later:
    """Value deciding at the branch against deciding now, from values (pairs, scenarios), more being
    better; without rules the gain is nothing and foresight alone says what there is to gain.
    """
    mine = values[:, [pairs.names.index(name) for name in tree.scenarios.values()]]
    best = int(np.argmax(mine.mean(axis=0)))
    now = mine[:, best]
    # The same replicate under the option that its own rules took: pairs stay pairs.
    by_rule = now if tree.taken is None else mine[np.arange(len(mine)), tree.taken]
    gains = (by_rule - now, mine.max(axis=1) - now)
    return Later(
        list(tree.scenarios)[best],
        *(estimate_crossed(gain, pairs.seeds, pairs.draws, level) for gain in gains),
    )
