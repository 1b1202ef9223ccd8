"""From how records differ to equaliser bands and width: what to do, and what to leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.dsp.effects.eq import Band
from studiohand.dsp.matching.compare import Comparison
from studiohand.dsp.matching.eqfit import Fit, FitLimits, fit_bands
from studiohand.dsp.matching.profile import BANDS_PER_OCTAVE, GRID_HZ, HEARD

Curve = npt.NDArray[np.float64]

EXACT = FitLimits(
    most_bands=8, most_db=18.0, highest_q=5.0, good_db=0.12, pays=0.1, least_db=0.15
)  # fmt: skip
"""For two versions of one record, where the difference is known to a tenth of a dB."""
GENTLE = FitLimits(
    most_bands=8, most_db=12.0, highest_q=3.0, good_db=0.3, pays=0.02, least_db=0.4, effort=0.002,
    fair_db=1.0,
)  # fmt: skip
"""For other records, where fine detail is the music's, not the mix's."""
EXACT_SIDE = FitLimits(most_bands=4, most_db=18.0, highest_q=4.0, good_db=0.15, least_db=0.2)
GENTLE_SIDE = FitLimits(
    most_bands=4, most_db=9.0, highest_q=1.2, good_db=0.5, pays=0.05, least_db=0.7, effort=0.006
)  # fmt: skip
NOT_TONE_DB = 12.0
"""A broad difference beyond it, where one hardly plays, is another arrangement."""
MOST_DB = 15.0
"""Of a difference between two records no more is equalised than this above or below the rest."""
LESS_EFFORT = 0.8
"""A change of level beside the bands is believed when it saves a fifth of the effort."""
LEAST_WIDE = 4
"""Bands of a twelfth of an octave that such a difference must span."""
NARROWEST, WIDEST = 0.25, 3.0
SURE_DB, UNSURE_DB = 0.3, 1.0
"""Changes of width below these are none: for one record, and for others."""


@dataclass(frozen=True, slots=True)
class ToneMatch:
    """Bands that bring the tone to the reference's.

    Parameters
    ----------
    bands : tuple of Band
    goal_db, rest_db : ndarray, shape (117,)
        What the bands should do, and what they leave, at `GRID_HZ`; the level is taken out.
    heard : ndarray of bool, shape (117,)
        Where the two were compared, between 63 Hz and 12.5 kHz.
    left_out : tuple of (low Hz, high Hz, dB)
        Differences of arrangement.
    """

    bands: tuple[Band, ...]
    goal_db: Curve
    rest_db: Curve
    heard: npt.NDArray[np.bool_]
    left_out: tuple[tuple[float, float, float], ...]

    @property
    def before_db(self) -> float:
        """Mean distance in tone before."""
        return _mean_abs(self.goal_db, self.heard)

    @property
    def after_db(self) -> float:
        """Mean distance in tone after."""
        return _mean_abs(self.rest_db, self.heard)


@dataclass(frozen=True, slots=True)
class WidthMatch:
    """Factor on the side signal, and bands for the sides alone.

    Parameters
    ----------
    width : float
        1 leaves it as it is.
    bands : tuple of Band
    before_db : float
        Sides of the reference over those of the song, both against the middle.
    """

    width: float
    bands: tuple[Band, ...]
    before_db: float


def match_tone(compared: Sequence[tuple[Comparison, float]]) -> ToneMatch:
    """Equaliser bands for the weighted mean of differences."""
    same = all(comparison.same for comparison, _ in compared)
    goal, weight = _mean([(c.tone_db, c.weight, share) for c, share in compared])
    left_out: tuple[tuple[float, float, float], ...] = ()
    if not same:
        empty = np.logical_or.reduce([comparison.empty for comparison, _ in compared])
        goal, weight, left_out = _without_arrangement(goal, weight, empty)
    fit = _fitted(goal, weight, EXACT if same else GENTLE, same)
    bands = _typed_in(fit)
    heard = (weight >= 0.05) & HEARD
    return ToneMatch(bands, goal - fit.offset_db, fit.rest_db, heard, left_out)


def match_width(compared: Sequence[tuple[Comparison, float]]) -> WidthMatch:
    """Width for the weighted mean of differences between sides and middle."""
    same = all(comparison.same for comparison, _ in compared)
    goal, weight = _mean([(c.side_db, c.side_weight, share) for c, share in compared])
    if not weight.any():
        return WidthMatch(1.0, (), 0.0)
    offset = _middle(goal, weight)
    least = SURE_DB if same else UNSURE_DB
    limits = EXACT_SIDE if same else GENTLE_SIDE
    fit = fit_bands(GRID_HZ, goal - offset, weight, limits, offset=False)
    bands = _typed_in(fit) if _mean_abs(goal - offset - fit.rest_db, weight > 0.05) > least else ()
    width = 10.0 ** (offset / 20.0) if abs(offset) >= least else 1.0
    if not same:
        width = min(max(width, NARROWEST), WIDEST)
    return WidthMatch(round(min(width, 4.0), 3), bands, offset)


def _mean(curves: Sequence[tuple[Curve, Curve, float]]) -> tuple[Curve, Curve]:
    shares = np.array([share for _, _, share in curves])
    weights = np.stack([weight for _, weight, _ in curves]) * shares[:, None]
    total = weights.sum(axis=0)
    stacked = np.stack([curve for curve, _, _ in curves])
    return (weights * stacked).sum(axis=0) / np.maximum(total, 1e-12), total / shares.sum()


def _fitted(goal: Curve, weight: Curve, limits: FitLimits, same: bool) -> Fit:
    """Bands that keep the mean level; for one record those and a change of level as they are.

    Between two versions of one record the bands begin at no change, unless a change of level
    beside them explains the difference with less.
    """
    if not (weight > 0.0).any():
        return Fit((), 0.0, goal, 0.0)
    if not same:
        mean = float(np.average(goal, weights=weight))
        fit = fit_bands(GRID_HZ, goal - mean, weight, limits, offset=False)
        return replace(fit, offset_db=mean)
    fixed = fit_bands(GRID_HZ, goal, weight, limits, offset=False)
    free = fit_bands(GRID_HZ, goal, weight, limits)
    return free if _effort(free) < LESS_EFFORT * _effort(fixed) else fixed


def _effort(fit: Fit) -> float:
    """What a fit asks for and what it leaves, in dB."""
    moved = sum(abs(band.db) for band in fit.bands) + abs(fit.offset_db)
    return moved + 20.0 * fit.rms_db


def _typed_in(fit: Fit) -> tuple[Band, ...]:
    """Bands rounded to what one would type."""
    return tuple(
        Band(band.type, _three_figures(band.hz), round(band.db, 2), round(band.q, 2))  # type: ignore[arg-type]
        for band in fit.bands
    )


def _three_figures(hz: float) -> float:
    return float(f"{hz:.3g}")


def _without_arrangement(
    goal: Curve, weight: Curve, empty: npt.NDArray[np.bool_]
) -> tuple[Curve, Curve, tuple[tuple[float, float, float], ...]]:
    """Take out broad differences where one does not play; there nothing shall change."""
    used = weight > 0.0
    if not used.any():
        return goal, weight, ()
    level = _middle(goal, weight)
    smooth = np.convolve(np.pad(goal - level, 3, mode="edge"), np.ones(7) / 7.0, "valid")
    far = used & empty & (np.abs(smooth) > NOT_TONE_DB)
    spans = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], far, [False]]).astype(int)))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start < LEAST_WIDE:
            far[start:stop] = False
            continue
        half = 2.0 ** (0.5 / BANDS_PER_OCTAVE)
        difference = float(np.mean((goal - level)[start:stop]))
        spans.append((GRID_HZ[start] / half, GRID_HZ[stop - 1] * half, difference))
    tamed = level + np.clip(goal - level, -MOST_DB, MOST_DB)
    calm = np.where(far, level, tamed)
    return calm, np.where(far, 0.1 * weight, weight), tuple(spans)


def _middle(curve: Curve, weight: Curve) -> float:
    """Weighted median."""
    order = np.argsort(curve, kind="stable")
    sums = np.cumsum(weight[order])
    return float(curve[order[int(np.searchsorted(sums, 0.5 * sums[-1]))]])


def _mean_abs(curve: Curve, where: npt.NDArray[np.bool_]) -> float:
    return float(np.abs(curve[where]).mean()) if where.any() else 0.0
