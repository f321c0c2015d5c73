"""Rules of allocation act on people and posts; a grant that ends lets people go; evaluation has its price; staff run short."""

import numpy as np
import pytest

HELP = {
    "kind": "case_management",
    "from": 0,
    "staff": {"case_manager": 4},
    "caseload": 20,
    "outreach": 0.05,
}
SERVICES = {
    "services.first": HELP | {"rank": 2, "audience": {"phq": [0, 5]}},
    "services.second": HELP | {"rank": 8, "audience": {"severe_illness": True}},
}
GRANT = {"source": "grant", "amount": "USD 270_000 per year", "only_for": ["first", "second"]}
HALF = {"funds.anything.only_for": ["psychiatry"]}


def open_posts(community, name):
    staff = community.world.provision.staff
    return int(staff.open[staff.service == community.world.provision.names.index(name)].sum())


@pytest.fixture
def short(pair):
    """A grant that pays for about half of two services, and how many posts each has at the end."""

    def share(rule):
        found = pair(SERVICES | HALF | {"funds.grant": GRANT | {"when_short": rule}})
        return [
            float(np.mean([open_posts(c, name) for c in found.with_it]))
            for name in ("first", "second")
        ]

    return share


def test_by_priority_the_protected_service_is_kept_whole(short):
    first, second = short("priority")
    assert first == 4
    assert second < 3


def test_equally_both_shrink_alike(short):
    first, second = short("equal")
    assert first < 4
    assert second < 4
    assert abs(first - second) <= 1


def test_by_need_those_in_need_are_served_first(short):
    """The first service, protected by rank, is for people with few symptoms, the second for severe illness."""
    by_need, by_priority = short("need"), short("priority")
    assert by_need[1] > by_priority[1]
    assert by_need[0] < by_priority[0]


def test_a_grant_that_ends_lets_people_go(pair):
    services = {"services.first": HELP}
    grant = {"source": "grant", "amount": "USD 300_000 per year", "only_for": ["first"]}
    goes_on, ends = (
        pair(services | HALF | {"funds.grant": grant}),
        pair(services | HALF | {"funds.grant": grant | {"to": 26}}),
    )
    assert ends.total("let_go")[0] > goes_on.total("let_go")[0] + 5
    for stays, gone in zip(goes_on.with_it, ends.with_it, strict=True):
        s = gone.world.provision.names.index("first")
        assert stays.world.provision.offers.enrolled[s] > 5
        assert (
            gone.world.provision.offers.enrolled[s] < 0.5 * stays.world.provision.offers.enrolled[s]
        )
        assert np.array_equal(
            stays.results().weekly["let_go"][:26], gone.results().weekly["let_go"][:26]
        )


def test_evaluation_is_paid_at_each_review(pair):
    found = pair({"governance": {"review_every": 10}, "prices.evaluation": "USD 5_000 per review"})
    assert found.spent("evaluation") == (2 * 3 * 5_000, 0)


def test_a_shortage_of_staff_makes_people_wait_until_it_ends(pair):
    found = pair(
        {
            "shocks.short": {
                "kind": "staff_shortage",
                "role": "therapist",
                "at": 6,
                "until": 26,
                "share": 0.8,
            }
        }
    )

    def sessions(side, weeks):
        return float(np.mean([c.results().weekly["sessions"][weeks].sum() for c in side]))

    during = sessions(found.with_it, slice(7, 26)) / sessions(found.without, slice(7, 26))
    after = sessions(found.with_it, slice(36, 40)) / sessions(found.without, slice(36, 40))
    assert during < 0.95
    assert after > during


def test_a_reserve_is_kept(pair):
    services = {"services.first": HELP}
    fund = {
        "source": "grant",
        "amount": "USD 150_000 per year",
        "opening": "USD 60_000",
        "only_for": ["first"],
    }
    spends, saves = (
        pair(services | HALF | {"funds.grant": fund | {"reserve_weeks": weeks}})
        for weeks in (0, 26)
    )
    cash = [
        np.mean([c.treasury.balance[c.treasury.accounts.index("grant")] for c in side.with_it])
        for side in (spends, saves)
    ]
    assert cash[1] > cash[0]
    assert cash[1] > 0
