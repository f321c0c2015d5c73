"""Every page and piece of a page is written from what the screen fills: no template names what is gone."""

from __future__ import annotations

import asyncio

import pytest

from sim.explorer.editing.additions import find_kinds
from sim.explorer.editing.draft_changes import add_thing, put_typed
from sim.explorer.editing.forms import list_rest, make_card
from sim.explorer.editing.workbench import Workbench
from sim.explorer.pages import render, say_cost
from sim.explorer.screen import Screen
from sim.explorer.study.messages import Answer, News


class Drawn:
    """Studies that are finished, and whose every view is one sentence."""

    news = News("done", 3, 4, 4, 2, hashes=(("mine-stay", "a"), ("baseline", "b")), seconds=1.0)

    async def draw(self, page):
        return Answer(f"<p>{page.focus}</p>", "A sentence.")


@pytest.fixture
def screen(tmp_path):
    screen = Screen(Workbench(tmp_path, tmp_path / "results"), Drawn())
    add_thing(screen.bench.start_from("peer-pilot", "mine"), "branch", "")
    return screen


def test_the_pages_are_written(screen):
    draft = screen.bench.drafts["mine"]
    screen.tell("What was told.")
    page = render("programme", **screen.fill_programme(draft, "later", "stop", "token"))
    for words in ("What was told.", "Decide later", "Take Decide later out", "run again"):
        assert words in page
    assert 'aria-current="true">Stop</a>' in page
    assert "see=headline&amp;take=stop" in page
    assert "peer-pilot" in render("start", **screen.fill_start("token"))


def test_the_pieces_are_written(screen):
    draft = screen.bench.drafts["mine"]
    before = {problem.path for problem in draft.problems}
    field = put_typed(draft, "services.peer-specialists.staff.peer", ["none"])
    changed = render("changed", **screen.fill_change(draft, field, before))
    assert "must be a number" in changed
    beat = asyncio.run(screen.fill_beat({"focus": "mine", "take": "stop", "seen": "-1"}))
    written = render("beat", **beat)
    assert "A sentence." in written
    assert "mine-stop" in written
    assert "Done" in render("ran", **screen.fill_status(wrong=["wrong"]))
    kinds = find_kinds()
    assert "Add" in render("kinds", asked="", kinds=kinds, most=len(kinds))
    assert "extends" in render("text", text=draft.text)
    for path, title, _ in list_rest(draft, screen.bench.read_reference()):
        card = make_card(draft, path)
        said = say_cost(card, "USD")
        assert title in render("one_card", card=card, draft=draft, said=said, token="t")


def test_results_without_a_branch_have_no_options(screen):
    draft = screen.bench.start_from("funding-cut", "cut")
    page = render("programme", **screen.fill_programme(draft, "headline", "stop", "token"))
    assert "From the branch on" not in page
    assert "see=later" not in page
    assert screen.name_of("cut", "stop") == "cut"
    assert screen.name_of("mine", "stop") == "mine-stop"
