"""Parametric equaliser: bells, shelves, passes and notches on the whole, the mid or the side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.units import gain_to_db
from studiohand.dsp.effects.checks import one_of, within
from studiohand.dsp.filters import biquad

BandType = Literal["bell", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch"]
TYPES = ("bell", "low_shelf", "high_shelf", "high_pass", "low_pass", "notch")
PASSES = ("high_pass", "low_pass")
SLOPES = (6, 12, 18, 24, 30, 36, 42, 48)
Channel = Literal["stereo", "mid", "side"]
CHANNELS = ("stereo", "mid", "side")


@dataclass(frozen=True, slots=True)
class Band:
    """One band of an equaliser.

    Parameters
    ----------
    type : str
        ``"bell"``, ``"low_shelf"``, ``"high_shelf"``, ``"high_pass"``, ``"low_pass"``, ``"notch"``.
    hz : float
        1 to 100000: centre, half-gain point of a shelf, corner of a pass.
    db : float
        -60 to +60. Passes ignore it; for a notch it is the depth, 0 meaning to silence.
    q : float
        0.05 to 100. Passes use it at 12 dB per octave only.
    slope : int
        Of passes, in dB per octave: 6, 12, ... 48.
    """

    type: BandType
    hz: float
    db: float = 0.0
    q: float = math.sqrt(0.5)
    slope: int = 12

    def __post_init__(self) -> None:
        one_of("equaliser", "type", self.type, TYPES)
        one_of("equaliser", "slope", self.slope, SLOPES)
        within("equaliser", "hz", self.hz, 1.0, 100_000.0)
        within("equaliser", "db", self.db, -60.0, 60.0)
        within("equaliser", "q", self.q, 0.05, 100.0)

    @property
    def idle(self) -> bool:
        """Whether the band changes nothing."""
        return self.type not in (*PASSES, "notch") and self.db == 0.0

    def sections(self) -> tuple[biquad.Analogue, ...]:
        """The band as analogue sections."""
        if self.type == "high_pass":
            return biquad.high_pass(self.hz, self.q, self.slope)
        if self.type == "low_pass":
            return biquad.low_pass(self.hz, self.q, self.slope)
        shape = {
            "bell": biquad.bell,
            "low_shelf": biquad.low_shelf,
            "high_shelf": biquad.high_shelf,
            "notch": biquad.notch,
        }[self.type]
        return (shape(self.hz, self.db, self.q),)

    def scaled(self, amount: float) -> Band | None:
        """The band at an amount; None where nothing of it is left.

        Gains scale in dB. A pass moves its corner out of the sound, a notch loses depth.
        """
        if self.type == "notch":
            return self._notch_scaled(amount)
        if self.type not in PASSES:
            return replace(self, db=min(max(self.db * amount, -60.0), 60.0))
        if amount <= 0.0:
            return None
        hz = self.hz * amount if self.type == "high_pass" else self.hz / amount
        return replace(self, hz=hz) if 1.0 <= hz <= 100_000.0 else None

    def _notch_scaled(self, amount: float) -> Band | None:
        depth = 1.0 if self.db == 0.0 else 1.0 - 10.0 ** (self.db / 20.0)
        left = 1.0 - depth * amount
        if left >= 1.0:
            return None
        return replace(self, db=max(gain_to_db(left), -60.0) if left > 0.0 else 0.0)


@step
@dataclass(frozen=True, slots=True)
class Eq:
    """Parametric equaliser with the curve of its analogue model up to 20 kHz; minimum phase.

    Parameters
    ----------
    bands : tuple of Band
    channel : str
        ``"stereo"`` (all channels), or ``"mid"`` or ``"side"`` of a stereo signal. Mono is all mid;
        signals of other channel counts pass a mid or side equaliser unchanged.
    """

    do: ClassVar[str] = "eq"
    kind: ClassVar[StepKind] = "process"
    bands: tuple[Band, ...]
    channel: Channel = "stereo"

    def __post_init__(self) -> None:
        one_of("equaliser", "channel", self.channel, CHANNELS)

    def start(self, rate: int, channels: int) -> Processor:
        return _Running(running_sections(self.bands, rate), self.channel, channels)

    def scaled(self, amount: float) -> Self:
        bands = (band.scaled(amount) for band in self.bands)
        return replace(self, bands=tuple(band for band in bands if band is not None))


class _Running:
    def __init__(self, sections: Sequence[Block], channel: Channel, channels: int) -> None:
        self._channels = channels
        self._part = channel if channels == 2 else "stereo"
        passes = channels != 2 and (channel == "side" or (channel == "mid" and channels != 1))
        width = 1 if self._part != "stereo" else channels
        self._cascade = biquad.Cascade(sections, width) if sections and not passes else None

    def process(self, block: Block, key: Block | None = None) -> Block:
        if self._cascade is None:
            return block
        if self._part == "stereo":
            return self._cascade.process(block)
        sign = 1.0 if self._part == "mid" else -1.0
        part = 0.5 * (block[:, :1] + sign * block[:, 1:])
        change = (self._cascade.process(part) - part)[:, 0]
        out = np.array(block, order="C")
        out[:, 0] += change
        out[:, 1] += sign * change
        return out

    def flush(self) -> Block:
        return np.zeros((0, self._channels))


def running_sections(bands: Sequence[Band], rate: int) -> list[Block]:
    """Coefficients b0, b1, b2, a1, a2 of the bands that change something at a rate in Hz.

    A low pass whose corner lies above the sample rate changes nothing.
    """
    active = [b for b in bands if not b.idle and not (b.type == "low_pass" and b.hz > rate)]
    return [biquad.matched(part, rate) for band in active for part in band.sections()]


def response_db(bands: Sequence[Band], hz: Block, rate: int) -> Block:
    """Level of the running equaliser in dB at frequencies in Hz up to rate/2."""
    gain = np.abs(biquad.response(running_sections(bands, rate), hz, rate))
    return np.asarray(20.0 * np.log10(np.maximum(gain, 1e-10)))


def analogue_db(bands: Sequence[Band], hz: Block) -> Block:
    """Level of the analogue model in dB: what `response_db` lies on up to 20 kHz."""
    total = np.zeros(len(hz))
    for part in (part for band in bands if not band.idle for part in band.sections()):
        total += 20.0 * np.log10(np.maximum(np.abs(part.response(hz)), 1e-10))
    return total
