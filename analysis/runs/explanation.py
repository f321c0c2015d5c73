"""What carries a difference: each channel's part, from runs in which channels were held.

A channel is taken away last (it alone is held) and put in first (all others are held); its part is
the mean of the two, or, of three channels and fewer, the mean over all orders in which they can be
put in (Shapley 1953, Contributions to the Theory of Games 2:307). What the parts do not add up to
is reported, and so is what no channel carries.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, NonNegativeInt

from analysis.runs.intervals import Interval, estimate_crossed, subtract
from analysis.runs.pairing import pair
from analysis.text.wording import say_interval, say_parts, say_share_of
from sim.errors import spell
from sim.outcomes import BY_KEY
from sim.scenario.schema.channels import CHANNEL_WORDING
from sim.store import Written, read_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.scenario.schema.channels import ChannelName
    from sim.studies.explaining.plan import Explanation

    Values = NDArray[np.float64]
    Held = frozenset[ChannelName]

EXPLANATION_FILE = "explain.json"
"""File beside the runs of an explanation that keeps what they say."""
CHANCE = ("chance",)
ALL_ORDERS = 3
"""Channels up to which the runs that there are stand for every order."""
TOGETHER, ELSEWHERE = "together", "elsewhere"
"""Rows that are no channel: what channels do only together, and what none of them carries."""


class Part(NamedTuple):
    """What one row carries of a difference.

    channel: name, or TOGETHER or ELSEWHERE. part: its part of the difference. last: what is lost
    where it alone is held; first: what it brings where all others are held; None for rows that are
    no channel.
    """

    channel: str
    part: Interval
    last: Interval | None = None
    first: Interval | None = None

    @property
    def title(self) -> str:
        """What it is called in a table."""
        if self.channel == TOGETHER:
            return "only several together"
        if self.channel == ELSEWHERE:
            return "none of these channels"
        return next(x.title for name, x in CHANNEL_WORDING.items() if name == self.channel)


class Explained(NamedTuple):
    """A difference in one outcome and what carries it; the parts add up to the difference.

    covers: what the intervals cover.
    """

    scenario: str
    outcome: str
    replicates: int
    difference: Interval
    parts: tuple[Part, ...]
    covers: tuple[str, ...] = CHANCE

    @property
    def is_clear(self) -> bool:
        """Whether there is a difference to explain: its interval leaves 0 out."""
        return self.difference.low > 0.0 or self.difference.high < 0.0

    def share(self, part: Part) -> float | None:
        """Share of the difference, None where the difference is not clear."""
        return part.part.mean / self.difference.mean if self.is_clear else None


def share_out(
    channels: Sequence[ChannelName], values: Mapping[Held, Values]
) -> dict[str, tuple[Values, Values, Values]]:
    """Part, last and first of every channel (replicates,), from an outcome by what is held.

    values: the outcome (replicates,) with nothing held, with each channel held alone, with all but
    each held, and with all held.
    """
    everything = frozenset(channels)
    found: dict[str, tuple[Values, Values, Values]] = {}
    for channel in channels:
        alone = frozenset({channel})
        # Last: what the difference loses without the channel. First: what the channel brings alone.
        last = subtract(values[frozenset()], values[alone])
        first = subtract(values[everything - alone], values[everything])
        part = (last + first) / 2.0
        # Up to three channels the runs that there are cover every order.
        if len(channels) <= ALL_ORDERS:
            part = _average_orders(channel, everything, values)
        found[channel] = (part, last, first)
    return found


def _average_orders(
    channel: ChannelName, everything: Held, values: Mapping[Held, Values]
) -> Values:
    """What a channel brings, over all orders in which channels can be put in."""
    others, count = sorted(everything - {channel}), len(everything)
    total: Values = np.zeros_like(values[everything])
    for size in range(count):
        # The share of all orders in which exactly these come before it.
        weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
        for already in combinations(others, size):
            held = everything - frozenset(already)
            total = total + weight * subtract(values[held - {channel}], values[held])
    return total


def explain_outcome(
    names: tuple[str, str],
    channels: Sequence[ChannelName],
    reference: Values,
    values: Mapping[Held, Values],
    clusters: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> Explained:
    """Explain the difference in one outcome.

    names: the programme and the outcome. reference (replicates,); values as for `share_out`.
    clusters: seed and parameter draw of each replicate, where replicates may share them.
    Replicates in which some run has no value are left out.
    """
    # A replicate counts where all its runs have a value: parts of different replicates would not
    # add up.
    known = np.all([np.isfinite(x) for x in (reference, *values.values())], axis=0)
    reference, values = reference[known], {held: x[known] for held, x in values.items()}
    own = np.arange(len(known))
    seeds, draws = (codes[known] for codes in clusters or (own, own))

    def estimate(x: Values) -> Interval:
        """Mean and interval of the replicates, which may share seeds and draws."""
        return estimate_crossed(x, seeds, draws)

    programme, all_held = values[frozenset()], values[frozenset(channels)]
    found = share_out(channels, values) if channels else {}
    parts = [
        Part(channel, *(estimate(x) for x in of_channel)) for channel, of_channel in found.items()
    ]
    # The largest first; the rows that are no channel stay at the end.
    parts.sort(key=lambda one: -abs(one.part.mean))
    shared = subtract(
        programme, sum((part for part, _, _ in found.values()), all_held.astype(np.float64))
    )
    if len(channels) > ALL_ORDERS:
        parts.append(Part(TOGETHER, estimate(shared)))
    parts.append(Part(ELSEWHERE, estimate(subtract(all_held, reference))))
    difference = estimate(subtract(programme, reference))
    return Explained(*names, int(known.sum()), difference, tuple(parts))


def explain(
    source: object, explanation: Explanation, outcomes: Sequence[str]
) -> dict[str, Explained]:
    """Explain the difference in every outcome from stored runs.

    source: what `run_explanations` gave, or its folder.
    """
    against = explanation.reference.name
    pairs = pair(source, against)
    place = {name: k for k, name in enumerate(pairs.names)}
    found = {}
    for key in outcomes:
        columns = pairs.outcome(key)
        values = {held: columns[:, place[run.name]] for held, run in explanation.runs.items()}
        names = explanation.programme.name, key
        one = explain_outcome(
            names, explanation.channels, columns[:, 0], values, (pairs.seeds, pairs.draws)
        )
        found[key] = one._replace(covers=pairs.covers)
    return found


def to_json(
    plans: Sequence[Explanation], found: Mapping[str, Mapping[str, Explained]]
) -> dict[str, Any]:
    """Plain data of all explanations, by programme and outcome, with what they are of."""
    reference = plans[0].reference
    covers = [one.covers for outcomes in found.values() for one in outcomes.values()]
    return {
        "reference": reference.name,
        "covers": list(next(iter(covers), CHANCE)),
        "hashes": {one.name: one.hash for one in (reference, *(p.programme for p in plans))},
        "programmes": {
            name: {key: _write(one) for key, one in outcomes.items()}
            for name, outcomes in found.items()
        },
    }


def _write(one: Explained) -> dict[str, Any]:
    return {
        "replicates": one.replicates,
        "difference": _ends(one.difference),
        "clear": one.is_clear,
        "parts": [
            {
                "channel": part.channel,
                "title": part.title,
                "part": _ends(part.part),
                "last": _ends(part.last),
                "first": _ends(part.first),
                "share": one.share(part),
            }
            for part in one.parts
        ],
    }


def _ends(interval: Interval | None) -> list[float | None] | None:
    if interval is None:
        return None
    return [float(end) if math.isfinite(end) else None for end in interval]


Ends = Annotated[tuple[float | None, float | None, float | None], Field(strict=False)]


class PartRecord(Written):
    """What one channel carries."""

    channel: str
    part: Ends
    last: Ends | None
    first: Ends | None


class OutcomeRecord(Written):
    """The parts of one difference."""

    replicates: NonNegativeInt
    difference: Ends
    parts: list[PartRecord]


class ExplanationRecord(Written):
    """explanation.json: parts by programme and outcome, and fingerprints of what they are of."""

    reference: str
    covers: list[str]
    hashes: dict[str, str]
    programmes: dict[str, dict[str, OutcomeRecord]]


def read_explained(
    folder: Path, reference: str, hashes: Mapping[str, str]
) -> dict[str, dict[str, Explained]]:
    """What the last explanation of a folder of results found, by programme and outcome.

    hashes: fingerprints of the scenarios by name as they are now; an explanation of others is left
    out.
    """
    from sim.studies.explaining.run import EXPLANATION_FOLDER

    file = folder / EXPLANATION_FOLDER / EXPLANATION_FILE
    if not file.is_file():
        return {}
    stored = read_written(file, ExplanationRecord, spell("explain", str(folder)))
    same = {name for name, known in stored["hashes"].items() if hashes.get(name) == known}
    # Made of other scenarios than those of today: better no explanation than one of something else.
    if stored["reference"] != reference or reference not in same:
        return {}
    return {
        name: {
            key: _read(name, key, row)._replace(covers=tuple(stored["covers"]))
            for key, row in outcomes.items()
            if key in BY_KEY
        }
        for name, outcomes in stored["programmes"].items()
        if name in same
    }


def _read(name: str, key: str, row: dict[str, Any]) -> Explained:
    parts = tuple(
        Part(
            part["channel"],
            _interval(part["part"]),
            None if part["last"] is None else _interval(part["last"]),
            None if part["first"] is None else _interval(part["first"]),
        )
        for part in row["parts"]
        if part["channel"] in {*CHANNEL_WORDING, TOGETHER, ELSEWHERE}
    )
    return Explained(name, key, int(row["replicates"]), _interval(row["difference"]), parts)


def _interval(ends: Sequence[float | None]) -> Interval:
    return Interval(*(math.nan if end is None else float(end) for end in ends))


def write_cells(one: Explained, part: Part) -> tuple[str, str, str, str]:
    """A part in words: its share of the difference, itself, lost without the channel, alone."""
    share = one.share(part)
    whole, last, first = (
        "" if interval is None else say_interval(*interval, signed=True)
        for interval in (part.part, part.last, part.first)
    )
    return "–" if share is None else say_share_of(share), whole, last, first


def leaves_nothing(one: Explained) -> bool:
    """Whether there is no difference to explain: it has no value, or is 0 in every replicate."""
    return not one.replicates or one.difference == (0.0, 0.0, 0.0)


def say_doubt(one: Explained) -> str:
    """What an explanation cannot say; nothing where the difference is clear."""
    if one.is_clear:
        return ""
    if not one.replicates:
        return "in no replicate have all runs a value: there is nothing to explain."
    if leaves_nothing(one):
        return "it makes no difference in any replicate: there is nothing to explain."
    return "the difference itself is not clear: add replicates with -n."


def write_table(found: Mapping[str, Explained], reference: str) -> str:
    """Explanations of one programme as text."""
    lines: list[str] = []
    for key, one in found.items():
        said = say_interval(*one.difference, signed=True)
        heading = f"{one.scenario} against {reference}: {BY_KEY[key].title}, {said}"
        lines.append(f"{heading}, {one.replicates} replicates")
        rows = [("carried by", "share", "part", "lost without it", "alone")]
        rows += [(part.title, *write_cells(one, part)) for part in one.parts]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for first, share, *others in rows:
            cells = [first.ljust(widths[0]), share.rjust(widths[1])]
            cells += [cell.ljust(width) for cell, width in zip(others, widths[2:], strict=True)]
            lines.append(f"  {'  '.join(cells)}".rstrip())
        lines.append(f"  Intervals cover {say_parts(one.covers)}.")
        lines += [f"  {doubt[0].upper()}{doubt[1:]}" for doubt in [say_doubt(one)] if doubt]
        lines.append("")
    return "\n".join(lines).rstrip()
