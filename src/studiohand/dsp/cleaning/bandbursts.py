"""Moments in which one band is too loud, turned down in that band only, while they last.

A moment counts when its band is louder than the rest of the voice and than a threshold; the band
is turned down to the threshold by a ratio. Everything else passes bit for bit. All channels share
one gain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.blocks.stft import analyse, hann, overlap_add, overlap_gain

Floats = npt.NDArray[np.float64]

_OVERLAP = 4
_HOPS = 64
_VOWEL_HZ = (200.0, 4000.0)
_EDGE_OCTAVES = 0.25


@dataclass(frozen=True, slots=True)
class Limit:
    """What is too loud, and how it is turned down.

    Parameters
    ----------
    low_hz, high_hz : float
        The band.
    frame_s : float
        Length of a moment.
    threshold_db : float
        dBFS, RMS in the band.
    ratio : float
    most_db : float
        No moment is turned down further.
    strength : float
        Scales the reduction in dB.
    """

    low_hz: float
    high_hz: float
    frame_s: float
    threshold_db: float
    ratio: float
    most_db: float
    strength: float


class BandBursts:
    """Finds what is too much in the band of a window, for `subtracting`."""

    def __init__(self, limit: Limit, rate: int) -> None:
        self._limit = limit
        self._frame = 1 << round(math.log2(limit.frame_s * rate))
        self._hop = self._frame // _OVERLAP
        self.hop_frames = _HOPS * self._hop
        self.window_frames = self._frame + self.hop_frames - self._hop
        hz = np.arange(self._frame // 2 + 1) * (rate / self._frame)
        octaves = np.log2(np.maximum(hz, 1.0))
        rise = (octaves - math.log2(limit.low_hz)) / _EDGE_OCTAVES + 0.5
        fall = (math.log2(limit.high_hz) - octaves) / _EDGE_OCTAVES + 0.5
        self._band = np.clip(np.minimum(rise, fall), 0.0, 1.0)
        self._vowels = (hz >= _VOWEL_HZ[0]) & (hz <= _VOWEL_HZ[1])
        self._scale = 2.0 / (self._frame * float(np.sum(np.square(hann(self._frame)))))

    def removed(self, window: Block) -> Block:
        """What is too much, of the window's shape."""
        spectra = analyse(window, self._frame, self._hop)
        power = self._scale * np.square(np.abs(spectra)).mean(axis=1)
        too_much = 1.0 - self._gains(power)
        if not too_much.any():
            return np.zeros_like(window)
        taken = spectra * (too_much[:, None] * self._band)[:, None, :]
        back = overlap_add(taken, self._frame, self._hop).astype(np.float64)
        out: Block = back / overlap_gain(self._frame, self._hop)
        return out

    def _gains(self, power: Floats) -> Floats:
        """Gain of the band in each frame; exactly 1 where it is not over the limit."""
        limit = self._limit
        loud: Floats = power @ self._band
        vowels: Floats = power[:, self._vowels].sum(axis=1)
        over_db = 10.0 * np.log10(np.maximum(loud, 1e-20)) - limit.threshold_db
        down_db = np.clip(over_db * (1.0 - 1.0 / limit.ratio), 0.0, limit.most_db)
        down_db = np.where(loud > vowels, down_db, 0.0) * limit.strength
        gains: Floats = np.power(10.0, -down_db / 20.0)
        return gains
