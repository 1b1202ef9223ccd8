"""Whole hops: the way to run block algorithms so that the cutting of the input cannot matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studiohand.core.audio import Block

Work = Callable[[Block, "Block | None"], Block]


class Hopped:
    """A processor that works on hops of fixed length counted from frame 0.

    Parameters
    ----------
    work : callable
        ``work(hop, key) -> block`` of as many frames, `latency` frames late; called in order.
    channels : int
    hop_frames : int
        >= 1.
    latency : int
        Frames >= 0; taken away again here, so that output frame 0 comes out first.
    """

    def __init__(self, work: Work, channels: int, hop_frames: int, latency: int) -> None:
        self._work, self._channels = work, channels
        self._hop, self._drop = hop_frames, latency
        self._held: list[Block] = []
        self._keys: list[Block] = []
        self._waiting = self._taken = self._given = 0

    def process(self, block: Block, key: Block | None = None) -> Block:
        self._taken += len(block)
        self._waiting += len(block)
        self._held.append(block)
        if key is not None:
            self._keys.append(key)
        return self._worked() if self._waiting >= self._hop else np.zeros((0, self._channels))

    def flush(self) -> Block:
        rest = []
        while self._given < self._taken:
            silent = np.zeros((self._hop - self._waiting, self._channels))
            if self._keys:
                self._keys.append(np.zeros((len(silent), self._keys[0].shape[1])))
            self._held.append(silent)
            self._waiting = self._hop
            left = self._taken - self._given
            out = self._worked()
            self._given -= max(len(out) - left, 0)
            rest.append(out[:left])
        return np.concatenate(rest) if rest else np.zeros((0, self._channels))

    def _worked(self) -> Block:
        """Output of every whole hop that waits."""
        block = np.concatenate(self._held)
        keys = np.concatenate(self._keys) if self._keys else None
        whole = len(block) - len(block) % self._hop
        out = [
            self._work(
                block[at : at + self._hop], None if keys is None else keys[at : at + self._hop]
            )
            for at in range(0, whole, self._hop)
        ]
        self._held, self._waiting = [block[whole:]], len(block) - whole
        self._keys = [] if keys is None else [keys[whole:]]
        joined = np.concatenate(out)
        dropped = min(self._drop, len(joined))
        self._drop -= dropped
        self._given += len(joined) - dropped
        return joined[dropped:]


class Delay:
    """Holds a stream back by a fixed number of frames; zeros come first."""

    def __init__(self, frames: int, channels: int) -> None:
        self._held = np.zeros((frames, channels))

    def process(self, block: Block) -> Block:
        """As many frames as came in, from `frames` earlier."""
        joined = np.concatenate([self._held, block])
        self._held = joined[len(block) :]
        return joined[: len(block)]
