"""Which kinds of services the trials that come with Kinwell try, and what became of each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.scenario.designs.study import load_study
from sim.scenario.designs.trial import SHELVES, Trial, list_trials

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sim.scenario.designs.trial_arms import Protocol
    from sim.studies.trials.predictions.track_record import Pair


@cache
def list_tried_kinds() -> dict[str, frozenset[str]]:
    """Kinds of services that each shipped trial tries, by its id; none of a natural experiment,
    in which all that a town has may change.
    """
    studies = [load_study(name) for shelf in SHELVES for name in list_trials(shelf)]
    return {study.id: find_tried_kinds(study) for study in studies if isinstance(study, Trial)}


def find_tried_kinds(trial: Trial) -> frozenset[str]:
    """Kinds that some arms give, keep or withhold and others do not; all of them where arms differ
    in how they give the same.
    """
    arms = [_list_kinds(trial, arm) for arm in trial.arms.values()]
    everywhere = frozenset.intersection(*arms)
    return frozenset.union(*arms) - everywhere or everywhere


def _list_kinds(trial: Trial, arm: Protocol) -> frozenset[str]:
    given = (str(trial.services.get(name, {}).get("kind", "")) for name in arm.give)
    return frozenset({*given, *arm.withhold, *arm.keep} - {""})


def choose_latest(pairs: Sequence[Pair], kinds: Collection[str]) -> list[Pair]:
    """The latest pair of each trial that tries one of these kinds, in the order of the ledger."""
    tried = list_tried_kinds()
    latest = {pair.result.id: pair for pair in pairs}
    return [pair for name, pair in latest.items() if tried.get(name, frozenset()) & {*kinds}]
