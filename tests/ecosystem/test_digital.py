"""Digital support as the evidence says: left within weeks, harmful where nobody moderates, equal in effect where a therapist is behind it."""

import json

import numpy as np

from tests.ecosystem.conftest import SEEDS, live

MORE = (*SEEDS, 5, 6, 7, 8)
APP = {"kind": "app", "from": 0, "staff": {"coordinator": 1}, "outreach": 0.05}


def test_one_in_thirty_still_uses_an_app_after_thirty_days(pair):
    """DG-01: 3.3% median retention at 30 days."""
    began = left_within = 0
    for community in pair({"services.it": APP}).with_it:
        r, s = community.world.residents, community.world.provision.names.index("it")
        enrolled = (r.care_service == s + 1) & (r.alive == 1)[:, None]
        since = community.world.week - 1 - r.care_since
        began += community.world.starts[
            s, [week % 26 for week in range(35 - 13, 35)]
        ].sum()  # began 5 to 17 weeks ago
        left_within += (enrolled & (since >= 5) & (since <= 17)).sum()
    assert began > 300
    assert (
        left_within / began < 0.033
    )  # those who began a month ago or earlier: at most as many as at 30 days


def test_the_hazard_of_leaving_gives_the_retention_of_the_record():
    from sim.evidence.loader import values

    weekly = values({})["services.app.dropout"]
    assert abs(np.exp(-weekly * 30 / 7) - 0.033) < 0.002


def test_members_of_a_group_that_nobody_moderates_get_worse_and_of_one_that_is_moderated_do_not(
    pair,
):
    shift = {}
    for kind in ("online_group", "moderated_online_group"):
        found = pair(
            {"services.it": {"kind": kind, "from": 0, "staff": {"peer": 4}, "outreach": 0.05}}
        )
        shift[kind] = found.changed("coping")[0]
        symptoms, count = found.changed("phq", least=1e-6)
        assert count > 50
        assert (symptoms > 0) == (kind == "online_group")
    assert -0.08 < shift["online_group"] < -0.005 < shift["moderated_online_group"]


def test_telehealth_does_what_therapy_does_for_other_people(pair):
    rooms = {"kind": "individual_therapy", "from": 0, "staff": {"therapist": 4}, "caseload": 10}
    online = rooms | {"kind": "telehealth_therapy"}
    near, far = pair({"services.it": rooms}), pair({"services.it": online})
    gains = [side.changed("coping")[0] for side in (near, far)]
    assert 0.75 < gains[1] / gains[0] < 1.33  # DG-05, DG-06: no difference

    def clients(side):
        rows = [
            (
                c.world.residents,
                (c.world.residents.care_service == c.world.provision.names.index("it") + 1).any(
                    axis=1
                ),
            )
            for c in side
        ]
        return (
            np.concatenate([r.online[m] for r, m in rows]),
            np.concatenate([(r.neighbourhood[m] == 0) for r, m in rows]),
        )

    # few are clients at a time: more towns than two, to see who they are
    towns = [
        [live(seed, json.dumps({"services.it": it})) for seed in MORE] for it in (rooms, online)
    ]
    (device_near, east_near), (device_far, east_far) = clients(towns[0]), clients(towns[1])
    assert device_far.all()
    assert not device_near.all()
    assert east_far.mean() > east_near.mean()  # thirty minutes away from the practices
