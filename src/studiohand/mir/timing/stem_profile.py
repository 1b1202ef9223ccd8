"""What the intake knows of a stem without reading it again: one streamed pass, small arrays.

Band levels a hundred times a second, a long spectrum once a second, the places without sound,
and sums over the samples. Five minutes of stereo at 48 kHz become about 1 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source, Track
from studiohand.core.job import Arrays, Job

VERSION = 2
"""Version of the analysis, for `Job.analyse`."""

LEVELS_PER_SECOND = 100
BAND_EDGES_HZ = (
    30, 60, 100, 160, 250, 400, 630, 1000, 1600, 2500, 4000, 6300, 8500, 11000, 14000, 20000,
)  # fmt: skip
BANDS = len(BAND_EDGES_HZ) - 1
NOTES = 114
"""Semitone bands of the long spectra, from A0 (27.5 Hz) up to about 19.4 kHz."""
FLOOR_DB = -120.0
"""Lower levels are written as this."""
SILENT = 1e-6
"""Samples below count as no sound (-120 dBFS)."""

_GAP_S = 0.02
_WINDOW_S = 0.0213
_LONG_S = 0.34
_PITCH_S, _PITCHES_PER_SECOND = 0.085, 10
_PITCH_HZ, _PITCH_BAND_HZ = (45.0, 1100.0), (40.0, 5000.0)
_COMPRESSION = 0.67
"""Exponent of the magnitude spectrum under the autocorrelation (Tolonen and Karjalainen, "A
computationally efficient multipitch analysis model", IEEE TSAP 8(6), 2000)."""
_PEAK_FLOOR = 1e-4
_PEAKS_HZ = (80.0, 4000.0)

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Profile:
    """What `stem_profile` found, by name and type.

    Parameters
    ----------
    levels : ndarray, shape (n, BANDS)
        dB in each band, `LEVELS_PER_SECOND`.
    notes : ndarray, shape (seconds, NOTES)
        dB in each semitone, once a second.
    pitch : ndarray, shape (m, 3)
        Ten a second: pitch in Hz, its strength (0 to 1), level in dB.
    tuning : ndarray, shape (100,)
        Weight of spectral peaks by cents above the equal-tempered note below.
    gaps : ndarray, shape (k, 2)
        Spans without sound, in frames.
    products : ndarray, shape (2, 2)
        Sums of products of the first two channels (mono: the same twice).
    frames, channels, rate : int
    peak : float
        Full scale = 1.
    """

    levels: Levels
    notes: Levels
    pitch: Singles
    tuning: Floats
    gaps: npt.NDArray[np.int64]
    products: Floats
    frames: int
    channels: int
    rate: int
    peak: float


@dataclass(slots=True)
class _Gathered:
    """What has been seen so far."""

    levels: list[Singles] = field(default_factory=list)
    notes: list[Singles] = field(default_factory=list)
    pitch: list[Singles] = field(default_factory=list)
    tuning: Floats = field(default_factory=lambda: np.zeros(100))
    gaps: list[tuple[int, int]] = field(default_factory=list)
    products: Floats = field(default_factory=lambda: np.zeros((2, 2)))
    peak: float = 0.0
    frames: int = 0


def profiles(job: Job, tracks: Sequence[Track]) -> list[Profile]:
    """Profiles of tracks, from the job's cache where they are known."""
    found = job.analyse(stem_profile, tracks, "getting to know the stems", VERSION)
    return [profile_of(arrays) for arrays in found]


def profile_of(arrays: Arrays) -> Profile:
    """The result of `stem_profile` with names and types."""
    frames, channels, rate = (int(value) for value in arrays["size"].tolist())
    return Profile(
        levels=arrays["levels"].astype(np.float16),
        notes=arrays["notes"].astype(np.float16),
        pitch=arrays["pitch"].astype(np.float32),
        tuning=arrays["tuning"].astype(np.float64),
        gaps=arrays["gaps"].astype(np.int64),
        products=arrays["products"].astype(np.float64),
        frames=frames,
        channels=channels,
        rate=rate,
        peak=float(arrays["peak"].tolist()[0]),
    )


def stem_profile(source: Source) -> Arrays:
    """Profile of a stem, read once from front to back.

    Returns
    -------
    Arrays
        ``levels`` float16 (n, `BANDS`): dB, power of all channels, `LEVELS_PER_SECOND`;
        ``notes`` float16 (seconds, `NOTES`): dB in semitone bands;
        ``pitch`` float32 (m, 3): pitch in Hz, strength 0 to 1, level in dB, ten a second;
        ``tuning`` float64 (100,): weight of spectral peaks by their cents above an
        equal-tempered note, A4 = 440 Hz;
        ``gaps`` int64 (k, 2): spans without sound in frames, at least 20 ms each;
        ``products`` float64 (2, 2): sums of products of the first two channels;
        ``size`` int64 (3,): frames, channels, rate; ``peak`` float64 (1,): full scale = 1.
    """
    got = _Gathered()
    carried = np.zeros((0, source.channels), np.float32)
    for block in source.blocks(source.rate):
        _count(got, block, source.rate)
        small = block.astype(np.float32)
        _long_spectrum(got, small, source.rate)
        _pitches(got, small, source.rate)
        carried = _band_levels(got, np.concatenate([carried, small]), source.rate)
    got.gaps = [gap for gap in got.gaps if np.ptp(gap) >= _GAP_S * source.rate]
    tail = np.zeros((_window_frames(source.rate), source.channels), np.float32)
    _band_levels(got, np.concatenate([carried, tail]), source.rate)
    return {
        "levels": _decibels(got.levels, BANDS),
        "notes": _decibels(got.notes, NOTES),
        "pitch": np.concatenate(got.pitch) if got.pitch else np.zeros((0, 3), np.float32),
        "tuning": got.tuning,
        "gaps": np.array(got.gaps, np.int64).reshape(-1, 2),
        "products": got.products,
        "size": np.array([got.frames, source.channels, source.rate]),
        "peak": np.array([got.peak]),
    }


def _count(got: _Gathered, block: Block, rate: int) -> None:
    """Sums, the peak, and spans without sound, which may go on from the block before."""
    pair = block[:, :2] if block.shape[1] > 1 else np.repeat(block, 2, axis=1)
    got.products += pair.T @ pair
    loudest = np.abs(block[:, 0])
    for channel in block.T[1:]:
        np.maximum(loudest, np.abs(channel), out=loudest)
    got.peak = max(got.peak, float(loudest.max()))
    quiet = np.concatenate([[False], loudest < SILENT, [False]])
    edges = np.flatnonzero(quiet[1:] != quiet[:-1]).reshape(-1, 2) + got.frames
    got.frames += len(block)
    for start, stop in edges[
        (np.diff(edges)[:, 0] >= _GAP_S * rate) | _touching(edges, got, block)
    ]:
        if got.gaps and got.gaps[-1][1] == start:
            start = got.gaps.pop()[0]
        got.gaps.append((int(start), int(stop)))
    _drop_short(got, rate)


def _touching(edges: npt.NDArray[np.intp], got: _Gathered, block: Block) -> npt.NDArray[np.bool_]:
    """Spans that reach the block's first or last frame: they may be part of a longer one."""
    touching: npt.NDArray[np.bool_] = (edges[:, 0] == got.frames - len(block)) | (
        edges[:, 1] == got.frames
    )
    return touching


def _drop_short(got: _Gathered, rate: int) -> None:
    """Forget short spans that can no longer grow."""
    got.gaps[:-1] = [gap for gap in got.gaps[:-1] if gap[1] - gap[0] >= _GAP_S * rate]
    if got.gaps and got.gaps[-1][1] < got.frames and np.ptp(got.gaps[-1]) < _GAP_S * rate:
        got.gaps.pop()


def _band_levels(got: _Gathered, samples: Singles, rate: int) -> Singles:
    """Band powers of every whole window in the samples; returns what is not used up."""
    from scipy import fft

    size, hop = _window_frames(rate), rate // LEVELS_PER_SECOND
    count = (len(samples) - size) // hop + 1
    if count < 1:
        return samples
    window = _hann(size)
    power = np.zeros((count, size // 2 + 1), np.float32)
    for channel in samples.T:
        frames = np.lib.stride_tricks.sliding_window_view(channel, size)[: count * hop : hop]
        values = fft.rfft(frames * window, axis=1)
        power += values.real**2 + values.imag**2
    got.levels.append(power @ _band_matrix(size, rate))
    return samples[count * hop :]


@cache
def _hann(size: int) -> Singles:
    return np.hanning(size).astype(np.float32)


@cache
def _band_matrix(size: int, rate: int) -> Singles:
    """Sums transform bins into bands; scaled so that a full-scale sine reads -3 dB."""
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    band = np.searchsorted(np.array(BAND_EDGES_HZ), hz, side="right") - 1
    matrix = (band[:, None] == np.arange(BANDS)).astype(np.float32)
    scale = 2.0 / (size * float(np.sum(_hann(size) ** 2)))
    return np.asarray(matrix * scale, np.float32)


def _long_spectrum(got: _Gathered, block: Singles, rate: int) -> None:
    """Semitone levels and the tuning of the spectral peaks at the start of a block."""
    from scipy import fft

    size = 2 ** round(np.log2(_LONG_S * rate))
    if len(block) < size:
        return
    window = _hann(size)
    values = fft.rfft(
        block[:size] @ np.full(block.shape[1], 1 / block.shape[1], np.float32) * window
    )
    power = (values.real**2 + values.imag**2) * (2.0 / (size * float(np.sum(window**2))))
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    note = np.round(12.0 * np.log2(np.maximum(hz, 1.0) / 27.5)).astype(int)
    inside = (note >= 0) & (note < NOTES)
    got.notes.append(np.bincount(note[inside], power[inside], NOTES).astype(np.float32)[None, :])
    _note_peaks(got, power, hz)


def _pitches(got: _Gathered, block: Singles, rate: int) -> None:
    """Pitch by autocorrelation of a compressed spectrum, ten times a second."""
    from scipy import fft

    size, hop = 2 ** round(np.log2(_PITCH_S * rate)), rate // _PITCHES_PER_SECOND
    mono = block @ np.full(block.shape[1], 1 / block.shape[1], np.float32)
    if len(mono) < size:
        return
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    values = np.abs(fft.rfft(frames * _hann(size), axis=1))
    level = 20.0 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-6)
    hz = np.fft.rfftfreq(size, 1.0 / rate)
    values[:, (hz < _PITCH_BAND_HZ[0]) | (hz > _PITCH_BAND_HZ[1])] = 0.0
    alike = fft.irfft(values**_COMPRESSION, axis=1)
    first, last = int(rate / _PITCH_HZ[1]), min(int(rate / _PITCH_HZ[0]), size // 2)
    at = first + np.argmax(alike[:, first:last], axis=1)
    row = np.arange(len(at))
    left, top, right = (alike[row, at + d] for d in (-1, 0, 1))
    bend = left - 2.0 * top + right
    shift = 0.5 * (left - right) / np.where(bend < 0.0, bend, -1.0)
    exact = at + np.clip(shift, -0.5, 0.5)
    strength = top / (alike[:, 0] + 1e-9)
    got.pitch.append(np.stack([rate / exact, strength, level], axis=1).astype(np.float32))


def _note_peaks(got: _Gathered, power: Singles, hz: npt.NDArray[np.floating]) -> None:
    """Add the peaks' cents above the nearest lower note to the tuning histogram.

    Peaks by parabolic interpolation of the logarithm (Smith and Serra, PARSHL, 1987).
    """
    middle = power[1:-1]
    least = max(_PEAK_FLOOR * float(power.max()), 1e-12)
    at = 1 + np.flatnonzero((middle > power[:-2]) & (middle >= power[2:]) & (middle > least))
    at = at[(hz[at] > _PEAKS_HZ[0]) & (hz[at] < _PEAKS_HZ[1])]
    if not len(at):
        return
    left, top, right = (np.log(power[at + d] + 1e-30) for d in (-1, 0, 1))
    exact = (at + 0.5 * (left - right) / (left - 2.0 * top + right)) * hz[1]
    cents = (1200.0 * np.log2(exact / 440.0)) % 100.0
    np.add.at(got.tuning, cents.astype(int) % 100, np.sqrt(power[at]))


def _window_frames(rate: int) -> int:
    return int(2 ** round(np.log2(_WINDOW_S * rate)))


def _decibels(parts: list[Singles], width: int) -> Levels:
    if not parts:
        return np.zeros((0, width), np.float16)
    power = np.concatenate(parts)
    return np.asarray(np.maximum(10.0 * np.log10(power + 1e-12), FLOOR_DB), np.float16)
