"""A stem's sound in a few numbers: what it is made of and how it moves.

All are taken where the stem plays (within 40 dB of its loud moments), so rests and length say
nothing; none depends on its level.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.mir.timing.stem_profile import LEVELS_PER_SECOND, Profile

Features = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]

NAMES = (
    "low_db", "warm_db", "mid_db", "bright_db", "air_db", "centre", "crest_low_db",
    "crest_mid_db", "crest_high_db", "decay_db", "attack", "together", "low_together",
    "hiss_apart", "syllables", "pitched", "pitched_part", "pitch", "pitch_range", "off_grid",
    "steps", "glides", "tuned", "noise_like", "plays", "low_duty", "one_note",
)  # fmt: skip
"""What each feature is called, in order."""

LEAST_S = 1.0
"""A stem that plays less than this has no features."""

_RANGE_DB = 40.0
_DEPTH_DB = 60.0
"""Silence between notes is not told from what is this far down: gates would look like drums."""
_GROUPS = ((0, 3), (3, 5), (5, 8), (8, 10), (10, 13))
_PITCHED, _CLEAR = 0.2, 0.4
_SMALL = 1e-9


def sound_features(profile: Profile) -> Features | None:
    """The features of a stem in the order of `NAMES`; None where it plays too little."""
    levels = profile.levels.astype(np.float32)
    if len(levels) < LEAST_S * LEVELS_PER_SECOND:
        return None
    levels = np.maximum(levels, np.percentile(levels.max(axis=1), 98.0) - _DEPTH_DB)
    power = 10.0 ** (levels / 10.0)
    loudness = 10.0 * np.log10(power.sum(axis=1) + 1e-12)
    plays = loudness > np.percentile(loudness, 98.0) - _RANGE_DB
    if plays.sum() < LEAST_S * LEVELS_PER_SECOND or loudness.max() < -75.0:
        return None
    found = [
        *_colour(power[plays]),
        *_crests(levels, plays),
        *_movement(levels, loudness, plays),
        *_pitch(profile),
        _tuned(profile.tuning),
        _noise_like(profile.notes.astype(np.float32)),
        float(plays.mean()),
        _low_duty(levels),
        _one_note(profile.notes.astype(np.float32)),
    ]
    return np.nan_to_num(np.array(found, np.float64), posinf=0.0, neginf=0.0)


def _colour(power: Table) -> list[float]:
    """Share of five wide bands in dB, and the centre of the spectrum in bands."""
    total = power.mean(axis=0) + 1e-12
    shares = [10.0 * np.log10(total[a:b].sum() / total.sum() + 1e-6) for a, b in _GROUPS]
    # The mean of normalised frames: a few loud hits do not speak for the whole.
    even = (power / (power.sum(axis=1, keepdims=True) + 1e-12)).mean(axis=0)
    return [*map(float, shares), float(even @ np.arange(len(even)))]


def _crests(levels: Table, plays: npt.NDArray[np.bool_]) -> list[float]:
    """How far loud moments stand out of the middle ones, low, mid and high."""
    crests = []
    for a, b in ((0, 3), (5, 8), (10, 13)):
        band = levels[plays, a:b].max(axis=1)
        crests.append(float(np.percentile(band, 95.0) - np.percentile(band, 40.0)))
    return crests


def _movement(levels: Table, loudness: Table, plays: npt.NDArray[np.bool_]) -> list[float]:
    """Decay after hits, sharpness of attacks, whether bands move together, syllables."""
    groups = np.stack([levels[:, a:b].max(axis=1) for a, b in _GROUPS], axis=1)
    rise = np.maximum(np.diff(groups, axis=0), 0.0)
    top = _peaks(loudness, plays)
    later = np.minimum(top + 12, len(loudness) - 1)
    decay = float(np.median(loudness[top] - loudness[later])) if len(top) else 0.0
    rises = np.maximum(np.diff(loudness), 0.0)[plays[1:]]
    attack = float((rises**2).sum() / (rises.sum() + _SMALL))
    inside = plays[1:] & plays[:-1]
    together = _correlation(rise[inside, 2], rise[inside, 4])
    low_together = _correlation(rise[inside, 0], rise[inside, 3])
    apart = _correlation(groups[plays, 2], groups[plays, 4])
    return [decay, attack, together, low_together, apart, _syllables(groups[:, 2], plays)]


def _peaks(loudness: Table, plays: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Frames that are the loudest within 80 ms on either side."""
    reach = 8
    if len(loudness) <= 2 * reach:
        return np.zeros(0, np.intp)
    around = np.lib.stride_tricks.sliding_window_view(loudness, 2 * reach + 1).max(axis=1)
    middle = loudness[reach:-reach]
    return reach + np.flatnonzero((middle >= around) & plays[reach:-reach])


