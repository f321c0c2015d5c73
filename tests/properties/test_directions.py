"""Levers move what they should, in the direction that they should: paired runs of a small town."""

import numpy as np
import pytest

from sim.community import Community
from sim.scenario.library import load
from sim.state.services import CHANNELS
from sim.state.staff import NOBODY

TOWN = {
    "population.residents": 1_500,
    "warm_up": 26,
    "horizon": 52,
    "services.primary-care.staff": {"physician": 1, "nurse": 1},
    "services.primary-care.caseload": 60,
    "services.community-therapy.staff": {"therapist": 3},
    "services.community-therapy.caseload": 5,
    "services.psychiatry.caseload": 20,
    "funds.public-funds.amount": "USD 1_500_000 per year",
}
PEERS = {
    "services.peers": {
        "kind": "one_to_one_peer",
        "staff": {"peer": 6},
        "caseload": 6,
        "from": "week 2",
        "rank": 4,
    },
    "funds.grant": {"source": "grant", "amount": "USD 600_000 per year", "only_for": ["peers"]},
}
SEEDS = (1, 2, 3)
LIVED = {}
"""Towns that several tests look at, by scenario and seed; nobody changes them."""


@pytest.fixture(scope="module")
def usual():
    return load("baseline").with_(TOWN)


def live(scenario, seed=1):
    """A community that has lived its horizon, and its results."""
    lived = scenario.hash, seed
    if lived not in LIVED:
        community = Community(scenario, rng=seed)
        LIVED[lived] = community, community.run()
    return LIVED[lived]


def compare(one, other, key):
    """Mean over seeds of what the other scenario has more of."""
    runs = [(live(one, seed)[1], live(other, seed)[1]) for seed in SEEDS]
    return float(np.mean([second.summary[key] - first.summary[key] for first, second in runs]))


def test_more_places_mean_shorter_waits(usual):
    more = usual.with_(
        {
            "services.community-therapy.staff": {"therapist": 9},
            "funds.public-funds.amount": "USD 2_500_000 per year",
        }
    )
    assert compare(usual, more, "wait_median") < 0
    assert compare(usual, more, "waiting") < 0


def test_a_cut_leaves_more_need_unmet(usual):
    cut = usual.with_(
        {"shocks.cut": {"kind": "funding_cut", "fund": "public-funds", "at": "week 4", "by": "70%"}}
    )
    assert compare(usual, cut, "treated") < 0
    assert compare(usual, cut, "let_go") > 0
    assert compare(usual, cut, "sessions") < 0


def test_people_without_ties_are_lonelier(usual):
    tied, alone = (
        Community(usual, rng=1),
        Community(usual.with_({"parameters.social.meeting": 0.0}), rng=1),
    )
    world = alone.world
    world.ties.neighbour[:], world.ties.kind[:], world.ties.since[:] = (
        world.residents.key.size,
        0,
        0,
    )
    world.residents.close_ties[:] = 0
    with_ties, without = tied.run(), alone.run()
    assert without.summary["ties_mean"] == 0
    assert without.summary["lonely"] > 1.3 * with_ties.summary["lonely"]
    assert without.summary["phq_mean"] > with_ties.summary["phq_mean"]


