"""Scenarios that share weeks give, bit for bit, what each gives alone; these weeks are run once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.community import Community
from sim.errors import KinwellError
from sim.scenario.trunks import LEAST_WEEKS, Trunk, find_trunks
from sim.studies.running.worker import Finished, Task, run_task

pytestmark = pytest.mark.core

DATED = {
    "services.circle": {
        "kind": "recovery_group",
        "staff": {"peer": 1},
        "groups": 2,
        "size": 12,
        "from": "week 16",
        "recruit_ahead": "3 weeks",
    },
    "services.walks": {
        "kind": "community_activity",
        "staff": {"volunteer": 4},
        "from": "week 3",
        "until": "week 20",
    },
    "funds.gift": {"source": "donation", "from": "week 15", "amount": "USD 90_000 per year"},
    "partnerships.school": {
        "with": "school",
        "for": ["circle"],
        "from": "week 14",
        "reach": "5%",
        "in_kind": "USD 50 per week",
    },
    "shocks.storm": {
        "kind": "adversity",
        "at": "week 2",
        "until": "week 18",
        "life_events": 3,
        "jobs_lost": "20%",
    },
    "governance": {
        "review_every": "5 weeks",
        "focus_groups": {"lag": "2 weeks"},
        "delay": "1 week",
        "rules": {
            "grow": {
                "when": {"kpi": "satisfaction", "above": 0, "through": "focus_groups"},
                "do": {"expand": "walks", "by": "50%"},
            }
        },
    },
}
LATER = {
    "a cut": lambda week: {
        "shocks.cut": {
            "kind": "funding_cut",
            "fund": "public-funds",
            "at": f"week {week}",
            "by": "60%",
        }
    },
    "a shortage": lambda week: {
        "shocks.gone": {
            "kind": "staff_shortage",
            "role": "therapist",
            "at": f"week {week}",
            "share": "60%",
        }
    },
    "the end of a service": lambda week: {"services.walks.until": f"week {week}"},
    "the end of hard times": lambda week: {"shocks.storm.until": f"week {week}"},
    "the end of money": lambda week: {"funds.public-funds.to": f"week {week}"},
    "the start of a service": lambda week: {"services.circle.from": f"week {week + 3}"},
    "money of later": lambda week: {
        "funds.gift.from": f"week {week}",
        "funds.gift.amount": "USD 900_000",
    },
    "an agreement": lambda week: {
        "partnerships.school.from": f"week {week}",
        "partnerships.school.reach": "30%",
    },
}
# What a service of later is like cannot act before it looks for staff, in week 13.
OF_LATER = {
    "services.circle.groups": 4,
    "services.circle.ground_rules": True,
    "services.circle.outreach": "20%",
    "services.circle.where": ["east"],
    "services.circle.supervision": "weekly",
    "services.circle.rank": 1,
}
WEEKS = st.integers(LEAST_WEEKS, 13)


@pytest.fixture(scope="module")
def dated(town):
    """A town with something of every sort that has a date."""
    return town.with_(DATED)


def tell(results):
    """All of a run, as text and bytes."""
    weekly = {key: values.tobytes() for key, values in results.weekly.items()}
    rest = {name: value for name, value in vars(results).items() if name != "weekly"}
    return weekly, repr(rest)


def test_a_run_of_which_totals_are_kept_is_the_same_but_for_the_sample_of_its_ties(dated):
    whole, totals = (next(run_task(Task((dated,), 7, network=kept))) for kept in (True, False))
    assert whole.results.network is not None
    assert totals.results.network is None
    same = replace(totals.results, network=whole.results.network)
    assert tell(same) == tell(whole.results)


def run_all(scenarios, seed):
    items = list(run_task(Task(tuple(scenarios), seed)))
    assert all(isinstance(item, Finished) for item in items), items
    return [tell(item.results) for item in items]


@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    what=st.lists(
        st.tuples(st.sampled_from(sorted(LATER)), WEEKS), min_size=2, max_size=4, unique=True
    ),
    seed=st.integers(0, 2**40),
    more=st.sampled_from([{}, *({key: value} for key, value in OF_LATER.items())]),
)
def test_each_gives_what_it_gives_alone(dated, what, seed, more):
    one, *others = (dated.with_(LATER[name](week)) for name, week in what)
    scenarios = (one.with_(more), *others)
    (trunk,) = find_trunks(scenarios)
    assert trunk.week >= min(week for _, week in what)
    assert run_all(scenarios, seed) == [run_all([each], seed)[0] for each in scenarios]


def test_a_second_service_of_a_kind_changes_no_week_before_it_opens(town):
    second = {
        "kind": "individual_therapy",
        "staff": {"therapist": 4},
        "caseload": 10,
        "from": "week 12",
    }
    ours, theirs = (
        Community(each, rng=3).run().weekly
        for each in (town, town.with_({"services.second": second}))
    )
    assert [
        key for key in ours if not np.array_equal(ours[key][:12], theirs[key][:12], equal_nan=True)
    ] == []
    assert not np.array_equal(ours["waiting"][12:], theirs["waiting"][12:])


def test_shared_weeks_are_run_once(dated, monkeypatch):
    scenarios = [
        dated.with_(
            {"horizon": 14, "name": f"cut-{by}"} | LATER["a cut"](12) | {"shocks.cut.by": by}
        )
        for by in ("10%", "50%", "90%")
    ]
    alone = [run_all([each], 3)[0] for each in scenarios]
    weeks = []
    step = Community.step
    monkeypatch.setattr(Community, "step", lambda self: (weeks.append(self.week), step(self)))
    assert run_all(scenarios, 3) == alone
    counted = np.bincount(np.array(weeks)[np.array(weeks) >= 0])
    assert counted.tolist() == [1] * 12 + [3] * 2


def test_those_that_part_later_go_on_together(dated, monkeypatch):
    scenarios = [dated.with_({"horizon": 40} | LATER["a cut"](week)) for week in (30, 10, 20, 32)]
    latest = Trunk(30, (0, 3))
    assert find_trunks(scenarios) == (Trunk(10, (0, 1, 2, 3), (Trunk(20, (0, 2, 3), (latest,)),)),)
    alone = [run_all([each], 5)[0] for each in scenarios]
    weeks = []
    step = Community.step
    monkeypatch.setattr(Community, "step", lambda self: (weeks.append(self.week), step(self)))
    assert run_all(scenarios, 5) == alone
    counted = np.bincount([week for week in weeks if week >= 0])
    assert counted.tolist() == [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10


def test_few_weeks_more_are_not_gone_on_together(dated):
    soon = LEAST_WEEKS - 1
    weeks = (10, 10 + soon, 10 + soon)
    scenarios = [dated.with_({"horizon": 40} | LATER["a cut"](week)) for week in weeks]
    scenarios[2] = scenarios[2].with_({"shocks.cut.by": "10%"})
    assert find_trunks(scenarios) == (Trunk(10, (0, 1, 2)),)


def test_what_only_values_results_is_shared_to_the_end(dated):
    other = dated.with_({"title": "Another", "discount.effects": "7%", "perspective": "societal"})
    assert find_trunks([dated, other]) == (Trunk(dated.horizon, (0, 1)),)


START = {
    "a price": {"prices.overhead": 0.5},
    "a parameter": {"parameters": {"life.events": 0.005}},
    "one more fund": {"funds.more": {"source": "grant", "from": "week 20", "amount": "USD 1"}},
    "one more service": {
        "services.more": {
            "kind": "community_activity",
            "staff": {"volunteer": 1},
            "from": "week 20",
        }
    },
    "posts of later": {"services.circle.staff": {"peer": 2}},
    "a rule of the committee": {"governance.rules.grow.when.above": 0.5},
    "cash of week 0": {"funds.gift.opening": "USD 5"},
    "the rank of what runs": {"services.walks.rank": 1},
    "an early start": {"services.circle.from": "week 4"},
    "a shorter horizon": {"horizon": 20},
}


@pytest.mark.parametrize("what", START)
def test_what_may_act_from_the_start_is_not_shared(dated, what):
    assert find_trunks([dated, dated.with_(START[what])]) == ()


def test_two_trunks_in_one_task_stand_side_by_side(dated):
    dear = dated.with_({"prices.overhead": 0.5})
    cut, late = LATER["a cut"](12), LATER["a cut"](15)
    scenarios = [dated, dear, dated.with_(cut), dear.with_(late), dated.with_({"horizon": 20})]
    assert find_trunks(scenarios) == (Trunk(12, (0, 2)), Trunk(15, (1, 3)))


def test_a_community_that_may_have_acted_is_not_gone_on_from(dated):
    trunk = Community(dated, rng=1).warm_up()
    while trunk.week < 9:
        trunk.step()
    with pytest.raises(KinwellError, match="does not branch off"):
        Community.fork(dated.with_(LATER["a cut"](8)), trunk)
    assert Community.fork(dated.with_(LATER["a cut"](9)), trunk).week == 9
