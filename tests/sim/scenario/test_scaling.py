"""A town at another size: everything that belongs to people goes with them."""

from __future__ import annotations

import pytest

import sim
from sim.cli.options import SCALE
from sim.cli.running import load_scenarios
from sim.errors import InvalidInput
from sim.scenario.scaling import (
    list_rounded,
    parse_scale,
    scale,
    scale_declared,
    scale_option,
    scale_whole,
)
from sim.units import parse_money


@pytest.fixture(scope="module")
def pilot():
    return sim.load("peer-pilot")


def test_people_posts_places_and_funds_go_together(pilot):
    half = scale(pilot, 0.5)
    assert half.population.residents == 5000
    assert half.services["community-therapy"].staff["therapist"] == pytest.approx(8)
    assert half.services["recovery-groups"].groups == 2
    assert half.services["ward"].beds == 2
    fund = half.funds["foundation-grant"].amount
    assert (fund.amount, fund.per) == (210_000, "year")
    assert half.funds["public-funds"].opening.amount == 60_000
    assert half.governance.survey.sample == 100
    assert half.prices.evaluation.amount == pilot.prices.evaluation.amount / 2


def test_what_is_per_person_or_post_stays(pilot):
    half = scale(pilot, 0.5)
    for name in ("caseload", "fee", "rank"):
        ours = getattr(half.services["peer-specialists"], name)
        assert ours == getattr(pilot.services["peer-specialists"], name)
    assert half.prices.pay == pilot.prices.pay
    assert half.prices.inpatient_day == pilot.prices.inpatient_day
    assert half.governance.rules == pilot.governance.rules


def test_the_same_size_is_the_same_town(pilot):
    assert scale(pilot, 1.0) is pilot
    assert scale(scale(pilot, 2.0), 0.5).hash == pilot.hash


def test_beds_are_whole_and_that_is_said(pilot):
    tenth = scale(pilot, 0.1)
    assert tenth.services["ward"].beds == 1
    assert any("ward has 1 bed where 0.4" in said for said in list_rounded(pilot, 0.1))
    assert not list_rounded(pilot, 0.5)


def test_who_scales_a_town_is_told_what_is_out_of_proportion(capsys):
    """It was known, and nothing said it: a tenth of the town had two and a half times its beds."""
    load_scenarios(["baseline", "peer-pilot"], [f"{SCALE}=10%"])
    told = capsys.readouterr().err
    assert told.count("ward has 1 bed where 0.4 would be in proportion") == 1
    assert "recovery-groups has 1 group where 0.4" in told
    load_scenarios(["baseline", "peer-pilot"], [])
    assert "proportion" not in capsys.readouterr().err


def test_a_scaled_town_lives_and_is_as_well_served():
    small = scale(sim.load("baseline"), 0.2).with_({"horizon": 26})
    run = sim.Community(small, rng=1).run()
    assert run.summary["sessions"] > 0


@pytest.mark.parametrize("text", ["0", "0%", "-10%", "ten", "1e9", "nan", "5"])
def test_a_scale_that_is_none_is_refused(text):
    with pytest.raises(InvalidInput, match="--scale"):
        parse_scale(text)


def test_a_share_and_a_number_say_the_same():
    assert parse_scale("10%") == parse_scale("0.1") == 0.1
    assert parse_scale("200%") == 2.0


def test_the_small_sweep_scales_its_town():
    sweep = sim.load_sweep("small-town")
    assert sweep.scenario.population.residents == 1000
    assert sweep.scenario.services["community-therapy"].staff["therapist"] == pytest.approx(1.6)
    assert sweep.against.population.residents == 1000


