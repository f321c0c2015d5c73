"""The rules that only some kinds have: thresholds, partners, outreach, recruitment, recognition."""

import numpy as np
import pytest


def test_a_single_session_for_families_does_nothing(pair):
    course = {"kind": "family_education", "from": 0, "staff": {"peer": 2}, "outreach": 0.03}
    once = pair({"services.it": course | {"sessions": 1}})
    assert once.used() > 0
    assert once.changed("coping")[1] == once.changed("knowledge")[1] == 0
    assert pair({"services.it": course}).changed("knowledge")[1] > 10


def test_partners_hand_people_on(pair):
    """Referral agreements give access to services that nobody finds alone."""
    groups = {
        "kind": "recovery_group",
        "from": 0,
        "access": "referral",
        "staff": {"peer": 1},
        "groups": 3,
        "size": 12,
    }
    alone = pair({"services.it": groups})
    linked = pair(
        {
            "services.it": groups,
            "services.primary-care.refers_to": ["it"],
            "services.primary-care.hands_on": 0.5,
        }
    )
    assert linked.used() > 2 * max(alone.used(), 1)


def test_outreach_can_be_switched_off_and_on(pair):
    lessons = {"kind": "school_programme", "from": 0, "staff": {"coordinator": 1}}
    assert pair({"services.it": lessons | {"outreach": 0.0}}).used() == 0
    some, many = (
        pair({"services.it": lessons | {"outreach": share}}).used() for share in (0.01, 0.1)
    )
    assert 0 < some < many


def test_lessons_are_for_pupils_and_programmes_at_work_for_workers(pair):
    for kind, employment in (("school_programme", 2), ("workplace_wellness", 1)):
        for community in pair(
            {"services.it": {"kind": kind, "from": 0, "staff": {"coordinator": 1}}}
        ).with_it:
            rows = (
                community.world.residents.care_service
                == community.world.provision.names.index("it") + 1
            ).any(axis=1)
            assert rows.sum() > 5
            # a few have left school or work since they came
            assert (community.world.residents.employment[rows] == employment).mean() > 0.9


def test_mothers_are_called_soon_after_a_birth(pair):
    calls = {
        "kind": "telephone_peer_support",
        "from": 0,
        "staff": {"volunteer": 10},
        "caseload": 2,
        "audience": {"after": "birth", "within": "26 weeks"},
    }
    called = 0
    for community in pair({"services.it": calls | {"outreach": 0.5, "sessions": 20}}).with_it:
        r = community.world.residents
        rows = (r.care_service == community.world.provision.names.index("it") + 1).any(axis=1)
        called += rows.sum()
        assert r.female[rows].all()
        assert ((r.age[rows] >= 18) & (r.age[rows] < 46)).all()
    assert called > 2


def test_organisers_find_volunteers_sooner(pair):
    befrienders = {"kind": "befriending", "from": 0, "staff": {"volunteer": 30}, "caseload": 2}
    alone = pair({"services.it": befrienders})
    helped = pair(
        {
            "services.it": befrienders,
            "services.organisers": {"kind": "organisers", "from": 0, "staff": {"coordinator": 3}},
        }
    )
    early = [
        np.mean([c.results().weekly["vacancies"][5:20].mean() for c in side])
        for side in (helped.with_it, alone.with_it)
    ]
    assert early[0] < early[1] - 1


def test_supplies_are_paid_by_the_session(pair):
    app = {"kind": "app", "from": 0, "staff": {"coordinator": 1}}
    free, paid = (
        pair({"services.it": app}),
        pair({"services.it": app | {"supplies": "USD 3 per session"}}),
    )
    assert paid.spent("digital")[0] - free.spent("digital")[0] == pytest.approx(
        3 * paid.used(), rel=0.05
    )


def test_recognition_costs_and_keeps_volunteers_less_strained(pair):
    line = {"kind": "befriending", "from": 0, "staff": {"volunteer": 40}, "caseload": 2}
    plain, thanked = (
        pair({"services.it": line}),
        pair({"services.it": line | {"recognition": True}}),
    )
    assert thanked.spent("peer support")[0] > plain.spent("peer support")[0]
    assert thanked.total("strain_mean")[0] < plain.total("strain_mean")[0]


def test_courses_ease_the_strain_of_caring(pair):
    mean, count = pair(
        {
            "services.it": {
                "kind": "family_education",
                "from": 0,
                "staff": {"peer": 3},
                "outreach": 0.1,
            }
        }
    ).changed("strain")
    assert count > 3
    assert -0.1 < mean < 0


def test_groups_form_ties(pair):
    found = pair(
        {
            "services.it": {
                "kind": "youth_group",
                "from": 0,
                "staff": {"peer": 1},
                "groups": 8,
                "size": 12,
                "outreach": 0.05,
            }
        }
    )
    assert found.shift("close_ties") > 0


def test_a_launch_evening_fills_a_programme_sooner_and_then_is_over(pair):
    """An evening of stories in the opening weeks hands people on; before it nothing differs, long after it little does."""
    groups = {
        "kind": "recovery_group",
        "from": 8,
        "recruit_ahead": 8,
        "staff": {"peer": 2},
        "groups": 8,
        "size": 12,
    }
    evening = {
        "kind": "recovery_stories",
        "from": 8,
        "until": 12,
        "recruit_ahead": 8,
        "staff": {"coordinator": 4},
        "refers_to": ["it"],
        "hands_on": 0.5,
        "outreach": 0.05,
    }
    quiet, loud = (
        pair({"services.it": groups}),
        pair({"services.it": groups, "services.evening": evening}),
    )

    def contacts(side, weeks):
        return float(np.mean([c.results().weekly["sessions"][weeks].sum() for c in side.with_it]))

    assert contacts(loud, slice(0, 8)) == contacts(quiet, slice(0, 8))
    early = contacts(loud, slice(9, 20)) - contacts(quiet, slice(9, 20))
    late = contacts(loud, slice(29, 40)) - contacts(quiet, slice(29, 40))
    assert early > 20
    assert late < early
