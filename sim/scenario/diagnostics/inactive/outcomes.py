"""Outcomes that are nothing in a town, whatever happens: a question about one has no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.diagnostics.inactive.activity import EMERGENCY, WARD, runs

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

OF_A_WARD = (
    "admissions",
    "expected_admissions",
    "bed_days",
    "beds_occupied",
    "readmissions_30_days",
    "readmissions_1_year",
    "discharges",
    "followed_up_7_days",
)
OF_TURNOVER = ("newcomers", "moved_away")
OF_FUNDS = ("income",)
OF_WAITING = ("waiting", "wait_median", "wait_90th", "gave_up_waiting")
OF_STAFF = ("staff", "vacancies", "strain_mean", "leavers")


def list_empty_outcomes(scenario: Scenario) -> dict[str, str]:
    """Outcomes that are 0 in every run of a scenario, by key, each with the reason."""
    open_ones = [each for each in scenario.services.values() if runs(each, scenario.horizon)]
    beds = any(each.kind == WARD and getattr(each, "beds", 0) for each in open_ones)
    community = [each for each in open_ones if each.kind not in {WARD, EMERGENCY}]
    fees = any(each.fee.amount for each in open_ones)
    held = {role for each in open_ones for role, posts in each.staff.items() if posts > 0}
    reasons: list[tuple[tuple[str, ...], bool, str]] = [
        (OF_A_WARD, beds, "there is no ward with beds"),
        (OF_TURNOVER, scenario.population.turnover == "on", "`turnover: off`"),
        (OF_FUNDS, bool(scenario.funds), "there are no funds"),
        (OF_WAITING, bool(community), "there is no service that anybody waits for"),
        (OF_STAFF, bool(held), "no service has posts"),
        (("fees_paid",), fees, "no service charges a fee"),
        (("peers",), "peer" in held, "no service has posts for peers"),
        (("work_days_lost",), scenario.population.employed > 0, "nobody is employed"),
    ]
    return {key: why for keys, there, why in reasons if not there for key in keys}
