"""Routes about songs: list, make, listen, decide, render, verify."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.effect import JsonValue, step_to_json
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.listening import listen
from studiohand.run.songs.rendering import render
from studiohand.song.amend import amended
from studiohand.song.decisions import JUMPED, decisions, find_move, moves_with_state, proposed
from studiohand.song.folder import Song
from studiohand.song.ledger import Entry
from studiohand.song.notes import comments, intent_body, written_intents
from studiohand.web.asking import batch_folder, body_of, desk_of, song_of
from studiohand.web.audition import song_frames
from studiohand.web.desk import song_id
from studiohand.web.pictures import response
from studiohand.web.tracks import takes

_DECIDING = ("decided", "undone", JUMPED)


def list_songs(request: Request) -> Response:
    """All songs with title and how far they are."""
    desk = desk_of(request)
    rows = [
        {"id": known_as, "title": _title(path), "running": desk.running(known_as)}
        for known_as, path in desk.songs().items()
    ]
    return JSONResponse({"songs": rows})


def _title(path: Path) -> str:
    """A song's title; its folder's name where it cannot be read, which opening it explains."""
    try:
        return Song(path).title
    except CannotRead:
        return path.name


def show_song(request: Request) -> Response:
    """All the page needs of a song, audio apart."""
    desk, song = desk_of(request), song_of(request)
    material = desk.material(song)
    entries = desk.entries(song)
    findings, _ = proposed(entries)
    tracks = [
        {"name": t.name, "role": t.role.value, "channels": t.source.channels,
         "frames": t.source.frames, "rate": t.source.rate}
        for t in material.stems
    ]  # fmt: skip
    return JSONResponse(
        {
            "id": song_id(song.root),
            "title": song.title,
            "rate": material.rate,
            "frames": song_frames(material),
            "stems": tracks,
            "mix": material.mix.name if material.mix else None,
            "references": [r.name for r in material.references],
            "takes": sorted(takes(song, entries)),
            "intents": [
                *(intent_body("", intent) for intent in song.typed_intents),
                *(intent_body(key, intent) for key, intent in written_intents(entries).items()),
            ],
            "comments": [
                {"id": key, "words": comment.words, "at_s": comment.at_s}
                for key, comment in comments(entries).items()
            ],
            "heard": any(e.kind == "listened" for e in entries),
            "findings": findings,
            "moves": moves_with_state(entries),
            "history": _history(entries),
            "decided": max((e.seq for e in entries if e.kind in _DECIDING), default=0),
            "running": desk.running(song_id(song.root)),
        }
    )  # fmt: skip


def _history(entries: Sequence[Entry]) -> list[JsonValue]:
    """Decisions and jumps in the order made; `line` is their line in the ledger."""
    rows: list[JsonValue] = [
        {"line": d.seq, "number": d.number, "verdict": d.verdict, "move": d.move_id,
         "text": d.move.text, "why": d.why, "undone": d.undone,
         "amount_percent": d.move.amount_percent}
        for d in decisions(entries)
    ]  # fmt: skip
    rows += [
        {"line": e.seq, "verdict": "jumped", "to": e.body["number"],
         "takes_back": e.body["takes_back"]}
        for e in entries if e.kind == JUMPED
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["line"])


async def upload(request: Request) -> Response:
    """Take one file of a new song into a folder aside."""
    name = Path(request.path_params["name"]).name
    if name != request.path_params["name"] or name.startswith(".") or not name:
        raise BadSetting("That file name cannot be used.")
    folder = batch_folder(request.path_params["batch"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    try:
        with path.open("wb") as file:
            async for piece in request.stream():
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return JSONResponse({"name": name, "bytes": path.stat().st_size})


async def make_song(request: Request) -> Response:
    """Make a song of the files uploaded under a batch."""
    from starlette.concurrency import run_in_threadpool

    body = await body_of(request)
    folder = batch_folder(str(body.get("batch", "")))
    desk = desk_of(request)
    path = desk.new_path(str(body.get("title", "")))
    try:
        song = await run_in_threadpool(new_song, path, [folder])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    desk.tell({"kind": "songs"})
    return JSONResponse({"id": song_id(song.root)})


def start_listening(request: Request) -> Response:
    """Listen in the background."""
    song = song_of(request)

    def work(job: Job) -> JsonValue:
        found = listen(song, job)
        return {"findings": len(found.findings), "moves": len(found.moves)}

    desk_of(request).start(song, "listen", work)
    return JSONResponse({"started": True})


def start_render(request: Request) -> Response:
    """Render a take in the background."""
    song = song_of(request)

    def work(job: Job) -> JsonValue:
        folder, body = render(song, job)
        return {"take": folder.name, "files": sorted(body["files"]), "moves": len(body["moves"])}

    desk_of(request).start(song, "render", work)
    return JSONResponse({"started": True})


def stop(request: Request) -> Response:
    """Stop what runs for a song."""
    return JSONResponse({"stopped": desk_of(request).cancel(request.path_params["song"])})


async def decide(request: Request) -> Response:
    """Accept (with amount and settings), refuse, undo (the latest act, or one by number), jump."""
    body = await body_of(request)
    song = song_of(request)
    act, move_id, said = str(body.get("act")), str(body.get("move", "")), ""
    if act == "accept":
        amount = body.get("amount_percent")
        deciding.accept(song, [move_id], None if amount is None else float(amount), _settings(body))
    elif act == "refuse":
        deciding.refuse(song, [move_id], str(body.get("why", ""))[:500])
    elif act == "undo":
        number = body.get("number")
        if number is None:
            said = deciding.undo_latest(song)
        else:
            said = f"Decision {deciding.undo(song, int(number)).number} is undone."
    elif act == "jump":
        deciding.jump(song, int(body.get("number", -1)))
    else:
        raise BadSetting("A decision is accept, refuse, undo or jump.")
    desk_of(request).tell({"kind": "changed", "song": song_id(song.root)})
    return JSONResponse({"done": act, "said": said})


async def try_move(request: Request) -> Response:
    """Keep an amended move so that it can be heard before it is decided."""
    body = await body_of(request)
    song = song_of(request)
    move = find_move(song.ledger.entries(), str(body.get("move", "")))
    amount = body.get("amount_percent")
    trial = amended(move, None if amount is None else float(amount), _settings(body))
    answer = {
        "hear": f"trial:{desk_of(request).keep_preview(trial)}:{move.id}",
        "steps": trial.to_json()["steps"],
        "scaled": [step_to_json(s.scaled(trial.amount_percent / 100.0)) for s in trial.steps],
        "curve": response([s.scaled(trial.amount_percent / 100.0) for s in trial.steps], song.rate),
    }
    return JSONResponse(answer)


def verify(request: Request) -> Response:
    """Walk ledger and hashes."""
    return JSONResponse({"checked": song_of(request).verify()})


def _settings(body: Mapping[str, JsonValue]) -> dict[str, str]:
    given = body.get("settings") or {}
    if not isinstance(given, dict):
        raise BadSetting("Settings are names with values.")
    return {str(name): str(value) for name, value in given.items()}


ROUTES = [
    Route("/api/songs", list_songs),
    Route("/api/songs", make_song, methods=["POST"]),
    Route("/api/uploads/{batch}/{name}", upload, methods=["PUT"]),
    Route("/api/songs/{song}", show_song),
    Route("/api/songs/{song}/listen", start_listening, methods=["POST"]),
    Route("/api/songs/{song}/render", start_render, methods=["POST"]),
    Route("/api/songs/{song}/stop", stop, methods=["POST"]),
    Route("/api/songs/{song}/decide", decide, methods=["POST"]),
    Route("/api/songs/{song}/try", try_move, methods=["POST"]),
    Route("/api/songs/{song}/verify", verify),
]
