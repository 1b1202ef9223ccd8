"""Routes for ears and eyes: samples, loudness match, waveforms, spectra, response curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.audio import Block, Material, Track
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move
from studiohand.run.deriving import as_heard
from studiohand.song.decisions import accepted, find_move, standing
from studiohand.song.folder import Song
from studiohand.web.audition import heard_sum, heard_track, match_db, song_frames
from studiohand.web.desk import Desk
from studiohand.web.pictures import SLOPE_DB_PER_OCTAVE, columns, peaks, spectrum

LONGEST_SPAN_S = 12.0
_WIDEST = 4096


def samples(request: Request) -> Response:
    """Interleaved stereo float32 of a span: ``hear``, ``start``, ``frames``."""
    song, material = _opened(request)
    start = int(request.query_params.get("start", 0))
    frames = int(request.query_params.get("frames", material.rate))
    if start < 0 or not 0 < frames <= LONGEST_SPAN_S * material.rate:
        raise BadSetting("That span is too long for one piece.")
    block = _heard(request, song, material, start, frames)
    return Response(
        np.ascontiguousarray(block, dtype="<f4").tobytes(),
        media_type="application/octet-stream",
        headers={"x-rate": str(material.rate)},
    )


def match(request: Request) -> Response:
    """Gain in dB that makes what is heard as loud as the original."""
    song, material = _opened(request)
    moves = _moves(request, song, request.query_params.get("hear", "accepted"))
    moved = as_heard(song, material, moves)
    return JSONResponse({"gain_db": round(match_db(material, moved, moves), 3) if moves else 0.0})


def waveform(request: Request) -> Response:
    """Extremes of a source for each column of a span, as int8 pairs."""
    song, material = _opened(request)
    desk: Desk = request.app.state.desk
    track = _track(material, request.query_params.get("name", ""))
    start = int(request.query_params.get("start", 0))
    stop = int(request.query_params.get("stop", song_frames(material)))
    width = int(request.query_params.get("width", 1000))
    if not 0 < width <= _WIDEST or stop <= start or start < 0:
        raise BadSetting("That picture cannot be drawn.")
    found = desk.job(song).analyse(peaks, [track], "waveform")[0]
    drawn = columns(found, start, stop, width)
    return Response(drawn.tobytes(), media_type="application/octet-stream")


def spectrum_of(request: Request) -> Response:
    """Smoothed spectrum of a span of what is heard, with the slope it is drawn at."""
    song, material = _opened(request)
    start = int(request.query_params.get("start", 0))
    frames = min(int(request.query_params.get("frames", material.rate * 5)),
                 int(LONGEST_SPAN_S * material.rate))  # fmt: skip
    if start < 0 or frames < 64:
        raise BadSetting("That span is too short for a spectrum.")
    drawn = spectrum(_heard(request, song, material, start, frames), material.rate)
    return JSONResponse({**drawn, "slope_db_per_octave": SLOPE_DB_PER_OCTAVE})


def _opened(request: Request) -> tuple[Song, Material]:
    desk: Desk = request.app.state.desk
    song = desk.song(request.path_params["song"])
    return song, desk.material(song)


def _heard(request: Request, song: Song, material: Material, start: int, frames: int) -> Block:
    hear = request.query_params.get("hear", "original")
    kind, _, name = hear.partition(":")
    if kind in ("stem", "reference") or hear == "mix":
        return heard_track(_track(material, name or "mix"), material.rate, start, frames)
    moves = _moves(request, song, hear)
    return heard_sum(as_heard(song, material, moves), moves, start, frames)


def _moves(request: Request, song: Song, hear: str) -> Sequence[Move]:
    """The moves of what is asked for.

    ``original`` has none, ``accepted`` all accepted ones, ``move:ID`` that one alone,
    ``trial:KEY:ID`` the accepted ones with a trial in the place of move ID.
    """
    desk: Desk = request.app.state.desk
    entries = song.ledger.entries()
    kind, _, name = hear.partition(":")
    if kind == "original":
        return ()
    if kind == "accepted":
        return accepted(entries)
    if kind == "move":
        decided = standing(entries).get(name)
        return (decided.move if decided else find_move(entries, name),)
    if kind == "trial":
        key, _, replaced = name.partition(":")
        others = [d.move for move_id, d in standing(entries).items()
                  if move_id != replaced and d.verdict != "refused"]  # fmt: skip
        return (*others, desk.preview(key))
    raise BadSetting("There is nothing of that name to hear.")


def _track(material: Material, name: str) -> Track:
    known = {track.name: track for track in (*material.stems, *material.references)}
    if material.mix is not None:
        known.setdefault(material.mix.name, material.mix)
        known["mix"] = material.mix
    if name not in known:
        raise BadSetting("There is no stem of that name.")
    return known[name]


ROUTES = [
    Route("/api/songs/{song}/samples", samples),
    Route("/api/songs/{song}/match", match),
    Route("/api/songs/{song}/waveform", waveform),
    Route("/api/songs/{song}/spectrum", spectrum_of),
]
