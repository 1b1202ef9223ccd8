"""How far a record's levels lie apart, by band: what compression takes away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.dsp.matching.profile import Profile

Curve = npt.NDArray[np.float64]

QUANTILES: Curve = np.array([0.3, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995])
"""Levels compared: from the body of the sound to its hits."""
WINDOW_S = 0.03
_LOUD_DB = 30.0


def band_levels_db(profile: Profile) -> Curve:
    """Level of each dynamics band in windows of 30 ms, shape (windows, 4); quiet ones are NaN."""
    power = np.asarray(profile.bands, dtype=np.float64)
    step = max(round(WINDOW_S / profile.fast_hop_s), 1)
    whole = len(power) // step * step
    rows = power[:whole].reshape(-1, step, power.shape[1]).mean(axis=1)
    level = 10.0 * np.log10(np.maximum(rows, 1e-12))
    total = 10.0 * np.log10(np.maximum(rows.sum(axis=1), 1e-12))
    level[total < total.max(initial=-120.0) - _LOUD_DB] = np.nan
    return np.asarray(level)


def quantiles_db(levels_db: Curve) -> Curve:
    """Levels at `QUANTILES` of one band or of the whole, NaN left out."""
    heard = levels_db[np.isfinite(levels_db)]
    return np.quantile(heard, QUANTILES) if len(heard) > 50 else np.zeros(len(QUANTILES))


def reach_db(quantiles: Curve) -> float:
    """How far the hits stand above the body of the sound."""
    return float(quantiles[-3:].mean() - quantiles[1])


def envelope_db(power: npt.NDArray[np.float32], hop_s: float) -> Curve:
    """Level of the louder channel in windows of 30 ms; quiet ones are NaN."""
    step = max(round(WINDOW_S / hop_s), 1)
    whole = len(power) // step * step
    rows = np.asarray(power[:whole], dtype=np.float64).reshape(-1, step).mean(axis=1)
    level = 10.0 * np.log10(np.maximum(rows, 1e-12))
    level[level < level.max(initial=-120.0) - _LOUD_DB] = np.nan
    return np.asarray(level)