def test_options_of_a_branch_go_with_their_town(pilot):
    expand = {"services": {"peer-specialists": {"staff": {"peer": 12}}}}
    expand["funds"] = {"foundation-grant": {"amount": "USD 840_000 per year"}}
    expand["governance"] = {"survey": {"sample": 100}}
    options = {"stay": {"title": "Stay"}, "expand": expand}
    half = scale(pilot.with_({"branch": {"at": 52, "options": options}}), 0.5)
    _, later = half.options
    assert later.services["peer-specialists"].staff["peer"] == 6
    assert later.funds["foundation-grant"].amount.amount == 420_000
    assert later.governance.survey.sample == 50
    assert half.branch.survey.sample == 100


def test_a_programme_at_another_size_begins_with_so_many_in_care_and_no_other_list():
    """Who waits is of the town: a larger service does not make more people look for help."""
    start = {"in_care": 31, "waiting": 12, "waited": 5, "vacant": {"physician": 0.5}}
    town = sim.load("baseline").with_({"services.primary-care.at_start": start})
    told = scale_declared(town.resolved()["services"]["primary-care"], 2.0)
    assert told["at_start"]["in_care"] == 62
    assert told["at_start"]["vacant"] == {"physician": 1.0}
    assert told["at_start"]["waiting"] == 12
    assert town.with_({"services.primary-care": told}).services["primary-care"].at_start.waited == 5


def test_the_smallest_town_has_ten_people_and_what_is_whole_keeps_one(pilot):
    small = scale(pilot, 0.0001)
    assert small.population.residents == 10
    assert small.services["ward"].beds == small.services["recovery-groups"].groups == 1
    assert small.governance.survey.sample == 1
    assert small.services["community-therapy"].staff["therapist"] == pytest.approx(0.0016)


def test_who_is_there_at_week_0_and_which_posts_stand_empty_go_with_the_town():
    start = {"in_care": 31, "waiting": 12, "waited": 5, "vacant": {"physician": 0.5}}
    town = sim.load("baseline").with_({"services.primary-care.at_start": start})
    double = scale(town, 2.0).services["primary-care"].at_start
    assert (double.in_care, double.waiting, double.waited) == (62, 24, 5)
    assert double.vacant == {"physician": 1.0}


def test_what_a_review_a_gift_and_cash_are_worth_goes_with_the_town():
    town = sim.load("partners").with_({"funds.public-funds.opening": "USD 50_000"})
    tenth = scale(town, 0.1)
    assert tenth.partnerships["bakery"].in_kind == town.partnerships["bakery"].in_kind._replace(
        amount=25.0
    )
    assert tenth.partnerships["schools"].upkeep.amount == 500
    assert tenth.partnerships["schools"].reach == town.partnerships["schools"].reach
    assert tenth.funds["public-funds"].opening.amount == 5_000
    assert tenth.prices.focus_groups.amount == pytest.approx(town.prices.focus_groups.amount / 10)


@pytest.mark.parametrize(
    ("factor", "said"), [(0.3, "1 bed where 1.2"), (0.9, "4 beds where 3.6"), (1.25, "")]
)
def test_what_is_rounded_is_said_with_what_it_would_be(pilot, factor, said):
    told = [line for line in list_rounded(pilot, factor) if line.startswith("ward")]
    assert told == ([f"ward has {said} would be in proportion: beds are whole"] if said else [])


@pytest.mark.parametrize("text", ["100", "50", "1.5"])
def test_a_number_above_one_may_be_per_cent_and_both_readings_are_shown(text):
    factor = float(text)
    with pytest.raises(InvalidInput) as told:
        parse_scale(text)
    assert f"{factor:g}% or {factor * 100:.0f}%?" in str(told.value)


def test_the_largest_scale_is_a_hundred_times():
    assert parse_scale("10000%") == 100.0
    with pytest.raises(InvalidInput, match="10000% at most"):
        parse_scale("10001%")


@pytest.mark.parametrize(
    ("text", "factor"),
    [("1", 1.0), ("100%", 1.0), (" 25% ", 0.25), ("0.004", 0.004), ("150%", 1.5)],
)
def test_a_scale_is_what_it_says(text, factor):
    assert parse_scale(text) == factor


