"""Job support improves jobs first and symptoms hardly."""

import numpy as np

COACHES = {
    "kind": "supported_employment",
    "from": 0,
    "staff": {"case_manager": 3},
    "caseload": 20,
    "outreach": 0.03,
}


def test_job_coaches_place_people_of_working_age_who_had_no_work(pair):
    found = pair({"services.it": COACHES})
    placed = []
    for community, without in zip(found.with_it, found.without, strict=True):
        r, before = community.world.residents, without.world.residents.employment
        new = (r.employment == 1) & (before == 0)
        placed.append(new.sum())
        assert ((r.age[new] >= 18) & (r.age[new] < 66)).all()
        assert not ((r.employment == 0) & (before == 1)).any()
    sessions = found.used()
    # five or six in a thousand sessions, less where quality is
    assert 0.0025 < np.sum(placed) / sessions < 0.009
    assert abs(found.shift("phq")) < 0.05  # EM-01: d 0.03 on mental health


def test_people_in_work_have_days_to_lose(pair):
    lost, before = pair({"services.it": COACHES}).total("work_days_lost")
    assert lost > before
