"""As few equaliser bands as a curve deserves: a curve in dB becomes settings a person can type in.

Bands are added one by one where the rest of the curve is largest, as bell or shelf, whichever
helps most; after each, the settings of all are refined together by damped least squares
(Levenberg, 1944). It ends when the rest is small, when a band no longer pays, or at the most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]

BELL, LOW_SHELF, HIGH_SHELF = 0, 1, 2
TYPE_NAMES = ("bell", "low_shelf", "high_shelf")
_ROUNDS, _FAIR_ROUNDS = 40, 2
_STEPS = (1e-4, 1e-3, 1e-4)
"""Of log Hz, dB and log Q, for the slopes."""
_SHELF_Q = (0.4, 1.0)
_SHELF_SPAN_HZ = (40.0, 14000.0)


@dataclass(frozen=True, slots=True)
class FitLimits:
    """What the bands may be, and when enough is enough.

    Parameters
    ----------
    most_bands : int
    most_db : float
        Highest boost or cut of one band.
    lowest_q, highest_q : float
        Of bells.
    good_db : float
        RMS of the rest at which no further band is added.
    pays : float
        Share of the rest's power that a further band must take away.
    least_db : float
        Bands below it are left out in the end.
    effort : float
        What a band's boost or cut costs, as a share of its square in dB.
    fair_db : float
        A rest beyond it counts by its size and no longer by its square, so that a few notes that
        no broad band can follow do not pull at the others.
    """

    most_bands: int = 8
    most_db: float = 12.0
    lowest_q: float = 0.3
    highest_q: float = 2.0
    good_db: float = 0.5
    pays: float = 0.15
    least_db: float = 0.3
    effort: float = 0.0
    fair_db: float = math.inf


@dataclass(frozen=True, slots=True)
class FittedBand:
    """One band: `type` as in the equaliser, `hz`, `db`, `q`."""

    type: str
    hz: float
    db: float
    q: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Bands, the level that is not theirs, and what they leave.

    Parameters
    ----------
    bands : tuple of FittedBand
        In order of frequency.
    offset_db : float
    rest_db : ndarray
        Goal less bands less offset, at each frequency.
    rms_db : float
        Weighted RMS of the rest.
    """

    bands: tuple[FittedBand, ...]
    offset_db: float
    rest_db: Curve
    rms_db: float


def fit_bands(
    hz: Curve, goal_db: Curve, weight: Curve, limits: FitLimits, *, offset: bool = True
) -> Fit:
    """Bands whose sum, plus a free level where `offset`, comes close to a curve.

    Parameters
    ----------
    hz, goal_db, weight : ndarray, shape (points,)
        Frequencies, evenly spaced in log frequency; weight 0 leaves a point out.
    """
    used = weight > 0.0
    problem = _Problem(hz[used], goal_db[used], np.sqrt(weight[used] / weight[used].sum()), limits,
                       offset)  # fmt: skip
    kinds = np.zeros(0, dtype=np.int64)
    at = problem.start()
    rest = problem.cost(kinds, at)
    while len(kinds) < limits.most_bands and np.sqrt(rest) > limits.good_db:
        better = _with_one_more(problem, kinds, at)
        if better is not None and better[0] > rest * (1.0 - limits.pays):
            # one alone may not pay where two do
            two = len(kinds) + 2 <= limits.most_bands
            better = _with_one_more(problem, *better[1:]) if two else None
            if better is not None and better[0] > rest * (1.0 - limits.pays) ** 2:
                break
        if better is None:
            break
        rest, kinds, at = better
    kinds, at = _without_idle(problem, kinds, at)
    for _ in range(_FAIR_ROUNDS if math.isfinite(limits.fair_db) else 0):
        fair = problem.fairer(kinds, at)
        _, at = fair.refined(kinds, at, _ROUNDS)
        kinds, at = _without_idle(fair, kinds, at)
    bands = [
        FittedBand(TYPE_NAMES[kind], float(np.exp(f)), float(db), float(np.exp(q)))
        for kind, (f, db, q) in zip(kinds, at[1:].reshape(-1, 3), strict=True)
    ]
    left = goal_db - at[0] - curve_db(hz, kinds, at[1:])
    return Fit(
        tuple(sorted(bands, key=lambda band: band.hz)),
        float(at[0]),
        left,
        float(np.sqrt(problem.cost(kinds, at))),
    )


