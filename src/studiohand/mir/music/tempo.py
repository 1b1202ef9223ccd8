"""Tempo, beats and downbeats from onsets, without a learned model.

The period is looked for in the autocorrelation of the onset curve, with a preference for tempi
people tap to, then made precise at lags of 4, 8, 16 ... beats, so it is not rounded to any grid.
Beats are placed by dynamic programming (Ellis, Beat Tracking by Dynamic Programming, JNMR 36(1),
2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 40.0, 250.0
PREFERRED_BPM, PREFERENCE_OCTAVES = 120.0, 0.7
"""Log-normal preference of listeners around 120 (van Noorden and Moelants, JNMR 28(1), 1999)."""
SHORTEST_S = 3.0
_WINDOW_S, _STEP_S = 12.0, 3.0
_TIGHTNESS = 400.0
_GRID = 600
_LONG_BEATS = 16
"""A period read off at least so long a lag is better than a line through the beats."""
_MULTIPLES = ((1, 0.5), (2, 0.5), (3, 0.25), (4, 1.0))
"""Periods at which a pulse should look like itself, and their weight: the bar most."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """What the pulse is.

    Parameters
    ----------
    bpm : float or None
        None where there is no sound or less than 3 s.
    confidence : float
        0 to 1: how much of the onsets' regularity it explains, and how clearly it wins.
    beats_s : tuple of float
    downbeats_s : tuple of float
        Beats taken for the first of a bar.
    beats_per_bar : int
    downbeat_confidence : float
    alternatives_bpm : tuple of float
        Half, double and the like that the same sound may be tapped at, likeliest first.
    """

    bpm: float | None
    confidence: float
    beats_s: tuple[float, ...] = ()
    downbeats_s: tuple[float, ...] = ()
    beats_per_bar: int = 4
    downbeat_confidence: float = 0.0
    alternatives_bpm: tuple[float, ...] = ()


NO_TEMPO = Tempo(None, 0.0)


def estimate_tempo(onsets: Curve, hop_s: float) -> Tempo:
    """Tempo and beats of an onset curve.

    Parameters
    ----------
    onsets : ndarray, shape (bands, frames)
        As in `mir.music.front.MusicFeatures`; the first band is the low one.
    hop_s : float
        Seconds between frames.
    """
    if onsets.shape[1] * hop_s < SHORTEST_S or not onsets.any():
        return NO_TEMPO
    curve = _prepared(onsets, hop_s)
    if not curve.any():
        return NO_TEMPO
    bpm = np.geomspace(SLOWEST_BPM, FASTEST_BPM, _GRID)
    similarity = _autocorrelation(curve, hop_s)
    salience = _salience(similarity, bpm, hop_s)
    score = salience * _preference(bpm)
    best = int(score.argmax())
    period, in_step = _precise(curve, 60.0 / bpm[best] / hop_s)
    beats = _place_beats(curve, period)
    if in_step < _LONG_BEATS:
        period = _through(beats, period)
    straight = _straightness(beats, period)
    chosen = 60.0 / (period * hop_s)
    clear = _clearness(score, bpm, best)
    regular = float(np.clip(salience[best] / 0.35, 0.0, 1.0))
    downbeats, bar, bar_confidence = _downbeats(onsets, beats)
    return Tempo(
        bpm=chosen,
        confidence=round(float(np.clip(regular * straight * clear, 0.0, 1.0)), 3),
        beats_s=tuple((beats * hop_s).tolist()),
        downbeats_s=tuple((downbeats * hop_s).tolist()),
        beats_per_bar=bar,
        downbeat_confidence=round(bar_confidence, 3),
        alternatives_bpm=_alternatives(score, bpm, chosen),
    )


def _prepared(onsets: Curve, hop_s: float) -> Curve:
    """One curve in which each band counts alike, without its slow part."""
    level = onsets.mean(axis=1, keepdims=True)
    bands = onsets / np.maximum(level, 0.05 * level.max() + 1e-12)
    curve = bands.sum(axis=0)
    width = round(0.8 / hop_s) | 1
    local = np.convolve(np.pad(curve, width // 2, mode="edge"), np.hanning(width), "valid")
    curve = np.maximum(curve - local / np.hanning(width).sum(), 0.0)
    smooth = np.hanning(7)
    prepared: Curve = np.convolve(curve, smooth / smooth.sum(), "same")
    return prepared


def _autocorrelation(curve: Curve, hop_s: float) -> Curve:
    """Mean of the normalised autocorrelations of overlapping windows, lag 0 first."""
    size = min(round(_WINDOW_S / hop_s), len(curve))
    step = max(round(_STEP_S / hop_s), 1)
    starts = range(0, len(curve) - size + 1, step)
    points = 1 << (2 * size - 1).bit_length()
    total = np.zeros(size)
    for start in starts:
        part = curve[start : start + size]
        part = part - part.mean()
        power = np.abs(np.fft.rfft(part, points)) ** 2
        total += np.fft.irfft(power)[:size] / (np.sqrt(power.sum()) + 1e-12)
    total *= size / np.maximum(size - np.arange(size), size // 4)
    return total / max(float(total[0]), 1e-12)


def _salience(similarity: Curve, bpm: Curve, hop_s: float) -> Curve:
    """Mean similarity at one, two, three and four periods."""
    lags = 60.0 / bpm / hop_s
    frames = np.arange(len(similarity))
    total, weights = np.zeros(len(bpm)), np.zeros(len(bpm))
    for multiple, weight in _MULTIPLES:
        inside = lags * multiple < len(similarity) - 1
        total += weight * inside * np.interp(lags * multiple, frames, similarity)
        weights += weight * inside
    return np.maximum(total / np.maximum(weights, 1.0), 0.0)


def _preference(bpm: Curve) -> Curve:
    preference: Curve = np.exp(-0.5 * (np.log2(bpm / PREFERRED_BPM) / PREFERENCE_OCTAVES) ** 2)
    return preference


def _place_beats(curve: Curve, period: float) -> Curve:
    """Frames of the beats, refined between frames; computed half a period at a time."""
    size = len(curve)
    strength = curve / (curve.std() + 1e-12)
    nearest, farthest = round(period / 2), round(2 * period)
    lags = np.arange(nearest, farthest + 1)
    penalty = -_TIGHTNESS * np.log(lags / period) ** 2 / 2.0
    score = np.concatenate([np.zeros(farthest), strength])
    link = np.full(size, -1)
    for start in range(0, size, nearest):
        stop = min(start + nearest, size)
        at = np.arange(start, stop)
        candidates = score[farthest + at[:, None] - lags] + penalty
        best = candidates.argmax(axis=1)
        gain = candidates[np.arange(len(at)), best]
        score[farthest + at] += np.maximum(gain, 0.0)
        link[at] = np.where(gain > 0.0, at - lags[best], -1)
    tail = score[farthest + max(size - round(1.5 * period), 0) :]
    at_frame = size - len(tail) + int(tail.argmax())
    chain: list[int] = []
    while at_frame >= 0:
        chain.append(at_frame)
        at_frame = int(link[at_frame])
    return _between_frames(curve, np.array(chain[::-1]))


def _between_frames(curve: Curve, beats: npt.NDArray[np.int64]) -> Curve:
    """Beats moved to the top of the parabola through the onset's three highest frames."""
    inner = np.clip(beats, 1, len(curve) - 2)
    left, top, right = curve[inner - 1], curve[inner], curve[inner + 1]
    bend = left - 2.0 * top + right
    shift = np.where(bend < -1e-12, 0.5 * (left - right) / np.minimum(bend, -1e-12), 0.0)
    refined: Curve = beats + np.clip(shift, -0.5, 0.5)
    return refined


