"""Who may talk to the desk: this machine's browser, opened by us, and nobody else.

Against DNS rebinding the Host must be a loopback name with our port; against other pages the
Origin must be ours and a header that no plain form can send must be there; against other
programs there is a random token, given once in the address and kept as a cookie.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "studiohand"
HEADER = "x-studiohand"
LARGEST_BODY_BYTES = 4 * 2**30
LARGEST_JSON_BYTES = 2**20
_NAMES = ("127.0.0.1", "localhost", "[::1]")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; media-src 'self'; font-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class TooLarge(Exception):
    """The body of a request is larger than we take."""


class Guard:
    """ASGI middleware around the whole desk.

    Parameters
    ----------
    app : ASGI application
    token : str
        The secret of this run.
    port : int
        The port we listen on.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"{name}:{port}" for name in _NAMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(scope)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
            return
        largest = LARGEST_BODY_BYTES if scope["method"] == "PUT" else LARGEST_JSON_BYTES
        await self._app(scope, _bounded(receive, largest), _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("This desk answers on this machine only.", 403)
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return PlainTextResponse("Another page may not use this desk.", 403)
        if scope["method"] not in ("GET", "HEAD") and HEADER not in headers:
            return PlainTextResponse("The request does not come from the desk's own page.", 403)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and given:
            return self._enter(given)
        if not self._knows(_cookie(headers.get("cookie", ""))):
            return PlainTextResponse(
                "Open the desk with the address that `studiohand` prints.", 403
            )
        return None

    def _enter(self, given: str) -> Response:
        if not self._knows(given):
            return PlainTextResponse("That address is of an earlier run.", 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return answer

    def _knows(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _cookie(header: str) -> str:
    jar: SimpleCookie = SimpleCookie()
    jar.load(header)
    return jar[COOKIE].value if COOKIE in jar else ""


def _bounded(receive: Receive, largest: int) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise TooLarge
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    extra: Iterable[tuple[bytes, bytes]] = [
        (name.encode(), value.encode()) for name, value in _HEADERS.items()
    ]

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return wrapped
