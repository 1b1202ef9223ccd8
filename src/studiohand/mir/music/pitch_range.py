"""The range of a melody: lowest and highest note it keeps to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Source
from studiohand.core.units import hz_to_midi
from studiohand.dsp.filters.decimate import MonoDecimator
from studiohand.mir.music.key import NAMES

_RATE = 11000
_FRAME_S, _HOP_S = 0.06, 0.03
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 1400.0
_CLEAR = 0.85
_FEW = 10


def note_range(source: Source) -> tuple[str, str] | None:
    """Lowest and highest note (5th and 95th percentile), or None where there is no melody.

    The pitch of each frame is the first high peak of its normalised autocorrelation (McLeod and
    Wyvill, ICMC 2005).
    """
    factor = max(source.rate // _RATE, 1)
    decimator = MonoDecimator(factor, source.channels)
    mono = np.concatenate([*(decimator.process(b) for b in source.blocks()), decimator.flush()])
    pitches = _pitches(mono.astype(np.float64), source.rate / factor)
    if len(pitches) < _FEW:
        return None
    low, high = np.percentile([hz_to_midi(hz) for hz in pitches], (5, 95))
    return note_name(round(float(low))), note_name(round(float(high)))


def note_name(midi: int) -> str:
    """Name of a MIDI note, C4 = 60."""
    return f"{NAMES[midi % 12]}{midi // 12 - 1}"


def _pitches(mono: npt.NDArray[np.float64], rate: float) -> list[float]:
    size, hop = round(_FRAME_S * rate), round(_HOP_S * rate)
    floor = 0.05 * float(np.sqrt(np.mean(mono**2))) if len(mono) else 0.0
    found = []
    for at in range(0, len(mono) - size, hop):
        frame = mono[at : at + size]
        if np.sqrt(np.mean(frame**2)) > max(floor, 1e-4):
            hz = _pitch(frame, rate)
            if hz:
                found.append(hz)
    return found


def _pitch(frame: npt.NDArray[np.float64], rate: float) -> float:
    """Frequency in Hz of the first clear period; 0 where there is none."""
    size = len(frame)
    spectrum = np.fft.rfft(frame, 2 * size)
    alike = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:size]
    squares = np.concatenate([[0.0], np.cumsum(frame**2)])
    both = squares[size] - squares[:size] + squares[size - np.arange(size)]
    clarity = 2.0 * alike / np.maximum(both, 1e-12)
    first, last = int(rate / _HIGHEST_HZ), min(int(rate / _LOWEST_HZ), size - 2)
    inner = clarity[first : last + 1]
    peaks = np.flatnonzero((inner[1:-1] > inner[:-2]) & (inner[1:-1] >= inner[2:])) + 1
    if not len(peaks) or inner[peaks].max() < _CLEAR:
        return 0.0
    lag = int(peaks[inner[peaks] > 0.9 * inner[peaks].max()][0]) + first
    left, top, right = clarity[lag - 1 : lag + 2]
    bend = left - 2 * top + right
    return float(rate / (lag + (0.5 * (left - right) / bend if bend else 0.0)))
