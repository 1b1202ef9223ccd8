"""From peaks to a limiter's gain: three shapes for three kinds of loudness over the ceiling.

What is asked for all the time is held still; hits are turned down for a few milliseconds; the last
decibel of each peak is rounded off in a fraction of one, where the sound is bright enough to hide
it. Each shape takes only what the slower ones leave, so the gain moves no faster than the sound
makes it, and never comes late.
"""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp import kernels, peakloops
from studiohand.dsp.blocks.hops import Delay
from studiohand.dsp.effects.dynamics import pace

CYCLE_MS = 25.0
"""A tone down to 40 Hz asks for reduction at least once in this time."""
STEADY_MS = 120.0
"""Reduction asked for in every cycle of so long a time is steady."""
STEADY_STEP_S = 0.0004
TIP_DB = 0.8
"""Height of the tips that are rounded off; 0.5 to 1.3 dB did least harm on records."""
TIP_MS, TIP_ROUND_MS, ROUND_MS = 0.2, 0.1, 2.0
MIDDLE_HZ = 5500.0
"""Tips are short clicks up to about 3 kHz; what can hide them must be there, not at the top."""
DULL_DB, BRIGHT_DB = -25.0, -12.0
"""Power of the second difference, at that rate, over the sound's: no tips; full tips."""
BRIGHT_MS = 10.0
REACH = 5.0
"""A rise begins this many time constants before its peak, where it is still under one percent."""


class GainRider:
    """Reduction that keeps peaks under a ceiling, `latency` values late.

    Parameters
    ----------
    rate : float
        Values a second: the sample rate, or less for a sketch of what the limiter will do.
    rise_ms, release_ms : float
        Time constants before and after a hit.
    fine : bool
        True: only bumps, for the little that another rider has left.
    tips_later : int
        By how many values the tips come later than the overshoots.
    """

    def __init__(
        self, rate: float, rise_ms: float, release_ms: float, *, fine: bool = False,
        tips_later: int = 0,
    ) -> None:  # fmt: skip
        self._steady = None if fine else _Steady(rate)
        self._body = _Bump(rate, rise_ms, release_ms, ROUND_MS)
        self._tip = _Bump(rate, TIP_MS, TIP_MS, TIP_ROUND_MS)
        self._before_body = Delay(self._steady.latency if self._steady else 0, 1)
        self._tip_before_body = Delay(self._steady.latency - tips_later if self._steady else 0, 1)
        self._body_late = Delay(self._body.latency, 1)
        self._tip_late = Delay(self._tip.latency, 1)
        self._steady_late = Delay(self._body.latency + self._tip.latency, 1)
        self.latency = self._body.latency + self._tip.latency
        self.latency += self._steady.latency if self._steady else 0

    def process(self, over_db: Block, tip_db: Block) -> Block:
        """Gain factors for the next overshoots in dB >= 0, all of shape (values,).

        `tip_db` is how much of each peak may be rounded off (`TipRoom`).
        """
        rest, held = over_db, np.zeros(len(over_db))
        if self._steady is not None:
            held = self._steady.process(over_db)
            rest = np.maximum(_late(self._before_body, over_db) - held, 0.0)
            tip_db = _late(self._tip_before_body, tip_db)
        body = self._body.process(np.maximum(rest - tip_db, 0.0))
        left = np.maximum(_late(self._body_late, rest) - body, 0.0)
        reduction = self._tip.process(left)
        reduction += _late(self._tip_late, body) + _late(self._steady_late, held)
        return np.asarray(np.exp(-kernels.NEPER_PER_DB * reduction))


