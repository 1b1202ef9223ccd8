"""Stems that hold the same sound: candidates by their envelopes, proof by their samples.

Envelopes of all pairs are compared at every delay (cheap: five bands, 50 values a second); only
pairs that rise and fall together are read, in short spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Source
from studiohand.dsp.align import Samples, Spectrum, best_peak, correlation, smoothed, spectrum
from studiohand.mir.timing.spans import Side, best_spans, loud_share, one_channel
from studiohand.mir.timing.stem_profile import LEVELS_PER_SECOND, Levels, Profile

SPAN_FRAMES = 2**16
"""Compared piece: 1.4 s at 48 kHz."""
SIZE = 2**17
REACH_FRAMES = 12000
"""How far around the delay of the envelopes the exact one is searched."""

_ENVELOPES_PER_SECOND = 50
_WIDE_BANDS = ((0, 3), (3, 6), (6, 9), (9, 11), (11, 13))
_RANGE_DB = 60.0
_SPANS = 3
_BAND_EDGES_HZ = (60, 120, 250, 500, 1000, 2000, 4000, 8000)
_BAND_FLOOR_DB = -50.0
_COPY_Z, _COPY_SPREAD_DB = 15.0, 4.0

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stems that rise and fall together.

    Parameters
    ----------
    first, second : int
        Places in the list of profiles.
    late_s : float
        How much later the second one is, to 20 ms.
    likeness : float
        Correlation of their envelopes there, -1 to 1.
    """

    first: int
    second: int
    late_s: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sources to compare by their samples, in frames of a rate."""

    first: Source
    second: Source
    rate: int
    starts: tuple[int, ...]
    late_frames: int
    first_side: Side = Side.BOTH
    second_side: Side = Side.BOTH


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two sources are.

    Parameters
    ----------
    late_frames : int
        How much later the second is.
    sign : int
        -1: inverted against each other.
    z : float
        Height of the agreement above chance.
    gain_db : float
        Level of the second over the first, median of the bands.
    gain_spread_db : float
        Largest difference of that between bands that matter: 0 for a copy.
    same : float
        Part of the second that is the first at that gain, median of the bands, 0 to 1.
    residue_db : float
        What is left of the second without the first, over the second, all bands together.
    """

    late_frames: int
    sign: int
    z: float
    gain_db: float
    gain_spread_db: float
    same: float
    residue_db: float

    def is_copy(self, least_same: float = 0.9) -> bool:
        """Whether the second is the first, changed in level, polarity, time or by a codec."""
        return (
            self.z >= _COPY_Z and self.same >= least_same and self.gain_spread_db <= _COPY_SPREAD_DB
        )


def like_pairs(profiles: Sequence[Profile], least: float) -> list[Pair]:
    """Pairs of stems whose envelopes agree at some delay, best first.

    Parameters
    ----------
    least : float
        Correlation asked for.
    """
    from scipy import fft

    shapes = [_envelopes(profile.levels) for profile in profiles]
    longest = max((len(shape) for shape in shapes), default=0)
    if longest < _ENVELOPES_PER_SECOND:
        return []
    size = fft.next_fast_len(2 * longest, real=True)
    spectra = [fft.rfft(shape, size, axis=0) if len(shape) else None for shape in shapes]
    pairs = []
    for i, one in enumerate(spectra):
        for j in range(i + 1, len(spectra)):
            other = spectra[j]
            if one is None or other is None:
                continue
            values = fft.irfft(np.einsum("fb,fb->f", one.conj(), other), size)
            at = int(np.argmax(values))
            if values[at] >= least:
                late = at if at < size // 2 else at - size
                pairs.append(Pair(i, j, late / _ENVELOPES_PER_SECOND, float(values[at])))
    return sorted(pairs, key=lambda pair: -pair.likeness)


def _envelopes(levels: Levels) -> Singles:
    """Levels in wide bands, each without its mean, all together of unit energy.

    Shape (n, 5); empty where there is next to no sound or no change in it.
    """
    step = LEVELS_PER_SECOND // _ENVELOPES_PER_SECOND
    count = len(levels) // step
    power = 10.0 ** (levels[: count * step].astype(np.float32) / 10.0)
    power = power.reshape(count, step, levels.shape[1]).mean(axis=1)
    wide = np.stack([power[:, a:b].sum(axis=1) for a, b in _WIDE_BANDS], axis=1)
    if not count or wide.max() < 1e-9:
        return np.zeros((0, len(_WIDE_BANDS)), np.float32)
    decibels = 10.0 * np.log10(wide + 1e-13)
    shape = np.maximum(decibels - decibels.max(), -_RANGE_DB)
    shape -= shape.mean(axis=0)
    energy = float(np.sqrt((shape**2).sum()))
    if energy < 1.0:
        return np.zeros((0, len(_WIDE_BANDS)), np.float32)
    return np.asarray(shape / energy, np.float32)


