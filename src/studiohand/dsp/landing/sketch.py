"""A sketch of a sound, small enough to try a limiter on it a hundred times in a second.

For every 0.35 ms it holds the highest peak between the samples and the K-weighted power. The
limiter's own gain computer rides those peaks; loudness follows from the power times the gain
squared. On records it foretells the loudness of the real limiter within about 0.1 LU, so that one
or two renders are enough to land on a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.units import db_to_gain, gain_to_db
from studiohand.dsp import kernels, peakloops
from studiohand.dsp.effects.gainrider import TipRoom
from studiohand.dsp.effects.limiter import (
    HOP_FRAMES,
    Limiter,
    PeakDetector,
    ceiling_gain,
    overs_db,
    rider_for,
)
from studiohand.dsp.filters.biquad import Cascade
from studiohand.dsp.meters.loudness import channel_weights, gated_lufs, k_weighting

STEP_S = 0.00035
MINUTES_PER_STEP = 20.0
"""Longer sounds get proportionally longer steps, so the sketch stays small."""
TENTHS_PER_BLOCK = 4
"""Gating blocks are 400 ms long and begin every 100 ms (BS.1770-5 Annex 1)."""
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class Limited:
    """What a limiter would do.

    Parameters
    ----------
    lufs : float or None
        Integrated loudness after it; None where there is none.
    reduction_db : ndarray, shape (steps,)
        Gain reduction, >= 0, where there is sound (above -70 LUFS before gain).
    """

    lufs: float | None
    reduction_db: Block


class Sketch:
    """Collects peaks and power of a stream.

    Parameters
    ----------
    rate, channels, frames : int
        Of the whole sound.
    lowest : float
        Peaks below this amplitude need not be exact: no limiter will be asked to touch them.
    """

    def __init__(self, rate: int, channels: int, frames: int, lowest: float) -> None:
        longer = max(math.ceil(frames / rate / 60.0 / MINUTES_PER_STEP), 1)
        per_hop = 2 ** round(math.log2(HOP_FRAMES / (STEP_S * rate * longer)))
        self._step = max(HOP_FRAMES // max(per_hop, 1), 1)
        self.rate = rate / self._step
        self._average = np.full(self._step, 1.0 / self._step)
        self._frames, self._channels = frames, channels
        self._detector = PeakDetector(rate, channels, lowest)
        sections = k_weighting(rate)
        self._k = Cascade([row[[0, 1, 2, 4, 5]] for row in sections], channels)
        self._weights = np.array(channel_weights(channels))
        self._held = np.zeros((0, channels))
        self._skip = self._detector.latency
        self._late = np.zeros(0)
        self._room = TipRoom(rate, channels)
        self._rooms: list[Block] = []
        self._peaks: list[Block] = []
        self._powers: list[Block] = []

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        joined = np.concatenate([self._held, block])
        whole = len(joined) - len(joined) % HOP_FRAMES
        for at in range(0, whole, HOP_FRAMES):
            self._take(joined[at : at + HOP_FRAMES])
        self._held = joined[whole:]

    def finish(self) -> None:
        """The stream is over."""
        missing = -len(self._held) % HOP_FRAMES + HOP_FRAMES
        self.update(np.zeros((missing, self._channels)))
        steps = -(-self._frames // self._step)
        self._peaks = [np.concatenate(self._peaks)[:steps]]
        self._powers = [np.concatenate(self._powers)[:steps]]
        early = self._room.latency // self._room.step
        rooms = np.concatenate(self._rooms)[early:]
        at = np.minimum(np.arange(steps) * self._step // self._room.step, len(rooms) - 1)
        self._rooms = [rooms[at]]

    def _take(self, hop: Block) -> None:
        peak = self._detector.process(hop, None)
        np.maximum(peak, 0.0, out=peak)
        joined = np.concatenate([self._late, peak[self._skip :]])
        self._skip = max(self._skip - len(peak), 0)
        whole = len(joined) - len(joined) % self._step
        self._late = joined[whole:]
        peaks = np.empty(whole // self._step)
        kernels.compiled(peakloops.highest)(joined, self._step, peaks)
        self._peaks.append(peaks)
        self._rooms.append(self._room.process(hop))
        heard = self._k.process(hop)
        power = (heard * heard) @ self._weights
        self._powers.append(power.reshape(-1, self._step) @ self._average)

    @property
    def lufs(self) -> float | None:
        """Loudness of the sound itself."""
        return gated_lufs(self._blocks(self._powers[0]))

    @property
    def peak_dbtp(self) -> float:
        """Highest peak between the samples, as the limiter sees it."""
        return gain_to_db(float(self._peaks[0].max(initial=0.0)))

    def limited(self, limiter: Limiter) -> Limited:
        """What a limiter would do to the whole sound."""
        peaks, powers = self._peaks[0], self._powers[0]
        gain = self._gains(peaks * db_to_gain(limiter.gain_db), limiter)
        after = powers * (gain * db_to_gain(limiter.gain_db)) ** 2
        with np.errstate(divide="ignore"):
            reduction = 0.0 - 20.0 * np.log10(gain)
        return Limited(gated_lufs(self._blocks(after)), reduction[powers > 1e-7])

    def _gains(self, peaks: Block, limiter: Limiter) -> Block:
        rider = rider_for(limiter, self.rate)
        over = overs_db(peaks, ceiling_gain(limiter)) * limiter.strength
        more = rider.latency + -(len(over) + rider.latency) % _CHUNK
        padded, rooms = (np.pad(each, (0, more)) for each in (over, self._rooms[0]))
        parts = [
            rider.process(padded[at : at + _CHUNK], rooms[at : at + _CHUNK])
            for at in range(0, len(padded), _CHUNK)
        ]
        return np.concatenate(parts)[rider.latency : rider.latency + len(peaks)]

    def _blocks(self, powers: Block) -> Block:
        """Mean power of the gating blocks."""
        tenths = int(len(powers) / (self.rate / 10.0) + 1e-6)
        if tenths < TENTHS_PER_BLOCK:
            return np.zeros(0)
        edges = np.round(np.arange(tenths + 1) * (self.rate / 10.0)).astype(np.int64)
        sums = np.add.reduceat(powers[: edges[-1]], edges[:-1]) / np.diff(edges)
        count = len(sums) - TENTHS_PER_BLOCK + 1
        return (
            np.asarray(sum(sums[i : i + count] for i in range(TENTHS_PER_BLOCK))) / TENTHS_PER_BLOCK
        )
