"""Suspects by ear alone: a stem whose spectrum bulges just where another one lives, all song long.

Nothing here can know the balance that is wanted; it can only say what is unusual, in the stem and
in the sum of all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, FRAME_RATE
from studiohand.mir.mix.audibility import Heard, Scene
from studiohand.mir.mix.bells import bell_shape
from studiohand.mir.mix.bulges import FIRST_PLACE, LAST_PLACE, bulge_heights_db
from studiohand.mir.mix.clashes import strongest_band
from studiohand.mir.mix.suspects import Suspect
from studiohand.mir.mix.victims import HALF_WIDTH, mean_level_db, victims

Grid = npt.NDArray[np.float64]

_PEAKS_EACH = 3
_PLACES_EACH = 7
_LEAST_BULGE_DB = 0.5
_SMALLEST_BELL_DB, _LARGEST_BELL_DB = 3.0, 15.0


def bulging(scene: Scene, now: Heard) -> list[Suspect]:
    """Every bulge of every stem with every stem that it could hide."""
    usable = [s for s in range(len(scene.names)) if scene.playing[s].sum() >= 2 * FRAME_RATE]
    everywhere = np.ones(scene.frames, dtype=np.bool_)
    homes = [strongest_band(mean_level_db(scene, s, everywhere)) for s in usable]
    total = bulge_heights_db(_sum_level_db(scene)) if usable else np.zeros(BANDS)
    found = []
    for hider in usable:
        heights = bulge_heights_db(mean_level_db(scene, hider, everywhere))
        for band in _places(heights, homes):
            gain = float(np.clip(heights[band], _SMALLEST_BELL_DB, _LARGEST_BELL_DB))
            curve = gain * bell_shape(band)
            of_bulge = _measured(scene, hider, band, float(heights[band]), float(total[band]))
            for victim in victims(scene, now, hider, curve, everywhere):
                measured = (*of_bulge, *victim.measured())
                span = (0, scene.frames)
                found.append(Suspect(hider, victim, curve, span, "ear", measured))
    return found


def _sum_level_db(scene: Scene) -> Grid:
    return np.asarray(10.0 * np.log10(scene.total.mean(axis=0) + 1e-9))


def _measured(
    scene: Scene, hider: int, band: int, height_db: float, total_db: float
) -> tuple[float, ...]:
    """What is known of a bulge, whomever it hides."""
    span = slice(band - HALF_WIDTH, band + HALF_WIDTH + 1)
    power = scene.power[hider][scene.playing[hider]].mean(axis=0, dtype=np.float64)
    place = (band - 20.0) / 10.0
    return (
        max(height_db - 10.0, 0.0),
        float(power[span].sum() / power.sum()),
        place,
        place**2,
        float(scene.roles[hider] is Role.BASS),
        total_db,
    )


def _places(heights_db: Grid, homes: list[int]) -> list[int]:
    """Bands to look at: where a spectrum stands out most, and near where the others live."""
    inside = range(FIRST_PLACE, LAST_PLACE + 1)
    tops = [b for b in inside if heights_db[b] >= heights_db[b - 1 : b + 2].max()]
    tops = sorted(tops, key=lambda b: -heights_db[b])[:_PEAKS_EACH]
    near = {
        max(range(home - HALF_WIDTH, home + HALF_WIDTH + 1), key=lambda b: heights_db[b])
        for home in homes
    }
    both = [b for b in {*tops, *near} if b in inside and heights_db[b] >= _LEAST_BULGE_DB]
    return sorted(both, key=lambda b: -heights_db[b])[:_PLACES_EACH]