def comparisons(
    sources: Sequence[Source], profiles: Sequence[Profile], pair: Pair, rate: int
) -> list[Comparison]:
    """How to compare a pair: as they are, and a mono file with either side of a stereo one."""
    first, second = pair.first, pair.second
    span_s = SPAN_FRAMES / rate
    starts = best_spans(loud_share(profiles[first].levels), span_s, _SPANS)
    frames = tuple(round(start * rate) for start in starts)
    late = round(pair.late_s * rate)
    whole = Comparison(sources[first], sources[second], rate, frames, late)
    mono, stereo = (profiles[i].channels for i in (first, second))
    if not frames or sorted((mono, stereo)) != [1, 2]:
        return [whole] if frames else []
    sides = [replace(whole, first_side=side, second_side=side) for side in (Side.LEFT, Side.RIGHT)]
    return [whole, *sides]


def compare(asked: Comparison) -> Likeness:
    """Compare two sources; module-level, so that it can run in parallel."""
    cross = np.zeros(SIZE // 2 + 1, np.complex64)
    for start in asked.starts:
        x, y = _spans(asked, start, 0, REACH_FRAMES)
        taken = np.hanning(SPAN_FRAMES).astype(np.float32)
        own, where = spectrum(x[:SPAN_FRAMES] * taken, SIZE), spectrum(y, SIZE)
        cross += np.conj(own) * where / np.sqrt(smoothed(own) * smoothed(where))
    ones = np.ones(len(cross), np.float32)
    values = correlation(np.ones_like(cross), cross, ones, REACH_FRAMES)
    peak = best_peak(values)
    # `correlation` says how much later the first is.
    late = asked.late_frames - peak.late_frames
    return _measured(asked, late, peak.sign, peak.z)


def _spans(asked: Comparison, start: int, more: int, reach: int) -> tuple[Samples, Samples]:
    frames = SPAN_FRAMES + 2 * reach
    x = one_channel(asked.first, start, SPAN_FRAMES, asked.rate, asked.first_side)
    y = one_channel(
        asked.second, start + asked.late_frames + more - reach, frames, asked.rate,
        asked.second_side,
    )  # fmt: skip
    return x, y


def _measured(asked: Comparison, late: int, sign: int, z: float) -> Likeness:
    """Gain and sameness in bands at the exact delay."""
    bands = len(_BAND_EDGES_HZ) - 1
    sums = np.zeros((3, bands))
    taper = np.hanning(SPAN_FRAMES).astype(np.float32)
    hz = np.fft.rfftfreq(SPAN_FRAMES, 1.0 / asked.rate)
    band = np.searchsorted(_BAND_EDGES_HZ, hz, side="right") - 1
    inside = (band >= 0) & (band < bands)
    for start in asked.starts:
        x, y = _spans(asked, start, late - asked.late_frames, 0)
        a, b = spectrum(x * taper, SPAN_FRAMES), spectrum(y * taper, SPAN_FRAMES)
        for row, value in enumerate((_power(a), _power(b), (a.conj() * b).real)):
            sums[row] += np.bincount(band[inside], value[inside], bands)
    xx, yy, xy = sums
    loud = yy > yy.max() * 10.0 ** (_BAND_FLOOR_DB / 10.0)
    if not loud.any() or xx[loud].min() <= 0.0:
        return Likeness(late, sign, z, 0.0, np.inf, 0.0, 0.0)
    same = (xy[loud] ** 2) / (xx[loud] * yy[loud])
    gains = 10.0 * np.log10(yy[loud] / xx[loud])
    gain = float(xy[loud].sum() / xx[loud].sum())
    left = float((yy[loud] - 2.0 * gain * xy[loud] + gain**2 * xx[loud]).sum() / yy[loud].sum())
    return Likeness(
        late, 1 if gain >= 0.0 else -1, z, float(np.median(gains)), float(np.ptp(gains)),
        float(np.median(same)), 10.0 * float(np.log10(max(left, 1e-14))),
    )  # fmt: skip


def _power(values: Spectrum) -> Samples:
    return np.asarray(values.real**2 + values.imag**2, np.float32)
