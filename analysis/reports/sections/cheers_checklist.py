"""CHEERS 2022 (Husereau et al. 2022): every item, filled from the run database or said to be not
reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.economics.valuation import PERSPECTIVES, find_horizon
from analysis.reports.funder import LEFT_OUT, answer, ask
from analysis.reports.sections.doubts import list_doubts
from analysis.reports.sections.evidence_quality import grade_evidence
from analysis.runs.comparison import HEADLINES
from analysis.text.amounts import read_amount
from analysis.text.tables import Table
from analysis.text.wording import (
    NO_THRESHOLD,
    say_interval,
    say_money_interval,
    say_parts,
    say_rate,
    say_share,
)
from sim.outcomes import BY_KEY
from sim.units import say_weeks

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext

# Said rather than left out: an item that is silently missing defeats a checklist.
MISSING = "Not reported"
RATIONALE = (
    "Individual-based simulation of a town in weekly steps: people on a network of ties, services"
    " with places, staff and money. Chosen because waiting, ties and budgets act between people."
    " See the ODD description in this report"
)


def fill_cheers(case: ReportContext) -> Table:
    """Fill the 28 items."""
    rows = [
        *_list_question(case),
        *_list_methods(case),
        *_list_valuation(case),
        *_list_results(case),
    ]
    return Table("CHEERS 2022, item by item", ["Item", "Reported"], rows)


def _say_shares(shares: Any) -> str:
    return ", ".join(
        f"{name} {share:.0%}"
        for name, share in dict(shares or {}).items()
        if isinstance(share, int | float)
    )


def _say_population(case: ReportContext) -> str:
    town = case.declared.get("population") or {}
    if "residents" not in town:
        return MISSING
    parts = [f"{town['residents']:,} simulated residents aged 12 and over"]
    parts += [f"ages {_say_shares(town['ages'])}"] if town.get("ages") else []
    parts += [f"{town['female']:.0%} female"] if isinstance(town.get("female"), float) else []
    return "; ".join(
        [
            *parts,
            *([f"insurance: {_say_shares(town['insurance'])}"] if town.get("insurance") else []),
        ]
    )


def _say_setting(case: ReportContext) -> str:
    places = (case.declared.get("neighbourhoods") or {}).items()
    said = [
        f"{name}: {row.get('share', float('nan')):.0%} of residents, deprivation"
        f" {row.get('deprivation', '?')}"
        for name, row in places
    ]
    return f"One town of {len(said)} neighbourhoods. {'; '.join(said)}" if said else MISSING


def _list_question(case: ReportContext) -> list[list[str]]:
    d = case.declared
    rates, names = case.evaluation.rates, case.pairs.names
    summaries = (
        str(case.stored.declared[name].get("summary") or "no summary").rstrip(".") for name in names
    )
    described = "; ".join(
        f"{case.title(name)} ({name}): {summary}"
        for name, summary in zip(names, summaries, strict=True)
    )
    return [
        [
            "1 Title",
            (
                f"{case.title(case.focus)}, compared with {case.title(case.reference)}: an economic"
                " evaluation by simulation"
            ),
        ],
        ["2 Abstract", f"{ask(case)} {answer(case)}"],
        ["3 Background and objectives", str(d.get("summary") or MISSING)],
        ["4 Health economic analysis plan", MISSING],
        ["5 Study population", _say_population(case)],
        ["6 Setting and location", _say_setting(case)],
        ["7 Comparators", described],
        ["8 Perspective", PERSPECTIVES[case.evaluation.perspective]],
        [
            "9 Time horizon",
            (
                f"{say_weeks(find_horizon(case.pairs))} after"
                f" {say_weeks(read_amount(d.get('warm_up')))} of burn-in that all scenarios share"
            ),
        ],
        [
            "10 Discount rate",
            (
                f"costs {say_rate(rates[0])}, effects {say_rate(rates[1])} a year; amounts fall in"
                f" the {case.evaluation.timing} of their week"
            ),
        ],
    ]


def _list_methods(case: ReportContext) -> list[list[str]]:
    titles = [
        BY_KEY[key].title for key in HEADLINES if key in case.comparison.scenarios[case.reference]
    ]
    worth = ", ".join(case.say_money(value) for value in case.evaluation.thresholds)
    valued = f"a QALY valued at {worth}" if worth else "no value of a QALY is declared"
    return [
        [
            "11 Selection of outcomes",
            (
                f"QALYs for valuation; beside them {', '.join(titles)}, and every other outcome of"
                " the registry"
            ),
        ],
        [
            "12 Measurement of outcomes",
            (
                "Counted in the simulation week by week, from symptoms on the PHQ-9 scale,"
                " loneliness on UCLA-3, events and contacts"
            ),
        ],
        [
            "13 Valuation of outcomes",
            (
                "QALYs from utilities by PHQ-9 and loneliness in the evidence tables (parameters"
                f" health.*); {valued}"
            ),
        ],
        ["14 Measurement and valuation of resources and costs", _say_prices(case)],
        [
            "15 Currency, price date, conversion",
            f"{case.currency}, {case.declared.get('price_year', MISSING)} prices; no conversion",
        ],
        ["16 Rationale and description of model", RATIONALE],
    ]


def _say_prices(case: ReportContext) -> str:
    prices = dict(case.declared.get("prices") or {})
    pay = prices.pop("pay", None) or {}
    said = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in prices.items()
        if not isinstance(value, dict)
    ]
    said += [f"pay of a {name.replace('_', ' ')} {value}" for name, value in dict(pay).items()]
    return (
        "Ledger by week, account, payer and category. Prices declared:"
        f" {'; '.join(said).replace('_', ',') if said else 'none'}"
    )


def _list_valuation(case: ReportContext) -> list[list[str]]:
    groups = case.comparison.subgroups
    dimensions = (
        ", ".join(dict.fromkeys(str(name) for name in groups["dimension"])) if len(groups) else ""
    )
    chance = (
        "removed by analysis of variance of paired differences"
        if case.evaluation.chance_removed
        else "not removed"
    )
    varied = (
        f"Runs vary {say_parts(case.pairs.covers)}, in {case.comparison.replicates} replicates of"
        " every scenario"
    )
    analytics = (
        "Paired replicates (common random numbers); ratios of means; intervals from Student's t"
        f" over replicates. {grade_evidence()}"
    )
    distribution = (
        f"Gap, Atkinson and Kolm indices of QALYs by {dimensions}; net gain by income after what"
        " the money no longer buys"
    )
    uncertainty = f"{varied}; chance {chance} before acceptability; structure by sweeps, if stored"
    return [
        ["17 Analytics and assumptions", analytics],
        ["18 Characterising heterogeneity", f"Outcomes by {dimensions}" if dimensions else MISSING],
        ["19 Characterising distributional effects", distribution if dimensions else MISSING],
        ["20 Characterising uncertainty", uncertainty],
        ["21 Approach to engagement with patients and others", MISSING],
        ["22 Study parameters", _say_parameters(case)],
    ]


def _say_parameters(case: ReportContext) -> str:
    drawn, changed = (
        list(case.evaluation.parameters.columns),
        list(case.declared.get("parameters") or {}),
    )
    parts = [
        (
            f"{len(drawn)} varied: {', '.join(map(str, drawn[:12]))}"
            if drawn
            else "none varied in these runs"
        )
    ]
    parts += [f"{len(changed)} set by the scenario: {', '.join(changed[:12])}"] if changed else []
    return f"Listed with range, grade and source under parameters; {'; '.join(parts)}"


def _list_results(case: ReportContext) -> list[list[str]]:
    cost, gain = case.extra_cost, case.extra_qalys
    results = (
        f"Extra cost {say_money_interval(*cost, case.currency)}, extra QALYs"
        f" {say_interval(*gain, signed=True, figures=2)}"
    )
    of, unit = (
        len(case.evaluation.layout),
        "draws" if case.evaluation.chance_removed else "replicates",
    )
    above = "; ".join(
        f"at {case.say_money(wtp)} a QALY in {say_share(case.net_benefit(wtp)[1], 0.0, of)} {unit}"
        for wtp in case.evaluation.thresholds
    )
    above = f"Net benefit above 0 {above}" if above else NO_THRESHOLD
    return [
        ["23 Summary of main results", f"{results}. Incremental table in this report"],
        [
            "24 Effect of uncertainty",
            f"{above}. Plane, acceptability and expected loss in this report",
        ],
        ["25 Effect of engagement with patients and others", MISSING],
        [
            "26 Study findings, limitations, generalisability",
            (
                f"What would change the answer: {' '.join(list_doubts(case))} Left out:"
                f" {' '.join(LEFT_OUT)}"
            ),
        ],
        ["27 Source of funding", MISSING],
        ["28 Conflicts of interest", MISSING],
    ]
