"""What families learn in a course of several sessions reaches whoever is ill at home; a single evening reaches nobody."""

from sim.evidence.loader import all_evidence

COURSE = {"kind": "family_education", "from": 0, "staff": {"peer": 8}, "outreach": 0.15}
NOTHING_AT_HOME = {
    "parameters.services.family_education.kin": 0.0,
    "parameters.services.family_education.warmth": 0.0,
}


def test_whoever_is_ill_at_home_manages_better_and_is_less_alone(pair):
    taught = pair({"services.it": COURSE})
    managed, many = taught.changed("self_management")
    company, _ = taught.changed("connection")
    assert many > 5
    # towards the ceiling as far as the person responds; admission ratio 0.78 (0.6 to 1.0) in FA-03
    assert 0.01 < managed < all_evidence()["services.family_education.kin"].value
    assert 0.0 < company < 0.05
    for community, without in zip(taught.with_it, taught.without, strict=True):
        gained = (
            community.world.residents.self_management
            > without.world.residents.self_management + 1e-3
        )
        assert (community.world.residents.household_size[gained] > 1).mean() > 0.8


def test_their_crises_become_rarer(pair):
    taught, at_course_only = (
        pair({"services.it": COURSE}),
        pair({"services.it": COURSE} | NOTHING_AT_HOME),
    )
    assert (
        taught.changed("self_management")[1] > 2 * at_course_only.changed("self_management")[1]
    )  # a few find care by what they learned
    with_it, without = (
        sum(c.results().summary["expected_emergency_visits"] for c in side.with_it)
        for side in (taught, at_course_only)
    )
    assert 0.8 * without < with_it < without


def test_a_single_evening_reaches_nobody_at_home(pair):
    assert pair({"services.it": COURSE | {"sessions": 1}}).changed("self_management")[1] == 0
    assert pair({"services.it": COURSE | {"sessions": 3}}).changed("self_management")[1] == 0
