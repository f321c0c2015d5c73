"""A town as a whole: sound for any declaration, the same for the same seed, quick."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.random import stream
from sim.evidence.loader import all_evidence, values
from sim.evidence.society import make_society
from sim.scenario.schema.people import Neighbourhood
from sim.society import town
from sim.society.town import Town, build_town
from sim.state.codes import TieKind
from sim.state.ties import TIE_SLOTS

SHARES = st.floats(0.0, 1.0)
AGE_BANDS = ["12-17", "18-24", "25-34", "35-49", "50-64", "65-79", "80+"]


def normalise(weights):
    total = sum(weights)
    return (
        [1.0 / len(weights)] * len(weights)
        if total <= 0
        else [weight / total for weight in weights]
    )


@st.composite
def declarations(draw):
    ages = normalise(draw(st.lists(SHARES, min_size=7, max_size=7)))
    sizes = normalise(draw(st.lists(SHARES, min_size=7, max_size=7)))
    insured = normalise(draw(st.lists(SHARES, min_size=3, max_size=3)))
    areas = normalise(draw(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6)))
    people = SimpleNamespace(
        residents=draw(st.integers(1, 300)),
        ages=dict(zip(AGE_BANDS, ages, strict=True)),
        female=draw(SHARES),
        household_sizes=dict(zip(range(1, 8), sizes, strict=True)),
        employed=draw(SHARES),
        insurance=SimpleNamespace(uninsured=insured[0], public=insured[1], private=insured[2]),
        online=draw(SHARES),
        within_neighbourhood=draw(SHARES),
    )
    return people, {
        str(i): Neighbourhood(share=share, deprivation=draw(SHARES), distance=20.0)
        for i, share in enumerate(areas)
    }


def check_people(town: Town, residents: int, areas: int) -> None:
    for name, column in town._asdict().items():
        assert len(column) == residents, name
    assert town.age.min() >= 12.0
    assert np.all(np.diff(town.neighbourhood.astype(int)) >= 0)
    assert town.neighbourhood.max() < areas
    steps = np.diff(town.household.astype(int))
    assert town.household[0] == 0
    assert set(np.unique(steps)) <= {0, 1}
    same_home = steps == 0
    for shared in (town.neighbourhood, town.income, town.household_size):
        assert np.array_equal(shared[1:][same_home], shared[:-1][same_home])
    assert np.all(np.bincount(town.household)[town.household] <= town.household_size)
    assert np.array_equal(town.alone == 1, town.household_size == 1)
    assert town.income.max() <= 4
    assert np.all(town.insurance[town.age >= 65] == 1)
    assert np.all(town.employment[town.age < 18] == 2)
    assert np.array_equal(town.place > 0, np.isin(town.employment, (1, 2)))


def check_ties(town: Town) -> None:
    n = town.residents
    assert town.neighbour.shape == town.tie_kind.shape == town.tie_since.shape == (n, TIE_SLOTS)
    filled = town.neighbour < n
    assert town.neighbour.max() <= n
    assert np.array_equal(filled, town.tie_kind > 0)
    assert not np.any(filled[:, 1:] & ~filled[:, :-1]), "filled slots come first"
    ties = {}
    for a, slot in zip(*np.nonzero(filled), strict=True):
        b = int(town.neighbour[a, slot])
        assert a != b
        assert (a, b) not in ties, "no tie twice"
        ties[a, b] = (int(town.tie_kind[a, slot]), int(town.tie_since[a, slot]))
    for (a, b), meaning in ties.items():
        assert ties.get((b, a)) == meaning, "both lists say the same"
        assert meaning[1] <= 0
    at_home = [(a, b) for (a, b), (kind, _) in ties.items() if kind == 1]
    assert all(town.household[a] == town.household[b] for a, b in at_home)
    assert max(np.bincount([a for a, _ in at_home]), default=0) <= 5
    assert all(town.place[a] == town.place[b] for (a, b), (kind, _) in ties.items() if kind == 3)


@settings(max_examples=80, deadline=None)
@given(
    declared=declarations(),
    seed=st.integers(0, 2**32),
    network=st.sampled_from(["circles", "random"]),
)
def test_any_declaration_gives_a_sound_town(declared, seed, network, build):
    people, areas = declared
    town = build(people, areas, seed, network)
    check_people(town, people.residents, len(areas))
    check_ties(town)


@pytest.mark.parametrize(
    "changes",
    [
        {"household_sizes": {1: 1.0}},
        {"household_sizes": {7: 1.0}},
        {"ages": {"12-17": 1.0}},
        {"ages": {"80+": 1.0}},
        {"female": 0.0, "employed": 0.0, "online": 0.0},
        {"female": 1.0, "employed": 1.0, "online": 1.0},
    ],
    ids=["all alone", "all in sevens", "all teenagers", "all old", "nobody", "everybody"],
)
@pytest.mark.parametrize("residents", [1, 2, 3, 10, 300])
def test_extreme_declarations(population, areas, changes, residents, build):
    town = build(population(residents, **changes), areas((1.0, 0.5)), seed=3)
    check_people(town, residents, 1)
    check_ties(town)
    if "female" in changes:
        assert np.all(town.female == changes["female"])
        assert np.all(town.online == changes["online"])
        assert (
            np.all(town.employment[(town.age >= 18) & (town.age < 65)] == 1)
            == bool(changes["employed"])
            or residents < 10
        )


def test_living_alone_leaves_no_ties_at_home(population, areas, build):
    town = build(population(300, household_sizes={1: 1.0}), areas((1.0, 0.5)), seed=3)
    assert np.all(town.alone == 1)
    assert not np.any(town.tie_kind == 1)
    assert np.any(town.tie_kind == TieKind.FRIEND)


def test_same_seed_same_bits_other_seed_another_town(population, areas, build):
    declared, two = population(3000), areas((0.5, 0.2), (0.5, 0.8))
    first, again, other = (build(declared, two, seed) for seed in (5, 5, 6))
    for name, column in first._asdict().items():
        assert column.tobytes() == getattr(again, name).tobytes(), name
        if name not in {"neighbourhood", "member"}:  # borders hardly move; nobody is in a group
            assert column.tobytes() != getattr(other, name).tobytes(), name


def test_order_of_a_declaration_does_not_matter(population, areas, build):
    declared = population(500)
    turned = {
        key: dict(reversed(getattr(declared, key).items())) for key in ("ages", "household_sizes")
    }
    one = areas((1.0, 0.5))
    assert np.array_equal(build(declared, one, 5).age, build(population(500, **turned), one, 5).age)


@pytest.mark.parametrize(
    ("changes", "touched"),
    [
        ({"online": 0.5}, {"online"}),
        ({"female": 0.4}, {"female"}),
        ({"within_neighbourhood": 0.9}, {"neighbour", "tie_kind", "tie_since"}),
    ],
)
def test_a_changed_part_shifts_no_other(population, areas, changes, touched, build):
    two = areas((0.5, 0.2), (0.5, 0.8))
    before, after = build(population(2000), two, 5), build(population(2000, **changes), two, 5)
    differ = {
        name
        for name, column in before._asdict().items()
        if not np.array_equal(column, getattr(after, name))
    }
    assert differ == touched


def test_streams_are_independent():
    a, b = stream(1, "society.ages").random(20_000), stream(1, "society.sex").random(20_000)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03


def test_networks_differ_in_friends_alone(town, random_town):
    for name in Town._fields[:-3]:
        assert np.array_equal(getattr(town, name), getattr(random_town, name)), name
    assert not np.array_equal(town.neighbour, random_town.neighbour)
    for kind in (1, 3):
        assert np.array_equal(
            np.where(town.tie_kind == kind, town.neighbour, 0)[:, :5],
            np.where(random_town.tie_kind == kind, random_town.neighbour, 0)[:, :5],
        )


def test_unknown_network_is_refused(population, areas, build):
    with pytest.raises(ValueError, match="circles or random"):
        build(population(10), areas((1.0, 0.5)), 1, "lattice")


def test_columns_have_the_declared_types(town):
    types = {
        "age": "float32",
        "household": "uint32",
        "member": "uint16",
        "place": "uint32",
        "neighbour": "uint32",
        "tie_since": "int16",
    }
    for name, column in town._asdict().items():
        assert column.dtype == types.get(name, "uint8"), name


def test_building_costs_little_more_than_sorting(population, areas, build):
    """Compared with plain sorting of as many numbers in this run, so that a slow machine slows both."""
    declared, four = population(40_000), areas((0.5, 0.2), (0.5, 0.8))

    def best(work):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        return min(times)

    numbers = np.random.default_rng(1).random(40_000).tolist()
    assert best(lambda: build(declared, four, 1)) < 60 * best(lambda: sorted(numbers))


DIGEST = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from conftest import FOUR, declare
from sim.evidence.parameters import make_parameters
from sim.society.town import build_town
town = build_town(declare(1500), FOUR, 9, p=make_parameters({}).society)
print(hashlib.sha256(b"".join(column.tobytes() for column in town)).hexdigest())
"""


