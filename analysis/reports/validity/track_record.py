"""How far the model has been right: published results against what it said of them, in all and for
the kinds of services that a scenario changes.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.reports.sections.provenance import describe_origin
from analysis.text.tables import Table
from analysis.text.wording import say_number
from sim.scenario.designs.trial import find_ledger
from sim.studies.trials.predictions.ledger import read_ledger
from sim.studies.trials.predictions.track_record import (
    divide_pairs,
    keep_last,
    measure_record,
    pair_up,
)
from sim.studies.trials.predictions.tried_kinds import choose_latest, list_tried_kinds

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext
    from sim.studies.trials.predictions.track_record import Pair

MOST_KINDS = 3
"""Kinds of services that a sentence lists before it counts the rest."""


@cache
def read_pairs() -> list[Pair]:
    """What each version of the model said last of each result of the ledger that comes with it."""
    return keep_last(pair_up(read_ledger(find_ledger())))


def list_pairs(case: ReportContext) -> list[Pair]:
    """Those of the model version of the runs."""
    version = describe_origin(case).model_version
    return [pair for pair in read_pairs() if pair.prediction.model == version]


def list_changed_kinds(case: ReportContext) -> list[str]:
    """Kinds of the services that the focus declares and the reference does not, or not alike."""
    before = case.stored.declared[case.reference].get("services") or {}
    after: dict[str, dict[str, Any]] = case.declared.get("services") or {}
    changed = [
        str(service.get("kind", ""))
        for name, service in {**before, **after}.items()
        if before.get(name) != after.get(name)
    ]
    return list(dict.fromkeys(changed))


def say_track_record(case: ReportContext) -> list[str]:
    """Say how many results the model predicted, and what it said of trials of what changes here;
    nothing where no prediction of its version has a result.
    """
    pairs = list_pairs(case)
    ahead = [pair for pair in pairs if not pair.prediction.known]
    if not ahead:
        return []
    within = sum(pair.covered for pair in ahead)
    kinds = list_changed_kinds(case)
    tried = _say_kinds(choose_latest(pairs, kinds), kinds)
    said = (
        f"How right the model has been: its 95% range holds {within} of {len(ahead)} published"
        f" effects that it predicted before they were entered{tried}."
    )
    return [said]


def _say_kinds(tried: list[Pair], kinds: list[str]) -> str:
    """Say what the model said of trials of some kinds, and that it was made from some of them."""
    if not kinds:
        return ""
    named = [kind.replace("_", " ") for kind in kinds[:MOST_KINDS]]
    rest = [f"{len(kinds) - MOST_KINDS} more"] if len(kinds) > MOST_KINDS else []
    what = ", ".join([*named, *rest])
    if not tried:
        return f"; none with a number is of what changes here ({what})"
    within = sum(pair.covered for pair in tried)
    made_from = sum(pair.prediction.sample == "in" for pair in tried)
    fitted = f"; {made_from} of these went into its numbers" if made_from else ""
    return f", and {within} of {len(tried)} on what changes here ({what}{fitted})"


def tabulate_record(case: ReportContext) -> Table:
    """Make the table of how often published results lay in the prediction interval, and how
    steeply they rise with predicted ones.
    """
    cells = []
    for words, pairs in divide_pairs(list_pairs(case)):
        found = measure_record(pairs)
        slope = "–" if math.isnan(found.slope) else f"{found.slope:.2f} (SE {found.error:.2f})"
        within = f"{sum(pair.covered for pair in pairs)} of {found.pairs}" if pairs else "–"
        cells.append([words, within, slope])
    return Table(
        "What the model said of published results; a prediction was made before its result was"
        " entered, a retrodiction after",
        ["", "Published effect in the 95% prediction interval", "Slope (1 is perfect)"],
        cells,
    )


def tabulate_tried(case: ReportContext) -> Table | None:
    """Make the table of results on the kinds of services that change; None where there are none."""
    kinds = list_changed_kinds(case)
    tried = list_tried_kinds()
    cells = [
        [
            pair.result.id,
            pair.result.study,
            ", ".join(sorted(kind.replace("_", " ") for kind in tried[pair.result.id])),
            _say_effect(pair.result),
            _say_effect(pair.prediction),
            "inside" if pair.covered else "OUTSIDE",
            "no" if pair.prediction.known else "yes",
            f"{pair.prediction.sample} of sample".replace("in of", "in"),
        ]
        for pair in choose_latest(list_pairs(case), kinds)
    ]
    heads = ["Trial", "Study", "Tries", "Published", "Model, 95% prediction", "Published effect"]
    heads += ["Predicted before", "Sample"]
    return Table("Trials of what changes here", heads, cells) if cells else None


def _say_effect(entry: Any) -> str:
    """An effect with its interval, where one was published."""
    ends = "" if entry.low is None else f" ({say_number(entry.low)} to {say_number(entry.high)})"
    return f"{entry.type} {say_number(entry.effect)}{ends}"
