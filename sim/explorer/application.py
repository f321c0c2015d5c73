"""The pages and what their forms do; every answer is a page, a piece of one, or a way to one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sim.errors import InvalidInput
from sim.explorer.editing.additions import find_kinds
from sim.explorer.editing.draft_changes import (
    add_thing,
    lay_on_top,
    put_typed,
    set_parameter,
    take_out,
)
from sim.explorer.editing.forms import make_card
from sim.explorer.guard import list_form
from sim.explorer.pages import render, say_cost
from sim.explorer.screen import Screen
from sim.explorer.study.messages import Report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from sim.explorer.editing.draft import Draft

    Page = Callable[[Request], Awaitable[Response]]

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " base-uri 'none'; form-action 'none'; sandbox"
)
"""A report is a page of its own: no script at all, and its styles are inside."""
REPORT_FILES = {
    "": "report.html",
    "funder": "report-funder.html",
    "planner": "report-planner.html",
    "researcher": "report-researcher.html",
}
MOST_STUDIES_SHOWN = 8


def build_application(screen: Screen) -> Starlette:
    """The application over one workbench and its studies."""
    from pathlib import Path

    static = Path(__file__).parent / "static"
    pages = Pages(screen)
    routes = [
        Route("/", pages.start, methods=["GET"]),
        Route("/start", pages.begin, methods=["POST"]),
        Route("/open", pages.open, methods=["POST"]),
        Route("/p/{name}", pages.programme, methods=["GET"]),
        Route("/p/{name}/card", pages.card, methods=["GET"]),
        Route("/p/{name}/kinds", pages.kinds, methods=["GET"]),
        Route("/p/{name}/text", pages.text, methods=["GET"]),
        Route("/p/{name}/set", pages.set, methods=["POST"]),
        *(Route(f"/p/{{name}}/{word}", pages.act(word), methods=["POST"]) for word in pages.acts),
        Route("/town", pages.town, methods=["POST"]),
        Route("/run", pages.run, methods=["POST"]),
        Route("/pulse", pages.pulse, methods=["GET"]),
        Route("/results/view", pages.view, methods=["GET"]),
        Route("/report", pages.write_report, methods=["POST"]),
        Route("/report/{file}", pages.report, methods=["GET"]),
        Mount("/static", StaticFiles(directory=static, follow_symlink=False)),
    ]
    return Starlette(routes=routes, exception_handlers={InvalidInput: _explain, 404: _miss})


async def _explain(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 400)


async def _miss(_: Request, __: Exception) -> Response:
    return PlainTextResponse("There is no such page.\n", 404)


def _first(request: Request, name: str, default: str = "") -> str:
    return next((value for key, value in list_form(request.scope) if key == name), default)


def _go(place: str) -> Response:
    # 303, so that loading the next page again does not send the form again.
    return RedirectResponse(place, status_code=303)


class Pages:
    """Answers by path; what they show is the screen's."""

    def __init__(self, screen: Screen) -> None:
        self.screen, self.bench = screen, screen.bench
        self.acts: dict[str, Callable[[Draft, Request], str]] = {
            "add": self._add,
            "remove": self._remove,
            "layer": self._layer,
            "undo": self._undo,
            "save": self._save,
            "close": self._close,
            "set-parameter": self._set_parameter,
        }

    def _find(self, request: Request) -> Draft:
        name = str(request.path_params["name"])
        if name not in self.bench.drafts:
            raise InvalidInput(
                f"{name!r} is not on the table; start it again from the first page"[:160]
            )
        return self.bench.drafts[name]

    async def start(self, request: Request) -> Response:
        """Show what one can start from."""
        return HTMLResponse(
            render("start", **self.screen.fill_start(request.scope["state"]["token"]))
        )

    async def begin(self, request: Request) -> Response:
        """Start a programme from a scenario."""
        return self._take(lambda: self.bench.start_from(_first(request, "name")))

    async def open(self, request: Request) -> Response:
        """Open a file of the folder."""
        return self._take(
            lambda: self.bench.open_file(self.bench.find_file(_first(request, "name")))
        )

    def _take(self, make: Callable[[], Draft]) -> Response:
        try:
            draft = make()
        except InvalidInput as error:
            self.screen.tell(*str(error).splitlines())
            return _go("/")
        # Every comparison needs the reference: it can run while somebody still edits.
        self.screen.run_ahead()
        return _go(f"/p/{draft.slug}")

    async def programme(self, request: Request) -> Response:
        """Show a programme: levers beside results."""
        # A tab may outlive its programme: the first page is of more use than an error.
        if request.path_params["name"] not in self.bench.drafts:
            return _go("/")
        self.screen.refresh()
        draft = self._find(request)
        see, take = (request.query_params.get(key, "") for key in ("see", "take"))
        token = request.scope["state"]["token"]
        return HTMLResponse(
            render("programme", **self.screen.fill_programme(draft, see, take, token))
        )

    async def card(self, request: Request) -> Response:
        """Show the fields of one thing that the programme leaves as it is."""
        draft = self._find(request)
        card = make_card(draft, tuple(request.query_params.get("path", "").split(".")))
        said = say_cost(card, str(draft.data.get("currency", "")))
        token = request.scope["state"]["token"]
        return HTMLResponse(render("one_card", card=card, draft=draft, said=said, token=token))

    async def kinds(self, request: Request) -> Response:
        """List kinds of service that fit what was typed."""
        asked = request.query_params.get("asked", "")[:80]
        found = find_kinds(asked)
        return HTMLResponse(
            render(
                "kinds", asked=asked, kinds=found, most=MOST_STUDIES_SHOWN if asked else len(found)
            )
        )

    async def text(self, request: Request) -> Response:
        """Show the file as it would be saved."""
        return HTMLResponse(render("text", text=self._find(request).text))

    async def set(self, request: Request) -> Response:
        """Change one value and answer with everything on the page that this touches."""
        draft = self._find(request)
        before = {problem.path for problem in draft.problems}
        values = [value for key, value in list_form(request.scope) if key == "value"]
        field = put_typed(draft, _first(request, "path"), values)
        return HTMLResponse(render("changed", **self.screen.fill_change(draft, field, before)))

    def act(self, word: str) -> Page:
        """What a form of a programme does, and the way back to its page."""

        async def answer(request: Request) -> Response:
            draft = self._find(request)
            try:
                place = self.acts[word](draft, request)
            except InvalidInput as error:
                self.screen.tell(*str(error).splitlines())
                place = f"/p/{draft.slug}"
            return _go(place)

        return answer

    def _add(self, draft: Draft, request: Request) -> str:
        path = add_thing(draft, _first(request, "part"), _first(request, "kind"))
        return f"/p/{draft.slug}#card-{'__'.join(path)}"

    def _remove(self, draft: Draft, request: Request) -> str:
        take_out(draft, _first(request, "path"))
        return f"/p/{draft.slug}"

    def _layer(self, draft: Draft, request: Request) -> str:
        lay_on_top(draft, _first(request, "kind"), self.bench.read_reference())
        return f"/p/{draft.slug}"

    def _undo(self, draft: Draft, _: Request) -> str:
        if not draft.history:
            self.screen.tell("There is nothing to take back.")
        draft.undo()
        return f"/p/{draft.slug}"

    def _save(self, draft: Draft, request: Request) -> str:
        self.bench.save(draft, _first(request, "name").strip())
        self.screen.tell(f"Saved as {draft.path}.", good=True)
        return f"/p/{draft.slug}"

    def _close(self, draft: Draft, _: Request) -> str:
        self.bench.close(draft.name)
        return "/"

    def _set_parameter(self, draft: Draft, request: Request) -> str:
        set_parameter(draft, _first(request, "id").strip(), _first(request, "value"))
        return f"/p/{draft.slug}#card-parameters"

    async def town(self, request: Request) -> Response:
        """Change the town for all scenarios."""
        form = dict(list_form(request.scope))
        try:
            self.screen.set_town(form)
        except InvalidInput as error:
            self.screen.tell(*str(error).splitlines())
        return _go(f"/p/{quote(form.get('from', ''), safe='')}")

    async def run(self, request: Request) -> Response:
        """Run, add replicates, go on until it is clear, or stop."""
        form = dict(list_form(request.scope))
        wrong = self.screen.order(form)
        if "hx-request" in request.headers:
            return HTMLResponse(render("ran", **self.screen.fill_status(wrong=wrong)))
        self.screen.tell(*wrong)
        return _go(f"/p/{quote(form.get('from', ''), safe='')}")

    async def pulse(self, request: Request) -> Response:
        """Answer how the study is, with what is new to show; nothing where nothing is."""
        asked = request.query_params
        filled = await self.screen.fill_beat(dict(asked))
        return (
            Response(status_code=204) if filled is None else HTMLResponse(render("beat", **filled))
        )

    async def view(self, request: Request) -> Response:
        """Show one view of the results."""
        asked = request.query_params
        # Cut to length: what is asked for becomes part of the key under which a view is kept.
        see, focus, take, chosen = (
            asked.get(key, "")[:200] for key in ("see", "focus", "take", "chosen")
        )
        answer = await self.screen.draw(see, focus, take, chosen[:40])
        return HTMLResponse(answer.html or render("problem", problem=answer.problem))

    async def write_report(self, request: Request) -> Response:
        """Write the report beside the runs and go to it."""
        audience = _first(request, "audience")
        focus = self.screen.name_of(_first(request, "from"), _first(request, "take"))
        answer = await self.screen.studies.write(
            Report(audience if audience in REPORT_FILES else "", focus)
        )
        if answer.problem:
            self.screen.tell(answer.problem)
            return _go(f"/p/{quote(_first(request, 'from'), safe='')}")
        return _go(f"/report/{answer.html}")

    async def report(self, request: Request) -> Response:
        """Show a report that was written."""
        file = str(request.path_params["file"])
        path = self.bench.results / file
        # Only names that reports have, and no links: the folder may hold files of others.
        if file not in REPORT_FILES.values() or path.is_symlink() or not path.is_file():
            return await _miss(request, KeyError())
        return FileResponse(
            path, headers={"Content-Security-Policy": REPORT_POLICY}, media_type="text/html"
        )
