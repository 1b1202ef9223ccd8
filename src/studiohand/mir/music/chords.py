"""Chords by bar, from pitch classes and beats; computed, not learned.

Each span is held against major and minor triads (binary templates, Fujishima, ICMC 1999). Sevenths
and inversions are read as their triad. Smoothing over time was tried and made it worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.mir.music.front import CENTS_PER_BIN, CLASS_BINS
from studiohand.mir.music.key import NAMES

Curve = npt.NDArray[np.float64]

_NO_CHORD_FIT = 0.4
_THIRD_MAJOR, _THIRD_MINOR, _FIFTH = 4, 3, 7


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord over a span.

    Parameters
    ----------
    start_s, end_s : float
    name : str
        For example ``"C"`` or ``"F#m"``; ``"N.C."`` where no triad fits.
    fit : float
        0 to 1: cosine of what sounds and the triad.
    """

    start_s: float
    end_s: float
    name: str
    fit: float


def estimate_chords(
    classes: Curve, hop_s: float, edges_s: Sequence[float], tuning_cents: float = 0.0
) -> list[Chord]:
    """One chord between each two edges.

    Parameters
    ----------
    classes : ndarray, shape (frames, 120)
        As in `mir.music.front.MusicFeatures`.
    hop_s : float
        Seconds between its frames.
    edges_s : sequence of float
        Borders of the spans, rising: beats or half bars.
    tuning_cents : float
        Deviation from A = 440 Hz.
    """
    if len(edges_s) < 2 or not len(classes):
        return []
    notes = _notes(classes, tuning_cents)
    spans = np.array([_mean(notes, start / hop_s, end / hop_s) for start, end in pairwise(edges_s)])
    fits = spans @ _templates().T
    path = np.argmax(np.column_stack([fits, np.full(len(fits), _NO_CHORD_FIT)]), axis=1)
    return [
        Chord(
            start_s=float(edges_s[n]),
            end_s=float(edges_s[n + 1]),
            name=_name(int(choice)),
            fit=round(float(fits[n, choice]) if choice < 24 else 0.0, 3),
        )
        for n, choice in enumerate(path)
    ]


def _notes(classes: Curve, tuning_cents: float) -> Curve:
    """Twelve notes, each the sum of a semitone around it, compressed so that no note rules."""
    per_note = CLASS_BINS // 12
    shift = round(tuning_cents / CENTS_PER_BIN)
    turned = np.roll(classes, per_note // 2 - shift, axis=1)
    summed: Curve = np.sqrt(turned.reshape(len(classes), 12, per_note).sum(axis=2))
    return summed


def _mean(notes: Curve, start: float, end: float) -> Curve:
    first, last = round(start), max(round(end), round(start) + 1)
    cut = notes[max(first, 0) : last]
    mean = cut.mean(axis=0) if len(cut) else np.zeros(12)
    length = float(np.linalg.norm(mean))
    unit: Curve = mean / length if length > 0 else mean
    return unit


def _templates() -> Curve:
    """Unit vectors of twelve major, then twelve minor triads, shape (24, 12)."""
    rows = np.zeros((24, 12))
    for root in range(12):
        for minor, third in ((0, _THIRD_MAJOR), (12, _THIRD_MINOR)):
            rows[root + minor, [root, (root + third) % 12, (root + _FIFTH) % 12]] = 1.0
    unit: Curve = rows / np.sqrt(3.0)
    return unit


def _name(choice: int) -> str:
    if choice == 24:
        return "N.C."
    return NAMES[choice % 12] + ("m" if choice >= 12 else "")
