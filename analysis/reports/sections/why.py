"""Why there is a difference: what the runs of `kinwell explain` say, or the command that makes
them.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from analysis.figures.explanation import draw_explanation, tabulate_explanation
from analysis.reports.context import HEADLINE
from analysis.runs.explanation import ELSEWHERE, TOGETHER, leaves_nothing, read_explained, say_doubt
from analysis.text.wording import say_interval, say_parts, say_share_of
from sim.outcomes import BY_KEY
from sim.scenario.schema.channels import CHANNEL_WORDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.figures.figure import Figure
    from analysis.reports.context import ReportContext
    from analysis.runs.explanation import Explained

EXPLAINED_TOO = ("phq_mean", "lonely", "expected_emergency_visits", "qalys")
"""Outcomes that a researcher's page explains beside the headline, where there is a difference."""
NAMED_FROM = 0.1
"""Share of a difference from which a channel is named in the sentence."""


def fill_why(case: ReportContext, headline: str = HEADLINE) -> dict[str, Any]:
    """What carries the difference that the focus makes.

    headline: outcome of the figure. Where nothing was explained, or other scenarios were, the
    command that would.
    """
    folder = case.stored.path.parent
    runs = case.stored.runs
    hashes = dict(zip(runs["name"], runs["hash"].astype(str), strict=True))
    found = read_explained(folder, case.reference, hashes).get(case.focus, {})
    one = found.get(headline)
    if one is None and (reason := _find_reason(case, hashes)):
        return {"missing": f"Not reported: {reason}."}
    if one is None:
        words = ["kinwell", "explain", str(folder), "--scenario", case.focus]
        if case.reference != "baseline":
            words += ["--against", case.reference]
        return {"missing": f"Not reported. Make it with: {shlex.join(words)}"}
    return {
        "missing": None,
        "sentence": say_why(one, case.reference),
        "figure": draw_why(one, case),
        "more": [
            tabulate_explanation(found[key], case.reference)
            for key in EXPLAINED_TOO
            if key in found and found[key].is_clear
        ],
        "held": list_held(one),
    }


def _find_reason(case: ReportContext, hashes: Mapping[str, str]) -> str:
    """Why the command that explains would refuse this pair; empty where it would not."""
    pair = (case.reference, case.focus)
    if any(case.stored.declared[name].get("branch") for name in pair):
        return (
            "channels are not told apart in scenarios that branch; what an option changes can be"
            " written as a scenario without `branch`"
        )
    if any(case.stored.declared[name].get("held") for name in pair):
        return "one of these scenarios holds channels itself"
    pasts = case.stored.scenarios["past_hash"].to_dict()
    if len({pasts.get(hashes[name]) for name in pair}) > 1:
        return (
            "the two differ before week 0, so that no week is the first that tells them apart; what"
            " begins `from: week 0` or later can be explained"
        )
    return ""


def draw_why(one: Explained, case: ReportContext) -> Figure:
    """Draw an explanation in the currency of the case."""
    unit = BY_KEY[one.outcome].unit.replace("currency", case.currency)
    return draw_explanation(one, case.reference, unit)


def say_why(one: Explained, reference: str) -> str:
    """What carries the difference, in a sentence or two."""
    title = BY_KEY[one.outcome].title.lower()
    size = say_interval(*one.difference, signed=True, figures=2)
    whole = f"{title}, {size} over {one.replicates} replicates,"
    covered = f"Intervals cover {say_parts(one.covers)}."
    if leaves_nothing(one):
        return f"The difference from {reference} in {whole}: {say_doubt(one)}"
    if not one.is_clear:
        return (
            f"The difference from {reference} in {whole} is not clear, and what carries it is not"
            f" told in shares: add replicates with -n. {covered}"
        )
    named = [
        f"{part.title} ({say_share_of(share)})"
        for part in one.parts
        if (share := one.share(part)) is not None and abs(share) >= NAMED_FROM
    ]
    said = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1] if named else ""
    carried = f"is carried by {said}" if named else "is carried by no channel alone"
    return (
        f"The difference from {reference} in {whole} {carried}."
        f" The parts add up to the difference. {covered}"
    )


def list_held(one: Explained) -> list[str]:
    """What is held for each channel, in words."""
    return [
        f"{CHANNEL_WORDING[name].title}: {CHANNEL_WORDING[name].held}"
        for name in CHANNEL_WORDING
        if any(part.channel == name for part in one.parts)
    ] + [
        f"{part.title}: {said}"
        for part in one.parts
        for name, said in (
            (TOGETHER, "what is there only while several channels act, less what they share out"),
            (ELSEWHERE, "what is left where every channel is held: costs of the services, shocks"),
        )
        if part.channel == name
    ]
