"""The page on the evidence: its table of prices is computed anew, its ids and commands exist."""

import re

import pytest

from sim.evidence.distributions import DISTRIBUTION_FAMILIES, FIXED_FAMILY
from sim.evidence.loader import all_evidence
from sim.evidence.prices import all_indices, all_prices, bring_to_year, find_currency

ROW = re.compile(
    r"^\| `(prices\.\w+)` \| ([A-Z]{3}) ([\d,.]+) of (\d{4}) \| (\w+) × ([\d.]+) \| ([\d,.]+) \| (\S+) \|$",
    re.MULTILINE,
)


@pytest.fixture
def page(project):
    return (project / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_the_table_of_prices_is_computed_from_the_records(page):
    rows = ROW.findall(page)
    assert [row[0] for row in rows] == list(all_prices())
    for identity, currency, amount, year, index, factor, now, key in rows:
        record = all_prices()[identity]
        assert (currency, int(year), index, key) == (
            find_currency(record),
            record.price_year,
            record.price_index,
            record.key,
        )
        assert float(amount.replace(",", "")) == record.value
        assert float(factor) == pytest.approx(
            all_indices()[index].factor(record.price_year, 2023), abs=5e-4
        )
        assert float(now.replace(",", "")) == pytest.approx(bring_to_year(record, 2023), rel=1e-3)


def test_every_index_grade_and_distribution_is_told(page):
    assert all(f"| `{name}` |" in page for name in all_indices())
    assert all(
        f"| {grade} |" in page for grade in {record.grade for record in all_evidence().values()}
    )
    for family in {*DISTRIBUTION_FAMILIES, FIXED_FAMILY}:
        assert family in page


def test_ids_on_the_page_exist(page):
    named = re.findall(r"kinwell evidence ([a-z_]+\.[a-z_]+)", page)
    assert named
    assert all(any(identity.startswith(name) for identity in all_evidence()) for name in named)
