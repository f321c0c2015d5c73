"""A planner in a real browser: builds the peer pilot by forms, runs, reads, saves; by keyboard, on a phone, in the dark."""

from __future__ import annotations

import re
from importlib import resources

import pytest

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def explorer(start):
    return start("-n", "3", "-o", "results/browser")


@pytest.fixture(scope="module")
def storage(explorer, chromium):
    """The cookie, got as a person gets it: by opening the printed address."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(explorer.address)
    assert page.url == f"http://{explorer.host}/"
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def open_page(chromium, storage, explorer):
    """Open pages as somebody who is let in; fails where scripts complain."""
    contexts, said = [], []

    def begin(path="/", **looks):
        context = chromium.new_context(
            storage_state=storage, **({"viewport": {"width": 1280, "height": 900}} | looks)
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "console",
            lambda message: said.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"http://{explorer.host}{path}")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert not said


@pytest.fixture(scope="module")
def expect():
    made = pytest.importorskip("playwright.sync_api").expect
    made.set_options(timeout=30_000)
    return made


@pytest.fixture(scope="module")
def axe():
    pytest.importorskip("axe_core_python", reason="axe-core is not installed")
    return resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def press(page, name):
    """Press a button that leads to a page, and wait for that."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_somebody_builds_the_peer_pilot_by_forms_runs_reads_and_saves(open_page, expect, folder):
    page = open_page()
    press(page, "Begin with this town Services as usual")
    page.get_by_text("Town and time, for all scenarios").click()
    page.get_by_label("Residents").last.fill("600")
    page.get_by_label("Horizon").last.fill("52 weeks")
    press(page, "Set for all")
    page.get_by_label("A service: what is it").fill("peer specialist")
    expect(page.locator("#found")).to_contain_text("One to one peer")
    press(page, "Add One to one peer")
    card = page.locator("#card-services__one-to-one-peer")
    card.get_by_label("east").check()
    expect(card).to_contain_text("nobody: no fund may pay it")
    card.get_by_label("Staff: peer").fill("two")
    card.get_by_label("Staff: peer").press("Tab")
    expect(card.locator(".problem")).to_contain_text("must be a number")
    expect(page.locator("#state")).to_contain_text("1 problem")
    card.get_by_label("Staff: peer").fill("2")
    card.get_by_label("Staff: peer").press("Tab")
    expect(page.locator("#state")).to_contain_text("Nothing is wrong")
    expect(card).to_contain_text("About $110,000 a year")
    press(page, "Add a fund")
    expect(page.locator("#card-services__one-to-one-peer")).to_contain_text(
        "paid by one-to-one-peer-grant"
    )
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=120_000)
    expect(page.locator("#sentence")).to_contain_text("expected psychiatric admissions")
    assert page.locator("#view img").first.get_attribute("alt")
    page.get_by_label("File name").fill("built-by-forms")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Saved as")
    from sim.scenario.library import load

    saved = load(folder / "built-by-forms.yaml")
    assert saved.services["one-to-one-peer"].staff == {"peer": 2}
    assert saved.services["one-to-one-peer"].where == ("east",)


def test_reload_back_and_a_second_tab_show_the_same(open_page, expect):
    page = open_page("/p/built-by-forms")
    expect(page.locator("#view")).to_contain_text("What would")
    page.get_by_role("link", name="Money").click()
    expect(page.locator("#view")).to_contain_text("Spending by payer")
    page.go_back()
    expect(page.locator("#view")).to_contain_text("What would")
    page.reload()
    expect(page.locator("#view")).to_contain_text("What would")
    other = open_page("/p/built-by-forms")
    other.get_by_label("Caseload").first.fill("9")
    other.get_by_label("Caseload").first.press("Tab")
    expect(other.locator("#status")).to_contain_text("run again")
    expect(page.locator("#view")).to_have_class(re.compile("view"))
    page.reload()
    assert page.get_by_label("Caseload").first.input_value() == "9"
    press(page, "Undo")
    assert page.get_by_label("Caseload").first.input_value() == "12"


