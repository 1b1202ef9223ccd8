"""Sums of stems kept in memory, second by second, so that nobody waits for a control."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from studiohand.core.audio import Block, Track

_KEPT_SECONDS = 64


class KeptSums:
    """Sums of whole stems over seconds of the song; the longest unused go first.

    Parameters
    ----------
    kept_seconds : int
        Bounds the memory: 64 seconds of stereo at 48 kHz are 49 MB.
    """

    def __init__(self, kept_seconds: int = _KEPT_SECONDS) -> None:
        self._most = kept_seconds
        self._kept: OrderedDict[tuple[object, ...], Block] = OrderedDict()
        self._lock = threading.Lock()

    def sum(self, tracks: Sequence[Track], rate: int, start_frame: int, frames: int) -> Block:
        """The tracks' sum over a span, shape (frames, 2); silence beyond their ends.

        Mono goes to both sides; stems are added in the order given, as a render adds them.
        """
        first, last = start_frame // rate, (start_frame + frames - 1) // rate
        seconds = [self._second(tracks, rate, index) for index in range(first, last + 1)]
        joined = seconds[0] if len(seconds) == 1 else np.concatenate(seconds)
        offset = start_frame - first * rate
        return joined[offset : offset + frames]

    def _second(self, tracks: Sequence[Track], rate: int, index: int) -> Block:
        key = (rate, index, *((track.name, track.sha256) for track in tracks))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        total = np.zeros((rate, 2))
        for track in tracks:
            add_span(total, track, index * rate)
        with self._lock:
            self._kept[key] = total
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return total


def add_span(total: Block, track: Track, start_frame: int, factor: float = 1.0) -> None:
    """Add a track from a frame on to a stereo sum, in place; nothing beyond the track's end."""
    stop = start_frame + len(total)
    if start_frame >= track.source.frames:
        return
    at = 0
    for block in track.source.blocks(len(total), start_frame, stop):
        total[at : at + len(block)] += stereo(block) if factor == 1.0 else factor * stereo(block)
        at += len(block)


def stereo(block: Block) -> Block:
    """Two channels of any number: mono doubled, more than two folded left and right."""
    if block.shape[1] == 1:
        return np.repeat(block, 2, axis=1)
    if block.shape[1] == 2:
        return block
    return np.stack([block[:, 0::2].mean(axis=1), block[:, 1::2].mean(axis=1)], axis=1)
