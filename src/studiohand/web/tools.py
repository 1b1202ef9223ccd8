"""Routes of tools: any tool on a song by its form; references and mixes brought in."""

from __future__ import annotations

import shutil

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.run.songs.collect import add_to_song
from studiohand.run.songs.proposing import propose
from studiohand.tools import find_tools
from studiohand.web.asking import batch_folder, body_of, desk_of, song_of
from studiohand.web.desk import song_id

_PARTS = ("stem", "mix", "reference")


def list_tools(request: Request) -> Response:
    """Every tool with the schema its form is made from."""
    rows = [
        {"name": t.name, "summary": t.summary, "needs": t.needs.value, "listens": t.listens,
         "schema": t.schema()}
        for t in find_tools().values()
    ]  # fmt: skip
    return JSONResponse({"tools": rows})


async def run_tool(request: Request) -> Response:
    """Run a tool on a song in the background; what it proposes joins the song's moves."""
    song, name = song_of(request), request.path_params["name"]
    tool = find_tools().get(name)
    if tool is None:
        raise BadSetting(f"There is no tool “{name}”.")
    settings = tool.read(await body_of(request))

    def work(job: Job) -> JsonValue:
        outcome = propose(song, tool, settings, job)
        return {
            "tool": name,
            "findings": [finding.id for finding in outcome.findings],
            "moves": [move.id for move in outcome.moves],
            "facts": dict(outcome.facts),
        }

    desk_of(request).start(song, "tool", work)
    return JSONResponse({"started": True})


async def add(request: Request) -> Response:
    """Copy the files uploaded under a batch into a song, as stems, mix or references."""
    song, body = song_of(request), await body_of(request)
    folder, part = batch_folder(str(body.get("batch", ""))), str(body.get("part"))
    if part not in _PARTS:
        raise BadSetting(f"A file is added as one of: {', '.join(_PARTS)}.")
    try:
        names = await run_in_threadpool(add_to_song, song, [folder], part)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    desk_of(request).tell({"kind": "changed", "song": song_id(song.root)})
    return JSONResponse({"added": names})


ROUTES = [
    Route("/api/tools", list_tools),
    Route("/api/songs/{song}/tools/{name}", run_tool, methods=["POST"]),
    Route("/api/songs/{song}/add", add, methods=["POST"]),
]
