"""Clashes by ear alone: a stem whose spectrum bulges just where another one lives, all song long.

Nothing here can know the balance that is wanted; it can only say what is unusual. What speaks for
a clash is weighed by a model fitted on 253 planted clashes in 66 excerpts (electronic pop, metal,
tracker modules, synthesised MIDI; the songs of the bench's report half left out), as a choice
between all places of a song and none. With the song itself left out of the fit it names the hider
of six in ten, and is right in eight of ten that it names.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, FRAME_RATE
from studiohand.mir.mix.audibility import Heard, Scene
from studiohand.mir.mix.clashes import Clash, role_weight, stretches, strongest_band
from studiohand.mir.mix.victims import HALF_WIDTH, Victim, bell_shape, victims

Grid = npt.NDArray[np.float64]

SURE, ENOUGH = 0.9, 0.0
"""Log odds that one untouched excerpt in five reaches, and three in ten."""
_FIRST_PEAK, _LAST_PEAK = 6, 32
_PEAKS_EACH = 3
_PLACES_EACH = 6
_LEAST_BULGE_DB = 0.5
_MOST_BULGE_DB = 15.0
_LEAST_LOSS_DB = 2.0
_WANDER_DB, _WANDER_CAMS, _RIPPLE_DB = 6.0, 2.0, 1.0
"""Spectra of single stems wander like this around a smooth course."""
_LOW_EDGE, _HIGH_EDGE = 4, 36
_DEEPEST_DB = 50.0
_MOST_FOUND = 2
_LOW = (Role.KICK, Role.BASS)
_LOW_BELOW_HZ = 1000.0
"""What bass and kick lose above is click and string noise."""
_VOICES = (Role.VOCALS, Role.BACKING_VOCALS)
_WEIGHTS = (
    -7.12, 0.007, 4.568, 0.167, -0.146, 1.362, 4.982, 1.001, 3.193, 1.599, -0.67, 2.839, -0.122,
    -0.234, -0.26, -1.1, -1.634, 0.099,
)  # fmt: skip
"""A constant, then one for each of `Bulge.measured`."""


@dataclass(frozen=True, slots=True)
class Bulge:
    """A place where a stem stands out of its own spectrum, and a stem that lives there.

    Parameters
    ----------
    hider, band : int
    height_db : float
    victim : Victim
    above_db : float
        Hider above hidden around the band, in excitation.
    hider_kept : float
        Share of its loudness that the hider keeps in the sum.
    gathered : float
        Share of the hider's power that lies there.
    """

    hider: int
    band: int
    height_db: float
    victim: Victim
    above_db: float
    hider_kept: float
    gathered: float

    def measured(self, scene: Scene) -> tuple[float, ...]:
        """What the log odds are a weighted sum of, after a constant."""
        victim, roles = self.victim, scene.roles
        voices = roles[self.hider] in _VOICES and roles[victim.stem] in _VOICES
        place = (self.band - 20.0) / 10.0
        return (
            min(self.height_db, 20.0),
            self.hider_kept,
            float(np.clip(self.above_db, -10.0, 25.0)),
            max(self.above_db - 13.0, 0.0),
            victim.near,
            self.gathered,
            math.log(victim.kept + 0.02),
            victim.together,
            math.log(role_weight(roles[victim.stem])),
            float(voices),
            float(roles[self.hider] is Role.BASS),
            float(roles[self.hider] in _VOICES),
            math.log(len(roles)),
            min(victim.below_db, 20.0),
            place,
            place**2,
            float(np.clip(victim.loss_db, 0.0, 20.0)),
        )

    def score(self, scene: Scene) -> float:
        """Log odds of a planted clash against none."""
        return _WEIGHTS[0] + float(np.dot(_WEIGHTS[1:], self.measured(scene)))


def by_ear(scene: Scene, now: Heard) -> list[Clash]:
    """Bulges over other stems, the surest first, one a hider; usually none."""
    scored = sorted(((b.score(scene), b) for b in bulges(scene, now)), key=lambda s: -s[0])
    best: dict[int, tuple[float, Bulge]] = {}
    for score, bulge in scored:
        if score >= ENOUGH and bulge.victim.loss_db >= _LEAST_LOSS_DB:
            best.setdefault(bulge.hider, (score, bulge))
    return [_clash(scene, bulge, score) for score, bulge in best.values()][:_MOST_FOUND]


def bulges(scene: Scene, now: Heard) -> list[Bulge]:
    """Every bulge of every stem with every stem that it could hide."""
    usable = [s for s in range(len(scene.names)) if scene.playing[s].sum() >= 2 * FRAME_RATE]
    level = np.stack([_mean_level_db(scene, s) for s in usable]) if usable else np.zeros((0, BANDS))
    homes = [strongest_band(row) for row in level]
    found = []
    for hider, own in zip(usable, level, strict=True):
        heights = _matched() @ own
        for band in _places(heights, homes):
            height = float(heights[band])
            curve = float(np.clip(height, 3.0, _MOST_BULGE_DB)) * bell_shape(band)
            everywhere = np.ones(scene.frames, dtype=np.bool_)
            for victim in victims(scene, now, hider, curve, everywhere):
                string_noise = scene.roles[victim.stem] in _LOW and CENTRES_HZ[band] > _LOW_BELOW_HZ
                if victim.stem in usable and not string_noise:
                    other = level[usable.index(victim.stem)]
                    found.append(_bulge(scene, now, hider, band, height, victim, own - other))
    return found


def _mean_level_db(scene: Scene, stem: int) -> Grid:
    level = 10.0 * np.log10(scene.power[stem][scene.playing[stem]].mean(axis=0) + 1e-9)
    return np.asarray(np.maximum(level, level.max() - _DEEPEST_DB))


def _bulge(
    scene: Scene, now: Heard, hider: int, band: int, height: float, victim: Victim, above: Grid
) -> Bulge:
    span = slice(band - HALF_WIDTH, band + HALF_WIDTH + 1)
    power = scene.power[hider][scene.playing[hider]].mean(axis=0)
    kept = now.among[hider].sum() / max(float(now.alone[hider].sum()), 1e-30)
    return Bulge(
        hider=hider,
        band=band,
        height_db=height,
        victim=victim,
        above_db=float(above[span].mean()),
        hider_kept=float(kept),
        gathered=float(power[span].sum() / power.sum()),
    )


def _places(heights_db: Grid, homes: list[int]) -> list[int]:
    """Bands to look at: where a spectrum stands out most, and near where the others live."""
    inside = range(_FIRST_PEAK, _LAST_PEAK + 1)
    tops = [b for b in inside if heights_db[b] >= heights_db[b - 1 : b + 2].max()]
    tops = sorted(tops, key=lambda b: -heights_db[b])[:_PEAKS_EACH]
    near = {
        max(range(home - HALF_WIDTH, home + HALF_WIDTH + 1), key=lambda b: heights_db[b])
        for home in homes
    }
    both = [b for b in {*tops, *near} if b in inside and heights_db[b] >= _LEAST_BULGE_DB]
    return sorted(both, key=lambda b: -heights_db[b])[:_PLACES_EACH]


@functools.cache
def _matched() -> Grid:
    """Generalised least squares for a bell at each band in a spectrum that wanders; (bands, bands).

    A smooth course (constant, tilt, bow) costs nothing; around it the spectrum is a Gaussian
    process of `_WANDER_DB` with a correlation length of `_WANDER_CAMS`.
    """
    at = np.arange(_LOW_EDGE, _HIGH_EDGE, dtype=np.float64)
    apart = (at[:, None] - at[None, :]) / _WANDER_CAMS
    spread = _WANDER_DB**2 * np.exp(-0.5 * apart**2) + _RIPPLE_DB**2 * np.eye(len(at))
    along = (at - at.mean()) / 10.0
    for power, free_db in enumerate((100.0, 30.0, 14.0)):
        spread += free_db**2 * np.outer(along**power, along**power)
    precision = np.linalg.inv(spread)
    out = np.zeros((BANDS, BANDS))
    for band in range(_FIRST_PEAK - 1, _LAST_PEAK + 2):
        shape = bell_shape(band)[_LOW_EDGE:_HIGH_EDGE]
        weights = precision @ shape
        out[band, _LOW_EDGE:_HIGH_EDGE] = weights / (shape @ weights)
    return out


def _clash(scene: Scene, bulge: Bulge, score: float) -> Clash:
    hidden = bulge.victim.stem
    where = scene.playing[hidden] & scene.playing[bulge.hider]
    return Clash(
        hidden=hidden,
        hider=bulge.hider,
        bands=(bulge.band - HALF_WIDTH, bulge.band + HALF_WIDTH),
        spans=stretches(where),
        loss_db=bulge.victim.loss_db,
        share_of_time=bulge.victim.together,
        cause_db=bulge.height_db,
        evidence="ear",
        confidence=confidence(score),
    )


def confidence(score: float) -> float:
    """From log odds: 0.4 where it is sure enough to say it should be looked at."""
    return float(np.clip(0.4 + 0.12 * (score - SURE), 0.25, 0.8))
