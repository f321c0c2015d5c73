"""Cost-effectiveness: incremental analysis with dominance, net benefit, acceptability and expected
loss.

Costs and effects are arrays (draws, strategies), or one number per strategy where only means are
needed.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.economics.inputs import check_order, read_finite, read_numbers
from sim.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Amounts: TypeAlias = ArrayLike | Mapping[str, float] | pd.DataFrame | pd.Series

ND, D, ED = "ND", "D", "ED"
SLACK, MONEY_ROUNDING = 1e-9, 1e-12


def frontier(cost: Amounts, effect: Amounts, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Build the fully incremental table, sorted by status, then cost.

    Indexed by name: cost, effect, status (ND on the frontier, D dominated, ED dominated by a
    mixture), icer (ratio of mean differences from the predecessor on the frontier; NaN unless ND
    with a predecessor), inc_cost and inc_effect (what the icer divides). A strategy that is exactly
    as good as a mixture of its neighbours stays ND; of exact duplicates the first named stays.
    Where nothing is struck but one, that one is the frontier.

    >>> frontier([0, 100, 300], [0, 1, 2], ["usual", "peers", "both"])["icer"].tolist()
    [nan, 100.0, 200.0]
    """
    labels = _labels(cost, effect, names)
    _check_rows(cost, effect, labels)
    costs, effects = _means(cost, labels), _means(effect, labels)
    status = np.full(len(labels), ND, dtype=object)
    # Cheapest first, and of equal cost the most effective: whoever follows and gives no more is
    # dominated.
    order = sorted(range(len(labels)), key=lambda i: (costs[i], -effects[i], i))
    kept: list[int] = []
    for i in order:
        if kept and effects[kept[-1]] >= effects[i]:
            status[i] = D
        else:
            kept.append(i)
    kept = _strike_extended(kept, costs, effects, status)
    table = pd.DataFrame(
        {"cost": costs, "effect": effects, "status": status.astype(str)},
        index=pd.Index(labels, name="strategy"),
    )
    for column in ("inc_cost", "inc_effect", "icer"):
        table[column] = np.nan
    for before, here in pairwise(kept):
        # Nobody stands before the first: it has no ratio.
        dc, de = costs[here] - costs[before], effects[here] - effects[before]
        table.loc[labels[here], ["inc_cost", "inc_effect", "icer"]] = [dc, de, dc / de]
    table["rank"] = [{ND: 0, ED: 1, D: 2}[value] for value in table["status"]]
    return table.sort_values(["rank", "cost"], kind="stable").drop(columns="rank")[
        ["cost", "effect", "status", "icer", "inc_cost", "inc_effect"]
    ]


def _strike_extended(
    kept: list[int],
    costs: NDArray[np.float64],
    effects: NDArray[np.float64],
    status: NDArray[np.object_],
) -> list[int]:
    """Strike, again and again, whoever has a higher ratio than the next; equality stays."""
    kept = list(kept)
    while True:
        # Again after every strike: without one strategy, the ratios of its neighbours are others.
        ratios = [(costs[b] - costs[a]) / (effects[b] - effects[a]) for a, b in pairwise(kept)]
        worse = [
            kept[i + 1]
            for i, (ratio, after) in enumerate(pairwise(ratios))
            # Slack for rounding, or exact mixtures would be struck by the last digit.
            if ratio > after * (1 + SLACK)
        ]
        if not worse:
            return kept
        for i in worse:
            status[i] = ED
        kept = [i for i in kept if i not in worse]


def find_quadrant(inc_cost: float, inc_effect: float) -> str:
    """Name the quadrant of the cost-effectiveness plane: NE, SE, SW, NW, or origin.

    On an axis one side is no worse on either count: it is in SE or NW, as in `frontier`. Dearer
    for no effect is NW, not a ratio that nobody can compute.
    """
    if math.isnan(inc_cost) or math.isnan(inc_effect):
        message = "a difference that is missing lies in no quadrant"
        raise Refused(message)
    if inc_cost == 0 and inc_effect == 0:
        return "origin"
    # On the axes a tie goes to the side that is no worse.
    north = inc_cost > 0 or (inc_cost == 0 and inc_effect < 0)
    east = inc_effect > 0 or (inc_effect == 0 and inc_cost < 0)
    return ("N" if north else "S") + ("E" if east else "W")


MEANINGS = {
    "NE": "cost per unit gained",
    "SW": "saving per unit lost",
    "SE": "dominates: no worse and not dearer",
    "NW": "dominated: no better and not cheaper",
    "origin": "no difference",
}
"""What a ratio means in each quadrant of the plane."""


