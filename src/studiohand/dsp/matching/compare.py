"""How two records differ: in tone, in what is at the sides, and in gain over time.

Like is compared with like. Two versions of one record are laid over each other and compared window
by window. Other records are compared by what is typical of them, or like moments with like where
they are sections of one song; their sides by loud, middling and quiet thirds, the loud ones
counting most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.dsp.matching.profile import DYNAMICS_EDGES_HZ, GRID_HZ, HEARD, Profile
from studiohand.dsp.matching.sections import shift_db, typical_db

Curve = npt.NDArray[np.float64]

SAME_RECORD = 0.7
"""Correlation of the envelopes' movement from which two files are one record."""
SHORTEST_OVERLAP_S = 5.0
THIRDS = (0.6, 0.3, 0.1)
"""Weight of the loudest, the middle and the quietest third."""
QUIET_DB = 30.0
SILENT = 1e-9
EMPTY_DB = 55.0
"""A band so far below the record's strongest holds no music worth matching."""
EMPTY_BELOW_DB = (-30.0, -58.0)
"""Level against a record's strongest band under which it does not play: at 300 Hz, at 6 kHz."""
_CLEAR_HZ = (40.0, 15000.0)
BEYOND = 0.1
"""Weight of the bands outside `HEARD` between other records: bands spent there are lost inside."""
_TINY = 1e-14


@dataclass(frozen=True, slots=True)
class Comparison:
    """The reference less the song, at each band of `GRID_HZ`.

    Parameters
    ----------
    tone_db : ndarray, shape (117,)
        Difference of the middle (one record), of everything (others).
    side_db : ndarray, shape (117,)
        Difference of the sides' level against the middle.
    weight, side_weight : ndarray, shape (117,)
        0 where one of the two has nothing to compare.
    empty : ndarray of bool, shape (117,)
        Where one of two other records hardly plays at all.
    same : bool
        True: two versions of one record.
    moving_db : ndarray, shape (4,)
        Of one record: RMS of the gain over time that each dynamics band has of its own or with
        the others.
    steady_db : float
        Of one record: how far the difference strays over time, typically; it is near zero where
        a filter alone lies between the two.
    """

    tone_db: Curve
    side_db: Curve
    weight: Curve
    side_weight: Curve
    empty: npt.NDArray[np.bool_]
    same: bool
    moving_db: Curve
    steady_db: float


def lag_hops(song: Profile, reference: Profile) -> int | None:
    """By how many fast hops the reference is behind; None where they are other records."""
    a, b = _movement(song.bands), _movement(reference.bands)
    points = 1 << (len(a) + len(b)).bit_length()
    spectra = np.conj(np.fft.rfft(a, points, axis=0)) * np.fft.rfft(b, points, axis=0)
    product = np.fft.irfft(spectra.sum(axis=1), points)
    energy_a, energy_b = (np.concatenate([[0.0], np.cumsum((x**2).sum(axis=1))]) for x in (a, b))
    lags = np.arange(1 - len(a), len(b))
    start = np.maximum(-lags, 0)
    stop = np.minimum(len(a), len(b) - lags)
    norm = np.sqrt(
        (energy_a[stop] - energy_a[start]) * (energy_b[stop + lags] - energy_b[start + lags])
    )
    shortest_s = min(SHORTEST_OVERLAP_S, 0.5 * song.seconds, 0.5 * reference.seconds)
    long_enough = (stop - start) * song.fast_hop_s >= shortest_s
    alike = np.where(long_enough & (norm > 0.0), product[lags] / np.maximum(norm, 1e-9), 0.0)
    best = int(alike.argmax())
    return int(lags[best]) if alike[best] >= SAME_RECORD else None


