"""Key and tuning from pitch classes, without a learned model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.mir.music.front import CENTS_PER_BIN, CLASS_BINS

Curve = npt.NDArray[np.float64]

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
UNSTEADY = 0.1
"""Below it the deviations from equal temperament point nowhere in particular."""
_PER_NOTE = 100 // CENTS_PER_BIN

PROFILES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
    "shaath": (
        (6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4),
        (6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2),
    ),
}
"""Weights of the twelve notes from the tonic, major and minor: Krumhansl, Cognitive Foundations of
Musical Pitch (1990); Temperley, Music Perception 17(1) (1999); Sha'ath, KeyFinder (2011)."""


@dataclass(frozen=True, slots=True)
class Key:
    """What the music is in.

    Parameters
    ----------
    name : str or None
        For example ``"G minor"``; None where there is no pitch.
    confidence : float
        0 to 1: how clearly the notes prefer it, and how much of the time.
    tuning_cents : float or None
        Deviation of the whole from A = 440 Hz, -50 to 50; None where there is no pitch, or where
        pitches lie too unevenly to have one.
    alternatives : tuple of str
        Next best keys, likeliest first.
    """

    name: str | None
    confidence: float
    tuning_cents: float | None
    alternatives: tuple[str, ...] = ()


def estimate_key(classes: Curve) -> Key:
    """Key of pitch-class rows, shape (frames, 120), as in `mir.music.front.MusicFeatures`."""
    loud = classes[classes.sum(axis=1) > 0.05 * classes.sum(axis=1).max(initial=0.0)]
    if not len(loud):
        return Key(None, 0.0, None)
    tuning, steady = estimate_tuning(loud)
    notes = _by_note(loud / loud.sum(axis=1, keepdims=True), tuning)
    fit = _fits(notes.mean(axis=0))
    order = np.argsort(-fit)
    best = int(order[0])
    spans = np.array_split(notes, max(len(notes) // 24, 1))
    local = np.array([_fits(span.mean(axis=0)) for span in spans])
    held = float(np.mean(local[:, best] >= local.max(axis=1) - 0.1))
    lead = float(fit[best] - fit[order[1]])
    peaked = float(np.clip((fit[best] - 0.35) / 0.35, 0.0, 1.0))
    confidence = peaked * (0.35 + 0.65 * np.clip(lead / 0.12, 0.0, 1.0)) * (0.4 + 0.6 * held)
    return Key(
        name=key_name(best),
        confidence=round(float(confidence) * (0.4 + 0.6 * steady), 3),
        tuning_cents=round(tuning, 1) if steady >= UNSTEADY else None,
        alternatives=tuple(key_name(int(i)) for i in order[1:4]),
    )


def key_name(index: int) -> str:
    """Name of key 0 to 23: twelve major from C upwards, then twelve minor."""
    return f"{NAMES[index % 12]} {'major' if index < 12 else 'minor'}"


def estimate_tuning(classes: Curve) -> tuple[float, float]:
    """Deviation from A = 440 Hz in cents, and how steady it is (0 to 1).

    The circular mean of all peaks' deviations from the nearest note.
    """
    folded = classes.sum(axis=0).reshape(12, _PER_NOTE).sum(axis=0)
    angle = 2.0 * np.pi * np.arange(_PER_NOTE) / _PER_NOTE
    vector = complex((folded * np.exp(1j * angle)).sum() / max(folded.sum(), 1e-12))
    cents = float(np.angle(vector)) / (2.0 * np.pi) * 100.0
    return cents, float(np.clip(2.5 * abs(vector), 0.0, 1.0))


def _by_note(classes: Curve, tuning_cents: float) -> Curve:
    """Twelve notes at the tuning: a bell of a quarter tone around each."""
    bins = np.arange(CLASS_BINS) * CENTS_PER_BIN - tuning_cents
    distance = (bins[:, None] - 100.0 * np.arange(12) + 600.0) % 1200.0 - 600.0
    return classes @ np.exp(-0.5 * (distance / 25.0) ** 2)


def _fits(notes: Curve) -> Curve:
    """Mean correlation with the profile sets for 24 keys, shape (24,)."""
    notes = notes - notes.mean()
    scale = float(np.linalg.norm(notes)) + 1e-12
    total = np.zeros(24)
    for major, minor in PROFILES.values():
        for mode, profile in enumerate((np.array(major), np.array(minor))):
            centred = profile - profile.mean()
            centred /= np.linalg.norm(centred)
            turned = np.stack([np.roll(centred, tonic) for tonic in range(12)])
            total[12 * mode : 12 * mode + 12] += turned @ notes / scale
    return total / len(PROFILES)
