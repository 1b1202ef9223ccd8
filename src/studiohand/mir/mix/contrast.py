"""Clashes against the rest of the song: a stem that grows a bump in one band for a while.

Arrangements change all bands together, in ways that `mir.mix.steps` predicts. A step of an
equaliser's shape that the prediction does not explain counts, if another stem is hidden by it. What
speaks for it is weighed by a logistic model fitted on 182 planted steps in 66 excerpts (electronic
pop, metal, tracker modules, synthesised MIDI; the songs of the bench's report half left out). With
the song itself left out of the fit it names the hider of seven in ten, and is right in 95 % of what
it says.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.mir.mix.audibility import Heard, Scene
from studiohand.mir.mix.clashes import Clash, role_weight
from studiohand.mir.mix.steps import FIRST_BAND, LAST_BAND, Step, level_over_time, sharpened, steps
from studiohand.mir.mix.victims import HALF_WIDTH, Victim, bell_shape, victims

Grid = npt.NDArray[np.float64]

ENOUGH = 0.0
"""Log odds from which a step is a clash: one untouched excerpt in twelve reaches it."""
_LEAST_LOSS_DB = 2.0
_MOST_OF_IT = 0.85
"""Share of its playing time from which a clash is there all along."""
_SHAPES_Q = (0.7, 1.2, 2.0)
_FIRST, _AFTER = 4, 37
"""Bands over which an equaliser's shape is fitted."""
_MOST_BUMP_DB = 18.0
_VOICES = (Role.VOCALS, Role.BACKING_VOCALS)
_DRUMS = (Role.DRUMS, Role.KICK, Role.SNARE, Role.HATS, Role.PERCUSSION)
_WEIGHTS = (
    -16.23, 2.045, 0.359, -0.178, -1.353, 0.289, 0.034, -0.034, 0.232, 0.911, 0.605, -0.714, -0.264,
    2.605,
)  # fmt: skip
"""A constant, then one for each of `Bump.measured`."""


@dataclass(frozen=True, slots=True)
class Bump:
    """A step with the equaliser that explains it, and whom it hides.

    Parameters
    ----------
    stem : int
    step : Step
    curve_db : ndarray, shape (bands,)
    peak_db : float
    rest_db : float
        Spread of what the equaliser leaves of the spectrum's change.
    shift_db : float
        Change of the stem as a whole.
    change_db : float
        Spread of the spectrum's change.
    victim : Victim
    """

    stem: int
    step: Step
    curve_db: Grid
    peak_db: float
    rest_db: float
    shift_db: float
    change_db: float
    victim: Victim

    def measured(self, role: Role) -> tuple[float, ...]:
        """What the log odds are a weighted sum of, after a constant."""
        step = self.step
        return (
            math.log(max(step.clear, 0.5)),
            min(step.clear, 10.0),
            max(self.peak_db - 15.0, 0.0),
            math.log(self.rest_db + 0.2),
            min(self.change_db, 8.0),
            min(step.jumps_db, default=0.0),
            abs(self.shift_db),
            min(self.victim.loss_db, 10.0),
            math.log(step.wander_db),
            math.log(step.stop - step.start),
            float(role in _VOICES),
            float(role in _DRUMS),
            float(len(step.jumps_db)),
        )

    def score(self, role: Role) -> float:
        """Log odds of a planted step."""
        return _WEIGHTS[0] + float(np.dot(_WEIGHTS[1:], self.measured(role)))


def against_song(scene: Scene, now: Heard) -> list[Clash]:
    """Clashes that come and go with a bump in one stem, the worst first."""
    sure: list[tuple[float, Bump]] = []
    for stem in range(len(scene.names)):
        scored = [(b.score(scene.roles[stem]), b) for b in bumps(scene, now, stem)]
        sure += sorted((s for s in scored if s[0] >= ENOUGH), key=lambda s: -s[0])[:1]
    sure = [s for s in sure if s[1].victim.loss_db >= _LEAST_LOSS_DB]
    found = [_clash(scene, bump, score) for score, bump in sure]
    return sorted(found, key=lambda c: -c.confidence * role_weight(scene.roles[c.hidden]))


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


def bumps(scene: Scene, now: Heard, stem: int) -> list[Bump]:
    """Steps of one stem with an equaliser's shape that hide another stem."""
    plays = scene.playing[stem]
    level = level_over_time(scene.power[stem], plays)
    found = []
    for step in steps(level, plays):
        inside = np.zeros(scene.frames, dtype=np.bool_)
        inside[step.start : step.stop] = True
        if not (plays & inside).any() or not (plays & ~inside).any():
            continue
        change = level[plays & inside].mean(axis=0) - level[plays & ~inside].mean(axis=0)
        rest, peak, shift, shape = _fitted(change, step.band)
        curve = min(max(peak, 3.0), _MOST_BUMP_DB) * shape
        hidden = victims(scene, now, stem, curve, inside)
        if hidden:
            spread = float(change[_FIRST:_AFTER].std())
            found.append(Bump(stem, step, curve, peak, rest, shift, spread, hidden[0]))
    return found


def _fitted(change_db: Grid, band: int) -> tuple[float, float, float, Grid]:
    """What is left, gain, shift and shape of the equaliser nearest to a change of spectrum."""
    best = (np.inf, 0.0, 0.0, change_db)
    for middle, shape in _shapes():
        if abs(middle - band) > HALF_WIDTH:
            continue
        design = np.stack([shape, np.ones_like(shape)], axis=1)[_FIRST:_AFTER]
        (gain, shift), *_ = np.linalg.lstsq(design, change_db[_FIRST:_AFTER], rcond=None)
        rest = float((change_db[_FIRST:_AFTER] - design @ (gain, shift)).std())
        if rest < best[0]:
            best = (rest, float(gain), float(shift), shape)
    return best


@functools.cache
def _shapes() -> list[tuple[int, Grid]]:
    """Peaking-equaliser curves of 1 dB at every band."""
    middles = range(FIRST_BAND - 1, LAST_BAND + 2)
    return [(band, bell_shape(band, q)) for band in middles for q in _SHAPES_Q]


def _clash(scene: Scene, bump: Bump, score: float) -> Clash:
    above = np.flatnonzero(bump.curve_db >= 0.5 * bump.curve_db.max())
    span = (bump.step.start, bump.step.stop)
    hidden = bump.victim.stem
    there = scene.playing[hidden][slice(*span)].sum()
    return Clash(
        hidden=hidden,
        hider=bump.stem,
        bands=(int(above[0]), int(above[-1])),
        spans=(span,),
        loss_db=bump.victim.loss_db,
        share_of_time=float(there / max(scene.playing[hidden].sum(), 1)),
        cause_db=float(bump.curve_db.max()),
        evidence="song",
        confidence=float(np.clip(0.5 + 0.08 * (score - ENOUGH), 0.5, 0.9)),
        curve_db=tuple(float(x) for x in bump.curve_db),
    )
