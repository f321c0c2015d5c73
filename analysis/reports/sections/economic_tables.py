"""Tables of an economic evaluation: incremental, pairwise, net benefit, information,
perspectives.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.economics.cea import (
    MONEY_ROUNDING,
    compare_pairwise,
    find_quadrant,
    measure_loss,
    share_best,
)
from analysis.economics.valuation import compare_perspectives
from analysis.economics.voi import evpi, evppi, evsi, simulate_study
from analysis.reports.programmes import TWIN_WORDS, has_twin
from analysis.sensitivity.screening import FALSE_SHARE, FEW_FACTORS
from analysis.text.ratios import say_ratio_interval, say_unit_cost
from analysis.text.tables import Table
from analysis.text.wording import say_interval, write_plain

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

FRONTIER_WORDS = {"ND": "on the frontier", "D": "dominated", "ED": "extended dominance"}
STUDY_SIZES = {"twice": 2.0, "as large as": 1.0, "half": 0.5}
"""Standard errors of the studies that are valued, against the present spread of what they
measure.
"""
MOST_STUDIED = 2
QALY_WORDS = ("QALY", "gained", "lost")


def say_screening(case: ReportContext) -> str | None:
    """Say how many of many varied parameters can be told to matter."""
    varied, able, influential = (
        table.shape[1] for table in (case.evaluation.parameters, case.able, case.influential)
    )
    if not case.drawn or able <= FEW_FACTORS:
        return None
    left = "" if varied == able else f" ({varied - able:,} more are read by no scenario here)"
    found = f"{influential} can be told" if influential else "none can be told"
    return (
        f"{able:,} parameters that can act here were varied in {len(case.able)} draws{left};"
        f" {found} to matter apart from chance (rank correlation with the net benefit,"
        f" {FALSE_SHARE:.0%} false discoveries). More draws, or a sweep of fewer parameters, tell"
        " more."
    )


def _write_ratio(ratio: float) -> str:
    return write_plain(ratio) if math.isfinite(ratio) else "–"


def _write_interval(case: ReportContext, name: str, ratio: float) -> str:
    """A ratio of means with Fieller's interval; without one where the gain may be none."""
    if not math.isfinite(ratio):
        return "–"
    e, place = case.evaluation, case.pairs.names.index(name)
    found = case.estimate_ratio(e.cost, e.effect, place)
    if not math.isfinite(found.value):
        side = "gain" if case.measure(e.effect, name).mean > 0 else "loss"
        why = "these runs are too few" if found.gained else f"the {side} cannot be told from none"
        return f"{write_plain(ratio)} (no interval: {why})"
    # As the other ratios of the page, so that one amount is not two.
    return say_ratio_interval(*found[:3], case.currency)


def tabulate_incremental(case: ReportContext) -> Table:
    """Make the fully incremental table of the discounted means."""
    rows = []
    for name, row in case.evaluation.table.iterrows():
        means = [write_plain(float(row[column]), 6) for column in ("cost", "effect")]
        rows.append(
            [
                str(name),
                *means,
                TWIN_WORDS if has_twin(case, str(name)) else FRONTIER_WORDS[str(row["status"])],
                _write_ratio(float(row["icer"])),
            ]
        )
    heads = [
        "Scenario",
        f"Cost, {case.currency}",
        "QALYs",
        "Status",
        f"{case.currency} per QALY, from the one before",
    ]
    return Table("Fully incremental analysis, discounted means", heads, rows)


def tabulate_pairwise(case: ReportContext) -> Table:
    """Make the table of each scenario against the reference: paired differences, quadrant, ratio
    and what it means.
    """
    e = case.evaluation
    table = compare_pairwise(e.cost, e.effect, e.names, case.reference)
    rows = []
    for name, row in table.iterrows():
        cost, gain = (
            say_interval(*case.measure(values, str(name)), signed=True)
            for values in (e.cost, e.effect)
        )
        rows.append(
            [
                str(name),
                cost,
                gain,
                str(row["quadrant"]),
                _write_interval(case, str(name), float(row["ratio"])),
                str(row["meaning"]),
            ]
        )
    heads = [
        "Scenario",
        f"Extra cost, {case.currency}",
        "Extra QALYs",
        "Quadrant",
        "Ratio of means",
        "Meaning",
    ]
    return Table(
        f"Each scenario against {case.reference}, discounted ({case.comparison.level:.0%}"
        " intervals)",
        heads,
        rows,
    )


