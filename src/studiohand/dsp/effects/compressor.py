"""Compressor: feed-forward, soft knee, whole signal or one band, its own or another's level."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.core.units import db_to_gain
from studiohand.dsp import kernels
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.effects.checks import band, one_of, within
from studiohand.dsp.effects.dynamics import Detector, ReductionCurve, pace
from studiohand.dsp.filters.fir import HIGHEST_HZ, LOWEST_HZ, BandFilter

STEEPEST = 1000.0
"""Highest ratio."""


@step
@dataclass(frozen=True, slots=True)
class Compressor:
    """Compressor after Giannoulis, Massberg and Reiss (JAES 2012).

    Parameters
    ----------
    threshold_db : float
        -100 to +20, in dBFS of the detector.
    ratio : float
        1 to 1000.
    attack_ms, release_ms : float
        0 to 2000 and 0 to 10000; time to 63 % of a step in dB.
    knee_db : float
        0 to 48, the width in which compression sets in.
    makeup_db : float
        -48 to +48.
    band_hz : (float, float) or None
        Compress only this band. The band is cut out with linear phase and re-adds to exactly the
        input while the compressor is at rest; make-up applies to the band.
    detector : str
        ``"peak"`` or ``"rms"`` (10 ms); the loudest channel counts for all.
    key : str or None
        Name of the stem whose level is used instead; None: the signal itself.
    """

    do: ClassVar[str] = "compressor"
    kind: ClassVar[StepKind] = "process"
    threshold_db: float
    ratio: float = 2.0
    attack_ms: float = 10.0
    release_ms: float = 100.0
    knee_db: float = 6.0
    makeup_db: float = 0.0
    band_hz: tuple[float, float] | None = None
    detector: Literal["peak", "rms"] = "rms"
    key: str | None = None

    def __post_init__(self) -> None:
        within("compressor", "threshold_db", self.threshold_db, -100.0, 20.0)
        within("compressor", "ratio", self.ratio, 1.0, STEEPEST)
        within("compressor", "attack_ms", self.attack_ms, 0.0, 2000.0)
        within("compressor", "release_ms", self.release_ms, 0.0, 10_000.0)
        within("compressor", "knee_db", self.knee_db, 0.0, 48.0)
        within("compressor", "makeup_db", self.makeup_db, -48.0, 48.0)
        band("compressor", self.band_hz)
        one_of("compressor", "detector", self.detector, ("peak", "rms"))

    @property
    def slope(self) -> float:
        """Gain reduction per dB over the threshold, 0 to 1."""
        return 1.0 - 1.0 / self.ratio

    def start(self, rate: int, channels: int) -> CompressorProcessor | BandCompressorProcessor:
        """A running compressor; `curve` holds its gain reduction."""
        low_hz, high_hz = self.band_hz or (0.0, math.inf)
        if low_hz > LOWEST_HZ or high_hz < HIGHEST_HZ:
            return BandCompressorProcessor(self, (low_hz, high_hz), rate, channels)
        return CompressorProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        """Gain reduction in dB and make-up scale with the amount, up to the steepest ratio."""
        slope = min(max(self.slope * amount, 0.0), 1.0 - 1.0 / STEEPEST)
        makeup_db = min(max(self.makeup_db * amount, -48.0), 48.0)
        return replace(self, ratio=1.0 / (1.0 - slope), makeup_db=makeup_db)


class CompressorProcessor:
    """A running `Compressor` of the whole signal.

    Attributes
    ----------
    curve : ReductionCurve
        Gain reduction without make-up.
    """

    def __init__(self, settings: Compressor, rate: int, channels: int) -> None:
        self._gain = _GainComputer(settings, rate)
        self._makeup = db_to_gain(settings.makeup_db)
        self._channels = channels
        self.curve = ReductionCurve(rate)

    def process(self, block: Block, key: Block | None = None) -> Block:
        gain = self._gain.process(block if key is None else key)
        self.curve.add(gain)
        return np.asarray(block * (gain * self._makeup)[:, None])

    def flush(self) -> Block:
        return np.zeros((0, self._channels))


class BandCompressorProcessor:
    """A running `Compressor` of one band.

    Attributes
    ----------
    curve : ReductionCurve
        Gain reduction without make-up.
    """

    def __init__(
        self, settings: Compressor, band_hz: tuple[float, float], rate: int, channels: int
    ) -> None:
        self._gain = _GainComputer(settings, rate)
        self._makeup = db_to_gain(settings.makeup_db)
        self._band_hz, self._rate = band_hz, rate
        self._band = BandFilter(band_hz, rate, channels)
        self._key_band: BandFilter | None = None
        latency = self._band.latency
        self._dry = Delay(latency, channels)
        self._hopped = Hopped(self._work, channels, self._band.hop_frames, latency)
        self.curve = ReductionCurve(rate, latency)

    def process(self, block: Block, key: Block | None = None) -> Block:
        return self._hopped.process(block, key)

    def flush(self) -> Block:
        return self._hopped.flush()

    def _work(self, hop: Block, key: Block | None) -> Block:
        """Exchange the band for the compressed band: nothing changes while the gain is one."""
        inside = self._band.process(hop)
        gain = self._gain.process(inside if key is None else self._band_of(key))
        self.curve.add(gain)
        return np.asarray(self._dry.process(hop) + inside * (gain * self._makeup - 1.0)[:, None])

    def _band_of(self, key: Block) -> Block:
        if self._key_band is None:
            self._key_band = BandFilter(self._band_hz, self._rate, key.shape[1])
        return self._key_band.process(key)


class _GainComputer:
    """From samples to gain factors."""

    def __init__(self, settings: Compressor, rate: int) -> None:
        self._detector = Detector(settings.detector, rate)
        self._curve = np.array([settings.threshold_db, settings.slope, settings.knee_db])
        self._times = np.array([pace(settings.attack_ms, rate), pace(settings.release_ms, rate)])
        self._state = np.zeros(1)
        self._run = kernels.compiled(kernels.compress)

    def process(self, block: Block) -> Block:
        power = self._detector.process(block)
        gain = np.empty(len(power))
        self._run(power, self._curve, self._times, gain, self._state)
        return gain
