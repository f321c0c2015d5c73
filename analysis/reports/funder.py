"""The page for a funder: question, answer, one figure, benefit, cost, value, doubts, who gains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analysis.economics.cea import find_quadrant
from analysis.figures.comparison import draw_dots
from analysis.reports.context import HEADLINE
from analysis.reports.decision import tabulate_others
from analysis.reports.emulator_page import LEVERS_PAGE
from analysis.reports.idle_money import say_idle
from analysis.reports.plans.money_received import list_received
from analysis.reports.sections.doubts import list_doubts
from analysis.reports.sections.place import say_place_briefly
from analysis.reports.sections.provenance import describe_origin
from analysis.reports.side_by_side.cover import name_cover, say_cover, weigh_cover
from analysis.reports.supply.bed_limits import choose_gain, say_bed_limit
from analysis.reports.validity.track_record import say_track_record
from analysis.text.ratios import say_ratio_interval
from analysis.text.wording import (
    NO_THRESHOLD,
    is_one_number,
    say_amounts,
    say_interval,
    say_number,
    say_share,
    write_plain,
)
from sim.outcomes import BY_KEY
from sim.units import end_at_word

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reports.context import ReportContext

LONGEST_TITLE = 48
"""Characters of a scenario's title in a sentence."""
PLAIN_NAMES = {
    "expected_admissions": "psychiatric admissions (expected)",
    "expected_emergency_visits": "emergency visits in a crisis",
    "expected_suicides": "deaths by suicide (expected)",
    "phq_10_or_more": "people with depression (PHQ-9 of 10 or more)",
    "treated": "people in need who are in care",
    "lonely": "lonely people",
    "qalys": "QALYs",
}
BENEFITS = (
    "expected_admissions",
    "expected_emergency_visits",
    "phq_10_or_more",
    "lonely",
    "treated",
    "expected_suicides",
    "qalys",
)
SPENDERS = {
    "health_care": "services cost",
    "public_payer": "public money pays",
    "societal": "society spends",
}
QALY = (
    "A QALY is a year lived in full health; two years at half health count the same. Expected"
    " admissions add up everybody’s risk before chance decides: the same difference as in the"
    " counts, with less noise."
)
LEVEL_FIGURES = 3
NOTHING_BESIDE = 0.001
"""Share of the largest gain below which a gain or loss that may be none is called nothing."""
LEFT_OUT = (
    "Children under 12.",
    "What happens after the last week: later gains and later costs are not counted.",
    "Money outside these services: medicines, physical health care, housing, justice, schools.",
    (
        "Anything nobody has measured: its numbers come from published studies, some of them small"
        " and from elsewhere."
    ),
)


def fill_brief(case: ReportContext) -> dict[str, Any]:
    """Fill the page for a funder."""
    return {
        "question": ask(case),
        "answer": answer(case),
        "covers": say_cover(case.comparison),
        "weight": weigh_cover(case.comparison),
        "figure": draw_dots(case.comparison, case.focus, HEADLINE),
        "benefit": _list_benefits(case),
        "cost": [*_list_costs(case), *list_received(case)],
        "value": _list_value(case),
        "doubts": list_doubts(case),
        # A link only to a page that is there: a command of its own writes it.
        "levers": LEVERS_PAGE if (case.stored.path.parent / LEVERS_PAGE).is_file() else None,
        "left_out": [*LEFT_OUT, *say_place_briefly(case)],
        "record": say_track_record(case),
        "gains": list_gains(case, choose_gain(case)),
        "others": tabulate_others(case),
        "origin": describe_origin(case),
        "qaly": QALY,
        "level": f"{case.comparison.level:.0%}",
    }


def ask(case: ReportContext) -> str:
    """Write the question in a sentence."""
    residents = (case.declared.get("population") or {}).get("residents")
    town = f"a town of {residents:,} people" if isinstance(residents, int) else "the town"
    return (
        f"What would “{case.title(case.focus)}” change for {town} within {case.horizon}, compared"
        f" with “{case.title(case.reference)}”?"
    )


def answer(case: ReportContext) -> str:
    """Write the answer: money that cannot act, the effect on admissions and the part that beds have
    in it, then cost and value.
    """
    cost, value = say_cost(case), say_value(case)
    beds = say_bed_limit(case.comparison, case.focus)
    effect = f"{say_effect(case)} {beds}".rstrip()
    return f"{say_idle(case)}{effect} {cost[0].upper()}{cost[1:]}, {value}."


