"""The workbook holds what pages say, as numbers, and nothing in it is a formula."""

import errno
import os
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from analysis.reports.context import open_context
from analysis.reports.workbook import SHEETS, list_sheets, write_views, write_workbook
from analysis.text.spreadsheet import choose_decimals, write_code
from sim.errors import StoreProblem


@pytest.fixture
def runs(make_runs, declare):
    """Runs of which one scenario has a title that a spreadsheet would compute."""
    return make_runs(declared=[declare("pilot", title='=HYPERLINK("http://x")')])


def test_every_table_has_a_sheet(runs):
    path = write_workbook(runs)
    assert path == runs / "results.xlsx"
    with zipfile.ZipFile(path) as book:
        names = re.findall(r'sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        sheets = [
            book.read(name).decode()
            for name in book.namelist()
            if name.startswith("xl/worksheets/")
        ]
    assert names == ["About", *SHEETS]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)


def test_the_comparison_is_that_of_the_pages(runs):
    case = open_context(runs)
    table = list_sheets(case)["Comparison"].set_index(["scenario", "key"])
    for key, d in case.comparison.differences["pilot"].items():
        row = table.loc["pilot", key]
        assert row["difference"] == d.mean
        assert row["level"] - row["reference"] == pytest.approx(d.mean, abs=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_text_that_no_cell_holds_is_not_cut_off_in_the_middle(runs):
    """A draw of all numbers of the evidence was cut at 32,767 characters, with a warning."""
    with closing(sqlite3.connect(runs / "runs.db")) as db, db:
        draw = f'{{"society.child_scatter": 0.2{" " * 40_000}}}'
        db.execute("UPDATE runs SET draw = ?", (draw,))
    with zipfile.ZipFile(write_workbook(runs)) as book:
        texts = re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/sharedStrings.xml").decode())
    assert "40,030 characters, more than a cell holds: in runs.db, and in export --csv" in texts
    assert max(map(len, texts)) < 1000


@pytest.mark.parametrize(
    ("low", "high", "largest", "code"),
    [
        (-13.2, -9.4, 225, "#,##0.0"),
        (0.0061, 0.0069, 2.6, "#,##0.00000"),
        (-34e3, -12e3, 4e6, "#,##0"),
    ],
)
def test_numbers_are_shown_to_what_their_interval_says(low, high, largest, code):
    assert write_code(choose_decimals(low, high, largest)) == code


def test_noise_beside_a_large_number_takes_no_digits():
    assert choose_decimals(0.0, 1e-9, 2.5e6) == 1
    assert choose_decimals(3.0, 3.0, 3.0) is None


def test_csv_has_the_comparison_and_costs_by_payer_and_year(runs, tmp_path):
    files = write_views(runs, tmp_path)
    names = ["comparison", "costs_by_payer_year", "money_received_spent", "offsets_by_payer"]
    names += ["hiring_plan", "care_by_quarter"]
    assert [file.stem for file in files] == names
    # Tables without a row (no money moves here) keep their columns.
    for file in files:
        assert len(pd.read_csv(file).columns) > 2
    costs = pd.read_csv(files[1])
    assert {"scenario", "payer", "year", "cost", "difference"} <= set(costs.columns)
    parts = costs[costs["payer"] != "all"].groupby("year")["cost"].sum()
    whole = costs[costs["payer"] == "all"].set_index("year")["cost"]
    assert parts.to_numpy() == pytest.approx(whole.to_numpy())


def test_a_full_disk_is_told_and_leaves_no_part_of_a_book(runs, tmp_path, monkeypatch):
    """Wherever it writes: nothing but the finished book meets the disk."""

    def refuse(_, __):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("written elsewhere"))
    with pytest.raises(StoreProblem, match="the disk is full"):
        write_workbook(runs, tmp_path / "book")
    assert list((tmp_path / "book").iterdir()) == []


def test_cost_in_the_workbook_says_whose_it_is_and_in_which_money(make_runs, declare):
    towns = [declare(name, more={"perspective": "public_payer"}) for name in ("baseline", "pilot")]
    case = open_context(make_runs(replicates=2, declared=towns))
    table = list_sheets(case)["Cost-effectiveness"].set_index("scenario")
    assert set(table["perspective"]) == {"public_payer"}
    assert set(table["currency"]) == {"USD"}
    assert table["cost"]["pilot"] == pytest.approx(float(case.evaluation.cost[:, 1].mean()))
