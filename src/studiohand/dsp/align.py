"""Delay and polarity between two recordings that share a sound: weighted cross-correlation.

The generalised cross-correlation of Knapp and Carter, "The generalized correlation method for
estimation of time delay", IEEE Trans. ASSP 24(4), 1976. The weight here is the one of a known
signal in coloured noise: the louder signal's own spectrum is the noise, so bands where the
searched signal stands out count most, and a loud bass does not drown a quiet hi-hat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""One channel of sound, shape (frames,)."""

Spectrum = npt.NDArray[np.complex64]

_SMOOTH_BINS = 65
"""Width of the spectral smoothing that turns a periodogram into a noise estimate."""
_FLOOR = 1e-7
"""Spectral floor (-70 dB of the mean): bins without sound must not be blown up by whitening."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The best agreement of two signals.

    Parameters
    ----------
    late_frames : int
        How much later the searched sound is than the place where it fits; negative: earlier.
    sign : int
        +1, or -1 where one of the two is inverted.
    z : float
        Height above the correlation's own noise, in its standard deviations.
    """

    late_frames: int
    sign: int
    z: float


def spectrum(samples: Samples, size: int) -> Spectrum:
    """Fourier transform of samples padded with zeros to `size`, shape (size // 2 + 1,)."""
    from scipy import fft

    result: Spectrum = fft.rfft(samples, size)
    return result


def smoothed(values: Spectrum) -> Samples:
    """Power of a spectrum averaged over neighbouring bins: an estimate of its noise level."""
    power = values.real**2 + values.imag**2
    smooth = np.convolve(power, np.full(_SMOOTH_BINS, 1.0 / _SMOOTH_BINS, np.float32), "same")
    return np.asarray(smooth + _FLOOR * float(smooth.mean()) + 1e-30, np.float32)


def correlation(searched: Spectrum, where: Spectrum, weight: Samples, lags: int) -> Samples:
    """Weighted correlation at every lateness from `-lags` to `+lags`, shape (2 * lags + 1,).

    Parameters
    ----------
    searched : Spectrum
        Of the searched samples, which start `lags` frames into the other's span.
    where : Spectrum
        Of the span searched in: `lags` frames longer on both ends, of the same transform size.
    weight : ndarray
        Real weight for each bin.

    Returns
    -------
    ndarray
        Index `i` is the lateness `i - lags` of the searched samples.
    """
    from scipy import fft

    raw = fft.irfft(np.conj(searched) * where * weight)
    result: Samples = raw[: 2 * lags + 1][::-1]
    return result


def noise_of(values: Samples) -> float:
    """Standard deviation of a correlation's noise by its median, which no single peak moves."""
    return float(np.median(np.abs(values))) / 0.6745 + 1e-30


def best_peak(values: Samples) -> Peak:
    """The highest point of a correlation by magnitude."""
    lags = (len(values) - 1) // 2
    at = int(np.argmax(np.abs(values)))
    return Peak(at - lags, 1 if values[at] >= 0 else -1, abs(float(values[at])) / noise_of(values))
