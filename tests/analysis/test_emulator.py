"""An emulator of a sweep: exact where the truth is a polynomial, honest where it is not, and the same in a browser."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.reports import emulator_page
from analysis.reports.emulator_page import build_levers
from analysis.sensitivity.emulator import fit_emulator
from analysis.sensitivity.sweeps import Sweep
from sim.errors import Refused
from sim.evidence.distributions import NORMAL_95

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


def make_sweep(
    points=60,
    noise=0.0,
    seeds=3,
    curve=lambda peers, help_: 5 + 2 * peers - 3 * help_ + 0.5 * peers * help_ - peers**2 / 10,
):
    rng = np.random.default_rng(1)
    settings = pd.DataFrame(
        {
            "peers": rng.uniform(1, 9, points),
            "help": rng.uniform(0, 1, points),
            "contagion": rng.choice(["off", "on"], points),
        }
    )
    truth = curve(settings["peers"], settings["help"]).to_numpy()
    values = truth[:, None] + noise * rng.standard_normal((points, seeds))
    factors = [
        {"name": "peers", "kind": "policy"},
        {"name": "help", "kind": "world"},
        {"name": "contagion", "kind": "world"},
    ]
    kept = {
        "expected_admissions": -values,
        "qalys": values / 1e5 + 1,
        "cost": np.zeros_like(values),
    }
    return Sweep(
        "s",
        "A <b>sweep</b>",
        "What if?",
        {"kind": "latin_hypercube"},
        factors,
        settings,
        kept,
        True,
        0,
        1e5,
        "USD",
    ), truth


def test_a_quadratic_is_found_exactly():
    sweep, truth = make_sweep()
    emulator = fit_emulator(sweep)
    assert emulator.predict(sweep.numbers.to_numpy(), "expected_admissions") == pytest.approx(
        -truth, abs=0.02
    )
    assert emulator.curves["expected_admissions"].explained > 0.999


def test_a_constant_has_no_spread():
    emulator = fit_emulator(make_sweep()[0])
    assert emulator.curves["cost"].spread == 0
    assert emulator.predict(make_sweep()[0].numbers.to_numpy(), "cost") == pytest.approx(0)


def test_noise_is_said_and_not_fitted():
    sweep, _ = make_sweep(noise=4.0, curve=lambda peers, help_: 0 * peers + 0 * help_)
    curve = fit_emulator(sweep).curves["expected_admissions"]
    assert curve.explained < 0.1
    assert curve.spread == pytest.approx(4 / np.sqrt(3), rel=0.35)


def test_the_interval_holds_what_it_says():
    sweep, _ = make_sweep(points=200, noise=2.0)
    fresh, _ = make_sweep(points=400, noise=2.0)
    emulator = fit_emulator(sweep)
    inside = (np.abs(emulator.scale(fresh.numbers.to_numpy())) <= 1).all(axis=1)
    numbers = fresh.numbers.to_numpy()[inside]
    off = np.abs(
        emulator.predict(numbers, "expected_admissions")
        - fresh.values["expected_admissions"].mean(axis=1)[inside]
    )
    assert 0.9 < (off < NORMAL_95 * emulator.curves["expected_admissions"].spread).mean() < 0.99


def test_nothing_is_said_outside_the_box():
    emulator = fit_emulator(make_sweep()[0])
    with pytest.raises(Refused, match="outside"):
        emulator.predict(np.array([[20.0, 0.5, 0.0]]), "cost")


def test_few_points_are_refused():
    with pytest.raises(Refused, match="too few"):
        fit_emulator(make_sweep(points=8)[0])


class FakeStore:
    """What the page needs of a database beside the sweep."""


def page_of(sweep, monkeypatch):
    from analysis.reports import emulator_page
    from analysis.reports.sections.provenance import Origin

    monkeypatch.setattr(
        emulator_page,
        "describe_runs",
        lambda _: type("O", (), {"draft": False, "line": "Made by a test."})(),
    )
    assert Origin
    return build_levers(FakeStore(), sweep)


def test_the_page_holds_one_script_its_data_and_no_markup_of_a_scenario(monkeypatch):
    page = page_of(make_sweep()[0], monkeypatch)
    data = json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )
    assert [lever["name"] for lever in data["levers"]] == ["peers", "help", "contagion"]
    assert data["levers"][2]["choices"] == sorted(
        data["levers"][2]["choices"],
        key=lambda word: list(dict.fromkeys(make_sweep()[0].settings["contagion"])).index(word),
    )
    assert page.count("<script") == 2
    assert "src=" not in re.sub(r"data:[^\"]*", "", page)
    assert "<b>sweep" not in page
    assert page.count("Estimate, not a run") >= 2
    assert len(page) < 400_000


def test_of_what_is_the_same_at_every_point_nothing_is_explained(monkeypatch):
    """It was “0 (0 to 0)”, of which the levers explained 100%."""
    page = page_of(make_sweep()[0], monkeypatch)
    data = json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )
    assert {row["key"]: row["same"] for row in data["outcomes"]} == {
        "gain": False,
        "expected_admissions": False,
        "qalys": False,
        "cost": True,
    }
    fit = page.partition("How far the estimate is off")[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in fit.split("<tr")[2:]]
    assert [row[-1] for row in rows if row] == ["100%", "100%", "100%", "–"]


@pytest.mark.chromium
def test_a_browser_computes_what_python_does(monkeypatch, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium to look at pages with")
    sweep, _ = make_sweep(noise=1.0)
    emulator = fit_emulator(sweep)
    (tmp_path / "levers.html").write_text(page_of(sweep, monkeypatch), encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        said = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((tmp_path / "levers.html").as_uri())
        for peers in (2.0, 5.5, 8.0):
            page.locator("#lever-0").evaluate(
                "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }",
                str(peers),
            )
            at = [
                float(page.locator(f"[data-lever='{place}']").input_value()) for place in range(3)
            ]
            shown = json.loads(page.locator("#estimates tr").get_attribute("data-values"))
            expected = [
                emulator.predict(np.array([at]), key)[0]
                for key in ("gain", "expected_admissions", "qalys", "cost")
            ]
            assert shown == pytest.approx(expected, rel=1e-9, abs=1e-9)
            nearest = page.locator("#nearest th").all_inner_texts()
            far = np.hypot.reduce(
                emulator.scale(sweep.numbers.to_numpy()) - emulator.scale(np.array([at])), axis=1
            )
            assert nearest[0] == f"Run: point {sweep.numbers.index[int(far.argmin())]}"
        assert "Cost, USD 0 (the same at every point)" in page.locator("#said").inner_text()
        page.locator("#nearest a").first.click()
        assert page.locator("#runs").get_attribute("open") is not None
        browser.close()
    assert not said


def test_without_a_worth_of_a_qaly_no_lever_moves_a_net_benefit():
    """QALYs stood under "Net benefit, USD"."""
    sweep = replace(make_sweep()[0], wtp=None)
    assert list(emulator_page._name_outcomes(sweep)) == ["expected_admissions", "qalys", "cost"]
    table = emulator_page._tabulate(sweep, np.arange(3))
    assert not [head for head in table.columns if "benefit" in head]
    assert {len(row) for row in table.rows} == {len(table.columns)}
