"""The plain loops over samples, and the one place that compiles them.

Each loop is ordinary Python over arrays; `compiled` hands back the same loop as machine code when
numba is there (docs/adr/0002-compiled-loops.md). Both forms give the same bits. All arrays are
float64, C-contiguous and writable; `state` arrays carry a loop over to the next block.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from studiohand.core.audio import Block

Loop = TypeVar("Loop", bound=Callable[..., None])

NEPER_PER_DB = math.log(10.0) / 20.0
QUIETEST = 1e-20
"""Power below which a level counts as silence (-200 dB)."""
AT_REST = 1e-7
"""Gain reduction in dB below which a follower has come to rest: the gain is then exactly one."""
LIMITER_AT_REST = 1e-3
"""The same for the limiter, whose gain is smoothed afterwards, so this step is not heard."""

_compiled: dict[Callable[..., None], Callable[..., None]] = {}


def compiled(loop: Loop) -> Loop:
    """The loop as machine code, compiled at its first use and kept on disk.

    Without numba, or on a machine where nothing may be kept, it still runs: as plain Python, or
    compiled anew for each process.
    """
    if loop not in _compiled:
        _compiled[loop] = _compile(loop)
    return _compiled[loop]  # type: ignore[return-value]


@contextmanager
def loading() -> Iterator[None]:
    """Meanwhile a thread gets ready what the first loop would wait for."""
    thread = threading.Thread(target=_warm, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _warm() -> None:
    compiled(overs)(np.zeros(1), 1.0, np.zeros(1))


def _compile(loop: Callable[..., None]) -> Callable[..., None]:
    try:
        from numba import njit
    except ImportError:
        return loop
    try:
        built = njit(loop, cache=True, nogil=True)
    except RuntimeError:  # numba found no folder it may keep the machine code in
        built = njit(loop, nogil=True)
    return built  # type: ignore[no-any-return]


def cascade(samples: Block, sections: Block, state: Block) -> None:
    """Second-order sections in place, transposed direct form II.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
    sections : ndarray, shape (sections, 5)
        b0, b1, b2, a1, a2 of each, a0 = 1.
    state : ndarray, shape (sections, channels, 2)
    """
    # frame by frame, for then the sections and channels of one frame do not wait for each other
    for n in range(samples.shape[0]):
        for c in range(samples.shape[1]):
            x = samples[n, c]
            for s in range(sections.shape[0]):
                y = sections[s, 0] * x + state[s, c, 0]
                state[s, c, 0] = sections[s, 1] * x - sections[s, 3] * y + state[s, c, 1]
                state[s, c, 1] = sections[s, 2] * x - sections[s, 4] * y
                x = y
            samples[n, c] = x


def detect(samples: Block, averaging: float, power: Block, state: Block) -> None:
    """Power of the loudest channel, averaged over time.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
    averaging : float
        One-pole coefficient, 0 (peak: no averaging) to below 1.
    power : ndarray, shape (frames,)
        Filled with the result.
    state : ndarray, shape (channels,)
    """
    for n in range(samples.shape[0]):
        loudest = 0.0
        for c in range(samples.shape[1]):
            now = samples[n, c] * samples[n, c]
            state[c] = now + averaging * (state[c] - now)
            loudest = max(loudest, state[c])
        power[n] = loudest


def compress(power: Block, curve: Block, times: Block, gain: Block, state: Block) -> None:
    """Gain of a compressor: soft knee, then smooth attack and release in dB.

    Giannoulis, Massberg and Reiss, "Digital dynamic range compressor design" (JAES 2012): gain
    computer eq. 4, smooth branching detector eq. 17 on the gain in dB.

    Parameters
    ----------
    power : ndarray, shape (frames,)
        Detected level as power.
    curve : ndarray
        Threshold in dB, slope 1 - 1/ratio, knee width in dB.
    times : ndarray
        One-pole coefficients of attack and release.
    gain : ndarray, shape (frames,)
        Filled with factors <= 1.
    state : ndarray, shape (1,)
        Gain reduction reached, in dB >= 0.
    """
    threshold, slope, knee = curve[0], curve[1], curve[2]
    attack, release = times[0], times[1]
    reached = state[0]
    for n in range(power.shape[0]):
        over = 10.0 * math.log10(max(power[n], QUIETEST)) - threshold
        if 2.0 * over >= knee:
            wanted = slope * over
        elif 2.0 * over > -knee:
            wanted = slope * (over + 0.5 * knee) * (over + 0.5 * knee) / (2.0 * knee)
        else:
            wanted = 0.0
        pace = attack if wanted > reached else release
        reached = wanted + pace * (reached - wanted)
        if reached < AT_REST:
            reached = 0.0
        gain[n] = math.exp(-NEPER_PER_DB * reached) if reached > 0.0 else 1.0
    state[0] = reached


def expand(power: Block, curve: Block, times: Block, gain: Block, state: Block) -> None:
    """Gain of a gate: below the threshold the level falls `slope` dB more per dB, to a range.

    Parameters
    ----------
    power : ndarray, shape (frames,)
    curve : ndarray
        Threshold in dB, slope ratio - 1, deepest gain reduction in dB >= 0.
    times : ndarray
        One-pole coefficients of opening and closing, frames to hold open.
    gain : ndarray, shape (frames,)
    state : ndarray, shape (2,)
        Gain reduction reached in dB, frames left of the hold.
    """
    threshold, slope, deepest = curve[0], curve[1], curve[2]
    opening, closing, hold = times[0], times[1], times[2]
    reached, held = state[0], state[1]
    for n in range(power.shape[0]):
        under = threshold - 10.0 * math.log10(max(power[n], QUIETEST))
        wanted = min(max(slope * under, 0.0), deepest)
        if wanted <= reached:
            held = hold
            reached = wanted + opening * (reached - wanted)
        elif held > 0.0:
            held -= 1.0
        else:
            reached = wanted + closing * (reached - wanted)
        if reached < AT_REST:
            reached = 0.0
        gain[n] = math.exp(-NEPER_PER_DB * reached) if reached > 0.0 else 1.0
    state[0], state[1] = reached, held


def lean(power: Block, curve: Block, times: Block, gain: Block, state: Block) -> None:
    """Gain that moves to a full change while a level rises through a span of dB.

    Parameters
    ----------
    power : ndarray, shape (frames,)
    curve : ndarray
        Threshold in dB, span in dB > 0 over which the change grows to full, full change in dB.
    times : ndarray
        One-pole coefficients of attack and release.
    gain : ndarray, shape (frames,)
    state : ndarray, shape (1,)
        Share of the change reached, 0 to 1.
    """
    threshold, span, full = curve[0], curve[1], curve[2]
    attack, release = times[0], times[1]
    reached = state[0]
    for n in range(power.shape[0]):
        at = (10.0 * math.log10(max(power[n], QUIETEST)) - threshold) / span
        at = min(max(at, 0.0), 1.0)
        wanted = at * at * (3.0 - 2.0 * at)
        pace = attack if wanted > reached else release
        reached = wanted + pace * (reached - wanted)
        if reached < AT_REST:
            reached = 0.0
        gain[n] = math.exp(NEPER_PER_DB * full * reached) if reached > 0.0 else 1.0
    state[0] = reached


def convolve(samples: Block, taps: Block, out: Block) -> None:
    """Correlation with `taps`, added to `out`.

    Four taps at a time and through views counted from zero, so that the inner loop over frames is
    vectorised: eight times as fast as the plain double loop.

    Parameters
    ----------
    samples : ndarray, shape (frames + taps - 1,)
    taps : ndarray
        Their number is a multiple of four.
    out : ndarray, shape (frames,)
    """
    frames = out.shape[0]
    for k in range(0, taps.shape[0], 4):
        t0, t1, t2, t3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        s = samples[k : k + frames + 3]
        for n in range(frames):
            out[n] += t0 * s[n] + t1 * s[n + 1] + t2 * s[n + 2] + t3 * s[n + 3]


def interpolate(samples: Block, phases: Block, hot: Block, curve: Block) -> None:
    """Points of the curve between samples, in those runs of frames that are asked for.

    Parameters
    ----------
    samples : ndarray, shape (frames + taps - 1,)
    phases : ndarray, shape (phases, taps)
        Each phase's taps in the order of the samples; a multiple of four.
    hot : ndarray, shape (runs,)
        Above zero: compute this run; a run is frames / runs long.
    curve : ndarray, shape (phases, frames)
        Zeros; filled in the runs asked for.
    """
    frames = curve.shape[1] // hot.shape[0]
    for run in range(hot.shape[0]):
        if hot[run] <= 0.0:
            continue
        first = run * frames
        for p in range(phases.shape[0]):
            row = curve[p, first : first + frames]
            for k in range(0, phases.shape[1], 4):
                t0, t1, t2, t3 = phases[p, k], phases[p, k + 1], phases[p, k + 2], phases[p, k + 3]
                s = samples[first + k : first + k + frames + 3]
                for n in range(frames):
                    row[n] += t0 * s[n] + t1 * s[n + 1] + t2 * s[n + 2] + t3 * s[n + 3]


def overs(peak: Block, ceiling: float, out: Block) -> None:
    """How far each peak is over a ceiling, in dB >= 0."""
    for n in range(peak.shape[0]):
        out[n] = 20.0 * math.log10(peak[n] / ceiling) if peak[n] > ceiling else 0.0


def ahead(values: Block, window: int, out: Block) -> None:
    """Largest of `window` values from each place on (van Herk 1992).

    Parameters
    ----------
    values : ndarray, shape (frames + window - 1,)
    window : int
        >= 1.
    out : ndarray, shape (frames,)
    """
    frames = out.shape[0]
    for start in range(0, frames, window):
        stop = min(start + window, frames)
        last = start + window - 1
        running = values[last]
        for n in range(last, start - 1, -1):
            running = max(running, values[n])
            if n < stop:
                out[n] = running
        running = 0.0
        for n in range(start + 1, stop):
            new = values[n + window - 1]
            running = new if n == start + 1 else max(running, new)
            out[n] = max(out[n], running)


def let_go(wanted: Block, release: float, out: Block, state: Block) -> None:
    """Reduction that jumps up to what is wanted and falls back exponentially.

    Parameters
    ----------
    wanted : ndarray, shape (frames,)
        Least reduction allowed, in dB >= 0.
    release : float
        One-pole coefficient.
    out : ndarray, shape (frames,)
        Reduction in dB, >= wanted.
    state : ndarray, shape (1,)
        Reduction reached.
    """
    reached = state[0]
    for n in range(wanted.shape[0]):
        reached = max(wanted[n], release * reached)
        if reached < LIMITER_AT_REST:
            reached = wanted[n]
        out[n] = reached
    state[0] = reached


def rising(values: Block, window: int, rise: float, out: Block) -> None:
    """Largest of `window` values from each place on, each less by `rise` for every step away.

    The mirror image of an exponential release, found like a running maximum (van Herk 1992).

    Parameters
    ----------
    values : ndarray, shape (frames + window - 1,)
        >= 0.
    window : int
        >= 1.
    rise : float
        Factor a step, 0 to 1, large enough that its power `window` does not vanish.
    out : ndarray, shape (frames,)
    """
    frames = out.shape[0]
    farthest = 1.0
    for _ in range(window - 1):
        farthest *= rise
    for start in range(0, frames, window):
        stop = min(start + window, frames)
        running = 0.0
        for n in range(start + window - 1, start - 1, -1):
            running = max(values[n], rise * running)
            if n < stop:
                out[n] = running
        running = 0.0
        for n in range(start + 1, stop):
            running = max(running / rise, values[n + window - 1] * farthest)
            out[n] = max(out[n], running)