def test_without_compilation_the_same_bits():
    here = Path(__file__).parent
    digests = []
    for off in ("0", "1"):
        command = [sys.executable, "-c", DIGEST, str(here)]
        root = Path(town.__file__).parents[2]
        done = subprocess.run(
            command,
            env=os.environ | {"NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
        )
        digests.append(done.stdout.strip())
    assert digests[0] == digests[1] != ""


SMALL, LARGE = {"residents": 1500}, {"residents": 60_000}
WHERE_IT_MATTERS = {
    "society.children_most": {"residents": 1500, "household_sizes": {1: 0.6, 2: 0.3, 3: 0.1}},
    "society.school": LARGE,
    "society.college": LARGE | {"employed": 0.2},
    "society.employer_most": LARGE,
}
"""Some numbers are bounds, or sizes of what a small town has one of."""


@pytest.mark.parametrize(
    "identity", [identity for identity in all_evidence() if identity.startswith("society.")]
)
def test_every_number_of_the_evidence_shapes_the_town(population, areas, identity):
    """One number moved to the ends of its range: another town, and a sound one."""
    record, declared = all_evidence()[identity], population(**WHERE_IT_MATTERS.get(identity, SMALL))
    towns = [
        build_town(
            declared, areas((0.5, 0.2), (0.5, 0.8)), 5, p=make_society(values({identity: value}))
        )
        for value in (record.value, record.low, record.high)
    ]
    for other in towns[1:] if declared.residents < 2000 else ():
        check_people(other, declared.residents, 2)
        check_ties(other)
    assert len({b"".join(column.tobytes() for column in other) for other in towns}) > 1
