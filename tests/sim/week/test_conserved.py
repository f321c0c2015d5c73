"""Every week counts again what must not be lost or made; here something is, and the run stops."""

import shlex

import numpy as np
import pytest

from sim.cli.running import parse_set
from sim.community import Community
from sim.scenario.library import load
from sim.state.codes import Event, HospitalFigure
from sim.store import Store
from sim.studies.running.plan import Execution
from sim.studies.running.progress import Silence
from sim.studies.running.runner import run_scenarios
from sim.week.conservation.conservation import Breach, Conservation, Origin

TOWN = {
    "population.residents": 300,
    "warm_up": 4,
    "horizon": 8,
    "services.primary-care.staff": {"physician": 1, "nurse": 1},
}


@pytest.fixture(scope="module")
def scenario():
    return load("peer-pilot").with_(TOWN)


def plant(monkeypatch, community, fault, week=2):
    """Let a fault happen in a week, after all phases and before the week is checked."""
    check = community.conservation.check

    def checked(world, *given):
        if world.week == week:
            fault(community)
        check(world, *given)

    monkeypatch.setattr(community.conservation, "check", checked)


def lose_somebody(community):
    community.world.residents.alive[7] = 0


def wake_somebody(community):
    community.world.residents.happened[7] |= 64


def rejuvenate(community):
    community.world.residents.age[7] -= 0.5


def forget_an_age(community):
    community.world.residents.age[7] = np.nan


def share_a_key(community):
    r = community.world.residents
    r.key[7] = r.key[8]


def hand_on_a_key(community):
    """A newcomer in one row has the key of a newcomer in another."""
    community.world.residents.key[[7, 8]] = 4_000_000_000


def overfill(community):
    o = community.world.provision.offers
    o.enrolled[0] = o.places[0] + 1


def leak_a_place(community):
    """Somebody holds a place that no service counts."""
    r, o = community.world.residents, community.world.provision.offers
    s = int(np.argmax(o.enrolled))
    o.enrolled[s] = 0
    i = np.flatnonzero(
        (r.alive == 1) & (r.care_service == 0).all(axis=1) & (r.wait_service == 0).all(axis=1)
    )[0]
    r.care_service[i, 0] = s + 1


def raise_somebody(community):
    """Last week they were dead."""
    community.conservation.alive[7] = 0


def age_at_once(community):
    community.world.residents.age[7] += 2.0


def bring_a_child(community):
    """Somebody new who is too young to be a resident."""
    r = community.world.residents
    r.key[7], r.age[7], r.alive[7] = 4_000_000_000, 5.0, 1


def come_back(community):
    """Somebody new has the key of somebody who came before and is gone again."""
    community.conservation.later.add(4_000_000_000)
    community.world.residents.key[7] = 4_000_000_000


def die(community):
    r = community.world.residents
    r.alive[7], r.happened[7] = 0, Event.DIED
    r.care_service[7] = r.wait_service[7] = r.stay[7] = r.boarding[7] = 0
    return r


def keep_a_place(community):
    die(community).care_service[7, 2] = 1


def keep_a_turn(community):
    die(community).wait_service[7, 1] = 1


def keep_a_bed(community):
    die(community).stay[7] = 3


def stay_less_than_nothing(community):
    community.world.residents.stay[7] = -1


def wait_twice(community):
    r = community.world.residents
    r.care_service[7], r.wait_service[7] = 0, 1


def wait_for_the_unknown(community):
    community.world.residents.wait_service[7, 1] = 200


def close_with_people(community):
    o = community.world.provision.offers
    o.open[np.argmax(o.enrolled)] = 0


def use_more_days_than_there_are(community):
    """Charged and spent alike, but in no bed."""
    community.world.used[HospitalFigure.BED_DAYS] += 7 * 150
    community.world.residents.ward_days[:150] += 7


def work_behind_closed_doors(community):
    staff = community.world.provision.staff
    staff.open[np.flatnonzero(staff.filled == 1)[0]] = 0


def pay_another_peer(community):
    """A post is held by somebody else than who works as a peer."""
    staff, r = community.world.provision.staff, community.world.residents
    staff.resident[np.flatnonzero(staff.filled == 1)[0]], r.peer[8] = 7, 1


def leave_a_post_by_halves(community):
    """A resident works as a peer in a post that nobody is in."""
    staff, r = community.world.provision.staff, community.world.residents
    staff.resident[np.flatnonzero(staff.filled == 0)[0]], r.peer[7] = 7, 1


def spend_without_end(community):
    community.treasury.ledger[0, 0, 1] = np.inf


def spend_no_number(community):
    community.treasury.ledger[0, 0, 1] = np.nan


def hold_no_number(community):
    community.treasury.balance[0] = np.nan


def hold_twice(community):
    r = community.world.residents
    r.care_service[7, :2] = 1


def wait_for_what_is_held(community):
    r = community.world.residents
    r.care_service[7, 0] = r.wait_service[7, 0] = 1


def hold_the_unknown(community):
    community.world.residents.care_service[7, 3] = 200


def attend_more(community):
    community.world.residents.sessions[7] += 1


def add_a_bed(community):
    community.world.residents.stay[:200] = 9


def charge_a_day_twice(community):
    community.world.used[HospitalFigure.BED_DAYS] += 1


def lie_and_wait(community):
    r = community.world.residents
    r.stay[7] = r.boarding[7] = 2


def fill_a_post(community):
    staff = community.world.provision.staff
    staff.filled[np.flatnonzero((staff.filled == 0) | (staff.open == 0))[:1]] = 1
    staff.filled[0] = 2


def lose_a_peer(community):
    community.world.residents.peer[7] ^= 1


def spend_twice(community):
    community.treasury.balance[0] -= 5.0