def tabulate_net_benefit(case: ReportContext) -> Table | None:
    """Make the table of net benefit in money and in health at every declared worth of a QALY, with
    what choosing each forgoes; nothing where none is declared.
    """
    e, rows = case.evaluation, []
    if not e.thresholds:
        return None
    for wtp in e.thresholds:
        nmb = e.net_benefit(wtp)
        shares, losses, chosen = share_best(nmb), measure_loss(nmb), int(nmb.mean(axis=0).argmax())
        # What is left by rounding would be shown as money that can be lost.
        losses = np.where(losses > MONEY_ROUNDING * np.abs(nmb).max(), losses, 0.0)
        for place, name in enumerate(e.names):
            # Net health benefit divides by the worth of a QALY.
            gains = _say_gains(case, wtp, name) if place and wtp > 0 else ["–", "–"]
            best = [
                f"{shares[place]:.2f}",
                write_plain(float(losses[place]), 3),
                "chosen" if place == chosen else "",
            ]
            rows.append([case.say_money(wtp), name, *gains, *best])
    unit = "draws" if e.chance_removed else "replicates"
    gains = [f"Net monetary benefit, {case.currency}", "Net health benefit, QALYs"]
    heads = [
        "A QALY is worth",
        "Scenario",
        *gains,
        f"Best in this share of {unit}",
        f"Expected loss, {case.currency}",
        "Highest mean",
    ]
    return Table(
        f"Net benefit against {case.reference}, how often each is best, and what choosing it"
        " forgoes",
        heads,
        rows,
    )


def _say_gains(case: ReportContext, wtp: float, name: str) -> list[str]:
    """Net benefit of a scenario in money and in QALYs, where a QALY is worth something."""
    money = case.measure(wtp * case.evaluation.effect - case.evaluation.cost, name)
    return [
        say_interval(*money, signed=True),
        say_interval(*(value / wtp for value in money), signed=True),
    ]


def tabulate_information(case: ReportContext) -> Table | None:
    """Make the table of what it is worth to know everything, and each parameter, at every declared
    worth of a QALY.
    """
    if not case.drawn:
        return None
    e, rows = case.evaluation, []
    for wtp in e.thresholds:
        nmb, worth = e.net_benefit(wtp), case.say_money(wtp)
        known = evpi(nmb)
        rows.append([worth, "everything (EVPI)", write_plain(known), ""])
        sets = {str(name): [str(name)] for name in list(case.influential.columns)[:FEW_FACTORS]}
        if len(sets) > 1:
            sets |= {"these together": [name for names in sets.values() for name in names]}
        for said, names in sets.items():
            # Among the influential alone: a fit with hundreds of idle parameters follows chance.
            found = evppi(nmb, case.influential, of=names)
            value = found.value if found.value > 1e-6 * known else 0.0
            rows.append([worth, said, write_plain(value, 2), write_plain(found.standard_error, 2)])
    heads = ["Per QALY", "What would be known", f"Value, {case.currency}", "Standard error"]
    return Table("Value of knowing more before deciding, for this town", heads, rows)


def tabulate_studies(case: ReportContext) -> Table | None:
    """Make the table of what a study of the most influential parameters may cost before it costs
    more than it is worth here.
    """
    if not case.drawn or case.worth is None:
        return None
    nmb, rows = case.evaluation.net_benefit(case.worth), []
    for name in list(case.influential.columns)[:MOST_STUDIED]:
        spread = float(case.influential[name].std())
        for said, times in STUDY_SIZES.items():
            # One measurement with this spread: only the standard error of the study matters here.
            findings = simulate_study(case.influential, {str(name): times * spread}, size=1)
            found = evsi(nmb, findings)
            rows.append(
                [
                    str(name),
                    f"{said} its present spread",
                    write_plain(found.value, 2),
                    write_plain(found.standard_error, 2),
                ]
            )
    if not rows:
        return None
    heads = [
        "A study of",
        "Its standard error",
        f"It may cost this town, {case.currency}",
        "Standard error",
    ]
    return Table(
        f"Value of a study before deciding (EVSI), at {case.say_money(case.worth)} a QALY",
        heads,
        rows,
    )


def tabulate_perspectives(case: ReportContext) -> Table:
    """Make the table of the same runs from each perspective: paired differences and their ratio,
    each with its interval.
    """
    rows = []
    for view, found in compare_perspectives(case.pairs).items():
        for name in case.pairs.others:
            place = case.pairs.names.index(name)
            gaps = [case.measure(values, name) for values in (found.cost, found.effect)]
            ratio = case.estimate_ratio(found.cost, found.effect, place)
            rows.append(
                [
                    view.replace("_", " "),
                    name,
                    *(say_interval(*gap, signed=True) for gap in gaps),
                    find_quadrant(gaps[0].mean, gaps[1].mean),
                    say_unit_cost(ratio, QALY_WORDS, case.currency),
                ]
            )
    heads = [
        "Perspective",
        "Scenario",
        f"Extra cost, {case.currency}",
        "Extra QALYs",
        "Quadrant",
        "Cost per QALY",
    ]
    return Table(
        f"The same runs from each perspective, discounted ({case.comparison.level:.0%} intervals;"
        " Fieller's of ratios)",
        heads,
        rows,
    )
