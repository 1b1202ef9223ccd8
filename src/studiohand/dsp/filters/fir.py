"""Linear-phase filters: a band taken out of a signal so that it re-adds exactly."""

from __future__ import annotations

import functools
import math

import numpy as np

from studiohand.core.audio import Block

EDGE_OCTAVES = 1.0
"""Width of a band's edge; two bands that share an edge add to one across it."""
MOST_SECONDS = 0.1
"""Longest half of a filter: edges below about 30 Hz get wider instead."""
SHORTEST_HOP = 4096
"""Frames: short filters would otherwise spend their time between hops."""
LOWEST_HZ, HIGHEST_HZ = 21.0, 19_999.0
"""A band that reaches past these is open on that side."""


class BandFilter:
    """A band of the signal, late by `latency` frames, by overlap-save on fixed hops.

    Parameters
    ----------
    band_hz : (float, float)
        Edges, where the gain is one half; past `LOWEST_HZ` or `HIGHEST_HZ`: open.
    rate, channels : int
    """

    def __init__(self, band_hz: tuple[float, float], rate: int, channels: int) -> None:
        taps = band_taps(band_hz[0], band_hz[1], rate)
        self.latency = len(taps) // 2
        self.hop_frames = max(1 << (2 * self.latency).bit_length(), SHORTEST_HOP)
        self._before = np.zeros((channels, 2 * self.latency))
        self._frames = 2 * self.hop_frames
        self._response = np.fft.rfft(taps, self._frames)

    def process(self, hop: Block) -> Block:
        """The band of one hop of `hop_frames` frames."""
        joined = np.concatenate([self._before, hop.T], axis=1)
        self._before = joined[:, len(hop) :]
        spectrum = np.fft.rfft(joined, self._frames, axis=1)
        spectrum *= self._response
        out = np.fft.irfft(spectrum, self._frames, axis=1)
        start = 2 * self.latency
        return np.ascontiguousarray(out[:, start : start + len(hop)].T)


@functools.lru_cache(maxsize=64)
def band_taps(low_hz: float, high_hz: float, rate: int) -> Block:
    """Linear-phase taps of a band, odd in number, read-only.

    The response is sampled on a fine grid and windowed (Hann); its edges are raised cosines one
    octave wide on the logarithmic frequency axis.
    """
    half = min(int(4.0 * rate / max(low_hz, LOWEST_HZ)), int(MOST_SECONDS * rate))
    if low_hz <= LOWEST_HZ:
        half = min(int(4.0 * rate / min(max(high_hz, 40.0), HIGHEST_HZ)), int(MOST_SECONDS * rate))
    half = max(half, 32)
    grid = 8 << half.bit_length()
    hz = np.asarray(np.arange(grid // 2 + 1) * (rate / grid), dtype=np.float64)
    impulse = np.fft.irfft(band_shape(hz, low_hz, high_hz))
    taps = np.concatenate([impulse[-half:], impulse[: half + 1]])
    taps *= 0.5 + 0.5 * np.cos(np.pi * np.arange(-half, half + 1) / (half + 1))
    taps.setflags(write=False)
    return taps


def band_shape(hz: Block, low_hz: float, high_hz: float) -> Block:
    """Gain of a band at frequencies, 0 to 1."""
    shape = np.ones(len(hz))
    octaves = np.log2(np.maximum(hz, 1e-3))
    if low_hz > LOWEST_HZ:
        shape *= _rise(octaves - math.log2(low_hz))
    if high_hz < HIGHEST_HZ:
        shape *= _rise(math.log2(high_hz) - octaves)
    return shape


def _rise(octaves: Block) -> Block:
    at = np.clip(octaves / EDGE_OCTAVES + 0.5, 0.0, 1.0)
    return np.asarray(np.sin(0.5 * np.pi * at) ** 2)