def pay_twice(community):
    """The books agree with each other, but more was paid than anything cost."""
    treasury = community.treasury
    treasury.balance[0] -= 5.0
    treasury.ledger[0, 0, 1] += 5.0


def owe_less_than_nothing(community):
    community.treasury.ledger[0, 0, 1] -= 1e9


FAULTS = {
    lose_somebody: "people: 1 residents died or vanished",
    wake_somebody: "people: 1 residents live although",
    rejuvenate: "ages: 1 residents",
    forget_an_age: "ages: 1 residents",
    share_a_key: "keys: a newcomer has that of somebody else",
    hand_on_a_key: "keys: a newcomer has that of somebody else",
    overfill: "places: .* enrolled in .*, which has",
    leak_a_place: "places: .* which knows of 0",
    raise_somebody: "people: 1 residents live although",
    age_at_once: "ages: 1 residents",
    bring_a_child: "ages: 1 residents",
    come_back: "keys: a newcomer has that of somebody else",
    keep_a_place: "places: 1 residents hold .* although they died",
    keep_a_turn: "places: 1 residents hold .* although they died",
    keep_a_bed: "places: 1 residents hold .* although they died",
    stay_less_than_nothing: "beds: 1 residents .* days of a stay below 0",
    wait_twice: "places: 1 residents hold one place twice, or wait",
    wait_for_the_unknown: "places: 1 residents hold a place.* that there is not",
    close_with_people: "places: .* enrolled in .*, which has 0",
    use_more_days_than_there_are: "beds: .* days are charged",
    work_behind_closed_doors: "staff: somebody works in a post that is closed",
    pay_another_peer: "staff: 1 residents work as peers, and 1 posts",
    leave_a_post_by_halves: "staff: 1 residents work as peers, and 1 posts",
    spend_without_end: "money: an amount in the ledger is below 0 or no number",
    spend_no_number: "money: an amount in the ledger is below 0 or no number",
    hold_no_number: "money: .* does not hold what it held",
    hold_twice: "places: 1 residents hold one place twice",
    wait_for_what_is_held: "places: 1 residents hold one place twice, or wait",
    hold_the_unknown: "places: 1 residents hold a place.* that there is not",
    attend_more: "sessions: services held",
    add_a_bed: "beds: .* people are in the ward",
    charge_a_day_twice: "beds: .* days are charged",
    lie_and_wait: "beds: 1 residents are in a bed and wait",
    fill_a_post: "staff: .* people are in post",
    lose_a_peer: "staff: .* residents work as peers",
    spend_twice: "money: .* does not hold what it held",
    pay_twice: "money: payers paid .* for costs of",
    owe_less_than_nothing: "money: an amount in the ledger is below 0",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_breach_stops_the_run_and_says_how_to_repeat_it(scenario, monkeypatch, fault):
    community = Community(scenario, rng=5, draw={"crisis.crisis": -8.0})
    plant(monkeypatch, community, fault)
    with pytest.raises(Breach, match=FAULTS[fault]) as caught:
        community.run()
    first, second = str(caught.value).splitlines()
    assert first.startswith("week 2 of peer-pilot, seed 5, crisis.crisis -8.0: ")
    assert second.startswith("Repeat it with: kinwell run peer-pilot -n 1 --seed 5 -j 1 --set ")
    assert read_command(second) == scenario.with_({"parameters.crisis.crisis": -8.0})


def read_command(text):
    """The scenario that a command runs, as it was pasted."""
    words = shlex.split(text.partition("kinwell run ")[2])
    sets = [parse_set(words[k + 1]) for k, word in enumerate(words) if word == "--set"]
    return load(words[0]).with_(dict(sets))


def test_somebody_new_in_a_row_is_no_breach(scenario, monkeypatch):
    def arrive(community):
        r = community.world.residents
        r.key[7], r.age[7], r.alive[7] = 4_000_000_000, 12.0, 1
        r.care_service[7] = r.wait_service[7] = 0
        r.stay[7] = r.boarding[7] = r.peer[7] = r.happened[7] = 0

    community = Community(scenario, rng=5)
    plant(monkeypatch, community, arrive)
    community.run()
    assert 4_000_000_000 in community.conservation.later


def test_two_residents_with_one_key_are_told_before_anything_happens(scenario):
    community = Community(scenario, rng=5)
    community.world.residents.key[7] = community.world.residents.key[8]
    with pytest.raises(Breach, match="keys: two residents share one"):
        Conservation(community.world, community.treasury, Origin("peer-pilot", 5, {}))


def test_many_drawn_parameters_are_counted_and_repeated_one_by_one():
    origin = Origin("town", 3, {f"p.{n}": float(n) for n in range(5)})
    assert str(origin) == "town, seed 3, 5 drawn parameters"
    assert origin.command.count("--set") == 5
    assert str(origin._replace(draw={})) == "town, seed 3, parameters as they are"


def test_a_study_keeps_the_breach_as_a_failed_run_and_goes_on(scenario, monkeypatch, tmp_path):
    whole = Conservation.check

    def check(self, world, treasury, *given):
        if self.origin.seed == 2 and world.week == 3:
            treasury.balance[0] += 1.0
        whole(self, world, treasury, *given)

    monkeypatch.setattr(Conservation, "check", check)
    made = run_scenarios(
        scenario, 3, workers=1, into=tmp_path / "out", execution=Execution(Silence())
    )
    assert (made.new, made.failed) == (2, 1)
    with Store.read_only(made.database) as store:
        (row,) = store.read("SELECT * FROM failures")
    assert row["seed"] == 2
    assert row["stage"] == "conservation"
    assert row["message"].startswith("Breach: week 3 of peer-pilot, seed 2, parameters as they are")
    assert "--seed 2 -j 1" in row["command"]