class TipRoom:
    """How much of a peak may be rounded off at each moment: `TIP_DB` where the sound is bright.

    Parameters
    ----------
    rate, channels : int
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._thin = 2 ** max(round(np.log2(rate / MIDDLE_HZ)), 0)
        self.step = 2 * self._thin
        taps = 4 * max(round(BRIGHT_MS * rate / self.step / 4000.0), 1)
        self._taps = np.ones(taps)
        self._mean = np.tile(np.eye(channels) / self._thin, (self._thin, 1))
        self._before = np.zeros((2, channels))
        self._open = np.zeros((2, taps - 1))
        self.latency = taps // 2 * self.step

    def process(self, hop: Block) -> Block:
        """Height in dB for each `step` frames, `latency` frames late."""
        thinned = hop.reshape(-1, len(self._mean)) @ self._mean
        joined, self._before = _joined(self._before, thinned)
        bent = joined[2:] - 2.0 * joined[1:-1] + joined[:-2]
        powers = []
        for which, sound in enumerate((thinned, bent)):
            rows = sound.reshape(len(sound) // 2, -1)
            line, self._open[which] = _joined(self._open[which], np.einsum("sf,sf->s", rows, rows))
            power = np.zeros(len(rows))
            kernels.compiled(kernels.convolve)(line, self._taps, power)
            powers.append(power)
        bright_db = 10.0 * np.log10((powers[1] + 1e-20) / (powers[0] + 1e-12))
        share = (bright_db - DULL_DB) / (BRIGHT_DB - DULL_DB)
        return np.asarray(TIP_DB * np.clip(share, 0.0, 1.0))


class _Bump:
    """Reduction with a smooth rise and fall around each peak."""

    def __init__(self, rate: float, rise_ms: float, release_ms: float, round_ms: float) -> None:
        self._rise, self._release = pace(rise_ms, rate), pace(release_ms, rate)
        self._reach = round(REACH * rise_ms * rate / 1000.0) + 1
        rounding = round(round_ms * rate / 1000.0)
        self._window = _cosine(rounding + 1)
        # One value more on either side: a peak between two frames counts for both.
        self._width = rounding + 2
        self.latency = self._reach - 1 + rounding
        self._peaks = np.zeros(self._width - 1)
        self._fallen = np.zeros(self._reach - 1)
        self._risen = np.zeros(len(self._window) - 1)
        self._state = np.zeros(1)
        self._busy = False

    def process(self, wanted: Block) -> Block:
        """Reduction in dB, at least what was wanted `latency` values before."""
        frames = len(wanted)
        if not self._busy and not wanted.any():
            return np.zeros(frames)
        highest, fallen, risen = (np.empty(frames) for _ in range(3))
        joined, self._peaks = _joined(self._peaks, wanted)
        kernels.compiled(kernels.ahead)(joined, self._width, highest)
        kernels.compiled(kernels.let_go)(highest, self._release, fallen, self._state)
        joined, self._fallen = _joined(self._fallen, fallen)
        kernels.compiled(kernels.rising)(joined, self._reach, self._rise, risen)
        joined, self._risen = _joined(self._risen, risen)
        smooth = np.zeros(frames)
        kernels.compiled(kernels.convolve)(joined, self._window, smooth)
        self._busy = any(x.any() for x in (self._peaks, self._state, self._fallen, self._risen))
        return smooth


class _Steady:
    """The reduction that is wanted in every cycle all around, smoothed over that same time.

    A lower envelope of the peaks' upper envelope: highest value of each cycle, the lowest of those
    in `STEADY_MS`, and two averages which together are as long. A steady tone gets a constant
    gain, single hits and the swell of a phrase get none.
    """

    def __init__(self, rate: float) -> None:
        self._step = 2 ** max(round(np.log2(STEADY_STEP_S * rate)), 0)
        steps = rate / self._step / 1000.0
        self._cycle, self._span = round(CYCLE_MS * steps) + 1, round(STEADY_MS * steps) + 1
        self._average = np.full(-(-self._span // 8) * 4, 1.0 / (-(-self._span // 8) * 4))
        self._cycles, self._spans = np.zeros(self._cycle - 1), np.zeros(self._span - 1)
        self._averages = [np.zeros(len(self._average) - 1) for _ in range(2)]
        self._last = 0.0
        self._busy = False
        around = (self._cycle - 1) // 2 + (self._span - 1) // 2 + len(self._average) - 1
        self.latency = (around + 1) * self._step + self._step // 2

    def process(self, over_db: Block) -> Block:
        """Reduction in dB; as many values as came in, a multiple of the step."""
        if not self._busy and not over_db.any():
            return np.zeros(len(over_db))
        steps = np.empty(len(over_db) // self._step)
        kernels.compiled(peakloops.highest)(over_db, self._step, steps)
        highest, lowest = np.empty(len(steps)), np.empty(len(steps))
        joined, self._cycles = _joined(self._cycles, steps)
        kernels.compiled(kernels.ahead)(joined, self._cycle, highest)
        joined, self._spans = _joined(self._spans, -highest)
        kernels.compiled(kernels.ahead)(joined, self._span, lowest)
        smooth = -lowest
        for which in range(2):
            joined, self._averages[which] = _joined(self._averages[which], smooth)
            smooth = np.zeros(len(steps))
            kernels.compiled(kernels.convolve)(joined, self._average, smooth)
        smooth[smooth < kernels.LIMITER_AT_REST] = 0.0
        self._busy = bool(self._cycles.any() or self._spans.any() or steps.any())
        self._busy |= any(x.any() for x in (*self._averages, smooth))
        return self._drawn(smooth)

    def _drawn(self, steps: Block) -> Block:
        """Straight lines from step to step."""
        before = np.concatenate([[self._last], steps[:-1]])
        self._last = float(steps[-1])
        share = np.arange(1, self._step + 1) / self._step
        return np.asarray((before[:, None] + (steps - before)[:, None] * share).ravel())


def _joined(before: Block, new: Block) -> tuple[Block, Block]:
    """The two in a row, and what of them comes before the next."""
    joined = np.concatenate([before, new])
    return joined, joined[len(new) :]


def _late(delay: Delay, values: Block) -> Block:
    return delay.process(values[:, None])[:, 0]


def _cosine(frames: int) -> Block:
    """Raised-cosine weights that add to one, padded with zeros to a multiple of four."""
    weights = 1.0 - np.cos(2.0 * np.pi * (np.arange(frames) + 1.0) / (frames + 1.0))
    return np.concatenate([np.zeros(-frames % 4), weights / weights.sum()])