def _low_duty(levels: Table) -> float:
    """Part of the time that the lowest bands sound, within 15 dB of their loud moments."""
    low = levels[:, :3].max(axis=1)
    loud = float(np.percentile(low, 98.0))
    heard = low > loud - _RANGE_DB
    return float((low > loud - 15.0).sum() / max(int(heard.sum()), 1))


def _one_note(notes: Table) -> float:
    """Part of the time that the strongest low semitone (35 to 250 Hz) is its favourite one."""
    low = notes[:, 4:39]
    loud = low.max(axis=1, initial=-200.0)
    heard = loud > max(float(np.percentile(loud, 90.0)) - 30.0, -115.0) if len(loud) else loud > 0
    if heard.sum() < 3:
        return 0.0
    counts = np.bincount(low[heard].argmax(axis=1), minlength=low.shape[1] + 2)
    around = counts[:-2] + counts[1:-1] + counts[2:]
    return float(around.max() / heard.sum())


def _correlation(a: Table, b: Table) -> float:
    if len(a) < 2 or a.std() < 1e-6 or b.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _syllables(level: Table, plays: npt.NDArray[np.bool_]) -> float:
    """Part of the middle's movement between 2 and 8 Hz, the pace of syllables."""
    curve = np.where(plays, level, np.median(level[plays]))
    moved = np.abs(np.fft.rfft(curve - curve.mean())) ** 2
    hz = np.fft.rfftfreq(len(curve), 1.0 / LEVELS_PER_SECOND)
    return float(moved[(hz > 2.0) & (hz < 8.0)].sum() / (moved[(hz > 0.2)].sum() + _SMALL))


def _pitch(profile: Profile) -> list[float]:
    """How pitched it is, where, how wide, how far from the notes, and how it goes between."""
    hz, strength, level = profile.pitch.T.astype(np.float64)
    if not len(level):
        return [0.0] * 7
    plays = level > np.percentile(level, 98.0) - _RANGE_DB
    median = float(np.median(strength[plays])) if plays.any() else 0.0
    part = float((plays & (strength > _CLEAR)).sum() / max(plays.sum(), 1))
    pitched = plays & (strength > max(_PITCHED, median))
    if pitched.sum() < 5:
        return [median, part, 0.0, 0.0, 0.0, 0.0, 0.0]
    notes = 12.0 * np.log2(hz / 440.0)
    own = notes[pitched]
    turns = np.exp(2j * np.pi * own)
    off_grid = 1.0 - float(np.abs(turns.mean()))
    steps = np.abs(np.diff(notes))[pitched[1:] & pitched[:-1]]
    still = float((steps < 0.15).mean()) if len(steps) else 0.0
    glide = float(((steps >= 0.15) & (steps < 0.8)).mean()) if len(steps) else 0.0
    width = float(np.percentile(own, 90.0) - np.percentile(own, 10.0))
    return [median, part, float(np.median(own)), width, off_grid, still, glide]


def _tuned(tuning: npt.NDArray[np.float64]) -> float:
    """How much the spectral peaks sit on one tuning, 0 to 1."""
    total = float(tuning.sum())
    if total <= 0.0:
        return 0.0
    turns = np.exp(2j * np.pi * (np.arange(100) + 0.5) / 100.0)
    return float(np.abs(tuning @ turns) / total)


def _noise_like(notes: Table) -> float:
    """Flatness of the long spectra between 200 Hz and 5 kHz: near 1 for noise, 0 for tones."""
    middle = notes[:, 34:90]
    loud = middle.max(axis=1, initial=-200.0) > -80.0
    if not loud.any():
        return 0.0
    part = middle[loud]
    return float(np.mean(part.mean(axis=1) - 10.0 * np.log10((10.0 ** (part / 10.0)).mean(axis=1))))
