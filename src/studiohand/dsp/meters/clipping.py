"""Clipped runs: neighbouring samples cut off at one level, at full scale or below."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp.blocks.regroup import Planes, Regroup

SHORTEST_FRAMES = 3
"""Two equal samples at the top happen by chance, three at full scale do not."""
NEAR = 0.99
"""A flat top counts within 1 % of the highest sample of its channel and polarity."""
SAME = 5e-7
"""Samples this close are at one level: room for 24-bit dither."""
EDGE_STEPS = 8
"""A rounded peak that only looks flat for its coarse steps has fallen by up to six of them two
samples beside the flat; a cut-off one leaves with the slope it was cut at."""
QUIET = 0.02
"""Nothing below -34 dBFS is looked at."""
_PIECE_FRAMES = 32768
_KEPT = 10000
_BESIDE = 2


@dataclass(frozen=True, slots=True)
class ClippedRun:
    """Neighbouring samples cut off at one level (signed, full scale = 1)."""

    channel: int
    start_frame: int
    frames: int
    level: float


class ClipMeter:
    """Counts flat tops and remembers where the first 10,000 are; ask only when all is fed.

    Parameters
    ----------
    channels : int
    bits : int or None
        Word length of the file if known; coarse steps below 16 bits are not flat tops.
    """

    def __init__(self, channels: int, bits: int | None = None) -> None:
        self._edge = EDGE_STEPS * 2.0 ** (1 - min(bits or 16, 16))
        self._regroup = Regroup(_PIECE_FRAMES, channels)
        self._tails: list[Planes] = [np.zeros(0)] * channels
        self._frames = 0
        self._highest = np.zeros((channels, 2))
        self._runs: list[ClippedRun] = []
        self._counts: Counter[tuple[int, float]] = Counter()

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        for piece in self._regroup.feed(block):
            self._take(piece)

    def count(self) -> int:
        """Number of clipped runs so far."""
        self._finish()
        return sum(n for (c, level), n in self._counts.items() if self._counts_as(c, level))

    def runs(self) -> tuple[ClippedRun, ...]:
        """Clipped runs in order of time; at most the first 10,000 that looked like one."""
        self._finish()
        found = (run for run in self._runs if self._counts_as(run.channel, run.level))
        return tuple(sorted(found, key=lambda run: (run.start_frame, run.channel)))

    def _finish(self) -> None:
        """Take what is still held; the stream is over. A run cut by the end is not one."""
        rest = self._regroup.rest()
        if rest.shape[1]:
            self._take(rest)
            self._regroup = Regroup(_PIECE_FRAMES, len(rest))
            self._tails = [tail[:0] for tail in self._tails]

    def _counts_as(self, channel: int, level: float) -> bool:
        return abs(level) >= NEAR * float(self._highest[channel, int(level < 0.0)])

    def _take(self, planes: Planes) -> None:
        tops = np.stack([planes.max(axis=1), -planes.min(axis=1)], axis=1)
        self._highest = np.maximum(self._highest, tops)
        for channel, plane in enumerate(planes):
            near = tops[channel] >= np.maximum(NEAR * self._highest[channel], QUIET)
            tail = self._tails[channel]
            joined = np.concatenate([tail, plane])
            if near.any() or len(tail) > _BESIDE:
                kept = self._search(channel, joined, self._frames - len(tail))
                self._tails[channel] = joined[kept:]
            else:
                self._tails[channel] = joined[-_BESIDE:]
        self._frames += planes.shape[1]

    def _search(self, channel: int, samples: Planes, start_frame: int) -> int:
        """Note the runs inside; returns where a run begins that goes on to the end."""
        same = np.abs(np.diff(samples)) <= SAME
        loud = np.abs(samples[1:]) >= np.maximum(QUIET, NEAR * self._highest[channel].min())
        flat = np.concatenate([[False], same & loud, [False]])
        starts = np.flatnonzero(flat[1:] & ~flat[:-1])
        stops = np.flatnonzero(flat[:-1] & ~flat[1:]) + 1
        open_end = len(stops) > 0 and stops[-1] + _BESIDE > len(samples)
        kept = (int(starts[-1]) if open_end else len(samples)) - _BESIDE
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            inside = start >= _BESIDE and stop + _BESIDE <= len(samples)
            if inside and stop - start >= SHORTEST_FRAMES:
                self._note(channel, samples, start, stop, start_frame)
        return max(kept, len(samples) - _PIECE_FRAMES, 0)

    def _note(self, channel: int, samples: Planes, start: int, stop: int, start_frame: int) -> None:
        level = float(samples[start])
        beside = samples[[start - 1, stop, start - _BESIDE, stop + _BESIDE - 1]]
        falls = np.sign(level) * (level - beside)
        if falls.min() <= 0.0 or falls.max() < self._edge or not self._counts_as(channel, level):
            return
        self._counts[channel, round(level, 4)] += 1
        if len(self._runs) < _KEPT:
            self._runs.append(ClippedRun(channel, start_frame + start, stop - start, level))
