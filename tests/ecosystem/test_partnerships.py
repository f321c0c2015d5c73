"""Partners give access to people, refer people and give in kind, while the agreement lasts."""

import numpy as np
import pytest

GROUPS = {
    "kind": "youth_group",
    "from": 0,
    "staff": {"peer": 2},
    "groups": 8,
    "size": 12,
    "outreach": 0.0,
    "audience": {"ages": [12, 25]},
}
WALKS = {"kind": "community_activity", "from": 0, "staff": {"coordinator": 8}, "outreach": 0.0}


def weekly(side, key, weeks):
    return float(np.mean([c.results().weekly[key][weeks].mean() for c in side]))


def members(community):
    r = community.world.residents
    return (r.care_service == community.world.provision.names.index("it") + 1).any(axis=1)


def test_a_school_brings_pupils_to_a_group(pair):
    alone = pair({"services.it": GROUPS})
    school = pair(
        {
            "services.it": GROUPS,
            "partnerships.school": {"with": "school", "for": ["it"], "reach": 0.02},
        }
    )
    assert school.used() > 1.5 * max(alone.used(), 1)
    for with_it, without in zip(school.with_it, alone.with_it, strict=True):
        more = members(with_it) & ~members(without)
        assert (with_it.world.residents.employment[more] == 2).mean() > 0.85


def test_an_employer_brings_workers(pair):
    work = pair(
        {
            "services.it": WALKS,
            "partnerships.mill": {"with": "employer", "for": ["it"], "reach": 0.01},
        }
    )
    alone = pair({"services.it": WALKS})
    share = np.mean([(c.world.residents.employment[members(c)] == 1).mean() for c in work.with_it])
    assert work.used() > 1.5 * max(alone.used(), 1)
    assert share > 0.7


def test_it_acts_between_its_dates_and_not_before(pair):
    agreement = {"with": "employer", "for": ["it"], "reach": 0.01, "from": 20, "until": 24}
    dated = pair({"services.it": WALKS, "partnerships.mill": agreement})
    alone = pair({"services.it": WALKS})
    for a, b in zip(dated.with_it, alone.with_it, strict=True):
        for key in (
            "phq_mean",
            "lonely",
            "enrolled_any" if "enrolled_any" in a.results().weekly else "treated",
        ):
            assert a.results().weekly[key][:20].tolist() == b.results().weekly[key][:20].tolist()
        assert not a.world.provision.offers.outreach[a.world.provision.names.index("it")].any()
    assert dated.used() > alone.used()


def test_a_clinic_sends_people_on_while_the_agreement_lasts(pair):
    groups = {
        "kind": "recovery_group",
        "from": 0,
        "access": "referral",
        "staff": {"peer": 1},
        "groups": 3,
        "size": 12,
    }
    agreement = {
        "with": "health_provider",
        "for": ["it"],
        "sends_from": ["primary-care", "community-therapy"],
        "sends": 0.3,
    }
    alone = pair({"services.it": groups})
    linked = pair({"services.it": groups, "partnerships.clinic": agreement})
    ended = pair({"services.it": groups, "partnerships.clinic": agreement | {"until": 6}})
    assert linked.used() > 2 * max(alone.used(), 1)
    assert alone.used() <= ended.used() < linked.used()


def accounts(pairs, name):
    return [
        (w, payer, category, amount)
        for c in pairs.with_it
        for w, account, payer, category, amount in c.results().ledger
        if account == name
    ]


def test_gifts_in_kind_pay_for_rooms_and_material_and_cannot_be_saved(pair):
    walks = WALKS | {"supplies": "USD 2 per session", "outreach": 0.01}
    gift = {"with": "business", "for": ["it"], "in_kind": "USD 300 per week"}
    plain, given, lavish = (
        pair({"services.it": walks} | more)
        for more in (
            {},
            {"partnerships.bakery": gift},
            {"partnerships.bakery": gift | {"in_kind": "USD 900_000 per week"}},
        )
    )
    booked = accounts(given, "in-kind")
    income = sum(amount for _, _, category, amount in booked if category == "income")
    assert {payer for _, payer, _, _ in booked} == {"donation"}
    assert income == pytest.approx(
        sum(amount for _, _, category, amount in booked if category != "income")
    )
    assert income == pytest.approx(300 * 40 * 2, rel=0.02)
    # the service costs what it costs; what is given is not asked of the funds
    assert given.spent("community life")[0] == pytest.approx(
        plain.spent("community life")[0], rel=1e-6
    )
    cash = [weekly(side.with_it, "cash", slice(39, 40)) for side in (plain, given)]
    assert cash[1] - cash[0] == pytest.approx(300 * 40, rel=0.05)
    most = sum(
        amount for _, _, category, amount in accounts(lavish, "in-kind") if category == "income"
    )
    assert income < most < 0.35 * plain.spent("community life")[0] + 2 * plain.used()


def test_keeping_an_agreement_alive_costs(pair):
    agreement = {"with": "organisation", "for": ["it"], "upkeep": "USD 100 per week", "until": 30}
    kept, plain = (
        pair({"services.it": WALKS, "partnerships.club": agreement}),
        pair({"services.it": WALKS}),
    )
    assert kept.spent("community life")[0] - plain.spent("community life")[0] == pytest.approx(
        2 * 30 * 100, rel=0.01
    )
