"""What tempo and key are computed from: onsets a hundred times a second, and pitch classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.units import erb_number_to_hz, hz_to_erb_number
from studiohand.dsp.filters.decimate import Mono, MonoDecimator

Curve = npt.NDArray[np.float64]

LOWEST_RATE = 11000
"""Analysis keeps at least this rate: 4.4 kHz of bandwidth holds pulse and harmony."""
ONSET_FRAME_S = 0.046
ONSET_HOP_S = 0.01
ONSET_BANDS = 24
LOW_BAND_HZ = 150.0
COMPRESSION = 1000.0
PITCH_FRAME_S = 0.7
PITCH_LOWEST_HZ, PITCH_HIGHEST_HZ = 60.0, 2100.0
CENTS_PER_BIN = 10
CLASS_BINS = 1200 // CENTS_PER_BIN


@dataclass(frozen=True, slots=True)
class MusicFeatures:
    """Small enough to keep: some 2 kB a second.

    Parameters
    ----------
    onsets : ndarray, shape (bands, frames)
        Rise of the compressed level in low (below 150 Hz), middle and high bands.
    hop_s : float
        Seconds between onset frames; frame 0 is centred on the start.
    classes : ndarray, shape (frames, 120)
        Energy by pitch class in steps of 10 cents, bin 0 = C at 440 Hz tuning.
    """

    onsets: Curve
    hop_s: float
    classes: Curve


class MusicListener:
    """Features of a stream of blocks.

    Parameters
    ----------
    rate : int
        Hz.
    channels : int
    """

    def __init__(self, rate: int, channels: int) -> None:
        factor = max(rate // LOWEST_RATE, 1)
        self._rate = rate / factor
        self._decimator = MonoDecimator(factor, channels)
        self._onsets = _Onsets(self._rate)
        self._pitches = _Pitches(self._rate)

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        self._take(self._decimator.process(block))

    def finish(self) -> MusicFeatures:
        """Features of all that was heard; the stream is over."""
        self._take(self._decimator.flush())
        onsets, hop_s = self._onsets.finish()
        return MusicFeatures(onsets, hop_s, self._pitches.finish())

    def _take(self, mono: Mono) -> None:
        if len(mono):
            self._onsets.update(mono)
            self._pitches.update(mono)


class _Frames:
    """Overlapping windows of a stream; the first is centred on its start."""

    def __init__(self, size: int, hop: int) -> None:
        self.size, self.hop = size, hop
        self._held: Mono = np.zeros(size // 2, np.float32)

    def feed(self, mono: Mono) -> Mono:
        joined = np.concatenate([self._held, mono])
        if len(joined) < self.size:
            self._held = joined
            return np.zeros((0, self.size), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(joined, self.size)[:: self.hop]
        self._held = joined[len(windows) * self.hop :]
        return windows

    def finish(self) -> Mono:
        return self.feed(np.zeros(self.size, np.float32))


class _Onsets:
    """Rise of the compressed level in bands (spectral flux; Böck and Widmer, DAFx 2013)."""

    def __init__(self, rate: float) -> None:
        hop = round(ONSET_HOP_S * rate)
        size = int(2 ** np.round(np.log2(ONSET_FRAME_S * rate)))
        self._frames = _Frames(size, hop)
        self._window = (np.hanning(size) / (0.5 * size)).astype(np.float32)
        self._bank = _triangles(rate, size).astype(np.float32)
        self._hop_s = hop / rate
        low = int((self._bank.argmax(axis=0) < LOW_BAND_HZ * size / rate).sum())
        split = (low + ONSET_BANDS) // 2
        self._parts = (slice(low), slice(low, split), slice(split, None))
        self._before: Curve | None = None
        self._rises: list[Curve] = []

    def update(self, mono: Mono) -> None:
        self._take(self._frames.feed(mono))

    def finish(self) -> tuple[Curve, float]:
        self._take(self._frames.finish())
        rises = self._rises or [np.zeros((3, 0))]
        return np.concatenate(rises, axis=1), self._hop_s

    def _take(self, windows: Mono) -> None:
        for at in range(0, len(windows), 256):
            part = windows[at : at + 256]
            spectrum = np.fft.rfft(part * self._window)
            power = spectrum.real**2 + spectrum.imag**2
            level = np.log1p(np.float32(COMPRESSION**2) * (power @ self._bank))
            self._rises.append(self._rise(level.astype(np.float64)))

    def _rise(self, level: Curve) -> Curve:
        """How much each band has risen since two frames before, summed low, middle and high."""
        before = np.repeat(level[:1], 2, axis=0) if self._before is None else self._before
        joined = np.concatenate([before, level])
        self._before = joined[-2:]
        rise = np.maximum(level - joined[:-2], 0.0)
        return np.stack([rise[:, part].sum(axis=1) for part in self._parts])


def _triangles(rate: float, size: int) -> Curve:
    """Triangular bands, evenly spaced in ERB number from 40 Hz to 0.42 of the rate."""
    hz = np.arange(size // 2 + 1) * (rate / size)
    low, high = hz_to_erb_number(40.0), hz_to_erb_number(0.42 * rate)
    cam = np.linspace(low, high, ONSET_BANDS + 2)
    edges = np.array([erb_number_to_hz(at) for at in cam.tolist()])
    rising = (hz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz[:, None]) / (edges[2:] - edges[1:-1])
    bank: Curve = np.clip(np.minimum(rising, falling), 0.0, None)
    nearest = np.abs(hz[:, None] - edges[1:-1]).argmin(axis=0)
    empty = bank.sum(axis=0) < 0.5
    bank[nearest[empty], np.flatnonzero(empty)] = 1.0
    return bank


class _Pitches:
    """Spectral peaks by pitch class."""

    def __init__(self, rate: float) -> None:
        size = int(2 ** np.round(np.log2(PITCH_FRAME_S * rate)))
        self._frames = _Frames(size, size // 2)
        self._window = (np.hanning(size) / (0.25 * size)).astype(np.float32)
        hz = np.fft.rfftfreq(size, 1.0 / rate)
        self._span = slice(*np.searchsorted(hz, [PITCH_LOWEST_HZ, PITCH_HIGHEST_HZ]).tolist())
        self._hz_per_bin = rate / size
        self._rows: list[Curve] = []

    def update(self, mono: Mono) -> None:
        self._take(self._frames.feed(mono))

    def finish(self) -> Curve:
        self._take(self._frames.finish())
        return np.concatenate(self._rows) if self._rows else np.zeros((0, CLASS_BINS))

    def _take(self, windows: Mono) -> None:
        if len(windows):
            spectrum = np.abs(np.fft.rfft(windows * self._window))[:, self._span]
            self._rows.append(self._by_class(spectrum.astype(np.float64)))

    def _by_class(self, magnitude: Curve) -> Curve:
        """Peaks at their interpolated frequency, spread over neighbouring bins of 10 cents."""
        middle = magnitude[:, 1:-1]
        left, right = magnitude[:, :-2], magnitude[:, 2:]
        floor = np.maximum(1e-3 * magnitude.max(axis=1, keepdims=True), 1e-6)
        frame, at = np.nonzero((middle > left) & (middle >= right) & (middle > floor))
        below, top, above = (np.log(part[frame, at] + 1e-12) for part in (left, middle, right))
        shift = 0.5 * (below - above) / np.minimum(below - 2.0 * top + above, -1e-9)
        hz = (self._span.start + 1 + at + shift) * self._hz_per_bin
        bins = (np.log2(hz / 440.0) * 1200.0 + 900.0) / CENTS_PER_BIN % CLASS_BINS
        weight = np.sqrt(middle[frame, at])
        rows = np.zeros((len(magnitude), CLASS_BINS))
        first = np.floor(bins).astype(int)
        share = bins - first
        np.add.at(rows, (frame, first % CLASS_BINS), weight * (1.0 - share))
        np.add.at(rows, (frame, (first + 1) % CLASS_BINS), weight * share)
        return rows
