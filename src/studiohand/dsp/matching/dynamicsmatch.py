"""From how records differ in dynamics to compressor settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.matching.compare import dynamics_band
from studiohand.dsp.matching.compfit import CompressorFit, fit_gain, fit_spread
from studiohand.dsp.matching.profile import ENVELOPE_HOP_S, Profile
from studiohand.dsp.matching.spread import (
    QUANTILES,
    band_levels_db,
    envelope_db,
    quantiles_db,
    reach_db,
)

Curve = npt.NDArray[np.float64]

MOVING_DB = 0.25
"""RMS of a gain below which nothing was compressed."""
EXPLAINED = 0.5
WIDER_DB = 1.0
"""How much farther the song's hits must stand out before compression is proposed."""
BAND_WIDER_DB = 2.0
MOST_REDUCTION_DB = 5.0
STEEPEST_RATIO = 4.0
TIMES_MS = ((30.0, 150.0), (15.0, 120.0), (8.0, 100.0), (3.0, 80.0))
"""Attack and release by band where levels alone are known: slower for lower."""
WHOLE_TIMES_MS = (10.0, 120.0)


@dataclass(frozen=True, slots=True)
class DynamicsMatch:
    """A compressor, or why none.

    Parameters
    ----------
    compressor : Compressor or None
        None: the reference moves more, which no compressor gives back.
    band_hz : (float, float) or None
    difference_db : float
        How much farther the song's hits stand out (negative: the reference's).
    confidence : float
        0 to 1.
    reduction_db : float
        Mean gain reduction to expect.
    """

    compressor: Compressor | None
    band_hz: tuple[float, float] | None
    difference_db: float
    confidence: float
    reduction_db: float


def match_same(song: Profile, reference: Profile, moving: Curve) -> list[DynamicsMatch]:
    """Compressors that make a record move like its other version.

    Parameters
    ----------
    song, reference : Profile
        From the same moment on, the song already equalised to the reference.
    moving : ndarray, shape (4,)
        `Comparison.moving_db`.
    """
    if moving.max() < MOVING_DB:
        return []
    gains = [_difference_db(a, b) for a, b in zip(song.bands.T, reference.bands.T, strict=True)]
    whole = _difference_db(song.power, reference.power)
    loudest = max(float(weight.sum()) for _, weight in gains)
    heard = [i for i, (_, weight) in enumerate(gains) if weight.sum() > 0.03 * loudest]
    together = min(moving[i] for i in heard) > 0.35 * max(moving[i] for i in heard)
    if together:
        fit = fit_gain(
            np.asarray(song.power, dtype=np.float64)[: len(whole[0])],
            np.asarray(song.instants, dtype=np.float64)[: len(whole[0])],
            whole[0],
            ENVELOPE_HOP_S,
        )
        return _as_match(fit, None, _rms(*whole))
    found = []
    for index in heard:
        if moving[index] >= 2.0 * MOVING_DB:
            power = np.asarray(song.bands[:, index], dtype=np.float64)[: len(gains[index][0])]
            fit = fit_gain(power, None, gains[index][0], song.fast_hop_s)
            found += _as_match(fit, dynamics_band(index), float(moving[index]))
    return found


def match_other(song: Profile, references: Sequence[tuple[Profile, float]]) -> list[DynamicsMatch]:
    """Compressors that bring the spread of levels to that of other records, gently."""
    ours = quantiles_db(envelope_db(song.power, ENVELOPE_HOP_S))
    theirs = _mean([
        (quantiles_db(envelope_db(ref.power, ENVELOPE_HOP_S)), share) for ref, share in references
    ])  # fmt: skip
    difference = reach_db(ours) - reach_db(theirs)
    own_bands = band_levels_db(song)
    other_bands = [(band_levels_db(ref), share) for ref, share in references]
    found = []
    whole = _spread_match(song.power, ENVELOPE_HOP_S, theirs, difference, None, WHOLE_TIMES_MS)
    if abs(difference) >= WIDER_DB:
        found += whole
    taken = found[0].difference_db if found and found[0].compressor else 0.0
    for index in range(own_bands.shape[1]):
        own = quantiles_db(own_bands[:, index])
        goal = _mean([(quantiles_db(levels[:, index]), share) for levels, share in other_bands])
        left = reach_db(own) - reach_db(goal) - max(taken, 0.0)
        if own.any() and goal.any() and left >= BAND_WIDER_DB:
            found += _spread_match(
                song.bands[:, index], song.fast_hop_s, goal, left, dynamics_band(index),
                TIMES_MS[index],
            )  # fmt: skip
    return found


