"""Where the stems differ from the balance of the rough mix: which stem, which band, when, how much.

What the mix does to all stems alike (its level, a mix-bus equaliser) is common and belongs to no
stem. What is left is a deviation: positive where the stem is louder than the mix has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.mir.mix.bells import fitted_bell
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
_BAND_DB = 0.25
"""What a gain in one band strays at least from its stem's level and the bus's equaliser."""
_STEP_DB = 1.0
"""What a bus equaliser changes from one band to the next, as a standard deviation."""
_CAUCHY = 2.0
"""Widths from which a band loses its say."""
_ROUNDS = 12
ALIKE_DB = 1.0
"""Levels of stems this near each other speak for one gain of the mix."""
UNITY_DB = 0.15
"""A stem within this of unity is in the mix as it is."""
_BELL_NATS = 8.0
"""How much better than a level of its own a bell must explain a stem: it has two settings more."""
_STEM_NATS = 4.0
"""Evidence of one stem for the gain of the mix: about one in fifty sits wrong."""
_UNITY_NATS = 8.0
"""Evidence of unity in a plain bounce: no stem gets there by chance."""
_UP_DB = 4.0
"""Mixes are brought up by some dB, on the way to a master,"""
_DOWN_DB = 0.7
"""and hardly ever turned down: scales of the two."""
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
    certainty : float
        How likely `common_db` is the gain of the mix, 0 to 1: of two stems that differ, either may
        have moved.
    chunk_s : float
        Seconds a chunk.
    """

    level_db: Grid
    level_error_db: Grid
    band_db: Grid
    chunk_db: Grid
    known: npt.NDArray[np.bool_]
    common_db: Grid
    certainty: float
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
    level, error, curve = _levels(fit.gain_db, usable)
    voting = error < (SURE_LEVEL_DB if (error < SURE_LEVEL_DB).any() else np.inf)
    whole, certainty, agree = _shared(level[voting], fit.plain) if voting.any() else (0.0, 0.0, 1.0)
    level = np.where(_only_bent(fit.gain_db - curve, usable, level, whole), whole, level)
    bent = agree <= 0.5 and np.count_nonzero(voting) >= _FEW_STEMS
    common = whole + (curve if bent else np.zeros_like(curve))
    off = np.clip(common - fit.gain_db, -_LARGEST_DB, _LARGEST_DB)
    level = np.clip(whole - level, -_LARGEST_DB, _LARGEST_DB)
    level = np.where(np.isfinite(error) & (np.abs(level) > AT_REST_DB), level, 0.0)
    known = fit.error_db < SURE_DB
    over_time = common - fit.chunks_db
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
        certainty=certainty,
        chunk_s=fit.chunk_s,
    )


def _levels(gain: Grid, errors: Grid) -> tuple[Grid, Grid, Grid]:
    """Level of each stem in the mix, its standard error, and the mix's own curve over the bands.

    A gain is the level of its stem plus what the mix does in that band, so that stems are compared
    where both are heard and a bus equaliser moves none of them. Least squares, reweighted by the
    Cauchy function: bands in which a stem has an equaliser of its own lose their say.
    """
    stems, bands = gain.shape
    width = np.hypot(np.minimum(errors, USABLE_DB), _BAND_DB)
    sure = np.where(errors < USABLE_DB, width**-2, 0.0)
    steps = np.diff(np.eye(bands), axis=0) / _STEP_DB
    smooth = steps.T @ steps + np.ones((bands, bands))
    weight, found = sure, np.zeros(stems + bands)
    normal = np.eye(stems + bands)
    for _ in range(_ROUNDS):
        normal = np.block([
            [np.diag(weight.sum(axis=1) + 1e-9), weight],
            [weight.T, np.diag(weight.sum(axis=0)) + smooth],
        ])  # fmt: skip
        right = np.concatenate([(weight * gain).sum(axis=1), (weight * gain).sum(axis=0)])
        found = np.linalg.solve(normal, right)
        left_over = gain - found[:stems, None] - found[stems:]
        weight = sure / (1.0 + (left_over / (_CAUCHY * width)) ** 2)
    error = np.sqrt(np.diag(np.linalg.inv(normal))[:stems])
    seen = sure.any(axis=1)
    return found[:stems], np.where(seen, error, np.inf), found[stems:]


def _only_bent(gain: Grid, errors: Grid, levels: Grid, whole: float) -> npt.NDArray[np.bool_]:
    """Stems for which one bell on a stem that sits right explains more than another level does.

    A broad bell bends most bands of a stem, so that its level is sought on the bell's slopes.
    """
    width = _CAUCHY * np.hypot(np.minimum(errors, USABLE_DB), _BAND_DB)
    sure = errors < USABLE_DB
    bent = np.zeros(len(levels), dtype=bool)
    for stem in np.flatnonzero(np.abs(levels - whole) > AT_REST_DB):
        own = np.where(sure[stem], gain[stem] - whole, 0.0)
        bell_db = 10.0 * np.log10(fitted_bell(own).power())
        level, bell = (
            float(np.log1p(((own - told) / width[stem]) ** 2)[sure[stem]].sum())
            for told in (np.full(len(own), levels[stem] - whole), bell_db)
        )
        bent[stem] = level - bell > _BELL_NATS
    return bent


def _shared(levels: Grid, plain: bool) -> tuple[float, float, float]:
    """The gain of the mix itself, how likely it is, and the share of the stems that have it.

    Every stem's level is a candidate; the stems near it speak for it, and so does what is known of
    mixes: a plain bounce is at unity, others were brought up rather than turned down.
    """
    alike = np.exp(-0.5 * ((levels - levels[:, None]) / ALIKE_DB) ** 2)
    support = alike.sum(axis=1)
    prior = -np.where(levels > 0.0, levels / _UP_DB, -levels / _DOWN_DB)
    if plain:
        prior = np.where(np.abs(levels) < UNITY_DB, _UNITY_NATS, prior)
    nats = _STEM_NATS * support + prior
    best = int(np.argmax(nats))
    odds = np.exp(nats - nats[best])
    certainty = float((odds * alike[best]).sum() / odds.sum())
    if plain and abs(levels[best]) < UNITY_DB:
        return 0.0, certainty, float(np.mean(np.abs(levels) < UNITY_DB))
    whole = float(np.average(levels, weights=alike[best]))
    return whole, certainty, float(support[best]) / len(levels)
