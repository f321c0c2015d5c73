"""Prices: brought to the year of a scenario by a stated index, cited where they are used, and moved by draws."""

import re

import pytest

from sim.community import Community
from sim.errors import KinwellError
from sim.evidence.loader import all_evidence
from sim.evidence.parameters import make_parameters
from sim.evidence.prices import all_indices, all_prices, bring_to_year, find_currency
from sim.scenario.library import load
from sim.scenario.price_year import reprice

CITED = re.compile(
    r"(?P<currency>[A-Z]{3}) (?P<amount>[\d_.]+) per \w+ # .*\[(?P<id>prices\.\w+)\]"
)
ROUNDING = 0.025
"""Prices in scenarios are rounded to two digits or more."""


def read_citations(project):
    """Scenario file, amount as written, currency and record of every price that cites one."""
    return [
        (path.stem, float(found["amount"].replace("_", "")), found["currency"], found["id"])
        for path in sorted((project / "scenarios").glob("*.yaml"))
        for found in CITED.finditer(path.read_text(encoding="utf-8"))
    ]


def test_prices_in_scenarios_are_those_of_the_evidence_in_the_year_of_the_scenario(project):
    cited = read_citations(project)
    assert {identity for *_, identity in cited} == set(all_prices())
    for name, amount, currency, identity in cited:
        record = all_prices()[identity]
        assert currency == find_currency(record) == load(name).currency, identity
        assert amount == pytest.approx(
            bring_to_year(record, load(name).price_year), rel=ROUNDING
        ), (name, identity)


def test_a_price_stands_at_the_amount_that_its_record_says(project):
    """The key of a record is where the scenario that cites it has this amount."""
    for name, amount, _, identity in read_citations(project):
        room, *path = all_prices()[identity].key.split(".")
        scenario = load(name)
        if room == "fee":
            found = {
                service.fee.amount
                for service in scenario.services.values()
                if service.kind == path[0]
            }
        else:
            found = {
                scenario.prices.pay[path[1]].amount
                if path[0] == "pay"
                else getattr(scenario.prices, path[0]).amount
            }
        assert found == {amount}, identity


def test_every_price_has_an_index_that_reaches_its_year():
    for record in all_prices().values():
        assert bring_to_year(record, 2023) > 0
        assert bring_to_year(record, record.price_year) == record.value
        assert re.fullmatch(r"[A-Z]{3} per \w+", record.unit), record.id
    with pytest.raises(KinwellError, match="no value for 1900"):
        all_indices()["medical_us"].factor(1900, 2023)


def test_money_in_the_evidence_always_has_its_year():
    money = [
        record.id
        for record in all_evidence().values()
        if re.match(r"[A-Z]{3} per ", record.unit) and not record.price_year
    ]
    assert not money


def test_the_medical_index_is_the_collected_one(project):
    folder = project.parent / "shared" / "evidence"
    if not folder.is_dir():
        pytest.skip("the collected literature is not beside this checkout")
    text = (folder / "epidemiology.yaml").read_text(encoding="utf-8")
    block = text[text.index("- id: cpi_medical_factors") :].split("\n- id:")[0]
    years = [int(year) for year in re.search(r"averages ([\d/]+)", block)[1].split("/")]
    values = [float(value) for value in re.search(r"value: ([\d./]+)", block)[1].split("/")]
    index = all_indices()["medical_us"]
    assert dict(zip(years, values, strict=True)) == index.values
    for year, factor in re.findall(r"(\d{4}) (\d\.\d+)", block.split("Factor to 2023:")[1]):
        assert index.factor(int(year), 2023) == pytest.approx(float(factor), abs=0.01)


def test_a_draw_of_a_price_moves_the_amount_in_proportion():
    town = load("us-town")
    raw = make_parameters(
        {
            "prices.emergency_visit": 2 * 520,
            "prices.pay_therapist": 51_542 / 2,
            "prices.therapy_session": 210,
        }
    ).raw
    moved = reprice(town, raw)
    assert moved.prices.emergency_visit.amount == pytest.approx(
        2 * town.prices.emergency_visit.amount
    )
    assert moved.prices.pay["therapist"].amount == pytest.approx(
        town.prices.pay["therapist"].amount / 2
    )
    assert moved.services["community-therapy"].fee.amount == pytest.approx(
        2 * town.services["community-therapy"].fee.amount
    )
    assert moved.prices.inpatient_day == town.prices.inpatient_day
    assert moved.services["psychiatry"] == town.services["psychiatry"]
    assert reprice(town, make_parameters({}).raw) is town
    assert reprice(load("uk-town"), raw).prices == load("uk-town").prices


def test_a_drawn_price_is_paid():
    """Twice the price of a day in the ward: more is spent, and nobody's life is another."""
    town = load("baseline").with_({"population.residents": 800, "warm_up": 4, "horizon": 26})
    usual, dear = (
        Community(town, rng=1, draw=draw).run().summary
        for draw in ({}, {"prices.inpatient_day": 1600})
    )
    assert usual["bed_days"] > 0
    assert dear["cost"] > usual["cost"]
    assert dear["phq_mean"] == usual["phq_mean"]