def compare_same(song: Profile, reference: Profile) -> Comparison:
    """Compare two versions of one record, frame by frame from the start of both."""
    frames = min(len(song.mid), len(reference.mid))
    pairs = [
        (np.asarray(a[:frames], dtype=np.float64), np.asarray(b[:frames], dtype=np.float64))
        for a, b in ((song.mid, reference.mid), (song.side, reference.side))
    ]
    ratios = [_ratio_db(a, b) for a, b in pairs]
    weights = [_pair_weight(a, b) for a, b in pairs]
    gain = _shared_gain(ratios[0], weights[0])[0]
    tone, side = (
        (weight * (ratio - gain[:, None])).sum(axis=0) / np.maximum(weight.sum(axis=0), _TINY)
        for ratio, weight in zip(ratios, weights, strict=True)
    )
    total = np.concatenate([pairs[0][0] + pairs[1][0]]).mean(axis=0)
    other = (pairs[0][1] + pairs[1][1]).mean(axis=0)
    weight = _band_weight(song, reference, total, other)
    return Comparison(
        tone_db=tone,
        side_db=side - tone,
        weight=weight * (weights[0].sum(axis=0) > 0.0),
        side_weight=weight * (weights[1].sum(axis=0) > 0.0) * _share(pairs[1][0], total),
        empty=np.zeros(len(GRID_HZ), dtype=bool),
        same=True,
        moving_db=_moving(ratios[0], weights[0]),
        steady_db=_straying(ratios[0] - gain[:, None] - tone, weights[0]),
    )


def compare_other(song: Profile, reference: Profile) -> Comparison:
    """Compare two records: tone by like moments or what is typical, sides by thirds of loudness."""
    tone = shift_db(song, reference)
    if tone is None:
        tone = typical_db(reference) - typical_db(song)
    side, total, other, sides = _sides_apart(song, reference)
    weight = _band_weight(song, reference, total, other) * _other_weight()
    return Comparison(
        tone_db=tone,
        side_db=side,
        weight=weight,
        side_weight=weight * _share(sides[None, :], total),
        empty=_is_empty(total) | _is_empty(other),
        same=False,
        moving_db=np.zeros(len(DYNAMICS_EDGES_HZ) - 1),
        steady_db=0.0,
    )


def with_sides_of(compared: Comparison, song: Profile, reference: Profile) -> Comparison:
    """The same comparison of two other records, their sides as they are in another profile."""
    side, total, _, sides = _sides_apart(song, reference)
    return replace(
        compared, side_db=side, side_weight=compared.weight * _share(sides[None, :], total)
    )


def _sides_apart(song: Profile, reference: Profile) -> tuple[Curve, Curve, Curve, Curve]:
    """How the sides differ by thirds; power of the song, of the reference, of the song's sides."""
    side = np.zeros(len(GRID_HZ))
    ours, theirs = _thirds(song), _thirds(reference)
    for share, (mid_a, side_a), (mid_b, side_b) in zip(THIRDS, ours, theirs, strict=True):
        side += share * (_db(side_b) - _db(mid_b) - _db(side_a) + _db(mid_a))
    total = sum((mid + side_a for mid, side_a in ours), np.zeros(len(GRID_HZ)))
    other = sum((mid + side_b for mid, side_b in theirs), np.zeros(len(GRID_HZ)))
    sides = sum((side_a for _, side_a in ours), np.zeros(len(GRID_HZ)))
    return side, total, other, sides


