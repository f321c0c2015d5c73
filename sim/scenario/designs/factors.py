"""What a sweep varies: levers that people hold, and uncertainties that nobody does."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import Problem
from sim.evidence.bounds import find_fault
from sim.evidence.distributions import DISTRIBUTION_FAMILIES, choose_family, find_reach, fit_family
from sim.evidence.loader import all_evidence
from sim.evidence.renamed import find_current
from sim.scenario.diagnostics.suggestions import suggest, suggest_key, suggest_value
from sim.units import read_digits, write_decimals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sim.evidence.record import Evidence
    from sim.scenario.files.yaml_document import Document, Keys

# Ends of a range may be money or carry a unit, which is kept to write values back with.
_NUMBER_WITHIN = re.compile(
    r"(?P<before>[^\d.+-]*)(?P<number>[-+]?\d[\d_,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)(?P<after>\D*)"
)
_MONEY_PREFIX = re.compile(r"[A-Z]{3}\s+")


@dataclass(frozen=True)
class Lever:
    """A value of the scenario that is varied: one of a few values, or anything between two ends.

    before, after: text around the number where the ends carry a unit. whole: only whole numbers.
    """

    path: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    before: str = ""
    after: str = ""
    whole: bool = False

    @property
    def unit(self) -> str:
        """The text around the number."""
        return f"{self.before}{self.after}".strip()


@dataclass(frozen=True)
class Uncertainty:
    """A number of the evidence that is varied: by a distribution, or over a few values."""

    id: str
    family: str = ""
    numbers: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    unit: str = ""


class Page:
    """A document while it is read: what is wrong, and what is worth a note, is collected with its
    place.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)
        self.notes: list[Problem] = list(document.notes)

    def complain(self, path: Keys, message: str, hint: str = "", *, on_key: bool = False) -> None:
        """Note a problem at the nearest thing that stands in the file."""
        self.problems.append(self.locate(path, message, hint, on_key=on_key))

    def locate(self, path: Keys, message: str, hint: str = "", *, on_key: bool = False) -> Problem:
        """Make a problem with the place of the nearest thing that stands in the file."""
        shown = ".".join(path)
        for length in range(len(path), 0, -1):
            place = self.document.places.get(path[:length])
            if place is not None:
                key = on_key or length < len(path)
                line, column = (
                    (place.line, place.column) if key else (place.value_line, place.value_column)
                )
                source = self.document.line(place.file, line)
                return Problem(place.file, line, column, shown, message, hint, source)
        # Nothing of the path stands in the file, as where a section is missing.
        file = next(iter(self.document.lines), "")
        return Problem(file, 1, 1, shown, message, hint, self.document.line(file, 1))

    def sort_problems(self) -> list[Problem]:
        """Everything that is wrong, each thing once, in the order of its places."""
        # A set would lose the order of problems that stand at one place.
        found = dict.fromkeys(self.problems)
        return sorted(found, key=lambda each: (each.file, each.line, each.column))

    def mapping(self, path: Keys, data: Any, known: Collection[str] = ()) -> dict[str, Any]:
        """A mapping; keys that are not known are problems, where `known` says which are."""
        if not isinstance(data, dict):
            self.complain(path, "must be a mapping (`key: value` lines)")
            return {}
        for key in data if known else ():
            if key not in known:
                self.complain(
                    (*path, key),
                    f"unknown key{suggest_key(key, known)}",
                    f"known here: {', '.join(known)}",
                    on_key=True,
                )
        return data

    def holds(self, key: str) -> bool:
        """Whether anything stands in a section of the document, sound or not."""
        section = self.document.data.get(key)
        return any(section.values()) if isinstance(section, dict) else section is not None

    def word(self, path: Keys, data: Any, known: Collection[str]) -> str:
        """One of a few words."""
        if data is None:
            self.complain(path, f"is missing; must be one of {', '.join(known)}"[:300])
            # Any value will do to read on with: the problem on the page refuses the document.
            return next(iter(known))
        if not isinstance(data, str) or data not in known:
            near = suggest_value(str(data), known)
            self.complain(path, f"must be one of {', '.join(known)} (got {data!r}){near}"[:300])
            return next(iter(known))
        return data

    def whole(self, path: Keys, data: Any, low: int, high: int) -> int:
        """A whole number within limits."""
        # A bool is an int of Python, and `yes` no number.
        if not isinstance(data, int) or isinstance(data, bool) or not low <= data <= high:
            self.complain(
                path, f"must be a whole number from {low:,} to {high:,} (got {data!r})"[:200]
            )
            return low
        return data

    def number(self, path: Keys, data: Any) -> float:
        """A number."""
        if not isinstance(data, (int, float)) or isinstance(data, bool):
            self.complain(path, f"must be a number (got {data!r})"[:200])
            return 1.0
        return float(data)


