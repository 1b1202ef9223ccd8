"""Which stems a bump in another hides, and what speaks for each: shared by all clashes by ear."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, FRAME_RATE, band_ear
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Heard, Scene, audibility_db
from studiohand.mir.mix.clashes import HOME, TILT, strongest_band

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

HALF_WIDTH = 2
"""Bands on either side of a bump's middle in which it hides."""
_TRIED_FRAMES = 200
_LEAST_POWER = 1e-9
_FARTHEST_DB = 18.0
"""Further below its loudest place a stem has nothing to lose."""
_LEAST_ABOVE_DB = -10.0
"""A hider further below the hidden hides nothing."""
_LEAST_LOSS_DB, _LEAST_WEIGHT = 2.0, 0.015
"""What a stem must lose to be hidden: audibility around the bump, share of its whole loudness."""
_LOW = (Role.KICK, Role.BASS)
_LOW_BELOW_HZ = 1000.0
"""What bass and kick lose above is click and string noise."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A stem and what a bump takes from it.

    Parameters
    ----------
    stem : int
    loss_db : float
        Audibility lost around the bump.
    weight : float
        Share of the stem's whole loudness that is lost.
    together : float
        Share of the stem's playing time in which the hider sounds too.
    near : float
        1 where the bump is at the stem's strongest band, falling over two bands.
    apart : int
        Bands between the two.
    below_db, under_db : float
        Loudest place of the stem above this one: in all bands, and among those where stems live,
        treble lifted.
    kept : float
        Share of its loudness around the bump that the stem keeps in the sum.
    above_db : float
        Hider above hidden around the bump, in excitation.
    """

    stem: int
    loss_db: float
    weight: float
    together: float
    near: float
    apart: int
    below_db: float
    under_db: float
    kept: float
    above_db: float

    def measured(self) -> tuple[float, ...]:
        """What the log odds of being the stem that is meant are a weighted sum of."""
        return (
            self.near,
            math.log(self.weight),
            math.log(max(self.together, 0.05)),
            min(self.below_db, 20.0),
            math.log(self.kept + 0.02),
            float(np.clip(self.loss_db, 0.0, 20.0)),
            min(self.under_db, 20.0),
            min(self.apart, 8.0),
            self.above_db,
            max(self.above_db - 13.0, 0.0),
        )


def victims(scene: Scene, now: Heard, hider: int, curve_db: Grid, where: Mask) -> list[Victim]:
    """Stems that a bump hides.

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
    string_noise = CENTRES_HZ[int(curve_db.argmax())] > _LOW_BELOW_HZ
    out = []
    for stem, role in enumerate(scene.roles):
        paired = stem == hider or bool(scene.one_source[stem, hider])
        both = scene.playing[stem] & scene.playing[hider] & where
        if paired or both.sum() < FRAME_RATE or (string_noise and role in _LOW):
            continue
        out.append(_victim(scene, now, stem, hider, curve_db, where))
    return [v for v in out if v is not None]


def _victim(
    scene: Scene, now: Heard, stem: int, hider: int, curve_db: Grid, where: Mask
) -> Victim | None:
    """What the bump takes from one stem; None where that stem has nothing to lose."""
    plays = scene.playing[stem] & where
    both = plays & scene.playing[hider]
    band = int(curve_db.argmax())
    span = slice(max(band - HALF_WIDTH, 0), band + HALF_WIDTH + 1)
    level = mean_level_db(scene, stem, where)
    below = _below_loudest_db(level, band)
    above = float((mean_level_db(scene, hider, where) - level)[span].mean())
    if below > _FARTHEST_DB or above < _LEAST_ABOVE_DB:
        return None
    at = np.flatnonzero(both)
    at = at[:: max(len(at) // _TRIED_FRAMES, 1)]
    own = scene.power[stem][at].astype(np.float64)
    removed = scene.power[hider][at] * (1.0 - 10.0 ** (-curve_db / 10.0))
    masker = np.maximum(scene.total[at] - own - removed, 0.0)
    then = specific_loudness(own, masker, band_ear())
    again, still = float(then[:, span].sum()), float(now.among[stem][at, span].sum())
    loss, weight = audibility_db(again, still), (again - still) / max(float(then.sum()), 1e-30)
    if loss < _LEAST_LOSS_DB or weight < _LEAST_WEIGHT:
        return None
    alone = float(now.alone[stem][at, span].sum())
    home = strongest_band(level)
    return Victim(
        stem=stem,
        loss_db=loss,
        weight=weight,
        together=float(both.sum() / max(plays.sum(), 1)),
        near=math.exp(-(((home - band) / 2.0) ** 2)),
        apart=abs(home - band),
        below_db=below,
        under_db=_under_home_db(level, band),
        kept=still / max(alone, 1e-30),
        above_db=min(above, 25.0),
    )


def mean_level_db(scene: Scene, stem: int, where: Mask) -> Grid:
    """Level of a stem in each band while it plays, dB, shape (bands,)."""
    power = scene.power[stem][scene.playing[stem] & where].mean(axis=0, dtype=np.float64)
    return np.asarray(10.0 * np.log10(power + _LEAST_POWER))


def _below_loudest_db(level_db: Grid, band: int) -> float:
    """How far a stem's level around a band lies below its loudest place, dB."""
    smooth = np.convolve(level_db, np.ones(3) / 3.0, "same")
    return float(smooth[6 : BANDS - 6].max() - smooth[band])


def _under_home_db(level_db: Grid, band: int) -> float:
    """How far a stem's level around a band, treble lifted, lies below where it lives, dB."""
    lifted = np.convolve(level_db, np.ones(3) / 3.0, "same") + TILT
    return float(lifted[HOME].max() - lifted[max(band - 1, 0) : band + 2].max())
