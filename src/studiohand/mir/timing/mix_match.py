"""Where each stem sits in the rough mix: delay to the frame, and polarity.

A mix is close to a sum of its stems, each at a level of its own. Each stem is first searched in
the mix by itself. Those that do not fit where most of the others fit are searched again in what
remains when the others are taken out of the mix: least squares in bands and short spans, which
follows level changes, EQ and bus compression. Only spans where a stem stands out are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Source
from studiohand.dsp.align import (
    Peak,
    Samples,
    Spectrum,
    best_peak,
    correlation,
    noise_of,
    smoothed,
    spectrum,
)
from studiohand.mir.timing.spans import Side, one_channel

SPAN_FRAMES = 2**17
"""Searched piece of a stem: 2.7 s at 48 kHz."""
SIZE = 2**18
"""Transform size; leaves room for the reach on both sides."""
REACH_FRAMES = (SIZE - SPAN_FRAMES) // 2 - 512
"""Largest delay that can be found, in frames (1.4 s at 48 kHz)."""

_SNR_CAP = 0.01
"""Bins where the stem is more than this share of the mix weigh alike when the peak is refined:
there the phase errors of EQ outweigh noise."""
_HIGHEST_HZ = 15000.0
"""A mix that went through a lossy codec may hold nothing of its stems above."""
_RESIDUE = 1e-4
"""What is left of a mix counts as noise at least 40 dB below the mix itself."""
_TREBLE_HZ = 200.0
_LOUD_PART, _OWN_PEAK = 0.1, 0.8
_AWAY_FRAMES = 1000
_TIE_Z = 3.0
"""Peaks closer in height than this many standard deviations are as good as each other."""
_TOO_LOUD = 0.05
"""Where the stem is louder than the mix by 13 dB and more, the mix does not hold that sound:
the click of a cut file, for example, must not speak for the stem."""
_REFINE_FRAMES = 40
_NEAR_FRAMES = 4
_BANDS_PER_DECADE = 8
_RIDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Placed:
    """Another stem and how late it is in the mix."""

    source: Source
    late_frames: int


@dataclass(frozen=True, slots=True)
class Search:
    """One stem to be found in the mix.

    Parameters
    ----------
    stem, mix : Source
    rate : int
        Hz, of the frames below.
    starts : tuple of int
        First frames of the spans to use.
    home_frames : int
        Delay at which the session's other stems sit.
    others : tuple of Placed
        Stems to take out of the mix first.
    side : Side
        The left channels, for a stem whose sides cancel.
    """

    stem: Source
    mix: Source
    rate: int
    starts: tuple[int, ...]
    home_frames: int = 0
    others: tuple[Placed, ...] = ()
    side: Side = Side.BOTH


@dataclass(frozen=True, slots=True)
class Fit:
    """How a stem fits the mix.

    Parameters
    ----------
    late_frames : int
        How much later it is in its file than in the mix; negative: earlier.
    sign : int
        -1: inverted in one of the two.
    z : float
        Height of the fit above chance, in standard deviations.
    home_z : float
        The same at the session's own delay, with its sign.
    agreeing : float
        Part of the spans that show the same delay and sign by themselves, 0 to 1.
    rival : float
        Height of the best other delay over the height of this one: near 1 for loops.
    treble : float
        Part of the evidence above 200 Hz: below, the phase of an EQ can look like a delay.
    """

    late_frames: int
    sign: int
    z: float
    home_z: float
    agreeing: float
    rival: float
    treble: float


def find_in_mix(search: Search) -> Fit:
    """Search a stem in the mix; module-level, so that it can run in parallel."""
    usable = np.fft.rfftfreq(SIZE, 1.0 / search.rate) < _HIGHEST_HZ
    cross = np.zeros(SIZE // 2 + 1, np.complex64)
    own = np.zeros(SIZE // 2 + 1, np.float32)
    singles: list[Samples] = []
    for start in search.starts:
        x, y, full = _spectra(search, start)
        noise = smoothed(y) + _RESIDUE * smoothed(full) + _TOO_LOUD * smoothed(x)
        weight = (usable / noise).astype(np.float32)
        piece = np.conj(x) * y * weight
        cross += piece
        own += (x.real**2 + x.imag**2) * weight
        singles.append(_correlated(piece))
    return _fit(cross, own, singles, search)


def _spectra(search: Search, start: int) -> tuple[Spectrum, Spectrum, Spectrum]:
    """Spectra of a stem's span, of what is searched, and of the whole mix there."""
    stem = one_channel(search.stem, start, SPAN_FRAMES, search.rate, search.side)
    x = spectrum(stem * np.hanning(SPAN_FRAMES).astype(np.float32), SIZE)
    first = start - REACH_FRAMES
    mix = one_channel(search.mix, first, SIZE, search.rate, search.side)
    full = spectrum(mix, SIZE)
    if not search.others:
        return x, full, full
    parts = [
        one_channel(o.source, first + o.late_frames, SIZE, search.rate, search.side)
        for o in search.others
    ]
    return x, spectrum(without(mix, parts, search.rate), SIZE), full