def _precise(curve: Curve, period: float) -> tuple[float, int]:
    """The period read off ever longer lags, and how many beats the sound stays in step."""
    part = curve - curve.mean()
    points = 1 << (2 * len(part) - 1).bit_length()
    similar = np.fft.irfft(np.abs(np.fft.rfft(part, points)) ** 2)[: len(part)]
    similar /= np.maximum(len(part) - np.arange(len(part)), 1)
    height, reached = 0.0, 0
    for beats in (1, 2, 4, 8, 16, 32, 64):
        reach = max(2.0, 0.06 * period)
        low, high = int(beats * period - reach), int(beats * period + reach) + 2
        if high + 1 >= 0.7 * len(part):
            break
        at = low + int(similar[low:high].argmax())
        if similar[at] < 0.5 * height:
            break
        height, reached = max(float(similar[at]), height), beats
        period = float(_between_frames(similar, np.array([at]))[0]) / beats
    return period, reached


def _through(beats: Curve, period: float) -> float:
    """Slope of the line through the beats where they lie on one, else the period as it is."""
    if len(beats) < 8:
        return period
    index = np.arange(len(beats))
    slope, offset = np.polyfit(index, beats, 1)
    kept = np.abs(beats - slope * index - offset) < 0.15 * period
    if kept.mean() < 0.8:
        return period
    slope = float(np.polyfit(index[kept], beats[kept], 1)[0])
    return slope if abs(slope / period - 1.0) < 0.01 else period


