"""CHEERS 2022 and ODD 2020: every item, filled from the run database or said to be not reported."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.precision import judge_enough
from analysis.tables import Table
from analysis.valuation import PERSPECTIVES, read_amount
from analysis.words import say_parts
from sim.evidence.loader import all_evidence
from sim.outcomes import OUTCOMES

if TYPE_CHECKING:
    from analysis.case import Case
    from analysis.origin import Origin

MISSING = "Not reported"


def fill_cheers(case: Case) -> Table:
    """Fill the 28 items of CHEERS 2022."""
    return Table(
        "CHEERS 2022, item by item", ["Item", "Reported"], [*_cheers_question(case), *_cheers_methods(case), *_cheers_results(case)]
    )


def _cheers_question(case: Case) -> list[list[str]]:
    d = case.declared
    town = d.get("population") or {}
    rates = case.evaluation.rates
    names = ", ".join(f"{case.title(name)} ({name})" for name in case.pairs.names)
    return [
        ["1 Title", case.title(case.focus)],
        ["2 Abstract", "The page for funders of this report"],
        ["3 Background and objectives", str(d.get("summary") or MISSING)],
        ["4 Health economic analysis plan", MISSING],
        ["5 Study population", f"{town['residents']:,} simulated residents aged 12 and over" if "residents" in town else MISSING],
        [
            "6 Setting and location",
            ", ".join(f"{name} ({row.get('share', '?')})" for name, row in (d.get("neighbourhoods") or {}).items()) or MISSING,
        ],
        ["7 Comparators", names],
        ["8 Perspective", PERSPECTIVES[case.evaluation.perspective]],
        ["9 Time horizon", f"{case.weeks} weeks after {read_amount(d.get('warm_up')):g} weeks of warm-up"],
        [
            "10 Discount rate",
            f"costs {rates[0]:.1%}, effects {rates[1]:.1%} a year; amounts fall in the {case.evaluation.timing} of their week",
        ],
    ]


def _cheers_methods(case: Case) -> list[list[str]]:
    d = case.declared
    grouped = not case.comparison.subgroups.empty
    return [
        ["11 Selection of outcomes", f"{len(OUTCOMES)} outcomes of the registry; QALYs for valuation"],
        ["12 Measurement of outcomes", "Counted in the simulation week by week, from symptoms on the PHQ-9 scale, events and contacts"],
        ["13 Valuation of outcomes", "QALYs from health-state utilities in the evidence tables; willingness to pay as declared"],
        [
            "14 Measurement and valuation of resources and costs",
            f"Ledger by week, account, payer and category; {len(d.get('prices') or {})} prices declared",
        ],
        ["15 Currency, price date, conversion", f"{case.currency}, {d.get('price_year', MISSING)} prices; no conversion"],
        [
            "16 Rationale and description of model",
            "Individual-based simulation of a town in weekly steps; see the ODD description in this report",
        ],
        [
            "17 Analytics and assumptions",
            "Paired futures (common random numbers); ratios of means; intervals from Student's t over futures",
        ],
        [
            "18 Characterising heterogeneity",
            "Subgroups recorded in each run; see who gains" if grouped else MISSING,
        ],
        [
            "19 Characterising distributional effects",
            "Differences by group of residents" if grouped else MISSING,
        ],
        ["20 Characterising uncertainty", f"Runs vary {say_parts(case.pairs.covers)}"],
        ["21 Approach to engagement with patients and others", MISSING],
    ]


def _cheers_results(case: Case) -> list[list[str]]:
    drawn = list(case.evaluation.parameters.columns)
    return [
        [
            "22 Study parameters",
            f"{len(drawn)} varied: {', '.join(drawn[:12])}" if drawn else "At their evidence values; overrides are listed under parameters",
        ],
        ["23 Summary of main results", "Incremental table and comparison in this report"],
        ["24 Effect of uncertainty", "Plane, acceptability, expected loss and intervals in this report"],
        ["25 Effect of engagement with patients and others", MISSING],
        [
            "26 Study findings, limitations, generalisability",
            "What the model leaves out, and what would change the answer, on the page for funders",
        ],
        ["27 Source of funding", MISSING],
        ["28 Conflicts of interest", MISSING],
    ]


def fill_odd(case: Case, origin: Origin) -> Table:
    """Fill the seven elements of ODD (2020 update)."""
    d = case.declared
    services: dict[str, Any] = {name: row for name, row in (d.get("services") or {}).items() if row.get("enabled", True)}
    kinds = ", ".join(sorted({str(row.get("kind", "?")) for row in services.values()}))
    past = f"Synthetic town from the declared population, {read_amount(d.get('warm_up')):g} weeks of warm-up; seeds {origin.seeds}"
    rows = [
        [
            "1 Purpose and patterns",
            f"{d.get('summary') or MISSING} Patterns used for checking: see calibration and trials in the documentation",
        ],
        [
            "2 Entities, state variables, scales",
            (
                f"Residents, peers, professionals, services ({len(services)}), funds "
                f"({len(d.get('funds') or {})}); weeks; {len(d.get('neighbourhoods') or {})} neighbourhoods"
            ),
        ],
        [
            "3 Process overview and scheduling",
            (
                "Each week: calendar, life, social, symptoms, help-seeking, matching, care, "
                "crisis, workforce, money, governance, record; synchronous within a phase"
            ),
        ],
        [
            "4 Design concepts",
            (
                "Stochasticity: random numbers keyed by who, week and decision, shared by all scenarios. "
                f"Interaction: ties and waiting lists. Structure: {_say_items(d.get('structure'))}"
            ),
        ],
        ["5 Initialisation", past],
        ["6 Input data", f"Shocks: {_say_items(d.get('shocks'))}; parameters overridden: {_say_items(d.get('parameters'))}"],
        ["7 Submodels", f"Kinds of service: {kinds or MISSING}; model version {origin.model_version}, code {origin.commit}"],
    ]
    return Table("ODD 2020, element by element", ["Element", "Reported"], rows)


def _say_items(items: Any) -> str:
    if not items:
        return "none"
    return "; ".join(f"{key} {value}" if not isinstance(value, dict) else str(key) for key, value in dict(items).items())


def tabulate_evidence(case: Case) -> tuple[str, Table]:
    """Say in a sentence how well the model's numbers are known, and make the table of all with their sources.

    They are those of the installed version; what the scenarios or the draws set instead is shown as it ran.
    """
    records = all_evidence()
    changed = {**dict(case.declared.get("parameters") or {}), **dict.fromkeys(case.evaluation.parameters.columns, "varied")}
    rows = [
        [
            record.id,
            str(changed.get(record.id, f"{record.value:g}")),
            f"{record.low:g} to {record.high:g}",
            record.unit,
            record.grade,
            record.source,
            record.meaning,
        ]
        for record in records.values()
    ]
    counts = Counter(record.grade for record in records.values())
    said = ", ".join(f"{count} {grade}" for grade, count in counts.most_common())
    heads = ["Parameter", "Value", "Range", "Unit", "Grade", "Source", "Meaning"]
    return f"The model has {len(records)} numbers, graded: {said}.", Table("Every number of the model and where it comes from", heads, rows)


def judge_runs(case: Case, precision: float = 0.05) -> Table:
    """Say for the main outcomes whether the futures suffice for an interval of `precision` of the reference."""
    rows = []
    for key in ("expected_admissions", "admissions", "expected_emergency_visits", "qalys", "cost"):
        values = case.pairs.outcome(key)
        values = values[np.isfinite(values).all(axis=1)]
        found = judge_enough(
            values[:, case.place] - values[:, 0], values[:, 0], precision if key != "qalys" else precision / 100, case.comparison.level
        )
        share = precision if key != "qalys" else precision / 100
        rows.append(
            [
                key.replace("_", " "),
                f"{share:.2%} of {case.reference}",
                "yes" if found.enough else "no",
                str(found.runs),
                f"{found.needed:,}",
            ]
        )
    return Table("Are the futures enough?", ["Outcome", "Half-width wanted", "Reached", "Futures run", "Futures needed"], rows)