def _spread_match(
    power: npt.NDArray[np.float32], hop_s: float, goal: Curve, difference: float,
    band_hz: tuple[float, float] | None, times_ms: tuple[float, float],
) -> list[DynamicsMatch]:  # fmt: skip
    if difference < 0.0:
        return [DynamicsMatch(None, band_hz, difference, 0.7, 0.0)]
    fit = fit_spread(np.asarray(power, dtype=np.float64), hop_s, goal, QUANTILES, times_ms)
    if fit is None or fit.explained < 0.2 or fit.mean_reduction_db < 0.2:
        return []
    slope = 1.0 - 1.0 / min(fit.ratio, STEEPEST_RATIO)
    share = min(1.0, MOST_REDUCTION_DB / max(fit.mean_reduction_db, 1e-9))
    reduction = fit.mean_reduction_db * share
    compressor = Compressor(
        threshold_db=round(fit.threshold_db, 1), ratio=round(1.0 / (1.0 - slope * share), 2),
        attack_ms=fit.attack_ms, release_ms=fit.release_ms, knee_db=fit.knee_db,
        makeup_db=round(reduction, 1), band_hz=band_hz,
    )  # fmt: skip
    return [DynamicsMatch(compressor, band_hz, difference, 0.5, reduction)]


def _as_match(
    fit: CompressorFit | None, band_hz: tuple[float, float] | None, moving_db: float
) -> list[DynamicsMatch]:
    if fit is None or fit.explained < EXPLAINED:
        confidence = 0.3 if fit is None else max(0.3, fit.explained)
        return [DynamicsMatch(None, band_hz, -moving_db, confidence, 0.0)]
    compressor = Compressor(
        threshold_db=round(fit.threshold_db, 1), ratio=round(fit.ratio, 2),
        attack_ms=round(fit.attack_ms, 1), release_ms=round(fit.release_ms),
        knee_db=fit.knee_db, makeup_db=round(fit.makeup_db, 1), band_hz=band_hz,
        detector="peak" if fit.detector == "peak" else "rms",
    )  # fmt: skip
    return [DynamicsMatch(compressor, band_hz, moving_db, fit.explained, fit.mean_reduction_db)]


def _difference_db(
    ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]
) -> tuple[Curve, Curve]:
    """Gain over time in dB, and how much each moment counts."""
    frames = min(len(ours), len(theirs))
    a, b = (np.asarray(part[:frames], dtype=np.float64) for part in (ours, theirs))
    gain = 10.0 * np.log10(np.maximum(b, 1e-12) / np.maximum(a, 1e-12))
    level = np.sqrt(a * b)
    weight = np.where(level > max(1e-4 * float(level.max(initial=0.0)), 1e-9), np.sqrt(level), 0.0)
    return gain, weight


def _rms(gain: Curve, weight: Curve) -> float:
    if not weight.any():
        return 0.0
    mean = np.average(gain, weights=weight)
    return float(np.sqrt(np.average((gain - mean) ** 2, weights=weight)))


def _mean(curves: Sequence[tuple[Curve, float]]) -> Curve:
    total = sum(share for _, share in curves)
    return np.asarray(sum(curve * (share / total) for curve, share in curves))
