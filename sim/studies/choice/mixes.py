"""Mixes of programmes as scenarios: built on one scenario, paid by one budget, and the constraints
that each of them breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InvalidInput, Problem
from sim.scenario.scaling import scale_declared
from sim.scenario.schema.names import MARK_ROOM, clip, say_unfit
from sim.services.yearly_cost import price_services
from sim.units import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.choice.declaration import Choice, Posed

PROGRAMME_FUND = "programme-budget"
"""Fund that pays for the programmes of a mix, and for nothing else."""
MOST_MIXES = 400
SLACK = 1e-9
"""Sums of shares may miss a limit by rounding alone."""


@dataclass(frozen=True)
class Mix:
    """Programmes at a size each (0: left out), as a scenario.

    cost: a year at full size, in the scenario's currency. staff: full-time equivalents by role.
    Both are the most of before and after a branch. broken: names of the constraints that it
    breaks. option: what is done at the branch of a programme that has one; empty without.
    """

    sizes: dict[str, float]
    scenario: Scenario
    cost: float
    staff: dict[str, float]
    broken: frozenset[str]
    option: str = ""

    @property
    def name(self) -> str:
        """Name of its scenario."""
        return self.scenario.name

    def say(self) -> str:
        """Say it in words."""
        return say_sizes(self.sizes, self.option)


class Unbuilt(NamedTuple):
    """A mix that is no scenario: its sizes, in words, and what is wrong with it."""

    sizes: dict[str, float]
    said: str
    problem: Problem


class Sorted(NamedTuple):
    """Mixes that can be tried, that of nothing new first, those that cannot be, and the most that
    any mix, tried or not, costs a year and employs of each role.
    """

    mixes: tuple[Mix, ...]
    unbuilt: tuple[Unbuilt, ...]
    dearest: float
    most_staff: dict[str, float]


def say_sizes(sizes: Mapping[str, float], option: str = "") -> str:
    """A mix in words: `peers, crisis-team × 0.5`; nothing new where it is empty, and what is done
    at the branch where there is one.
    """
    parts = [
        name if size == 1.0 else f"{name} × {size:g}" for name, size in sizes.items() if size > 0.0
    ]
    then = f" (then {option})" if option else ""
    return f"{', '.join(parts)}{then}" if parts else "nothing new"


def list_mixes(posed: Posed) -> tuple[Mix, ...]:
    """The mixes of a choice that can be tried, as `sort_mixes` finds them."""
    return sort_mixes(posed).mixes


def sort_mixes(posed: Posed) -> Sorted:
    """All mixes that break no constraint, or one alone, and those that are no scenario.

    InvalidInput where there are too many, where a programme can be in no mix at all, or where no
    mix but that of nothing new is allowed.
    """
    document = posed.document
    asked = _list_asked(posed)
    if len(asked) > MOST_MIXES:
        raise InvalidInput(
            f"{len(asked):,} mixes are too many ({MOST_MIXES} at most): name fewer programmes,"
            " sizes or options"
        )
    found: list[Mix] = []
    unbuilt: list[Unbuilt] = []
    dearest, most = 0.0, dict[str, float]()
    for sizes, option in asked:
        # Programmes are only ever run together: one may need another, so that a mix is tried whole.
        try:
            scenario = _build(posed, sizes, option)
        except InvalidInput as error:
            said = say_sizes(sizes, option)
            unbuilt += [Unbuilt(sizes, said, problem) for problem in error.problems]
            continue
        mix = _weigh(posed, sizes, scenario, option)
        dearest = max(dearest, mix.cost)
        most |= {role: max(posts, most.get(role, 0.0)) for role, posts in mix.staff.items()}
        # One broken limit tells what that limit costs; a mix that breaks more tells nothing.
        if len(mix.broken) < 2:
            found.append(mix)
    _check_built(posed, asked, unbuilt)
    if not any(mix.scenario != posed.base and not mix.broken for mix in found):
        raise InvalidInput(
            f"no mix is allowed: {'; '.join(explain_limits(document, found)) or 'relax a limit'}"
        )
    return Sorted(tuple(found), tuple(unbuilt), dearest, most)


def _list_asked(posed: Posed) -> list[tuple[dict[str, float], str]]:
    """Sizes of each programme, with what is done at the branch, each once."""
    programmes = posed.document.programmes
    # By the words in names: sizes that are written alike would be one scenario counted twice.
    each = [{f"{size:g}": size for size in (0.0, *one.sizes)} for one in programmes.values()]
    return [
        (sizes, option)
        for values in product(*(sizes.values() for sizes in each))
        for sizes in [dict(zip(programmes, values, strict=True))]
        for option in _list_options(posed, sizes)
    ]


def _check_built(
    posed: Posed, asked: Sequence[tuple[dict[str, float], str]], unbuilt: Sequence[Unbuilt]
) -> None:
    """A programme that can be in no mix is wrong, and not merely left out."""
    lost = [one.sizes for one in unbuilt]
    problems = []
    for name in posed.document.programmes:
        if all(sizes in lost for sizes, _ in asked if sizes[name] > 0.0):
            first = next(one for one in unbuilt if one.sizes[name] > 0.0)
            said = f"{first.said} cannot be: {say_problem(first.problem)}"
            hint = first.problem.hint
            problems.append(Problem("", 0, 0, f"programmes.{name}.like", said, hint))
    if problems:
        raise InvalidInput(problems)


def say_problem(problem: Problem) -> str:
    """What is wrong with a mix, with the key of a scenario at which it is."""
    return f"{problem.path}: {problem.message}" if problem.path else problem.message


def explain_limits(choice: Choice, mixes: list[Mix]) -> list[str]:
    """What keeps every mix from being allowed: the limit that each of the nearest ones breaks."""
    broken = sorted({name for mix in mixes for name in mix.broken})
    return [f"{name} is what forbids some of them" for name in broken] or [
        f"every mix breaks two limits of {', '.join(choice.programmes)}"
    ]


def _list_options(posed: Posed, sizes: Mapping[str, float]) -> tuple[str, ...]:
    """What may be done at the branch of a mix; one empty word where nothing in it branches."""
    return next((posed.options[name] for name in posed.options if sizes[name] > 0.0), ("",))


def _weigh(posed: Posed, sizes: dict[str, float], scenario: Scenario, option: str) -> Mix:
    """A mix with what it costs, whom it employs and which limits it breaks."""
    chosen = {s for name, size in sizes.items() if size > 0.0 for s in posed.services[name]}
    cost, staff = 0.0, dict[str, float]()
    for phase in (scenario, scenario.later):
        mine = [service for service in phase.services if service in chosen]
        cost = max(cost, _price(phase, mine))
        for role, posts in _count_staff(phase, mine).items():
            staff[role] = max(staff.get(role, 0.0), posts)
    broken = frozenset(_list_broken(posed.document, sizes, cost, staff))
    return Mix(sizes, scenario, cost, staff, broken, option)


def _price(scenario: Scenario, chosen: Sequence[str]) -> float:
    """What services cost a year at full size; InvalidInput where that is not known beforehand."""
    costs = price_services(scenario)
    if unpriced := [name for name in chosen if name in costs and costs[name].amount is None]:
        raise InvalidInput(
            f"{unpriced[0]} is paid by the visit or the day, so that its yearly cost is not known"
            " beforehand: it cannot be weighed against a budget"
        )
    return sum(costs[name].amount or 0.0 for name in chosen if name in costs)


def _count_staff(scenario: Scenario, chosen: Sequence[str]) -> dict[str, float]:
    """Full-time equivalents of services by role."""
    staff: dict[str, float] = {}
    for service in chosen:
        for role, posts in scenario.services[service].staff.items():
            staff[role] = staff.get(role, 0.0) + posts
    return staff


def _build(posed: Posed, sizes: Mapping[str, float], option: str) -> Scenario:
    """The scenario that is built on, with the services of a mix and the fund that pays them."""
    taken = {name: size for name, size in sizes.items() if size > 0.0}
    if not taken:
        return posed.base
    changes: dict[str, Any] = {}
    for name, size in taken.items():
        declared = posed.sources[name].resolved()["services"]
        for service in (s for s in posed.services[name] if s in declared):
            changes[f"services.{service}"] = scale_declared(declared[service], size)
    if option:
        changes["branch"] = _build_branch(posed, taken, option)
    changes[f"funds.{PROGRAMME_FUND}"] = {
        "source": posed.document.payer,
        "amount": posed.document.budget,
        "only_for": [path.partition(".")[2] for path in changes if path.startswith("services.")],
    }
    mark = "-".join(
        f"{name}-{size:g}".replace(".", "_") if size != 1.0 else name
        for name, size in taken.items()
    )
    full = f"{posed.name}-{mark}" + (f"-then-{option}" if option else "")
    return posed.base.with_(changes | {"name": _name(full), "title": say_sizes(sizes, option)})


def _build_branch(posed: Posed, taken: Mapping[str, float], option: str) -> dict[str, Any]:
    """The branch of the programme that has one: what its options change of its own services, at the
    size of the mix, with the budget for whatever they add.
    """
    name = next(name for name in posed.options if name in taken)
    branch = posed.sources[name].resolved()["branch"]
    paid = [s for each in taken for s in posed.services[each] if s in posed.sources[each].services]
    options: dict[str, Any] = {}
    for word, changed in branch["options"].items():
        mine = {
            service: scale_declared(told, taken[name])
            for service, told in (changed.get("services") or {}).items()
            if service in posed.services[name]
        }
        options[word] = {"title": word}
        if mine:
            pays = {"only_for": list(dict.fromkeys((*paid, *mine)))}
            options[word] |= {"services": mine, "funds": {PROGRAMME_FUND: pays}}
    return {"at": branch["at"], "options": options, "take": option}


def _name(full: str) -> str:
    """A name for a mix; one that is too long is told from others by a mark."""
    if not say_unfit(full):
        return full
    return f"{clip(full, MARK_ROOM).rstrip('-.')}-{sha256(full.encode()).hexdigest()[:10]}"


def _list_broken(
    choice: Choice, sizes: Mapping[str, float], cost: float, staff: Mapping[str, float]
) -> Iterator[str]:
    if cost > choice.budget.per_week * WEEKS_PER_YEAR * (1.0 + SLACK):
        yield "budget"
    for role, most in choice.staff.items():
        if staff.get(role, 0.0) > most + SLACK:
            yield f"staff: {role}"
    for name, least in choice.at_least.items():
        if sizes[name] < least - SLACK:
            yield f"at_least: {name}"
    for name, most in choice.at_most.items():
        if sizes[name] > most + SLACK:
            yield f"at_most: {name}"
    for group in choice.not_both:
        if sum(sizes[name] > 0.0 for name in group) > 1:
            yield f"not_both: {', '.join(group)}"