def read_levers(page: Page) -> tuple[Lever, ...]:
    """Read `vary.policy`; whether its values fit the scenario is tried with all levers together."""
    found = []
    root = ("vary", "policy")
    for path, data in page.mapping(root, page.document.data["vary"].get("policy", {})).items():
        here = (*root, path)
        lever = _read_lever(page, here, path, data)
        if lever is None:
            continue
        found.append(lever)
    return tuple(found)


def _read_lever(page: Page, here: Keys, path: str, data: Any) -> Lever | None:
    if isinstance(data, list):
        if len(data) < 2:
            page.complain(here, "needs at least two values")
            return None
        return Lever(path, tuple(data))
    if not isinstance(data, dict):
        page.complain(here, "needs values `[a, b]` or a range `{from: a, to: b}`")
        return None
    page.mapping(here, data, ("from", "to"))
    return _read_range(page, here, path, data)


def _read_range(page: Page, here: Keys, path: str, data: Mapping[str, Any]) -> Lever | None:
    if "from" not in data or "to" not in data:
        page.complain(here, "a range needs `from` and `to`")
        return None
    ends = [_NUMBER_WITHIN.fullmatch(str(data[key]).strip()) for key in ("from", "to")]
    if (
        ends[0] is None
        or ends[1] is None
        or ends[0]["before"] != ends[1]["before"]
        or ends[0]["after"] != ends[1]["after"]
    ):
        page.complain(
            here,
            "both ends need one number each, in the same unit",
            "such as `{from: USD 100_000 per year, to: USD 400_000 per year}`",
        )
        return None
    try:
        low, high = (_read_end(end) for end in ends if end is not None)
    except ValueError as error:
        page.complain(here, str(error))
        return None
    if not low < high:
        page.complain(here, f"lowest first (got {low:g}, then {high:g})")
        return None
    # Whole ends mean a count; a percentage is a share even so.
    whole = not any("." in end["number"] for end in ends if end is not None)
    return Lever(
        path,
        (),
        low,
        high,
        ends[0]["before"],
        ends[0]["after"],
        whole and ends[0]["after"].strip() != "%",
    )


def _read_end(end: re.Match[str]) -> float:
    """The number of an end; ValueError where its separators can be read in two ways."""
    # Money as everywhere: digits that can be read in two ways are refused.
    money = _MONEY_PREFIX.fullmatch(end["before"]) is not None
    if money or "," in end["number"]:
        return read_digits(end["number"])
    return float(end["number"].replace("_", ""))


def spell_value(lever: Lever, number: float) -> Any:
    """Spell a number between the ends of a lever as a scenario holds it."""
    value: int | float = round(number) if lever.whole else float(f"{number:.9g}")
    if _MONEY_PREFIX.fullmatch(lever.before):
        return f"{lever.before}{write_decimals(str(value))}{lever.after}"
    return f"{lever.before}{value}{lever.after}" if lever.unit else value


def find_value(lever: Lever, u: float) -> Any:
    """The value of a lever at a share of its way."""
    if lever.values:
        # Designs that reach the end of the way give u = 1, which is still the last value.
        return lever.values[min(int(u * len(lever.values)), len(lever.values) - 1)]
    if lever.whole:
        # One more than the distance, so that every whole number has an equal share of the way.
        step = math.floor(lever.low + u * (lever.high - lever.low + 1))
        return spell_value(lever, min(step, lever.high))
    return spell_value(lever, lever.low + u * (lever.high - lever.low))


def read_number(value: Any) -> float | None:
    """The number of a value, without its unit; None where it is not one number."""
    match = None if isinstance(value, bool) else _NUMBER_WITHIN.fullmatch(str(value).strip())
    return float(match["number"].replace("_", "").replace(",", "")) if match else None


