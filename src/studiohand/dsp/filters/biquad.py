"""Second-order filters: the analogue shapes, their cookbook form and a Nyquist-matched form.

The cookbook form (R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients")
squeezes everything towards half the sample rate. The matched form starts from matched poles and
zeros and moves them, by damped least squares on the level in dB, until the curve lies on the
analogue one up to 20 kHz at 44.1 kHz (the aim of M. Vicanek, "Matched second order digital
filters", 2016, without its limits for wide bells and for shelves near the top).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp import kernels

HIGHEST_SHARE = 0.4535
"""Highest frequency at which the match is asked for, of the sample rate: 20 kHz at 44.1 kHz."""
LOWEST_HZ = 20.0
GOOD_ENOUGH_DB = 0.005
"""Where the cookbook form lies this close to the analogue curve, it is the one used."""

Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Analogue:
    """One analogue section: polynomials in s, highest power first, s = 1j at `hz`.

    Parameters
    ----------
    above, below : (float, float, float)
        Numerator and denominator; a first-order section starts with zero.
    hz : float
        Frequency > 0 to which s is normalised.
    """

    above: tuple[float, float, float]
    below: tuple[float, float, float]
    hz: float

    def response(self, hz: Block) -> Complex:
        """Complex gain at frequencies in Hz."""
        s = 1j * np.asarray(hz) / self.hz
        return np.asarray(np.polyval(self.above, s) / np.polyval(self.below, s))


def bell(hz: float, db: float, q: float) -> Analogue:
    """Peaking filter; boost and cut are mirror images (RBJ cookbook)."""
    a = 10.0 ** (db / 40.0)
    return Analogue((1.0, a / q, 1.0), (1.0, 1.0 / (a * q), 1.0), hz)


def low_shelf(hz: float, db: float, q: float) -> Analogue:
    """Shelf below `hz`, where the gain is half of `db` (RBJ cookbook)."""
    a = 10.0 ** (db / 40.0)
    bend = math.sqrt(a) / q
    return Analogue((a, a * bend, a * a), (a, bend, 1.0), hz)


def high_shelf(hz: float, db: float, q: float) -> Analogue:
    """Shelf above `hz`, where the gain is half of `db` (RBJ cookbook)."""
    a = 10.0 ** (db / 40.0)
    bend = math.sqrt(a) / q
    return Analogue((a * a, a * bend, a), (1.0, bend, a), hz)


def notch(hz: float, db: float, q: float) -> Analogue:
    """Notch of a depth in dB <= 0; 0 means to silence."""
    left = 0.0 if db == 0.0 else 10.0 ** (db / 20.0)
    return Analogue((1.0, left / q, 1.0), (1.0, 1.0 / q, 1.0), hz)


def high_pass(hz: float, q: float, slope: int) -> tuple[Analogue, ...]:
    """High pass of a slope in dB per octave; `q` shapes 12 dB, other slopes are Butterworth."""
    first = (Analogue((0.0, 1.0, 0.0), (0.0, 1.0, 1.0), hz),) if slope % 12 else ()
    return first + tuple(
        Analogue((1.0, 0.0, 0.0), (1.0, 1.0 / each, 1.0), hz) for each in _qs(q, slope)
    )


def low_pass(hz: float, q: float, slope: int) -> tuple[Analogue, ...]:
    """Low pass of a slope in dB per octave; `q` shapes 12 dB, other slopes are Butterworth."""
    first = (Analogue((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), hz),) if slope % 12 else ()
    return first + tuple(
        Analogue((0.0, 0.0, 1.0), (1.0, 1.0 / each, 1.0), hz) for each in _qs(q, slope)
    )


def _qs(q: float, slope: int) -> list[float]:
    """Quality of each second-order section of a slope."""
    if slope == 12:
        return [q]
    order = slope // 6
    return [
        1.0 / (2.0 * math.sin(math.pi * (2 * k + 1) / (2 * order)))
        for k in range(order // 2)
    ]  # fmt: skip


def cookbook(section: Analogue, rate: int) -> Block:
    """Bilinear transform, exact at the section's own frequency: b0, b1, b2, a1, a2."""
    k = 1.0 / math.tan(math.pi * min(section.hz / rate, 0.49))

    def warped(p: tuple[float, float, float]) -> Block:
        return np.array(
            [p[0] * k * k + p[1] * k + p[2], 2.0 * (p[2] - p[0] * k * k),
             p[0] * k * k - p[1] * k + p[2]]
        )  # fmt: skip

    above, below = warped(section.above), warped(section.below)
    return np.asarray(np.concatenate([above, below[1:]]) / below[0])


@functools.lru_cache(maxsize=512)
def matched(section: Analogue, rate: int) -> Block:
    """The section as b0, b1, b2, a1, a2 that lies on the analogue curve up to 20 kHz; read-only."""
    hz = np.geomspace(LOWEST_HZ, HIGHEST_SHARE * rate, 128)
    goal = _db(section.response(hz))
    plain = cookbook(section, rate)
    best = plain
    if section.hz >= 0.49 * rate or _miss(plain, hz, rate, goal) > GOOD_ENOUGH_DB:
        fitted = _fitted(section, rate, hz, goal)
        if _miss(fitted, hz, rate, goal) < _miss(plain, hz, rate, goal):
            best = fitted
    best.setflags(write=False)
    return best


