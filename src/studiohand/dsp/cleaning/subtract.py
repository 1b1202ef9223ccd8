"""The frame all cleaning shares: say what is wrong, and take it away from the untouched input.

output = input - removed, so what is removed can be heard by itself, and where nothing is wrong the
output is the input bit for bit.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor
from studiohand.dsp.blocks.hops import Hopped


class Remover(Protocol):
    """Finds what is wrong in overlapping windows of fixed length, called in order."""

    @property
    def window_frames(self) -> int:
        """Length of a window; a multiple of the hop is not needed."""

    @property
    def hop_frames(self) -> int:
        """Distance of the windows."""

    def removed(self, window: Block) -> Block:
        """What to take away, of the window's shape, weighted so that all windows add up to one.

        The sound before the first frame and after the last is silence.
        """


class Nothing:
    """A cleaning that takes nothing away."""

    def __init__(self, channels: int) -> None:
        self._channels = channels

    def process(self, block: Block, key: Block | None = None) -> Block:
        return block

    def flush(self) -> Block:
        return np.zeros((0, self._channels))


def subtracting(remover: Remover, channels: int) -> Processor:
    """A processor that takes away what the remover finds."""
    late = remover.window_frames - remover.hop_frames
    return Hopped(_Overlapped(remover, channels).work, channels, remover.hop_frames, late)


class _Overlapped:
    """Keeps the last window of input and the sum of what is to be taken from it."""

    def __init__(self, remover: Remover, channels: int) -> None:
        self._remover, self._hop = remover, remover.hop_frames
        self._window: Block = np.zeros((remover.window_frames, channels))
        self._sum: Block = np.zeros((remover.window_frames, channels))

    def work(self, hop: Block, key: Block | None) -> Block:
        self._window = np.concatenate([self._window[self._hop :], hop])
        self._sum = np.concatenate([self._sum[self._hop :], np.zeros_like(hop)])
        self._sum += self._remover.removed(self._window)
        done: Block = self._window[: self._hop] - self._sum[: self._hop]
        return done
