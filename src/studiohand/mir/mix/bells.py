"""Bells of an equaliser over the bands: the one that fits a curve, the one that fills a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.earbands import CENTRES_HZ, band_edges_hz

Grid = npt.NDArray[np.float64]

_NARROWER = 1.5
"""A bell of this many times the quality that a band has keeps its skirts mostly inside."""


@dataclass(frozen=True, slots=True)
class Bell:
    """A bell of an equaliser: centre in Hz, gain in dB, quality."""

    hz: float
    db: float
    q: float

    def power(self) -> Grid:
        """Power factor in each band (analogue peaking equaliser)."""
        return bell_power(self.hz, self.db, self.q)


def bell_power(hz: float, db: float, q: float) -> Grid:
    """Power response of a bell in each band, shape (bands,)."""
    a = 10.0 ** (db / 40.0)
    ratio = CENTRES_HZ / hz
    off = (1.0 - ratio**2) ** 2
    return np.asarray((off + (a * ratio / q) ** 2) / (off + (ratio / (a * q)) ** 2))


def bell_shape(band: int, q: float = 1.0, db: float = 10.0) -> Grid:
    """A bell's curve over the bands in dB, 1 at its peak (it varies little with `db`)."""
    return np.asarray(10.0 * np.log10(bell_power(float(CENTRES_HZ[band]), db, q)) / db)


def fitted_bell(curve_db: Grid) -> Bell:
    """The bell nearest to a curve over the bands in dB."""
    peak = int(np.abs(curve_db).argmax())
    best = (np.inf, Bell(float(CENTRES_HZ[peak]), float(curve_db[peak]), 1.0))
    for hz in CENTRES_HZ[peak] * 2.0 ** (np.arange(-3, 4) / 6.0):
        for q in (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0):
            for scale in (0.8, 0.9, 1.0, 1.1, 1.2, 1.35):
                bell = Bell(float(hz), float(np.clip(scale * curve_db[peak], -18.0, 18.0)), q)
                error = float(np.mean((10.0 * np.log10(bell.power()) - curve_db) ** 2))
                if error < best[0]:
                    best = (error, bell)
    return best[1]


def band_bell(bands: tuple[int, int], db: float) -> Bell:
    """A bell over a run of bands, no wider than they are."""
    low, high = band_edges_hz(*bands)
    centre = float(np.sqrt(low * high))
    return Bell(centre, db, float(np.clip(_NARROWER * centre / (high - low), 0.7, 6.0)))