def without(mix: Samples, parts: Sequence[Samples], rate: int) -> Samples:
    """What remains of a mix without some of its parts, each at the gain that fits in each band.

    Gains are complex and one for each band (eight a decade), by least squares with a slight
    pull to zero; so EQ, level and slow dynamics of the mix are followed.
    """
    from scipy import fft

    taper = taper_of(len(mix))
    y: Spectrum = fft.rfft(mix * taper)
    x = np.stack([fft.rfft(part * taper) for part in parts])
    for low, high in bands_of(len(y), rate):
        piece, target = x[:, low:high], y[low:high]
        gram = piece.conj() @ piece.T
        pull = _RIDGE * float(np.trace(gram).real) / len(parts) + 1e-20
        gains = np.linalg.solve(gram + pull * np.eye(len(parts)), piece.conj() @ target)
        y[low:high] = target - gains @ piece
    return np.asarray(fft.irfft(y, len(mix)), np.float32)


def bands_of(bins: int, rate: int) -> list[tuple[int, int]]:
    """First and last bin of each band in which one gain fits."""
    hz_per_bin = rate / 2.0 / (bins - 1)
    edges_hz = 20.0 * 10.0 ** (np.arange(0, 3.1 * _BANDS_PER_DECADE) / _BANDS_PER_DECADE)
    edges = [0, *(int(hz / hz_per_bin) for hz in edges_hz if hz < rate / 2.0), bins]
    return [(a, b) for a, b in pairwise(edges) if b > a]


@cache
def taper_of(frames: int) -> Samples:
    """Flat with raised-cosine ends of a sixteenth each."""
    edge = frames // 16
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
    return np.concatenate([ramp, np.ones(frames - 2 * edge), ramp[::-1]]).astype(np.float32)


def _correlated(cross: Spectrum) -> Samples:
    ones = np.ones(len(cross), np.float32)
    return correlation(np.ones_like(cross), cross, ones, REACH_FRAMES)


def _fit(
    cross: Spectrum, own: npt.NDArray[np.float32], singles: Sequence[Samples], search: Search
) -> Fit:
    values = _correlated(cross)
    peak = _nearest_home(values, best_peak(values), search.home_frames)
    smooth = np.convolve(own, np.full(65, 1.0 / 65, np.float32), "same")
    even = cross / (smooth + _SNR_CAP * len(search.starts))
    evened = _correlated(even)
    at = _refined(evened, peak.late_frames)
    sign = 1 if evened[at + REACH_FRAMES] >= 0 else -1
    low = int(_TREBLE_HZ * SIZE / search.rate)
    weights = np.abs(even)
    return Fit(
        late_frames=at,
        sign=sign,
        z=peak.z,
        home_z=_strongest(values, search.home_frames, _NEAR_FRAMES) / noise_of(values),
        agreeing=_agreeing(singles, peak.late_frames),
        rival=_rival(values, peak.late_frames),
        treble=float(weights[low:].sum() / (weights.sum() + 1e-30)),
    )


def _nearest_home(values: Samples, peak: Peak, home: int) -> Peak:
    """Of peaks that chance cannot tell apart, the one nearest home: loops fit at every turn."""
    height = np.abs(values)
    least = float(height[peak.late_frames + REACH_FRAMES]) * (1.0 - _TIE_Z / max(peak.z, _TIE_Z))
    tops = 1 + np.flatnonzero(
        (height[1:-1] >= least) & (height[1:-1] >= height[:-2]) & (height[1:-1] >= height[2:])
    )
    apart = tops[np.abs(tops - peak.late_frames - REACH_FRAMES) > _AWAY_FRAMES] - REACH_FRAMES
    rivals = [int(at) for at in apart if abs(at - home) < abs(peak.late_frames - home)]
    if not rivals:
        return peak
    reach = min(rivals, key=lambda at: abs(at - home))
    group = [at for at in rivals if abs(at - reach) <= _AWAY_FRAMES]
    at = max(group, key=lambda late: float(height[late + REACH_FRAMES]))
    top = float(values[at + REACH_FRAMES])
    return Peak(at, 1 if top >= 0 else -1, abs(top) / noise_of(values))


def _agreeing(singles: Sequence[Samples], late: int) -> float:
    """Part of the spans with sound whose own correlation stands out at a delay."""
    heights = [_strongest(values, late, 1) for values in singles]
    tops = [float(np.abs(values).max()) for values in singles]
    loud = [i for i, top in enumerate(tops) if top > _LOUD_PART * max(tops)]
    if not loud or max(tops) <= 0.0:
        return 0.0
    return sum(abs(heights[i]) > _OWN_PEAK * tops[i] for i in loud) / len(loud)


def _rival(values: Samples, late: int) -> float:
    """The highest point away from a peak, over the peak's height."""
    at = late + REACH_FRAMES
    rest = np.abs(values)
    top = float(rest[at])
    rest[max(at - _AWAY_FRAMES, 0) : at + _AWAY_FRAMES + 1] = 0.0
    return float(rest.max()) / (top + 1e-30)


def _strongest(values: Samples, around: int, reach: int) -> float:
    middle = (len(values) - 1) // 2 + around
    piece = values[max(middle - reach, 0) : middle + reach + 1]
    return float(piece[np.argmax(np.abs(piece))]) if len(piece) else 0.0


def _refined(values: Samples, around: int) -> int:
    lags = (len(values) - 1) // 2
    first = max(around + lags - _REFINE_FRAMES, 0)
    piece = np.abs(values[first : around + lags + _REFINE_FRAMES + 1])
    return first + int(np.argmax(piece)) - lags
