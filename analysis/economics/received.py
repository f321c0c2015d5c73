"""Money received against money spent: what each fund took in, paid out and has left, year by year;
and, payer by payer, what a programme costs and what is spent less elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.economics.budget import find_categories, find_changed_services
from analysis.economics.valuation import find_horizon
from analysis.runs.intervals import Interval, estimate_crossed, subtract
from analysis.runs.pairing import Pairs, pair
from sim.units import WEEKS_PER_YEAR, parse_money

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASSED_ON = frozenset({"hospital", "in-kind"})
"""Accounts that receive exactly what they spend, in the same week: nothing can be left there."""
FEES, UNFUNDED = "fees", "unfunded"
"""Accounts that are no funds: what is paid for sessions, and what nobody may pay for."""
BY = ["account", "payer", "year"]
MONEY_COLUMNS = ["scenario", "fund", "payer", "year", "opening", "received", "spent", "left"]


def receive_and_spend(
    source: object, against: str = "baseline", *, allow_missing: bool = False
) -> pd.DataFrame:
    """Set what each fund received beside what it spent, undiscounted, as means of the replicates.

    One row per scenario, fund, payer and year (1 first, 52 weeks each): opening (cash when the
    year begins), received, spent, left (opening + received - spent: cash when it ends, less than
    0 for a debt). Fees stand under the fund `fees` by who pays them; what nobody may pay for is
    the debt of `unfunded`. The hospital and gifts in kind are left out, because they are paid as
    they are used.
    """
    pairs = (
        source if isinstance(source, Pairs) else pair(source, against, allow_missing=allow_missing)
    )
    # Cash is carried from year to year: it is followed over the whole horizon, also in a window.
    pairs = replace(pairs, stored=replace(pairs.stored, window=None))
    taken, paid = pairs.stored.income(BY), pairs.stored.spending(BY)
    years = -(-find_horizon(pairs) // WEEKS_PER_YEAR)
    accounts = pd.concat([taken, paid])[["account", "payer"]].drop_duplicates()
    rows: list[dict[str, object]] = []
    for account, payer in accounts.itertuples(index=False):
        # Nothing can be left there, so that there is nothing to follow.
        if account in PASSED_ON:
            continue
        flows = [_by_year(pairs, part, account, payer, years) for part in (taken, paid)]
        for place, name in enumerate(pairs.names):
            rows += _follow(pairs, name, (str(account), str(payer)), *(f[place] for f in flows))
    frame = pd.DataFrame(rows, columns=MONEY_COLUMNS)
    order = {name: place for place, name in enumerate(pairs.names)}
    # Accounts that are no funds come last: they answer another question than the funds do.
    ranks = {"rank": frame["scenario"].map(order), "later": frame["fund"].isin((FEES, UNFUNDED))}
    by = ["rank", "later", "fund", "payer", "year"]
    return frame.assign(**ranks).sort_values(by, ignore_index=True)[MONEY_COLUMNS]


def _by_year(
    pairs: Pairs, frame: pd.DataFrame, account: str, payer: str, years: int
) -> NDArray[np.float64]:
    """Means over replicates (scenarios, years) of one account's amounts of one payer."""
    mine = frame[(frame["account"] == account) & (frame["payer"] == payer)]
    columns = [
        pairs.values(mine[mine["year"] == year], "amount").mean(axis=0) for year in range(years)
    ]
    return np.stack(columns, axis=1)


def _follow(
    pairs: Pairs,
    name: str,
    who: tuple[str, str],
    received: NDArray[np.float64],
    spent: NDArray[np.float64],
) -> list[dict[str, object]]:
    """Rows of one fund of a scenario, what is left of a year being there when the next begins."""
    cash = _find_opening(pairs, name, who[0])
    if not (received.any() or spent.any() or cash):
        return []
    rows = []
    # What is left of a year opens the next: the last figure must be the cash of the model.
    for year, (came, went) in enumerate(zip(received.tolist(), spent.tolist(), strict=True)):
        left = cash + came - went
        rows.append(
            dict(zip(MONEY_COLUMNS, (name, *who, year + 1, cash, came, went, left), strict=True))
        )
        cash = left
    return rows


def _find_opening(pairs: Pairs, name: str, account: str) -> float:
    """Cash that a fund began with, as its scenario declares it."""
    fund = (pairs.stored.declared[name].get("funds") or {}).get(account) or {}
    opening = fund.get("opening")
    return 0.0 if opening is None else float(parse_money(opening).amount)


def sum_years(frame: pd.DataFrame) -> pd.DataFrame:
    """The same over the horizon: one row per scenario, fund and payer, with the first opening and
    what is left at the end.
    """
    how = {"opening": "first", "received": "sum", "spent": "sum", "left": "last"}
    return frame.groupby(["scenario", "fund", "payer"], sort=False, as_index=False).agg(how)


class Offset(NamedTuple):
    """One payer, undiscounted paired differences: what it pays for the services that were added or
    changed, what it spends otherwise (below 0 where that is less), and both together.
    """

    payer: str
    invested: Interval
    elsewhere: Interval
    net: Interval


def find_offsets(pairs: Pairs, name: str, level: float = 0.95) -> list[Offset]:
    """Find who pays for a scenario's changed services and whose other spending changes with them,
    whoever pays most for them first.

    Spending is booked by kind of service, so others of a changed kind count as changed.
    """
    changed = find_changed_services(pairs, name)
    categories = find_categories(pairs, name, changed)
    everything = pairs.stored.spending(["payer"])
    mine = (
        pairs.stored.spending(["payer"], sorted(changed), sorted(categories))
        if changed or categories
        else everything.iloc[:0]
    )
    place, found = pairs.names.index(name), []
    for payer in dict.fromkeys(everything["payer"]):
        programme, whole = (
            pairs.values(part[part["payer"] == payer], "amount") for part in (mine, everything)
        )
        invested, net = (subtract(values[:, place], values[:, 0]) for values in (programme, whole))
        parts = (invested, subtract(net, invested), net)
        if any(part.any() for part in parts):
            spans = (estimate_crossed(part, pairs.seeds, pairs.draws, level) for part in parts)
            found.append(Offset(str(payer), *spans))
    return sorted(found, key=lambda offset: -offset.invested.mean)
