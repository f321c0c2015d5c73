"""A cut that touches nobody is the page's first sentence."""

from types import SimpleNamespace

import sim
from analysis.reports.idle_money import say_idle

NINE = sim.load("us-town").with_({"services.community-therapy.staff.therapist": 9})
CUT = NINE.resolved() | {
    "name": "cut",
    "shocks": {"cut": {"kind": "funding_cut", "fund": "public-funds", "at": 26, "by": "25%"}},
}


def case(share_same):
    return SimpleNamespace(
        focus="cut",
        reference="nine",
        currency="USD",
        stored=SimpleNamespace(declared={"nine": NINE.resolved(), "cut": CUT}),
        comparison=SimpleNamespace(
            differences={"cut": {"sessions": SimpleNamespace(share_same=share_same)}}
        ),
    )


def test_a_cut_that_no_service_felt_is_said_with_both_amounts():
    said = say_idle(case(1.0))
    assert said.startswith("The cut of public-funds touches nobody")
    assert "$830,000" in said
    assert "$610,000" in said


def test_a_cut_that_was_felt_is_not_called_idle():
    assert say_idle(case(0.9)) == ""
