"""Sibilants turned down while they last, in their own band only.

A sibilant is a moment in which the band from 5 to 11 kHz is louder than everything from 0.2 to
4 kHz and than the threshold; it is turned down to the threshold by the ratio. Everything else
passes bit for bit. All channels share one gain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.blocks.stft import analyse, hann, overlap_add, overlap_gain
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

Floats = npt.NDArray[np.float64]

_FRAME_S = 0.0107
_OVERLAP = 4
_HOPS = 64
_VOWEL_HZ = (200.0, 4000.0)
_EDGE_OCTAVES = 0.25


@step
@dataclass(frozen=True, slots=True)
class Deess:
    """Turn sibilants down.

    Parameters
    ----------
    threshold_db : float
        -80 to 0 dBFS (RMS in the band): sibilants below stay.
    ratio : float
        1 to 20.
    low_hz, high_hz : float
        The band of the sibilants.
    most_db : float
        0 to 24: no sibilant is turned down further.
    strength_percent : float
        0 to 150: scales the reduction in dB.
    """

    do: ClassVar[str] = "deess"
    kind: ClassVar[StepKind] = "process"
    threshold_db: float
    ratio: float = 3.0
    low_hz: float = 5000.0
    high_hz: float = 11000.0
    most_db: float = 10.0
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "threshold_db", self.threshold_db, -80.0, 0.0)
        within(self.do, "ratio", self.ratio, 1.0, 20.0)
        within(self.do, "low_hz", self.low_hz, 1000.0, self.high_hz)
        within(self.do, "high_hz", self.high_hz, 1000.0, 40000.0)
        within(self.do, "most_db", self.most_db, 0.0, 24.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0 or self.low_hz >= 0.45 * rate:
            return Nothing(channels)
        return subtracting(_Sibilants(self, rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Sibilants:
    """Finds what is too much in the sibilant band of a window."""

    def __init__(self, settings: Deess, rate: int) -> None:
        self._settings = settings
        self._frame = 1 << round(math.log2(_FRAME_S * rate))
        self._hop = self._frame // _OVERLAP
        self.hop_frames = _HOPS * self._hop
        self.window_frames = self._frame + self.hop_frames - self._hop
        hz = np.arange(self._frame // 2 + 1) * (rate / self._frame)
        octaves = np.log2(np.maximum(hz, 1.0))
        rise = (octaves - math.log2(settings.low_hz)) / _EDGE_OCTAVES + 0.5
        fall = (math.log2(settings.high_hz) - octaves) / _EDGE_OCTAVES + 0.5
        self._band = np.clip(np.minimum(rise, fall), 0.0, 1.0)
        self._vowels = (hz >= _VOWEL_HZ[0]) & (hz <= _VOWEL_HZ[1])
        self._scale = 2.0 / (self._frame * float(np.sum(np.square(hann(self._frame)))))

    def removed(self, window: Block) -> Block:
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
        """Gain of the band in each frame; exactly 1 where there is no sibilant over the limit."""
        settings = self._settings
        high = power @ self._band
        low: Floats = power[:, self._vowels].sum(axis=1)
        over_db = 10.0 * np.log10(np.maximum(high, 1e-20)) - settings.threshold_db
        down_db = np.clip(over_db * (1.0 - 1.0 / settings.ratio), 0.0, settings.most_db)
        down_db = np.where(high > low, down_db, 0.0) * (settings.strength_percent / 100.0)
        gains: Floats = np.power(10.0, -down_db / 20.0)
        return gains