def compare_pairwise(
    cost: Amounts, effect: Amounts, names: Sequence[str] | None = None, reference: str | None = None
) -> pd.DataFrame:
    """Compare each strategy with one reference (the first named): inc_cost, inc_effect, quadrant,
    ratio and its meaning.

    The ratio is NaN where one side dominates; in the south-west it is the money saved per unit
    lost, and higher is better there.
    """
    labels = _labels(cost, effect, names)
    _check_rows(cost, effect, labels)
    costs, effects = _means(cost, labels), _means(effect, labels)
    # As text: a label may be a number.
    known = [str(label) for label in labels]
    if reference is not None and str(reference) not in known:
        message = f"there is no strategy {reference!r} among {', '.join(known)}"
        raise Refused(message)
    first = known.index(str(reference)) if reference is not None else 0
    rows = []
    for i, name in enumerate(labels):
        if i == first:
            continue
        dc, de = float(costs[i] - costs[first]), float(effects[i] - effects[first])
        quadrant = find_quadrant(dc, de)
        # In SE and NW ratios of the same sign and size mean opposite things: none is given.
        ratio = dc / de if quadrant in ("NE", "SW") else math.nan
        rows.append(
            {
                "strategy": name,
                "inc_cost": dc,
                "inc_effect": de,
                "quadrant": quadrant,
                "ratio": ratio,
                "meaning": MEANINGS[quadrant],
            }
        )
    return pd.DataFrame(
        rows, columns=["strategy", "inc_cost", "inc_effect", "quadrant", "ratio", "meaning"]
    ).set_index("strategy")


def net_monetary_benefit(cost: ArrayLike, effect: ArrayLike, wtp: float) -> NDArray[np.float64]:
    """Value effects at `wtp` and take off the cost."""
    costs, effects = _read_both(cost, effect)
    if not 0 <= wtp < math.inf:
        message = f"net monetary benefit needs a willingness to pay of 0 or more, not {wtp}"
        raise Refused(message)
    return np.asarray(wtp * effects - costs)


def net_health_benefit(cost: ArrayLike, effect: ArrayLike, wtp: float) -> NDArray[np.float64]:
    """Take from the effects what the cost would have bought elsewhere at `wtp`."""
    costs, effects = _read_both(cost, effect)
    if not 0 < wtp < math.inf:
        message = f"net health benefit needs a willingness to pay above 0, not {wtp}"
        raise Refused(message)
    return np.asarray(effects - costs / wtp)


