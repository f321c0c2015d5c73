"""The result of a virtual trial: what was found in silico, beside what was published."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.studies.trials.judgement.sample import Membership, find_membership
from sim.studies.trials.judgement.verdict import (
    Power,
    Spread,
    find_accepted,
    judge,
    no_effect,
    say_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.designs.study import Study

NOT_FOUND = float("nan")


class NewTrial(NamedTuple):
    """95% prediction interval of a new trial of the kind, and where its heterogeneity is from."""

    low: float
    high: float
    source: str


class Outcome(NamedTuple):
    """What a trial found in silico: mean effect, 95% prediction interval, level and size of each
    arm, what was compared.
    """

    trial: Study
    effect: float = NOT_FOUND
    low: float = NOT_FOUND
    high: float = NOT_FOUND
    arms: Mapping[str, dict[str, float]] = MappingProxyType({})
    sites: int = 0
    missing: tuple[str, ...] = ()
    covers: tuple[str, ...] = ("chance",)
    obstacle: str = ""
    above: float = NOT_FOUND
    power: Power | None = None
    new_trial: NewTrial | None = None

    @property
    def membership(self) -> Membership:
        """Whether numbers of the model were made from this trial."""
        return find_membership(self.trial)

    @property
    def checks(self) -> dict[str, bool]:
        """What is asked of the model, and whether it holds."""
        levels = {name: arm["level"] for name, arm in self.arms.items()}
        spread = Spread(self.effect, self.low, self.high, self.above)
        return judge(self.trial, spread, levels)

    @property
    def accepted(self) -> tuple[float, float] | None:
        """Mean effects of a model that would have passed."""
        spread = Spread(self.effect, self.low, self.high, self.above)
        return find_accepted(self.trial, spread)

    @property
    def is_empty(self) -> bool:
        """Whether no trial has an effect to judge, as where hardly anybody has the outcome."""
        return self.low == self.high == no_effect(self.trial)

    @property
    def verdict(self) -> str:
        """In words."""
        if self.missing:
            return f"not yet runnable: the model has no {', '.join(self.missing)}"
        if self.obstacle:
            return f"not comparable: {self.obstacle}"
        if not self.arms:
            return "not runnable: nobody in these towns is eligible"
        if self.trial.published is None:
            return "predicted: no result is entered yet"
        if self.is_empty:
            return "nothing to judge: the arms are alike in all trials that were drawn"
        return say_verdict(self.checks, self.power, self.accepted)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        trial, told = self.trial, self.trial.published
        published = told and told.model_dump(mode="json", exclude_none=True, exclude={"of_arms"})
        interval = {name: getattr(told, name, None) for name in ("effect", "low", "high")}
        member = self.membership
        return {
            "id": trial.id,
            "title": trial.title,
            "study": trial.study,
            "sample": member.sample,
            "made_from_it": list(member.records),
            "published": (published or {})
            | interval
            | ({"arms": told.arms} if told else {})
            | {"type": trial.effect},
            "simulated": {
                "effect": plain(self.effect),
                "low": plain(self.low),
                "high": plain(self.high),
                "arms": {name: _plain_arm(arm) for name, arm in self.arms.items()},
            },
            "new_trial": _plain_new(self.new_trial),
            "power": _plain_power(self.power),
            "would_pass": self.accepted and [plain(end) for end in self.accepted],
            "checks": {} if self.obstacle or self.is_empty or not self.arms else self.checks,
            "sites": self.sites,
            "covers": list(self.covers),
            "verdict": self.verdict,
        }


def keep_digits(value: float) -> float:
    """A number by its first six digits, however small it is: risks of suicide have five zeros."""
    return float(f"{value:.6g}") + 0.0  # no -0


def plain(value: float) -> float | None:
    """A number for JSON; None where it is none."""
    return keep_digits(value) if np.isfinite(value) else None


def _plain_arm(arm: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers of an arm; None for a level where nobody was left to measure."""
    return {key: value if np.isfinite(value) else None for key, value in arm.items()}


def _plain_new(found: NewTrial | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"low": plain(found.low), "high": plain(found.high), "heterogeneity": found.source}


def _plain_power(power: Power | None) -> dict[str, object] | None:
    """The two models that the trial is held against."""
    if power is None:
        return None
    models = {
        "without_effect": (power.without, power.without_passes),
        "double_effect": (power.double, power.double_passes),
    }
    return {
        name: {
            "effect": plain(spread.effect),
            "low": plain(spread.low),
            "high": plain(spread.high),
            "would_pass": passes,
        }
        for name, (spread, passes) in models.items()
    }
