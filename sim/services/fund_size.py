"""Whether funds fit what their services cost: one that is never short, and a cut that leaves
enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.evidence.loader import all_kinds, values
from sim.scenario.diagnostics.conflicts import Conflict
from sim.scenario.diagnostics.messages import explain_conflict
from sim.services.open_weeks import list_open_together
from sim.services.own_kinds import add_own_rows
from sim.services.yearly_cost import price_services
from sim.units import PERIODS, WEEKS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.errors import Problem
    from sim.scenario.files.yaml_document import Document
    from sim.scenario.library import Loaded
    from sim.scenario.scenario import Scenario
    from sim.scenario.schema.funding import Fund
    from sim.scenario.schema.services import ServiceOfAnyKind

AMPLE = 1.1
"""Income over need from which a fund is called never short: what fees bring varies by less."""


FITTING = 1.05
"""Income over cost up to which a fund was sized for its services on purpose: not worth a note."""


class FundSize(NamedTuple):
    """A fund's income a year beside what its services cost beyond the fees that they earn with
    every post filled and every place taken, and beside all that they cost, while most of them are
    open.

    In the scenario's currency. Places that stay free earn nothing: with fewer fees the need is
    greater, up to the whole cost.
    """

    income: float
    need: float
    cost: float

    @property
    def ample(self) -> bool:
        """Whether it is never short, whatever fees bring or by so much that they hardly matter."""
        return self.income >= min(self.cost, AMPLE * self.need)


def size_funds(scenario: Scenario) -> dict[str, FundSize]:
    """Every fund with a regular income beside the services that it may pay, by name."""
    costs = price_services(scenario)
    fees = estimate_fees(scenario)
    together = list_open_together(scenario)
    found = {}
    for name, fund in scenario.funds.items():
        # One-off money has no yearly size that could be too large or too small.
        income = income_of(fund)
        paid = [service for service, cost in costs.items() if cost.amount and name in cost.funds]
        if income is None or not any(name in some for some in together for name in paid):
            continue
        cost = {service: costs[service].amount or 0.0 for service in paid}
        rest = {service: max(0.0, cost[service] - fees[service]) for service in paid}
        found[name] = FundSize(income, _most(rest, together), _most(cost, together))
    return found


def _most(amounts: Mapping[str, float], together: Sequence[frozenset[str]]) -> float:
    """The largest sum of amounts, by service, that are due in the same weeks."""
    return max(sum(amounts[name] for name in amounts if name in some) for some in together)


def income_of(fund: Fund) -> float | None:
    """What a fund receives a year; None for one-off amounts."""
    return fund.amount.per_week * WEEKS_PER_YEAR if fund.amount.per in PERIODS else None


def estimate_fees(scenario: Scenario) -> dict[str, float]:
    """Fees a year of every service with every post filled and every place taken."""
    raw = add_own_rows(values(scenario.parameters), scenario.kinds, {})
    found = {}
    for name, service in scenario.services.items():
        weekly = raw.get(f"services.{service.row}.frequency", 0.0) * (
            1.0 - raw.get(f"services.{service.row}.no_show", 0.0)
        )
        # Sessions that are missed earn nothing.
        held = count_places(service, raw) * weekly * WEEKS_PER_YEAR
        found[name] = held * service.fee.amount
    return found


def count_places(service: ServiceOfAnyKind, raw: Mapping[str, float]) -> float:
    """Places of a service at full size: of its groups, or of the posts of its leading role."""
    if all_kinds()[service.kind].shape == "groups":
        return float(getattr(service, "groups", 0) * getattr(service, "size", 0))
    role = service.leading_role
    # Where a service states no caseload, the evidence has the places of a post.
    each = service.caseload or raw.get(f"services.{service.row}.room", 0.0)
    return each * service.staff.get(role, 0.0) if role else 0.0


def find_idle_money(scenario: Scenario) -> list[Conflict]:
    """Funds that are never short, and cuts that leave them enough, each at its place."""
    sizes = size_funds(scenario)
    return [*_look_at_cuts(scenario, sizes), *_look_at_ample(scenario, sizes)]


def _look_at_ample(scenario: Scenario, sizes: dict[str, FundSize]) -> Iterator[Conflict]:
    for name, size in sizes.items():
        # A grant for a time is a programme's own budget, with hiring, training and supplies.
        fits = size.income <= FITTING * size.need
        if size.ample and not fits and scenario.funds[name].to is None:
            yield Conflict(
                ("funds", name, "amount"),
                f"never binds: {describe_size(size, scenario.currency)}",
                f"with about {scenario.currency} {size.need:,.0f} per year it would just do",
            )


def _look_at_cuts(scenario: Scenario, sizes: dict[str, FundSize]) -> Iterator[Conflict]:
    for name, shock in scenario.shocks.items():
        size = sizes.get(getattr(shock, "fund", ""))
        if shock.kind != "funding_cut" or not shock.enabled or size is None:
            continue
        left = size._replace(income=size.income * (1.0 - shock.by))
        # A cut that leaves enough for every post is likely a mistake: it changes no outcome.
        if left.income >= left.need and shock.by > 0:
            yield Conflict(
                ("shocks", name, "by"),
                f"touches nobody: of {shock.fund} it leaves enough for every post"
                f" ({describe_size(left, scenario.currency)})",
                f"a cut of more than {1.0 - size.need / size.income:.0%} would be felt",
            )


def describe_size(size: FundSize, currency: str) -> str:
    """Income and need of a fund in a clause."""
    return (
        f"{currency} {size.income:,.0f} a year, and the posts that it pays cost about"
        f" {currency} {size.need:,.0f} beyond the fees of full places"
    )


def list_money_notes(loaded: Loaded) -> list[Problem]:
    """Notes on the money of a scenario that was read, each with file, line and column."""
    found = [
        *find_idle_money(loaded.scenario),
        *_look_at_inherited(loaded.scenario, loaded.document),
    ]
    return [explain_conflict(conflict, loaded.document) for conflict in found]


def _look_at_inherited(scenario: Scenario, document: Document) -> Iterator[Conflict]:
    """Staff that a file changes of a service that another declares, under a fund of that other."""
    costs = price_services(scenario)
    # What is extended comes before what extends it.
    depth = {file: place for place, file in enumerate(document.lines)}
    for fund, size in size_funds(scenario).items():
        of_fund = document.places.get(("funds", fund, "amount"))
        fits = size.income <= AMPLE * size.need and size.need <= AMPLE * size.income
        if of_fund is None or fits:
            continue
        for name in scenario.services:
            staff = document.places.get(("services", name, "staff"))
            kind = document.places.get(("services", name, "kind"))
            if staff is None or kind is None or name not in costs or fund not in costs[name].funds:
                continue
            # Declared and changed in one file, or stated for the fund by what extends that one, the
            # author has seen both; the note is for what is inherited.
            inherited = depth.get(of_fund.file, 0) < depth.get(staff.file, 0)
            if inherited and staff.file != kind.file:
                yield Conflict(
                    ("services", name, "staff"),
                    f"changes posts, and {fund} that pays them is inherited from {of_fund.file}:"
                    f" {describe_size(size, scenario.currency)}",
                    f"state `funds.{fund}.amount` here too",
                )
