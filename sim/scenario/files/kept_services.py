"""A town of other people with the services that it had: valid, and seldom what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.files.yaml_document import Document
    from sim.scenario.scenario import Scenario

RESIDENTS = "population.residents"
SIZE_KEYS = {"services": ("staff", "groups", "beds", "caseload"), "funds": ("amount", "opening")}
"""What of a town is of the size of its people, by part: who states one of these anew has thought of
how many people there are.
"""


def count_residents(town: Mapping[str, Any]) -> int | None:
    """How many people a town declares; None where that is no number."""
    people = town.get("population")
    found = people.get("residents") if isinstance(people, dict) else None
    # A bool is an int of Python.
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def say_kept_services(were: int, are: int) -> str:
    """Say that so many people have the services that others had."""
    people = "1 person has" if are == 1 else f"{are:,} people have"
    return f"{people} the services, beds and funds of {were:,}"


def spell_scale(were: int, are: int) -> str:
    """The scale at which all of a town has the size of its people, such as 20%."""
    return f"{100 * are / were:.3g}%"


class Kept(NamedTuple):
    """Services that were meant for `were` people and serve `are`.

    scale: of the whole town, at which all would have the size of its people; empty where no scale
    brings the two together, since its file has the services of others already.
    """

    were: int
    are: int
    scale: str

    def say(self) -> str:
        """The two numbers in a sentence."""
        return say_kept_services(self.were, self.are)


def find_kept(people: int, sized_for: int | None, scaled: Scenario, now: Scenario) -> Kept | None:
    """Whether a town has the services of others, at its scale and with what is set; None where it
    has not, or where a size was set too.

    people, sized_for: how many a whole town has, and had when its services last got a size.
    """
    meant, are = sized_for or people, now.population.residents
    were = round(meant * scaled.population.residents / people)
    if were == are or not keeps_sizes(scaled.resolved(), now.resolved()):
        return None
    return Kept(were, are, spell_scale(people, are) if meant == people else "")


def note_kept_services(document: Document, residents: int) -> list[Problem]:
    """The note that a town of so many people has services whose size was stated for others, at the
    place of its people; none where it is theirs.
    """
    were, place = document.sized_for, document.places.get(tuple(RESIDENTS.split(".")))
    if were in {None, 0, residents} or place is None:
        return []
    hint = (
        "state their posts, beds, places and funds too, or leave this out and run at"
        f" `--scale {spell_scale(were, residents)}`"
    )
    at = place.file, place.value_line, place.value_column
    source = document.line(place.file, place.value_line)
    return [Problem(*at, RESIDENTS, say_kept_services(were, residents), hint, source)]


def is_size(path: str) -> bool:
    """Whether a dotted path of a scenario holds the size of a service or a fund."""
    part, *rest = path.split(".")
    # A whole service or fund has its sizes within it.
    return part in SIZE_KEYS and (len(rest) < len(("name", "key")) or rest[1] in SIZE_KEYS[part])


def keeps_sizes(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a town had services or funds, and has all of them at the size that they had."""
    any_had = False
    for part, keys in SIZE_KEYS.items():
        had, there = before.get(part), now.get(part)
        for name, thing in had.items() if isinstance(had, dict) else ():
            still = there.get(name) if isinstance(there, dict) else None
            if not isinstance(thing, dict) or not isinstance(still, dict):
                return False
            if any(thing.get(key) != still.get(key) for key in keys):
                return False
            any_had = True
    return any_had