def response(sections: Sequence[Block], hz: Block, rate: int) -> Complex:
    """Complex gain of running sections at frequencies in Hz."""
    z = np.exp(-2j * np.pi * np.asarray(hz) / rate)
    total = np.ones(len(z), dtype=np.complex128)
    for b0, b1, b2, a1, a2 in sections:
        total *= (b0 + z * (b1 + z * b2)) / (1.0 + z * (a1 + z * a2))
    return total


class Cascade:
    """Sections in a row, running.

    Parameters
    ----------
    sections : sequence of ndarray
        b0, b1, b2, a1, a2 of each.
    channels : int
    """

    def __init__(self, sections: Sequence[Block], channels: int) -> None:
        self._sections = np.array(sections).reshape(-1, 5)
        self._state = np.zeros((len(self._sections), channels, 2))
        self._run = kernels.compiled(kernels.cascade)

    def process(self, block: Block) -> Block:
        """The filtered block, shape (frames, channels)."""
        out = np.array(block, dtype=np.float64, order="C")
        self._run(out, self._sections, self._state)
        return out


def _db(gain: Complex) -> Block:
    return np.asarray(20.0 * np.log10(np.maximum(np.abs(gain), 1e-10)))


def _miss(coefficients: Block, hz: Block, rate: int, goal_db: Block) -> float:
    """Largest distance in dB, counted less where the goal is far down."""
    error = _db(response([coefficients], hz, rate)) - goal_db
    return float(np.max(np.abs(error) * _weight(goal_db)))


def _weight(goal_db: Block) -> Block:
    return np.asarray(1.0 / (1.0 + (np.minimum(goal_db, 0.0) / 20.0) ** 2))


def _fitted(section: Analogue, rate: int, hz: Block, goal: Block) -> Block:
    """Damped least squares on the level from matched poles and zeros.

    Zeros at frequency 0 or on the imaginary axis (passes, notches) stay where they are.
    """
    zeros, fixed = _mapped(section.above, section.hz, rate)
    poles, _ = _mapped(section.below, section.hz, rate)
    at = np.array([0.0, *zeros, *poles])
    free = np.array([True, *([not fixed] * 2), True, True])
    free[3:] &= np.array([True, section.below[0] != 0.0])
    z = np.exp(-2j * np.pi * hz / rate)
    weight = _weight(goal)
    at[0] = float(np.mean(goal - _level(at, z)))
    error = weight * (goal - _level(at, z))
    damping = 1e-2
    for _ in range(80):
        slope = (_slopes(at, z) * weight[:, None])[:, free]
        normal = slope.T @ slope
        normal += damping * np.diag(np.diag(normal) + 1e-12)
        step = np.zeros(5)
        step[free] = np.linalg.solve(normal, slope.T @ error)
        new_error = weight * (goal - _level(at + step, z))
        if _stable(at + step) and new_error @ new_error < error @ error:
            at, error, damping = at + step, new_error, damping * 0.3
        else:
            damping *= 4.0
        if damping > 1e8:
            break
    gain = 10.0 ** (at[0] / 20.0)
    return np.array([gain, gain * at[1], gain * at[2], at[3], at[4]])


def _mapped(
    polynomial: tuple[float, float, float], hz: float, rate: int
) -> tuple[tuple[float, float], bool]:
    """First and second coefficient of the z polynomial with roots exp(s T); whether to fix it."""
    roots = np.roots(np.trim_zeros(polynomial, "f"))
    mapped = np.atleast_1d(np.poly(np.exp(roots * 2.0 * np.pi * hz / rate)))
    padded = np.concatenate([np.real(mapped), np.zeros(3 - len(mapped))])
    fixed = len(roots) > 0 and bool(np.all(np.abs(np.real(roots)) < 1e-12))
    return (float(padded[1]), float(padded[2])), fixed


def _level(at: Block, z: Complex) -> Block:
    above = _db(1.0 + z * (at[1] + z * at[2]))
    below = _db(1.0 + z * (at[3] + z * at[4]))
    return np.asarray(at[0] + above - below)


def _slopes(at: Block, z: Complex) -> Block:
    """Change of the level in dB with each of gain in dB, b1, b2, a1, a2."""
    per_neper = 20.0 / math.log(10.0)
    above = 1.0 / (1.0 + z * (at[1] + z * at[2]))
    below = 1.0 / (1.0 + z * (at[3] + z * at[4]))
    columns = [np.real(z * above), np.real(z * z * above)]
    columns += [-np.real(z * below), -np.real(z * z * below)]
    return np.stack([np.ones(len(z)), *(per_neper * c for c in columns)], axis=1)


def _stable(at: Block) -> bool:
    """Poles inside the unit circle, zeros not outside it."""
    poles = abs(at[4]) < 0.999999 and abs(at[3]) < (1.0 + at[4]) * 0.9999999
    zeros = abs(at[2]) <= 1.0 + 1e-12 and abs(at[1]) <= 1.0 + at[2] + 1e-12
    return bool(poles and zeros)
