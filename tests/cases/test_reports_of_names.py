"""Cases 11 and 12: reports and figures of one to three weeks, and of names of any sign and script."""

from __future__ import annotations

import pytest

from sim.units import say_weeks


@pytest.mark.parametrize("weeks", [1, 3])
def test_a_report_of_few_weeks_shows_them_all(enter, kinwell, weeks):
    folder = enter("11")
    file = folder / "a.yaml"
    file.write_text(file.read_text().replace("3 weeks", f"{weeks} weeks"))
    assert kinwell("compare", "a.yaml", "b.yaml", "-n", 2, "-j", 1, "-o", "r").exit_code == 0
    made = kinwell("report", "r")
    assert made.exit_code == 0, made.output
    page = (folder / "r" / "report.html").read_text()
    said = say_weeks(weeks)
    assert f"within {said}" in page
    assert "<td>nan" not in page
    assert f"over {said}" in page


def test_a_name_of_any_sign_has_its_report_and_its_figures(enter, kinwell):
    folder = enter("12")
    (folder / "c.yaml").write_text(
        "extends: a.yaml\nname: _日本\ntitle: 日本 مدينة $x_1$\n"
        "services: {psychiatry: {caseload: 5}}\n",
        "utf-8",
    )
    words = ("compare", "a.yaml", "b.yaml", "c.yaml", "-n", 2, "-j", 1, "-o", "r")
    assert kinwell(*words).exit_code == 0
    made = kinwell("report", "r")
    assert made.exit_code == 0, made.output
    page = (folder / "r" / "report.html").read_text("utf-8")
    assert "From $15 to $12" in page
    assert "日本 مدينة $x_1$" in page
    made = kinwell("export", "r", "--figures", "svg")
    assert made.exit_code == 0, made.output
    figures = {path.name for path in (folder / "r" / "figures").iterdir()}
    assert {"$15_vs_$12-budget.svg", "_日本-budget.svg", "acceptability.svg"} <= figures
