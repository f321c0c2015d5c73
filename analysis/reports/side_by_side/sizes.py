"""The same programme at several sizes: a curve of what more money buys, not rows of one name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.economics.budget import return_on_investment
from analysis.figures.sizes import Size, draw_sizes
from analysis.reports.context import HEADLINE
from analysis.reports.supply.bed_limits import BEDS_COUNT, has_bed_limit
from analysis.runs.intervals import estimate_crossed
from analysis.text.ratios import say_unit_cost
from analysis.text.tables import Table
from analysis.text.wording import say_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.figures.figure import Figure
    from analysis.reports.context import ReportContext
    from analysis.runs.intervals import Interval

NAMING_KEYS = ("name", "title", "summary")
SIZED_KEYS = ("services", "funds")
"""Where the numbers stand that make a programme larger or smaller."""
SUM_PATTERN = re.compile(r"^[A-Z]{3} [0-9][0-9_,.]*")
ADMISSION_WORDS = ("admission", "avoided", "added")


class Family(NamedTuple):
    """One programme at several sizes, as a page shows it."""

    title: str
    said: str
    figure: Figure
    table: Table


def fill_sizes(case: ReportContext) -> list[Family]:
    """Fill a curve for each programme that is there at two sizes or more."""
    alike: dict[str, list[str]] = {}
    for name in case.pairs.others:
        alike.setdefault(find_shape(case.stored.declared[name]), []).append(name)
    found = []
    for names in alike.values():
        sized = [[case.stored.declared[name].get(key) for key in SIZED_KEYS] for name in names]
        # Two that differ in nothing, or in what happens to the town, are no two sizes.
        if len(names) > 1 and all(one not in sized[:at] for at, one in enumerate(sized)):
            found.append(_fill(case, names))
    return found


def find_shape(declared: Mapping[str, Any]) -> str:
    """A scenario without its name and without the sizes of services and funds: two that differ in
    nothing else are one programme.
    """
    kept = {
        key: _blank(value) if key in SIZED_KEYS else value
        for key, value in declared.items()
        if key not in NAMING_KEYS
    }
    return json.dumps(kept, sort_keys=True, default=str)


def _blank(value: Any) -> Any:
    """A declaration with a blank for every number and every sum of money; weeks and switches
    stay.
    """
    if isinstance(value, dict):
        # These say when and what, not how large: programmes that differ in them are two.
        fixed = {"from", "to", "enabled", "kind"}
        return {key: each if key in fixed else _blank(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_blank(each) for each in value]
    if isinstance(value, str):
        return SUM_PATTERN.sub("an amount", value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "a number" if is_number else value


def _fill(case: ReportContext, names: list[str]) -> Family:
    spent = {name: return_on_investment(case.pairs, name).invested.mean for name in names}
    names = sorted(names, key=lambda name: spent[name])
    avoided = {name: _measure(case, name, case.reference) for name in names}
    declared = {name: str(case.stored.declared[name].get("title") or name) for name in names}
    titles = list(dict.fromkeys(declared.values()))
    # Beside a title that all have, what tells one apart is enough.
    told = {
        name: case.call(name).removeprefix(f"{declared[name]} (").removesuffix(")")
        for name in names
    }
    labels = told if len(titles) == 1 else dict.fromkeys(names, "")
    sizes = [Size(case.call(name), spent[name], avoided[name], labels[name]) for name in names]
    title = titles[0] if len(titles) == 1 else f"{titles[0]}, and other sizes of it"
    return Family(
        f"What more money buys: {title}",
        _say(case, names),
        draw_sizes(sizes, case.currency, case.horizon),
        _tabulate(case, names, spent),
    )


def _measure(case: ReportContext, name: str, before: str) -> Interval:
    """Admissions that one scenario avoids against another."""
    values = case.pairs.outcome(HEADLINE)
    ours, theirs = (case.pairs.names.index(each) for each in (name, before))
    fewer = values[:, theirs] - values[:, ours]
    return estimate_crossed(fewer, case.pairs.seeds, case.pairs.draws, case.comparison.level)


def _tabulate(case: ReportContext, names: list[str], spent: Mapping[str, float]) -> Table:
    """Each size: what it spends, what it avoids, and what the step from the size below it buys."""
    rows = []
    total = case.pairs.values(case.stored.spending(["payer"]), "amount")
    values = -case.pairs.outcome(HEADLINE)
    for before, name in zip([case.reference, *names], names, strict=False):
        ours, theirs = (case.pairs.names.index(each) for each in (name, before))
        ratio = case.estimate_ratio(total, values, ours, theirs)
        rows.append(
            [
                case.call(name),
                case.say_money(spent[name]),
                say_interval(*_measure(case, name, case.reference), signed=True, figures=2),
                say_interval(*_measure(case, name, before), signed=True, figures=2),
                BEDS_COUNT
                if has_bed_limit(case.comparison, name, before)
                else say_unit_cost(ratio, ADMISSION_WORDS, case.currency),
            ]
        )
    heads = [
        "Size",
        "Spent on the programme",
        "Admissions avoided, in all",
        "By the step from the size before",
        "Cost of each by that step",
    ]
    return Table(
        f"Each size against “{case.call(case.reference)}” and against the size before, not"
        f" discounted, over {case.horizon}",
        heads,
        rows,
    )


def _say(case: ReportContext, names: list[str]) -> str:
    """Say up to which size a step can be told to avoid more."""
    steps = [
        (name, _measure(case, name, before))
        for before, name in zip([case.reference, *names], names, strict=False)
    ]
    clear = [name for name, step in steps if step.low > 0]
    if not clear:
        return "No step from one size to the next can be told to avoid any more admissions."
    last = clear[-1]
    more = names[names.index(last) + 1 :]
    rest = (
        f" Beyond “{case.call(last)}” it cannot be told that more money avoids more."
        if more
        else ""
    )
    return f"Each step is compared with the size before it, in the same replicates.{rest}"
