"""The pages for a researcher: methods, all results, uncertainty, checklists, provenance,
downloads.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from analysis.economics.cea import compare_pairwise
from analysis.figures.comparison import draw_fan, draw_groups
from analysis.figures.economics import draw_acceptability, draw_budget, draw_plane, draw_tornado
from analysis.reports.context import HEADLINE
from analysis.reports.sections.cheers_checklist import fill_cheers
from analysis.reports.sections.economic_tables import (
    say_screening,
    tabulate_incremental,
    tabulate_information,
    tabulate_net_benefit,
    tabulate_pairwise,
    tabulate_perspectives,
    tabulate_studies,
)
from analysis.reports.sections.equity_tables import tabulate_distribution, tabulate_inequality
from analysis.reports.sections.evidence_quality import grade_evidence, judge_runs, tabulate_evidence
from analysis.reports.sections.odd_checklist import fill_odd
from analysis.reports.sections.provenance import Origin, describe_origin
from analysis.reports.sections.sweep import fill_sweeps
from analysis.reports.sections.why import fill_why
from analysis.reports.supply.bed_limits import choose_gain
from analysis.reports.validity.robustness import fill_audit
from analysis.reports.validity.track_record import tabulate_record, tabulate_tried
from analysis.reports.validity.validation import fill_validation
from analysis.runs.comparison import HEADLINES
from analysis.runs.export import make_harmless
from analysis.sensitivity.indices import find_box, tabulate_tornado
from analysis.sensitivity.sweeps import say_box
from analysis.text.tables import Table
from analysis.text.wording import (
    NO_THRESHOLD,
    say_correlation,
    say_parts,
    say_rate,
    say_ratio,
    write_plain,
)
from sim.errors import spell
from sim.outcomes import BY_KEY

if TYPE_CHECKING:
    from analysis.reports.context import ReportContext


LARGEST_DOWNLOAD = 100_000
"""Characters of a table inside the page; what is larger comes with `kinwell export`."""


class Download(NamedTuple):
    """A file inside the page."""

    name: str
    address: str


def fill_research(case: ReportContext) -> dict[str, Any]:
    """Fill the pages for a researcher."""
    origin = describe_origin(case)
    weekly = bool(case.pairs.whole.any())
    middle = case.worth
    return _fill_value(case, middle) | {
        "methods": _write_methods(case),
        "screening": say_screening(case),
        "information": tabulate_information(case),
        "studies": tabulate_studies(case),
        "tornado": draw_parameter_effects(case, middle),
        "fan": draw_fan(case.comparison, case.focus, HEADLINE, case.weeks) if weekly else None,
        "why": fill_why(case),
        "groups": draw_group_effects(case),
        "inequality": tabulate_inequality(case),
        "distribution": tabulate_distribution(case),
        "perspectives": tabulate_perspectives(case),
        "outcomes": tabulate_all(case),
        "enough": judge_runs(case),
        "parameters": _tabulate_parameters(case),
        "evidence": (grade_evidence(), tabulate_evidence(case)),
        "cheers": fill_cheers(case),
        "odd": fill_odd(case, origin),
        "provenance": _tabulate_provenance(origin),
        "downloads": _list_downloads(case),
        "sweeps": fill_sweeps(case.explored),
        "sweep": spell("sweep", "what-matters", "-o", case.stored.path.parent),
        "export": spell("export", case.stored.path.parent, "--csv"),
        "validation": fill_validation(case.stored, str(case.stored.path.parent)),
        "record": tabulate_record(case),
        "tried": tabulate_tried(case),
        "audit": fill_audit(case.stored, case.focus),
        "box": _say_failures(case, middle),
    }


def _fill_value(case: ReportContext, middle: float | None) -> dict[str, Any]:
    """Cost against health, and who pays; pictures only where there is something to draw."""
    most = find_most_worth(case)
    return {
        "incremental": tabulate_incremental(case),
        "pairwise": tabulate_pairwise(case),
        "net_benefit": tabulate_net_benefit(case),
        "plane": draw_plane(case.evaluation, case.currency, middle, case.called),
        "acceptability": (
            draw_acceptability(case.evaluation, case.currency, most, case.called) if most else None
        ),
        "no_threshold": f"{NO_THRESHOLD}.",
        "budget": (
            draw_budget(case.impact, case.focus, case.reference, case.currency, case.years)
            if len(case.impact)
            else None
        ),
    }


def find_most_worth(case: ReportContext) -> float:
    """Highest willingness to pay to draw: beyond what is declared, or else beyond every ratio of
    cost and effect; 0 where there is neither.
    """
    if case.evaluation.thresholds:
        return max(case.evaluation.thresholds) * 1.5
    e = case.evaluation
    ratios = compare_pairwise(e.cost, e.effect, e.names, case.reference)["ratio"]
    return 2.0 * float(ratios.abs().max()) if ratios.notna().any() else 0.0


def _say_failures(case: ReportContext, wtp: float | None) -> str | None:
    """Say in which draws of the parameters the focus is not worth it."""
    e = case.evaluation
    if not case.drawn or wtp is None:
        return None
    nmb = e.net_benefit(wtp)
    failed = nmb[:, case.place] < nmb[:, 0]
    if not 0.02 < failed.mean() < 0.98 or case.influential.empty:
        return None
    where = say_box(find_box(case.influential, failed), case.influential)
    return f"At {case.say_money(wtp)} a QALY, {case.focus} is not worth it mostly where {where}."


def _write_methods(case: ReportContext) -> list[str]:
    e = case.evaluation
    chance = (
        "Every draw of parameters was run with several seeds, so chance was told "
        "apart by analysis of variance of the paired differences and removed before "
        "acceptability and the value of information were worked out."
        if e.chance_removed
        else (
            "Chance was not removed from acceptability and expected loss: they "
            "describe single replicates of this town, not doubt about its parameters."
        )
    )
    return [
        (
            f"Every scenario was run with the same {case.comparison.replicates} replicates: the"
            " same people and the same random numbers, keyed by who, week and decision."
            f" Differences are paired; intervals are {case.comparison.level:.0%} t intervals and"
            f" cover {say_parts(case.pairs.covers)}."
        ),
        (
            f"Costs are discounted at {say_rate(e.rates[0])} and QALYs at {say_rate(e.rates[1])} a"
            f" year, amounts falling in the {e.timing} of their week; budgets are not discounted."
        ),
        (
            "Ratios are ratios of mean differences and are not given for dominated scenarios. The "
            "best scenario of a draw has the highest net benefit; ties share the draw."
        ),
        chance,
    ]


def draw_parameter_effects(case: ReportContext, wtp: float | None) -> Any:
    """Draw how far each influential parameter moves the net benefit; None where none is drawn."""
    e = case.evaluation
    if not case.drawn or wtp is None:
        return None
    nmb = e.net_benefit(wtp)
    gain = nmb[:, case.place] - nmb[:, 0]
    if case.influential.empty:
        return None
    table = tabulate_tornado(case.influential, gain)
    if not table["swing"].max() > 0:
        return None
    rows = [(str(name), float(row["low"]), float(row["high"])) for name, row in table.iterrows()]
    return draw_tornado(
        rows,
        float(gain.mean()),
        f"Net benefit at {case.say_money(wtp)} a QALY over the range of each parameter",
        f"Net benefit ({case.currency})",
    )


def draw_group_effects(case: ReportContext) -> Any:
    """Draw for whom admissions change, or visits where beds have a part in that; None where groups
    were not kept.
    """
    groups = case.comparison.subgroups
    if groups.empty:
        return None
    key = choose_gain(case)
    part = groups[(groups["scenario"] == case.focus) & (groups["outcome"] == key)]
    return draw_groups(part, key, case.focus, case.reference)


def tabulate_all(case: ReportContext) -> Table:
    """Make the table of every outcome of every scenario: the reference's level, difference,
    replicates better, correlation, variance ratio.
    """
    levels = case.comparison.scenarios[case.reference]
    rows = []
    for name in case.pairs.others:
        for key, d in case.comparison.differences[name].items():
            ratio = say_ratio(d.variance_ratio, case.comparison.replicates) or "–"
            correlation = say_correlation(d.correlation, case.comparison.replicates)
            rows.append(
                [
                    BY_KEY[key].title,
                    name,
                    BY_KEY[key].unit.replace("currency", case.currency),
                    write_plain(levels[key].mean),
                    case.say(key, name),
                    d.often,
                    correlation,
                    ratio,
                ]
            )
    heads = [
        "Outcome",
        "Scenario",
        "Unit",
        f"Level, {case.reference}",
        "Difference (interval)",
        "Better in, of the replicates",
        "Correlation",
        "Variance ratio",
    ]
    return Table(
        f"Every outcome, paired differences from {case.reference} over {case.horizon}", heads, rows
    )


def _tabulate_parameters(case: ReportContext) -> Table | None:
    rows = []
    drawn = case.evaluation.parameters
    for name in drawn.columns:
        low, middle, high = drawn[name].quantile([0.025, 0.5, 0.975])
        rows.append(
            [
                str(name),
                "varied",
                write_plain(float(middle)),
                f"{write_plain(float(low))} to {write_plain(float(high))}",
            ]
        )
    for name, value in (case.declared.get("parameters") or {}).items():
        rows.append([str(name), "set by the scenario", str(value), "–"])
    return (
        Table(
            "Parameters that are not at their evidence values",
            ["Parameter", "How", "Value or median", "95% of the draws"],
            rows,
        )
        if rows
        else None
    )


def _tabulate_provenance(origin: Origin) -> Table:
    rows = [
        ["Model version", origin.model_version],
        ["Code", origin.commit + (" with changes not committed" if origin.draft else "")],
        ["Seeds", origin.seeds],
        ["First run", origin.started],
        ["Last run", origin.ended],
        ["Time spent running", f"{origin.seconds:,.0f} seconds"],
        *([f"Scenario {name}", value] for name, value in origin.hashes.items()),
        *([f"Version of {name}", value] for name, value in sorted(origin.versions.items())),
    ]
    return Table("Provenance", ["What", "Value"], rows)


def _list_downloads(case: ReportContext) -> list[Download]:
    files = [
        ("comparison.json", "application/json", json.dumps(case.comparison.to_json(), indent=1))
    ]
    tables = {
        "incremental": case.evaluation.table.reset_index(),
        "budget-impact": case.impact,
        "subgroups": case.comparison.subgroups,
        "replicates": tabulate_replicates(case),
    }
    texts = (
        # A spreadsheet would run a cell that begins like a formula, and names come from scenarios.
        (f"{name}.csv", make_harmless(table).to_csv(index=False))
        for name, table in tables.items()
        if len(table)
    )
    files += [(name, "text/csv", text) for name, text in texts if len(text) <= LARGEST_DOWNLOAD]
    for name in case.pairs.names:
        # JSON is YAML, so this file runs as it is.
        files.append(
            (
                f"{name}.resolved.yaml",
                "application/yaml",
                json.dumps(case.stored.declared[name], indent=1, default=str),
            )
        )
    return [
        Download(name, f"data:{kind};base64,{base64.b64encode(text.encode()).decode('ascii')}")
        for name, kind, text in files
    ]


def tabulate_replicates(case: ReportContext) -> pd.DataFrame:
    """Tabulate what the figures are made of: per replicate and scenario, discounted cost and QALYs
    and the main outcomes.
    """
    keys = [key for key in HEADLINES if key in case.stored.summary.columns]
    values = {"discounted_cost": case.evaluation.cost, "discounted_qalys": case.evaluation.effect}
    values |= {key: case.pairs.outcome(key) for key in keys}
    replicates = pd.DataFrame(case.pairs.replicates, columns=["seed", "draw"])
    parts = [
        replicates.assign(
            scenario=name, **{key: column[:, place] for key, column in values.items()}
        )
        for place, name in enumerate(case.pairs.names)
    ]
    return pd.concat(parts, ignore_index=True)
