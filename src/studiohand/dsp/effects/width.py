"""Stereo width by the level of the side signal, with lows that stay whole in mono."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.effects.checks import within
from studiohand.dsp.filters.fir import BandFilter


@step
@dataclass(frozen=True, slots=True)
class Width:
    """Stereo width; mono and multichannel sources pass unchanged.

    Parameters
    ----------
    width : float
        0 (mono) to 4; 1 leaves the width as it is. Factor on the side signal.
    mono_below_hz : float
        0 (off) to 1000. Below it the side signal is taken away (linear phase).
    mono_amount : float
        0 to 1: how much of the low side is taken away.
    """

    do: ClassVar[str] = "width"
    kind: ClassVar[StepKind] = "process"
    width: float = 1.0
    mono_below_hz: float = 0.0
    mono_amount: float = 1.0

    def __post_init__(self) -> None:
        within("width", "width", self.width, 0.0, 4.0)
        within("width", "mono_below_hz", self.mono_below_hz, 0.0, 1000.0)
        within("width", "mono_amount", self.mono_amount, 0.0, 1.0)

    def start(self, rate: int, channels: int) -> WidthProcessor:
        """The running effect."""
        return WidthProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        return replace(
            self,
            width=min(max(1.0 + (self.width - 1.0) * amount, 0.0), 4.0),
            mono_amount=min(max(self.mono_amount * amount, 0.0), 1.0),
        )


class WidthProcessor:
    """A running `Width`."""

    def __init__(self, settings: Width, rate: int, channels: int) -> None:
        self._width, self._channels = settings.width, channels
        self._less_low = settings.mono_amount * settings.width
        self._idle = channels != 2
        self._hopped: Hopped | None = None
        if channels == 2 and settings.mono_below_hz > 0.0 and settings.mono_amount > 0.0:
            self._lows = BandFilter((0.0, settings.mono_below_hz), rate, 1)
            self._dry = Delay(self._lows.latency, 2)
            self._hopped = Hopped(self._work, 2, self._lows.hop_frames, self._lows.latency)

    def process(self, block: Block, key: Block | None = None) -> Block:
        if self._idle:
            return block
        if self._hopped is not None:
            return self._hopped.process(block)
        return _side_changed(block, (self._width - 1.0) * _side(block))

    def flush(self) -> Block:
        return self._hopped.flush() if self._hopped else np.zeros((0, self._channels))

    def _work(self, hop: Block, key: Block | None) -> Block:
        lows = self._lows.process(_side(hop))
        dry = self._dry.process(hop)
        return _side_changed(dry, (self._width - 1.0) * _side(dry) - self._less_low * lows)


def _side(block: Block) -> Block:
    return np.asarray(0.5 * (block[:, :1] - block[:, 1:]))


def _side_changed(block: Block, change: Block) -> Block:
    """Add to the side: what the left gains, the right loses; the mono sum stays."""
    out = np.array(block, order="C")
    out[:, :1] += change
    out[:, 1:] -= change
    return out
