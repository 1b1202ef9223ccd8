"""Excitation, loudness and partial loudness: how strongly a sound is heard among others.

Source: Moore, Glasberg and Baer, J. Audio Eng. Soc. 45 (1997) 224-240, equations 9-20 (the family
of ANSI S3.4-2007 and ISO 532-2:2017). Powers are linear with 1.0 = 0 dB SPL in the free field.
Calibration is the caller's: `PLAYBACK_DB_SPL` is what the song tools assume a mix is heard at.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.ear import (
    C_SONE,
    Cochlea,
    Curve,
    cams,
    cochlea,
    erb_hz,
    hz_of,
    transmission_db,
)

Values = npt.NDArray[np.float64]

PLAYBACK_DB_SPL = 80.0
"""Level at which a mix is assumed to be heard, the usual control-room reference."""
LOUDEST_EXCITATION = 1e10
"""Above 100 dB the compression ends (MGB 1997 eq. 19 and 20)."""
REFERENCE_DB = 51.0
"""Level per ERB at which the auditory filter is symmetrical (MGB 1997 eq. 6)."""
EXACT_STEP_CAM = 0.1
"""Spacing of the centres when single spectra are computed exactly."""


def roex_weights(centres_hz: Curve, parts_hz: Curve, level_db: Curve) -> Values:
    """Response of each auditory filter to each component, power, peak 1.

    Parameters
    ----------
    centres_hz : ndarray, shape (centres,)
    parts_hz : ndarray, shape (parts,)
        Frequencies of the components.
    level_db : ndarray, shape (parts,)
        Level per ERB around each component; louder sound flattens the lower skirt.

    Returns
    -------
    ndarray, shape (centres, parts)
    """
    g = (parts_hz[None, :] - centres_hz[:, None]) / centres_hz[:, None]
    upper = 4.0 * centres_hz / erb_hz(centres_hz)
    at_1_khz = 4000.0 / float(erb_hz(np.array([1000.0]))[0])
    slope = 0.35 * (upper / at_1_khz)[:, None] * (level_db[None, :] - REFERENCE_DB)
    lower = np.maximum(upper[:, None] - slope, 0.1 * upper[:, None])
    pg = np.where(g >= 0.0, upper[:, None], lower) * np.abs(g)
    return np.asarray((1.0 + pg) * np.exp(-pg))


def excitation(parts_hz: Curve, parts_power: Curve, centres_hz: Curve) -> Curve:
    """Excitation of a spectrum of components in the free field, power, at each centre.

    Parameters
    ----------
    parts_hz, parts_power : ndarray, shape (parts,)
        Frequencies in Hz and powers (1.0 = 0 dB SPL).
    centres_hz : ndarray, shape (centres,)
    """
    inside = parts_power * 10.0 ** (transmission_db(parts_hz) / 10.0)
    symmetric = roex_weights(parts_hz, parts_hz, np.full(len(parts_hz), REFERENCE_DB))
    per_erb = symmetric @ inside
    level_db = 10.0 * np.log10(np.maximum(per_erb, 1e-12))
    return np.asarray(roex_weights(centres_hz, parts_hz, level_db) @ inside)


def specific_loudness(signal: Values, masker: Values | float, ear: Cochlea) -> Values:
    """Partial loudness of a signal beside a masker, sone per Cam for one ear (eq. 17-20).

    Parameters
    ----------
    signal, masker : ndarray, shape (..., bands)
        Excitations, power. A masker of 0.0 gives the loudness in quiet.
    ear : Cochlea
        Constants for the same bands.

    Returns
    -------
    ndarray, shape (..., bands)
    """
    masked = ear.efficiency * masker + ear.threshold
    total = signal + masker
    loud = _compressed(total, ear) - _compressed(masker, ear)
    at_threshold = _compressed(ear.threshold, ear) - _compressed(np.zeros(()), ear)
    masked_part = _compressed(masker + masked, ear) - _compressed(masker, ear)
    above = loud - (masked_part - at_threshold) * (masked / np.maximum(signal, masked)) ** 0.3
    below = (2.0 * signal / (signal + masked)) ** 1.5 * loud * at_threshold
    below = below / np.maximum(masked_part, 1e-30)
    return np.asarray(C_SONE * np.maximum(np.where(signal >= masked, above, below), 0.0))


def _compressed(power: Values | float, ear: Cochlea) -> Values:
    """Compressed excitation; above 100 dB the slope is that of eq. 19, joined without a step."""
    excited = np.asarray(power, dtype=np.float64)
    normal = (np.minimum(excited, LOUDEST_EXCITATION) * ear.gain + ear.offset) ** ear.alpha
    over = np.sqrt(np.maximum(excited, LOUDEST_EXCITATION) / LOUDEST_EXCITATION)
    return np.asarray(normal * over)


def loudness_sone(parts_hz: Curve, parts_db: Curve) -> float:
    """Loudness in sone of a steady spectrum of tones heard with both ears.

    Parameters
    ----------
    parts_hz, parts_db : ndarray, shape (parts,)
        Frequencies in Hz and free-field levels in dB SPL.
    """
    return partial_loudness_sone(parts_hz, parts_db, np.zeros(0), np.zeros(0))


def partial_loudness_sone(
    parts_hz: Curve, parts_db: Curve, masker_hz: Curve, masker_db: Curve
) -> float:
    """Loudness in sone of one steady spectrum beside another, both ears; Hz and dB SPL."""
    ear = exact_ear()
    signal = excitation(parts_hz, 10.0 ** (parts_db / 10.0), ear.centres_hz)
    masker = excitation(masker_hz, 10.0 ** (masker_db / 10.0), ear.centres_hz)
    return 2.0 * EXACT_STEP_CAM * float(specific_loudness(signal, masker, ear).sum())


@functools.cache
def exact_ear() -> Cochlea:
    """Constants every 0.1 Cam from 50 Hz to 15 kHz, as the standards integrate."""
    first, last = cams(np.array([50.0, 15000.0]))
    return cochlea(hz_of(np.arange(first, last, EXACT_STEP_CAM)))


def phon(sone: float) -> float:
    """Loudness level: the level in dB SPL of the 1 kHz tone that is as loud (0 to 120)."""
    low, high = 0.0, 120.0
    while high - low > 1e-3:
        middle = 0.5 * (low + high)
        tone = loudness_sone(np.array([1000.0]), np.array([middle]))
        low, high = (middle, high) if tone < sone else (low, middle)
    return 0.5 * (low + high)
