"""Pages and pieces of pages, written from templates that escape whatever they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.reports.pages import open_templates
from analysis.text.wording import say_money
from sim.services.yearly_cost import price_services, sum_income

if TYPE_CHECKING:
    from sim.explorer.editing.draft import Draft
    from sim.explorer.editing.forms import Card
    from sim.scenario.scenario import Scenario

VIEW_TITLES = {
    "headline": "The answer",
    "programmes": "Side by side",
    "weeks": "Over the weeks",
    "neighbourhoods": "Neighbourhoods",
    "care": "Way through care",
    "money": "Money",
    "decisions": "Decisions",
    "gains": "Who gains",
    "later": "Decide later",
}


def render(name: str, **parts: Any) -> str:
    """Write a template."""
    return (
        open_templates("sim.explorer")
        .get_template(f"{name}.html")
        .render(VIEW_TITLES=VIEW_TITLES, **parts)
    )


def say_cost(card: Card, currency: str) -> str:
    """What a service costs a year and who pays, in a sentence."""
    cost = card.cost
    if cost is None:
        return ""
    if cost.amount is None:
        return "Paid by the visit or the day, by insurers and public payers; no fund pays it."
    fees = " Fees come off." if cost.has_fees else ""
    payers = " and ".join(cost.funds) if cost.funds else "nobody: no fund may pay it"
    return f"About {say_money(cost.amount, currency)} a year at full size, paid by {payers}.{fees}"


def say_budget(draft: Draft) -> str:
    """What all services cost a year beside what the funds receive, in a sentence."""
    scenario = draft.scenario
    if scenario is None:
        return "What it costs can be said when nothing is wrong any more."
    total = sum(cost.amount or 0.0 for cost in price_services(scenario).values())
    fund = say_money(sum_income(scenario), scenario.currency)
    said = (
        f"All services: about {say_money(total, scenario.currency)} a year with every post filled"
    )
    said = f"{said} (pay, overhead, supervision); funds bring {fund} a year, fees come on top."
    return f"{said}{_say_later(scenario)}"


def _say_later(scenario: Scenario) -> str:
    """What all services cost a year after a branch, by option; nothing without one."""
    branch = scenario.branch
    if branch is None:
        return ""
    told = []
    for (option, changed), later in zip(branch.options.items(), scenario.options, strict=True):
        goes_on = {n for n, s in later.services.items() if s.until is None or s.until > branch.at}
        costs = price_services(later)
        total = sum(cost.amount or 0.0 for name, cost in costs.items() if name in goes_on)
        title = str(changed.get("title") or option)
        told.append(f"“{title}” {say_money(total, scenario.currency)}")
    return f" From week {branch.at} on, a year: {', '.join(told)}."
