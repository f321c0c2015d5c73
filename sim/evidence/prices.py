"""Prices of the evidence: amounts of their own year, brought to another by a stated index."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ruamel.yaml import YAML

from sim.errors import KinwellError
from sim.evidence.loader import all_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.evidence.record import Evidence, Grade


class Index(NamedTuple):
    """An index of prices: yearly averages, of which only the ratios matter."""

    name: str
    grade: Grade
    source: str
    meaning: str
    values: Mapping[int, float]

    def factor(self, year: int, to: int) -> float:
        """What an amount of `year` is multiplied with in prices of `to`.

        KinwellError where the index does not have both.
        """
        missing = [str(wanted) for wanted in (year, to) if wanted not in self.values]
        if missing:
            raise KinwellError(
                f"index {self.name} has no value for {' and '.join(missing)}; it has"
                f" {', '.join(map(str, self.values))}"
            )
        return self.values[to] / self.values[year]


@cache
def all_indices() -> dict[str, Index]:
    """Every index by name."""
    content = YAML(typ="safe").load(
        Path(__file__).with_name("indices.yaml").read_text(encoding="utf-8")
    )
    return {
        name: Index(name, row["grade"], row["source"], row["meaning"], row["values"])
        for name, row in content.items()
    }


@cache
def all_prices() -> dict[str, Evidence]:
    """Every record of a price, by id."""
    # Only a price has a year: every other number of the evidence is of no year's money.
    return {identity: record for identity, record in all_evidence().items() if record.price_year}


def bring_to_year(record: Evidence, year: int) -> float:
    """The value of a price in prices of another year.

    KinwellError where its index does not reach there.
    """
    # Without an index in its own year: a price of that year needs none.
    return (
        record.value
        if year == record.price_year
        else record.value * all_indices()[record.price_index].factor(record.price_year, year)
    )


def find_currency(record: Evidence) -> str:
    """The currency of a price: `USD per visit` is in USD."""
    return record.unit.split()[0]
