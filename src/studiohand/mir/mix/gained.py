"""What a change gave a hidden stem, measured on the sound before and after it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, MemorySource
from studiohand.dsp.hearing.earbands import CENTRES_HZ, band_ear, ear_bands
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import audibility_db, playback_factor

Grid = npt.NDArray[np.float64]

_EDGE = 1.06
"""Bands this close outside the edges belong to the band: edges are rounded to be read."""
_SKIRT_CAMS = 3
_INAUDIBLE = 1e-4


def gained_db(
    before: Mapping[str, Block],
    after: Mapping[str, Block],
    rate: int,
    hidden: str,
    band_hz: tuple[float, float],
) -> tuple[float, float]:
    """Audibility that a stem gained in a band, and the largest change of the rest elsewhere, dB.

    Parameters
    ----------
    before, after : mapping of str to ndarray
        The same stretch of every stem.
    rate : int
        Hz.
    hidden : str
    band_hz : (float, float)

    Returns
    -------
    (float, float)
        Loudness level of the hidden stem among the others, mean of both ears; level of the sum of
        all others in any band outside and its skirts.
    """
    heard = [_ears(stems, rate) for stems in (before, after)]
    factor = playback_factor(np.stack([p.mean(axis=1) for p in heard[0].values()]))
    low, high = band_hz
    inside = (low < CENTRES_HZ * _EDGE) & (high * _EDGE > CENTRES_HZ)
    loud, beds = [], []
    for powers in heard:
        own = factor * powers[hidden]
        bed = factor * sum(p for name, p in powers.items() if name != hidden)
        loud.append(float(specific_loudness(own, bed, band_ear())[..., inside].sum()))
        beds.append(np.asarray(bed).mean(axis=(0, 1)))
    near = np.convolve(inside, np.ones(2 * _SKIRT_CAMS + 1), "same") > 0.0
    outside = ~near & (beds[0] > _INAUDIBLE * beds[0].max(initial=0.0))
    change = 10.0 * np.log10(np.maximum(beds[1], 1e-12) / np.maximum(beds[0], 1e-12))
    largest = float(np.abs(change[outside]).max(initial=0.0))
    return audibility_db(loud[1], loud[0]), largest


def _ears(stems: Mapping[str, Block], rate: int) -> dict[str, Grid]:
    """Excitation of each stem in each ear, shape (frames, ears, bands)."""
    return {
        name: np.asarray(ear_bands(MemorySource(samples, rate))["bands"], dtype=np.float64)
        for name, samples in stems.items()
    }
