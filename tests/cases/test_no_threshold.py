"""Case 15: where nobody stated what a QALY is worth, nothing is called worth it or not."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.economics.valuation import evaluate

TOWN = """\
extends: baseline
title: {title}
willingness_to_pay: []
horizon: 8 weeks
warm_up: 2 weeks
population: {{residents: 200}}
services: {{psychiatry: {{caseload: {caseload}}}}}
"""


def test_no_threshold_is_made_up(tmp_path, monkeypatch, kinwell):
    monkeypatch.chdir(tmp_path)
    for name, caseload in (("b", 40), ("p", 4)):
        Path(f"{name}.yaml").write_text(TOWN.format(title=name.upper(), caseload=caseload))
    made = kinwell("compare", "b.yaml", "p.yaml", "-n", 2, "-j", 1, "-o", "r")
    assert made.exit_code == 0, made.output
    assert kinwell("report", "r").exit_code == 0
    assert evaluate("r", against="b").thresholds == ()
    page = Path("r/report.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))
    assert "No threshold is declared" in text
    assert not re.search(r"a QALY valued at|would (not )?be worth it|At \S+ [\d,]+ a QALY", text)
