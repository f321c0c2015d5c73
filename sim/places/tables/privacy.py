"""Refuse files that look like records of persons: a place is built from tables of counts alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.errors import Problem
from sim.places.tables.raw import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.places.tables.header import Header

NAME_COLUMNS = re.compile(
    r"(?:(?:patient|client|person|service"
    r" user|participant|member|pseudo|pseudonymised|individual|resident|respondent|case)s? ?"
    r"(?:id|identifier|name|number|no|nhs number|key|ref|reference|dob|initials)"
    r"|nhs ?(?:number|no|num)(?: .*)?|ssn|social ?security(?: (?:number|no))?|date ?of"
    r" ?birth|dob|birth ?date|d o b"
    r"|fore ?names?|first ?names?|given ?names?|sur ?names?|last ?names?|family ?names?|middle"
    r" ?names?|full ?names?|maiden name|initials"
    r"|mrn|medical record (?:number|no)|hospital (?:number|no)|chi(?: number)?|local patient"
    r" identifier|lpi"
    r"|e ?mail(?: address)?|(?:tele|mobile |home )?phone(?: number)?|mobile|home address|street"
    r" address|next of kin|medicare (?:id|number|no)"
    r"|medicaid (?:id|number|no)|passport(?: (?:number|no))?|national insurance(?:"
    r" (?:number|no))?|nino)"
)
"""Columns that only records of persons have, as `plain_name` spells them."""
AREAS = (
    "area",
    "geoid",
    "geo id",
    "code",
    "ward",
    "county",
    "locationname",
    "lsoa",
    "msoa",
    "fips",
)
SECURITY = re.compile(r"\d{3}-\d{2}-\d{4}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")
DATE = re.compile(r"(\d{4})-\d{2}-\d{2}.*|\d{1,2}[/.-]\d{1,2}[/.-](\d{4})")
LOOKED_AT, FEW_PEOPLE, MOST_UNIQUE = 400, 3, 0.8
LIFETIME = 15
"""Years that dates of one column span before they look like birthdays."""
PRIVACY_HINT = (
    "Kinwell needs no records: count people by area, age and sex where the records may be seen, and"
    " bring the counts"
)


def find_records(shown: str, header: Header) -> Problem | None:
    """Why a table looks like records of persons; None if it does not. Never quotes a cell."""
    # Names of columns first: they need no cells, and say most clearly what the file is.
    for k, name in enumerate(header.names):
        if NAME_COLUMNS.fullmatch(plain_name(name)):
            return _refuse(
                shown,
                header,
                f"column {k + 1} is called like one of records of persons ({name[:30]!r})",
            )
    if _is_list_of_people(header):
        return _refuse(
            shown, header, "every line has another name beside an age or sex, and no area"
        )
    for k in range(len(header.names)):
        cells = [
            row.cells[k].strip()
            for row in header.rows[:LOOKED_AT]
            if k < len(row.cells) and row.cells[k].strip()
        ]
        # A few cells may look like anything; nearly all of many do not by chance.
        if len(cells) >= FEW_PEOPLE and (said := _describe(cells)):
            return _refuse(
                shown,
                header,
                f"column {k + 1} ({header.names[k][:30]!r}) holds what look like {said}",
            )
    return None


def _describe(cells: Sequence[str]) -> str:
    def most(count: int) -> bool:
        return count >= MOST_UNIQUE * len(cells) and len(set(cells)) > len(cells) / 2

    if most(sum(bool(SECURITY.fullmatch(cell)) for cell in cells)):
        return "Social Security numbers"
    if most(sum(is_nhs_number(cell) for cell in cells)):
        return "NHS numbers"
    if most(sum(bool(MAIL.fullmatch(cell)) for cell in cells)):
        return "e-mail addresses"
    years = [int(found[1] or found[2]) for cell in cells if (found := DATE.fullmatch(cell))]
    # Dates of collection lie within years of each other, birthdays within a life.
    if most(len(years)) and max(years) - min(years) >= LIFETIME and len(years) >= FEW_PEOPLE * 2:
        return "dates of birth"
    return ""


def is_nhs_number(text: str) -> bool:
    """Whether ten digits pass the check that NHS numbers are made to pass (modulus 11)."""
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"\d{10}", digits):
        return False
    # The tenth digit is a weighted sum of the nine before; by chance one code in eleven passes.
    check = 11 - sum((10 - k) * int(digits[k]) for k in range(9)) % 11
    return check % 11 == int(digits[9]) and check != 10


def _is_list_of_people(header: Header) -> bool:
    plain = [plain_name(name) for name in header.names]
    if (
        "name" not in plain
        or not {"age", "sex", "gender"} & set(plain)
        # A list of wards or counties has names and ages too, and an area beside them.
        or any(word in name for name in plain for word in AREAS)
    ):
        return False
    k = plain.index("name")
    names = [row.cells[k].strip() for row in header.rows[:LOOKED_AT] if k < len(row.cells)]
    return len(names) >= FEW_PEOPLE and len(set(names)) >= 0.95 * len(names)


def _refuse(shown: str, header: Header, why: str) -> Problem:
    return Problem(
        shown,
        header.line,
        1,
        "",
        f"looks like records of persons and is refused: {why}",
        PRIVACY_HINT,
    )
