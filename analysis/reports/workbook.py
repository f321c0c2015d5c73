"""What the runs say as a workbook: one sheet for each table, with units and notes; the comparison
and costs by payer and year first.
"""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import pandas as pd

from analysis.economics.budget import budget_impact
from analysis.economics.received import Offset, find_offsets, receive_and_spend
from analysis.reports.context import open_context
from analysis.reports.sections.provenance import describe_origin
from analysis.runs.database import locate, open_runs
from analysis.runs.export import check_table, write_frame
from analysis.runs.quarters import follow_care, plan_hiring
from analysis.text.spreadsheet import style_sheet
from sim.errors import Refused
from sim.outcomes import BY_KEY, OUTCOMES
from sim.store.connection import ANOTHER_FOLDER, explain_files
from sim.store.files import check_content, write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.reports.context import ReportContext

LEVELS = ("level", "cost", "reference", "difference")
"""Columns that are told to the precision of the interval in the same row."""
CELL_CHARACTERS = 32_767
"""Characters that a cell of a workbook holds."""
FIRST_SHEET = "About"
"""The first sheet, which says what the others are of."""
SHEETS = {
    "Comparison": "Every outcome of every scenario: level, paired difference, how often better.",
    "Costs by payer and year": (
        "Spending by payer and year of the horizon, not discounted, and its paired difference."
    ),
    "Money received and spent": (
        "Received, spent and left of each fund by year, not discounted, means of the replicates;"
        " left is opening cash and what came in, less what was spent."
    ),
    "Offsets by payer": (
        "Who pays for what a scenario adds or changes, and what is spent otherwise: paired"
        " differences, not discounted; less than 0 is an offset."
    ),
    "Cost-effectiveness": (
        "Discounted cost, from the perspective that is named, and QALYs; each scenario against the"
        " next cheaper one."
    ),
    "Groups": "Paired differences per resident, by group of residents.",
    "Hiring plan": (
        "Posts wanted and filled (people and full-time equivalents), hired, left and in training by"
        " service, role and quarter, means of the replicates; recruiting_from is the median first"
        " week of the quarter with an empty post."
    ),
    "Care by quarter": (
        "Places, people, waits (weeks), who got a place and who gave up by service and quarter,"
        " means of the replicates."
    ),
    "Places": (
        "Places, people, waits and staff (full-time equivalents) of each service, quarter by"
        " quarter, by run."
    ),
    "Runs": "One row for each run: its totals over the horizon.",
    "Outcomes": "What each outcome counts, its unit, and which way is better.",
}


CSV_VIEWS = (
    "comparison",
    "costs_by_payer_year",
    "money_received_spent",
    "offsets_by_payer",
    "hiring_plan",
    "care_by_quarter",
)
"""Tables for people that are written as CSV beside those of the database."""
VIEWED_BY = "scenario"
"""The first column of each."""


def write_workbook(source: object, into: Path | None = None, against: str | None = None) -> Path:
    """Write `results.xlsx` beside the database, or where asked, and return its path.

    Raises Refused for runs that cannot be compared, InvalidInput where it cannot be written,
    StoreProblem where the disk is full.
    """
    path = (into or locate(source).parent) / "results.xlsx"
    check_content(path, _is_workbook, ANOTHER_FOLDER)
    case = open_context(source, against)
    # What begins with = or http in somebody's title is text.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    # The writer has failures of its own kind where the disk is full; in memory there are none.
    plain |= {"in_memory": True}
    book = BytesIO()
    with pd.ExcelWriter(book, engine="xlsxwriter", engine_kwargs={"options": plain}) as writer:
        for name, frame in {FIRST_SHEET: _describe(case), **list_sheets(case)}.items():
            _write_sheet(writer, name, frame)
    with explain_files(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, book.getvalue())
    return path


def _is_workbook(file: Path) -> bool:
    """Whether a file is a workbook that begins with our sheets."""
    try:
        with ZipFile(file) as book:
            sheets = re.findall(rb'<sheet name="([^"]*)"', book.read("xl/workbook.xml"))
    # No workbook, one that is cut short, or one that is locked.
    except (BadZipFile, KeyError, RuntimeError, zlib.error):
        return False
    ours = [FIRST_SHEET, next(iter(SHEETS))]
    return [name.decode("utf-8", "replace") for name in sheets[: len(ours)]] == ours


def check_views(source: object, into: Path | None = None) -> None:
    """Refuse to write tables for people where others of their name are; InvalidInput."""
    folder = into or locate(source).parent / "csv"
    for name in CSV_VIEWS:
        check_table(folder / f"{name}.csv", VIEWED_BY)


