"""Excitation over time in 39 bands, one per Cam: the small features that clash and balance read.

One streamed pass: Hann-windowed spectra every 50 ms, summed to half-Cam bands, averaged in pairs,
spread by the level-dependent auditory filters. Filters take full scale as `FULL_SCALE_DB_SPL`; the
powers themselves stay relative to full scale (power 1.0 = mean square 1.0), so that a stem's gain
is a factor.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.job import Arrays
from studiohand.dsp.hearing.ear import Cochlea, cams, cochlea, hz_of, transmission_db
from studiohand.dsp.hearing.partial_loudness import roex_weights

FRAME_RATE = 10
"""Frames of features a second."""
_SPECTRA_PER_FRAME = 2
BANDS = 39
_FIRST_CAM, _LAST_CAM = 1.5, 39.5
_FINE_STEP_CAM = 0.5
FULL_SCALE_DB_SPL = 100.0
"""Playback level of a full-scale signal: -20 dBFS RMS is heard at 80 dB SPL (SMPTE RP 200)."""
_LEVEL_STEP_DB = 10.0
_LEVELS_DB = np.arange(30.0, 101.0, _LEVEL_STEP_DB)
_WINDOW_S = 0.08
_EARS = 2

CENTRES_HZ = hz_of(np.linspace(_FIRST_CAM, _LAST_CAM, BANDS))
"""Centre frequencies of the bands in Hz, 41 Hz to 15.9 kHz."""
_FINE_HZ = hz_of(np.arange(1.0, 40.25, _FINE_STEP_CAM))

Bands = npt.NDArray[np.float32]
"""Excitation power re full scale, shape (frames, ears, bands)."""


def band_edges_hz(first: int, last: int) -> tuple[float, float]:
    """Lowest and highest frequency in Hz of a run of bands, both included."""
    half = 0.5 * (_LAST_CAM - _FIRST_CAM) / (BANDS - 1)
    low, high = cams(np.array([CENTRES_HZ[first], CENTRES_HZ[last]]))
    edges = hz_of(np.array([max(low - half, 0.6), high + half]))
    return float(edges[0]), float(edges[1])


@functools.cache
def band_ear() -> Cochlea:
    """Constants of the loudness equations for the bands."""
    return cochlea(CENTRES_HZ)


def ear_bands(source: Source) -> Arrays:
    """Excitation of a source; the analysis that clash, balance and tone share.

    Returns
    -------
    dict
        ``"bands"``: float32, shape (frames, ears, bands), power re full scale, `FRAME_RATE` frames
        a second, frame k centred on (k + 0.5) / `FRAME_RATE` seconds; ``"power"``: float32, shape
        (frames, ears), mean square of the samples. Mono fills both ears.
    """
    meter = EarBands(source.rate)
    for block in source.blocks():
        meter.update(block)
    return meter.arrays()


class EarBands:
    """Streaming meter of excitation; any cutting of the blocks gives the same frames.

    Parameters
    ----------
    rate : int
        Hz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._size = 1 << math.ceil(math.log2(max(_WINDOW_S * rate, 16.0)))
        window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(self._size) + 0.5) / self._size)
        scale = 1.0 / math.sqrt(float(np.sum(window**2)) * self._size)
        self._window = (window * scale).astype(np.float32)[:, None]
        self._to_fine = _fine_weights(rate, self._size)
        before = self._size // 2
        self._held = np.zeros((before, _EARS), dtype=np.float32)
        self._at = -before
        self._count = 0
        self._end = 0
        self._fine: list[npt.NDArray[np.float32]] = []
        self._power: list[npt.NDArray[np.float32]] = []

    def update(self, block: Block) -> None:
        """Take the next block, shape (frames, channels)."""
        self._end += len(block)
        self._take(_two_ears(block))

    def arrays(self) -> Arrays:
        """All frames so far, the last one padded with silence; see `ear_bands`."""
        wanted = math.ceil(self._end * FRAME_RATE / self._rate) * _SPECTRA_PER_FRAME
        short = self._centre(wanted) + self._size - (self._at + len(self._held))
        if short > 0:
            self._take(np.zeros((short, _EARS), dtype=np.float32))
        fine = _pairs(self._fine, wanted, len(_FINE_HZ))
        power = _pairs(self._power, wanted, 0)
        return {"bands": spread(fine), "power": power}

    def _centre(self, count: int) -> int:
        """Sample at the centre of a spectrum: a quarter and three quarters of each frame."""
        return round((count + 0.5) * self._rate / (FRAME_RATE * _SPECTRA_PER_FRAME))

    def _take(self, samples: npt.NDArray[np.float32]) -> None:
        joined = np.concatenate([self._held, samples])
        starts = []
        while (start := self._centre(self._count) - self._size // 2) + self._size <= self._at + len(
            joined
        ):
            starts.append(start - self._at)
            self._count += 1
        if starts:
            self._spectra(np.stack([joined[s : s + self._size] for s in starts]))
            keep = self._centre(self._count) - self._size // 2 - self._at
            joined, self._at = joined[keep:], self._at + keep
        self._held = joined

    def _spectra(self, pieces: npt.NDArray[np.float32]) -> None:
        """Powers of pieces, shape (pieces, size, ears)."""
        for piece in pieces:
            bins = np.fft.rfft(piece * self._window, axis=0)
            power = np.asarray(2.0 * (bins.real**2 + bins.imag**2), dtype=np.float32)
            self._fine.append((self._to_fine @ power).T)
            self._power.append(power[1:].sum(axis=0))


