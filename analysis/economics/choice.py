"""Which mix of programmes is best, how sure, and what each constraint costs: from paired runs, more
of them where mixes cannot be told apart yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy import special

from analysis.economics.cea import frontier
from analysis.economics.selection import Selection
from analysis.economics.valuation import choose_worth, evaluate
from analysis.runs.pairing import pair
from analysis.text.wording import SYMBOLS, say_interval, say_money, say_money_interval, say_number
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Posed
    from sim.studies.choice.mixes import Mix

    Live = Callable[[Sequence[Scenario], int], object]
    """Runs scenarios over so many replicates and gives their runs."""


@dataclass
class Chosen:
    """What came of a choice.

    values: of each mix, (replicates,) of the goal as it is counted, in the order of seeds.
    left: mixes that cannot be told apart, the best first. without: best mix by the constraint that
    is lifted. frontier: the fully incremental table of the mixes that are allowed.
    """

    posed: Posed
    mixes: tuple[Mix, ...]
    values: dict[str, NDArray[np.float64]]
    left: tuple[str, ...] = ()
    without: dict[str, str] = field(default_factory=dict)
    frontier: pd.DataFrame | None = None

    @property
    def allowed(self) -> tuple[Mix, ...]:
        """Mixes that break no constraint."""
        return tuple(mix for mix in self.mixes if not mix.broken)

    @property
    def best(self) -> Mix:
        """The mix with the best mean."""
        return self.find(self.left[0])

    @property
    def is_flat(self) -> bool:
        """Whether the goal is the same with every mix that is allowed, replicate by replicate."""
        if len(self.left) < len(self.allowed) or len(self.left) < 2:
            return False
        first, *others = (self.values[name] for name in self.left)
        return all(np.array_equal(first, other) for other in others)

    @property
    def sign(self) -> float:
        """1 where more of the goal is better, -1 where less is."""
        goal = self.posed.document.goal
        return 1.0 if goal == "net_benefit" or BY_KEY[goal].better == "more" else -1.0

    def find(self, name: str) -> Mix:
        """A mix by the name of its scenario."""
        return next(mix for mix in self.mixes if mix.name == name)

    def difference(self, name: str, other: str) -> tuple[float, float, float]:
        """Paired difference of the goal over the replicates that both have: mean, low, high."""
        ours, theirs = self.values[name], self.values[other]
        # A mix that was left out early has fewer replicates, and all begin at the same seed.
        shared = min(len(ours), len(theirs))
        paired = ours[:shared] - theirs[:shared]
        mean = float(paired.mean())
        level = 0.5 + 0.5 * self.posed.document.confidence
        half = float(paired.std(ddof=1)) / shared**0.5 * float(special.stdtrit(shared - 1, level))
        return mean, mean - half, mean + half

    def split_left(self) -> tuple[list[str], list[str]]:
        """Of those left beside the best: which cannot be told apart from it, and which are behind
        by their own interval, though not left out for sure.
        """
        behind = {name: self.difference(name, self.best.name) for name in self.left[1:]}
        open_ones = [name for name, (_, low, high) in behind.items() if low <= 0.0 <= high]
        return open_ones, [name for name in behind if name not in open_ones]

    def share_best(self, name: str) -> float:
        """Share of the replicates in which a mix is the best of those that cannot be told apart."""
        shared = min(len(self.values[other]) for other in self.left)
        table = self.sign * np.array([self.values[other][:shared] for other in self.left])
        return float((table[self.left.index(name)] >= table.max(axis=0)).mean())


def choose_mix(
    posed: Posed, mixes: tuple[Mix, ...], live: Live, say: Callable[[str], None]
) -> Chosen:
    """Run every mix, leave out those that cannot be the best, and run the others on."""
    effort = posed.document.replicates
    found = Chosen(posed, mixes, {})
    # Mixes that break one rule compete with the allowed, under that rule's name: the price of a
    # rule comes from the same replicates.
    rivals = _list_rivals(mixes)
    names = [mix.name for mix in mixes]
    replicates = effort.first
    made = _measure(found, names, live, replicates)
    first = np.array([found.values[name] for name in names]).T
    found.frontier = _tabulate_frontier(found, made)
    confidence, zone = posed.document.confidence, posed.document.indifference
    alive = {rival: np.isin(names, members) for rival, members in rivals.items()}
    rule = {rival: Selection(first[:, who], zone, confidence) for rival, who in alive.items()}
    members = {rival: who.copy() for rival, who in alive.items()}
    while True:
        for rival, who in members.items():
            still = alive[rival][who]
            means = np.array([_mean(found, names[k]) for k in np.flatnonzero(who)])
            alive[rival][who] = rule[rival].find_left(found.sign * means, replicates, still)
        going = np.any([who for who in alive.values() if who.sum() > 1], axis=0)
        if not np.any(going) or replicates >= effort.most:
            break
        replicates = min(replicates + effort.more, effort.most)
        left = [name for name, on in zip(names, going, strict=True) if on]
        say(f"{len(left)} of {len(names)} mixes go on to {replicates} replicates")
        _measure(found, left, live, replicates)
    ordered = {
        rival: sorted(
            (names[k] for k in np.flatnonzero(who)),
            key=lambda name: -found.sign * _mean(found, name),
        )
        for rival, who in alive.items()
    }
    found.left = tuple(ordered.pop(""))
    found.without = {rival: left[0] for rival, left in ordered.items()}
    return found


def _list_rivals(mixes: Iterable[Mix]) -> dict[str, list[str]]:
    """Names of the mixes among which the best is sought: those allowed, and under each constraint
    the same with those that it alone forbids.
    """
    allowed = [mix.name for mix in mixes if not mix.broken]
    rivals = {"": allowed}
    for mix in mixes:
        for constraint in mix.broken:
            rivals.setdefault(constraint, list(allowed)).append(mix.name)
    return rivals


def _mean(found: Chosen, name: str) -> float:
    return float(found.values[name].mean())


def _measure(found: Chosen, names: Sequence[str], live: Live, replicates: int) -> object:
    """Run mixes, and the scenario that they are built on, and keep the goal of each."""
    base = found.posed.base
    scenarios = [found.find(name).scenario for name in names]
    # The base in every round: the new seeds need its runs too, or there are no pairs.
    made = live([base, *(s for s in scenarios if s.name != base.name)], replicates)
    pairs = pair(made, base.name)
    goal = found.posed.document.goal
    if goal == "net_benefit":
        valued = evaluate(pairs)
        # A choice by net benefit without a worth of a QALY is refused when it is read.
        table = cast("float", valued.worth) * valued.effect - valued.cost
    else:
        table = pairs.outcome(goal)
    for name in names:
        found.values[name] = table[:, pairs.names.index(name)]
    return made


def _tabulate_frontier(found: Chosen, made: object) -> pd.DataFrame:
    """Costs and QALYs of nothing new and of the mixes that are allowed, each against the next
    cheaper one.
    """
    base = found.posed.base.name
    valued = evaluate(made, base)
    names = [base, *(mix.name for mix in found.allowed if mix.name != base)]
    columns = [valued.names.index(name) for name in names]
    return frontier(valued.cost[:, columns], valued.effect[:, columns], names)


def write_table(found: Chosen) -> str:
    """The choice as text: the answer, the mixes by rank, the frontier, what constraints cost."""
    parts = (_list_ranks(found), _list_frontier(found), _list_constraints(found))
    return "\n".join([_say_best(found), *(line for part in parts for line in ("", *part))])


def say_goal(found: Chosen) -> str:
    """What mixes are compared by; net benefit with what a QALY is worth in it."""
    goal, base = found.posed.document.goal, found.posed.base
    if goal != "net_benefit":
        return BY_KEY[goal].title
    worth = choose_worth(base.willingness_to_pay)
    return f"Net benefit at {say_money(cast('float', worth), base.currency)} a QALY"


def _say_best(found: Chosen) -> str:
    replicates = len(found.values[found.best.name])
    if found.is_flat:
        return (
            f"No mix is best: {say_goal(found)} is the same with every mix in all {replicates}"
            " replicates. Choose by another goal."
        )
    base = found.posed.base.name
    said = f"Best: {found.best.say()}. {say_goal(found)}"
    if found.best.name == base:
        said = f"{said} is highest" if found.sign > 0 else f"{said} is lowest"
        said = f"{said} with {base} as it is, in {replicates} paired replicates."
    else:
        change = _say_difference(found, *found.difference(found.best.name, base))
        said = f"{said} {change} against {base} in {replicates} paired replicates."
    if len(found.left) == 1:
        return f"{said} {_say_alone(found)}"
    open_ones, late = found.split_left()
    if open_ones:
        said = f"{said} It cannot be told apart from: {_name_all(found, open_ones)}."
    if late:
        # Behind by their own interval, which allows for no rivals and no looks on the way.
        said = (
            f"{said} Behind, but not left out for sure in {replicates} replicates:"
            f" {_name_all(found, late)}; a larger `most` may settle it."
        )
    return said


def _name_all(found: Chosen, names: Sequence[str]) -> str:
    return "; ".join(found.find(name).say() for name in names)


def _say_alone(found: Chosen) -> str:
    """How sure it is that no other is better: beyond what would not matter, and no further."""
    document = found.posed.document
    zone = document.indifference
    near = [
        mix
        for mix in found.allowed
        if mix is not found.best and abs(found.difference(mix.name, found.best.name)[0]) < zone
    ]
    currency = found.posed.base.currency
    # As it was declared, and not rounded.
    amount = (
        f"{SYMBOLS.get(currency, f'{currency} ')}{zone:,.6g}"
        if _is_money(found)
        else f"{zone:,.6g}"
    )
    sure = f"confidence {100 * document.confidence:.4g}%, chance alone"
    said = f"No other mix is better by more than {amount} ({sure})"
    if not near:
        return f"{said}."
    few = f"{len(near)} others are" if len(near) > 1 else "1 other is"
    return f"{said}; {few} behind by less than that, which would not matter."


def _is_money(found: Chosen) -> bool:
    goal = found.posed.document.goal
    return goal == "net_benefit" or BY_KEY[goal].unit == "currency"


def _say_difference(found: Chosen, mean: float, low: float, high: float) -> str:
    """A difference of the goal with its interval, with its currency where it is money."""
    if _is_money(found):
        return say_money_interval(mean, low, high, found.posed.base.currency)
    return say_interval(mean, low, high, signed=True)


def _list_ranks(found: Chosen) -> list[str]:
    currency = found.posed.base.currency
    lines = [f"{'mix':40} {'a year':>14} {'FTE':>6} {'behind the best':>26} {'best in':>8}  n"]
    order = sorted(found.allowed, key=lambda mix: -found.sign * _mean(found, mix.name))
    for mix in order:
        behind = found.difference(mix.name, found.best.name)
        said = "-" if mix.name == found.best.name else _say_difference(found, *behind)
        share = f"{found.share_best(mix.name):.0%}" if mix.name in found.left else "-"
        lines.append(
            f"{mix.say():40} {say_money(mix.cost, currency):>14} {sum(mix.staff.values()):>6.1f}"
            f" {said:>26} {share:>8}  {len(found.values[mix.name])}"
        )
    return lines


def _list_frontier(found: Chosen) -> list[str]:
    """The frontier of cost and health: mixes that no other, or mixture of others, betters."""
    table = found.frontier
    if table is None:
        return []
    currency = found.posed.base.currency
    title = (
        "Frontier of cost and QALYs (first replicates, discounted): what each adds to nothing new,"
        " and what a QALY costs that the one before it does not gain:"
    )
    lines = [title]
    start = table.loc[found.posed.base.name]
    for name, row in table[table["status"] == "ND"].iterrows():
        if name == found.posed.base.name:
            continue
        each = "" if np.isnan(row["icer"]) else f", {say_money(row['icer'], currency)} a QALY"
        lines.append(
            f"  {found.find(str(name)).say()}:"
            f" {_say_extra(row['cost'] - start['cost'], currency)},"
            f" {say_number(row['effect'] - start['effect'], signed=True)} QALYs{each}"
        )
    return lines if len(lines) > 1 else []


def _say_extra(amount: float, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{say_money(amount, currency)}"


def _list_constraints(found: Chosen) -> list[str]:
    """What each constraint costs: how much better the best mix without it would be."""
    lines = []
    for constraint, name in found.without.items():
        # Where the two cannot be told apart, lifting the limit buys nothing that can be seen.
        if name == found.best.name or name in found.left:
            lines.append(f"{constraint}: costs nothing; the best mix would be the same.")
            continue
        mean, low, high = found.difference(name, found.best.name)
        lines.append(
            f"{constraint}: without it, {found.find(name).say()}"
            f" ({_say_difference(found, mean, low, high)})."
        )
    return ["What constraints cost:", *(f"  {line}" for line in lines)] if lines else []


def write_data(found: Chosen) -> dict[str, object]:
    """The choice as plain data."""
    base, best = found.posed.base.name, found.best.name
    open_ones, late = found.split_left()
    mixes = [
        {
            "scenario": mix.name,
            "programmes": {name: size for name, size in mix.sizes.items() if size > 0.0},
            "option": mix.option or None,
            "cost_per_year": mix.cost,
            "staff": mix.staff,
            "broken": sorted(mix.broken),
            "replicates": len(found.values[mix.name]),
            "difference": dict(
                zip(("mean", "low", "high"), found.difference(mix.name, base), strict=True)
            ),
            # Plus 0, since the best would have a regret of -0.
            "regret": -found.sign * found.difference(mix.name, best)[0] + 0.0,
            "left": mix.name in found.left,
        }
        for mix in found.mixes
    ]
    table = found.frontier
    on_frontier = [] if table is None else [str(n) for n in table.index[table["status"] == "ND"]]
    return {
        "reference": base,
        "goal": found.posed.document.goal,
        "best": best,
        "cannot_be_told_apart": [best, *open_ones],
        "behind_but_not_left_out": late,
        "confidence": found.posed.document.confidence,
        "indifference": found.posed.document.indifference,
        "mixes": mixes,
        "frontier": on_frontier,
        "without": found.without,
    }
