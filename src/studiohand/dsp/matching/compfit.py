"""Compressor settings from what a compressor did: from a gain that was seen, or from levels.

The gain of the compressor in `dsp.effects.compressor` (Giannoulis, Massberg and Reiss, JAES 2012)
is proportional to its slope 1 - 1/ratio, for the branch between attack and release does not depend
on it. So only threshold, times and detector are searched, all candidates side by side in one pass
over the envelope; slope and make-up follow by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]

ATTACKS_MS = (1.0, 3.0, 10.0, 30.0)
RELEASES_MS = (50.0, 100.0, 200.0, 400.0)
KNEE_DB = 6.0
RMS_MS = 10.0
STEEPEST_SLOPE = 0.97
MOST_FRAMES = 6000
_FLOOR_DB = -90.0


@dataclass(frozen=True, slots=True)
class CompressorFit:
    """Settings, and how well they explain what was seen.

    Parameters
    ----------
    threshold_db, ratio, attack_ms, release_ms, knee_db : float
    detector : str
        ``"rms"`` or ``"peak"``.
    makeup_db : float
        Level that goes with it.
    explained : float
        Share of the variance explained, 0 to 1.
    mean_reduction_db : float
        Mean gain reduction while it sounds, >= 0.
    """

    threshold_db: float
    ratio: float
    attack_ms: float
    release_ms: float
    knee_db: float
    detector: str
    makeup_db: float
    explained: float
    mean_reduction_db: float


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Settings to try, each shape (n,)."""

    threshold: Curve
    attack: Curve
    release: Curve
    knee: Curve


def fit_gain(
    power: Curve, instants: Curve | None, gain_db: Curve, hop_s: float
) -> CompressorFit | None:
    """Settings that turn an envelope down as was seen; None where there is too little sound.

    Parameters
    ----------
    power : ndarray, shape (frames,)
        Mean square of the louder channel in each hop.
    instants : ndarray, shape (frames, n), or None
        Squares of single samples of it; with them a peak detector is tried too.
    gain_db : ndarray, shape (frames,)
        Level that came out less level that went in, in each hop.
    hop_s : float
    """
    level = _db(power)
    weight = np.where(level > max(float(level.max()) - 45.0, _FLOOR_DB), np.sqrt(power), 0.0)
    span = _liveliest(gain_db, weight)
    if np.count_nonzero(weight[span]) < 100:
        return None
    seen = [power[:, None]] if instants is None else [power[:, None], instants]
    fits = [_search(each[span], gain_db[span], weight[span], hop_s) for each in seen]
    return max(fits, key=lambda fit: fit.explained)


def _search(seen: Curve, gain_db: Curve, weight: Curve, hop_s: float) -> CompressorFit:
    """Three grids, each finer than the one before."""
    level = _detected(seen, hop_s)
    top = float(np.quantile(level[weight > 0.0], 0.99))
    tried = _grid(top + 6.0 - np.arange(0.0, 36.0, 2.0), ATTACKS_MS, RELEASES_MS, (KNEE_DB,))
    best, fit = _least_squares(tried, level, gain_db, weight, hop_s)
    for spread, factor, knees in ((1.5, 1.6, (0.0, 3.0, 6.0, 12.0)), (0.5, 1.25, None)):
        tried = _near(tried, best, spread, factor, knees)
        best, fit = _least_squares(tried, level, gain_db, weight, hop_s)
    return fit


def fit_spread(
    power: Curve,
    hop_s: float,
    goal_quantiles_db: Curve,
    quantiles: Curve,
    times: tuple[float, float],
) -> CompressorFit | None:
    """Settings that bring the spread of levels to that of another record.

    Parameters
    ----------
    power : ndarray, shape (frames,)
    goal_quantiles_db : ndarray
        Levels of the other record at `quantiles` (0 to 1); only their distances matter.
    times : (float, float)
        Attack and release in ms, which levels alone do not tell.
    """
    power = power[_busiest(power, MOST_FRAMES)]
    level = _db(power)
    loud = level > max(float(level.max()) - 40.0, _FLOOR_DB)
    if np.count_nonzero(loud) < 200:
        return None
    top = float(np.quantile(level[loud], 0.99))
    grid = _grid(top + 2.0 - np.arange(0.0, 30.0, 2.0), times[:1], times[1:], (KNEE_DB,))
    reduction = _reductions(grid, _detected(power[:, None], hop_s), hop_s)[loud]
    before = np.quantile(level[loud], quantiles)
    base = float(np.std(before - goal_quantiles_db))
    found = []
    for slope in (1 - 1 / ratio for ratio in (1.3, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)):
        after = np.quantile(level[loud, None] - slope * reduction, quantiles, axis=0)
        error = np.std(after - goal_quantiles_db[:, None], axis=0)
        which = int(error.argmin())
        found.append((float(error[which]), slope, which))
    error, slope, which = min(found)
    mean = float(slope * reduction[:, which].mean())
    return CompressorFit(
        threshold_db=float(grid.threshold[which]), ratio=1.0 / (1.0 - slope), attack_ms=times[0],
        release_ms=times[1], knee_db=KNEE_DB, detector="rms", makeup_db=mean,
        explained=1.0 - (error / max(base, 1e-9)) ** 2, mean_reduction_db=mean,
    )  # fmt: skip


