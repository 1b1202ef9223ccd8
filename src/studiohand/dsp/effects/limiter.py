"""True-peak limiter: looks ahead, sees between the samples, and is not there when not needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.core.units import db_to_gain
from studiohand.dsp import kernels, peakloops
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.effects.checks import within
from studiohand.dsp.effects.dynamics import ReductionCurve
from studiohand.dsp.effects.gainrider import GainRider, TipRoom
from studiohand.dsp.filters.oversample import factor_for, phases

HOP_FRAMES = 8192
ROW_FRAMES = 16
"""Detection looks between the samples of such a row only where the row could be over."""
TAPS = 64
REACHED_ROWS = TAPS // ROW_FRAMES + 1
LEAN = 1e-3
"""The filters miss the slope of a straight line by up to 2.5e-4 of it a frame."""
MARGIN_DB = 0.02
"""Distance kept from the ceiling."""
TOP_CUTOFF, TOP_BETA = 0.43, 5.0
"""The top, where interpolators differ: from about 19 kHz at 44.1 kHz (cutoff over rate)."""
TOP_REACH, TOP_SHARE = 8, 1.15
"""Frames in which the top counts, and how much of it: pink noise then shows no over anywhere."""
CLOSE = 0.95
"""The second pass looks where the first expects peaks above this share of the ceiling."""
BoolArray = npt.NDArray[np.bool_]


@step
@dataclass(frozen=True, slots=True)
class Limiter:
    """True-peak limiter; all channels are turned down together.

    Where nothing is over the ceiling the output is the input (with `gain_db`), bit for bit. The
    gain follows the oversampled peaks in three shapes (`dsp.effects.gainrider`): what is over all
    the time is held still, so that bass keeps its form; hits are turned down for milliseconds; the
    last 0.8 dB of each is rounded off. A second, almost idle pass takes what the moving gain
    itself adds between the samples.

    Parameters
    ----------
    ceiling_dbtp : float
        -60 to +20.
    gain_db : float
        -60 to +60, before limiting.
    lookahead_ms : float
        0.1 to 20: rise towards a hit, from 37 %; it begins five times as early.
    release_ms : float
        0.1 to 2000: return after a hit, to 37 %.
    strength : float
        0 to 1: share of the overshoot taken away, in dB. Below 1 the ceiling is not kept.
    """

    do: ClassVar[str] = "limiter"
    kind: ClassVar[StepKind] = "process"
    ceiling_dbtp: float = -1.0
    gain_db: float = 0.0
    lookahead_ms: float = 5.0
    release_ms: float = 8.0
    strength: float = 1.0

    def __post_init__(self) -> None:
        within("limiter", "ceiling_dbtp", self.ceiling_dbtp, -60.0, 20.0)
        within("limiter", "gain_db", self.gain_db, -60.0, 60.0)
        within("limiter", "lookahead_ms", self.lookahead_ms, 0.1, 20.0)
        within("limiter", "release_ms", self.release_ms, 0.1, 2000.0)
        within("limiter", "strength", self.strength, 0.0, 1.0)

    def start(self, rate: int, channels: int) -> LimiterProcessor:
        """A running limiter; `curve` holds its gain reduction."""
        return LimiterProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        """Gain and strength scale; strength stops at 1."""
        return replace(
            self,
            gain_db=min(max(self.gain_db * amount, -60.0), 60.0),
            strength=min(max(self.strength * amount, 0.0), 1.0),
        )


class LimiterProcessor:
    """A running `Limiter`.

    Attributes
    ----------
    curve : ReductionCurve
    """

    def __init__(self, settings: Limiter, rate: int, channels: int) -> None:
        self._gain, self._channels = db_to_gain(settings.gain_db), channels
        self._first = _Stage(settings, rate, channels)
        self._second: _Stage | None = None
        if settings.strength == 1.0:
            self._second = _Stage(settings, rate, channels, fine=True)
        late = self._second.latency if self._second else 0
        latency = self._first.latency + late
        self._late_gain = Delay(late, 1)
        self._hopped: Hopped | None = None
        if settings.strength > 0.0:
            self._hopped = Hopped(self._work, channels, HOP_FRAMES, latency)
        self.curve = ReductionCurve(rate, latency)

    def process(self, block: Block, key: Block | None = None) -> Block:
        raised = block * self._gain
        return self._hopped.process(raised) if self._hopped else raised

    def flush(self) -> Block:
        return self._hopped.flush() if self._hopped else np.zeros((0, self._channels))

    def _work(self, hop: Block, key: Block | None) -> Block:
        out, gain, left = self._first.process(hop, None)
        if self._second is not None:
            out, fine, _ = self._second.process(out, left)
            gain = self._late_gain.process(gain[:, None])[:, 0] * fine
        self.curve.add(gain)
        return out


class _Stage:
    """Detection, gain, and the sound turned down: on one hop at a time."""

    def __init__(self, settings: Limiter, rate: int, channels: int, *, fine: bool = False) -> None:
        self._ceiling, self._strength = ceiling_gain(settings), settings.strength
        self._detector = PeakDetector(rate, channels, self._ceiling)
        self._tips = None if fine else TipRoom(rate, channels)
        later = 0 if self._tips is None else self._tips.latency - self._detector.latency
        self._rider = rider_for(settings, rate, fine=fine, tips_later=later)
        self.latency = self._detector.latency + self._rider.latency
        self._dry = Delay(self.latency, channels)
        self._late_peak = Delay(self._rider.latency, 1)

    def process(self, hop: Block, bound: Block | None) -> tuple[Block, Block, Block]:
        """Limited hop, its gain, and what is left of the peaks; all `latency` frames late.

        `bound` says how high each frame's peak can be, where that is known.
        """
        peak = self._detector.process(hop, bound)
        over = overs_db(peak, self._ceiling) * self._strength
        tips = np.zeros(len(hop))
        if self._tips is not None:
            tips = np.repeat(self._tips.process(hop), self._tips.step)
        gain = self._rider.process(over, tips)
        left = self._late_peak.process(peak[:, None])[:, 0] * gain
        return self._dry.process(hop) * gain[:, None], gain, left


def rider_for(
    settings: Limiter, rate: float, *, fine: bool = False, tips_later: int = 0
) -> GainRider:
    """What rides the gain of a limiter, on peaks at a rate; see `GainRider`."""
    times = settings.lookahead_ms, settings.release_ms
    return GainRider(rate, *times, fine=fine, tips_later=tips_later)


def overs_db(peak: Block, ceiling: float) -> Block:
    """How far each peak is over a ceiling, in dB >= 0."""
    over = np.empty(len(peak))
    kernels.compiled(kernels.overs)(peak, ceiling, over)
    return over


def ceiling_gain(settings: Limiter) -> float:
    """The amplitude at which the limiter sets in."""
    return db_to_gain(settings.ceiling_dbtp - MARGIN_DB)


class PeakDetector:
    """Largest magnitude of the curve around each frame, over all channels.

    Near half the sample rate every converter and meter draws a different curve. So the share of
    the sound up there is found too, and counted on top with `TOP_SHARE`: little in most records,
    and enough that other meters find no overs either.

    The curve is drawn, in single precision, only in rows where it may be over. A value y between
    two samples obeys

        |y| <= min(B m, n + Q d)

    with m the highest sample within the filter's reach, n that near the row, d the highest second
    difference within reach, B the filter's absolute sum, and Q the absolute sum of what is left of
    it once linear interpolation is taken out, integrated twice.
    """

    def __init__(self, rate: int, channels: int, ceiling: float) -> None:
        top = -phases(1, TAPS, TOP_CUTOFF, TOP_BETA)
        top[0, TAPS // 2 - 1] += 1.0
        filters = np.concatenate([phases(factor_for(rate), TAPS)[1:], top])
        self._ceiling = ceiling
        self._reach, self._bend = _bounds_of(filters)
        self._bank = _bank(filters)
        self._phases = len(filters)
        self._before = np.zeros((channels, TAPS - 1))
        self._before_bound = np.zeros(TAPS - 1)
        self._last = np.full((channels, 1), np.inf)
        self._late = [Delay(TOP_REACH + 1, 1) for _ in range(channels)]
        self._tops = np.zeros((channels, 2 * TOP_REACH))
        self.latency = TAPS // 2 + 1 + TOP_REACH

    def process(self, hop: Block, bound: Block | None) -> Block:
        """Peaks of a hop, shape (frames,), `latency` frames late; zero where surely not over."""
        frames = len(hop)
        peak = np.zeros(frames)
        likely = None if bound is None else self._likely(bound)
        for c in range(hop.shape[1]):
            line = np.concatenate([self._before[c], hop[:, c], np.zeros(1)])
            self._before[c] = line[frames:-1]
            hot = self._hot(line)
            curve, top = self._drawn(c, line, hot if likely is None else hot & likely)
            own = self._late[c].process(curve[:, None])[:, 0]
            np.maximum(peak, own + TOP_SHARE * self._topped(c, top), out=peak)
        return peak

    def _hot(self, line: Block) -> BoolArray:
        """Rows in which the curve, with the top counted on it, may be over the ceiling."""
        high, bend = _row_peaks(line), _row_peaks(line, peakloops.most_bent)
        reached = _in_reach(high)
        near = np.maximum(high[1:-3], high[2:-2]) + LEAN * reached + self._bend * _in_reach(bend)
        hot: BoolArray = np.minimum(near, self._reach * reached) > self._ceiling
        hot[1:] |= hot[:-1]  # the top of a neighbour counts too
        hot[:-1] |= hot[1:]
        return hot

    def _drawn(self, c: int, line: Block, hot: BoolArray) -> tuple[Block, Block]:
        """Height of the curve and of the top at each frame, zero in other rows."""
        frames = len(line) - TAPS
        curve, top = np.zeros(frames), np.zeros(frames)
        rows = np.flatnonzero(hot)
        small = line.astype(np.float32)
        reach, step = len(self._bank), small.itemsize
        shape = frames // ROW_FRAMES, reach
        windows = np.ndarray(shape, np.float32, small, 0, (ROW_FRAMES * step, step))
        points = (windows[rows] @ self._bank).reshape(-1, ROW_FRAMES, self._phases)
        samples = line[TAPS // 2 - 1 : TAPS // 2 + frames]
        kernels.compiled(peakloops.crest)(samples, points, rows, curve, top, self._last[c])
        return curve, top

    def _topped(self, c: int, top: Block) -> Block:
        """Largest share of the top within `TOP_REACH` frames either side."""
        joined = np.concatenate([self._tops[c], top])
        self._tops[c] = joined[len(top) :]
        largest = np.empty(len(top))
        kernels.compiled(kernels.ahead)(joined, 2 * TOP_REACH + 1, largest)
        return largest

    def _likely(self, bound: Block) -> BoolArray:
        """Rows whose expected peaks come close to the ceiling."""
        line = np.concatenate([self._before_bound, bound, np.zeros(1)])
        self._before_bound = line[len(bound) : -1]
        return np.asarray(_in_reach(_row_peaks(line)) > CLOSE * self._ceiling)


def _row_peaks(line: Block, loop: Callable[[Block, int, Block], None] = peakloops.highest) -> Block:
    """Largest magnitude in each row of samples, or what else a loop finds there."""
    out = np.empty(len(line) // ROW_FRAMES)
    kernels.compiled(loop)(line, ROW_FRAMES, out)
    return out


def _in_reach(rows: Block) -> Block:
    """Largest value of the rows that a filter reaches from each row of the curve."""
    largest = rows[: 1 - REACHED_ROWS].copy()
    for later in range(1, REACHED_ROWS):
        np.maximum(largest, rows[later : later + len(largest)], out=largest)
    return largest


def _bounds_of(filters: Block) -> tuple[float, float]:
    """B and Q of `PeakDetector`; the last filter finds the top, which counts on top of each."""
    between, half = len(filters) - 1, TAPS // 2
    bent = filters.copy()
    share = np.arange(1, between + 1) / (between + 1)
    bent[:-1, half - 1] -= 1.0 - share
    bent[:-1, half] -= share
    sums = np.abs(np.cumsum(np.cumsum(bent, axis=1), axis=1)).sum(axis=1)
    reach = np.abs(filters).sum(axis=1)
    return (
        float(reach[:-1].max() + TOP_SHARE * reach[-1]),
        float(sums[:-1].max() + TOP_SHARE * sums[-1]),
    )


def _bank(filters: Block) -> npt.NDArray[np.float32]:
    """All points of a row as one matrix, shape (ROW_FRAMES + TAPS - 1, ROW_FRAMES filters)."""
    bank = np.zeros((ROW_FRAMES + TAPS - 1, ROW_FRAMES, len(filters)), dtype=np.float32)
    for at in range(ROW_FRAMES):
        bank[at : at + TAPS, at] = filters.T
    return bank.reshape(len(bank), -1)
