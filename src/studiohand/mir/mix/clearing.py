"""Room for a hidden part: what each possible change would give it and cost the rest.

The changes are tried on the excitation features with the same model that found the clash, from the
least intrusive to the most; each with the smallest setting that gives the part enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.ear import transmission_db
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, band_ear
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Scene, audibility_db
from studiohand.mir.mix.bells import Bell, band_bell, fitted_bell
from studiohand.mir.mix.clashes import Clash

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ENOUGH_DB = 4.0
"""Audibility a move should give the hidden part (the promise is 3; the model is not exact)."""
LEAST_DB = 3.0
MOST_CHANGE_DB = 0.5
"""Largest change of the loudness of everything else."""
_STEPS_DB = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 9.0, 10.5, 12.0)
_MOST_LEVEL_DB = 3.0
_MOST_BOOST_DB = 4.0
_MOST_DUCK_DB = 6.0
_PAN = 0.5
_UNPITCHED = (Role.DRUMS, Role.KICK, Role.SNARE, Role.HATS, Role.PERCUSSION, Role.FX)
_KNEE_DB = 6.0
_TRIED_FRAMES = 400
_MARGIN = 1
_SKIRT = 3
_INAUDIBLE = 1e-4
_MOST_OF_IT = 0.5
"""Share of its playing time from which a static equaliser is a fair answer to a bump."""


@dataclass(frozen=True, slots=True)
class Option:
    """One change that makes room.

    Parameters
    ----------
    do : str
        ``"leave"`` (the hider rests), ``"octave"`` (the hider plays an octave away), ``"pan"``
        (the hider), ``"lower"`` (the hider), ``"level"`` (of the hidden), ``"cut"`` (the hider's
        band), ``"lift"`` (the hidden's band), ``"dynamic"`` (the hider's band, while the hidden
        plays), ``"duck"`` (all of the hider, while the hidden plays).
    stem : int
        Where it is applied.
    db : float
        Size; for a pan the position -1 to 1, for an octave +1 or -1, for a duck the gain
        where the hidden part is loud.
    hz, q : float
        Bell, where there is one.
    gain_db : float
        Audibility the hidden part gains in the band.
    rest_db : float
        Largest change elsewhere: of the sum without the hidden part in any band outside, and of
        the audibility that any other stem loses.
    threshold_db : float
        Of a dynamic band, dBFS RMS of the hidden stem in the band; of a duck, of all of it.
    ratio : float
        Of a duck.
    """

    do: str
    stem: int
    db: float
    hz: float
    q: float
    gain_db: float
    rest_db: float
    threshold_db: float = 0.0
    ratio: float = 1.0

    @property
    def rendered(self) -> bool:
        """Whether it is a setting, and not something to play otherwise."""
        return self.do not in ("leave", "octave")


@dataclass(frozen=True, slots=True)
class _Ear:
    """What one ear gets: power of the hidden part and of the sum, shape (frames, bands)."""

    hidden: Grid
    total: Grid


class Trial:
    """Tries changes on the moments of a clash.

    Parameters
    ----------
    scene : Scene
    clash : Clash
    """

    def __init__(self, scene: Scene, clash: Clash) -> None:
        self._clash = clash
        where = np.zeros(scene.frames, dtype=bool)
        for start, stop in clash.spans:
            where[start:stop] = True
        where &= scene.playing[clash.hidden]
        at = np.flatnonzero(where)
        self._at = at[:: max(len(at) // _TRIED_FRAMES, 1)]
        self._power = scene.power[:, self._at]
        self._total = self._power.sum(axis=0)
        low, high = clash.bands
        self._span = slice(max(low - _MARGIN, 0), min(high + _MARGIN, BANDS - 1) + 1)
        self._hidden = self._heard(clash.hidden, self._power[clash.hidden], self._total)
        others = range(len(scene.names))
        self._others = [s for s in others if s not in (clash.hidden, clash.hider)]
        self._loud = {s: self._heard(s, self._power[s], self._total) for s in self._others}
        self._outside = np.ones(BANDS, dtype=bool)
        self._outside[max(low - _SKIRT, 0) : high + _SKIRT + 1] = False
        self._bed = (self._total - self._power[clash.hidden]).mean(axis=0)
        self._outside &= self._bed > _INAUDIBLE * self._bed.max(initial=0.0)

    @property
    def frames(self) -> npt.NDArray[np.int64]:
        """Feature frames that are tried."""
        return self._at

    def effect(self, stem: int, *factors: Grid) -> tuple[float, float]:
        """Audibility the hidden part gains, and the largest change of the rest, both in dB.

        Parameters
        ----------
        stem : int
        factors : ndarray, broadcast to (frames, bands)
            Power factor on that stem, for both ears, or for the left and the right.
        """
        ears = [self._changed(stem, factor) for factor in factors]
        bed = np.mean([(e.total - e.hidden).mean(axis=0) for e in ears], axis=0)[self._outside]
        ratio = np.maximum(bed, 1e-12) / np.maximum(self._bed[self._outside], 1e-12)
        changes = [float(np.abs(10.0 * np.log10(ratio)).max(initial=0.0))]
        for other in self._others:
            own, before = self._power[other], float(self._loud[other].sum())
            after = float(np.mean([self._heard(other, own, e.total).sum() for e in ears]))
            if after < before:
                changes.append(audibility_db(before, after) if before > 0.0 else 0.0)
        return self._gain(ears), max(changes)

    def _changed(self, stem: int, factor: Grid) -> _Ear:
        """What an ear gets when a stem's power is multiplied by a factor."""
        own = self._power[stem] * factor
        total = np.maximum(self._total - self._power[stem] + own, 0.0)
        hidden = own if stem == self._clash.hidden else self._power[self._clash.hidden]
        return _Ear(hidden, total)

    def _gain(self, ears: Sequence[_Ear]) -> float:
        """Audibility that the hidden part gains, dB, mean of the ears."""
        then = [self._heard(self._clash.hidden, e.hidden, e.total)[:, self._span] for e in ears]
        before = float(self._hidden[:, self._span].sum())
        return audibility_db(float(np.mean([t.sum() for t in then])), before)

    def _heard(self, stem: int, own: Grid, total: Grid) -> Grid:
        return specific_loudness(own, np.maximum(total - own, 0.0), band_ear())

    def smallest(self, stem: int, factors: Callable[[float], Grid], most_db: float) -> float:
        """The smallest step, in dB, that gives the hidden part enough; `most_db` if none does."""
        for step in _STEPS_DB:
            if step > most_db:
                break
            if self._gain([self._changed(stem, factors(step))]) >= ENOUGH_DB:
                return step
        return most_db