def _two_ears(block: Block) -> npt.NDArray[np.float32]:
    """Left and right; mono in both; further channels folded to both at equal share."""
    samples = block.astype(np.float32)
    if samples.shape[1] == 1:
        return np.repeat(samples, _EARS, axis=1)
    if samples.shape[1] > _EARS:
        rest = samples[:, _EARS:].mean(axis=1, keepdims=True)
        return np.asarray(samples[:, :_EARS] + rest, dtype=np.float32)
    return samples


def _pairs(rows: list[npt.NDArray[np.float32]], wanted: int, bands: int) -> npt.NDArray[np.float32]:
    """Mean of neighbouring spectra, exactly `wanted` rows of them."""
    shape = (wanted // _SPECTRA_PER_FRAME, _SPECTRA_PER_FRAME, _EARS, *([bands] if bands else []))
    stacked = np.stack(rows[:wanted]) if wanted else np.zeros((0,))
    return np.asarray(stacked.reshape(shape).mean(axis=1), dtype=np.float32)


@functools.lru_cache(maxsize=8)
def _fine_weights(rate: int, size: int) -> npt.NDArray[np.float32]:
    """Share of each spectrum bin in each half-Cam band times the ear's transmission."""
    spacing = rate / size
    hz = np.arange(size // 2 + 1, dtype=np.float64) * spacing
    low = cams(np.maximum(hz - spacing / 2.0, 0.0))
    high = cams(hz + spacing / 2.0)
    edges = np.arange(1.0, 40.25, _FINE_STEP_CAM)[:, None] + np.array([-0.25, 0.25])
    overlap = np.minimum(high, edges[:, 1:]) - np.maximum(low, edges[:, :1])
    share = np.maximum(overlap, 0.0) / (high - low)
    heard = 10.0 ** (transmission_db(np.maximum(hz, 20.0)) / 10.0)
    return np.asarray(share * heard, dtype=np.float32)


@functools.cache
def _spreading() -> list[npt.NDArray[np.float32]]:
    """Filter responses, one matrix (fine bands, bands) for each level class."""
    return [
        roex_weights(CENTRES_HZ, _FINE_HZ, np.full(len(_FINE_HZ), level)).T.astype(np.float32)
        for level in _LEVELS_DB
    ]


def spread(fine: npt.NDArray[np.float32]) -> Bands:
    """Excitation from half-Cam powers, shape (..., fine bands) to (..., bands)."""
    near = fine.copy()
    near[..., 1:] += 0.5 * fine[..., :-1]
    near[..., :-1] += 0.5 * fine[..., 1:]
    level = 10.0 * np.log10(np.maximum(near, 1e-20)) + FULL_SCALE_DB_SPL
    steps = np.round((level - _LEVELS_DB[0]) / _LEVEL_STEP_DB)
    classes = np.clip(steps, 0, len(_LEVELS_DB) - 1).astype(np.int8)
    out = np.zeros((*fine.shape[:-1], BANDS), dtype=np.float32)
    for index, response in enumerate(_spreading()):
        part = np.where(classes == index, fine, np.float32(0.0))
        if part.any():
            out += part @ response
    return out
