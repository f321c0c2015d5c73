"""Where the numbers come from: versions, fingerprints, seeds, dates, and whether the code was
clean.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from analysis.reports.context import ReportContext
    from analysis.runs.database import Stored


class Origin(NamedTuple):
    """Provenance of a case: a line for the foot of a page, and what the line is made of."""

    line: str
    draft: bool
    versions: dict[str, str]
    model_version: str
    commit: str
    seeds: str
    started: str
    ended: str
    hashes: dict[str, str]
    seconds: float


def describe_origin(case: ReportContext) -> Origin:
    """Collect the provenance of the runs behind a case."""
    runs = case.stored.runs[case.stored.runs["name"].isin(case.pairs.names)]
    hashes = dict(zip(runs["name"], (str(value) for value in runs["hash"]), strict=True))
    seeds = sorted({seed for seed, _ in case.pairs.replicates})
    what = (
        f"scenario {hashes[case.focus][:12]} against {hashes[case.reference][:12]};"
        f" {len(case.pairs.replicates)} replicates each"
    )
    return _describe(runs, what, seeds, hashes)


def describe_runs(stored: Stored) -> Origin:
    """Collect the provenance of every finished run of a database."""
    runs = stored.runs
    return _describe(
        runs,
        f"{len(runs)} runs of {len(stored.names)} scenarios",
        sorted({int(seed) for seed in runs["seed"]}),
        {},
    )


def _describe(runs: pd.DataFrame, what: str, seeds: list[int], hashes: dict[str, str]) -> Origin:
    versions = _read_versions(runs["versions"] if "versions" in runs.columns else [])
    model = (
        ", ".join(sorted({str(value) for value in _column(runs, "model_version")}))
        or "not recorded"
    )
    commits = sorted(
        {str(value)[:12] for value in _column(runs, "commit") if isinstance(value, str) and value}
    )
    draft = any(value == 1 for value in _column(runs, "dirty"))
    started = sorted(str(value) for value in _column(runs, "started")) or [""]
    spelled = f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0])
    line = (
        f"Kinwell {versions.get('kinwell', '(version not recorded)')}, model version {model}, code"
        f" {', '.join(commits) or 'not recorded'}{' with changes not committed' if draft else ''};"
        f" {what} (seeds {spelled}), run {started[-1][:10]}."
    )
    seconds = float(sum(float(value) for value in _column(runs, "seconds")))
    return Origin(
        line,
        draft,
        versions,
        model,
        ", ".join(commits) or "not recorded",
        spelled,
        started[0],
        started[-1],
        hashes,
        seconds,
    )


def _column(runs: Any, name: str) -> list[Any]:
    return list(runs[name]) if name in runs.columns else []


def _read_versions(values: Iterable[object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in dict.fromkeys(str(value) for value in values):
        try:
            read = json.loads(text)
        except ValueError:
            continue
        if isinstance(read, dict):
            found |= {str(key): str(value) for key, value in read.items()}
    return found
