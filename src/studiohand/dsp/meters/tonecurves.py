"""How a recording's spectrum lies over time, and what its sides share: one streamed pass.

Levels are kept as percentiles over the moments in which something sounds: what is raised at all
times, however the music moves, is raised in each of them, while a note raises only the upper ones.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Source
from studiohand.core.job import Arrays
from studiohand.dsp.blocks.stft import hann
from studiohand.dsp.hearing.earbands import BANDS as EAR_BANDS
from studiohand.dsp.meters.folddown import band_of_bin, sides_and_shared

Grid = npt.NDArray[np.float64]
Grid32 = npt.NDArray[np.float32]

VERSION = 1
PER_OCTAVE, BANDS, LOWEST_HZ = 24, 168, 100.0
CENTRES_HZ = LOWEST_HZ * 2.0 ** (np.arange(BANDS) / PER_OCTAVE)
"""Seven octaves from 100 Hz."""
PERCENTILES = (5, 10, 25, 50, 75, 90, 98)
_WINDOW_S = 0.16
_MOST_WINDOWS = 800
"""More of them than the statistics need; long recordings are heard at wider steps."""
_SOUNDING_DB = 40.0
"""A moment this far below the loud ones is a rest."""
_FLOOR = 1e-14
_BATCH = 64


def tone_curves(source: Source) -> Arrays:
    """Levels over time in bands of a 24th octave, and the powers of both sides; to keep.

    Returns
    -------
    dict
        ``"levels"``: float32, shape (8, BANDS), dB: the mean, then `PERCENTILES`, over the windows
        that sound; a sine of full scale in the middle of a band reads -3 dB at most.
        ``"spread"``, ``"flux"``: float32, shape (BANDS,), dB: standard deviation, and mean change
        from one window to the next. ``"windows"``: how many sounded.
        ``"sides"``, ``"shared"``: as `studiohand.dsp.meters.folddown` reads them, in ear bands.
    """
    size = 1 << math.ceil(math.log2(_WINDOW_S * source.rate))
    step = max(size, source.frames // _MOST_WINDOWS)
    window = hann(size)[:, None]
    to_bands, index = _to_bands(source.rate, size), band_of_bin(source.rate, size)
    sides, shared = np.zeros((2, EAR_BANDS))
    rows: list[Grid32] = []
    powers: list[Grid32] = []
    for block in source.blocks(step):
        piece = block[:size]
        if len(piece) < size:
            piece = np.pad(piece, ((0, size - len(piece)), (0, 0)))
        spectrum = np.fft.rfft(piece * window, axis=0)
        powers.append(np.mean(np.square(np.abs(spectrum)), axis=1, dtype=np.float32))
        if source.channels == 2:
            more, both = sides_and_shared(spectrum, index)
            sides, shared = sides + more, shared + both
        if len(powers) == _BATCH:
            rows.append(np.asarray(powers) @ to_bands)
            powers = []
    if powers:
        rows.append(np.asarray(powers) @ to_bands)
    scale = np.float32(8.0 / size**2)
    joined = np.concatenate([np.zeros((0, BANDS), np.float32), *rows]) * scale
    return {"sides": sides, "shared": shared, **_curves(joined)}


def _curves(power: Grid32) -> Arrays:
    """Statistics over the windows that sound, from band powers of shape (windows, BANDS)."""
    total = power.sum(axis=1)
    loud = float(np.percentile(total, 95.0)) if len(total) else 0.0
    heard = power[total > max(loud * 10.0 ** (-_SOUNDING_DB / 10.0), _FLOOR)]
    if not len(heard):
        nothing = np.zeros(BANDS, np.float32)
        levels = np.full((1 + len(PERCENTILES), BANDS), 10.0 * math.log10(_FLOOR), np.float32)
        return {"levels": levels, "spread": nothing, "flux": nothing, "windows": np.array(0)}
    db = 10.0 * np.log10(heard + np.float32(_FLOOR))
    mean = 10.0 * np.log10(heard.mean(axis=0) + np.float32(_FLOOR))
    change = np.abs(np.diff(db, axis=0)).mean(axis=0) if len(db) > 1 else np.zeros(BANDS)
    return {
        "levels": np.vstack([mean[None], np.percentile(db, PERCENTILES, axis=0)]).astype(
            np.float32
        ),
        "spread": db.std(axis=0).astype(np.float32),
        "flux": change.astype(np.float32),
        "windows": np.array(len(heard)),
    }


def _to_bands(rate: int, size: int) -> Grid32:
    """Triangles of two bands' width, or of two bins' where those are wider; (bins, BANDS)."""
    bins = np.arange(size // 2 + 1) * rate / size
    half = np.maximum(CENTRES_HZ * (2.0 ** (1.0 / PER_OCTAVE) - 1.0), rate / size)
    weights = np.maximum(0.0, 1.0 - np.abs(bins[:, None] - CENTRES_HZ) / half)
    total = weights.sum(axis=0)
    return np.asarray(weights / np.where(total > 0.0, total, 1.0), np.float32)
