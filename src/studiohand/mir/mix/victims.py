"""Which stem a bump in another hides: the choice that all clashes without a mix share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, FRAME_RATE, band_ear
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Heard, Scene, audibility_db
from studiohand.mir.mix.clashes import role_weight, strongest_band

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

HALF_WIDTH = 2
"""Bands on either side of a bump's middle in which it hides."""
_TRIED_FRAMES = 200
_LEAST_POWER = 1e-9
_FARTHEST_DB = 18.0
"""Further below its loudest place a stem has nothing to lose."""
_NEAR, _WEIGHT, _TOGETHER, _ROLE, _BELOW = 1.8, 0.39, 2.9, 2.28, -0.13
"""Log odds of being the stem that was meant, fitted on 336 planted bumps: for living just there,
for what a stem loses, for how often both sound, for its role, and for each decibel that the place
lies below the stem's loudest."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A stem and what a bump takes from it.

    Parameters
    ----------
    stem : int
    loss_db : float
        Audibility lost around the bump.
    weight : float
        Share of the stem's whole loudness that is lost, 0 to 1.
    together : float
        Share of the stem's playing time in which the hider sounds too.
    near : float
        1 where the bump is at the stem's strongest band, falling over two bands.
    below_db : float
        Loudest place of the stem above this one.
    kept : float
        Share of its loudness around the bump that the stem keeps in the sum.
    chance : float
        Log odds, comparable between the stems of one bump.
    """

    stem: int
    loss_db: float
    weight: float
    together: float
    near: float
    below_db: float
    kept: float
    chance: float


def bell_shape(band: int, q: float = 1.0, db: float = 10.0) -> Grid:
    """A peaking equaliser's curve over the bands, 1 at its peak (it varies little with `db`)."""
    a, ratio = 10.0 ** (db / 40.0), CENTRES_HZ / CENTRES_HZ[band]
    off = (1.0 - ratio**2) ** 2
    power = (off + (a * ratio / q) ** 2) / (off + (ratio / (a * q)) ** 2)
    return np.asarray(10.0 * np.log10(power) / db)


def victims(scene: Scene, now: Heard, hider: int, curve_db: Grid, where: Mask) -> list[Victim]:
    """Stems that a bump hides, the likeliest first.

    Parameters
    ----------
    scene : Scene
    now : Heard
    hider : int
    curve_db : ndarray, shape (bands,)
        The bump: what would be taken off the hider.
    where : ndarray of bool, shape (frames,)
        When the bump is there.
    """
    out = []
    for stem in range(len(scene.names)):
        paired = stem == hider or bool(scene.one_source[stem, hider])
        both = scene.playing[stem] & scene.playing[hider] & where
        if not paired and both.sum() >= FRAME_RATE:
            out.append(_victim(scene, now, stem, hider, curve_db, where))
    return sorted((v for v in out if v is not None), key=lambda v: -v.chance)


def _victim(
    scene: Scene, now: Heard, stem: int, hider: int, curve_db: Grid, where: Mask
) -> Victim | None:
    """What the bump takes from one stem; None where that stem has nothing to lose."""
    plays = scene.playing[stem] & where
    both = plays & scene.playing[hider]
    at = np.flatnonzero(both)
    at = at[:: max(len(at) // _TRIED_FRAMES, 1)]
    band = int(curve_db.argmax())
    span = slice(max(band - HALF_WIDTH, 0), band + HALF_WIDTH + 1)
    level = 10.0 * np.log10(scene.power[stem][plays].mean(axis=0) + _LEAST_POWER)
    near = math.exp(-(((strongest_band(level) - band) / 2.0) ** 2))
    below = below_loudest_db(level, band)
    if below > _FARTHEST_DB:
        return None
    own = scene.power[stem][at].astype(np.float64)
    removed = scene.power[hider][at] * (1.0 - 10.0 ** (-curve_db / 10.0))
    masker = np.maximum(scene.total[at] - own - removed, 0.0)
    then = specific_loudness(own, masker, band_ear())
    again, still = float(then[:, span].sum()), float(now.among[stem][at, span].sum())
    weight = max((again - still) / max(float(then.sum()), 1e-30), 0.0)
    together = float(both.sum() / max(plays.sum(), 1))
    chance = (
        _NEAR * near
        + _WEIGHT * math.log(max(weight, 1e-4))
        + _TOGETHER * math.log(together)
        + _ROLE * math.log(role_weight(scene.roles[stem]))
        + _BELOW * min(below, 20.0)
    )
    alone = float(now.alone[stem][at, span].sum())
    loss = audibility_db(again, still)
    return Victim(stem, loss, weight, together, near, below, still / max(alone, 1e-30), chance)


def below_loudest_db(level_db: Grid, band: int) -> float:
    """How far a stem's level around a band lies below its loudest place, dB."""
    smooth = np.convolve(level_db, np.ones(3) / 3.0, "same")
    return float(smooth[6 : BANDS - 6].max() - smooth[band])