def test_what_two_tabs_set_is_kept_by_both(open_page, expect):
    page, other = open_page("/p/built-by-forms"), open_page("/p/built-by-forms")
    other.get_by_label("Caseload").first.fill("9")
    other.get_by_label("Caseload").first.press("Tab")
    expect(other.locator("#status")).to_contain_text("run again")
    # this tab still shows 12 places, and sets something else
    assert page.get_by_label("Caseload").first.input_value() == "12"
    page.get_by_label("Staff: peer").first.fill("3")
    page.get_by_label("Staff: peer").first.press("Tab")
    expect(page.locator("#status")).to_contain_text("run again")
    for tab in (page, other):
        tab.reload()
        found = [tab.get_by_label(name).first.input_value() for name in ("Caseload", "Staff: peer")]
        assert found == ["9", "3"]
    # what is undone is what was set last, whichever tab asks
    press(other, "Undo")
    assert other.get_by_label("Staff: peer").first.input_value() == "2"
    press(page, "Undo")
    page.reload()
    assert page.get_by_label("Caseload").first.input_value() == "12"


def test_results_of_before_are_marked_until_it_is_run_again(open_page, expect):
    page = open_page("/p/built-by-forms")
    expect(page.locator("#view img").first).to_be_visible()
    page.get_by_label("Staff: peer").first.fill("3")
    page.get_by_label("Staff: peer").first.press("Tab")
    expect(page.locator("#status")).to_contain_text("run again")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=120_000)
    expect(page.locator("#status")).not_to_contain_text("run again")


def test_the_slider_goes_through_the_weeks(open_page, expect):
    page = open_page("/p/built-by-forms?see=care")
    expect(page.locator("#at-week")).to_contain_text("Week 52")
    page.locator("#week").focus()
    page.keyboard.press("Home")
    expect(page.locator("#at-week")).to_contain_text("Week 1 ")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#at-week")).to_contain_text("Week 2 ")
    assert page.evaluate("() => document.activeElement.id") == "week"


def test_the_keyboard_reaches_every_lever_and_the_focus_is_seen(open_page, expect):
    page = open_page("/p/built-by-forms")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    caseload = page.get_by_label("Caseload").first
    caseload.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("11")
    page.keyboard.press("Tab")
    expect(page.locator("#status")).to_contain_text("run again")
    focused = page.evaluate(
        "() => { const e = document.activeElement; return [e.id, getComputedStyle(e).outlineWidth]; }"
    )
    assert focused[0].startswith("f-services__")
    assert focused[1] == "3px"
    press(page, "Undo")


@pytest.mark.parametrize(
    "looks",
    [
        {},
        {"viewport": {"width": 320, "height": 800}},
        {"color_scheme": "dark"},
        {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    ],
    ids=["wide", "phone", "dark", "zoomed"],
)
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/p/built-by-forms",
        "/p/built-by-forms?see=programmes",
        "/p/built-by-forms?see=care",
        "/p/built-by-forms?see=gains",
        "/p/built-by-forms?see=weeks",
    ],
)
def test_axe_finds_nothing_and_nothing_is_cut_off(open_page, expect, axe, looks, path):
    page = open_page(path, bypass_csp=True, **looks)
    if path != "/":
        expect(page.locator("#view")).not_to_contain_text("being drawn")
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document)")["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
    assert (
        page.evaluate("() => document.documentElement.scrollWidth") <= page.viewport_size["width"]
    )


def test_a_page_is_small_before_its_figures(open_page, explorer):
    page = open_page()
    answers = []

    def collect(answer):
        answers.append(answer)

    page.on("response", collect)
    page.goto(f"http://{explorer.host}/p/built-by-forms")
    whole = [answer for answer in answers if answer.ok and "/pulse" not in answer.url]
    sizes = {answer.url: len(answer.body()) for answer in whole}
    assert 50_000 < sum(sizes.values()) <= 300_000
    assert all(url.startswith(f"http://{explorer.host}/") for url in sizes)


def test_the_server_says_when_it_is_gone(start, chromium, expect):
    other = start("pilot.yaml", "-o", "results/gone")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(other.address)
    page.goto(f"http://{other.host}/p/pilot")
    other.stop()
    expect(page.locator("#status")).to_contain_text("does not answer", timeout=20_000)
    context.close()
