"""Values at dotted paths: what a file would hold, whatever it is given as, and nothing but that."""

import numpy as np
import pytest

from sim.errors import InvalidInput
from sim.scenario.changes import change, split
from sim.units import Money, parse_money


@pytest.fixture(scope="module")
def town(baseline):
    return baseline


def test_a_path_is_its_keys_and_ids_of_evidence_keep_their_dots():
    assert split("services.ward.beds") == ("services", "ward", "beds")
    assert split("parameters.care.felt_at_once") == ("parameters", "care.felt_at_once")
    assert split("parameters") == ("parameters",)
    assert split("horizon") == ("horizon",)


@pytest.mark.parametrize("beds", [7, np.int64(7), np.array(7)])
def test_a_number_is_a_number_whoever_counted_it(town, beds):
    assert change(town, {"services.ward.beds": beds}).services["ward"].beds == 7
    for other in ("7", 7.5):
        with pytest.raises(InvalidInput, match="must be a whole number"):
            change(town, {"services.ward.beds": other})


def test_money_and_models_are_written_as_in_a_file(town):
    paths = ("funds.public-funds.opening", "services.ward", "funds.public-funds")
    amount, ward = Money(1_250.5, "USD"), town.services["ward"].model_copy(update={"beds": 9})
    fund = town.funds["public-funds"].model_copy(update={"opening": amount})
    changed = change(town, dict(zip(paths, (amount, ward, fund), strict=True)))
    assert changed.funds["public-funds"].opening == parse_money("USD 1250.5")
    assert changed.services["ward"].beds == 9
    by_text = change(town, {paths[0]: "USD 1250.5", "services.ward.beds": 9})
    assert changed.hash == by_text.hash


def test_what_lists_and_mappings_hold_is_written_so_too(town):
    grant = {
        "source": "grant",
        "amount": Money(26_000.0, "USD", "year"),
        "only_for": ("ward", "psychiatry"),
        "from": np.int64(6),
    }
    fund = change(town, {"funds.grant": grant}).funds["grant"]
    assert (str(fund.amount), fund.only_for, fund.from_) == (
        "USD 26_000 per year",
        ("ward", "psychiatry"),
        6,
    )
    later = change(town, {"willingness_to_pay": (20_000, np.float64(40_000))})
    assert [str(each) for each in later.willingness_to_pay] == [
        str(each)
        for each in change(town, {"willingness_to_pay": [20_000, 40_000]}).willingness_to_pay
    ]


def test_a_section_that_is_left_out_is_made_on_the_way(town):
    assert town.governance is None
    governed = change(town, {"governance.review_every": "26 weeks"})
    assert governed.governance.review_every == 26
    one = change(town, {"parameters.care.felt_at_once": 0.25})
    assert one.parameters["care.felt_at_once"] == 0.25
    # The original stays what it was.
    assert town.governance is None
    assert "care.felt_at_once" not in town.parameters


@pytest.mark.parametrize(
    ("path", "said", "hint"),
    [
        ("servces.ward.beds", "there is no 'servces' - did you mean 'services'?", "services"),
        ("shocks.slump.at", "there is no 'slump'", ""),
        ("services.wards.beds.more", "there is no 'wards' - did you mean 'ward'?", "psychiatry"),
    ],
)
def test_a_key_that_is_not_there_is_told_with_those_that_are(town, path, said, hint):
    with pytest.raises(InvalidInput) as told:
        change(town, {path: 2})
    (problem,) = told.value.problems
    assert (problem.message, problem.path) == (said, path)
    assert (problem.file, problem.line, problem.column) == ("", 0, 0)
    assert hint in problem.hint
    assert problem.hint.startswith("there are ") == bool(hint)


def test_values_that_contradict_each_other_are_refused_together_and_accepted_together(town):
    with pytest.raises(InvalidInput):
        change(
            town, {"services.community-therapy.until": 10, "services.community-therapy.from": 20}
        )
    both = {"services.community-therapy.until": 20, "services.community-therapy.from": 10}
    assert change(town, both).services["community-therapy"].until == 20
