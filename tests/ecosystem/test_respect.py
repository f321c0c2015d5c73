"""What the evidence says where it disappoints or needs care: fading stigma, unmoved loneliness, teachers who notice."""

import numpy as np


def test_stigma_falls_a_little_and_comes_back(pair):
    """ST-05: SMD -0.26 in those who take part; back within months."""
    stories = {"kind": "recovery_stories", "from": 0, "staff": {"coordinator": 6}, "outreach": 0.05}
    stopped, going_on = (
        pair({"services.it": stories | {"until": 16}}),
        pair({"services.it": stories}),
    )

    def shift(side, weeks):
        means = [
            [c.results().weekly["stigma_mean"][weeks].mean() for c in each]
            for each in (side.with_it, side.without)
        ]
        return float(np.mean(means[0]) - np.mean(means[1]))

    during, after = shift(stopped, slice(13, 16)), shift(stopped, slice(37, 40))
    assert -0.26 < during < -0.01
    assert during < after < 0  # on its way back
    assert abs(after) < 0.7 * abs(shift(going_on, slice(37, 40)))


def test_calls_lower_distress_and_leave_loneliness_where_it_was(pair):
    """PS-14: odds ratio 0.47 on depression, no effect on loneliness."""
    calls = {
        "kind": "telephone_peer_support",
        "from": 0,
        "staff": {"volunteer": 10},
        "caseload": 2,
        "outreach": 0.3,
    }
    found = pair({"services.it": calls | {"audience": {"after": "birth", "within": "30 weeks"}}})
    assert found.changed("coping")[0] > 0.08
    assert abs(found.changed("connection")[0]) < 0.5 * found.changed("coping")[0]


def test_teachers_who_notice_send_pupils_on(pair):
    lessons = {
        "kind": "school_programme",
        "from": 0,
        "staff": {"coordinator": 1},
        "outreach": 0.3,
        "sessions": 30,
    }
    noticed, not_noticed = (
        pair(
            {
                "services.it": lessons,
                "parameters.services.school_programme.refers": share,
                "parameters.care.refer_phq": 8.0,
            }
        )
        for share in (0.5, 0.0)
    )

    def treated_pupils(side):
        treatment = ("primary-care", "community-therapy", "psychiatry")
        count = 0
        for c in side.with_it:
            rows = [c.world.provision.names.index(name) + 1 for name in treatment]
            r = c.world.residents
            concerned = np.isin(r.care_service, rows).any(axis=1) | np.isin(
                r.wait_service, rows
            ).any(axis=1)
            count += int((concerned & (r.employment == 2) & (r.age < 20)).sum())
        return count

    assert treated_pupils(noticed) > treated_pupils(not_noticed)
