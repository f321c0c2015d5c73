"""What the pages show: the workbench beside the results, put together for the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InvalidInput, spell
from sim.explorer.editing.additions import find_kinds, list_shocks
from sim.explorer.editing.fields import describe
from sim.explorer.editing.forms import list_changed, list_rest, show_field
from sim.explorer.editing.notes import list_draft_notes
from sim.explorer.editing.typed_values import read_number
from sim.explorer.editing.workbench import MOST_REPLICATES
from sim.explorer.pages import VIEW_TITLES, render, say_budget, say_cost
from sim.explorer.study.messages import Answer, Order, Page, Stop
from sim.scenario.changes import split
from sim.scenario.options import name_option
from sim.services.yearly_cost import price_services
from sim.units import say_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.explorer.editing.draft import Draft
    from sim.explorer.editing.forms import Shown
    from sim.explorer.editing.workbench import Workbench
    from sim.explorer.study.client import StudyClient

BUSY, CALM, SOON_MS = 700, 2500, 300
"""Milliseconds between two looks at the results: while something runs, while nothing does, before
anything is drawn.
"""
LONGEST_COUNT = 12
"""Digits of a number that a page sends back."""
TOWNS_OFFERED = ("us-town", "uk-town", "baseline")


class Screen:
    """The workbench and the studies of one session, as pages need them."""

    def __init__(self, bench: Workbench, studies: StudyClient) -> None:
        self.bench, self.studies = bench, studies
        self.notice: list[str] = []
        self.good = False

    def tell(self, *lines: str, good: bool = False) -> None:
        """Leave a notice for the next page."""
        self.notice, self.good = [line for line in lines if line.strip()], good

    def refresh(self) -> None:
        """Read again what lies under the programmes: the reference is read for each run too, and
        both must be of one town.
        """
        changed = [draft.shown for draft in self.bench.drafts.values() if draft.refresh()]
        if changed:
            self.tell(f"read again, since files were changed meanwhile: {', '.join(changed)}")

    def _frame(self, token: str, current: str) -> dict[str, Any]:
        # Told once: the page after the next must not repeat it.
        notice, self.notice = self.notice, []
        return {
            "token": token,
            "drafts": self.bench.drafts,
            "current": current,
            "notice": notice,
            "good": self.good,
        }

    def fill_start(self, token: str) -> dict[str, Any]:
        """Fill the first page."""
        return self._frame(token, "") | {
            "files": self.bench.list_files(),
            "shipped": self.bench.list_shipped(),
            "towns": TOWNS_OFFERED,
            "folder": str(self.bench.folder),
        }

    def fill_programme(self, draft: Draft, see: str, take: str, token: str) -> dict[str, Any]:
        """Fill the page of a programme; results follow when they are drawn. take: the option of its
        branch that is looked at, if it has one.
        """
        reference = self.bench.read_reference()
        changed = list_changed(draft, reference)
        see = see if see in VIEW_TITLES else "headline"
        shipped = [choice for choice in self.bench.list_names() if choice not in TOWNS_OFFERED]
        return (
            self._frame(token, draft.name)
            | self._fill_state(draft)
            | self.fill_status()
            | self._fill_results(draft, see, take)
            | {
                "changed": changed,
                "said": {
                    card.id: say_cost(card, str(draft.data.get("currency", ""))) for card in changed
                },
                "rest": list_rest(draft, reference),
                "bench": self.bench,
                "asked": "",
                "kinds": find_kinds(),
                "most": 0,
                "unpaid": self._find_unpaid(draft),
                "shocks": list_shocks(),
                "layers": shipped,
                "references": self.bench.list_references(),
                "command": self.bench.spell_command(),
                "results_folder": str(self.bench.results),
                "oob": False,
            }
        )

    def _find_unpaid(self, draft: Draft) -> str:
        """The service that needs a fund most: one that no fund may pay."""
        priced = price_services(draft.scenario) if draft.scenario is not None else {}
        return next((name for name, cost in priced.items() if cost.amount and not cost.funds), "")

    def _fill_state(self, draft: Draft) -> dict[str, Any]:
        notes = list_draft_notes(draft, self.bench.sets)
        return {"draft": draft, "budget": say_budget(draft), "notes": notes}

    def _fill_results(self, draft: Draft, see: str, take: str) -> dict[str, Any]:
        waiting = self.studies.news.pairs > 0
        words = "The results are being drawn." if waiting else "Nothing was run yet. Press Run."
        view = Answer(render("problem", problem=words))
        return {
            "see": see,
            "options": list_open_options(draft),
            "take": choose_option(draft, take),
            "seen": -1,
            "had": 0,
            "pace": SOON_MS,
            "view": view,
            "sentence": "",
            "stale": self._is_stale(),
        }

    def fill_status(self, wrong: list[str] | None = None) -> dict[str, Any]:
        """Fill how the study is."""
        return {
            "news": self.studies.news,
            "lines": self._list_status(),
            "wrong": wrong or [],
            "command": self.bench.spell_command(),
            "oob": False,
        }

    def _list_status(self) -> list[str]:
        news = self.studies.news
        said = {
            "starting": "The workers are starting; stored results can be looked at.",
            "compiling": news.message,
            "ahead": f"The reference is run ahead: {news.done} of {news.wanted} replicates.",
            "running": f"Running: {news.done} of {news.wanted} runs.",
            "failed": news.message,
            "stopped": news.message,
            "done": f"Done in {news.seconds:.1f} s. {news.message}".strip(),
        }.get(news.phase, "")
        lines = [said] if said else ["Ready."]
        if news.pairs:
            lines.append(f"{news.pairs} paired replicate{'s' if news.pairs != 1 else ''} shown.")
        if news.first:
            lines.append(news.first)
        if news.failed:
            lines.append(
                f"{say_count(news.failed, 'run')} failed:"
                f" `{spell('status', self.bench.results)}` says why."
            )
        if self._is_stale():
            lines.append("What is shown was run before the last change: run again.")
        return lines

    def _is_stale(self) -> bool:
        """Whether what is shown is of other scenarios than those on the table."""
        stored = dict(self.studies.news.hashes)
        if not stored or self.studies.news.phase == "running":
            return False
        try:
            return any(
                stored.get(scenario.name) != scenario.hash for scenario in self.bench.gather()
            )
        except InvalidInput:
            return True

    def name_of(self, name: str, take: str = "") -> str:
        """The name under which a programme's runs are stored: its own, or one that it had; of one
        that branches, with the option that is looked at.
        """
        draft = self.bench.drafts.get(name)
        if draft is None:
            return name
        own = draft.scenario.name if draft.scenario is not None else name
        names = [own, *reversed(draft.former)]
        if option := choose_option(draft, take):
            names = [name_option(each, option) for each in names]
        stored = dict(self.studies.news.hashes)
        return next((known for known in names if known in stored), names[0])

    async def draw(self, see: str, focus: str, take: str, chosen: str = "") -> Answer:
        """Draw a view about a programme."""
        if not self.studies.news.pairs:
            return Answer("", problem="There are no results yet.")
        return await self.studies.draw(
            Page(see if see in VIEW_TITLES else "headline", self.name_of(focus, take), chosen)
        )

    async def fill_beat(self, asked: Mapping[str, str]) -> dict[str, Any] | None:
        """Fill what has changed since a page last asked; None where nothing has."""
        draft = self.bench.drafts.get(asked.get("focus", ""))
        if draft is None:
            return None
        seen, had = (_read_count(asked.get(key, "")) for key in ("seen", "had"))
        news, see = self.studies.news, asked.get("see", "headline")
        # Drawing takes time from the runs: while they come in, only when there are clearly more.
        fresh = (
            news.pairs > 0
            and news.version != seen
            and (news.phase != "running" or news.pairs > had * 1.15 or seen < 0)
        )
        busy = news.phase in {"running", "ahead", "compiling", "starting"}
        if news.version == seen and not busy:
            return None
        # The status is of the moment that is drawn: more may be finished when the picture is.
        status = self.fill_status()
        take = choose_option(draft, asked.get("take", ""))
        answer = (
            await self.draw(see, draft.name, take, asked.get("chosen", "")[:40])
            if fresh
            else Answer("")
        )
        view = answer if answer.html else Answer(render("problem", problem=answer.problem))
        shown = news.version if fresh or not news.pairs else seen
        return status | {
            "draft": draft,
            "see": see if see in VIEW_TITLES else "headline",
            "take": take,
            "seen": shown,
            "had": news.pairs if fresh else had,
            "pace": BUSY if busy else CALM,
            "fresh": fresh,
            "view": view,
            "sentence": answer.sentence,
            "stale": self._is_stale(),
            "oob": True,
        }

    def fill_change(self, draft: Draft, field: Shown, before: set[str]) -> dict[str, Any]:
        """Fill everything that a changed value touches: its field, others that became right or
        wrong, costs, state.
        """
        now = {problem.path for problem in draft.problems}
        paths = (before ^ now) - {field.field.key}
        touched = [describe(split(path), draft.data) for path in sorted(paths) if path]
        others = [show_field(draft, other) for other in touched if other is not None]
        costs = {}
        if draft.scenario is not None:
            cards = list_changed(draft, self.bench.read_reference())
            currency = str(draft.data.get("currency", ""))
            costs = {
                card.id: say_cost(card, currency) for card in cards if card.path[0] == "services"
            }
        return (
            self._fill_state(draft)
            | self.fill_status()
            | {"field": field, "others": others, "costs": costs, "oob": True}
        )

    def set_town(self, form: Mapping[str, str]) -> None:
        """Change the town for all scenarios, and what they are compared with; InvalidInput where it
        does not fit.
        """
        residents = form.get("population.residents", "").strip()
        changes: dict[str, Any] = {
            "population.residents": None,
            "horizon": form.get("horizon", "").strip() or None,
        }
        if residents:
            changes["population.residents"] = read_number(residents)
        reference = form.get("reference", "")
        if reference in self.bench.list_references():
            self.bench.reference_name = reference
        self.bench.set_town(changes)

    def order(self, form: Mapping[str, str]) -> list[str]:
        """Start, extend or stop a study; what is wrong with that comes back in words."""
        how = form.get("how", "run")
        if how == "stop":
            self.studies.send(Stop())
            return []
        try:
            self._read_size(form, how)
            precision = form.get("precision", "").strip() if how == "clear" else ""
            if precision:
                from sim.studies.running.stopping_rule import parse_precision

                parse_precision(precision)
            self.refresh()
            scenarios = self.bench.gather()
        except InvalidInput as error:
            return str(error).splitlines()
        command = self.bench.spell_command(precision)
        self.studies.send(
            Order(
                scenarios,
                self.bench.replicates,
                self.bench.seed,
                self.bench.results,
                command,
                precision,
            )
        )
        return []

    def _read_size(self, form: Mapping[str, str], how: str) -> None:
        typed = {key: form.get(key, "").strip() for key in ("replicates", "seed")}
        replicates, seed = (
            # `isdigit` also takes superscripts, which `int` refuses.
            int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
            for text in typed.values()
        )
        replicates += 10 * (how == "add")
        if not 2 <= replicates <= MOST_REPLICATES:
            raise InvalidInput(f"replicates must be a whole number from 2 to {MOST_REPLICATES}")
        if seed < 0:
            raise InvalidInput("the first seed must be a whole number from 0 on")
        self.bench.replicates, self.bench.seed = replicates, seed

    def run_ahead(self) -> None:
        """Have the reference run while somebody still thinks."""
        # A study that somebody waits for runs the reference anyway.
        if self.studies.news.phase == "running":
            return
        try:
            reference = self.bench.load_reference()
        except InvalidInput:
            return
        command = self.bench.spell_command()
        self.studies.send(
            Order(
                (reference,),
                self.bench.replicates,
                self.bench.seed,
                self.bench.results,
                command,
                ahead=True,
            )
        )


def _read_count(typed: str) -> int:
    whole = typed.removeprefix("-").isdecimal() and len(typed) < LONGEST_COUNT
    return int(typed) if whole else 0


def list_open_options(draft: Draft) -> list[tuple[str, str]]:
    """Options of a programme's branch, each with its title, also while something is wrong with it;
    none where it goes on in one way.
    """
    branch = draft.data.get("branch")
    options = branch.get("options") if isinstance(branch, dict) else None
    if not isinstance(branch, dict) or not isinstance(options, dict) or branch.get("take"):
        return []
    return [
        (str(option), str(told.get("title") or option) if isinstance(told, dict) else str(option))
        for option, told in options.items()
    ]


def choose_option(draft: Draft, asked: str) -> str:
    """The option that is looked at: the one asked for, or the first; empty without a branch."""
    known = [option for option, _ in list_open_options(draft)]
    return asked if asked in known else next(iter(known), "")