def say_effect(case: ReportContext) -> str:
    """Write in a sentence what changes, against what, over which time, and how sure that is."""
    d = case.comparison.differences[case.focus][HEADLINE]
    ours, theirs = (
        f"“{end_at_word(case.title(name), LONGEST_TITLE)}”" for name in (case.focus, case.reference)
    )
    if d.share_same == 1:
        return (
            f"Over {case.horizon}, {ours} leaves expected psychiatric admissions exactly as they"
            f" are under {theirs} in every replicate."
        )
    way = "fewer" if d.mean < 0 else "more"
    fewer = case.comparison.share_fewer(case.focus, HEADLINE)
    share = fewer if way == "fewer" else 1 - fewer - d.share_same
    replicates = f"{way} in {_say_replicates(share, d.share_same, case.comparison.replicates)}"
    level = f"{case.comparison.level:.0%} interval, {name_cover(case.comparison)},"
    if d.low < 0 < d.high:
        mean, _, ends = say_interval(*d[:3], signed=True, figures=2).rstrip(")").partition(" (")
        return (
            f"Over {case.horizon}, it cannot be told from these runs whether {ours} brings more or"
            f" fewer expected psychiatric admissions than {theirs}: the difference is {mean}"
            f" ({level} {ends}; {replicates})."
        )
    low, high = sorted((abs(d.low), abs(d.high)))
    mean, _, ends = say_interval(abs(d.mean), low, high, figures=2).rstrip(")").partition(" (")
    sure = f"{level} {ends} {way}" if " to " in ends else ends
    return (
        f"Over {case.horizon}, {ours} brings {mean} {way} expected psychiatric admissions than"
        f" {theirs} ({sure}; {replicates})."
    )


def _say_replicates(share: float, same: float, of: int) -> str:
    tied = f", the same in {round(same * of)}" if round(same * of) else ""
    return f"{round(share * of)} of {of} simulated replicates{tied}"


def say_cost(case: ReportContext) -> str:
    """Write what it costs in a clause, from the declared perspective; says where the sum is
    discounted.
    """
    cost = case.extra_cost
    who = SPENDERS[case.evaluation.perspective]
    discounted = ", discounted" if case.evaluation.rates[0] else ""
    # Less than half a unit of the currency would be written as 0.
    if is_one_number(0.0, cost.low, cost.high) and abs(cost.mean) < 0.5:
        return f"{who} the same in all"
    if cost.low < 0 < cost.high:
        mean, _, ends = case.say_range(cost).rstrip(")").partition(" (")
        return (
            f"whether {who} more or less in all cannot be told ({mean}, {case.comparison.level:.0%}"
            f" interval {ends}{discounted})"
        )
    way = "more" if cost.mean > 0 else "less"
    said = say_amounts(*cost, case.currency)
    ends = f"{said[1]} to {said[2]}" if len(set(said)) > 1 else ""
    beside = f"{ends}{discounted}" if ends else discounted.removeprefix(", ")
    return f"{who} {said[0]} {way} in all" + (f" ({beside})" if beside else "")


def say_value(case: ReportContext) -> str:
    """Write the value in a clause: by quadrant, never a ratio where one side dominates or nothing
    can be told apart.
    """
    cost, gain = case.extra_cost, case.extra_qalys
    if is_one_number(0.0, gain.low, gain.high):
        return "and health is the same in all"
    if gain.low <= 0 <= gain.high:
        return "and health gained or lost is too small to tell from chance"
    if cost.low <= 0 <= cost.high:
        return "while people gain health" if gain.mean > 0 else "while people lose health"
    quadrant = find_quadrant(cost.mean, gain.mean)
    if quadrant == "SE":
        return "while people gain health: better on both sides"
    if quadrant == "NW":
        return "while people lose health: worse on both sides"
    ratio = case.say_money(cost.mean / gain.mean)
    return (
        f"about {ratio} for each QALY gained"
        if quadrant == "NE"
        else f"about {ratio} saved for each QALY lost"
    )


