"""The gain of the mix bus over time, the same for all stems: compressor, limiter, clipper."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float64]

_RIDE_S = 0.006
"""Length of the spectra from which the bus's gain is read: limiters act within milliseconds."""
_RIDDEN = 0.3
"""How far the bus's gain is expected to wander from its mean, as a factor beside 1."""
_FAITHFUL = 0.01
"""Share of the mix's power in a bin that is never explained, however good the fit."""
_MOST_DUCKED = 4.0
"""Largest factor by which a moment of the mix is brought up or down."""


def bus_ride(
    model: npt.NDArray[np.floating], mix: npt.NDArray[np.float32], rate: int
) -> npt.NDArray[np.float32]:
    """Gain over time that the mix has and the model has not, the same for both ears.

    Found every few milliseconds by weighted least squares on short spectra; bins count by how well
    they are known, not by how loud they are, and moments that say little stay near unity.

    Parameters
    ----------
    model, mix : ndarray, shape (windows x ears, frames)

    Returns
    -------
    ndarray, shape (windows x ears, frames)
    """
    size = 1 << round(math.log2(_RIDE_S * rate))
    ours, theirs = _short(model, size), _short(mix, size)
    ride = np.ones((ours.shape[0], ours.shape[2]))
    floor = _FAITHFUL * (np.abs(theirs) ** 2).mean(axis=(0, 1, 2)) + 1e-20
    for _ in range(2):
        left_over = np.abs(theirs - ride[:, None, :, None] * ours) ** 2
        weight = 1.0 / (left_over.mean(axis=(0, 1, 2)) + floor)
        toward = (np.real(np.conj(ours) * theirs) * weight).sum(axis=(1, 3))
        power = (np.abs(ours) ** 2 * weight).sum(axis=(1, 3))
        ride = (toward + _RIDDEN**-2) / (power + _RIDDEN**-2)
        ride = np.clip(ride, 1.0 / _MOST_DUCKED, _MOST_DUCKED)
    return np.repeat(_smooth(ride, size), 2, axis=0)


def _short(windows: npt.NDArray[np.floating], size: int) -> npt.NDArray[np.complex64]:
    """Short spectra inside long windows, half overlapped: (windows, ears, moments, bins)."""
    frames = np.lib.stride_tricks.sliding_window_view(windows, size, axis=-1)[:, :: size // 2]
    bins = np.fft.rfft(frames * hann(size), axis=-1).astype(np.complex64)
    return np.asarray(bins.reshape(-1, 2, *bins.shape[1:]))


def _smooth(ride: Grid, size: int) -> npt.NDArray[np.float32]:
    """Gains at moments half a short window apart, faded over into each other."""
    fade = hann(size)[: size // 2]
    at = np.pad(ride, ((0, 0), (1, 1)), mode="edge")[:, :, None]
    faded = at[:, :-1] * (1.0 - fade) + at[:, 1:] * fade
    return np.asarray(faded.reshape(len(ride), -1), dtype=np.float32)


@functools.cache
def hann(size: int) -> npt.NDArray[np.float32]:
    """Hann window of a power of two of frames."""
    return np.hanning(size).astype(np.float32)