def ladder(scene: Scene, clash: Clash) -> list[Option]:
    """Everything that could make room, from the least intrusive to the most, working or not.

    Parameters
    ----------
    scene : Scene
    clash : Clash
    """
    trial = Trial(scene, clash)
    if not len(trial.frames):
        return []
    return [
        _leave(trial, clash),
        *_octaves(trial, scene, clash),
        _pan(trial, clash),
        *_undo(trial, scene, clash),
        _lower(trial, clash),
        _level(trial, clash),
        _bell(trial, clash, "cut"),
        _bell(trial, clash, "lift"),
        _dynamic(trial, scene, clash),
        _duck(trial, scene, clash),
    ]


def options(rungs: Sequence[Option]) -> list[Option]:
    """The settings of a ladder that work: first those that leave the rest alone, then by harm.

    A pan comes last, whatever it gives: in mono it gives nothing.
    """
    works = [o for o in rungs if o.rendered and o.gain_db >= LEAST_DB]
    gentle = [o for o in works if o.rest_db <= MOST_CHANGE_DB]
    rest = sorted((o for o in works if o not in gentle), key=lambda o: o.rest_db)
    return sorted(gentle + rest, key=lambda option: option.do == "pan")


def _leave(trial: Trial, clash: Clash) -> Option:
    """The hider rests: all the room there is."""
    gain, rest = trial.effect(clash.hider, np.zeros(BANDS))
    return Option("leave", clash.hider, 0.0, 0.0, 0.0, gain, rest)


def _octaves(trial: Trial, scene: Scene, clash: Clash) -> list[Option]:
    """The hider an octave higher or lower, whichever gives more; drums have none."""
    if scene.roles[clash.hider] in _UNPITCHED:
        return []
    power = scene.power[clash.hider][trial.frames].astype(np.float64)
    tried = []
    for direction in (1.0, -1.0):
        from_hz = CENTRES_HZ * 2.0**-direction
        moved = np.stack([np.interp(from_hz, CENTRES_HZ, row, left=0.0) for row in power])
        gain, rest = trial.effect(clash.hider, moved / np.maximum(power, 1e-12))
        tried.append(Option("octave", clash.hider, direction, 0.0, 0.0, gain, rest))
    return [max(tried, key=lambda option: option.gain_db)]


def _pan(trial: Trial, clash: Clash) -> Option:
    """The hider halfway to one side; heard by each ear on its own, the rest taken as centred."""
    sides = [1.0 - math.sin(0.5 * math.pi * _PAN), 1.0 + math.sin(0.5 * math.pi * _PAN)]
    gain, rest = trial.effect(clash.hider, *(np.full(BANDS, side) for side in sides))
    return Option("pan", clash.hider, _PAN, 0.0, 0.0, gain, rest)