def _straightness(beats: Curve, period: float) -> float:
    """How evenly the beats follow one another, 0 to 1."""
    if len(beats) < 4:
        return 0.5
    uneven = float(np.mean(np.abs(np.diff(beats) / period - 1.0)))
    return float(np.clip(1.2 - 5.0 * uneven, 0.2, 1.0))


def _clearness(score: Curve, bpm: Curve, best: int) -> float:
    """How far the winner stands above the best tempo that is neither it nor an octave of it."""
    octaves = np.abs(np.log2(bpm / bpm[best]))
    rival = float(score[np.abs(octaves - np.round(octaves)) > 0.08].max(initial=0.0))
    return float(np.clip(1.5 * (1.0 - rival / max(float(score[best]), 1e-12)) + 0.25, 0.0, 1.0))


def _alternatives(score: Curve, bpm: Curve, chosen: float) -> tuple[float, ...]:
    ratios = [r for r in (0.5, 2.0, 2 / 3, 1.5) if SLOWEST_BPM <= chosen * r <= FASTEST_BPM]
    ratios.sort(key=lambda ratio: -float(np.interp(chosen * ratio, bpm, score)))
    return tuple(chosen * ratio for ratio in ratios)


def _downbeats(onsets: Curve, beats: Curve) -> tuple[Curve, int, float]:
    """Every third or fourth beat, where low onsets are strongest."""
    if len(beats) < 8:
        return beats[:0], 4, 0.0
    at = np.clip(np.round(beats).astype(int), 0, onsets.shape[1] - 1)
    near = np.clip(at[:, None] + np.arange(-2, 4), 0, onsets.shape[1] - 1)
    low = onsets[0][near].max(axis=1)
    whole = onsets.sum(axis=0)[near].max(axis=1)
    accent = low / (low.mean() + 1e-12) + 0.5 * whole / (whole.mean() + 1e-12)
    accent = np.minimum(accent, 3.0 * np.sort(accent)[len(accent) // 2] + 1e-12)
    options = []
    for bar in (4, 3):
        means = np.array([accent[phase::bar].mean() for phase in range(bar)])
        contrast = (means.max() - means.mean()) / (accent.std() + 1e-12) * np.sqrt(bar - 1)
        options.append((contrast * (1.0 if bar == 4 else 0.8), bar, int(means.argmax())))
    contrast, bar, phase = max(options)
    return beats[phase::bar], bar, float(np.clip(contrast / 2.0, 0.0, 1.0))
