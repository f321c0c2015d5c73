"""The ledger of predictions: what the model said of a trial before its result was entered.

Entries are only ever added. Each carries a seal made from its words and the seal before it, so that
a changed or missing entry is noticed.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.errors import InvalidInput
from sim.scenario.schema.field_types import Declared
from sim.store.files import NAME_ANOTHER, write_whole
from sim.studies.trials.judgement.result import keep_digits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.scenario.designs.study import Study
    from sim.studies.trials.judgement.result import Outcome

LEDGER_HEAD = (
    "# Predictions and results of trials, oldest first. Entries are only ever added, by\n"
    "# `kinwell trial FILE... --ledger THIS`; `kinwell ledger THIS` says how well they agree.\n"
)
SEAL = 16
"""Hexadecimal digits of a seal."""


class Prediction(Declared):
    """What a version of the model said of a trial; `known`: its result was entered before."""

    kind: Literal["prediction"]
    id: str
    date: str
    model: str
    commit: str
    sample: Literal["in", "out"]
    type: str
    effect: float
    low: float
    high: float
    known: bool
    seal: str = ""


class Result(Declared):
    """What was published of a trial: entered once."""

    kind: Literal["result"]
    id: str
    date: str
    study: str
    type: str
    effect: float
    low: float | None = None
    high: float | None = None
    seal: str = ""


Entry = Annotated[Prediction | Result, Field(discriminator="kind")]
_ENTRIES: TypeAdapter[list[Prediction | Result]] = TypeAdapter(list[Entry])


def read_ledger(path: Path) -> list[Prediction | Result]:
    """The entries of a ledger, none where there is no file.

    InvalidInput where an entry was changed or taken out, or is none.
    """
    if not path.exists():
        return []
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        entries = _ENTRIES.validate_python(raw or [])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "the whole file"
        said = f"{where}: {first['msg'][:120]}"
        raise InvalidInput(f"{path}: is no ledger of predictions ({said})") from None
    except (YAMLError, OSError, UnicodeDecodeError, RecursionError, ValueError) as error:
        said = str(error).splitlines()[0][:120]
        raise InvalidInput(f"{path}: is no ledger of predictions ({said})") from None
    seal = ""
    for number, entry in enumerate(entries, start=1):
        seal = make_seal(entry, seal)
        if entry.seal != seal:
            raise InvalidInput(
                f"{path}: entry {number} ({entry.kind} of {entry.id}) does not fit its seal: it, or"
                " one before it, was changed or taken out. Entries are only ever added; bring back"
                " the file as it was"
            )
    return entries


def make_seal(entry: Prediction | Result, before: str) -> str:
    """The seal of an entry after another."""
    words = json.dumps(entry.model_dump(exclude={"seal"}), sort_keys=True)
    return hashlib.sha256(f"{before}{words}".encode()).hexdigest()[:SEAL]


def enter(
    entries: Sequence[Prediction | Result], outcome: Outcome, *, date: str, model: str, commit: str
) -> list[Prediction | Result]:
    """The ledger with what the model says of a trial, and its result where it has one by now.

    A result whose trial was predicted before goes in after the predictions; one that nobody
    predicted was known, and the prediction is marked so.
    """
    trial, told = outcome.trial, outcome.trial.published
    new = enter_result(entries, trial, date)
    entered = any(entry.kind == "result" and entry.id == trial.id for entry in entries)
    # A result in words is known, too, though there is no number to enter.
    known = entered or told is not None
    if not math.isfinite(outcome.effect):  # nobody was eligible
        return new
    prediction = Prediction(
        kind="prediction",
        id=trial.id,
        date=date,
        model=model,
        commit=commit,
        sample=outcome.membership.sample,
        type=trial.effect,
        effect=keep_digits(outcome.effect),
        low=keep_digits(outcome.low),
        high=keep_digits(outcome.high),
        known=known,
    )
    return _seal(new, prediction)


def enter_result(
    entries: Sequence[Prediction | Result], study: Study, date: str
) -> list[Prediction | Result]:
    """The ledger with what was published of a study, where it is a number and is not in it yet."""
    new, told = list(entries), study.published
    entered = any(entry.kind == "result" and entry.id == study.id for entry in entries)
    if entered or told is None or told.effect is None:
        return new
    return _seal(new, _make_result(study, date))


def say_other_result(entries: Sequence[Prediction | Result], study: Study) -> str:
    """What a ledger holds as the result of a study where the file now says another; empty where it
    does not. Entries stay, so that nobody may think that the correction is in.
    """
    told = study.published
    if told is None or told.effect is None:
        return ""
    now = _make_result(study, "")
    for entry in entries:
        if isinstance(entry, Result) and entry.id == now.id:
            same = (entry.type, entry.effect, entry.low, entry.high)
            if same != (now.type, now.effect, now.low, now.high):
                return (
                    f"{now.id}: its result stays {entry.type} {entry.effect:g}, as entered on"
                    f" {entry.date[:10]}; the file says {now.type} {now.effect:g} now. A corrected"
                    " or another result needs an `id` of its own"
                )
    return ""


def _make_result(study: Study, date: str) -> Result:
    told = study.published
    if told is None or told.effect is None:
        raise ValueError(f"{study.id} has no published effect")
    return Result(
        kind="result",
        id=study.id,
        date=date,
        study=study.study,
        type=study.effect,
        effect=told.effect,
        low=told.low,
        high=told.high,
    )


def _seal(
    entries: list[Prediction | Result], entry: Prediction | Result
) -> list[Prediction | Result]:
    before = entries[-1].seal if entries else ""
    return [*entries, entry.model_copy(update={"seal": make_seal(entry, before)})]


def append_to_ledger(path: Path, entries: Sequence[Prediction | Result]) -> None:
    """Write the entries that a file does not have behind those that it has."""
    there = len(read_ledger(path))
    # Behind the text as it is: what was written before keeps its spelling and comments.
    text = path.read_text(encoding="utf-8") if path.exists() else LEDGER_HEAD
    lines = [_spell(entry) for entry in entries[there:]]
    write_whole(path, text + "".join(f"{line}\n" for line in lines), NAME_ANOTHER)


def _spell(entry: Prediction | Result) -> str:
    """One entry as a line of YAML; what JSON quotes, YAML reads."""
    words = entry.model_dump(exclude_none=True)
    inner = ", ".join(f"{name}: {json.dumps(value)}" for name, value in words.items())
    return f"- {{{inner}}}"
