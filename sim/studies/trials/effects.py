"""The statistics that trials report: ratios of shares, of hazards, differences of means.

From two arms' outcomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.evidence.loader import all_evidence
from sim.scenario.designs.trial_outcome import SCORES
from sim.studies.trials.follow_up import FOLLOW_UP_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.designs.trial import Trial

    Table = NDArray[np.float64]


class Values(NamedTuple):
    """Outcome of each participant: the value that is compared, the value before, the time of an
    event (weeks, inf for none), and the time at risk of one (weeks; 1 for what is no event).
    """

    value: Table
    before: Table
    time: Table
    followed: Table


def read_outcome(trial: Trial, records: Table) -> Values:
    """Outcome of each participant of an arm."""
    t = {name: records[:, k] for k, name in enumerate(FOLLOW_UP_COLUMNS)}
    outcome = trial.outcome
    count = records.shape[0]
    nothing, never, once = np.zeros(count), np.full(count, np.inf), np.ones(count)
    if outcome.is_event:
        happened = t["days"] if outcome.counted == "days" else t[outcome.measure]
        value = np.asarray(happened > 0, float) if outcome.is_share else happened
        # From the beginning of the window: an event before it is none of this outcome.
        time = t[f"first_{outcome.measure}"] - outcome.begins
        return Values(value, nothing, time, t["followed"])
    if outcome.measure in SCORES:
        return Values(*_read_score(trial, t), never, once)
    if outcome.measure == "response":
        halved = (t["phq_after"] <= t["phq_before"] / 2.0).astype(float)
        return Values(halved, t["phq_before"], never, once)
    if outcome.measure == "remission":
        well = all_evidence()["care.well_phq"].value
        return Values((t["phq_after"] < well).astype(float), t["phq_before"], never, once)
    return Values(t[outcome.measure], nothing, never, once)


def _read_score(trial: Trial, t: dict[str, Table]) -> tuple[Table, Table]:
    """A score at the end, or over the window where one is asked for."""
    outcome = trial.outcome
    over_window = outcome.from_ is not None
    before, after = t[f"{outcome.measure}_before"], t[f"{outcome.measure}_after"]
    if outcome.counted == "at_least":
        line = outcome.threshold or 0.0
        reached = t["window_reached"] if over_window else (after >= line).astype(float)
        return reached, (before >= line).astype(float)
    if over_window:
        # Over the weeks in which somebody was there; who left before it stays as last seen.
        known = t["followed"] > 0.0
        after = np.where(known, t["window_sum"] / np.maximum(t["followed"], 1.0), after)
    return after, before


def describe_level(trial: Trial, arm: Values) -> float:
    """Level of an arm as it is published: share, mean, or standardised change."""
    if trial.effect == "d_within":
        return change_within(arm)
    return float(arm.value.mean())


def change_within(arm: Values) -> float:
    """Mean change in standard deviations of the value before; `nan` where people had the same."""
    spread = float(arm.before.std(ddof=1)) if arm.before.size > 1 else 0.0
    return float((arm.value - arm.before).mean() / spread) if spread > 0.0 else float("nan")


def compare_arms(trial: Trial, one: Values, other: Values) -> float:
    """Effect of the first arm against the other, by the trial's own statistic."""
    a, b = one.value, other.value
    if trial.effect == "d_within":
        return change_within(one)
    if trial.effect == "HR":
        end = float(trial.window[1] - trial.window[0])
        if a.any() and b.any():
            return hazard_ratio(one.time, other.time, end, (one.followed, other.followed))
    if trial.effect in ("HR", "IRR"):
        return _compare_rates(one, other, of_events=trial.outcome.is_event)
    if trial.effect in ("MD", "RD"):
        return float(a.mean() - b.mean())
    if trial.effect == "SMD":
        return _standardise(a, b)
    return _compare_shares(a, b, odds=trial.effect == "OR")


def _standardise(a: Table, b: Table) -> float:
    """Difference of means in pooled standard deviations; `nan` where nobody of an arm differs."""
    if min(a.size, b.size) < 2:
        return float("nan")
    squares = (a.size - 1) * a.var(ddof=1) + (b.size - 1) * b.var(ddof=1)
    pooled = float(np.sqrt(squares / (a.size + b.size - 2)))
    return float((a.mean() - b.mean()) / pooled) if pooled > 0.0 else float("nan")


def _compare_rates(one: Values, other: Values, *, of_events: bool) -> float:
    """Ratio of rates per time at risk; with half an event more in both arms where one has none."""
    sums = [float(arm.value.sum()) for arm in (one, other)]
    weeks = [float(arm.followed.sum()) for arm in (one, other)]
    # Trials without an event belong to what such a trial may find: left out, the others would
    # seem to be all, and an effect smaller than it is.
    half = 0.5 if min(sums) <= 0.0 and of_events else 0.0
    if min(weeks) <= 0.0 or min(sums) + half <= 0.0:
        return float("nan")
    return (sums[0] + half) / weeks[0] / ((sums[1] + half) / weeks[1])


def _compare_shares(a: Table, b: Table, *, odds: bool) -> float:
    """Odds ratio or risk ratio; with half an event more in every cell where one is empty."""
    cells = (a.sum(), b.sum(), *((a.size - a.sum(), b.size - b.sum()) if odds else ()))
    # The usual correction, so that odds and ratios exist in small arms; in both, or it would be
    # an effect of its own.
    half = 0.5 if min(cells) <= 0.0 else 0.0
    p, q = ((float(each.sum()) + half) / (each.size + 2.0 * half) for each in (a, b))
    return p / (1.0 - p) / (q / (1.0 - q)) if odds else p / q


def hazard_ratio(
    one: Table, other: Table, end: float, followed: tuple[Table, Table] | None = None
) -> float:
    """Cox hazard ratio of two groups from times of events (inf for none); ties after Efron.

    end: when follow-up ends. followed: weeks that each of either group was followed; who moves away
    or dies is not at risk from then on. `nan` where a group has no event.
    """
    time = np.concatenate([one, other])
    event = time <= end
    seen = np.full(time.size, end) if followed is None else np.concatenate(followed)
    time = np.where(event, time, np.minimum(seen, end))
    group = np.concatenate([np.ones(one.size), np.zeros(other.size)])
    ours = float(event[group == 1].sum())
    if not ours or not event[group == 0].any():
        return float("nan")
    first, second = (_list_at_risk(time, event, group == which) for which in (1, 0))
    beta = 0.0
    for _ in range(50):
        share = first * np.exp(beta) / (first * np.exp(beta) + second)
        # Newton's step, bounded: far from the answer it would overshoot.
        step = (ours - share.sum()) / max(float((share * (1.0 - share)).sum()), 1e-12)
        beta += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    return float(np.exp(beta))


def _list_at_risk(time: Table, event: NDArray[np.bool_], mine: NDArray[np.bool_]) -> Table:
    """People of a group at risk at each event (of either group), in order of time.

    Of events of one week, those of the group leave the risk set in equal parts: weeks are coarse,
    and many fall into the first after a crisis.
    """
    moments, times = np.unique(time[event], return_counts=True)
    at_risk = (time[mine][None, :] >= moments[:, None]).sum(axis=1)
    fell = (time[mine & event][None, :] == moments[:, None]).sum(axis=1)
    gone = np.concatenate([np.arange(n) / n for n in times])
    return np.asarray(np.repeat(at_risk, times) - gone * np.repeat(fell, times), float)
