"""Figures that the README gives are those of the pages that hold them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read(name):
    """A page of the project, line breaks as spaces."""
    return " ".join((ROOT / name).read_text("utf-8").split())


def test_the_targets_that_are_met_are_those_of_the_last_check():
    said = re.search(
        r"reproduces (\d+ of \d+) calibration targets and (\d+ of \d+) others, and (\d+ of \d+)",
        read("README.md"),
    )
    shipped, held_out = (
        read("docs/calibration.md").split(mark)[1]
        for mark in ("## What came out", "<!-- held-out: begin -->")
    )
    fitted, others = (
        re.search(rf"(\d+ of \d+) moments {kind} lie within tolerance", shipped)
        for kind in ("fitted", "not fitted")
    )
    none = re.search(r"(\d+ of \d+) moments not fitted lie within tolerance", held_out)
    assert said.groups() == (fitted[1], others[1], none[1])


EFFECT = r"\s(?:OR|RR|RD|HR|IRR|MD|SMD|d_within)\s+(-?[\d.]+)(?: \(.*?\))?"
ROW = re.compile(
    rf"^(?P<trial>\w\w-\d\d) .*?{EFFECT}\s+-?[\d.]+ \((\S+) to (\S+)\).*\n\s+(in|out of) sample",
    re.MULTILINE,
)


def test_the_trials_that_lie_in_the_interval_are_those_of_the_last_run():
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    block = (ROOT / "docs/trials.md").read_text("utf-8").split("<!-- trials: begin -->")[1]
    shipped = {file.stem.upper() for file in (ROOT / "scenarios/trials").glob("??-??.yaml")}
    rows = [row.groups() for row in ROW.finditer(block) if row["trial"] in shipped]
    assert len(rows) == len(shipped)
    inside = [row for row in rows if float(row[2]) <= float(row[1]) <= float(row[3])]
    in_sample = words[sum(row[4] == "in" for row in inside)]
    said = read("README.md")
    assert f"effects of {words[len(inside)]} published trials, null ones included, lie in" in said
    assert f"{in_sample} of them in sample" in said
