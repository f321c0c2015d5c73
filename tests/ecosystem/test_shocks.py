"""Shocks strike through people and posts, while they last."""

import numpy as np


def weekly(side, key, weeks):
    return float(np.mean([c.results().weekly[key][weeks].mean() for c in side]))


def test_a_recession_takes_work_and_gives_it_back(pair):
    found = pair(
        {
            "shocks.lean": {
                "kind": "recession",
                "at": 4,
                "until": 30,
                "life_events": 1.0,
                "jobs_lost": 0.3,
            }
        }
    )
    assert weekly(found.with_it, "work_days_lost", slice(10, 29)) < weekly(
        found.without, "work_days_lost", slice(10, 29)
    )  # fewer have days to lose
    assert abs(found.shift("employment", lambda r: r.age < 60)) < 0.005


def test_a_pandemic_makes_people_lonely_while_it_lasts(pair):
    found = pair(
        {
            "shocks.apart": {
                "kind": "pandemic",
                "at": 4,
                "until": 24,
                "life_events": 1.0,
                "contacts_lost": 0.6,
            }
        }
    )
    assert weekly(found.with_it, "lonely", slice(14, 24)) > 1.1 * weekly(
        found.without, "lonely", slice(14, 24)
    )
    peak, late = (
        weekly(found.with_it, "lonely", slice(w, w + 2))
        - weekly(found.without, "lonely", slice(w, w + 2))
        for w in (22, 38)
    )
    assert late < peak


def test_a_disaster_closes_services_for_a_time(pair):
    found = pair(
        {
            "shocks.flood": {
                "kind": "disaster",
                "at": 10,
                "until": 14,
                "life_events": 3.0,
                "closed": ["community-therapy"],
            }
        }
    )
    assert found.total("let_go")[0] > found.total("let_go")[1] + 5
    assert weekly(found.with_it, "sessions", slice(11, 14)) < 0.8 * weekly(
        found.without, "sessions", slice(11, 14)
    )
    assert found.total("phq_mean")[0] > found.total("phq_mean")[1]


def test_volunteers_leave_and_others_come(pair):
    friends = {
        "services.it": {"kind": "befriending", "from": 0, "staff": {"volunteer": 30}, "caseload": 2}
    }
    calm, struck = (
        pair(friends),
        pair(friends | {"shocks.exodus": {"kind": "volunteer_exodus", "at": 25, "share": 0.5}}),
    )
    just_after = weekly(calm.with_it, "staff", slice(26, 28)) - weekly(
        struck.with_it, "staff", slice(26, 28)
    )
    later = weekly(calm.with_it, "staff", slice(38, 40)) - weekly(
        struck.with_it, "staff", slice(38, 40)
    )
    assert just_after > 5
    assert later < just_after
