"""What a scenario does to inequality between groups of residents, from the subgroups of the
runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.economics.equity import atkinson, concentration_index, distribute, find_gap, kolm
from analysis.economics.valuation import evaluate
from analysis.runs.database import rank_group
from analysis.text.tables import Table
from analysis.text.wording import write_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.reports.context import ReportContext

    Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

AVERSION = 5.0
RANKED = ("income",)
DIGITS = 9
"""Decimals of an index, beyond which rounding alone is left."""


def read_groups(
    case: ReportContext, dimension: str, key: str
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Read one outcome per resident by group, means over the replicates in which somebody belongs
    to it: names, shares, reference, focus.
    """
    frame = case.stored.rows("subgroups")
    frame = frame[frame["dimension"] == dimension]
    names, rows = [], []
    for group, part in sorted(
        frame.groupby("group_name"), key=lambda item: rank_group(str(item[0]))
    ):
        residents = case.pairs.values(part, "residents")
        # Nobody at first, and somebody later, would be any number for each resident.
        there = (residents > 0).all(axis=1)
        if not there.any():
            continue
        values = (case.pairs.values(part, key)[there] / residents[there]).mean(axis=0)
        names.append(str(group))
        rows.append((float(residents[:, 0].mean()), float(values[0]), float(values[case.place])))
    table = np.array(rows).reshape(-1, 3)
    return names, table[:, 0] / max(table[:, 0].sum(), 1e-9), table[:, 1], table[:, 2]


def _choose_measures(dimension: str) -> dict[str, Measure]:
    """Measures of inequality by name; the concentration index only where groups have an order."""
    measures: dict[str, Measure] = {
        "gap": lambda health, shares: find_gap(health, shares)[0],
        f"Atkinson, aversion {AVERSION:g}": lambda health, shares: atkinson(
            health, shares, AVERSION
        ),
        f"Kolm, aversion {AVERSION:g}": lambda health, shares: kolm(health, shares, AVERSION),
    }
    if any(word in dimension for word in RANKED):
        measures["concentration index"] = concentration_index
    return measures


def tabulate_inequality(case: ReportContext) -> Table | None:
    """Make the table of inequality in QALYs per resident, before and after, for every way of
    grouping.
    """
    groups = case.comparison.subgroups
    if groups.empty or "qalys" not in set(groups["outcome"]):
        return None
    rows = []
    for dimension in dict.fromkeys(str(name) for name in groups["dimension"]):
        names, shares, before, after = read_groups(case, dimension, "qalys")
        # Atkinson's index is not defined below 0.
        if len(names) < 2 or (before < 0).any():
            continue
        for name, measure in _choose_measures(dimension).items():
            # What is left of rounding is no inequality.
            was, now = (round(measure(values, shares), DIGITS) for values in (before, after))
            change = write_plain(round(now - was, DIGITS), 2)
            rows.append([f"{dimension}: {name}", write_plain(was), write_plain(now), change])
    heads = ["Grouping and measure", case.reference, case.focus, "Change"]
    return (
        Table(f"Inequality in QALYs per resident over {case.horizon}; 0 = equal", heads, rows)
        if rows
        else None
    )


def tabulate_distribution(case: ReportContext) -> Table | None:
    """Make the table of distributional cost-effectiveness by income: gain, loss to what money no
    longer buys, net.
    """
    groups = case.comparison.subgroups
    dimensions = [str(name) for name in dict.fromkeys(groups["dimension"])] if len(groups) else []
    ranked = [name for name in dimensions if any(word in name for word in RANKED)]
    if not ranked or "qalys" not in set(groups["outcome"]):
        return None
    names, shares, before, after = read_groups(case, ranked[0], "qalys")
    residents, wtp = (case.declared.get("population") or {}).get("residents"), case.worth
    if not isinstance(residents, int) or (before <= 0).any() or wtp is None:
        return None
    # Groups keep their QALYs as totals, which nobody can discount: nor is the cost beside them.
    spent = evaluate(case.pairs, rates=(0.0, 0.0)).cost
    each = float((spent[:, case.place] - spent[:, 0]).mean()) / residents
    found = distribute(before, after - before, each, shares, wtp, aversion=AVERSION)
    scaled = found[["baseline", "gain", "loss", "net"]] * np.array([1.0, 1000.0, 1000.0, 1000.0])
    rows = [
        [name, *(write_plain(float(value)) for value in scaled.loc[place])]
        for place, name in [*enumerate(names), ("all", "all")]
    ]
    heads = [
        ranked[0],
        "QALYs per resident before",
        "Gained per 1,000",
        "Lost per 1,000 to what the money no longer buys",
        "Net per 1,000",
    ]
    equal, fair, mean = (
        1000 * float(found.loc["all", column]) for column in ("change", "equity", "efficiency")
    )
    caption = (
        f"Who gains after paying: {case.say_money(wtp)} elsewhere would buy a QALY; everybody bears"
        " the cost alike; neither is discounted. Equally distributed equivalent (Atkinson, aversion"
        f" {AVERSION:g}): {write_plain(equal, 3)} per 1,000, of which {write_plain(mean, 3)} is the"
        f" mean and {write_plain(fair, 2)} who has it"
    )
    return Table(caption, heads, rows)
