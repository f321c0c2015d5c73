"""What would change the answer: worth, price, effect, knowledge, and what the ranges leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.economics.budget import value_programme
from analysis.economics.voi import evpi, evppi
from analysis.reports.supply.bed_limits import say_scarce_beds
from analysis.text.wording import NO_THRESHOLD, say_number, say_parts
from sim.evidence.loader import all_evidence

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

WORTH_NOTHING = 1e-3
"""Part of what is at stake below which knowing everything is worth nothing."""


def list_doubts(case: ReportContext) -> list[str]:
    """Write what would change the answer."""
    wtp = case.worth
    unclear = case.extra_qalys.low <= 0 <= case.extra_qalys.high
    doubts = [_doubt_health(case, wtp)] if unclear else _doubt_value(case, wtp)
    if scarce := say_scarce_beds(case):
        doubts.append(scarce)
    # Two at most, because a list of doubts is only read while it is short.
    doubts += [line for found in case.explored for line in found.say_doubts()][:2]
    doubts += _doubt_knowledge(case)
    if "parameters" in case.pairs.covers:
        left = "not" if "chance" in case.pairs.covers else "not chance, nor"
        doubts.append(
            f"The ranges cover {say_parts(case.pairs.covers)}, {left} how the model is built."
        )
    else:
        doubts.append(
            f"The ranges cover {say_parts(case.pairs.covers)} alone; doubt about the studies behind"
            " the numbers comes on top."
        )
    return doubts


def _doubt_knowledge(case: ReportContext) -> list[str]:
    """Say what it is worth to know more before deciding, where parameters were varied."""
    if not case.drawn or case.worth is None:
        return []
    nmb = case.evaluation.net_benefit(case.worth)
    known, most = evpi(nmb), float(np.abs(nmb[:, case.place] - nmb[:, 0]).mean())
    if known <= WORTH_NOTHING * most:
        return [
            (
                f"Not more knowledge: at {case.say_money(case.worth)} a QALY nothing within the"
                " ranges would turn the decision."
            )
        ]
    said = (
        f"More knowledge: to know everything before deciding would be worth {case.say_money(known)}"
        " to this town"
    )
    name = str(case.influential.columns[0]) if not case.influential.empty else ""
    if (
        name not in all_evidence()
        or evppi(nmb, case.influential, of=[name]).value <= WORTH_NOTHING * known
    ):
        return [f"{said}."]
    return [f"{said}; what matters most is {_call_parameter(name)}."]


def _call_parameter(identity: str) -> str:
    """Call a number of the evidence by what it means, and whose it is if it is a service's."""
    meaning = all_evidence()[identity].meaning.rstrip(".")
    room, *rest = identity.split(".")
    owner = f" of {rest[0].replace('_', ' ')}" if room == "services" else ""
    return f"{meaning[0].lower()}{meaning[1:]}{owner} ({identity})"


def _doubt_health(case: ReportContext, wtp: float | None) -> str:
    """Say what a gain in health that cannot be told from none would have to be."""
    cost, gain = case.extra_cost.mean, case.extra_qalys
    if not any((*case.extra_cost, *gain)):
        return "Nothing here: cost and health are the same in every replicate."
    if case.extra_cost.low <= 0 <= case.extra_cost.high:
        return "Everything: neither the cost nor the health gained can be told from none here."
    if not any(gain):
        turn = "pays for it" if cost > 0 else "weighs against the saving"
        return f"The cost alone: health is the same in every replicate, and no QALY {turn}."
    if wtp is None:
        return f"The change in health, which cannot be told from none. {NO_THRESHOLD}."
    if cost <= 0:
        return (
            "The change in health, which cannot be told from none: the saving is worth it at"
            f" {case.say_money(wtp)} a QALY unless more than {say_number(-cost / wtp)} QALYs are"
            f" lost (the interval goes down to {say_number(gain.low)})."
        )
    most = f"at the best end of its interval ({say_number(gain.high)} QALYs)"
    said = (
        f"{most} the cost would be worth it"
        if wtp * gain.high >= cost
        else f"even {most} the cost would not be worth it"
    )
    return (
        f"The gain in health, which cannot be told from none: {said} at {case.say_money(wtp)} a"
        " QALY."
    )


def _doubt_value(case: ReportContext, wtp: float | None) -> list[str]:
    """Say at which worth, price and effect the answer flips, from means that can be told from
    none.
    """
    doubts = []
    cost, gain = case.extra_cost.mean, case.extra_qalys.mean
    unclear = case.extra_cost.low <= 0 <= case.extra_cost.high
    if unclear:
        doubts.append(_doubt_cost(case, wtp))
    # Only where money is spent for health, or saved at its cost, does the worth decide.
    elif cost * gain > 0:
        side = "more" if gain > 0 else "less"
        doubts.append(
            f"The worth of a QALY: worth it only where a QALY counts for {side} than"
            f" {case.say_money(cost / gain)}."
        )
    elif cost <= 0 <= gain:
        doubts.append(
            "Not the worth of a QALY: health is gained and no money is lost, whatever it is."
        )
    else:
        doubts.append("Not the worth of a QALY: health is lost and more is spent, whatever it is.")
    if wtp is None:
        return [*doubts, f"{NO_THRESHOLD}."]
    return doubts + _doubt_at(case, wtp)


def _doubt_cost(case: ReportContext, wtp: float | None) -> str:
    """Say whether a cost that cannot be told from none leaves the answer open beside the change in
    health that can.
    """
    cost = case.extra_cost
    said = f"cost, which cannot be told from none ({case.say_range(cost)})"
    if wtp is None or cost.low <= (value := wtp * case.extra_qalys.mean) <= cost.high:
        return f"The {said}."
    end, what = (
        ("best", "it does not make up for the health lost")
        if value < cost.low
        else ("worst", "the health gained is worth it")
    )
    return (
        f"Not the {said}: even at the {end} end of its interval {what} at"
        f" {case.say_money(wtp)} a QALY."
    )


def _doubt_at(case: ReportContext, wtp: float) -> list[str]:
    """Say how much dearer or weaker a programme may become before it is not worth it."""
    doubts = []
    cost, gain = case.extra_cost.mean, case.extra_qalys.mean
    # Of the same payers as the cost, and discounted as it is.
    spent = value_programme(case.evaluation, case.focus)
    if spent > 0 and gain > 0:
        room, price = (
            (wtp * gain - cost) / spent,
            f"The price: at {case.say_money(wtp)} a QALY the programme",
        )
        if room > 0:
            doubts.append(
                f"{price} may cost {say_number(100 * room)}% more before it is not worth it."
            )
        # Nothing can become cheaper by more than all that it costs.
        elif room > -1:
            doubts.append(
                f"{price} would have to cost {say_number(-100 * room)}% less to be worth it."
            )
    if gain > 0 and cost > wtp * gain:
        doubts.append(
            f"The effect: it would have to gain {say_number(cost / wtp)} QALYs to be worth it at"
            f" {case.say_money(wtp)} each."
        )
    if gain > 0 and 0 < cost < wtp * gain:
        held = say_number(100 * cost / (wtp * gain))
        doubts.append(
            f"The effect: the answer holds while the gain in health is at least {held}% of what is"
            " shown."
        )
    return doubts
