"""What a stereo sound loses when it is folded to mono, band by band."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.ear import transmission_db
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, band_edges_hz

Grid = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Spectrum = npt.NDArray[np.complexfloating]

DEEPEST_DB = 60.0


def sides_and_shared(spectrum: Spectrum, index: Places) -> tuple[Grid, Grid]:
    """Powers of both sides and their product in each band.

    Parameters
    ----------
    spectrum : ndarray, shape (bins, 2)
        Of left and right.
    index : ndarray, shape (bins,)
        As from `band_of_bin`.

    Returns
    -------
    (sides, shared), each shape (bands,)
        ``|L|^2 + |R|^2`` and ``2 Re(L R*)``, so that the mono sum's power is
        ``(sides + shared) / 4``.
    """
    left, right = spectrum.T
    sides = np.bincount(index, np.abs(left) ** 2 + np.abs(right) ** 2, BANDS + 1)
    shared = np.bincount(index, 2.0 * np.real(left * right.conj()), BANDS + 1)
    return np.asarray(sides[:BANDS], np.float64), np.asarray(shared[:BANDS], np.float64)


def band_of_bin(rate: int, size: int) -> Places:
    """Ear band of each bin of a spectrum over `size` frames, `BANDS` outside all of them."""
    edges = [band_edges_hz(band, band)[0] for band in range(BANDS)]
    edges.append(band_edges_hz(BANDS - 1, BANDS - 1)[1])
    place = np.searchsorted(edges, np.arange(size // 2 + 1) * rate / size, side="right") - 1
    return np.where((place >= 0) & (place < BANDS), place, BANDS)


def mono_loss_db(sides: Grid, shared: Grid) -> Grid:
    """Level lost in mono against the mean of both sides, dB.

    0 for a centred sound, 3 for two unrelated sides, up to `DEEPEST_DB` for opposite ones.

    Parameters
    ----------
    sides, shared : ndarray of any equal shape
        As from `sides_and_shared`.
    """
    kept = (sides + shared) / np.maximum(2.0 * sides, 1e-30)
    loss = -10.0 * np.log10(np.maximum(kept, 10.0 ** (-DEEPEST_DB / 10.0)))
    return np.where(sides > 0.0, np.maximum(loss, 0.0), 0.0)


def at_width(sides: Grid, shared: Grid, width: float) -> tuple[Grid, Grid]:
    """What `sides_and_shared` would find with the side signal scaled by a factor."""
    middle, side = (sides + shared) / 4.0, width**2 * (sides - shared) / 4.0
    return 2.0 * (middle + side), 2.0 * (middle - side)


def heard_weight(sides: Grid) -> Grid:
    """Share of each band in what is heard, from its power through outer and middle ear."""
    power = sides * 10.0 ** (transmission_db(CENTRES_HZ) / 10.0)
    return np.asarray(power / max(float(power.sum()), 1e-30))