def _list_benefits(case: ReportContext) -> list[tuple[str, str, str]]:
    found = case.comparison.differences[case.focus]
    rows = []
    for key in (key for key in BENEFITS if key in found):
        name = PLAIN_NAMES[key]
        said = f"{_say_level(case, key)}; {found[key].often}"
        rows.append((name[0].upper() + name[1:], case.say(key, figures=2), said))
    return rows


def _say_level(case: ReportContext, key: str) -> str:
    """The level that a difference is a difference from, and the change in per cent."""
    level = case.comparison.scenarios[case.reference][key].mean
    change = case.comparison.differences[case.focus][key].mean / level if level else math.nan
    share = f" ({say_number(100 * change, signed=True)}%)" if math.isfinite(change) else ""
    return f"of {write_plain(level, LEVEL_FIGURES)}{share}"


def _list_costs(case: ReportContext) -> list[tuple[str, str, str]]:
    """What is spent more or less, none of it discounted."""
    spent = case.pairs.values(case.stored.spending(["payer"]), "amount")
    prices = f"{case.declared.get('price_year', '')} prices, not discounted"
    rows = [("In all", case.say_range(case.measure(spent)), prices)]
    returns = case.returns
    if returns.invested.mean:
        less = returns.invested.mean < 0
        word = "Spent less on what is changed" if less else "Spent on what is new or changed"
        rows.append((word, case.say_money(abs(returns.invested.mean)), ""))
        word = "Spent less elsewhere" if returns.saved.mean >= 0 else "Spent more elsewhere"
        rows.append((word, case.say_money(abs(returns.saved.mean)), ""))
    part = case.impact[(case.impact["scenario"] == case.focus) & (case.impact["payer"] != "all")]
    sums = part.groupby("payer", sort=False)["difference"].sum()
    # The largest changes: a town may have a dozen payers.
    for payer, total in sorted(sums.items(), key=lambda row: -abs(row[1]))[:4]:
        if abs(total) >= 0.5:
            rows.append(
                (
                    f"Paid by: {payer}",
                    f"{case.say_money(abs(total))} {'more' if total > 0 else 'less'}",
                    "",
                )
            )
    return rows


def _list_value(case: ReportContext) -> list[tuple[str, str, str]]:
    quadrant = find_quadrant(case.extra_cost.mean, case.extra_qalys.mean)
    word = "Saved per QALY lost" if quadrant == "SW" else "Cost per QALY gained"
    ratio = _say_ratio(case, quadrant)
    rows = [
        ("Cost, discounted", case.say_range(case.extra_cost), ""),
        ("QALYs, discounted", say_interval(*case.extra_qalys, signed=True, figures=2), ""),
        (word, ratio, ""),
    ]
    unit = "draws" if case.evaluation.chance_removed else "replicates"
    # Of draws where chance was removed, which are fewer than replicates.
    of = len(case.evaluation.layout)
    if not case.evaluation.thresholds:
        rows.append(("Net benefit", NO_THRESHOLD, ""))
    for wtp in case.evaluation.thresholds[:4]:
        net, share = case.net_benefit(wtp)
        worth = f"above 0 in {say_share(share, 0.0, of)} {unit}"
        rows.append((f"Net benefit at {case.say_money(wtp)} a QALY", case.say_range(net), worth))
    return rows


def _say_ratio(case: ReportContext, quadrant: str) -> str:
    """What a QALY gained costs, or what is saved for one that is lost, with Fieller's interval; or
    why there is no such ratio.
    """
    e, cost, gain = case.evaluation, case.extra_cost, case.extra_qalys
    saves = quadrant == "SW"
    if is_one_number(0.0, gain.low, gain.high):
        return "none: health is the same in all"
    if gain.low <= 0 <= gain.high:
        return f"none: the {'loss of' if saves else 'gain in'} health cannot be told from 0"
    # A ratio whose parts may be none has an interval without ends: none is told.
    if cost.low <= 0 <= cost.high:
        lost = "none gained: QALYs are lost"
        unclear = f"none: the {'saving' if saves else 'cost'} cannot be told from 0"
        return lost if quadrant == "NW" else unclear
    if quadrant not in ("NE", "SW"):
        return "none: one side is better on both"
    found = case.estimate_ratio(e.cost, e.effect, case.place)
    if not math.isfinite(found.value):
        return "none: these runs are too few to give its interval ends"
    return say_ratio_interval(*found[:3], case.currency)


