"""Money received against money spent, and offsets by payer, as tables and sentences of pages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.economics.received import FEES, UNFUNDED, find_offsets, receive_and_spend, sum_years
from analysis.economics.valuation import find_horizon
from analysis.runs.window import call_years
from analysis.text.tables import Table
from analysis.text.wording import say_money_interval, say_number, say_rounded_money

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reports.context import ReportContext
    from analysis.runs.pairing import Pairs

IDLE = 0.05
"""Share of what a fund had from which money that is left is worth a sentence."""
FIGURES = 4
"""Significant figures of the largest amount of a fund; all others of it are rounded alike, so that
what is left is what came less what went, also as it is written.
"""
MOST_FUNDS_SHOWN = 2
"""Funds that the page for funders has room for."""


WHOLE_HORIZON = "over the whole horizon"
"""Said where weeks were chosen: cash is carried on, so that money is followed from the first."""


def tabulate_received(case: ReportContext) -> Table | None:
    """Make a table of received, spent and left by fund, in all and by year; None without money."""
    frame = receive_and_spend(case.pairs)
    frame = round_funds(frame[frame["scenario"].isin((case.reference, case.focus))])
    if frame.empty:
        return None
    years = call_years(0, find_horizon(case.pairs))
    by_year = frame.set_index(["scenario", "fund", "payer", "year"])
    rows = []
    for row in sum_years(frame).itertuples(index=False):
        whose = (row.scenario, row.fund, row.payer)
        yearly = [by_year.loc[(*whose, year)] for year in years]
        rows.append(
            [
                f"{row.fund} ({row.payer})",
                str(row.scenario),
                *(_say(case, value) for value in (row.received, row.spent, row.left)),
                *(f"{_say(case, y.received)} / {_say(case, y.spent)}" for y in yearly),
            ]
        )
    heads = ["Fund (who gives)", "Scenario", "Received", "Spent", "Left at the end"]
    said = "undiscounted means of the replicates; left counts what a fund began with"
    return Table(
        f"Money received and spent by fund, {_say_span(case.pairs) or f'over {case.horizon}'},"
        f" {said}",
        [*heads, *(f"{called}: received / spent" for called in years.values())],
        rows,
    )


def say_unspent(pairs: Pairs, name: str) -> list[str]:
    """A sentence for each fund of a scenario, fees aside, that keeps more than a twentieth of what
    it had, and for what nobody pays.
    """
    totals = sum_years(round_funds(_of(receive_and_spend(pairs), name)))
    currency = str(pairs.stored.declared[name].get("currency", ""))
    span = _say_span(pairs)
    said = []
    for row in totals.itertuples(index=False):
        fund = f"{row.fund}, {span}" if span else str(row.fund)
        received, spent, left, opening = (
            say_rounded_money(value, currency)
            for value in (row.received, row.spent, abs(row.left), row.opening)
        )
        had = row.opening + row.received
        received = (
            f"{opening} at first, {received} received" if row.opening else f"{received} received"
        )
        if row.fund == UNFUNDED:
            said.append(
                f"{spent} is spent on services, surveys or training that no fund may pay for at"
                " that time, and is owed."
            )
        elif row.fund != FEES and had > 0 and row.left > IDLE * had:
            share = f"{say_number(100 * row.left / had)}%"
            said.append(f"{fund}: {received}, {spent} spent; {left} ({share}) is left at the end.")
        # A fund that never had anything can owe money, too.
        elif row.fund != FEES and row.left < -IDLE * max(had, 1.0):
            said.append(f"{fund}: {received}, {spent} spent; {left} is owed.")
    return said


def round_funds(frame: pd.DataFrame) -> pd.DataFrame:
    """What `receive_and_spend` gives, the amounts of each fund rounded to one place and what is
    left made of them again, so that rows and years add up as they are written.
    """
    rounded = frame.copy()
    for _, fund in frame.groupby(["scenario", "fund", "payer"], sort=False):
        opening = float(fund["opening"].iloc[0])
        sums = opening, fund["received"].sum(), fund["spent"].sum(), fund["left"].iloc[-1]
        largest = max(abs(float(value)) for value in sums)
        if not largest:
            continue
        # Cents at most: what is smaller is no money.
        places = min(FIGURES - 1 - math.floor(math.log10(largest)), 2)
        came, went = (fund[key].round(places) for key in ("received", "spent"))
        left = (round(opening, places) + (came - went).cumsum()).round(max(places, 0) + 2)
        rounded.loc[fund.index, "received"], rounded.loc[fund.index, "spent"] = came, went
        rounded.loc[fund.index, "left"] = left
        rounded.loc[fund.index, "opening"] = [round(opening, places), *left.iloc[:-1]]
    return rounded


SHOWN_TO_FUNDERS = ("received", "spent")


def list_received(case: ReportContext) -> list[tuple[str, str, str]]:
    """Rows for a funder: received and spent of the funds that the scenario adds or changes."""
    ours, theirs = (
        case.stored.later[name].get("funds") or {} for name in (case.focus, case.reference)
    )
    changed = [name for name, fund in ours.items() if theirs.get(name) != fund]
    if not changed:
        return []
    totals = sum_years(_of(receive_and_spend(case.pairs), case.focus)).set_index("fund")
    return [
        (
            f"Fund: {name}",
            # In the figures of the other amounts of that page: one amount is written one way.
            ", ".join(f"{case.say_money(totals.at[name, key])} {key}" for key in SHOWN_TO_FUNDERS),
            ", ".join(filter(None, ("not discounted", _say_span(case.pairs)))),
        )
        for name in changed[:MOST_FUNDS_SHOWN]
        if name in totals.index
    ]


def _say_span(pairs: Pairs) -> str:
    """That money is followed over the whole horizon, where other figures are of a part of it."""
    return WHOLE_HORIZON if pairs.stored.window else ""


def _say(case: ReportContext, value: float) -> str:
    return say_rounded_money(value, case.currency)


def _of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[frame["scenario"] == name]


def tabulate_offsets(case: ReportContext) -> Table | None:
    """Make a table of who pays for what is new and whose other spending falls; None where neither
    changes.
    """

    def say(interval: tuple[float, float, float]) -> str:
        """An amount with its interval, in the scenario's currency."""
        return say_money_interval(*interval, case.currency)

    rows = [
        [found.payer, *(say(part) for part in (found.invested, found.elsewhere, found.net))]
        for found in find_offsets(case.pairs, case.focus, case.comparison.level)
    ]
    heads = ["Payer", "For what is new or changed", "For everything else", "In all"]
    said = f"over {case.horizon}, undiscounted; less (−) in the third column is an offset"
    caption = f"Who pays, and who is spared: spending of {case.focus} less {case.reference}, {said}"
    return Table(caption, heads, rows) if rows else None