def curve_db(hz: Curve, kinds: npt.NDArray[np.int64], settings: Curve) -> Curve:
    """Sum in dB of analogue bands (the shapes of `dsp.filters.biquad`: RBJ cookbook prototypes).

    Parameters
    ----------
    settings : ndarray, shape (3 bands,)
        log Hz, dB, log Q of each.
    """
    if not len(kinds):
        return np.zeros(len(hz))
    return np.asarray(_curves_db(hz, kinds, settings.reshape(-1, 3)).sum(axis=0))


def _curves_db(hz: Curve, kinds: npt.NDArray[np.int64], settings: Curve) -> Curve:
    """Each band's curve, shape (bands, points)."""
    centre, gain = np.exp(settings[:, :1]), np.power(10.0, settings[:, 1:2] / 40.0)
    quality, kind = np.exp(settings[:, 2:]), kinds[:, None]
    x2 = (hz[None, :] / centre) ** 2
    bell = ((1 - x2) ** 2 + x2 * (gain / quality) ** 2) / (
        (1 - x2) ** 2 + x2 / (gain * quality) ** 2
    )
    bend = x2 * gain / quality**2
    towards_low = (gain - x2) ** 2 + bend
    towards_high = (1.0 - gain * x2) ** 2 + bend
    low = gain**2 * towards_low / towards_high
    high = gain**2 * towards_high / towards_low
    power = np.where(kind == BELL, bell, np.where(kind == LOW_SHELF, low, high))
    return np.asarray(10.0 * np.log10(power))


class _Problem:
    """The curve to come close to; settings are one vector: offset, then log Hz, dB, log Q."""

    def __init__(
        self, hz: Curve, goal: Curve, weight: Curve, limits: FitLimits, offset: bool
    ) -> None:
        self.hz, self.goal, self.weight, self.limits = hz, goal, weight, limits
        self._offset = offset

    def start(self) -> Curve:
        """The level where the curve is flattest for longest, if there is to be one."""
        if not self._offset:
            return np.zeros(1)
        near = np.abs(self.goal[:, None] - self.goal[None, :]) < 0.5
        crowded = near @ self.weight**2
        return np.array([np.average(self.goal, weights=self.weight**2 * near[crowded.argmax()])])

    def rest(self, kinds: npt.NDArray[np.int64], at: Curve) -> Curve:
        return np.asarray(self.goal - at[0] - curve_db(self.hz, kinds, at[1:]))

    def fairer(self, kinds: npt.NDArray[np.int64], at: Curve) -> _Problem:
        """The same with less weight where much is left (iteratively reweighted least squares)."""
        large = np.maximum(np.abs(self.rest(kinds, at)), self.limits.fair_db)
        weight = self.weight / np.sqrt(large)
        weight /= np.sqrt(np.sum(weight**2))
        return _Problem(self.hz, self.goal, weight, self.limits, self._offset)

    def cost(self, kinds: npt.NDArray[np.int64], at: Curve) -> float:
        """Weighted mean square of the rest in dB, and the bands' effort."""
        missed = float(np.sum((self.weight * self.rest(kinds, at)) ** 2))
        return missed + self.limits.effort * float(np.sum(at[2::3] ** 2))

    def clipped(self, kinds: npt.NDArray[np.int64], at: Curve) -> Curve:
        limits = self.limits
        bands = at[1:].reshape(-1, 3).copy()
        shelf = kinds != BELL
        low_hz = np.where(shelf, max(_SHELF_SPAN_HZ[0], self.hz[0]), self.hz[0])
        high_hz = np.where(shelf, min(_SHELF_SPAN_HZ[1], self.hz[-1]), self.hz[-1])
        bands[:, 0] = np.clip(bands[:, 0], np.log(low_hz), np.log(high_hz))
        bands[:, 1] = np.clip(bands[:, 1], -limits.most_db, limits.most_db)
        low_q = np.where(shelf, _SHELF_Q[0], limits.lowest_q)
        high_q = np.where(shelf, _SHELF_Q[1], limits.highest_q)
        bands[:, 2] = np.clip(bands[:, 2], np.log(low_q), np.log(high_q))
        return np.concatenate([at[:1] if self._offset else [0.0], bands.ravel()])

    def slopes(self, kinds: npt.NDArray[np.int64], at: Curve) -> Curve:
        """Derivative of the curve by every setting, shape (points, settings)."""
        bands = at[1:].reshape(-1, 3)
        moved = bands + np.concatenate([np.zeros((1, 3)), np.diag(_STEPS)])[:, None, :]
        curves = _curves_db(self.hz, np.tile(kinds, 4), moved.reshape(-1, 3))
        now, *others = curves.reshape(4, len(kinds), -1)
        columns = np.empty((len(self.hz), len(at)))
        columns[:, 0] = 1.0 if self._offset else 0.0
        for which, (step, then) in enumerate(zip(_STEPS, others, strict=True)):
            columns[:, 1 + which :: 3] = ((then - now) / step).T
        return columns * self.weight[:, None]

    def refined(self, kinds: npt.NDArray[np.int64], at: Curve, rounds: int) -> tuple[float, Curve]:
        """Settings after damped least squares, and their cost."""
        at = self.clipped(kinds, at)
        cost, damping = self.cost(kinds, at), 1e-2
        gains = np.arange(2, len(at), 3)
        for _ in range(rounds):
            slopes = self.slopes(kinds, at)
            normal = slopes.T @ slopes
            normal[np.diag_indices_from(normal)] *= 1.0 + damping
            normal[np.diag_indices_from(normal)] += 1e-9
            normal[gains, gains] += self.limits.effort
            downhill = slopes.T @ (self.weight * self.rest(kinds, at))
            downhill[gains] -= self.limits.effort * at[gains]
            step = np.linalg.solve(normal, downhill)
            tried = self.clipped(kinds, at + step)
            new = self.cost(kinds, tried)
            if new < cost:
                small = cost - new < 1e-4 * cost
                at, cost, damping = tried, new, max(damping * 0.3, 1e-6)
                if small:
                    break
            else:
                damping *= 5.0
                if damping > 1e6:
                    break
        return cost, at