def test_everything_that_an_option_declares_goes_with_its_town():
    """Whole things, money of every sort and who is asked; what is per person stays, and so do switches."""
    gift = {"with": "business", "for": ["peers"], "in_kind": "USD 250 per week", "reach": "1%"}
    gift["upkeep"] = "USD 1_000 per year"
    peers = {"kind": "one_to_one_peer", "staff": {"peer": 3}, "caseload": 12}
    peers["at_start"] = {"in_care": 9, "waiting": 8, "vacant": {"peer": 1.0}}
    changes = {
        "services": {"peers": peers, "recovery-groups": {"groups": 5}, "ward": {"beds": 1}},
        "funds": {
            "grant": {"source": "grant", "amount": "USD 9_000 per year", "opening": "USD 60"}
        },
        "partnerships": {"bakery": gift},
        "governance": {"survey": {"sample": 101, "response": 0.5}, "delay": "2 weeks"},
        "prices": {"overhead": 0.2},
    }
    third = scale_option(changes, 1 / 3)
    assert third["services"]["peers"]["staff"] == {"peer": pytest.approx(1.0)}
    assert third["services"]["peers"]["caseload"] == 12
    assert third["services"]["peers"]["at_start"] == {
        "in_care": 3, "waiting": 8, "vacant": {"peer": pytest.approx(1 / 3)},
    }  # fmt: skip
    assert third["services"]["recovery-groups"] == {"groups": 2}
    assert third["services"]["ward"] == {"beds": 1}
    assert third["funds"]["grant"] == {
        "source": "grant", "amount": "USD 3_000 per year", "opening": "USD 20",
    }  # fmt: skip
    scaled = third["partnerships"]["bakery"]
    assert parse_money(scaled["in_kind"]).amount == pytest.approx(250 / 3)
    assert parse_money(scaled["upkeep"]).amount == pytest.approx(1_000 / 3)
    assert (scaled["reach"], scaled["with"], scaled["for"]) == ("1%", "business", ["peers"])
    assert third["governance"] == {"survey": {"sample": 34, "response": 0.5}, "delay": "2 weeks"}
    assert third["prices"] == {"overhead": 0.2}
    # What is changed in the copy is not changed in what was given.
    assert changes["governance"]["survey"]["sample"] == 101
    assert changes["services"]["peers"]["staff"] == {"peer": 3}


@pytest.mark.parametrize(
    "changes",
    [{}, {"services": {"ward": None}}, {"governance": None}, {"governance": {"delay": 3}}],
)
def test_an_option_that_declares_nothing_of_a_size_stays_as_it_is(changes):
    assert scale_option(changes, 0.5) == changes


def test_nothing_of_nothing_is_nothing_and_little_is_one():
    assert [scale_whole(count, 0.1) for count in (0, 1, 4, 16, 24)] == [0, 1, 1, 2, 2]
    assert scale_declared({"groups": 0, "beds": 40}, 0.1) == {"groups": 0, "beds": 4}


def test_a_review_and_the_survey_of_a_branch_go_with_the_town_and_no_money_stays_none(pilot):
    later = {"at": 52, "options": {"stay": {"title": "Stay"}, "go": {"title": "Go"}}}
    asked = pilot.with_({"branch": later, "branch.survey.sample": 90, "prices.evaluation": 0})
    double = scale(asked, 2.0)
    assert double.branch.survey.sample == 180
    assert double.prices.evaluation == asked.prices.evaluation
    assert double.prices.evaluation.amount == 0


def test_a_service_that_has_no_place_at_a_size_is_told():
    """At 6% the English crisis team was paid 17,000 a year and could take nobody, without a word."""
    town = sim.load("uk-town")
    # Two nurses look after six people each: 12 places, of which 6% are 0.72 and 10% are 1.2.
    (told,) = [line for line in list_rounded(town, 0.06) if line.startswith("crisis-team")]
    assert told.startswith("crisis-team has no place where 0.72 would be in proportion")
    assert not [line for line in list_rounded(town, 0.1) if line.startswith("crisis-team")]
