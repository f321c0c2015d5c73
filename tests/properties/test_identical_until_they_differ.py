"""Two replicates with one seed are the same, bit for bit, until the first thing that differs between them."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sim.community import Community
from sim.scenario.schema.kpis import KPIS

pytestmark = pytest.mark.core

WEEK = st.integers(1, 16)
SEEDS = st.integers(0, 2**40)


def new_peers(week):
    return {
        "services.peers": {
            "kind": "one_to_one_peer",
            "staff": {"peer": 3},
            "caseload": 6,
            "from": f"week {week}",
            "rank": 4,
        },
        "funds.grant": {
            "source": "grant",
            "from": f"week {week}",
            "amount": "USD 400_000 per year",
            "only_for": ["peers"],
        },
    }


def new_circle(week):
    return {
        "services.circle": {
            "kind": "recovery_group",
            "staff": {"peer": 1},
            "groups": 2,
            "size": 12,
            "from": f"week {week}",
            "ramp": "4 weeks",
            "rotating_leaders": True,
        },
        "funds.gift": {
            "source": "donation",
            "from": f"week {week}",
            "amount": "USD 100_000 per year",
            "only_for": ["circle"],
        },
    }


def committee(week, do):
    """A committee whose only rule is met at once and acts a week after its first review; the review itself costs nothing."""
    rule = {"when": {"kpi": "occupancy", "above": 0}, "do": do, "once": True}
    free = {"prices.evaluation": 0}
    return free | {
        "governance": {"review_every": f"{week} weeks", "delay": "0 weeks", "rules": {"act": rule}}
    }


PART_TIME = {"services.primary-care.staff": {"physician": 1.5, "nurse": 1}}
CHANGES = {
    "cut": lambda week: {
        "shocks.cut": {
            "kind": "funding_cut",
            "fund": "public-funds",
            "at": f"week {week}",
            "by": "60%",
        }
    },
    "adversity": lambda week: {
        "shocks.storm": {
            "kind": "adversity",
            "at": f"week {week}",
            "until": f"week {week + 6}",
            "life_events": 4,
        }
    },
    "shortage": lambda week: {
        "shocks.gone": {
            "kind": "staff_shortage",
            "role": "therapist",
            "at": f"week {week}",
            "share": "60%",
        }
    },
    "closing": lambda week: {"services.community-therapy.until": f"week {week}"},
    "peers": new_peers,
    "circle": new_circle,
    "gift": lambda week: {
        "funds.gift": {"source": "donation", "from": f"week {week}", "amount": "USD 50_000"}
    },
    "shrinking": lambda week: committee(week, {"shrink": "community-therapy", "by": "50%"}),
    "growing": lambda week: committee(week, {"expand": "community-therapy", "by": "50%"}),
    "growing from a part of a post": lambda week: committee(
        week, {"expand": "primary-care", "by": "50%"}
    ),
    "moving money": lambda week: committee(week, {"pause": "psychiatry"}),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
@settings(max_examples=5, phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False)
@given(week=WEEK, seed=SEEDS)
def test_nothing_differs_before_the_week_of_the_change(town, look, change, week, seed):
    usual = town.with_(PART_TIME)
    other = usual.with_(CHANGES[change](week))
    assert usual.past_hash == other.past_hash
    one, two = look.live_until(usual, week, seed), look.live_until(other, week, seed)
    assert look.find_differences(look.photograph(one), look.photograph(two)) == []
    for key, values in one.results().weekly.items():
        assert values[:week].tobytes() == two.results().weekly[key][:week].tobytes(), key


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_each_of_these_changes_does_change_something_later(town, change):
    usual = town.with_(PART_TIME)
    one, two = (
        Community(usual, rng=3).run(),
        Community(usual.with_(CHANGES[change](4)), rng=3).run(),
    )
    assert any(
        not np.array_equal(values, two.weekly[key], equal_nan=True)
        for key, values in one.weekly.items()
    )


EMPTY = {
    "one_to_one_peer": {"staff": {"peer": 0}, "caseload": 6},
    "recovery_group": {"staff": {"peer": 0}, "groups": 2, "size": 12},
    "individual_therapy": {"staff": {"therapist": 0}, "caseload": 6, "fee": "USD 100 per session"},
    "psychiatry": {"staff": {"psychiatrist": 0}, "caseload": 100},
    "primary_care": {"staff": {"physician": 0}, "caseload": 100},
    "emergency_department": {},
}


@pytest.mark.parametrize("kind", sorted(EMPTY))
@pytest.mark.parametrize("start", [None, 3])
def test_a_service_without_places_changes_nothing_ever(pilot, look, kind, start):
    empty = {"kind": kind, **EMPTY[kind]} | ({"from": f"week {start}"} if start else {})
    one, two = Community(pilot, rng=8), Community(pilot.with_({"services.empty": empty}), rng=8)
    first, second = one.run(), two.run()
    assert look.find_differences(look.photograph(one), look.photograph(two)) == []
    for key, values in first.weekly.items():
        assert values.tobytes() == second.weekly[key].tobytes(), key
    assert list(first.ledger) == list(second.ledger)
    assert first.summary.keys() == second.summary.keys()


@pytest.mark.parametrize(
    "kpi", ["satisfaction", "occupancy", "wait", "engagement", "cost_per_person", "symptoms"]
)
def test_a_committee_does_not_see_a_service_without_places(pilot, kpi):
    rules = {
        "look": {
            "when": {"kpi": kpi, "above": KPIS[kpi].low},
            "do": {"shrink": "psychiatry", "by": "10%"},
        }
    }
    governed = pilot.with_({"governance": {"review_every": "5 weeks", "rules": rules}})
    seen = Community(governed, rng=8).run().decisions
    also = Community(
        governed.with_(
            {
                "services.empty": {
                    "kind": "individual_therapy",
                    "staff": {"therapist": 0},
                    "caseload": 6,
                }
            }
        ),
        rng=8,
    ).run()
    assert list(seen) == list(also.decisions)