def _with_one_more(
    problem: _Problem, kinds: npt.NDArray[np.int64], at: Curve
) -> tuple[float, npt.NDArray[np.int64], Curve] | None:
    """The best fit with one band more, of several places and kinds to begin from."""
    tried = []
    for kind, hz, db, q in _candidates(problem, problem.rest(kinds, at)):
        more = np.append(kinds, kind)
        begun = np.concatenate([at, [np.log(hz), db, np.log(q)]])
        cost, refined = problem.refined(more, begun, 8)
        tried.append((cost, more, refined))
    if not tried:
        return None
    _, more, begun = min(tried, key=lambda item: item[0])
    cost, refined = problem.refined(more, begun, _ROUNDS)
    return cost, more, refined


def _candidates(problem: _Problem, rest: Curve) -> list[tuple[int, float, float, float]]:
    """Bells at the largest bumps of the rest, wide and narrow, and a shelf at either end."""
    hz, limits = problem.hz, problem.limits
    found = []
    for width, q in ((13, 0.7), (5, 1.8)):
        kernel = np.hanning(width + 2)
        smooth = np.convolve(np.pad(rest, width // 2 + 1, "edge"), kernel / kernel.sum(), "same")
        smooth = smooth[width // 2 + 1 : len(smooth) - width // 2 - 1]
        for sign in (1.0, -1.0):
            peak = int(np.argmax(sign * smooth * problem.weight))
            if sign * smooth[peak] > 0.0:
                found.append((BELL, float(hz[peak]), float(smooth[peak]), min(q, limits.highest_q)))
    for kind, corner, end in ((LOW_SHELF, 150.0, rest[: len(rest) // 8]),
                              (HIGH_SHELF, 5000.0, rest[-len(rest) // 8 :])):  # fmt: skip
        if len(end) and abs(float(end.mean())) > 0.1:
            found.append((kind, corner, float(end.mean()), 0.7))
    return found


def _without_idle(
    problem: _Problem, kinds: npt.NDArray[np.int64], at: Curve
) -> tuple[npt.NDArray[np.int64], Curve]:
    """Leave out bands that hardly do anything, and let the others take over."""
    while len(kinds):
        bands = at[1:].reshape(-1, 3)
        weakest = int(np.abs(bands[:, 1]).argmin())
        if abs(bands[weakest, 1]) >= problem.limits.least_db:
            break
        kinds = np.delete(kinds, weakest)
        at = np.concatenate([at[:1], np.delete(bands, weakest, axis=0).ravel()])
        _, at = problem.refined(kinds, at, _ROUNDS)
    return kinds, at
