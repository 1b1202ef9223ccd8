"""Feed a meter in blocks of drawn lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from studiohand.core.audio import Block


class Meter(Protocol):
    """Anything that takes blocks."""

    def update(self, block: Block) -> None:
        """Take the next frames."""


MeterType = TypeVar("MeterType", bound=Meter)


def feed(meter: MeterType, samples: Block, lengths: Sequence[int] = (65536,)) -> MeterType:
    """The meter after all samples, cut into `lengths` again and again."""
    at, turn = 0, 0
    while at < len(samples):
        length = lengths[turn % len(lengths)]
        meter.update(samples[at : at + length])
        at, turn = at + length, turn + 1
    return meter
