"""The ear as curves over frequency: transmission, hearing threshold, cochlear gain.

Source: Moore, Glasberg and Baer, "A model for the prediction of thresholds, loudness and partial
loudness", J. Audio Eng. Soc. 45 (1997) 224-240, with the middle ear and low-frequency threshold of
Glasberg and Moore, J. Audio Eng. Soc. 54 (2006) (the family of ANSI S3.4-2007 and ISO 532-2:2017).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.units import erb_number_to_hz, hz_to_erb_number

Curve = npt.NDArray[np.float64]
"""Values over frequency, band or component; one-dimensional unless said otherwise."""

C_SONE = 0.046871
"""Sones per Cam and unit of compressed excitation, one ear (MGB 1997 eq. 17, value of 2006)."""
THRESHOLD_500_HZ_DB = 3.73
"""Excitation at the absolute threshold for 500 Hz and above (MGB 1997, section 4)."""
ALPHA = 0.2
"""Compression exponent where the cochlear gain is full, 500 Hz and above."""

# Free field, frontal incidence, to the eardrum (Shaw 1974, as in ANSI S3.4-2007 table 1).
_OUTER = np.array([
    (20, 0.0), (100, 0.0), (125, 0.1), (160, 0.3), (200, 0.5), (250, 0.9), (315, 1.4), (400, 1.6),
    (500, 1.7), (630, 2.5), (750, 2.7), (800, 2.6), (1000, 2.6), (1250, 3.2), (1500, 5.2),
    (1600, 6.6), (2000, 12.0), (2500, 16.8), (3000, 15.3), (3150, 15.2), (4000, 14.2),
    (5000, 10.7), (6000, 7.1), (6300, 6.4), (8000, 1.8), (9000, -0.9), (10000, -1.6),
    (11200, 1.9), (12500, 4.9), (14000, 2.0), (15000, -2.0), (16000, 2.5), (20000, 2.5),
])  # fmt: skip

# Eardrum to cochlea (Glasberg and Moore 2006, as in ANSI S3.4-2007 table 3).
_MIDDLE = np.array([
    (20, -39.6), (25, -32.0), (31.5, -25.85), (40, -21.4), (50, -18.5), (63, -15.9), (80, -14.1),
    (100, -12.4), (125, -11.0), (160, -9.6), (200, -8.3), (250, -7.4), (315, -6.2), (400, -4.8),
    (500, -3.8), (630, -3.3), (750, -2.9), (800, -2.6), (1000, -2.6), (1250, -4.5), (1500, -5.4),
    (1600, -6.1), (2000, -8.5), (2500, -10.4), (3000, -7.3), (3150, -7.0), (4000, -6.6),
    (5000, -7.0), (6000, -9.2), (6300, -10.2), (8000, -12.2), (9000, -10.8), (10000, -10.1),
    (11200, -12.7), (12500, -15.0), (14000, -18.2), (15000, -23.8), (16000, -32.3),
    (18000, -45.5), (20000, -50.0),
])  # fmt: skip

# Compression exponent where the cochlear gain is less than full, gain in dB (MGB 1997 figure 6).
_ALPHA_OF_GAIN = np.array([
    (-25, 0.26692), (-20, 0.25016), (-15, 0.23679), (-10, 0.22228), (-5, 0.21055), (0, 0.2),
])  # fmt: skip


def transmission_db(hz: Curve) -> Curve:
    """Level at the cochlea relative to the free field, dB, for frequencies in Hz."""
    at = np.log(np.clip(hz, 20.0, 20000.0))
    outer = np.interp(at, np.log(_OUTER[:, 0]), _OUTER[:, 1])
    return np.asarray(outer + np.interp(at, np.log(_MIDDLE[:, 0]), _MIDDLE[:, 1]))


def erb_hz(hz: Curve) -> Curve:
    """Equivalent rectangular bandwidth in Hz of the auditory filter at a centre in Hz."""
    return 24.7 * (0.00437 * hz + 1.0)


def cams(hz: Curve) -> Curve:
    """ERB numbers (Cam) of frequencies in Hz."""
    return np.array([hz_to_erb_number(f) for f in np.ravel(hz)])


def hz_of(cam: Curve) -> Curve:
    """Frequencies in Hz of ERB numbers (Cam)."""
    return np.array([erb_number_to_hz(c) for c in np.ravel(cam)])


def threshold_db(hz: Curve) -> Curve:
    """Excitation at the absolute threshold in dB; rises below 500 Hz (fit of ANSI table 4)."""
    lg = np.log10(np.clip(hz, 50.0, 500.0))
    low = 0.43068810954937 * lg**3 - 2.79760988207307 * lg**2 + 5.0738460335657 * lg
    return np.where(hz >= 500.0, THRESHOLD_500_HZ_DB, 10.0 ** (low - 1.20606174767901))


def efficiency_db(hz: Curve) -> Curve:
    """Signal-to-noise ratio K at the masked threshold, dB at the filter's output (MGB figure 9)."""
    lg = np.log10(np.clip(hz, 50.0, 1000.0))
    low = 4.46834213954708 * lg**4 - 49.6802659754809 * lg**3 + 212.890918712891 * lg**2
    low = low - 418.885520557178 * lg + 317.074663587019
    return np.where(hz >= 1000.0, -3.0, low)


@dataclass(frozen=True, slots=True)
class Cochlea:
    """The constants of the loudness equations at each centre frequency.

    Parameters
    ----------
    centres_hz : ndarray, shape (bands,)
    threshold : ndarray
        Excitation at the absolute threshold, power, 1.0 = 0 dB.
    gain : ndarray
        Cochlear gain G relative to 500 Hz, power.
    alpha, offset : ndarray
        Exponent and constant A of the compression.
    efficiency : ndarray
        K of the masked threshold, power.
    """

    centres_hz: Curve
    threshold: Curve
    gain: Curve
    alpha: Curve
    offset: Curve
    efficiency: Curve


def cochlea(centres_hz: Curve) -> Cochlea:
    """Constants of the loudness equations at given centre frequencies in Hz."""
    threshold = threshold_db(centres_hz)
    gain_db = np.minimum(THRESHOLD_500_HZ_DB - threshold, 0.0)
    alpha = np.interp(gain_db, _ALPHA_OF_GAIN[:, 0], _ALPHA_OF_GAIN[:, 1])
    return Cochlea(
        centres_hz=np.asarray(centres_hz, dtype=np.float64),
        threshold=10.0 ** (threshold / 10.0),
        gain=10.0 ** (gain_db / 10.0),
        alpha=alpha,
        offset=np.array([_offset(a) for a in alpha]),
        efficiency=10.0 ** (efficiency_db(centres_hz) / 10.0),
    )


@functools.cache
def _offset(alpha: float) -> float:
    """The constant A, so that the loudness at threshold is the same at every frequency.

    MGB 1997 set A to twice the threshold at full gain and asked for that equality; it is solved
    here by bisection (the difference falls as A grows).
    """
    peak = 10.0 ** (THRESHOLD_500_HZ_DB / 10.0)
    wanted: float = (3.0 * peak) ** ALPHA - (2.0 * peak) ** ALPHA
    low, high = 0.1 * peak, 20.0 * peak
    for _ in range(60):
        middle = 0.5 * (low + high)
        if (peak + middle) ** alpha - middle**alpha > wanted:
            low = middle
        else:
            high = middle
    return float(0.5 * (low + high))
