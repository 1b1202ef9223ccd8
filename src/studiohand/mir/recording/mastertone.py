"""Tone of a master: against references, or against the range in which finished records lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.dsp.effects.eq import Band, analogue_db
from studiohand.dsp.matching.compare import Comparison, compare_other, compare_same, lag_hops
from studiohand.dsp.matching.profile import GRID_HZ, Profile
from studiohand.dsp.matching.tonematch import match_tone

Curve = npt.NDArray[np.float64]

_PRIOR_HZ = (25.0, 30.0, 60.0, 100.0, 4000.0, 8000.0, 12000.0, 16000.0, 20000.0)
_PRIOR_DB = (-9.0, -6.0, 0.0, 0.0, -10.6, -16.0, -20.0, -26.0, -34.0)
"""Mean spectrum of popular recordings in bands of constant width on the log axis: 5 dB an octave
less in density from 100 Hz to 4 kHz, more above, a fall below 60 Hz (Pestana, Ma, Reiss, Barbosa,
Black, "Spectral characteristics of popular commercial recordings 1950-2010", AES 135, 2013)."""
_MIDDLE_HZ = (120.0, 8000.0)
_WHOLE_HZ = (60.0, 12500.0)
RANGE_DB, EDGE_RANGE_DB = 9.0, 12.0
"""Half width of the range in which records lie, in the middle and outside of it: wide, for genres
differ more than good and bad mixes do."""
EMPTY_DB = 10.0
"""What lies this far under the range is not played: an arrangement, nothing to equalise."""
LOWEST_LIFTED_HZ = 400.0
"""Below it missing level is a missing instrument, not a dull mix."""
SMOOTH_BANDS = 13
"""About an octave: narrower peaks are music."""
LEAST_DB = 1.0
"""Smaller corrections are not worth a move."""
LEAST_BAND_DB = 0.3
ALIKE_DB = 1.0
SAME_ALIKE_DB = 0.12
"""Mean distances under which nothing is done: to another record, to another version of it."""


@dataclass(frozen=True, slots=True)
class Tone:
    """What an equaliser should do.

    Parameters
    ----------
    bands : tuple of Band
    value_db, limit_db : float
        Largest distance from the range (or mean distance from the references), and what is free.
    band_hz : (float, float)
    text : str
    confidence : float
    """

    bands: tuple[Band, ...]
    value_db: float
    limit_db: float
    band_hz: tuple[float, float]
    text: str
    confidence: float


def against_references(
    song: Profile, references: Sequence[Profile], budget_db: float
) -> Tone | None:
    """Bands towards the references, none above the budget; None where they are close enough."""
    compared = [(_compared(song, reference), 1.0) for reference in references]
    matched = match_tone(compared)
    bands = _within(matched.bands, budget_db)
    same = all(comparison.same for comparison, _ in compared)
    least = SAME_ALIKE_DB if same else ALIKE_DB
    if not bands or matched.before_db < least:
        return None
    heard = GRID_HZ[matched.heard]
    shift = analogue_db(bands, heard)
    left = matched.goal_db[matched.heard] - shift
    left_db = float(np.abs(left - np.median(left)).mean())
    words = f"The tone is {matched.before_db:.1f} dB away from the references on average"
    return Tone(
        bands,
        round(matched.before_db, 2),
        least,
        (float(heard[0]), float(heard[-1])),
        f"{words}; {len(bands)} bands leave {left_db:.1f} dB.",
        0.95 if same else 0.6,
    )


def _compared(song: Profile, reference: Profile) -> Comparison:
    """Moment by moment where the reference is another version that starts together."""
    if lag_hops(song, reference) == 0:
        return compare_same(song, reference)
    return compare_other(song, reference)


def against_range(song: Profile, budget_db: float) -> Tone | None:
    """Bands that bring back what lies outside the range of records; None where nothing does."""
    away = distance_db(song)
    half = np.where(_inside(_MIDDLE_HZ), RANGE_DB, EDGE_RANGE_DB)
    excess = np.sign(away) * np.maximum(np.abs(away) - half, 0.0)
    played = (away > -(half + EMPTY_DB)) & (song.highest_hz > GRID_HZ) & _inside(_WHOLE_HZ)
    played &= (excess >= 0.0) | (GRID_HZ >= LOWEST_LIFTED_HZ)
    excess = np.where(played, excess, 0.0)
    worst = int(np.argmax(np.abs(excess)))
    if abs(excess[worst]) < LEAST_DB or budget_db < LEAST_DB:
        return None
    outside = np.flatnonzero(np.sign(excess) == np.sign(excess[worst]))
    low, high = float(GRID_HZ[outside[0]]), float(GRID_HZ[outside[-1]])
    share = min(LEAST_DB + 0.5 * abs(float(excess[worst])), budget_db)
    bands = (_broad(low, high, round(-math.copysign(share, excess[worst]), 1)),)
    over = "over" if excess[worst] > 0.0 else "under"
    return Tone(
        bands,
        round(float(away[worst]), 1),
        float(np.copysign(half[worst], away[worst])),
        (low, high),
        f"Around {GRID_HZ[worst]:.0f} Hz the tone lies {abs(away[worst]):.0f} dB {over} the middle "
        f"of finished records, outside their range of {half[worst]:.0f} dB.",
        0.5,
    )


def _broad(low_hz: float, high_hz: float, db: float) -> Band:
    """One wide band over a span: a shelf where the span reaches an end."""
    if high_hz >= 0.9 * _WHOLE_HZ[1]:
        return Band("high_shelf", float(f"{low_hz:.3g}"), db, 0.7)
    if low_hz <= 1.1 * _WHOLE_HZ[0]:
        return Band("low_shelf", float(f"{high_hz:.3g}"), db, 0.7)
    octaves = math.log2(high_hz / low_hz) + 1.0
    q = math.sqrt(2.0**octaves) / (2.0**octaves - 1.0)
    return Band("bell", float(f"{math.sqrt(low_hz * high_hz):.3g}"), db, round(q, 2))


def distance_db(song: Profile) -> Curve:
    """The record's spectrum over an octave less the mean of records, levels made alike."""
    power = np.asarray(song.mid, np.float64) + np.asarray(song.side, np.float64)
    level = 10.0 * np.log10(power.mean(axis=0) + 1e-14)
    padded = np.pad(level, SMOOTH_BANDS // 2, mode="edge")
    smooth = np.convolve(padded, np.ones(SMOOTH_BANDS) / SMOOTH_BANDS, "valid")
    away = smooth - np.interp(np.log(GRID_HZ), np.log(_PRIOR_HZ), _PRIOR_DB)
    return np.asarray(away - np.median(away[_inside(_MIDDLE_HZ)]))


def _inside(span_hz: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return np.asarray((span_hz[0] <= GRID_HZ) & (span_hz[1] >= GRID_HZ))


def _within(bands: Sequence[Band], budget_db: float) -> tuple[Band, ...]:
    """Bands whose curve stays inside the budget; those it leaves nothing of are dropped."""
    held = [replace(b, db=min(max(b.db, -budget_db), budget_db)) for b in bands]
    most_db = float(np.abs(analogue_db(held, GRID_HZ)).max(initial=0.0))
    share = min(budget_db / most_db, 1.0) if most_db > 0.0 else 0.0
    rounded = (replace(band, db=round(share * band.db, 2)) for band in held)
    return tuple(band for band in rounded if abs(band.db) >= LEAST_BAND_DB)