def test_a_service_without_effect_moves_no_outcome_of_health(usual):
    """Ceilings of zero, contact that protects from no crisis, and waiting that harms nobody: only care itself is different."""
    inert = {f"parameters.services.individual_therapy.{channel}": 0.0 for channel in CHANNELS}
    inert |= {f"parameters.services.primary_care.{channel}": 0.0 for channel in CHANNELS}
    inert |= {f"parameters.services.psychiatry.{channel}": 0.0 for channel in CHANNELS}
    # what the ward began is kept up by the doctor seen afterwards
    inert |= {"parameters.services.inpatient_ward.relief": 0.0}
    inert |= {"parameters.crisis.crisis_contact": 0.0, "parameters.seeking.wait_harm": 0.0}
    # nor is there anything of earlier help that care could keep up
    inert |= {"parameters.people.helped_gain": 0.0, "parameters.people.helped_ill": 0.0}
    few, many = (
        usual.with_(inert),
        usual.with_(inert | {"services.community-therapy.staff": {"therapist": 12}}),
    )
    one, two = live(few)[1], live(many)[1]
    assert two.summary["sessions"] > 1.2 * one.summary["sessions"]
    health = (
        "phq_mean",
        "phq_10_or_more",
        "lonely",
        "stigma_mean",
        "admissions",
        "expected_admissions",
        "emergency_visits",
        "deaths",
        "qalys",
    )
    for key in (*health, "expected_suicides", "bed_days", "caregiver_hours", "work_days_lost"):
        assert np.array_equal(one.weekly[key], two.weekly[key]), key


def test_supervision_and_checks_raise_quality(usual):
    peers = usual.with_(PEERS)
    watched = peers.with_({"services.peers.supervision": "weekly", "services.peers.checks": True})
    ends = [live(scenario)[0].world for scenario in (peers, watched)]
    row = ends[0].provision.names.index("peers")
    plain, supervised = (world.provision.offers.quality[row] for world in ends)
    assert ends[1].fidelity[row] > ends[0].fidelity[row] + 0.05
    assert supervised > plain


def test_a_ramp_opens_posts_one_after_the_other(usual):
    community = Community(usual.with_(PEERS | {"services.peers.ramp": "24 weeks"}), rng=1).warm_up()
    row = community.world.provision.names.index("peers")
    places = []
    while community.week < 30:
        community.step()
        places.append(int(community.world.provision.offers.places[row]))
    assert places[:2] == [0, 0]
    assert places == sorted(places)
    assert 0 < places[13] < places[29] == 36
    assert len(set(places)) == 7


def test_people_are_let_go_when_a_grant_ends(usual):
    """What was saved while posts stood vacant lasts for a while; with a grant just large enough that is not long."""
    granted = usual.with_(
        PEERS | {"funds.grant.amount": "USD 380_000 per year", "services.peers.rank": 1}
    )
    goes_on, stops = live(granted)[1], live(granted.with_({"funds.grant.to": "week 20"}))[1]
    assert goes_on.weekly["let_go"].sum() == stops.weekly["let_go"][:20].sum() == 0
    assert stops.weekly["let_go"][20:].sum() > 0
    assert stops.weekly["peers"][-1] < goes_on.weekly["peers"][-1]


def test_adversity_brings_more_events_while_it_lasts(usual):
    storm = usual.with_(
        {
            "shocks.storm": {
                "kind": "adversity",
                "at": "week 10",
                "until": "week 20",
                "life_events": 4,
            }
        }
    )
    calm_town, storm_town = Community(usual, rng=1), Community(storm, rng=1)
    ratio, loads = {}, np.zeros(2)
    while calm_town.week < 30:
        calm_town.step()
        storm_town.step()
        load = (
            calm_town.world.residents.event_load.sum(),
            storm_town.world.residents.event_load.sum(),
        )
        ratio[calm_town.week - 1] = load[1] / load[0]
        if 13 < calm_town.week <= 20:
            loads += load
    assert ratio[9] == 1.0
    # Few events, and large ones: one week by itself may have six times as much.
    assert 2.0 < loads[1] / loads[0] < 6.0
    assert ratio[29] < ratio[19]
    assert storm_town.world.residents.phq.mean() > calm_town.world.residents.phq.mean()


def test_a_staff_shortage_empties_posts_that_stay_empty_until_it_ends(usual):
    short = {
        "kind": "staff_shortage",
        "role": "therapist",
        "at": "week 5",
        "until": "week 25",
        "share": "100%",
    }
    community = Community(usual.with_({"shocks.short": short}), rng=1)
    staff = community.world.provision.staff
    therapists = staff.role == 0
    filled = {}
    while community.week < 52:
        community.step()
        filled[community.week - 1] = int(staff.filled[therapists].sum())
    assert filled[4] > 0
    assert all(filled[week] == 0 for week in range(5, 25))
    assert filled[51] > 0


