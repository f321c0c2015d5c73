"""A scorecard of claims: what the model answers to each, under which conditions, beside what the
world says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.runs.database import open_runs
from analysis.text.wording import say_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.designs.claims import Claim, Measure
    from sim.studies.claims import ClaimRuns

LEVEL = 0.95
FEWEST_CLAIM_DRAWS = 2


class Answer(NamedTuple):
    """The model's answer under a condition: value over all replicates, and the middle 95% of the
    parameter draws.
    """

    value: float
    low: float
    high: float
    scenario: str


class Scored(NamedTuple):
    """A claim with the model's answers by condition."""

    id: str
    claim: Claim
    conditions: Mapping[str, Answer]

    @property
    def verdict(self) -> str:
        """In words: whether what is claimed lies within reach, and under which conditions."""
        if not all(np.isfinite(answer[:3]).all() for answer in self.conditions.values()):
            return "Cannot be said: it happened too rarely in these runs."
        if self.claim.measure.share is not None:
            return _judge_share(self.claim.claimed, self.conditions)
        return _judge_change(self.claim.claimed, self.conditions)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        conditions = {
            name: {
                key: value if isinstance(value, str) else _plain(value)
                for key, value in answer._asdict().items()
            }
            for name, answer in self.conditions.items()
        }
        return {
            "id": self.id,
            "claim": self.claim.claim,
            "claimed": self.claim.claimed,
            "conditions": conditions,
            "evidence": [{"id": name, "text": text} for name, text in self.claim.evidence.items()],
            "verdict": self.verdict,
        }


def _plain(value: float) -> float | None:
    # By digits and not by decimals: a share may be small.
    return float(f"{value:.6g}") + 0.0 if np.isfinite(value) else None


def score(name: str, claim: Claim, found: Mapping[str, ClaimRuns]) -> Scored:
    """Score one claim from its runs.

    The interval covers chance and whatever differs between the draws.
    """
    return Scored(
        name, claim, {condition: _answer(claim.measure, runs) for condition, runs in found.items()}
    )


def _answer(measure: Measure, found: ClaimRuns) -> Answer:
    """Ratios of sums over a draw's replicates, so that a rare outcome counts by how often it
    happens.
    """
    if measure.share is not None and measure.of is not None:
        above, below = (_read(found, found.scenario, key) for key in (measure.share, measure.of))
        return Answer(*_summarise(above, below, 0.0), found.scenario)
    changed, before = (
        _read(found, name, str(measure.change)) for name in (found.scenario, found.reference)
    )
    return Answer(*_summarise(changed, before, 1.0), found.scenario)


def _summarise(
    above: NDArray[np.float64], below: NDArray[np.float64], less: float
) -> tuple[float, float, float]:
    """Ratio (less what a change starts from) of all sums, and the middle 95% over parameter
    draws, whose rows they are.
    """
    value = float(_divide(above.sum(keepdims=True), below.sum(keepdims=True)).item()) - less
    # Without draws of the parameters replicates stand in, and the interval is of chance alone.
    draws = (
        _divide(above.sum(axis=1), below.sum(axis=1)) - less
        if len(above) >= FEWEST_CLAIM_DRAWS
        else (_divide(above, below) - less).ravel()
    )
    draws = draws[np.isfinite(draws)]
    low, high = (
        np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        if draws.size >= FEWEST_CLAIM_DRAWS
        else (np.nan, np.nan)
    )
    return value, float(low), float(high)


