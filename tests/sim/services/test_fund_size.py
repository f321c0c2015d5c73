"""Funds beside what their services cost: never short, cut to no effect, inherited with other posts."""

import pytest

import sim
from sim.scenario.library import read
from sim.services.fund_size import find_idle_money, list_money_notes, size_funds


def write(folder, name, text):
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


NINE = "extends: us-town\ntitle: Nine\nservices: {community-therapy: {staff: {therapist: 9}}}\n"
CUT = "shocks: {cut: {kind: funding_cut, fund: public-funds, at: week 26, by: %s}}\n"


def test_the_town_s_fund_about_balances_with_every_post_filled():
    size = size_funds(sim.load("us-town"))["public-funds"]
    assert size.cost == pytest.approx(2_440_000, rel=0.01)  # as the scenario's comment says
    assert size.cost - size.need == pytest.approx(1_620_000, rel=0.02)
    assert not size.ample
    assert not find_idle_money(sim.load("us-town"))


def test_nine_posts_under_a_fund_for_sixteen_are_told_at_their_place(tmp_path):
    loaded = read(write(tmp_path, "nine", NINE + CUT % "30%"))
    said = {note.path: note for note in list_money_notes(loaded)}
    assert "touches nobody" in said["shocks.cut.by"].message
    assert "never binds" in said["funds.public-funds.amount"].message
    inherited = said["services.community-therapy.staff"]
    assert "is inherited from" in inherited.message
    assert (inherited.line, inherited.file[-9:]) == (3, "nine.yaml")


def test_an_amount_that_fits_its_posts_is_not_called_idle(tmp_path):
    nine = "funds: {public-funds: {amount: USD %d per year, when_short: priority}}\n"
    need = size_funds(read(write(tmp_path, "nine", NINE)).scenario)["public-funds"].need
    for over, noted in ((1.03, False), (1.2, True)):
        loaded = read(write(tmp_path, "fits", NINE + nine % (over * need)))
        assert bool(list_money_notes(loaded)) == noted


def test_a_cut_that_is_felt_and_a_fund_of_its_own_are_not(tmp_path):
    fund = "funds: {public-funds: {amount: USD 560_000 per year}}\n"
    loaded = read(write(tmp_path, "nine", NINE + fund + CUT % "30%"))
    assert not list_money_notes(loaded)
    deep = read(write(tmp_path, "deep", NINE + CUT % "60%"))
    assert "shocks.cut.by" not in {note.path for note in list_money_notes(deep)}