def _movement(power: npt.NDArray[np.float32]) -> Curve:
    """Level in dB less its mean over two seconds: what compression and equalising leave alone."""
    level = _db(np.asarray(power, dtype=np.float64))
    level = np.maximum(level, level.max(axis=0) - 50.0)
    width = min(173, len(level) | 1)
    padded = np.pad(level, ((width // 2 + 1, width // 2), (0, 0)), mode="edge")
    padded[0] = 0.0
    sums = np.cumsum(padded, axis=0)
    return np.asarray(level - (sums[width:] - sums[:-width])[: len(level)] / width)


def _ratio_db(ours: Curve, theirs: Curve) -> Curve:
    return _db(theirs + _TINY) - _db(ours + _TINY)


def _pair_weight(ours: Curve, theirs: Curve) -> Curve:
    """How much a window says about a band: by its level, nothing where it is nearly empty."""
    level = np.sqrt(ours * theirs)
    floor = np.maximum(1e-4 * level.max(axis=0), 1e-11)
    weight: Curve = np.where(level > floor, np.sqrt(level), 0.0)
    return weight


def _shared_gain(ratio: Curve, weight: Curve) -> tuple[Curve, Curve]:
    """Gain that all bands of a window share (weighted mean of what is not tone), and its weight."""
    audible = weight * (_CLEAR_HZ[0] < GRID_HZ) * (_CLEAR_HZ[1] > GRID_HZ)
    band = audible.sum(axis=0)
    tone = (audible * ratio).sum(axis=0) / np.maximum(band, _TINY)
    window = audible.sum(axis=1)
    gain = (audible * (ratio - tone)).sum(axis=1) / np.maximum(window, _TINY)
    used = window * (window > 0.05 * window.max(initial=0.0))
    gain = np.where(used > 0.0, gain, 0.0)
    return gain - np.average(gain, weights=used) if used.any() else gain, used


def _moving(ratio: Curve, weight: Curve) -> Curve:
    """RMS of the gain over time that the parts of each dynamics band share."""
    moving = []
    for low, high in pairwise(DYNAMICS_EDGES_HZ):
        inside = (low <= GRID_HZ) & (high > GRID_HZ)
        gain, used = _shared_gain(ratio, weight * inside)
        moving.append(np.sqrt(np.average(gain**2, weights=used)) if used.any() else 0.0)
    return np.array(moving)


def _straying(rest: Curve, weight: Curve) -> float:
    band = weight.sum(axis=0)
    rms = np.sqrt((weight * rest**2).sum(axis=0) / np.maximum(band, _TINY))
    heard = band > 0.0
    return float(np.quantile(rms[heard], 0.5)) if heard.any() else 0.0


def _thirds(profile: Profile) -> list[tuple[Curve, Curve]]:
    """Mean spectra of middle and side of the loudest, middle and quietest third."""
    mid, side = (np.asarray(part, dtype=np.float64) for part in (profile.mid, profile.side))
    level = mid[:, GRID_HZ > 60.0].sum(axis=1) + side[:, GRID_HZ > 60.0].sum(axis=1)
    width = min(max(round(3.0 / profile.hop_s), 1), len(level))
    smooth = np.convolve(level, np.ones(width) / width, "same")
    loud = np.flatnonzero(smooth >= smooth.max() * 10.0 ** (-QUIET_DB / 10.0))
    order = loud[np.argsort(-smooth[loud], kind="stable")]
    parts = np.array_split(order, 3) if len(order) >= 3 else [order] * 3
    return [(mid[part].mean(axis=0) + _TINY, side[part].mean(axis=0) + _TINY) for part in parts]


def _band_weight(song: Profile, reference: Profile, ours: Curve, theirs: Curve) -> Curve:
    """1 in the middle of the range, less at its ends, 0 where there is nothing to compare."""
    weight = np.where((_CLEAR_HZ[0] < GRID_HZ) & (_CLEAR_HZ[1] > GRID_HZ), 1.0, 0.2)
    weight[min(song.highest_hz, reference.highest_hz) < GRID_HZ] = 0.0
    for power in (ours, theirs):
        weight[power.max() < SILENT] = 0.0
        weight[power < power.max() * 10.0 ** (-EMPTY_DB / 10.0)] *= 0.1
        weight[power < power.max() * 10.0 ** (-(EMPTY_DB + 20.0) / 10.0)] = 0.0
    return weight


def _other_weight() -> Curve:
    """Between other records the ends count little, and beyond what is clear not at all."""
    clear = (_CLEAR_HZ[0] < GRID_HZ) & (_CLEAR_HZ[1] > GRID_HZ)
    return np.where(HEARD, 1.0, np.where(clear, BEYOND, 0.0))


def _is_empty(power: Curve) -> npt.NDArray[np.bool_]:
    """Bands in which a record hardly plays: music falls off towards the top, not to the bottom."""
    floor_db = np.interp(np.log(GRID_HZ), np.log([300.0, 6000.0]), EMPTY_BELOW_DB)
    return np.asarray(_db(power) < _db(power.max()) + floor_db)


def _share(sides: Curve, total: Curve) -> Curve:
    """How much the sides are worth comparing: nothing below -40 dB of the whole."""
    ratio = sides.mean(axis=0) / np.maximum(total, _TINY)
    return np.asarray(np.clip(4.0 + np.log10(np.maximum(ratio, 1e-9)), 0.0, 1.0))


def dynamics_band(index: int) -> tuple[float, float]:
    """Lowest and highest Hz of a band of `Profile.bands`."""
    return DYNAMICS_EDGES_HZ[index], DYNAMICS_EDGES_HZ[index + 1]


def _db(power: Curve) -> Curve:
    return np.asarray(10.0 * np.log10(np.maximum(power, _TINY)))
