"""Routes for what is written on the timeline: intents and comments."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.audio import Intent
from studiohand.core.errors import BadSetting
from studiohand.run.songs import noting
from studiohand.web.asking import body_of, desk_of, song_of
from studiohand.web.desk import song_id


async def write(request: Request) -> Response:
    """Write or change a note: ``kind`` is ``intent`` or ``comment``."""
    body, song = await body_of(request), song_of(request)
    note = str(body["id"]) if body.get("id") else None
    words, kind = str(body.get("words", "")).strip(), body.get("kind")
    if kind == "comment":
        note = noting.write_comment(song, words, float(body.get("at_s", 0.0)), note)
    elif kind == "intent":
        end = body.get("end_s")
        intent = Intent(
            words, float(body.get("start_s", 0.0)), math.inf if end is None else float(end),
            tuple(str(name) for name in body.get("stems") or ()),
            bool(body.get("blend")), bool(body.get("locked")),
        )  # fmt: skip
        note = noting.write_intent(song, intent, note)
    else:
        raise BadSetting("A note is an intent or a comment.")
    desk_of(request).tell({"kind": "changed", "song": song_id(song.root)})
    return JSONResponse({"id": note})


async def withdraw(request: Request) -> Response:
    """Take back a note."""
    body, song = await body_of(request), song_of(request)
    noting.withdraw(song, str(body.get("id", "")))
    desk_of(request).tell({"kind": "changed", "song": song_id(song.root)})
    return JSONResponse({"withdrawn": True})


ROUTES = [
    Route("/api/songs/{song}/notes", write, methods=["POST"]),
    Route("/api/songs/{song}/notes/withdraw", withdraw, methods=["POST"]),
]
