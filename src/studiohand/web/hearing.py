"""Routes for ears: samples of anything that can be heard, and its loudness match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.audio import Block, Material, Track
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Move
from studiohand.run.songs.deriving import as_heard
from studiohand.song.decisions import accepted, find_move, standing
from studiohand.song.folder import Song
from studiohand.web.audition import heard_sum, heard_track, loudness_of, song_frames, song_tracks
from studiohand.web.desk import Desk
from studiohand.web.rates import at_rate
from studiohand.web.sums import KeptSums
from studiohand.web.tracks import SOURCES, find_track

LONGEST_SPAN_S = 12.0
Hear = Callable[[int, int], Block]
"""What is heard, as a function of start frame and count of frames."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The song that a request is about."""

    desk: Desk
    song: Song
    material: Material

    def track(self, name: str) -> Track:
        """A source by name, see `find_track`."""
        return find_track(self.song, self.material, self.desk.entries(self.song), name)

    def heard(self, request: Request, sums: KeptSums | None = None) -> Hear:
        """What a request asks to hear, as a function of start frame and count.

        ``hear`` is ``original``, ``accepted``, ``move:ID`` (that move alone), ``trial:KEY:ID``
        (the accepted moves with a trial in the place of move ID), or a source by name; ``only``
        holds indices of the stems that sound.
        """
        hear = request.query_params.get("hear", "original")
        if hear.partition(":")[0] in SOURCES:
            track = self.track(hear)
            return lambda start, frames: heard_track(track, self.material.rate, start, frames)
        only = _indices(request.query_params.get("only"))
        return self.summed(self.moves(hear), only, sums or self.desk.sums)

    def summed(self, moves: Sequence[Move], only: Sequence[int] | None, sums: KeptSums) -> Hear:
        """The sum through moves of the stems at some indices, all for None."""
        material = self.material
        chosen = [
            track for index, track in enumerate(song_tracks(material))
            if only is None or index in only
        ]  # fmt: skip
        part = replace(material, stems=tuple(chosen), mix=None)
        sounding = as_heard(self.song, part, moves).stems
        return lambda start, frames: heard_sum(sums, material, sounding, moves, start, frames)

    def loudness(self, heard: Hear, span: tuple[int, int]) -> float | None:
        """Gated loudness in LUFS over a span (start, frames); gives way to who listens."""
        start, frames = span

        def piece(at: int, count: int) -> Block:
            self.desk.background.pause()
            return heard(start + at, count)

        return loudness_of(piece, frames, self.material.rate)

    def moves(self, hear: str) -> Sequence[Move]:
        """The moves of what is asked for."""
        entries = self.desk.entries(self.song)
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
            return (*others, self.desk.preview(key))
        raise BadSetting("There is nothing of that name to hear.")


def opened(request: Request) -> Opened:
    """The song that a request is about, opened."""
    desk: Desk = request.app.state.desk
    song = desk.song(request.path_params["song"])
    return Opened(desk, song, desk.material(song))


def number(request: Request, name: str, otherwise: int) -> int:
    """A whole number of a request, not negative.

    Raises
    ------
    BadSetting
    """
    value = int(request.query_params.get(name, otherwise))
    if value < 0:
        raise BadSetting(f"“{name}” cannot be below zero.")
    return value


def samples(request: Request) -> Response:
    """Interleaved stereo float32 of a span: ``hear``, ``only``, ``start``, ``frames``."""
    at = opened(request)
    start, frames = number(request, "start", 0), number(request, "frames", at.material.rate)
    if not 0 < frames <= LONGEST_SPAN_S * at.material.rate:
        raise BadSetting("That span is too long for one piece.")
    with at.desk.background.hushed():
        block = at.heard(request)(start, frames)
    return Response(
        np.ascontiguousarray(block, dtype="<f4").tobytes(),
        media_type="application/octet-stream",
        headers={"x-rate": str(at.material.rate)},
    )


def match(request: Request) -> Response:
    """Gain in dB that makes what is heard as loud as the original.

    Over the span from ``start``, ``frames`` long; over the whole song without one.
    """
    at = opened(request)
    hear = request.query_params.get("hear", "accepted")
    own_length = hear.partition(":")[0] in ("reference", "take", "mix")
    whole = (0, song_frames(at.material))
    span = number(request, "start", 0), number(request, "frames", 0)
    span = span if span[1] else whole
    only = _indices(request.query_params.get("only"))
    before = at.desk.remember(
        at.song,
        ("loudness", span, only),
        lambda: at.loudness(at.summed((), only, at.desk.measured), span),
    )
    if own_length:
        length = at_rate(at.track(hear), at.material.rate).source.frames
        after = at.loudness(at.heard(request), (0, length))
    elif not hear.startswith("stem:") and not at.moves(hear):
        after = before
    else:
        after = at.loudness(at.heard(request, at.desk.measured), span)
    gain_db = 0.0 if before is None or after is None else before - after
    return JSONResponse({"gain_db": round(gain_db, 3)})


def _indices(text: str | None) -> tuple[int, ...] | None:
    """Indices of stems from a list such as ``0,3``; an empty text names none."""
    if text is None:
        return None
    return tuple(int(part) for part in text.split(",") if part)


ROUTES = [
    Route("/api/songs/{song}/samples", samples),
    Route("/api/songs/{song}/match", match),
]