def read_uncertainties(page: Page) -> tuple[Uncertainty, ...]:
    """Read `vary.parameters`: evidence by its id, with its own range or a stated distribution."""
    known, root, found = all_evidence(), ("vary", "parameters"), []
    for written, data in page.mapping(root, page.document.data["vary"].get(root[-1], {})).items():
        here, name = (*root, written), find_current(written)
        if name not in known:
            page.complain(
                here,
                f"there is no parameter of this id{suggest(name, known)}",
                "`kinwell evidence` lists them all",
                on_key=True,
            )
        elif isinstance(data, list):
            values = tuple(
                page.number((*here, str(place)), value) for place, value in enumerate(data)
            )
            if len(values) < 2:
                page.complain(here, "needs at least two values")
            for place, value in enumerate(values):
                if wrong := find_fault(name, value):
                    page.complain((*here, str(place)), f"{wrong} (got {value:g})", _see(name))
            found.append(Uncertainty(name, values=values, unit=known[name].unit))
        elif (made := _read_distribution(page, here, data, known[name])) is not None:
            found.append(made)
    return tuple(found)


def _read_distribution(page: Page, here: Keys, data: Any, record: Evidence) -> Uncertainty | None:
    if isinstance(data, dict):
        page.mapping(
            here, data, ("distribution", "mean", "sd", "median", "sigma", "low", "mode", "high")
        )
        family = page.word((*here, "distribution"), data.get("distribution"), DISTRIBUTION_FAMILIES)
        # In the order of the family, whatever the file's.
        given = {
            key: page.number((*here, key), data[key])
            for key in DISTRIBUTION_FAMILIES[family]
            if key in data
        }
        strange = [
            key for key in data if key not in {"distribution", *DISTRIBUTION_FAMILIES[family]}
        ]
        if strange or (given and len(given) < len(DISTRIBUTION_FAMILIES[family])):
            named = " and ".join(DISTRIBUTION_FAMILIES[family])
            page.complain(here, f"{family} is given by {named}, all or none of them")
            return None
        if given:
            made = Uncertainty(record.id, family, tuple(given.values()), unit=record.unit)
            return _check_reach(page, here, made)
    elif data == "evidence":
        family = choose_family(record)
    else:
        page.complain(
            here,
            "needs `evidence`, values `[a, b]`, or `{distribution: normal, mean: ..., sd: ...}`",
        )
        return None
    if not record.low < record.high:
        page.complain(
            here,
            "the evidence gives no range for it",
            "state a distribution, such as `{distribution: uniform, low: 0, high: 1}`",
        )
        return None
    return _check_shape(
        page, here, Uncertainty(record.id, family, fit_family(family, record), unit=record.unit)
    )


def _see(name: str) -> str:
    return f"`kinwell evidence {name}` has its range"


def _check_reach(page: Page, here: Keys, made: Uncertainty) -> Uncertainty | None:
    """Refuse a distribution that reaches beyond the bounds of its number."""
    if not all(map(math.isfinite, made.numbers)):
        page.complain(here, f"{made.family}: must be given by finite numbers")
        return None
    if _check_shape(page, here, made) is None:
        return None
    # These two stay between 0 and 1 whatever their numbers are.
    inside = made.family in {"beta", "split-logitnormal"}
    for end in () if inside else find_reach(made.family, made.numbers):
        if wrong := find_fault(made.id, end):
            page.complain(here, f"{made.family} reaches {end:.4g}: {wrong}", _see(made.id))
            return None
    return made


def _check_shape(page: Page, here: Keys, made: Uncertainty) -> Uncertainty | None:
    a, b = made.numbers[0], made.numbers[-1]
    # By place, as names differ by family: first, last, and the middle one of three.
    middle = made.numbers[len(made.numbers) // 2]
    wrong = {
        "normal": (b <= 0, "sd must be above 0"),
        "lognormal": (a <= 0 or b <= 0, "median and sigma must be above 0"),
        "uniform": (a >= b, "low must be below high"),
        "beta": (
            not 0 < a < 1 or b <= 0 or b * b >= a * (1 - a),
            "mean must be between 0 and 1, sd above 0 and below the root of mean × (1 − mean)",
        ),
        "triangular": (a >= b or not a <= middle <= b, "low, mode and high must rise"),
        "split-normal": (not a < middle < b, "low, median and high must rise"),
        "split-lognormal": (not 0 < a < middle < b, "low, median and high must rise from above 0"),
        "split-logitnormal": (
            not 0 < a < middle < b < 1,
            "low, median and high must rise between 0 and 1",
        ),
    }[made.family]
    if wrong[0]:
        page.complain(here, f"{made.family}: {wrong[1]}")
        return None
    return made
