"""The mix beside its references: spectra and levels of loud parts, quiet parts and the whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from studiohand.core.audio import Block, Source, Track
from studiohand.core.effect import JsonValue
from studiohand.core.job import Arrays, Job
from studiohand.dsp.blocks.regroup import Regroup
from studiohand.dsp.meters.levels import levels_of
from studiohand.run.songs.material import song_material
from studiohand.run.songs.proposing import mix_material
from studiohand.song.folder import Song
from studiohand.web.asking import desk_of, song_of
from studiohand.web.pictures import SLOPE_DB_PER_OCTAVE

Rows = npt.NDArray[np.float64]

_VERSION = 1
_POINTS = 120
_LOW_HZ, _HIGH_HZ = 20.0, 20000.0
_LOUD_PERCENT, _QUIET_PERCENT = 70.0, 30.0
_SILENCE_DB = 50.0
"""Seconds that lie further below the loudest one are not counted among the quiet parts."""
_BANDS_HZ = {
    "sub": (20.0, 60.0), "bass": (60.0, 250.0), "low mids": (250.0, 1000.0),
    "high mids": (1000.0, 4000.0), "highs": (4000.0, 16000.0),
}  # fmt: skip
_LEVELED_HZ = (63.0, 12500.0)


def start_comparing(request: Request) -> Response:
    """Compare in the background; the result comes as news."""
    song = song_of(request)
    desk_of(request).start(song, "compare", lambda job: compare(song, job))
    return JSONResponse({"started": True})


def compare(song: Song, job: Job) -> JsonValue:
    """The mix as it is now and each reference, section by section.

    Spectra are third octaves against their own mean between 63 Hz and 12.5 kHz, so that records
    of different loudness lie over each other; they are tilted as `slope_db_per_octave` says.

    Returns
    -------
    dict
        ``hz``, ``slope_db_per_octave`` and ``records``: ``name, levels, sections``; a section has
        ``seconds``, ``db`` over `hz` and ``bands``: the level of each band against the mix's.
    """
    material = mix_material(song, song_material(song), job)
    tracks = [track for track in (material.file, *material.references) if track is not None]
    seen = job.analyse(record_look, tracks, "compare", _VERSION)
    hz = _grid()
    records = [_record(track, one, hz) for track, one in zip(tracks, seen, strict=True)]
    for record in records:
        for name, section in record["sections"].items():
            section["bands"] = _bands_against(section["db"], records[0]["sections"][name]["db"], hz)
    return {
        "hz": [round(float(f), 1) for f in hz],
        "slope_db_per_octave": SLOPE_DB_PER_OCTAVE,
        "records": records,
    }


def record_look(source: Source) -> Arrays:
    """Third-octave powers of every second, its level, and the levels of the whole.

    Returns
    -------
    dict
        ``"powers"``: shape (seconds, 120); ``"level_db"``: (seconds,); ``"levels"``: integrated,
        range, true peak, correlation, width; NaN where there is none.
    """
    regroup = Regroup(source.rate, source.channels)
    rows: list[Rows] = []

    def read() -> Iterator[Block]:
        for block in source.blocks():
            rows.extend(_third_octaves(piece, source.rate) for piece in regroup.feed(block))
            yield block

    levels = levels_of(read(), source.rate, source.channels)
    rest = regroup.rest()
    if rest.shape[1] > source.rate // 4 or not rows:
        padded = np.pad(rest, ((0, 0), (0, source.rate - rest.shape[1])))
        rows.append(_third_octaves(padded, source.rate))
    powers = np.stack(rows)
    said = (levels.integrated_lufs, levels.lra_lu, levels.true_peak_dbtp, levels.correlation,
            levels.width)  # fmt: skip
    return {
        "powers": powers.astype(np.float32),
        "level_db": 10.0 * np.log10(np.maximum(powers.sum(axis=1), 1e-14)),
        "levels": np.array([np.nan if value is None else value for value in said]),
    }


def _third_octaves(planes: Rows, rate: int) -> Rows:
    """Mean power in a third of an octave around each point of the grid."""
    window = np.hanning(planes.shape[1])
    power = np.square(np.abs(np.fft.rfft(planes * window))).mean(axis=0) / np.sum(window**2)
    cumulative = np.concatenate([[0.0], np.cumsum(power)]) / planes.shape[1]
    bins = np.arange(len(cumulative)) * rate / planes.shape[1]
    hz, half = _grid(), 2.0 ** (1.0 / 6.0)
    upper, lower = (np.interp(edge, bins, cumulative) for edge in (hz * half, hz / half))
    return np.asarray(upper - lower)


def _grid() -> Rows:
    return np.geomspace(_LOW_HZ, _HIGH_HZ, _POINTS)


def _record(track: Track, seen: Arrays, hz: Rows) -> dict[str, JsonValue]:
    powers = np.asarray(seen["powers"], dtype=np.float64)
    level_db = np.asarray(seen["level_db"], dtype=np.float64)
    names = ("integrated_lufs", "lra_lu", "true_peak_dbtp", "correlation", "width")
    levels: dict[str, float | None] = {
        name: None if np.isnan(value) else round(float(value), 2)
        for name, value in zip(names, np.asarray(seen["levels"], dtype=np.float64), strict=True)
    }
    peak, lufs = levels["true_peak_dbtp"], levels["integrated_lufs"]
    levels["plr_db"] = None if peak is None or lufs is None else round(peak - lufs, 2)
    sections = {
        name: {"seconds": int(chosen.sum()), "db": _curve(powers[chosen], hz)}
        for name, chosen in _sections(level_db).items()
    }
    return {"name": track.name, "levels": levels, "sections": sections}


def _sections(level_db: Rows) -> dict[str, npt.NDArray[np.bool_]]:
    """Which seconds are the loud parts, the quiet parts, the whole."""
    sounding = level_db > level_db.max() - _SILENCE_DB
    loud, quiet = np.percentile(level_db[sounding], [_LOUD_PERCENT, _QUIET_PERCENT])
    return {
        "whole": sounding,
        "loud parts": sounding & (level_db >= loud),
        "quiet parts": sounding & (level_db <= quiet),
    }


def _curve(powers: Rows, hz: Rows) -> list[float]:
    db = 10.0 * np.log10(np.maximum(powers.mean(axis=0), 1e-14))
    # Third octaves rise by 3 dB an octave where a spectrum of equal density lies level.
    db = db + (SLOPE_DB_PER_OCTAVE - 3.0) * np.log2(hz / 1000.0)
    inside = (hz >= _LEVELED_HZ[0]) & (hz <= _LEVELED_HZ[1])
    return [round(float(value), 2) for value in db - db[inside].mean()]


def _bands_against(db: list[float], mix_db: list[float], hz: Rows) -> dict[str, float]:
    difference = np.array(db) - np.array(mix_db)
    return {
        name: round(float(difference[(hz >= low) & (hz < high)].mean()), 1)
        for name, (low, high) in _BANDS_HZ.items()
    }


ROUTES = [Route("/api/songs/{song}/compare", start_comparing, methods=["POST"])]
