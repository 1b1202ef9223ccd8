"""What a voice shows of its room, its sibilants and its plosives, read off the spectral diary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.damage.diary import Diary

Floats = npt.NDArray[np.float64]

_DECAY_FRAMES = 4
_ROOM_HZ = (500.0, 4000.0)
_FROM_LOUD_DB, _TO_LOUD_DB = 22.0, 65.0
_STRAIGHT_DB = 3.0
_LEAST_DECAYS = 12
_FASTEST_PERCENTILE = 10.0
_SIBILANT_HZ, _VOWEL_HZ = (5000.0, 11000.0), (200.0, 4000.0)
_LEAST_SIBILANTS = 5
_SIBILANT_RANGE_DB = 25.0
_BREATH_HZ = (50.0, 140.0)
_POP_OVER_DB, _POP_FRAMES, _LEAST_POPS = 6.0, 5, 2


@dataclass(frozen=True, slots=True)
class Room:
    """How a voice dies away.

    Parameters
    ----------
    decay_s : float
        Time for 60 dB of the fastest tenth of its decays: nothing in a room can decay faster
        than the room. A dry voice shows 0.3 to 0.45 s by itself.
    decays : int
        How many were seen.
    start_s, end_s : float
        The longest of them.
    """

    decay_s: float
    decays: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Sibilance:
    """Loud sibilants.

    Parameters
    ----------
    over_vowels_db : float
        Level of the loud sibilants (5 to 11 kHz) against the loud vowels (0.2 to 4 kHz).
    per_minute : float
        Seconds of sibilants a minute.
    threshold_db : float
        dBFS in 5 to 11 kHz that the loudest half of them exceeds.
    start_s, end_s : float
        Around the loudest.
    """

    over_vowels_db: float
    per_minute: float
    threshold_db: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Plosives:
    """Bursts of breath.

    Parameters
    ----------
    over_usual_db : float
        Level of the loudest in 60 to 140 Hz over what the voice usually reaches there.
    starts_s : tuple of float
        Where they are.
    threshold_db : float
        dBFS: the voice itself seldom exceeds it in that band.
    """

    over_usual_db: float
    starts_s: tuple[float, ...]
    threshold_db: float


def plosives(diary: Diary) -> Plosives | None:
    """The plosives of a voice, or None where there are hardly any.

    They are short, louder than the vowels of the same moment, and louder than the voice usually
    is at the bottom.
    """
    breath, vowels = _band(diary, *_BREATH_HZ), _band(diary, *_VOWEL_HZ)
    if not len(breath):
        return None
    singing = vowels > np.percentile(vowels, 90) - _SIBILANT_RANGE_DB
    usual = float(np.percentile(np.minimum(breath, vowels)[singing], 95))
    popping = (breath > vowels) & (breath > usual + _POP_OVER_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], popping.astype(np.int8), [0]])))
    runs = [(a, b) for a, b in edges.reshape(-1, 2).tolist() if b - a <= _POP_FRAMES]
    if len(runs) < _LEAST_POPS or sum(b - a for a, b in runs) < int(popping.sum()):
        return None
    return Plosives(
        over_usual_db=float(breath[popping].max()) - usual,
        starts_s=tuple(a * diary.frame_s for a, _ in runs),
        threshold_db=usual,
    )


def room(diary: Diary) -> Room | None:
    """The decay of a voice, or None where too few decays are heard alone."""
    level = _band(diary, *_ROOM_HZ)
    if len(level) < 4 * _DECAY_FRAMES:
        return None
    loud = float(np.percentile(level, 90))
    time_s = (np.arange(_DECAY_FRAMES) - (_DECAY_FRAMES - 1) / 2.0) * diary.frame_s
    windows = np.lib.stride_tricks.sliding_window_view(level, _DECAY_FRAMES)
    slopes = windows @ time_s / float(time_s @ time_s)
    line = windows.mean(axis=1, keepdims=True) + slopes[:, None] * time_s
    free = (
        (windows[:, 0] > loud - _FROM_LOUD_DB)
        & (windows[:, -1] > loud - _TO_LOUD_DB)
        & (np.abs(windows - line).max(axis=1) < _STRAIGHT_DB)
        & (np.diff(windows, axis=1).max(axis=1) < 0.0)
    )
    if int(free.sum()) < _LEAST_DECAYS:
        return None
    slope = float(np.percentile(slopes[free], _FASTEST_PERCENTILE))
    first = int(np.flatnonzero(free)[np.argmax(windows[free, 0])])
    return Room(
        decay_s=-60.0 / slope,
        decays=int(free.sum()),
        start_s=max(first - 8, 0) * diary.frame_s,
        end_s=(first + 16) * diary.frame_s,
    )


def sibilance(diary: Diary) -> Sibilance | None:
    """The sibilants of a voice, or None where there are hardly any."""
    high, low = _band(diary, *_SIBILANT_HZ), _band(diary, *_VOWEL_HZ)
    if not len(low):
        return None
    vowels = float(np.percentile(low, 90))
    sibilant = (high > low) & (high > vowels - _SIBILANT_RANGE_DB)
    if int(sibilant.sum()) < _LEAST_SIBILANTS:
        return None
    at = int(np.argmax(np.where(sibilant, high, -np.inf)))
    return Sibilance(
        over_vowels_db=float(np.percentile(high[sibilant], 90)) - vowels,
        per_minute=60.0 * float(sibilant.mean()),
        threshold_db=float(np.median(high[sibilant])),
        start_s=max(at - 12, 0) * diary.frame_s,
        end_s=(at + 12) * diary.frame_s,
    )


def _band(diary: Diary, low_hz: float, high_hz: float) -> Floats:
    """Level of a span of bands over time, dBFS, shape (spectral frames,)."""
    centres = diary.band_centres_hz
    inside = diary.band_db[:, (centres > low_hz) & (centres < high_hz)].astype(float)
    level: Floats = 10.0 * np.log10(np.power(10.0, inside / 10.0).sum(axis=1) + 1e-15)
    return level
