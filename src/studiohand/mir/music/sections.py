"""Sections of a song: where bars begin to sound unlike those before, and which return.

Novelty of the bars' self-similarity along its diagonal (Foote, Automatic Audio Segmentation Using
a Measure of Audio Novelty, ICME 2000).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.mir.music.front import MusicFeatures
from studiohand.mir.music.tempo import Tempo

Curve = npt.NDArray[np.float64]

SHORTEST_BARS = 4
"""A section is at least so long."""
_REACH_BARS = 4
_LEAST_NOVELTY = 0.12
_RETURNS = 0.75
"""Likeness of two sections from which they get the same letter."""
_PLAIN_BAR_S = 2.0
_PITCH_CHANGE, _LEVEL_CHANGE = 0.2, 0.5
"""Changes from bar to bar below these are no sections: length of unit chroma, log onset density."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the song.

    Parameters
    ----------
    start_s, end_s : float
    letter : str
        Sections with the same letter sound alike.
    """

    start_s: float
    end_s: float
    letter: str


def find_sections(features: MusicFeatures, tempo: Tempo) -> tuple[Section, ...]:
    """Sections of a song, bar lines as their limits; one section where nothing changes."""
    end_s = features.onsets.shape[1] * features.hop_s
    edges = bar_edges(tempo, end_s)
    if len(edges) < 2 * SHORTEST_BARS + 1:
        return (Section(0.0, end_s, "A"),) if end_s else ()
    bars = _described(features, edges)
    starts = [0, *_peaks(_novelty(bars))]
    stops = [*starts[1:], len(bars)]
    means = np.stack([_unit(bars[a:b].mean(axis=0)) for a, b in zip(starts, stops, strict=True)])
    letters = _letters(means)
    return tuple(
        Section(float(edges[a]), float(edges[b]), letter)
        for a, b, letter in zip(starts, stops, letters, strict=True)
    )


def bar_edges(tempo: Tempo, end_s: float) -> Curve:
    """Starts of bars in seconds and the song's end; even steps where there is no pulse."""
    if len(tempo.downbeats_s) >= 2:
        inner = np.array(tempo.downbeats_s)
    else:
        inner = np.arange(0.0, end_s, _PLAIN_BAR_S)
    inner = inner[(inner > 0.25) & (inner < end_s - 0.25)]
    return np.concatenate([[0.0], inner, [end_s]])


def _described(features: MusicFeatures, edges: Curve) -> Curve:
    """One row a bar: pitch classes, and the density of onsets in each band, centred."""
    onsets = _means(features.onsets.T, edges / features.hop_s)
    seconds_per_row = edges[-1] / max(len(features.classes), 1)
    semitones = features.classes.reshape(len(features.classes), 12, -1).sum(axis=2)
    pitches = np.stack([_unit(row) for row in _means(semitones, edges / seconds_per_row)])
    level = np.log(onsets + 0.05 * onsets.mean(axis=0) + 1e-9)
    parts = (
        (pitches - pitches.mean(axis=0), _PITCH_CHANGE),
        (level - level.mean(axis=0), _LEVEL_CHANGE),
    )
    scaled = [part / max(_spread(part), least) for part, least in parts]
    return np.concatenate(scaled, axis=1)


def _spread(rows: Curve) -> float:
    return float(np.sqrt((rows**2).sum(axis=1).mean()))


def _means(rows: Curve, edges: Curve) -> Curve:
    """Mean of the rows between each two edges."""
    at = np.clip(np.round(edges).astype(int), 0, len(rows))
    return np.stack([
        rows[a : max(b, a + 1)].mean(axis=0) if a < len(rows) else np.zeros(rows.shape[1])
        for a, b in itertools.pairwise(at.tolist())
    ])  # fmt: skip


def _novelty(bars: Curve) -> Curve:
    """How unlike the bars before and after each bar line are, 0 to 1; index 0 is no bar line."""
    lengths = np.maximum(np.linalg.norm(bars, axis=1, keepdims=True), 1.0)
    alike = (bars / lengths) @ (bars / lengths).T
    out = np.zeros(len(bars))
    for at in range(1, len(bars)):
        before, after = slice(max(at - _REACH_BARS, 0), at), slice(at, at + _REACH_BARS)
        within = 0.5 * (alike[before, before].mean() + alike[after, after].mean())
        out[at] = max(within - alike[before, after].mean(), 0.0)
    return out / 2.0


def _peaks(novelty: Curve) -> list[int]:
    """Highest bar lines first, each at least the shortest section from the next."""
    least = max(_LEAST_NOVELTY, float(novelty.mean() + 0.5 * novelty.std()))
    taken: list[int] = []
    for at in np.argsort(-novelty).tolist():
        apart = all(abs(at - other) >= SHORTEST_BARS for other in (0, len(novelty), *taken))
        if novelty[at] >= least and apart:
            taken.append(at)
    return sorted(taken)


def _letters(means: Curve) -> list[str]:
    firsts: list[int] = []
    letters: list[str] = []
    for number, mean in enumerate(means):
        alike = [float(means[first] @ mean) for first in firsts]
        if alike and max(alike) >= _RETURNS:
            letters.append(chr(ord("A") + int(np.argmax(alike)) % 26))
        else:
            letters.append(chr(ord("A") + len(firsts) % 26))
            firsts.append(number)
    return letters


def _unit(vector: Curve) -> Curve:
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-12))
