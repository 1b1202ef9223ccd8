"""Clashes by ear alone: a part that should carry and is drowned, without a mix to compare with.

Nothing here can know the balance that is wanted, so it speaks only when a lead has lost most of its
loudness, as a whole or in a band that it lives in, and one other stem takes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.earbands import BANDS, CENTRES_HZ, FRAME_RATE
from studiohand.mir.audibility import (
    Heard,
    Scene,
    audibility_db,
    heard,
    heard_one,
    share_of_hiding,
)
from studiohand.mir.clashes import Clash, role_weight, stretches

Grid = npt.NDArray[np.float64]

_HALF_WIDTH = 2
_OUTSIDE = 4
_CUT_DB = 9.0
"""The cut in the hider that is tried: what the hidden stem would gain shows what hides it."""
_LEAST_SHARE = 0.65
_LEAST_LIVED = 0.12
"""Share of a stem's own loudness that must lie in a band for it to live there."""
_TRIED = 3
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 7000.0


@dataclass(frozen=True, slots=True)
class _Limits:
    """When a role counts as drowned.

    Parameters
    ----------
    gain_db : float
        Audibility it would gain in the band from the tried cut, at least.
    kept : float
        Share of its loudness it keeps in the band, at most.
    against_rest : float
        Octaves (factors of two) by which that is below the rest of its range, at least.
    share : float
        Share of the hiding that is one stem's, at least.
    overall : float
        Share of its loudness it keeps as a whole before it is drowned altogether, at most.
    """

    gain_db: float
    kept: float
    against_rest: float
    share: float
    overall: float


_LEAD = _Limits(gain_db=7.0, kept=0.18, against_rest=0.4, share=0.75, overall=0.12)
_PART = _Limits(gain_db=12.0, kept=0.05, against_rest=2.0, share=0.85, overall=0.0)
_PARTS = (Role.GUITAR, Role.KEYS, Role.BRASS, Role.STRINGS, Role.SYNTH)


def by_ear(scene: Scene) -> list[Clash]:
    """Drowned parts, the worst first; usually none."""
    now = heard(scene.power)
    found = []
    for stem, role in enumerate(scene.roles):
        limits = _LEAD if role is Role.VOCALS else _PART if role in _PARTS else None
        if limits is None or scene.playing[stem].sum() < 2 * FRAME_RATE:
            continue
        clash = _in_a_band(scene, now, stem, limits) or _altogether(scene, now, stem, limits)
        if clash is not None:
            found.append(clash)
    return sorted(found, key=lambda c: -c.confidence * role_weight(scene.roles[c.hidden]))


def _in_a_band(scene: Scene, now: Heard, stem: int, limits: _Limits) -> Clash | None:
    """The band and the stem that take most from a stem, if they take too much."""
    where = scene.playing[stem]
    alone, among = now.alone[stem][where], now.among[stem][where]
    own, left = alone.mean(axis=0), among.mean(axis=0)
    taken = share_of_hiding(scene.power[:, where], alone - among, stem)
    width = np.ones(2 * _HALF_WIDTH + 1)
    lived = np.convolve(own, width, "same") / max(float(own.sum()), 1e-30)
    lost = np.convolve(np.maximum(own - left, 1e-12), width, "same")
    share = np.stack([np.convolve(row, width, "same") for row in taken]) / lost
    middle = (CENTRES_HZ > _LOWEST_HZ) & (CENTRES_HZ < _HIGHEST_HZ) & (lived > _LEAST_LIVED)
    worth = np.where(middle & (share >= _LEAST_SHARE), share * np.sqrt(lived) * lost, 0.0)
    best: tuple[float, Clash] | None = None
    for flat in np.argsort(worth, axis=None)[::-1][: 4 * _TRIED]:
        hider, band = (int(i) for i in np.unravel_index(flat, worth.shape))
        if worth[hider, band] <= 0.0 or _one_voice(scene, stem, hider):
            continue
        tried = _tried(scene, now, stem, hider, band, limits, float(share[hider, band]))
        if tried is not None and (best is None or tried.loss_db > best[0]):
            best = (tried.loss_db, tried)
    return best[1] if best else None


def _one_voice(scene: Scene, stem: int, hider: int) -> bool:
    """Voices double each other on purpose."""
    voices = (Role.VOCALS, Role.BACKING_VOCALS)
    return scene.roles[stem] in voices and scene.roles[hider] in voices


def _tried(
    scene: Scene, now: Heard, stem: int, hider: int, band: int, limits: _Limits, share: float
) -> Clash | None:
    """What a cut in the hider would give back, as a clash if it is enough."""
    where = scene.playing[stem]
    first, last = max(band - _HALF_WIDTH, 0), min(band + _HALF_WIDTH, BANDS - 1)
    span = slice(first, last + 1)
    rest = np.ones(BANDS, dtype=bool)
    rest[max(band - _OUTSIDE, 0) : band + _OUTSIDE + 1] = False
    alone, among = now.alone[stem][where], now.among[stem][where]
    kept = float(among[:, span].sum() / max(alone[:, span].sum(), 1e-30))
    kept_rest = float(among[:, rest].sum() / max(alone[:, rest].sum(), 1e-30))
    power = scene.power[:, where].copy()
    power[hider] *= _cut(band)
    then = heard_one(power, stem)[:, span].sum()
    gain = audibility_db(float(then), float(among[:, span].sum()))
    against_rest = float(np.log2(max(kept_rest, 1e-3) / max(kept, 1e-3)))
    enough = gain >= limits.gain_db and share >= limits.share
    if not enough or kept > limits.kept or against_rest < limits.against_rest:
        return None
    together = where & scene.playing[hider]
    if together.sum() < FRAME_RATE:
        return None
    return Clash(
        hidden=stem,
        hider=hider,
        bands=(first, last),
        spans=stretches(together),
        loss_db=gain,
        share_of_time=float(together.sum() / max(where.sum(), 1)),
        cause_db=_CUT_DB,
        evidence="ear",
        confidence=float(np.clip(0.35 + 0.03 * (gain - limits.gain_db), 0.35, 0.75)),
    )


def _cut(band: int) -> Grid:
    """Power factors of a broad cut around a band."""
    distance = (np.arange(BANDS) - band) / (1.5 * _HALF_WIDTH)
    return np.asarray(10.0 ** (-_CUT_DB / 10.0 * np.exp(-(distance**2))))


def _altogether(scene: Scene, now: Heard, stem: int, limits: _Limits) -> Clash | None:
    """A stem that is hardly heard in any band."""
    where = scene.playing[stem]
    alone, among = now.alone[stem][where], now.among[stem][where]
    kept = float(among.sum() / max(alone.sum(), 1e-30))
    if kept > limits.overall:
        return None
    taken = share_of_hiding(scene.power[:, where], alone - among, stem)
    hider = int(taken.sum(axis=1).argmax())
    if hider == stem:
        return None
    passed = np.cumsum(taken[hider]) / max(float(taken[hider].sum()), 1e-30)
    return Clash(
        hidden=stem,
        hider=hider,
        bands=(
            int(np.searchsorted(passed, 0.1)),
            min(int(np.searchsorted(passed, 0.9)), BANDS - 1),
        ),
        spans=stretches(where),
        loss_db=audibility_db(limits.overall * 2.0, kept),
        share_of_time=1.0,
        cause_db=0.0,
        evidence="ear",
        confidence=float(np.clip(0.4 + 2.0 * (limits.overall - kept), 0.4, 0.7)),
    )
