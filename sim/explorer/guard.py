"""Stands before every page: who may ask, from where, and how much. The threat model is that of the
package.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "kinwell-explorer"
LARGEST_BODY = 64_000
"""Bytes of a request."""
MOST_FIELDS = 200
REQUEST_SECONDS = 10.0
"""Seconds in which a request must have arrived."""
FORM = "application/x-www-form-urlencoded"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send the Origin of our own forms as null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets through what comes from a page of this very server, opened with its token.

    entry: the one-time token of the printed address. token: what every form carries. Both, and the
    cookie, are random and of this process alone.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app, self.host = app, host
        self.entry: str | None = secrets.token_urlsafe(32)
        self.session, self.token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)

    @property
    def address(self) -> str:
        """The address to open, once."""
        return f"http://{self.host}/?token={self.entry}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        sender = _Dressed(send)
        refused = self._refuse(scope)
        if refused is None and scope["method"] == "POST":
            refused, receive = await self._read_form(scope, receive)
        if refused is not None:
            await refused(scope, receive, sender)
            return
        scope["state"]["token"] = self.token
        await self.app(scope, receive, sender)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        # All of them: a second Host header must not hide behind a right one.
        if headers.getlist("host") != [self.host]:
            return _say(421, "This is not the address of this page.")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return _say(405, "Only GET and POST.")
        # Older browsers do not send it: then cookie, Origin and token have to do.
        if headers.get("sec-fetch-site", "same-origin") not in {
            "same-origin",
            "none",
        } and not _is_visit(scope, headers):
            return _say(403, "Only pages of this address may ask.")
        if not self._knows(headers):
            return self._admit(scope)
        if scope["method"] == "POST" and headers.getlist("origin") != [f"http://{self.host}"]:
            return _say(403, "Only pages of this address may change anything.")
        return None

    def _knows(self, headers: Headers) -> bool:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and hmac.compare_digest(
            morsel.value.encode(), self.session.encode()
        )

    def _admit(self, scope: Scope) -> Response:
        """Exchange the token of the address for the cookie, once."""
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", "")
        # In constant time, or the time of an answer would tell how much of a guess was right.
        known = self.entry is not None and hmac.compare_digest(given.encode(), self.entry.encode())
        if scope["method"] != "GET" or scope["path"] != "/" or not known:
            return _say(
                403,
                "Open the address that the terminal shows; it works once. Then use that browser.",
            )
        # Addresses stay in histories and lists of processes: it must be worth nothing there.
        self.entry = None
        response = RedirectResponse("/", status_code=303)
        # Not `secure`: there is no TLS on the loopback, and not every browser would send it back.
        response.set_cookie(COOKIE, self.session, httponly=True, samesite="strict", path="/")
        return response

    async def _read_form(self, scope: Scope, receive: Receive) -> tuple[Response | None, Receive]:
        headers = Headers(scope=scope)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return _say(415, f"Only {FORM}."), receive
        try:
            # In time: bodies that trickle in would use up the connections.
            body = await asyncio.wait_for(_read_body(headers, receive), REQUEST_SECONDS)
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS
            )
        except TimeoutError:
            return _say(408, "The request took too long."), receive
        except _TooLarge:
            return _say(413, f"A request has at most {LARGEST_BODY:,} bytes."), receive
        except ValueError:
            return _say(400, "This is not a form."), receive
        # Scripts send it as a header, plain forms as a field.
        given = headers.get("x-kinwell-token") or next(
            (value for key, value in pairs if key == "token"), ""
        )
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return _say(
                403, "The form was made before this page was started: load it anew."
            ), receive
        scope["state"]["form"] = [(key, value) for key, value in pairs if key != "token"]
        return None, receive


class _TooLarge(Exception):
    """A request has too many bytes."""


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Whether somebody follows a link to a page, which reads nothing back to where it came from."""
    return (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


async def _read_body(headers: Headers, receive: Receive) -> bytes:
    # Refused before it is read; counted below all the same, because the header may lie.
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > LARGEST_BODY:
        raise _TooLarge
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ValueError("the sender is gone")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _TooLarge
        if not message.get("more_body", False):
            return body


def _say(status: int, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status)


class _Dressed:
    """Adds to every answer what protects it, unless the page has said something stricter."""

    def __init__(self, send: Send) -> None:
        self.send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self.send(message)


def list_form(scope: Any) -> list[tuple[str, str]]:
    """The fields of the form that came with a request, in order."""
    found: list[tuple[str, str]] = scope["state"].get("form", [])
    return found
