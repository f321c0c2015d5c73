"""Which areas of the tables are the place, which are its districts, and which are neither."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.places.profile import OTHER_LEVEL, join_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.places.profile import Codes
    from sim.places.tables.notes import Notes
    from sim.places.tables.tidy import Cell

SHARED_NAMES = 3
"""Areas at most that one name is taken to be the name of: boundaries come and go, names stay."""


class Areas(NamedTuple):
    """The place's own code, those of its districts with their names, codes that stand for it (a
    commissioner), and the nation's.
    """

    place: str
    districts: dict[str, str]
    also: tuple[str, ...]
    nation: tuple[str, ...]
    renamed: dict[str, str]

    def level(self, code: str) -> str:
        """`place`, `district`, `nation`, or empty for another area."""
        if code == self.place or code in self.also:
            return "place"
        if code in self.districts:
            return "district"
        return "nation" if code in self.nation else ""


def find_areas(
    cells: Sequence[Cell],
    name: str,
    given: str = "",
    also: Sequence[str] = (),
    level: str = "",
    notes: Notes | None = None,
    codes: Codes | None = None,
) -> Areas:
    """Find the place and its districts in tables; `codes` says how areas are coded there, left out
    in any country that is known.

    InvalidInput if the place cannot be told, with the codes that it may be.
    """
    codes, names = codes or join_codes(), name_areas(cells)
    place = given or _find_place(names, name, codes)
    districts = _find_districts(cells, names, place, level, codes)
    standing = tuple(also) or tuple(
        code
        for code, said in names.items()
        if codes.level_of(code) == OTHER_LEVEL
        and code not in districts
        and name
        and _plain(name) in _plain(said)
    )
    nation = tuple(code for code in names if code in codes.nations)
    areas = Areas(place, districts, standing, nation, {})
    return areas._replace(renamed=_match_names(cells, names, areas, codes, notes))


def name_areas(cells: Iterable[Cell]) -> dict[str, str]:
    """The name of every area: the commonest of those that it shares with few, its code where it has
    none.

    A ward has the name of its predecessor; a county's name on all of its tracts is the name of none
    of them.
    """
    said: dict[str, Counter[str]] = {}
    owners: dict[str, set[str]] = {}
    for cell in cells:
        said.setdefault(cell.area, Counter())[cell.area_name] += 1
        owners.setdefault(cell.area_name, set()).add(cell.area)
    own = {
        code: [
            name for name, _ in names.most_common() if name and len(owners[name]) <= SHARED_NAMES
        ]
        for code, names in said.items()
    }
    return {code: own[code][0] if own[code] else code for code in said}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


def _find_place(names: dict[str, str], name: str, codes: Codes) -> str:
    candidates = {code: said for code, said in names.items() if codes.is_place(code)}
    plain = _plain(name)
    named = [
        code
        for code, said in candidates.items()
        if plain and re.search(rf"\b{re.escape(plain)}\b", _plain(said))
    ]
    if len(named) == 1 or (len(candidates) == 1 and not named):
        return (named or list(candidates))[0]
    if not candidates:
        around = {codes.find_place_of(code) for code in names} - {""}
        return around.pop() if len(around) == 1 else ""
    some = ", ".join(f"{code} ({said})" for code, said in list(candidates.items())[:8])
    said = (
        "several areas may be the place"
        if len(named) != 1 and len(candidates) > 1
        else "no area has the place's name"
    )
    raise InvalidInput(
        Problem(
            "place.yaml",
            0,
            0,
            "area",
            f"{said}: {some}",
            f"say which: `area: {next(iter(candidates))}` in place.yaml",
        )
    )


def _is_below(code: str, place: str, level: str, codes: Codes) -> bool:
    """Whether an area is a part of the place, of the level that is asked for if one is."""
    return (
        code != place
        and code not in codes.nations
        and not codes.is_place(code)
        and codes.level_of(code) != OTHER_LEVEL
        and codes.may_lie_in(code, place)
        and (not level or bool(re.fullmatch(level, code)) or codes.level_of(code) == level)
    )


def _find_districts(
    cells: Sequence[Cell], names: dict[str, str], place: str, level: str, codes: Codes
) -> dict[str, str]:
    """Areas below the place with the best tables of people: those with ages and sexes before
    those with totals alone.
    """
    below = {code for code in names if _is_below(code, place, level, codes)}
    rich: dict[str, set[str]] = {}
    for cell in cells:
        if (
            cell.area in below
            and cell.measure == "persons"
            and cell.table in {"population", "insurance"}
        ):
            rich.setdefault(cell.area, set()).add(
                f"{cell.table}{bool(cell.age)}{bool(cell.sex)}{cell.year}{cell.file}"
            )
    families: dict[str, list[str]] = {}
    for code, signs in rich.items():
        for sign in signs:
            families.setdefault(sign, []).append(code)
    if not families:
        return {}
    best = max(
        families,
        key=lambda sign: (
            codes.level_of(families[sign][0]) not in codes.small,
            _worth(sign),
            len(families[sign]),
        ),
    )
    return {code: names[code] for code in sorted(families[best])}


def _worth(sign: str) -> tuple[int, int]:
    """Ages and sexes are worth more than totals, newer codes more than older ones."""
    years = re.findall(r"(?:True|False)(\d{4})", sign)
    return sign.count("True"), int(years[-1]) if years else 0


def _match_names(
    cells: Iterable[Cell], names: dict[str, str], areas: Areas, codes: Codes, notes: Notes | None
) -> dict[str, str]:
    """Districts of another year's boundaries that have the name of one of ours, for shares alone.

    Told either way.
    """
    levels = {codes.level_of(code) for code in areas.districts}
    ours = {_plain(said): code for code, said in areas.districts.items()}
    others: dict[str, Cell] = {}
    for cell in cells:
        if (
            codes.level_of(cell.area) in levels
            and cell.area not in areas.districts
            and codes.may_lie_in(cell.area, areas.place)
        ):
            others.setdefault(cell.area, cell)
    renamed = {code: ours[_plain(names[code])] for code in others if _plain(names[code]) in ours}
    if notes is not None and others:
        first = next(iter(others.values()))
        lost = [names[code] for code in others if code not in renamed]
        left = sorted(
            said
            for said in areas.districts.values()
            if _plain(said) not in {_plain(names[code]) for code in renamed}
        )
        said = (
            f"areas of other boundaries: {len(others)} codes such as {first.area}"
            f" ({first.area_name}) are none of the {len(areas.districts)} districts, whose codes"
            f" are such as {next(iter(areas.districts))}; {len(renamed)} are matched by name"
        )
        said += f"; no match for {', '.join(lost[:6])}" * bool(
            lost
        ) + f"; nothing for {', '.join(left[:6])}" * bool(left)
        hint = (
            "their shares and scores are taken for the district of that name, their counts are not;"
            " `districts: {lookup: FILE}` maps codes"
        )
        notes.add("coverage", "boundaries", Problem(first.file, first.line, 1, "", said, hint))
    return renamed