def _divide(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratios, NaN where there is nothing to divide by."""
    return np.asarray(
        np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0),
        dtype=np.float64,
    )


def _read(found: ClaimRuns, name: str, key: str) -> NDArray[np.float64]:
    """One outcome of a scenario, (draws, replicates)."""
    stored = open_runs(found.runs)
    runs = stored.runs[stored.runs["name"] == name]
    amounts = stored.summary.set_index("run")[key]
    by_draw = {
        (_key(draw), int(seed)): float(amounts[run])
        for run, draw, seed in zip(runs["key"], runs["draw"], runs["seed"], strict=True)
    }
    return np.array(
        [[by_draw[_key(draw), seed] for seed in found.runs.seeds] for draw in found.draws]
    )


def _key(draw: object) -> tuple[tuple[str, float], ...]:
    """A draw as something that can be looked up, however it was written."""
    numbers = (
        json.loads(draw)
        if isinstance(draw, str) and draw
        else draw
        if isinstance(draw, dict)
        else {}
    )
    return tuple(sorted((name, float(value)) for name, value in numbers.items()))


def _say(answer: Answer) -> str:
    percent = round(100 * answer.value)
    said = f"{abs(percent)}% {'less' if percent < 0 else 'more'}" if percent else "no change"
    return f"{said} ({say_change(answer.low)} to {say_change(answer.high)})"


def _judge_change(claimed: float, conditions: Mapping[str, Answer]) -> str:
    typical, best = conditions["typical"], conditions["favourable"]
    told = f"typically {_say(typical)}, at best {_say(best)}"
    if _reaches(typical, claimed):
        return f"Within reach under typical conditions: {told}."
    if _reaches(best, claimed):
        return f"Within reach only under the most favourable conditions: {told}."
    effect = "no effect can be told from none"
    if best.high < 0 or best.low > 0:
        effect = "there is an effect, and it is smaller"
        if claimed == 0:
            effect = "there is an effect"
        elif (best.low > 0) != (claimed > 0):
            effect = "the change goes the other way"
    return f"Not reached under any conditions that evidence allows; {effect}: {told}."


def _reaches(answer: Answer, claimed: float) -> bool:
    """Whether the largest change that the model allows in the direction that is claimed, a fall or
    a rise, is as large; of a claim that nothing changes, whether that lies in the interval.
    """
    if claimed == 0:
        return answer.low <= 0 <= answer.high
    return answer.low <= claimed if claimed < 0 else answer.high >= claimed


def _write_value(one: Scored, value: float, digits: int = 0) -> str:
    """A change with its sign, or a share without one; a dash where there is none."""
    if not np.isfinite(value):
        return "–"
    if one.claim.measure.share is not None:
        return f"{value:.{digits}%}"
    return say_change(value, digits)


def _judge_share(claimed: float, conditions: Mapping[str, Answer]) -> str:
    typical, best = conditions["typical"], conditions["favourable"]
    told = ", ".join(
        f"{when} {a.value:.0%} ({a.low:.0%} to {a.high:.0%})"
        for when, a in (("typically", typical), ("at most", best))
    )
    if typical.low <= claimed <= typical.high:
        return f"Holds under typical conditions: {told}."
    # A share between the two answers holds under conditions between them.
    if best.low <= claimed <= best.high or typical.high < claimed < best.low:
        return f"Holds where conditions favour it, not under typical ones: {told}."
    return f"The claim is too {'low' if claimed < typical.low else 'high'}: {told}."


def write_table(scored: Sequence[Scored]) -> str:
    """The scorecard as lines of text."""
    lines = []
    for one in scored:
        lines += [f"{one.id}  {one.claim.claim} (claimed: {_write_value(one, one.claim.claimed)})"]
        for name, answer in one.conditions.items():
            value, low, high = (_write_value(one, number, 1) for number in answer[:3])
            lines.append(f"    {name:11} {value:>7}  ({low} to {high})  {answer.scenario}")
        lines += [
            f"    {one.verdict}",
            *(f"    [{name}] {text}" for name, text in one.claim.evidence.items()),
            "",
        ]
    return "\n".join(lines)


def write_page(scored: Sequence[Scored], covers: str) -> str:
    """The scorecard as Markdown."""
    lines = ["| claim | claimed | typically | at best | verdict |", "|---|---|---|---|---|"]
    for one in scored:
        cells = [
            f"{_write_value(one, a.value)} ({_write_value(one, a.low)} to"
            f" {_write_value(one, a.high)}), `{a.scenario}`"
            for a in (one.conditions["typical"], one.conditions["favourable"])
        ]
        lines.append(
            f"| {one.id}: {one.claim.claim} | {_write_value(one, one.claim.claimed)} |"
            f" {' | '.join(cells)} | {one.verdict} |"
        )
    lines += ["", f"Intervals: the middle 95% of {covers}.", "", "What studies found:", ""]
    lines += [
        f"- **{one.id}**"
        f" {' '.join(f'{text} [{name}]' for name, text in one.claim.evidence.items())}"
        for one in scored
    ]
    return "\n".join(lines) + "\n"
