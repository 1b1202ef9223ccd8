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
USABLE_DB = 3.0
"""Largest standard error of a gain that still has a say in the level of its stem."""
SURE_LEVEL_DB = 0.9
"""Largest standard error of the level of a stem as a whole."""
ALIKE_DB = 0.75
"""Levels of stems this near each other speak for one gain of the mix."""
UNITY_DB = 0.15
"""A stem within this of unity is in the mix as it is."""
_AGREEING = 3
"""Stems that must play in a chunk before what they do alike is laid to the mix."""
_ROUNDS = 4
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
    level_error_db : ndarray, shape (stems,)
        Its standard error; infinite where the stem cannot be seen in the mix.
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
    level_error_db: Grid
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
    audible = loudness > _AUDIBLE * loudness.max(axis=1, keepdims=True)
    usable = np.where(audible, fit.error_db, np.inf)
    moving, of_stem = _moving(fit, np.where(audible, fit.chunk_errors_db, np.inf))
    gain = fit.gain_db - of_stem[:, None]
    common = _common(gain, usable)
    off = np.clip(common - gain, -_LARGEST_DB, _LARGEST_DB)
    level = np.array([_mode(row, error) for row, error in zip(off, usable, strict=True)])
    error = np.array([
        _spread(row, e, at) for row, e, at in zip(off, usable, level, strict=True)
    ])  # fmt: skip
    known = fit.error_db < SURE_DB
    over_time = common + moving[:, None, None] - fit.chunks_db
    off = np.where(known, off, level[:, None])
    return Deviation(
        level_db=level,
        level_error_db=error,
        band_db=off,
        chunk_db=np.where(
            fit.chunk_errors_db < SURE_DB, np.clip(over_time, -_LARGEST_DB, _LARGEST_DB), off
        ),
        known=known,
        common_db=common,
        chunk_s=fit.chunk_s,
    )


def _moving(fit: MixFit, errors: Grid) -> tuple[Grid, Grid]:
    """What the mix does to all stems alike from chunk to chunk: a bus compressor, a ride.

    Stems that play at different times are then compared as if the mix had stood still.

    Returns
    -------
    (ndarray, shape (chunks,), ndarray, shape (stems,))
        Gain of each chunk in dB, and its mean while each stem plays.
    """
    weight = np.where(errors < USABLE_DB, 1.0 / (errors**2 + AT_REST_DB**2), 0.0)
    own = np.array([
        [weighted_median(g, w) for g, w in zip(chunk, weights, strict=True)]
        for chunk, weights in zip(fit.chunks_db - fit.gain_db, weight, strict=True)
    ])  # fmt: skip
    seen = weight.sum(axis=2)
    votes = np.minimum(seen, 1.0 / AT_REST_DB**2)
    enough = (seen > 0.0).sum(axis=1) >= _AGREEING
    share = seen / np.maximum(seen.sum(axis=0), 1e-12)
    of_stem = np.zeros(own.shape[1])
    moving = np.zeros(len(own))
    for _ in range(_ROUNDS):
        each = own + of_stem
        found = [weighted_median(row, vote) for row, vote in zip(each, votes, strict=True)]
        moving = np.where(enough, found, 0.0)
        of_stem = (share * moving[:, None]).sum(axis=0)
    return moving, of_stem


def _common(gain: Grid, errors: Grid) -> Grid:
    """Gain of the mix itself in each band.

    Where most stems have the same gain it is the common one: few are out of place. Otherwise it is
    the middle stem's, and in each band the middle of the stems, once there are stems enough that
    one outlier cannot move it. Every stem has one vote, spread over the bands it is seen in.
    """
    seen = errors < USABLE_DB
    votes = np.where(seen, 1.0 / (errors**2 + AT_REST_DB**2), 0.0)
    votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
    level = np.array([_mode(g, e) for g, e in zip(gain, errors, strict=True)])
    voting = seen.any(axis=1)
    if not voting.any():
        return np.zeros(gain.shape[1])
    whole, agree = _shared(level[voting])
    if agree > 0.5 or voting.sum() < _FEW_STEMS:
        return np.full(gain.shape[1], whole)
    centre = float(np.median(level[voting]))
    relative = gain - level[:, None]
    curve = [weighted_median(relative[:, b], votes[:, b]) for b in range(gain.shape[1])]
    return np.asarray(centre + np.array(curve))


def _shared(levels: Grid) -> tuple[float, float]:
    """The gain that most stems have, and the share of them that have it.

    Stems at exactly unity are those of a plain bounce: that is the likelier story even where
    others agree with each other. Of several gains with as many stems, the nearest to unity.
    """
    alike = np.exp(-0.5 * ((levels - levels[:, None]) / ALIKE_DB) ** 2)
    support = alike.sum(axis=1)
    best = int(np.argmax(np.round(support, 3) - 1e-6 * np.abs(levels)))
    untouched = np.count_nonzero(np.abs(levels) < UNITY_DB)
    if untouched and untouched >= _TIE * support[best]:
        return 0.0, untouched / len(levels)
    return float(np.average(levels, weights=alike[best])), float(support[best]) / len(levels)


def _mode(gains: Grid, errors: Grid) -> float:
    """The gain that most bands have, each as sharp as it is sure; unity where that is close."""
    usable = errors < USABLE_DB
    if not usable.any():
        return 0.0
    own, width = gains[usable], np.hypot(errors[usable], 0.5 * AT_REST_DB)
    candidates = np.concatenate([[0.0], own])
    near = np.exp(-0.5 * ((own - candidates[:, None]) / width) ** 2)
    heights = (near / width).sum(axis=1)
    best = int(np.argmax(heights))
    if heights[0] >= _TIE * heights[best]:
        return 0.0
    return float(np.average(own, weights=near[best] / width**2 + 1e-12))


def _spread(gains: Grid, errors: Grid, level: float) -> float:
    """Standard error of a level found by `_mode`."""
    usable = errors < USABLE_DB
    width = np.hypot(errors[usable], 0.5 * AT_REST_DB)
    near = np.exp(-0.5 * ((gains[usable] - level) / width) ** 2)
    information = float((near / width**2).sum())
    return float(1.0 / np.sqrt(information)) if information > 0.0 else float("inf")


def weighted_median(values: Grid, weights: Grid) -> float:
    """Value with half of the weight on either side; 0 without weight."""
    if weights.sum() <= 0.0:
        return 0.0
    order = np.argsort(values)
    passed = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(passed, 0.5 * passed[-1]))])
