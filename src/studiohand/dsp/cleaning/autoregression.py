"""Linear prediction of a short stretch of sound, and filling gaps with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_RIDGE = 1e-9


def prediction_error_filter(samples: Floats, order: int) -> Floats:
    """Coefficients a of the prediction error e[n] = sum a[k] x[n - k], a[0] = 1.

    Autocorrelation method with a Hann window; always stable.

    Parameters
    ----------
    samples : ndarray, shape (frames,)
    order : int
    """
    from scipy.linalg import solve_toeplitz

    size = len(samples)
    spectrum = np.fft.rfft(samples * np.hanning(size + 2)[1:-1], 2 * size)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    correlation = np.fft.irfft(power)[: order + 1]
    if correlation[0] <= 0.0:
        return np.concatenate([[1.0], np.zeros(order)])
    correlation[0] *= 1.0 + _RIDGE
    tail = solve_toeplitz(correlation[:-1], -correlation[1:])
    return np.concatenate([[1.0], tail])


def prediction_error(samples: Floats, coefficients: Floats) -> Floats:
    """e[n] for every n, shape (frames,); before the first sample there is silence."""
    return np.convolve(samples, coefficients)[: len(samples)]


def fill(samples: Floats, missing: Flags, coefficients: Floats) -> Floats:
    """Replace the missing samples by those of least prediction error.

    S. J. Godsill, P. J. W. Rayner, "Digital Audio Restoration" (1998), section 5.2.2: with
    b = autocorrelation of a, the missing samples solve B_uu x_u = -B_uk x_k, B[i, j] = b[|i - j|].

    Parameters
    ----------
    samples : ndarray, shape (frames,)
    missing : ndarray of bool, shape (frames,)
    coefficients : ndarray, shape (order + 1,)
        Of `prediction_error_filter`.
    """
    from scipy.linalg import solve

    order = len(coefficients) - 1
    band = np.correlate(coefficients, coefficients, "full")
    out = samples.copy()
    at = np.flatnonzero(missing)
    known = np.where(missing, 0.0, samples)
    right = (
        -np.convolve(known, band, "same")[at]
        if len(samples) > len(band)
        else _short(known, band)[at]
    )
    for group in _apart(at, order):
        rows = at[group]
        distance = np.abs(rows[:, None] - rows)
        matrix = np.where(distance <= order, band[order + np.minimum(distance, order)], 0.0)
        matrix[np.diag_indices(len(rows))] *= 1.0 + _RIDGE
        out[rows] = solve(matrix, right[group], assume_a="pos")
    return out


def _short(known: Floats, band: Floats) -> Floats:
    reach = len(band) // 2
    full = np.convolve(known, band, "full")
    return full[reach : reach + len(known)]


def _apart(at: npt.NDArray[np.intp], order: int) -> list[slice]:
    """Groups of missing samples that do not reach one another."""
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) > order) + 1
    edges = [0, *cuts.tolist(), len(at)]
    return [slice(a, b) for a, b in pairwise(edges)]
