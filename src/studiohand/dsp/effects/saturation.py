"""Saturation: a gentle curve at a higher rate, added to the untouched signal by an amount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.core.units import db_to_gain
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.effects.checks import within
from studiohand.dsp.filters import biquad
from studiohand.dsp.filters.oversample import Bent

HOP_FRAMES = 4096
DC_HZ = 5.0
"""A bias bends a steady offset into the sound; it is taken out of the change below this."""


@step
@dataclass(frozen=True, slots=True)
class Saturation:
    """Soft saturation; quiet sounds pass at gain one, loud ones round off and gain harmonics.

    The curve is ``tanh(d x + b) / d``, straightened at zero, with d the drive and b the bias. It is
    computed at four times 44.1 kHz and only its difference from the input is added, so the dry
    sound is not filtered.

    Parameters
    ----------
    drive_db : float
        -24 to +60: 0 dB rounds a full-scale peak by 2.4 dB.
    bias : float
        0 to 0.5: 0 gives odd harmonics only, more gives even ones too.
    mix : float
        0 to 2: how much of the change is added.
    """

    do: ClassVar[str] = "saturation"
    kind: ClassVar[StepKind] = "process"
    drive_db: float = 0.0
    bias: float = 0.1
    mix: float = 1.0

    def __post_init__(self) -> None:
        within("saturation", "drive_db", self.drive_db, -24.0, 60.0)
        within("saturation", "bias", self.bias, 0.0, 0.5)
        within("saturation", "mix", self.mix, 0.0, 2.0)

    def start(self, rate: int, channels: int) -> SaturationProcessor:
        """The running effect."""
        return SaturationProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, mix=min(max(self.mix * amount, 0.0), 2.0))


class SaturationProcessor:
    """A running `Saturation`."""

    def __init__(self, settings: Saturation, rate: int, channels: int) -> None:
        self._drive, self._bias = db_to_gain(settings.drive_db), settings.bias
        self._mix, self._channels = settings.mix, channels
        self._hopped: Hopped | None = None
        if settings.mix > 0.0:
            self._bent = Bent(rate, channels, HOP_FRAMES)
            self._dry = Delay(self._bent.latency, channels)
            no_dc = [biquad.cookbook(part, rate) for part in biquad.high_pass(DC_HZ, 0.7, 12)]
            self._no_dc = biquad.Cascade(no_dc, channels)
            self._hopped = Hopped(self._work, channels, HOP_FRAMES, self._bent.latency)

    def process(self, block: Block, key: Block | None = None) -> Block:
        return self._hopped.process(block) if self._hopped else block

    def flush(self) -> Block:
        return self._hopped.flush() if self._hopped else np.zeros((0, self._channels))

    def _work(self, hop: Block, key: Block | None) -> Block:
        change = np.empty(hop.shape)
        for c in range(self._channels):
            curve = self._bent.up(c, np.ascontiguousarray(hop[:, c]))
            change[:, c] = self._bent.down(c, self._change(curve))
        return np.asarray(self._dry.process(hop) + self._mix * self._no_dc.process(change))

    def _change(self, x: Block) -> Block:
        """The bent signal less the signal."""
        rest = np.tanh(self._bias)
        steepness = self._drive * (1.0 - rest * rest)
        return np.asarray((np.tanh(self._drive * x + self._bias) - rest) / steepness - x)
