"""Bulges: places where a mean spectrum stands out of its own smooth course like a bell."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.earbands import BANDS
from studiohand.mir.mix.bells import bell_shape

Grid = npt.NDArray[np.float64]

FIRST_PLACE, LAST_PLACE = 6, 32
_LOW_EDGE, _HIGH_EDGE = 4, 36
_WANDER_DB, _WANDER_CAMS, _RIPPLE_DB = 6.0, 2.0, 1.0
"""Spectra of single stems wander like this around a smooth course."""
_DEEPEST_DB = 50.0


def bulge_heights_db(level_db: Grid) -> Grid:
    """Gain of the bell that stands at each band of a spectrum, dB; both of shape (bands,).

    Zero outside `FIRST_PLACE` - 1 to `LAST_PLACE` + 1.
    """
    return np.asarray(_matched() @ np.maximum(level_db, level_db.max() - _DEEPEST_DB))


@functools.cache
def _matched() -> Grid:
    """Generalised least squares for a bell at each band in a spectrum that wanders; (bands, bands).

    A smooth course (constant, tilt, bow) costs nothing; around it the spectrum is a Gaussian
    process of `_WANDER_DB` with a correlation length of `_WANDER_CAMS`.
    """
    at = np.arange(_LOW_EDGE, _HIGH_EDGE, dtype=np.float64)
    apart = (at[:, None] - at[None, :]) / _WANDER_CAMS
    spread = _WANDER_DB**2 * np.exp(-0.5 * apart**2) + _RIPPLE_DB**2 * np.eye(len(at))
    along = (at - at.mean()) / 10.0
    for power, free_db in enumerate((100.0, 30.0, 14.0)):
        spread += free_db**2 * np.outer(along**power, along**power)
    precision = np.linalg.inv(spread)
    out = np.zeros((BANDS, BANDS))
    for band in range(FIRST_PLACE - 1, LAST_PLACE + 2):
        shape = bell_shape(band)[_LOW_EDGE:_HIGH_EDGE]
        weights = precision @ shape
        out[band, _LOW_EDGE:_HIGH_EDGE] = weights / (shape @ weights)
    return out