def list_sheets(case: ReportContext) -> dict[str, pd.DataFrame]:
    """The tables of a result, by the name of their sheet, in the order in which they stand."""
    stored = case.stored
    sheets = (
        tabulate_comparison(case),
        budget_impact(case.pairs).assign(currency=case.currency),
        receive_and_spend(case.pairs).assign(currency=case.currency),
        tabulate_offsets(case),
        case.evaluation.table.reset_index(names="scenario").assign(
            currency=case.currency, perspective=case.evaluation.perspective
        ),
        case.comparison.subgroups.rename(columns={"mean": "difference"}),
        plan_hiring(case.pairs),
        follow_care(case.pairs),
        stored.rows("places"),
        _list_runs(case),
        pd.DataFrame([(o.key, o.title, o.unit, o.better, o.sentence) for o in OUTCOMES]).set_axis(
            ["key", "title", "unit", "better", "meaning"], axis=1
        ),
    )
    return dict(zip(SHEETS, sheets, strict=True))


def _list_runs(case: ReportContext) -> pd.DataFrame:
    """One row for each run: what it is, then its totals; nothing twice."""
    runs, totals = case.stored.runs, case.stored.summary
    twice = [column for column in totals.columns if column in runs.columns]
    merged = runs.merge(totals.drop(columns=twice), left_on="key", right_on="run")
    return merged.drop(columns="run")


def tabulate_offsets(case: ReportContext) -> pd.DataFrame:
    """One row per scenario and payer: invested, elsewhere and net, each with low and high."""
    rows: list[dict[str, object]] = []
    for name in case.pairs.others:
        for found in find_offsets(case.pairs, name, case.comparison.level):
            row: dict[str, object] = {"scenario": name, "payer": found.payer}
            for part, interval in zip(found._fields[1:], found[1:], strict=True):
                row |= {part: interval.mean, f"{part}_low": interval.low}
                row |= {f"{part}_high": interval.high}
            rows.append(row | {"currency": case.currency})
    parts = [f"{part}{end}" for part in Offset._fields[1:] for end in ("", "_low", "_high")]
    # Named here, so that a table without rows still says what it is about.
    return pd.DataFrame(rows, columns=["scenario", "payer", *parts, "currency"])


def tabulate_comparison(case: ReportContext) -> pd.DataFrame:
    """Every outcome of every scenario: unit, level, reference level, paired difference."""
    found = case.comparison
    rows = [
        {
            "scenario": name,
            "outcome": BY_KEY[key].title,
            "unit": BY_KEY[key].unit.replace("currency", case.currency),
            "level": found.scenarios[name][key].mean,
            "reference": found.scenarios[found.reference][key].mean,
            "difference": d.mean,
            "low": d.low,
            "high": d.high,
            "share_better": d.share_better,
            "share_same": d.share_same,
            "key": key,
        }
        for name, differences in found.differences.items()
        for key, d in differences.items()
    ]
    return pd.DataFrame(rows)


def _describe(case: ReportContext) -> pd.DataFrame:
    """What the workbook holds, and what its numbers stand on."""
    covers = " and ".join(case.pairs.covers) or "nothing that varied"
    lines = [
        ("Scenarios", ", ".join(f"{case.title(name)} ({name})" for name in case.pairs.names)),
        ("Compared with", case.title(case.reference)),
        ("Horizon", case.horizon),
        ("Replicates", str(case.comparison.replicates)),
        ("Intervals", f"{case.comparison.level:.0%}, covering {covers}"),
        ("Runs", describe_origin(case).line),
        *(("Take care", note) for note in case.comparison.notes),
        *SHEETS.items(),
    ]
    return pd.DataFrame(lines, columns=["What", "Meaning"])


def _fit_cell(value: object) -> object:
    """A value as a cell of a workbook holds it; what is longer would be cut off in the middle."""
    if not isinstance(value, str) or len(value) <= CELL_CHARACTERS:
        return value
    return f"{len(value):,} characters, more than a cell holds: in runs.db, and in export --csv"


def _write_sheet(writer: pd.ExcelWriter, name: str, frame: pd.DataFrame) -> None:
    texts = frame.select_dtypes(exclude="number")
    frame = frame.assign(**{column: texts[column].map(_fit_cell) for column in texts})
    frame.to_excel(writer, sheet_name=name, index=False)
    lead = tuple(column for column in LEVELS if column in frame.columns)
    style_sheet(writer.book, writer.sheets[name], frame, lead)


def write_views(source: object, folder: Path, encoding: str = "utf-8") -> list[Path]:
    """Write the comparison and, where runs can be compared, tables of money, as CSV."""
    stored = open_runs(source)
    written = []
    if "comparison" in set(
        stored.query("SELECT name FROM sqlite_master WHERE type = 'view'")["name"]
    ):
        frame = stored.query("SELECT * FROM comparison")
        written.append(write_frame(frame, folder / f"{CSV_VIEWS[0]}.csv", encoding))
    try:
        case = open_context(source)
    # What cannot be compared still has the tables that were written above.
    except Refused:
        return written
    frames = (
        budget_impact(case.pairs),
        receive_and_spend(case.pairs),
        tabulate_offsets(case),
        plan_hiring(case.pairs),
        follow_care(case.pairs),
    )
    views = dict(zip(CSV_VIEWS[1:], frames, strict=True))
    files = [write_frame(frame, folder / f"{name}.csv", encoding) for name, frame in views.items()]
    return [*written, *files]