def list_gains(case: ReportContext, key: str = HEADLINE, most: int = 3) -> list[str]:
    """Write who gains more and who gains less, a sentence for each way of grouping."""
    groups = case.comparison.subgroups
    if groups.empty:
        return ["Groups of residents were not recorded for these runs and weeks."]
    part = groups[(groups["scenario"] == case.focus) & (groups["outcome"] == key)]
    return [
        _say_group(str(dimension), rows, key)
        for dimension, rows in part.groupby("dimension", sort=False)
        if len(rows) > 1
    ][:most]


def _say_group(dimension: str, rows: pd.DataFrame, key: str) -> str:
    """Who gains most and least, each with its interval; who loses is said to lose."""
    fewer = BY_KEY[key].better == "fewer"
    ordered = rows.sort_values("mean", ascending=fewer)
    best, worst = ordered.iloc[0], ordered.iloc[-1]
    unit = f"{BY_KEY[key].unit} per 1,000 residents"
    if not rows[["mean", "low", "high"]].to_numpy().any():
        return f"By {dimension}: the same for every group, in every replicate."
    # Where the worst lies within the interval of the best, the order of groups may be chance.
    if (
        math.isclose(best["mean"], worst["mean"], rel_tol=0.02, abs_tol=1e-12)
        or best["high"] >= worst["mean"] >= best["low"]
    ):
        return (
            f"By {dimension}: no clear difference between groups (“{best['group']}”"
            f" {_say_rate(best, unit)}; “{worst['group']}” {_say_rate(worst)})."
        )
    lost = [row for row in (best, worst) if _sign(row, fewer=fewer) < 0]
    least = _call_least(worst, best, fewer=fewer)
    if len(lost) == 1 and _is_nothing(best, worst):
        return (
            f"By {dimension}: “{best['group']}” has {_call_nothing(best)}"
            f" ({_say_rate(best, unit)});"
            f" “{worst['group']}” {least} ({_say_rate(worst)})."
        )
    if len(lost) == 2:
        certain = all(row["low"] * row["high"] > 0 for row in lost)
        sure = "all lose" if certain else "all lose on average"
        return (
            f"By {dimension}: {sure}, least “{best['group']}” ({_say_rate(best, unit)}), most"
            f" “{worst['group']}” ({_say_rate(worst)})."
        )
    return (
        f"By {dimension}: most for “{best['group']}” ({_say_rate(best, unit)}); “{worst['group']}”"
        f" {least} ({_say_rate(worst)})."
    )


def _sign(row: pd.Series, *, fewer: bool) -> int:
    """1 where a group's mean is a gain, -1 where it is a loss."""
    return -1 if row["mean"] * (1 if fewer else -1) > 0 else 1


def _call_least(row: pd.Series, best: pd.Series, *, fewer: bool) -> str:
    """What the group that gains least does: it gains, nothing at all, it loses, or that cannot be
    told.
    """
    if _sign(row, fewer=fewer) > 0:
        return "gains least"
    if row["low"] * row["high"] > 0:
        return "loses"
    if not _is_nothing(row, best):
        return "may lose: a loss on average"
    return f"has {_call_nothing(row)}"


def _call_nothing(row: pd.Series) -> str:
    """A mean of nothing with an interval around it is no certainty that nothing changes."""
    return "no clear change" if row["low"] < row["high"] else "no change"


def _is_nothing(row: pd.Series, best: pd.Series) -> bool:
    """Whether a group's mean is nothing beside what the group that gains most gains."""
    return bool(abs(row["mean"]) <= NOTHING_BESIDE * abs(best["mean"]))


def _say_rate(row: pd.Series, unit: str = "") -> str:
    ends = (1000 * row[end] for end in ("mean", "low", "high"))
    said = say_interval(*ends, signed=True, figures=2).rstrip(")")
    mean, _, rest = said.partition(" (")
    # Words about replicates come after the unit, numbers of an interval before it.
    if unit and rest and not any(figure.isdigit() for figure in rest):
        return f"{mean} {unit}, {rest}"
    return " ".join(part for part in (", ".join(filter(None, (mean, rest))), unit) if part)
