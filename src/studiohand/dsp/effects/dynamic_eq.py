"""Dynamic equaliser band: moves while another stem (or the signal itself) sounds in the band."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.dsp import kernels
from studiohand.dsp.effects.checks import within
from studiohand.dsp.effects.dynamics import Detector, ReductionCurve, pace
from studiohand.dsp.filters import biquad


@step
@dataclass(frozen=True, slots=True)
class DynamicEq:
    """One bell whose gain follows the level in its own band, for unmasking and resonances.

    The band's share of the signal is added with the moving gain less one, so at rest the output is
    the input, bit for bit, and there is no latency.

    Parameters
    ----------
    hz, q : float
        10 to 100000 and 0.1 to 20: centre and quality.
    db : float
        -24 to +24: gain when the level has risen through the whole knee.
    threshold_db : float
        -100 to +20: level of the band, in dBFS RMS (10 ms), at which the band starts to move.
    knee_db : float
        0.1 to 48: how far above the threshold the full gain is reached.
    attack_ms, release_ms : float
        0 to 2000 and 0 to 10000.
    key : str or None
        Stem whose level in the band is followed; None: the signal itself.
    """

    do: ClassVar[str] = "dynamic_eq"
    kind: ClassVar[StepKind] = "process"
    hz: float
    db: float
    threshold_db: float
    q: float = 1.0
    knee_db: float = 12.0
    attack_ms: float = 10.0
    release_ms: float = 120.0
    key: str | None = None

    def __post_init__(self) -> None:
        within("dynamic equaliser", "hz", self.hz, 10.0, 100_000.0)
        within("dynamic equaliser", "db", self.db, -24.0, 24.0)
        within("dynamic equaliser", "threshold_db", self.threshold_db, -100.0, 20.0)
        within("dynamic equaliser", "q", self.q, 0.1, 20.0)
        within("dynamic equaliser", "knee_db", self.knee_db, 0.1, 48.0)
        within("dynamic equaliser", "attack_ms", self.attack_ms, 0.0, 2000.0)
        within("dynamic equaliser", "release_ms", self.release_ms, 0.0, 10_000.0)

    def start(self, rate: int, channels: int) -> DynamicEqProcessor:
        """A running band; `curve` holds its gain where that is below one."""
        return DynamicEqProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, db=min(max(self.db * amount, -24.0), 24.0))


class DynamicEqProcessor:
    """A running `DynamicEq`.

    Attributes
    ----------
    curve : ReductionCurve
    """

    def __init__(self, settings: DynamicEq, rate: int, channels: int) -> None:
        self._settings, self._rate, self._channels = settings, rate, channels
        self._band = self._filter(channels)
        self._key_band: biquad.Cascade | None = None
        self._detector = Detector("rms", rate)
        self._shape = np.array([settings.threshold_db, settings.knee_db, settings.db])
        self._times = np.array([pace(settings.attack_ms, rate), pace(settings.release_ms, rate)])
        self._state = np.zeros(1)
        self._run = kernels.compiled(kernels.lean)
        self.curve = ReductionCurve(rate)

    def process(self, block: Block, key: Block | None = None) -> Block:
        inside = self._band.process(block)
        gain = np.empty(len(block))
        power = self._detector.process(inside if key is None else self._band_of(key))
        self._run(power, self._shape, self._times, gain, self._state)
        self.curve.add(gain)
        return np.asarray(block + inside * (gain - 1.0)[:, None])

    def flush(self) -> Block:
        return np.zeros((0, self._channels))

    def _band_of(self, key: Block) -> Block:
        if self._key_band is None:
            self._key_band = self._filter(key.shape[1])
        return self._key_band.process(key)

    def _filter(self, channels: int) -> biquad.Cascade:
        """Band-pass of gain one at its centre: what a notch takes away."""
        settings = self._settings
        hz = min(settings.hz, 0.45 * self._rate)
        shape = biquad.Analogue((0.0, 1.0 / settings.q, 0.0), (1.0, 1.0 / settings.q, 1.0), hz)
        return biquad.Cascade([biquad.cookbook(shape, self._rate)], channels)
