"""The noise profile of a span in which nothing but the noise is heard."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting
from studiohand.dsp.blocks.stft import analyse, hann
from studiohand.dsp.cleaning.denoise import Denoise

Floats = npt.NDArray[np.float64]

LEAST_S = 0.1
_WINDOW_S, _OVERLAP = 0.186, 4
_POINTS, _LOWEST_HZ = 96, 30.0
_AROUND = 1.122  # a sixth of an octave to either side
_LEAST_BINS = 12
_WHISTLE = 10.0  # times the noise around it
_SKIRT = 3  # bins of a Hann window to either side
_MOST_TONES = 64


def noise_profile(samples: Block, rate: int) -> Denoise:
    """The noise of a span: its broadband spectrum and its steady tones, each by itself.

    A bin that stands 10 dB above the median of its neighbourhood belongs to a tone (hum, whistle,
    whine); the broadband spectrum is made of the others.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        At least a tenth of a second.

    Raises
    ------
    BadSetting
        It is too short, or silent.
    """
    if len(samples) < LEAST_S * rate or not samples.any():
        raise BadSetting(
            "The span for the noise profile is too short or silent.",
            todo=f"Choose at least {LEAST_S:g} s in which only the noise is heard.",
        )
    size = 1 << math.floor(math.log2(min(_WINDOW_S * rate, len(samples))))
    power = np.square(np.abs(analyse(samples, size, size // _OVERLAP))).mean(axis=(0, 1))
    density = power / (rate / 2.0 * float(np.sum(np.square(hann(size)))))
    hz = np.arange(len(density)) * (rate / size)
    broadband = _median_around(density)
    points = np.geomspace(_LOWEST_HZ, rate / 2.0, _POINTS)
    level_db = 10.0 * np.log10(np.interp(points, hz, broadband) + 1e-20)
    tones = _tones(density, broadband, rate / size)
    return Denoise(
        tuple(round(float(f), 1) for f in points),
        tuple(round(float(level), 1) for level in level_db),
        tuple(round(f, 2) for f, _ in tones),
        tuple(round(level, 1) for _, level in tones),
    )


def _median_around(density: Floats) -> Floats:
    """Median of a third of an octave around each bin, at least a dozen bins."""
    out = np.empty_like(density)
    for i in range(len(density)):
        reach = max(i - round(i / _AROUND), _LEAST_BINS // 2)
        out[i] = np.median(density[max(i - reach, 1) : i + reach + 1])
    return out


def _tones(density: Floats, broadband: Floats, bin_hz: float) -> list[tuple[float, float]]:
    """Frequency and RMS level (dBFS) of the strongest lines, by frequency."""
    inner = density[1:-1]
    peaks = (inner > density[:-2]) & (inner >= density[2:]) & (inner > _WHISTLE * broadband[1:-1])
    found = []
    for peak in (np.flatnonzero(peaks) + 1).tolist():
        line = slice(max(peak - _SKIRT, 0), peak + _SKIRT + 1)
        excess = np.maximum(density[line] - broadband[line], 0.0)
        hz = float(np.average(np.arange(len(density))[line], weights=excess)) * bin_hz
        found.append((hz, 10.0 * math.log10(float(excess.sum()) * bin_hz)))
    strongest = sorted(found, key=lambda tone: -tone[1])[:_MOST_TONES]
    return sorted(strongest)
