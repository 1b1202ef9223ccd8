"""Offset from zero (DC) taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.effects.checks import within


class _Shift:
    """Adds a constant to each channel."""

    def __init__(self, by: Block) -> None:
        self._by = by

    def process(self, block: Block, key: Block | None = None) -> Block:
        return block + self._by if self._by.any() else block

    def flush(self) -> Block:
        return np.zeros((0, self._by.shape[1]))


@step
@dataclass(frozen=True, slots=True)
class Centre:
    """Take a constant offset away.

    Parameters
    ----------
    offsets : tuple of float
        Of each channel, full scale = 1; missing ones count as none.
    strength_percent : float
        0 to 150.
    """

    do: ClassVar[str] = "centre"
    kind: ClassVar[StepKind] = "process"
    offsets: tuple[float, ...]
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)
        for offset in self.offsets:
            within(self.do, "offsets", offset, -1.0, 1.0)

    def start(self, rate: int, channels: int) -> Processor:
        share = min(self.strength_percent / 100.0, 1.0)
        by = np.zeros((1, channels))
        count = min(channels, len(self.offsets))
        by[0, :count] = -share * np.array(self.offsets[:count])
        return _Shift(by)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))
