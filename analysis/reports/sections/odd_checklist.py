"""ODD, 2020 update (Grimm et al. 2020): every element and design concept, filled from the run
database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.economics.valuation import find_horizon
from analysis.text.amounts import read_amount
from analysis.text.tables import Table
from sim.units import say_count, say_weeks

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext
    from analysis.reports.sections.provenance import Origin

MISSING = "Not reported"
PHASES_IN_ORDER = (
    "calendar, life, social, symptoms, help-seeking, allocation, care, crisis, workforce, money,"
    " governance, record"
)


CONCEPTS = (
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
)
"""The design concepts of the protocol, in its order."""
FIXED_CONCEPTS = {
    "Basic principles": (
        "Distress keeps itself going once it is high; services change people (coping, ties), never"
        " an outcome"
    ),
    "Emergence": (
        "Prevalence, length of episodes, waiting lists, coverage, admissions, costs, inequality"
    ),
    "Objectives": "Nobody optimises",
    "Learning": "Knowledge and attitudes change through ties and care",
    "Prediction": "None by residents or staff",
    "Collectives": "Households, workplaces, schools, groups, services",
}
"""What is the same in every scenario."""


def fill_odd(case: ReportContext, origin: Origin) -> Table:
    """Fill the seven elements, the fourth concept by concept."""
    d = case.declared
    past = (
        f"{say_weeks(read_amount(d.get('warm_up')))} of burn-in, shared by scenarios with the same"
        " past"
    )
    purpose = (
        f"{d.get('summary') or MISSING} Patterns that the model is compared with: the calibration"
        " targets and trials under calibration and trials"
    )
    schedule = (
        f"Each week: {PHASES_IN_ORDER}; synchronous within a phase; governance at its reviews"
    )
    start = f"Synthetic town drawn from the declared population and its ties, then {past};"
    inputs = (
        f"No time series. Shocks: {_say_items(d.get('shocks'))}. Parameters set by the scenario:"
        f" {_say_items(d.get('parameters'))}"
    )
    versions = f"Model version {origin.model_version}, code {origin.commit}"
    rows = [
        ["1 Purpose and patterns", purpose],
        ["2 Entities, state variables, scales", _say_entities(case)],
        ["3 Process overview and scheduling", schedule],
        *_list_concepts(case, origin),
        ["5 Initialisation", f"{start} seeds {origin.seeds}"],
        ["6 Input data", inputs],
        ["7 Submodels", f"{_say_services(d)} {versions}; the forms are in docs/model.md"],
    ]
    return Table("ODD 2020, element by element", ["Element", "Reported"], rows)


def _say_entities(case: ReportContext) -> str:
    d = case.declared
    residents = (d.get("population") or {}).get("residents")
    means = case.comparison.scenarios[case.focus]
    counts = [f"{residents:,} residents" if isinstance(residents, int) else "residents"]
    if "staff" in means:
        counts.append(f"{means['staff'].mean:.0f} staff and volunteers")
    if "peers" in means:
        counts.append(say_count(round(means["peers"].mean), "peer"))
    counts += [
        say_count(len(_running(d)), "service"),
        say_count(len(d.get("funds") or {}), "fund"),
        say_count(len(d.get("neighbourhoods") or {}), "neighbourhood"),
    ]
    scale = f"One step is a week, {find_horizon(case.pairs)} of them from {d.get('start', MISSING)}"
    return f"{'; '.join(counts)} (means of the replicates); ties between residents. {scale}"


def _list_concepts(case: ReportContext, origin: Origin) -> list[list[str]]:
    d = case.declared
    rules = (d.get("governance") or {}).get("rules") or {}
    dimensions = ", ".join(
        dict.fromkeys(str(name) for name in case.comparison.subgroups.get("dimension", ()))
    )
    committee = (
        f"The committee follows written rules: {', '.join(rules)}"
        if rules
        else "No committee rules are declared here"
    )
    survey = "; the committee a survey with its sampling, non-response and noise" if rules else ""
    weeks = " and week" if _kept_weeks(case) else ""
    seen = f"{len(case.comparison.scenarios[case.focus])} outcomes by run{weeks}"
    reported = FIXED_CONCEPTS | {
        "Adaptation": f"People seek help or not, choose among services; staff leave. {committee}",
        "Sensing": f"The published state of ties{survey}",
        "Interaction": (
            f"Ties, waiting lists and places, groups. Structure: {_say_items(d.get('structure'))}"
        ),
        "Stochasticity": (
            "Random numbers keyed by who, week and decision, shared by all scenarios; seeds"
            f" {origin.seeds}"
        ),
        "Observation": f"{seen}; by {dimensions or 'no groups'}",
    }
    concepts = [(name, reported[name]) for name in CONCEPTS]
    return [[f"4.{number} {name}", words] for number, (name, words) in enumerate(concepts, start=1)]


def _kept_weeks(case: ReportContext) -> bool:
    return not case.stored.weekly(["waiting"]).empty


def _running(declared: dict[str, Any]) -> dict[str, Any]:
    return {
        name: row
        for name, row in (declared.get("services") or {}).items()
        if row.get("enabled", True)
    }


def _say_services(declared: dict[str, Any]) -> str:
    kinds: dict[str, list[str]] = {}
    for name, row in _running(declared).items():
        kinds.setdefault(str(row.get("kind", "?")), []).append(name)
    said = "; ".join(f"{kind} ({', '.join(names)})" for kind, names in kinds.items())
    return f"Kinds of service: {said or MISSING}."


def _say_items(items: Any) -> str:
    if not items:
        return "none"
    return "; ".join(
        f"{key} {value}" if not isinstance(value, dict) else _say_item(key, value)
        for key, value in dict(items).items()
    )


def _say_item(name: str, row: dict[str, Any]) -> str:
    details = ", ".join(
        f"{key} {value}" for key, value in row.items() if isinstance(value, str | int | float)
    )
    return f"{name} ({details})" if details else name
