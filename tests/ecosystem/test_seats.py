"""Members of a committee vote, some with a stake; the record shows votes, stakes and delay."""

import pytest

ALWAYS, NEVER = {"kpi": "symptoms", "above": 0}, {"kpi": "symptoms", "below": 0}
MORE, LESS = (
    {"expand": "community-therapy", "by": "50%"},
    {"shrink": "community-therapy", "by": "50%"},
)
SELFISH = {"parameters.governance.own_interest": 1.0}
CLINIC = {"of": "provider", "runs": ["community-therapy"]}
RESIDENT = {"of": "residents"}


def decide(pair, when, do, seats, **more):
    """Rows of the record of two towns: reviews and what was carried out."""
    rules = {"act": {"when": when, "do": do, "once": True}}
    governance = {"review_every": 13, "delay": 3, "rules": rules, "seats": seats} | more
    found = pair({"governance": governance} | SELFISH)
    return [list(c.results().decisions) for c in found.with_it]


def decided(rows):
    return [
        [row["week"] for row in town if str(row["action"]).endswith(": decided")] for town in rows
    ]


def test_without_a_stake_the_rule_decides(pair):
    assert decided(decide(pair, ALWAYS, MORE, {"us": RESIDENT})) == [[13], [13]]
    assert decided(decide(pair, NEVER, MORE, {"us": RESIDENT})) == [[], []]


def test_a_provider_with_the_majority_grows_against_the_evidence_and_is_seen_to(pair):
    rows = decide(pair, NEVER, MORE, {"clinic": CLINIC | {"votes": 2}, "us": RESIDENT})
    assert decided(rows) == [[13], [13]]
    (first, *_) = (row for row in rows[0] if str(row["action"]).endswith(": decided"))
    assert first["seen"]["votes"] == {"clinic": "yes", "us": "no"}
    assert first["seen"]["conflicts_of_interest"] == ["clinic"]
    assert "by a stake of their own: clinic" in first["reason"]
    carried = [row["week"] for row in rows[0] if str(row["action"]).endswith("carried out")]
    assert carried == [16]  # three weeks later


def test_and_stops_what_would_make_it_smaller(pair):
    assert decided(decide(pair, ALWAYS, LESS, {"clinic": CLINIC, "us": RESIDENT})) == [[], []]
    assert decided(
        decide(pair, ALWAYS, LESS, {"clinic": CLINIC | {"recuses": True}, "us": RESIDENT})
    ) == [[13], [13]]


def test_who_leaves_the_vote_has_none(pair):
    rows = decide(
        pair, NEVER, MORE, {"clinic": CLINIC | {"votes": 9, "recuses": True}, "us": RESIDENT}
    )
    assert decided(rows) == [[], []]
    assert rows[0][0]["seen"]["votes"]["clinic"] == "abstains"


@pytest.mark.parametrize(
    ("amount", "weeks"), [("USD 20_000_000 per year", [13]), ("USD 300_000 per year", [])]
)
def test_local_government_minds_what_its_fund_cannot_pay(pair, amount, weeks):
    seats = {
        "town-hall": {"of": "local_government", "holds": "public-funds", "votes": 2},
        "us": RESIDENT,
    }
    rules = {"act": {"when": ALWAYS, "do": MORE, "once": True}}
    found = pair(
        {
            "governance": {"review_every": 13, "rules": rules, "seats": seats},
            "funds.public-funds.amount": amount,
            "funds.anything.only_for": ["psychiatry"],
        }
        | SELFISH
    )
    assert decided([c.results().decisions for c in found.with_it]) == [weeks, weeks]


def test_half_of_those_with_a_stake_may_vote_by_the_rule(pair):
    """The share is evidence, not a switch: with none, stakes change nothing and are still recorded."""
    rules = {"act": {"when": NEVER, "do": MORE}}
    fair = pair(
        {
            "governance": {"review_every": 13, "rules": rules, "seats": {"clinic": CLINIC}},
            "parameters.governance.own_interest": 0.0,
        }
    )
    for community in fair.with_it:
        assert [row["seen"]["conflicts_of_interest"] for row in community.results().decisions] == [
            ["clinic"]
        ] * 3
        assert [row["seen"]["votes"] for row in community.results().decisions] == [
            {"clinic": "no"}
        ] * 3
