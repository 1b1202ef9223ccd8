"""Routes for eyes: tiles of the timeline, spectra, and the evidence behind a finding or a move."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.audio import Track
from studiohand.core.effect import step_to_json
from studiohand.core.errors import BadSetting
from studiohand.core.job import Arrays
from studiohand.dsp.effects.chain import SummedSource
from studiohand.web import tiles
from studiohand.web.audition import song_tracks
from studiohand.web.evidence import audibility, music_map, reductions
from studiohand.web.hearing import LONGEST_SPAN_S, Opened, number, opened
from studiohand.web.pictures import PEAK_FRAMES, SLOPE_DB_PER_OCTAVE, peaks, spectrum
from studiohand.web.rates import at_rate
from studiohand.web.sums import KeptSums

_PIECE_S = 5
_LATER = Response(status_code=202)
"""Said while a picture is made in the background: ask again."""


def wave(request: Request) -> Response:
    """A tile of a waveform: ``of``, ``level`` (power of two of frames a column), ``index``."""
    at, track, per_column, index = _tile(request)
    found = at.desk.analysed(at.song, peaks, track) if per_column >= PEAK_FRAMES else None
    if found is None and per_column >= PEAK_FRAMES:
        return _LATER
    drawn = tiles.wave_tile(track.source, found, per_column, index, at.material.rate)
    return _bytes(drawn)


def spectrogram(request: Request) -> Response:
    """A tile of a spectrogram, kept beside the song."""
    at, track, per_column, index = _tile(request)
    source = at_rate(track, at.material.rate).source

    def draw() -> Arrays:
        return {"drawn": tiles.spectrogram_tile(source, per_column, index)}

    key = f"spectrogram-1-{per_column}-{index}-{track.name}-{track.sha256}"
    found = at.desk.drawn(at.song, key, draw)
    return _LATER if found is None else _bytes(found["drawn"])


def loudness(request: Request) -> Response:
    """Half a minute of loudness of what is heard, as float32 pairs, see `tiles.loudness_tile`."""
    at, rate = opened(request), opened(request).material.rate
    index = number(request, "index", 0)
    hear = request.query_params.get("hear", "original")
    heard = at.heard(request, KeptSums(2))
    start = index * tiles.LOUDNESS_TILE_S * rate
    lead = min(tiles.loudness_lead_frames(rate), start)

    def draw() -> Arrays:
        blocks = []
        for first in range(start - lead, start + tiles.LOUDNESS_TILE_S * rate, _PIECE_S * rate):
            at.desk.idle.pause()
            last = min(first + _PIECE_S * rate, start + tiles.LOUDNESS_TILE_S * rate)
            blocks.append(heard(first, last - first))
        return {"drawn": tiles.loudness_tile(np.concatenate(blocks), lead, rate)}

    steps = [
        [move.targets, move.amount_percent, [step_to_json(step) for step in move.steps]]
        for move in at.moves(hear)
    ]
    names = [[track.name, track.sha256] for track in song_tracks(at.material)]
    key = json.dumps(["loudness-1", index, steps, names, request.query_params.get("only")])
    found = at.desk.drawn(at.song, key, draw, idly=True)
    return _LATER if found is None else _bytes(found["drawn"])


def spectrum_of(request: Request) -> Response:
    """Smoothed spectrum of a span of what is heard, with the slope it is drawn at."""
    at = opened(request)
    rate = at.material.rate
    start = number(request, "start", 0)
    frames = min(number(request, "frames", rate * 5), int(LONGEST_SPAN_S * rate))
    if frames < 64:
        raise BadSetting("That span is too short for a spectrum.")
    drawn = spectrum(at.heard(request)(start, frames), rate)
    return JSONResponse({**drawn, "slope_db_per_octave": SLOPE_DB_PER_OCTAVE})


def music(request: Request) -> Response:
    """Tempo, bars and sections, from the mix or from the stems' sum."""
    at = opened(request)
    track = at.material.mix
    if track is None:
        same = tuple(t for t in at.material.stems if t.source.rate == at.material.rate)
        digest = hashlib.sha256("".join(t.sha256 for t in same).encode()).hexdigest()
        source = SummedSource(tuple(t.source for t in same), at.material.rate)
        track = Track("sum", source, sha256=digest)
    found = at.desk.analysed(at.song, music_map, track)
    if found is None:
        return _LATER
    return JSONResponse({name: values.tolist() for name, values in found.items()})


def audible(request: Request) -> Response:
    """How well one stem is heard among the others in a band, over a span."""
    at = opened(request)
    name = request.query_params.get("of", "")
    low, high = (float(request.query_params.get(end, 0)) for end in ("low", "high"))
    start, frames = number(request, "start", 0), number(request, "frames", at.material.rate)
    rate = at.material.rate
    drawn = audibility(
        at.desk.job(at.song), at.material.stems, name, (low, high),
        (start / rate, (start + frames) / rate),
    )  # fmt: skip
    return JSONResponse(drawn)


def reduction(request: Request) -> Response:
    """Gain reduction over a span of each step of a move that has some, by its place in the move."""
    at = opened(request)
    move = at.moves(request.query_params.get("hear", ""))[-1]
    start, frames = number(request, "start", 0), number(request, "frames", at.material.rate)
    if not 0 < frames <= LONGEST_SPAN_S * at.material.rate:
        raise BadSetting("That span is too long for one picture.")
    drawn = reductions(at.material, move, start, frames)
    return JSONResponse({"per_second": 100, "steps": drawn})


def _tile(request: Request) -> tuple[Opened, Track, int, int]:
    at = opened(request)
    level = number(request, "level", 8)
    if level > tiles.HIGHEST_LEVEL:
        raise BadSetting("That picture cannot be drawn.")
    track = at.track(request.query_params.get("of", ""))
    return at, track, 2**level, number(request, "index", 0)


def _bytes(array: npt.NDArray[np.generic]) -> Response:
    return Response(array.tobytes(), media_type="application/octet-stream")


ROUTES = [
    Route("/api/songs/{song}/tiles/wave", wave),
    Route("/api/songs/{song}/tiles/spectrogram", spectrogram),
    Route("/api/songs/{song}/tiles/loudness", loudness),
    Route("/api/songs/{song}/spectrum", spectrum_of),
    Route("/api/songs/{song}/music", music),
    Route("/api/songs/{song}/audibility", audible),
    Route("/api/songs/{song}/reduction", reduction),
]