def _option(trial: Trial, do: str, stem: int, db: float, factor: Grid, bell: Bell) -> Option:
    gain, rest = trial.effect(stem, factor)
    return Option(do, stem, db, bell.hz, bell.q, gain, rest)


def _level(trial: Trial, clash: Clash) -> Option:
    step = trial.smallest(clash.hidden, _flat, _MOST_LEVEL_DB)
    return _option(trial, "level", clash.hidden, step, _flat(step), band_bell(clash.bands, step))


def _lower(trial: Trial, clash: Clash) -> Option:
    step = trial.smallest(clash.hider, lambda db: _flat(-db), _MOST_LEVEL_DB)
    return _option(trial, "lower", clash.hider, -step, _flat(-step), band_bell(clash.bands, -step))


def _bell(trial: Trial, clash: Clash, do: str) -> Option:
    """A static bell: a cut in the hider or a lift of the hidden."""
    stem, sign, most = (
        (clash.hider, -1.0, _STEPS_DB[-1]) if do == "cut" else (clash.hidden, 1.0, _MOST_BOOST_DB)
    )
    step = trial.smallest(stem, lambda db: band_bell(clash.bands, sign * db).power(), most)
    bell = band_bell(clash.bands, sign * step)
    return _option(trial, do, stem, bell.db, bell.power(), bell)


def _dynamic(trial: Trial, scene: Scene, clash: Clash) -> Option:
    """A bell in the hider that moves while the hidden part sounds in the band."""
    level = _band_level_db(scene.power[clash.hidden][trial.frames], clash.bands, scene.full_scale)
    threshold = float(np.percentile(level, 20.0)) - 2.0 * _KNEE_DB
    depth = np.clip((level - threshold) / _KNEE_DB, 0.0, 1.0)[:, None]

    def moving(db: float) -> Grid:
        return np.asarray(band_bell(clash.bands, -db).power()[None, :] ** depth)

    step = trial.smallest(clash.hider, moving, _STEPS_DB[-1])
    bell = band_bell(clash.bands, -step)
    option = _option(trial, "dynamic", clash.hider, -step, moving(step), bell)
    return Option(
        option.do, option.stem, option.db, option.hz, option.q, option.gain_db, option.rest_db,
        round(float(np.clip(threshold, -90.0, 0.0)), 1),
    )  # fmt: skip


def _duck(trial: Trial, scene: Scene, clash: Clash) -> Option:
    """All of the hider turned down by a compressor that listens to the hidden part."""
    heard_db = transmission_db(CENTRES_HZ)
    power = scene.power[clash.hidden][trial.frames] / (10.0 ** (heard_db / 10.0))
    level = 10.0 * np.log10(np.maximum(power.sum(axis=1) / scene.full_scale, 1e-12))
    threshold, loud = (float(x) for x in np.percentile(level, [10.0, 70.0]))
    over = np.clip(level - threshold, 0.0, None)[:, None]
    span = max(loud - threshold, 3.0)

    def ducked(db: float) -> Grid:
        return np.asarray(10.0 ** (-over * min(db / span, 0.95) / 10.0))

    step = trial.smallest(clash.hider, ducked, _MOST_DUCK_DB)
    gain, rest = trial.effect(clash.hider, ducked(step))
    return Option(
        "duck", clash.hider, -step, 0.0, 0.0, gain, rest,
        round(float(np.clip(threshold, -90.0, 0.0)), 1), 1.0 / (1.0 - min(step / span, 0.95)),
    )  # fmt: skip


def _band_level_db(power: Grid, bands: tuple[int, int], full_scale: float) -> Grid:
    """Level of a stem in a run of bands, dBFS RMS, for frames of power (frames, bands)."""
    inside = power[:, bands[0] : bands[1] + 1].sum(axis=1) / full_scale
    middle = CENTRES_HZ[(bands[0] + bands[1]) // 2]
    heard_db = float(transmission_db(np.array([middle]))[0])
    return np.asarray(10.0 * np.log10(np.maximum(inside, 1e-12)) - heard_db)


def _flat(db: float) -> Grid:
    return np.full(BANDS, 10.0 ** (db / 10.0))


def _undo(trial: Trial, scene: Scene, clash: Clash) -> list[Option]:
    """Taking back what the stem is above its known self, where it is so most of the time."""
    if clash.cause_db < 0.0:
        flat = _flat(-clash.cause_db)
        bell = band_bell(clash.bands, -clash.cause_db)
        return [_option(trial, "level", clash.hidden, -clash.cause_db, flat, bell)]
    there = sum(stop - start for start, stop in clash.spans)
    if not clash.curve_db or there < _MOST_OF_IT * scene.playing[clash.hider].sum():
        return []
    bell = fitted_bell(-np.asarray(clash.curve_db))
    return [_option(trial, "cut", clash.hider, bell.db, bell.power(), bell)]
