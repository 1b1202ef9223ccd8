"""Room for a hidden part: what each possible change would give it and cost the rest.

The changes are tried on the excitation features with the same model that found the clash, from the
least intrusive to the most; each with the smallest setting that gives the part enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.ear import transmission_db
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, band_ear, band_edges_hz
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Scene, audibility_db
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
_KNEE_DB = 6.0
_TRIED_FRAMES = 400
_MARGIN = 1
_SKIRT = 3
_INAUDIBLE = 1e-4
_NARROWER = 1.5
"""A bell of this many times the quality that a band has keeps its skirts mostly inside."""
_MOST_OF_IT = 0.5
"""Share of its playing time from which a static equaliser is a fair answer to a bump."""


@dataclass(frozen=True, slots=True)
class Option:
    """One change that makes room.

    Parameters
    ----------
    do : str
        ``"level"`` (of the hidden), ``"lower"`` (the hider), ``"pan"``, ``"cut"`` (the hider's
        band), ``"lift"`` (the hidden's band), ``"dynamic"`` (the hider's band, while the hidden
        plays).
    stem : int
        Where it is applied.
    db : float
        Size; for a pan the position -1 to 1.
    hz, q : float
        Bell, where there is one.
    gain_db : float
        Audibility the hidden part gains in the band.
    rest_db : float
        Largest change elsewhere: of the sum without the hidden part in any band outside, and of
        the audibility that any other stem loses.
    threshold_db : float
        Of a dynamic band, dBFS RMS of the hidden stem in the band.
    """

    do: str
    stem: int
    db: float
    hz: float
    q: float
    gain_db: float
    rest_db: float
    threshold_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Bell:
    """A bell of an equaliser: centre in Hz, gain in dB, quality."""

    hz: float
    db: float
    q: float

    def power(self) -> Grid:
        """Power factor in each band (analogue peaking equaliser)."""
        return bell_power(self.hz, self.db, self.q)


def bell_power(hz: float, db: float, q: float) -> Grid:
    """Power response of a bell in each band, shape (bands,)."""
    a = 10.0 ** (db / 40.0)
    ratio = CENTRES_HZ / hz
    off = (1.0 - ratio**2) ** 2
    return np.asarray((off + (a * ratio / q) ** 2) / (off + (ratio / (a * q)) ** 2))


def fitted_bell(curve_db: Grid) -> Bell:
    """The bell nearest to a curve over the bands in dB."""
    peak = int(np.abs(curve_db).argmax())
    best = (np.inf, Bell(float(CENTRES_HZ[peak]), float(curve_db[peak]), 1.0))
    for hz in CENTRES_HZ[peak] * 2.0 ** (np.arange(-3, 4) / 6.0):
        for q in (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0):
            for scale in (0.8, 0.9, 1.0, 1.1, 1.2, 1.35):
                bell = Bell(float(hz), float(np.clip(scale * curve_db[peak], -18.0, 18.0)), q)
                error = float(np.mean((10.0 * np.log10(bell.power()) - curve_db) ** 2))
                if error < best[0]:
                    best = (error, bell)
    return best[1]


def band_bell(bands: tuple[int, int], db: float) -> Bell:
    """A bell over a run of bands, no wider than they are."""
    low, high = band_edges_hz(*bands)
    centre = float(np.sqrt(low * high))
    return Bell(centre, db, float(np.clip(_NARROWER * centre / (high - low), 0.7, 6.0)))


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

    def effect(self, stem: int, factor: Grid) -> tuple[float, float]:
        """Audibility the hidden part gains, and the largest change of the rest, both in dB.

        Parameters
        ----------
        stem : int
        factor : ndarray, broadcast to (frames, bands)
            Power factor on that stem.
        """
        own = self._power[stem] * factor
        total = np.maximum(self._total - self._power[stem] + own, 0.0)
        hidden = own if stem == self._clash.hidden else self._power[self._clash.hidden]
        then = self._heard(self._clash.hidden, hidden, total)
        gain = audibility_db(
            float(then[:, self._span].sum()), float(self._hidden[:, self._span].sum())
        )
        bed = (total - hidden).mean(axis=0)[self._outside]
        ratio = np.maximum(bed, 1e-12) / np.maximum(self._bed[self._outside], 1e-12)
        changes = [float(np.abs(10.0 * np.log10(ratio)).max(initial=0.0))]
        for other in self._others:
            after = float(self._heard(other, self._power[other], total).sum())
            before = float(self._loud[other].sum())
            if after < before:
                changes.append(audibility_db(before, after) if before > 0.0 else 0.0)
        return gain, max(changes)

    def _heard(self, stem: int, own: Grid, total: Grid) -> Grid:
        return specific_loudness(own, np.maximum(total - own, 0.0), band_ear())

    def smallest(self, stem: int, factors: Callable[[float], Grid], most_db: float) -> float:
        """The smallest step, in dB, that gives the hidden part enough; `most_db` if none does."""
        for step in _STEPS_DB:
            if step > most_db:
                break
            if self.effect(stem, factors(step))[0] >= ENOUGH_DB:
                return step
        return most_db


def options(scene: Scene, clash: Clash) -> list[Option]:
    """What would make room, the least intrusive that works first.

    Parameters
    ----------
    scene : Scene
    clash : Clash
    """
    trial = Trial(scene, clash)
    if not len(trial.frames):
        return []
    found = [
        *_undo(trial, scene, clash),
        _level(trial, clash),
        _lower(trial, clash),
        _bell(trial, clash, "cut"),
        _bell(trial, clash, "lift"),
        _dynamic(trial, scene, clash),
    ]
    works = [o for o in found if o.gain_db >= LEAST_DB]
    gentle = [o for o in works if o.rest_db <= MOST_CHANGE_DB]
    rest = sorted((o for o in works if o not in gentle), key=lambda o: o.rest_db)
    return gentle + rest


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