@pytest.mark.parametrize(
    ("do", "factor"),
    [
        ({"expand": "community-therapy", "by": "100%"}, 2.0),
        ({"shrink": "community-therapy", "by": "67%"}, 1 / 3),
        ({"pause": "community-therapy"}, 0),
    ],
)
def test_the_committee_acts_after_its_delay(usual, do, factor):
    rules = {"act": {"when": {"kpi": "symptoms", "above": 0}, "do": do, "once": True}}
    governed = usual.with_(
        {
            "governance": {"review_every": "8 weeks", "delay": "3 weeks", "rules": rules},
            "funds.public-funds.amount": "USD 3_000_000 per year",
        }
    )
    community = Community(governed, rng=1)
    row = community.world.provision.names.index("community-therapy")
    places = {}
    while community.week < 20:
        community.step()
        places[community.week - 1] = int(community.world.provision.offers.places[row])
    assert {places[week] for week in range(12)} == {15}
    assert places[12] == pytest.approx(15 * factor, abs=1e-9)
    deeds = [
        (entry["week"], entry["action"].rsplit(": ", 1)[-1])
        for entry in community.results().decisions
    ]
    assert deeds[:2] == [(8, "decided"), (11, "carried out")]
    assert [week for week, deed in deeds if deed == "decided"] == [8]


def test_groups_that_are_expanded_have_room_for_more_people(usual):
    circle = {
        "kind": "recovery_group",
        "staff": {"peer": 1},
        "groups": 2,
        "size": 10,
        "from": "week 1",
    }
    rules = {
        "act": {
            "when": {"kpi": "symptoms", "above": 0},
            "do": {"expand": "circle", "by": "100%"},
            "once": True,
        }
    }
    scenario = usual.with_(
        {
            "services.circle": circle,
            "funds.gift": {
                "source": "donation",
                "amount": "USD 400_000 per year",
                "only_for": ["circle"],
            },
            "governance": {"review_every": "6 weeks", "delay": "1 weeks", "rules": rules},
        }
    )
    community, _ = live(scenario)
    row = community.world.provision.names.index("circle")
    assert community.world.provision.offers.places[row] == 40


def test_peers_have_recovered_and_stop_when_ill(usual):
    community = Community(usual.with_(PEERS), rng=1)
    r, staff = community.world.residents, community.world.provision.staff
    seen, before = set(), {}
    while community.week < 52:
        community.step()
        now = {int(i): k for k, i in enumerate(staff.resident) if i != NOBODY}
        for i in set(now) - set(before):
            assert r.episodes[i] > 0 or r.past_episodes[i] > 0 or r.severe[i] == 1
            assert r.phq[i] < 8.0
            assert r.episode[i] <= 0
            seen.add(i)
        before = now
    assert len(seen) >= 3
    someone = next(iter(before))
    r.distress[someone] = r.trait[someone] = 6.0
    community.step()
    assert r.phq[someone] >= 18.0
    assert r.peer[someone] == 0
    assert someone not in staff.resident


def test_the_loop_runs_dry_where_nobody_recovers(usual):
    """Nobody below the line at which people take up peer work: no peers, no sessions, and posts stay vacant."""
    dry = usual.with_(PEERS | {"parameters.workforce.peer_wellness_phq": 0.0})
    community, results = live(dry)
    _, wet = live(usual.with_(PEERS))
    row = community.world.provision.names.index("peers")
    assert wet.weekly["peers"][-1] > 0
    assert results.weekly["peers"].sum() == 0
    assert (community.world.residents.care_service != row + 1).all()
    assert results.summary["vacancies"] > wet.summary["vacancies"] + 3
