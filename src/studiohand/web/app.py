"""The desk as a web application: routes, errors as sentences, news as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from studiohand.core.errors import Busy, CannotRead, NotAllowed, StudiohandError
from studiohand.web import comparing, hearing, notes, places, seeing, songs, takeaway, tools
from studiohand.web.desk import Desk
from studiohand.web.guard import Guard, TooLarge

STATIC = Path(__file__).parent / "static"
_KEEP_ALIVE_S = 15.0
_STATUS = {CannotRead: 404, NotAllowed: 403, Busy: 409}


def create_app(desk: Desk, token: str, port: int) -> ASGIApp:
    """The whole application inside its guard.

    Parameters
    ----------
    token : str
        The secret of this run.
    port : int
        The port it is served on; the Host header must name it.
    """
    app = Starlette(
        routes=[
            Route("/", _page),
            Route("/api/events", _events),
            *songs.ROUTES,
            *hearing.ROUTES,
            *seeing.ROUTES,
            *notes.ROUTES,
            *tools.ROUTES,
            *comparing.ROUTES,
            *places.ROUTES,
            *takeaway.ROUTES,
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={
            StudiohandError: _sentence,
            TooLarge: _too_large,
            ValueError: _malformed,
        },
    )
    app.state.desk = desk
    return Guard(app, token, port)


async def _page(request: Request) -> Response:
    return HTMLResponse(page_text())


def page_text() -> str:
    """The one page, with every module named so that the browser fetches them all at once."""
    modules = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    links = "\n    ".join(f'<link rel="modulepreload" href="/static/{name}">' for name in modules)
    return (STATIC / "index.html").read_text("utf-8").replace("<!-- modules -->", links)


async def _events(request: Request) -> Response:
    desk: Desk = request.app.state.desk
    queue = desk.listen()

    async def stream() -> AsyncIterator[str]:
        try:
            yield "retry: 1000\n\n"
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), _KEEP_ALIVE_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield f"data: {json.dumps(news, ensure_ascii=False)}\n\n"
        finally:
            desk.leave(queue)

    return StreamingResponse(stream(), media_type="text/event-stream")


async def _sentence(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return JSONResponse({"error": str(error)}, status)


async def _malformed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "The desk did not understand that request."}, 400)


async def _too_large(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "That is larger than the desk takes."}, 413)