def _read_both(
    cost: ArrayLike, effect: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read cost and effect of the same draws and strategies."""
    check_order(cost, effect, "cost and effect")
    costs, effects = read_numbers(cost, "cost"), read_numbers(effect, "effect")
    # One number may stand for all.
    if costs.ndim and effects.ndim and costs.shape != effects.shape:
        message = f"cost has the shape {costs.shape} and effect {effects.shape}"
        raise Refused(message)
    return costs, effects


def ceac(cost: ArrayLike, effect: ArrayLike, wtp: ArrayLike) -> NDArray[np.float64]:
    """Find how often each strategy is the best: (wtp, strategies), or (strategies,) for a single
    wtp; rows sum to 1.

    Tie rule: the best is the maximum of net benefit; strategies that tie, to within rounding (1e-12
    of the largest net benefit of the draw), share that draw equally.

    >>> ceac([[0, 100], [0, 300]], [[0, 1], [0, 1]], 200).tolist()
    [0.5, 0.5]
    """
    return _over_wtp(cost, effect, wtp, share_best)


def ceaf(cost: ArrayLike, effect: ArrayLike, wtp: ArrayLike) -> NDArray[np.float64]:
    """Give, for each wtp, how often the strategy with the highest *mean* net benefit is the best:
    (wtp,).
    """

    def _chance_of_choice(nmb: NDArray[np.float64]) -> NDArray[np.float64]:
        # The mean decides what is adopted, and that strategy need not be the most often best.
        return np.asarray(share_best(nmb)[int(nmb.mean(axis=0).argmax())])

    return _over_wtp(cost, effect, wtp, _chance_of_choice)


def choose(cost: ArrayLike, effect: ArrayLike, wtp: ArrayLike) -> NDArray[np.int64]:
    """Give the column with the highest mean net benefit at each wtp; the first of exact ties."""
    return _over_wtp(cost, effect, wtp, lambda nmb: np.asarray(nmb.mean(axis=0).argmax())).astype(
        np.int64
    )


def expected_loss(cost: ArrayLike, effect: ArrayLike, wtp: ArrayLike) -> NDArray[np.float64]:
    """Give the mean net benefit forgone by choosing each strategy: (wtp, strategies).

    The least is the EVPI.
    """
    return _over_wtp(cost, effect, wtp, measure_loss)


def measure_loss(nmb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean of what choosing each strategy forgoes, from net benefit (draws,
    strategies).
    """
    rows = np.ascontiguousarray(nmb.T)
    return np.asarray((rows.max(axis=0) - rows).mean(axis=1))


def share_best(nmb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give how often each strategy has the highest net benefit.

    Ties (to within rounding) share their draw.
    """
    rows = np.ascontiguousarray(nmb.T)
    # Relative to the largest amount: of millions, cents are rounding.
    best = rows >= rows.max(axis=0) - MONEY_ROUNDING * np.abs(rows).max(axis=0)
    return np.asarray((best / best.sum(axis=0)).mean(axis=1))


def _over_wtp(
    cost: ArrayLike,
    effect: ArrayLike,
    wtp: ArrayLike,
    measure: Callable[[NDArray[np.float64]], Any],
) -> NDArray[np.float64]:
    check_order(cost, effect, "cost and effect")
    costs, effects = check_draws(cost, "cost"), check_draws(effect, "effect")
    if costs.shape != effects.shape:
        message = (
            f"cost has the shape {costs.shape} and effect {effects.shape}; both must be (draws,"
            " strategies)"
        )
        raise Refused(message)
    try:
        values = np.asarray(wtp, dtype=float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim > 1 or not np.isfinite(values).all() or (values < 0).any():
        message = (
            "willingness to pay must be one number or a list of numbers, finite and not below 0"
        )
        raise Refused(message)
    # One row per strategy: a handful of long rows is many times faster to compare than thousands of
    # short ones.
    costs, effects = np.ascontiguousarray(costs.T), np.ascontiguousarray(effects.T)
    found = np.array([measure((value * effects - costs).T) for value in values.ravel()])
    return np.asarray(found[0] if values.ndim == 0 else found)


def check_draws(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Read (draws, strategies) and refuse other shapes and numbers that are not finite."""
    array = read_numbers(values, what)
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 1:
        message = f"{what} must be (draws, strategies), not {array.shape}"
        raise Refused(message)
    return read_finite(array, what)


def _labels(cost: Any, effect: Any, names: Sequence[str] | None) -> list[str]:
    for given in (cost, effect):
        if names is None and (keys := _keys(given)) is not None:
            names = [str(key) for key in keys]
    if names is None:
        size = np.atleast_1d(read_numbers(cost, "cost")).shape[-1]
        names = [f"strategy {place + 1}" for place in range(size)]
    labels = list(names)
    # Tables are read by name: a name that stands twice would give two rows for one.
    if not labels or len(set(labels)) != len(labels):
        message = "two strategies have the same name" if labels else "there is no strategy"
        raise Refused(message)
    return labels


def _keys(values: Any) -> list[Any] | None:
    """Names that values bring along.

    None for plain arrays and for pandas objects that nobody named.
    """
    if not hasattr(values, "keys"):
        return None
    keys = values.columns if isinstance(values, pd.DataFrame) else values.keys()
    return None if isinstance(keys, pd.RangeIndex) else list(keys)


def _align(values: Any, labels: Sequence[str]) -> NDArray[np.float64]:
    """Put named values in the order of the labels.

    A pandas object that knows none of them is taken as it stands.
    """
    named = {str(key): key for key in _keys(values) or ()}
    missing = [str(label) for label in labels if str(label) not in named]
    if not named or (isinstance(values, pd.Series | pd.DataFrame) and len(missing) == len(labels)):
        return np.atleast_1d(read_numbers(values, "cost and effect"))
    if missing:
        message = f"there is no value for {', '.join(missing)} among {', '.join(named)}"
        raise Refused(message)
    columns = [read_numbers(values[named[str(label)]], str(label)) for label in labels]
    return np.stack(columns, axis=-1)


def _check_rows(cost: Any, effect: Any, labels: Sequence[str]) -> None:
    """Refuse costs and effects of different numbers of draws, whose means answer two questions, and
    strategies in two orders of which `names` knows neither.
    """
    rows = [np.shape(given)[0] for given in (cost, effect) if np.ndim(given) == 2]
    if len(set(rows)) > 1:
        message = f"there are {rows[0]} draws of the cost and {rows[1]} of the effect"
        raise Refused(message)
    named = [[str(key) for key in _keys(given) or ()] for given in (cost, effect)]
    # What is found by name may stand in any order; what names does not know is taken by place.
    if not set(labels) & set(named[0]) and named[0] != named[1]:
        ours, theirs = (pd.Series(0.0, index=keys) for keys in named)
        check_order(ours, theirs, "cost and effect")


def _means(values: Any, labels: Sequence[str]) -> NDArray[np.float64]:
    array = _align(values, labels)
    means = array if array.ndim == 1 else array.mean(axis=0)
    if means.shape != (len(labels),):
        message = (
            f"expected a number for each of {len(labels)} strategies, got an array of shape"
            f" {array.shape}"
        )
        raise Refused(message)
    if not np.isfinite(means).all():
        unknown = ", ".join(
            str(label) for label, mean in zip(labels, means, strict=True) if not np.isfinite(mean)
        )
        message = f"cost or effect of {unknown} is missing or infinite"
        raise Refused(message)
    return np.asarray(means, dtype=float)
