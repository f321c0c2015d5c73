"""A branch: one past to the bit, whoever computes it; afterwards each option is what it declares."""

import numpy as np
import pytest

from sim.community import Community
from sim.errors import InvalidInput, KinwellError
from sim.scenario.diagnostics.inactive import find_inactive
from sim.scenario.options import list_options
from sim.studies.running.worker import Finished, Task, run_task

pytestmark = pytest.mark.core

AT = 12
OPTIONS = {
    "stay": {"title": "Stay"},
    "expand": {
        "services": {
            "peers": {"staff": {"peer": 6, "volunteer": 1}, "caseload": 8},
            "company": {
                "kind": "community_activity",
                "from": f"week {AT}",
                "staff": {"volunteer": 2},
                "caseload": 20,
            },
        },
        "funds": {
            "gift": {
                "source": "donation",
                "from": f"week {AT}",
                "amount": "USD 90_000 per year",
                "only_for": ["company"],
            }
        },
    },
    "stop": {"services": {"peers": {"until": f"week {AT}"}}},
}
BRANCH = {
    "at": f"week {AT}",
    "options": OPTIONS,
    "rules": {"full": {"when": {"kpi": "occupancy", "above": "1%"}, "take": "expand"}},
    "otherwise": "stop",
}


@pytest.fixture(scope="module")
def town(town):
    """A town whose grant lasts and pays for everybody who may be wanted."""
    return town.with_({"funds.grant.to": "week 20", "funds.grant.amount": "USD 900_000 per year"})


@pytest.fixture(scope="module")
def later(town):
    """A small town that decides in week 12 what becomes of its peers."""
    return town.with_({"branch": BRANCH})


@pytest.fixture(scope="module")
def past(town):
    """The past of the town without a branch, which is that of all options."""
    return Community(town, rng=5).warm_up().snapshot()


@pytest.fixture(scope="module")
def runs(later, past):
    return {o.branch.take: Community.resume(o, past).run() for o in list_options(later)}


def same(one, other, weeks=None):
    return all(
        np.array_equal(one.weekly[key][:weeks], other.weekly[key][:weeks], equal_nan=True)
        for key in one.weekly
    )


def test_all_options_are_the_same_to_the_bit_until_the_branch(runs):
    stay, *others = runs.values()
    for other in others:
        assert same(stay, other, AT)
        assert not same(stay, other)
        before = [[row for row in run.ledger if row[0] < AT] for run in (stay, other)]
        assert before[0] == before[1]


def test_an_option_that_changes_nothing_is_the_scenario_without_a_branch(runs, town, past):
    plain = Community.resume(town, past).run()
    assert same(runs["stay"], plain)
    assert sorted(runs["stay"].ledger) == sorted(plain.ledger)


@pytest.mark.parametrize("nothing", [{}, {"services": {}}, {"services": {"peers": {}}}])
def test_an_option_that_says_nothing_is_kept_and_changes_nothing(town, nothing):
    options = OPTIONS | {"stay": nothing}
    branching = town.with_({"branch": {"at": f"week {AT}", "options": options}})
    assert set(branching.resolved()["branch"]["options"]) == set(OPTIONS)
    (stay,) = [one for one in list_options(branching) if one.branch.take == "stay"]
    assert stay.later.services == town.services


def test_each_option_has_the_posts_that_it_declares(runs):
    posts = {
        take: {
            (row["service"], row["role"]): row["posts"] for row in run.posts if row["week"] == 19
        }
        for take, run in runs.items()
    }
    assert posts["stay"]["peers", "peer"] == 3
    assert posts["expand"]["peers", "peer"] == 6
    assert posts["expand"]["peers", "volunteer"] == 1
    assert posts["expand"]["company", "volunteer"] == 2
    assert ("peers", "peer") not in posts["stop"]
    assert ("company", "volunteer") not in posts["stop"]
    assert {row[1] for row in runs["expand"].ledger} - {row[1] for row in runs["stay"].ledger} == {
        "gift"
    }


def test_what_is_seen_at_the_branch_is_recorded_alike_in_all_options(runs):
    notes = [
        next(note for note in run.decisions if note["body"] == "branch") for run in runs.values()
    ]
    assert notes[0] == notes[1] == notes[2]
    assert notes[0]["action"] == "take expand"
    assert notes[0]["week"] == AT
    assert notes[0]["seen"]["full"]["seen"] > 0.01


def test_a_worker_runs_the_past_once_and_gives_what_each_option_gives_alone(
    later, runs, monkeypatch
):
    weeks = []
    step = Community.step
    monkeypatch.setattr(Community, "step", lambda self: (weeks.append(self.week), step(self)))
    options = list_options(later)
    found = list(run_task(Task(tuple(options), 5)))
    assert all(isinstance(item, Finished) for item in found)
    assert weeks.count(AT - 1) == 1
    assert weeks.count(AT) == len(options)
    for option, item in zip(options, found, strict=True):
        alone = runs[option.branch.take]
        assert same(item.results, alone)
        assert item.results.ledger == alone.ledger
        assert item.results.places == alone.places
        assert item.results.posts == alone.posts
        assert item.results.decisions == alone.decisions


def test_a_community_does_not_branch_off_from_another(later, town, past):
    trunk = Community.resume(list_options(later)[0], past)
    with pytest.raises(KinwellError, match="does not branch off"):
        Community.fork(town, trunk)


def test_a_past_with_services_of_later_serves_a_scenario_without_them(town, past):
    """Whichever scenario of a study comes first warms the town up."""
    base = town.with_({"services.peers.enabled": False})
    ours = Community.resume(base, past).run()
    assert same(ours, Community(base, rng=5).run())


def test_a_branch_after_the_end_never_acts_and_is_noted(town):
    (note,) = [
        note
        for note in find_inactive(town.with_({"branch": BRANCH, "horizon": AT}))
        if note.path == ("branch", "at")
    ]
    assert "never acts" in note.message


WRONG = {
    "an option that adds a service before the branch": (
        {"options": OPTIONS | {"early": {"services": {"x": {**OPTIONS["expand"]["services"]["company"], "from": "week 3"}}}}},
        "branch.options.early.services.x.from",
    ),
    "another town": (
        {"options": OPTIONS | {"big": {"population": {"residents": 9_000}}}},
        "branch.options.big.population",
    ),
    "an end that is past": (
        {"options": OPTIONS | {"stop": {"services": {"peers": {"until": "week 11"}}}}},
        "branch.options.stop.services.peers.until",
    ),
    "a key that there is not": (
        {"options": OPTIONS | {"odd": {"services": {"peers": {"caselaod": 3}}}}},
        "branch.options.odd.services.peers.caselaod",
    ),
    "an option that there is not": ({"otherwise": "wait"}, "branch.otherwise"),
    "one option alone": ({"options": {"stay": OPTIONS["stay"]}}, "branch.options"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_would_change_the_past_is_refused_at_its_place(town, what):
    changes, path = WRONG[what]
    with pytest.raises(InvalidInput) as error:
        town.with_({"branch": BRANCH | changes})
    assert path in {problem.path.replace("from_", "from") for problem in error.value.problems}
