"""Spans turned to silence: words that must not be heard, a part that rests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.errors import BadSetting
from studiohand.core.units import db_to_gain
from studiohand.dsp.effects.checks import within


@step
@dataclass(frozen=True, slots=True)
class Mute:
    """Spans turned down; everything else passes bit for bit.

    Parameters
    ----------
    spans_s : tuple of (float, float)
        Begin and end of each in seconds from the song's start.
    depth_db : float
        0 to 120: how far they are turned down; from 120 on they are silent.
    fade_ms : float
        1 to 1000: half a cosine before each span and after it.
    """

    do: ClassVar[str] = "mute"
    kind: ClassVar[StepKind] = "process"
    spans_s: tuple[tuple[float, float], ...]
    depth_db: float = 120.0
    fade_ms: float = 10.0

    def __post_init__(self) -> None:
        within(self.do, "depth_db", self.depth_db, 0.0, 120.0)
        within(self.do, "fade_ms", self.fade_ms, 1.0, 1000.0)
        for start_s, end_s in self.spans_s:
            if not 0.0 <= start_s < end_s:
                raise BadSetting(
                    f"mute: the span {start_s:g}-{end_s:g} does not run forward.",
                    todo="Give begin and end in seconds, the begin first.",
                )

    def start(self, rate: int, channels: int) -> Processor:
        return _Muting(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, depth_db=min(self.depth_db * amount, 120.0))


class _Muting:
    """A running `Mute`."""

    def __init__(self, settings: Mute, rate: int, channels: int) -> None:
        self._spans = [(start * rate, end * rate) for start, end in settings.spans_s]
        self._fade = settings.fade_ms * rate / 1000.0
        self._floor = 0.0 if settings.depth_db >= 120.0 else db_to_gain(-settings.depth_db)
        self._channels, self._at = channels, 0

    def process(self, block: Block, key: Block | None = None) -> Block:
        first, last = self._at, self._at + len(block)
        self._at = last
        near = [s for s in self._spans if s[0] - self._fade < last and s[1] + self._fade > first]
        if not near:
            return block
        frames = np.arange(first, last, dtype=np.float64)
        gain = np.ones(len(block))
        for start, end in near:
            outside = np.maximum(np.maximum(start - frames, frames - end), 0.0) / self._fade
            gain = np.minimum(gain, 0.5 - 0.5 * np.cos(np.pi * np.minimum(outside, 1.0)))
        return np.asarray(block * (self._floor + (1.0 - self._floor) * gain)[:, None])

    def flush(self) -> Block:
        return np.zeros((0, self._channels))
