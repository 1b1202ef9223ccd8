"""Where the stems differ from the balance of the rough mix: which stem, which band, when, how much.

What the mix does to all stems alike (its level, a mix-bus equaliser) is common and belongs to no
stem. What is left is a deviation: positive where the stem is louder than the mix has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.mir.mix.mixfit import MixFit

Grid = npt.NDArray[np.float64]

SURE_DB = 0.75
"""Largest standard error of a gain that is used."""
LEAST_EXPLAINED = 0.6
"""Share of the mix that the stems must explain before it is taken as their balance."""
AT_REST_DB = 0.5
"""Gains within this of each other are the same."""
DIFFERS_DB = 1.5
"""Largest deviation that a plain bounce of the stems may show."""
_FEW_STEMS = 4
_TIE = 0.4
"""Share of the best vote from which unity gain wins: a plain bounce is the likelier story."""
_LARGEST_DB = 24.0
_AUDIBLE = 0.02
"""Share of its loudest band from which a band of a stem counts."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Stems against the mix, in dB, positive = louder than in the mix.

    Parameters
    ----------
    level_db : ndarray, shape (stems,)
        Of the stem as a whole: what most of its bands have.
    band_db : ndarray, shape (stems, bands)
        Over the whole song, 0 where unknown.
    chunk_db : ndarray, shape (chunks, stems, bands)
        Over time, 0 where unknown.
    known : ndarray of bool, shape (stems, bands)
    common_db : ndarray, shape (bands,)
        What the mix does to all.
    chunk_s : float
        Seconds a chunk.
    """

    level_db: Grid
    band_db: Grid
    chunk_db: Grid
    known: npt.NDArray[np.bool_]
    common_db: Grid
    chunk_s: float

    @property
    def differs(self) -> bool:
        """Whether the stems are not simply the mix taken apart."""
        return bool(np.abs(self.chunk_db).max(initial=0.0) >= DIFFERS_DB)

    def over(self, stem: int, frames: int, frame_rate: int) -> Grid:
        """`chunk_db` of a stem for every feature frame, shape (frames, bands)."""
        index = np.arange(frames) / frame_rate / self.chunk_s
        chunk = np.minimum(index.astype(np.int64), len(self.chunk_db) - 1)
        return np.asarray(self.chunk_db[chunk, stem])


def deviation(fit: MixFit | None, loudness: Grid) -> Deviation | None:
    """Deviations of a fit; None where the mix says nothing about the stems.

    Parameters
    ----------
    fit : MixFit or None
    loudness : ndarray, shape (stems, bands)
        Weight of each stem in each band: its mean specific loudness.
    """
    if fit is None or fit.explained < LEAST_EXPLAINED:
        return None
    known = fit.error_db < SURE_DB
    common = _common(fit.gain_db, known, loudness)
    off = np.clip(common - fit.gain_db, -_LARGEST_DB, _LARGEST_DB)
    audible = known & (loudness > _AUDIBLE * loudness.max(axis=1, keepdims=True))
    level = np.array([
        _mode(row[there], np.ones(int(there.sum())))
        for row, there in zip(off, audible, strict=True)
    ])  # fmt: skip
    steady = fit.chunk_errors_db < SURE_DB
    moving = np.clip(common - fit.chunks_db, -_LARGEST_DB, _LARGEST_DB)
    off = np.where(known, off, level[:, None])
    return Deviation(
        level_db=level,
        band_db=off,
        chunk_db=np.where(steady, moving, off),
        known=known,
        common_db=common,
        chunk_s=fit.chunk_s,
    )


def _common(gain: Grid, known: npt.NDArray[np.bool_], loudness: Grid) -> Grid:
    """Gain of the mix itself in each band.

    Where most stems have the same gain it is the common one: few are out of place. Otherwise it is
    the middle stem's, and in each band the middle of the stems, once there are stems enough that
    one outlier cannot move it. Every stem has one vote, spread over the bands it is seen in.
    """
    audible = known & (loudness > _AUDIBLE * loudness.max(axis=1, keepdims=True))
    votes = audible / np.maximum(audible.sum(axis=1, keepdims=True), 1)
    whole = _mode(gain[audible], votes[audible])
    agree = float(votes[audible & (np.abs(gain - whole) < AT_REST_DB)].sum())
    voting = int(audible.any(axis=1).sum())
    if agree > 0.5 * voting or not voting:
        return np.full(gain.shape[1], whole)
    level = np.array(
        [_mode(g[a], np.ones(int(a.sum()))) for g, a in zip(gain, audible, strict=True)]
    )
    centre = weighted_median(level, votes.sum(axis=1))
    if voting < _FEW_STEMS:
        return np.full(gain.shape[1], whole if agree > 0.3 * voting else centre)
    relative = gain - level[:, None]
    curve = [weighted_median(relative[:, b], votes[:, b]) for b in range(gain.shape[1])]
    return np.asarray(centre + np.array(curve))


def _mode(gains: Grid, weights: Grid) -> float:
    """The gain that most of the weight lies within `AT_REST_DB` of; unity where that is close."""
    if not len(gains):
        return 0.0
    candidates = np.concatenate([[0.0], gains])
    near = [float(weights[np.abs(gains - c) < AT_REST_DB].sum()) for c in candidates]
    best = int(np.argmax(near))
    if near[0] >= _TIE * near[best]:
        return 0.0
    inside = np.abs(gains - candidates[best]) < AT_REST_DB
    return float(np.average(gains[inside], weights=weights[inside] + 1e-12))


def weighted_median(values: Grid, weights: Grid) -> float:
    """Value with half of the weight on either side; 0 without weight."""
    if weights.sum() <= 0.0:
        return 0.0
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(passed, 0.5 * passed[-1]))])
