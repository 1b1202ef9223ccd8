"""The effects that need no memory: gain, polarity, pan; and offset, which shifts in time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.units import db_to_gain


class _Scale:
    """Multiplies each channel by a fixed factor."""

    def __init__(self, factors: Block) -> None:
        self._factors = factors

    def process(self, block: Block, key: Block | None = None) -> Block:
        return block * self._factors

    def flush(self) -> Block:
        return np.zeros((0, self._factors.shape[1]))


@step
@dataclass(frozen=True, slots=True)
class Gain:
    """Level change.

    Parameters
    ----------
    db : float
        -120 to +60.
    """

    do: ClassVar[str] = "gain"
    kind: ClassVar[StepKind] = "process"
    db: float

    def start(self, rate: int, channels: int) -> Processor:
        return _Scale(np.full((1, channels), db_to_gain(self.db)))

    def scaled(self, amount: float) -> Self:
        return type(self)(self.db * amount)


@step
@dataclass(frozen=True, slots=True)
class Polarity:
    """Invert every sample; an amount below one half leaves the polarity as it is.

    Parameters
    ----------
    invert : bool
    side : str
        ``"both"``: all channels. ``"right"``: the second channel of a stereo source, others pass.
    """

    do: ClassVar[str] = "polarity"
    kind: ClassVar[StepKind] = "process"
    invert: bool = True
    side: Literal["both", "right"] = "both"

    def start(self, rate: int, channels: int) -> Processor:
        factors = np.ones((1, channels))
        if self.invert and self.side == "both":
            factors[:] = -1.0
        elif self.invert and channels == 2:
            factors[0, 1] = -1.0
        return _Scale(factors)

    def scaled(self, amount: float) -> Self:
        return replace(self, invert=self.invert and amount >= 0.5)


@step
@dataclass(frozen=True, slots=True)
class Pan:
    """Balance of a stereo signal by the sine-cosine law, unity at the centre.

    Parameters
    ----------
    position : float
        -1 (left) to +1 (right). Mono and multichannel sources pass unchanged.
    """

    do: ClassVar[str] = "pan"
    kind: ClassVar[StepKind] = "process"
    position: float

    def start(self, rate: int, channels: int) -> Processor:
        factors = np.ones((1, channels))
        if channels == 2 and self.position != 0.0:  # at the centre: exactly one
            angle = (self.position + 1.0) * math.pi / 4.0
            factors[0] = math.sqrt(2.0) * np.array([math.cos(angle), math.sin(angle)])
        return _Scale(factors)

    def scaled(self, amount: float) -> Self:
        return type(self)(min(max(self.position * amount, -1.0), 1.0))


class _Shift:
    """Moves the signal in time and keeps the length: zeros come in, the other end is lost."""

    def __init__(self, frames: int, channels: int) -> None:
        self._to_drop, self._owed = max(-frames, 0), 0
        self._held = np.zeros((max(frames, 0), channels))

    def process(self, block: Block, key: Block | None = None) -> Block:
        dropped = min(self._to_drop, len(block))
        self._to_drop -= dropped
        self._owed += dropped
        if not len(self._held):
            return block[dropped:]
        joined = np.concatenate([self._held, block])
        self._held = joined[len(block) :]
        return joined[: len(block)]

    def flush(self) -> Block:
        return np.zeros((self._owed, self._held.shape[1]))


@step
@dataclass(frozen=True, slots=True)
class Offset:
    """Move in time by whole frames; the length stays.

    Parameters
    ----------
    frames : int
        Positive: later. Negative: earlier.
    """

    do: ClassVar[str] = "offset"
    kind: ClassVar[StepKind] = "process"
    frames: int

    def start(self, rate: int, channels: int) -> Processor:
        return _Shift(self.frames, channels)

    def scaled(self, amount: float) -> Self:
        return type(self)(round(self.frames * amount))
