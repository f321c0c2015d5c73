"""What a calibration leaves behind: draws of the posterior, and a page with every target, its fit
and the correlations.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from sim.evidence.loader import all_evidence
from sim.studies.calibration.check import judge, write_table
from sim.studies.calibration.targets import free_parameters
from sim.studies.calibration.waves import names, to_values

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Table = NDArray[np.float64]

STRONG = 0.4
"""Correlations between parameters that are worth a line."""


def write_posterior(file: Path, inputs: Table) -> None:
    """Write draws: a column for each parameter, a row for each draw."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(names())
        writer.writerows([f"{value:.6g}" for value in row] for row in to_values(inputs))


def list_ranges(inputs: Table) -> dict[str, list[float]]:
    """Lower end, median and upper end of the 95% range of every parameter."""
    ranges = np.quantile(to_values(inputs), [0.025, 0.5, 0.975], axis=0).T
    return dict(zip(names(), ranges.tolist(), strict=True))


def summarise(inputs: Table, figures: Table) -> dict[str, object]:
    """Median and 95% range of every parameter, and the verdicts of the draws."""
    return {
        "draws": len(inputs),
        "parameters": list_ranges(inputs),
        "moments": [verdict.to_json() for verdict in judge(figures)],
    }


def list_correlations(inputs: Table) -> list[tuple[float, str, str]]:
    """Pairs of parameters that the data tie to each other, strongest first."""
    tied = np.atleast_2d(np.corrcoef(inputs.T))
    known = names()
    pairs = [
        (float(tied[a, b]), known[a], known[b])
        for a in range(len(known))
        for b in range(a + 1, len(known))
        if abs(tied[a, b]) >= STRONG
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[0]))


def write_page(file: Path, inputs: Table, figures: Table) -> None:
    """Write the page: targets and fit, parameters, correlations."""
    values, known = to_values(inputs), all_evidence()
    quantiles = np.quantile(values, [0.025, 0.5, 0.975], axis=0)
    lines = [
        "# A calibration",
        "",
        f"{len(inputs)} draws; the model's figures are means over the draws.",
        "",
        "```",
    ]
    lines += [
        write_table(judge(figures)),
        "```",
        "",
        "| parameter | evidence | searched | median | 95% |",
        "|---|---|---|---|---|",
    ]
    for k, (name, (least, most)) in enumerate(free_parameters().items()):
        low, middle, high = quantiles[:, k]
        lines.append(
            f"| {name} | {known[name].value:g} | {least:g} to {most:g} | {middle:.4g} | {low:.4g}"
            f" to {high:.4g} |"
        )
    lines += ["", "Parameters that the targets tie to each other:", ""]
    lines += [
        f"- {strength:+.2f} {one} and {other}" for strength, one, other in list_correlations(inputs)
    ] or ["- none above 0.4"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