def _least_squares(
    tried: _Candidates, level: Curve, gain_db: Curve, weight: Curve, hop_s: float
) -> tuple[int, CompressorFit]:
    """Slope and make-up for every candidate; index and settings of the best."""
    reduction = _reductions(tried, level, hop_s)
    share = weight / weight.sum()
    mean_r, mean_g = share @ reduction, float(share @ gain_db)
    centred, seen = reduction - mean_r, gain_db - mean_g
    variance = share @ centred**2
    slope = np.clip(-(share * seen) @ centred / np.maximum(variance, 1e-9), 0.0, STEEPEST_SLOPE)
    error = share @ (seen[:, None] + slope * centred) ** 2
    best = int(error.argmin())
    total = float(share @ seen**2)
    chosen = float(slope[best])
    fit = CompressorFit(
        threshold_db=float(tried.threshold[best]), ratio=1.0 / (1.0 - chosen),
        attack_ms=float(tried.attack[best]), release_ms=float(tried.release[best]),
        knee_db=float(tried.knee[best]), detector="peak" if level.shape[1] > 1 else "rms",
        makeup_db=mean_g + chosen * float(mean_r[best]),
        explained=1.0 - float(error[best]) / max(total, 1e-12),
        mean_reduction_db=chosen * float(mean_r[best]),
    )  # fmt: skip
    return best, fit


def _detected(seen: Curve, hop_s: float) -> Curve:
    """Level in dB that the gain computer sees, shape (frames, steps a frame)."""
    if seen.shape[1] > 1:
        return _db(seen)
    averaging = float(np.exp(-hop_s * 1000.0 / RMS_MS))
    averaged = np.empty(len(seen))
    state = 0.0
    for at, now in enumerate(seen[:, 0].tolist()):
        state = now + averaging * (state - now)
        averaged[at] = state
    return _db(averaged)[:, None]


def _reductions(tried: _Candidates, level: Curve, hop_s: float) -> Curve:
    """Mean gain reduction of each frame in dB per unit of slope, shape (frames, candidates)."""
    frames, steps = level.shape
    step_ms = hop_s * 1000.0 / steps
    attack, release = np.exp(-step_ms / tried.attack), np.exp(-step_ms / tried.release)
    half, knee = tried.knee / 2.0, np.maximum(tried.knee, 1e-6)
    reached = np.zeros(len(half))
    out = np.empty((frames, len(half)))
    for at, now in enumerate(level):
        over = now[:, None] - tried.threshold
        soft = np.clip(over + half, 0.0, tried.knee) ** 2 / (2.0 * knee)
        wanted = soft + np.maximum(over - half, 0.0)
        before, total = reached, 0.0
        for goal in wanted:
            reached = goal + np.where(goal > reached, attack, release) * (reached - goal)
            total = total + reached
        out[at] = total / steps if steps > 1 else 0.5 * (before + reached)
    return out


def _grid(
    thresholds: Curve, attacks: tuple[float, ...], releases: tuple[float, ...],
    knees: tuple[float, ...],
) -> _Candidates:  # fmt: skip
    every = list(product(thresholds.tolist(), attacks, releases, knees))
    columns = [np.array(column) for column in zip(*every, strict=True)]
    return _Candidates(*columns)


def _near(
    tried: _Candidates, best: int, spread_db: float, factor: float, knees: tuple[float, ...] | None
) -> _Candidates:
    """A finer grid around one candidate."""
    steps = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) * spread_db / 2.0
    around = (1.0 / factor, 1.0, factor)
    return _grid(
        tried.threshold[best] + steps,
        tuple(float(tried.attack[best]) * f for f in around),
        tuple(float(tried.release[best]) * f for f in around),
        knees or (float(tried.knee[best]),),
    )


def _liveliest(gain_db: Curve, weight: Curve) -> slice:
    """The stretch in which the gain moves most, where the record is longer."""
    if len(weight) <= MOST_FRAMES:
        return slice(0, len(weight))
    gain = np.where(weight > 0.0, gain_db, 0.0)
    sums = [np.cumsum(np.concatenate([[0.0], weight * gain**power])) for power in range(3)]
    total, first, second = (s[MOST_FRAMES:] - s[:-MOST_FRAMES] for s in sums)
    start = int(np.argmax(second - first**2 / np.maximum(total, 1e-12)))
    return slice(start, start + MOST_FRAMES)


def _busiest(power: Curve, most_frames: int) -> slice:
    """The loudest stretch of a length, where the record is longer."""
    if len(power) <= most_frames:
        return slice(0, len(power))
    sums = np.cumsum(np.concatenate([[0.0], power]))
    start = int(np.argmax(sums[most_frames:] - sums[:-most_frames]))
    return slice(start, start + most_frames)


def _db(power: Curve) -> Curve:
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-12)))
