"""Suspects against the rest of the song: a stem that grows a bump in one band for a while.

Arrangements change a stem's spectrum as the stem itself moves; an equaliser's shape on top of that
is what counts. Also places the ends of clashes that the mix speaks for.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.mir.mix.audibility import Heard, Scene
from studiohand.mir.mix.bells import bell_shape
from studiohand.mir.mix.bulges import FIRST_PLACE, LAST_PLACE, bulge_heights_db
from studiohand.mir.mix.clashes import Clash
from studiohand.mir.mix.steps import (
    SEEN,
    Step,
    level_over_time,
    movement,
    seconds,
    sharpened,
    steps,
)
from studiohand.mir.mix.suspects import Suspect
from studiohand.mir.mix.victims import Mask, mean_level_db, victims

Grid = npt.NDArray[np.float64]

_MOST_OF_IT = 0.85
"""Share of its playing time from which a clash is there all along."""
_SHAPES_Q = (0.5, 0.7, 1.0, 1.4)
_REACH = 3
_FIRST, _LAST = 3, 35
"""Bands over which an equaliser's shape is looked for."""
_SMALLEST_BUMP_DB, _MOST_BUMP_DB = 3.0, 18.0
_LEAST_GAIN_DB = 1.0
_LEAST_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """How a stem's spectrum changes at a step, and the bell that explains most of it.

    Parameters
    ----------
    curve_db : ndarray, shape (bands,)
        The bell.
    gain_db : float
    clear : float
        The bell against how the stem moves by itself in as long a time, in standard deviations.
    share : float
        Share of the change, measured the same way, that the bell explains.
    left : float
        What it leaves, for each band.
    rest_db : float
        Spread of what it leaves, in plain dB.
    """

    curve_db: Grid
    gain_db: float
    clear: float
    share: float
    left: float
    rest_db: float


def stepping(scene: Scene, now: Heard) -> list[Suspect]:
    """Every step of every stem with every stem that it could hide."""
    return [s for stem in range(len(scene.names)) for s in _of_stem(scene, now, stem)]


def _of_stem(scene: Scene, now: Heard, stem: int) -> list[Suspect]:
    plays = scene.playing[stem]
    level = level_over_time(scene.power[stem], plays)
    found = []
    for step in steps(level, plays):
        inside = np.zeros(scene.frames, dtype=np.bool_)
        inside[step.start : step.stop] = True
        change = changed(level, plays, inside, step.band)
        if change is None or change.gain_db <= _LEAST_GAIN_DB:
            continue
        of_step = _measured(scene, stem, step, change, inside)
        for victim in victims(scene, now, stem, change.curve_db, inside):
            measured = (*of_step, *victim.measured())
            span = (step.start, step.stop)
            found.append(Suspect(stem, victim, change.curve_db, span, "song", measured))
    return found


def changed(level_db: Grid, plays: Mask, inside: Mask, band: int) -> Change | None:
    """The change of a stem's spectrum in a stretch, and the bell near a band that fits it best.

    Held against how the stem moves within the stretch and outside it (Fisher's discriminant); None
    where too little of it sounds to know.
    """
    _, middles = seconds(level_db, plays)
    within = inside[middles.astype(int)] if len(middles) else np.zeros(0, dtype=np.bool_)
    if len(middles) < _LEAST_SECONDS or not within.any() or within.sum() > len(middles) - 2:
        return None
    means = level_db[plays & inside].mean(axis=0), level_db[plays & ~inside].mean(axis=0)
    around = level_db - np.where(inside[:, None], means[0], means[1])
    precision = np.linalg.inv(movement(around, plays))
    change = (means[0] - means[1])[SEEN]
    whitened = precision @ change
    near = range(max(band - _REACH, _FIRST), min(band + _REACH, _LAST) + 1)
    shapes = [shape for middle in near for shape in _shapes(middle)]
    shape = max(shapes, key=lambda s: s[SEEN] @ whitened / math.sqrt(s[SEEN] @ precision @ s[SEEN]))
    strength = float(shape[SEEN] @ precision @ shape[SEEN])
    gain = float(shape[SEEN] @ whitened) / strength
    whole = float(change @ whitened)
    as_long = 1.0 / (1.0 / within.sum() + 1.0 / (~within).sum())
    left = change - gain * shape[SEEN]
    return Change(
        curve_db=float(np.clip(gain, _SMALLEST_BUMP_DB, _MOST_BUMP_DB)) * shape,
        gain_db=gain,
        clear=gain * math.sqrt(strength * as_long),
        share=gain**2 * strength / max(whole, 1e-9),
        left=(whole - gain**2 * strength) * as_long / len(change),
        rest_db=float(left.std()),
    )


@functools.cache
def _shapes(band: int) -> list[Grid]:
    """Bells of 1 dB at a band, the wide ones first."""
    return [bell_shape(band, q) for q in _SHAPES_Q]


def _measured(
    scene: Scene, stem: int, step: Step, change: Change, inside: Mask
) -> tuple[float, ...]:
    """What is known of a step, whomever it hides."""
    band = min(max(int(change.curve_db.argmax()), FIRST_PLACE), LAST_PLACE)
    heights = [bulge_heights_db(mean_level_db(scene, stem, w))[band] for w in (inside, ~inside)]
    place = (band - 20.0) / 10.0
    return (
        min(step.clear, 10.0),
        math.log(step.wander_db),
        math.log(max(change.clear, 0.1)),
        math.log(change.left + 0.1),
        change.share,
        max(change.gain_db - 15.0, 0.0),
        math.log(change.rest_db + 0.2),
        *(float(h) for h in heights),
        place,
        place**2,
    )


def placed(scene: Scene, clash: Clash) -> Clash:
    """A clash against the mix with its ends where the hider's tone steps, if it has ends."""
    plays = scene.playing[clash.hider]
    if not clash.curve_db or clash.stop - clash.start > _MOST_OF_IT * plays.sum():
        return clash
    level = level_over_time(scene.power[clash.hider], plays)
    span = (clash.start, clash.stop)
    return _between(clash, *sharpened(level, plays, sum(clash.bands) // 2, span))


def _between(clash: Clash, start: int, stop: int) -> Clash:
    """A clash from one frame to another: its first and last stretch are cut or drawn out."""
    inside = [(a, b) for a, b in clash.spans if a < stop and b > start]
    if not inside:
        return clash
    ends = [a for a, _ in inside], [b for _, b in inside]
    ends[0][0], ends[1][-1] = start, stop
    return replace(clash, spans=tuple(zip(*ends, strict=True)))
