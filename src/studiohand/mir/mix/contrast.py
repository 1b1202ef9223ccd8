"""Clashes against the rest of the song: a stem that grows a bump in one band for a while.

A stem's spectrum in a stretch is held against its own spectrum elsewhere. Arrangements change all
bands; only a bump of an equaliser's shape, on a spectrum that is otherwise the same, counts, and
only if another stem is hidden by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import CENTRES_HZ, FRAME_RATE
from studiohand.mir.mix.audibility import Scene, Stack, audibility_db, heard, heard_among
from studiohand.mir.mix.clashes import Clash, one_instrument, role_weight

Grid = npt.NDArray[np.float64]

_WINDOW_S = 6.0
_HOP_S = 1.0
_LEAST_GAIN_DB = 5.0
_HIGHEST_HZ = 5500.0
"""Above, hats and breath come and go with an equaliser's shape."""
_LARGEST_REST_DB = 1.25
"""Spread of what is left of the spectrum's change once the bump is taken away."""
_LEAST_LOSS_DB = 2.5
_SHAPES_Q = (0.8, 1.4, 2.5)
_FAINT = 1.0
"""Excitation at 0 dB SPL: below it a band holds nothing."""


@dataclass(frozen=True, slots=True)
class _Bump:
    stem: int
    start: int
    stop: int
    band: int
    curve_db: Grid
    peak_db: float


def against_song(scene: Scene) -> list[Clash]:
    """Clashes that come and go with a bump in one stem, the worst first."""
    hiders = [s for s, role in enumerate(scene.roles) if role is not Role.VOCALS]
    bumps = [b for stem in hiders for b in _bumps(scene, stem)]
    if not bumps:
        return []
    now = heard(scene.power).among
    found = [c for b in bumps if (c := _hidden_by(scene, now, b)) is not None]
    return sorted(found, key=lambda c: -c.loss_db * role_weight(scene.roles[c.hidden]))


def _bumps(scene: Scene, stem: int) -> list[_Bump]:
    """Stretches of one stem with a bump; touching ones joined."""
    level = 10.0 * np.log10(np.maximum(scene.power[stem], _FAINT))
    playing = scene.playing[stem]
    size, hop = int(_WINDOW_S * FRAME_RATE), int(_HOP_S * FRAME_RATE)
    found: list[_Bump] = []
    for start in range(0, max(scene.frames - size, 0) + 1, hop):
        inside = np.zeros(scene.frames, dtype=bool)
        inside[start : start + size] = True
        here, elsewhere = playing & inside, playing & ~inside
        if here.sum() < size // 3 or elsewhere.sum() < size:
            continue
        change = level[here].mean(axis=0) - np.median(level[elsewhere], axis=0)
        bump = _fit(change - np.median(change), stem, start, start + size)
        if bump is not None:
            found.append(bump)
    return _joined(found)


def _fit(change: Grid, stem: int, start: int, stop: int) -> _Bump | None:
    """The equaliser bump that explains a change of spectrum, if one does."""
    best: tuple[float, _Bump] | None = None
    for band, shape in _shapes():
        centred = shape - shape.mean()
        peak = float(centred @ change / (centred @ centred))
        rest = float((change - change.mean() - peak * centred).std())
        if peak >= _LEAST_GAIN_DB and (best is None or rest < best[0]):
            best = (rest, _Bump(stem, start, stop, band, peak * shape, peak))
    return best[1] if best is not None and best[0] <= _LARGEST_REST_DB else None


def _shapes() -> list[tuple[int, Grid]]:
    """Peaking-equaliser curves of 1 dB at every band."""
    out = []
    for band in range(4, int(np.searchsorted(CENTRES_HZ, _HIGHEST_HZ))):
        ratio = CENTRES_HZ / CENTRES_HZ[band]
        for q in _SHAPES_Q:
            off = (1.0 - ratio**2) ** 2
            out.append((band, (ratio / q) ** 2 / (off + (ratio / q) ** 2)))
    return out


def _joined(bumps: list[_Bump]) -> list[_Bump]:
    """One bump for windows that overlap at nearly the same band: the middle of their union."""
    out: list[_Bump] = []
    for bump in bumps:
        last = out[-1] if out else None
        if last is not None and bump.start <= last.stop and abs(bump.band - last.band) <= 2:
            louder = bump if bump.peak_db > last.peak_db else last
            out[-1] = _Bump(
                bump.stem, last.start, bump.stop, louder.band, louder.curve_db, louder.peak_db
            )
        else:
            out.append(bump)
    return out


def _hidden_by(scene: Scene, now: Stack, bump: _Bump) -> Clash | None:
    """The stem that the bump hides."""
    above = np.flatnonzero(bump.curve_db >= 0.5 * bump.peak_db)
    first, last = int(above[0]), int(above[-1])
    stretch = slice(bump.start, bump.stop)
    cut = scene.power[bump.stem][stretch] * (1.0 - 10.0 ** (-bump.curve_db / 10.0))
    before = scene.total[stretch] - cut
    best: tuple[float, int, float] | None = None
    for stem in range(len(scene.names)):
        where = scene.playing[stem][stretch]
        paired = stem == bump.stem or one_instrument(scene, stem, bump.stem)
        if paired or where.sum() < FRAME_RATE:
            continue
        then = heard_among(scene.power[stem][stretch][where], before[where])
        still = now[stem][stretch][where][:, first : last + 1].sum()
        again = then[:, first : last + 1].sum()
        weight = float((again - still) / max(then.sum(), 1e-30)) * role_weight(scene.roles[stem])
        loss = audibility_db(float(again), float(still))
        if loss >= _LEAST_LOSS_DB and (best is None or weight > best[0]):
            best = (weight, stem, loss)
    if best is None:
        return None
    span = _edges(scene, bump)
    return Clash(
        hidden=best[1],
        hider=bump.stem,
        bands=(first, last),
        spans=(span,),
        loss_db=best[2],
        share_of_time=float((span[1] - span[0]) / max(scene.frames, 1)),
        cause_db=bump.peak_db,
        evidence="song",
        confidence=float(np.clip(0.45 + 0.05 * best[2], 0.45, 0.9)),
        curve_db=tuple(float(x) for x in bump.curve_db),
    )


def _edges(scene: Scene, bump: _Bump) -> tuple[int, int]:
    """Where the bump begins and ends: the frames that are nearer to it than to nothing."""
    level = 10.0 * np.log10(np.maximum(scene.power[bump.stem], _FAINT))
    playing = scene.playing[bump.stem].copy()
    outside = playing.copy()
    outside[bump.start : bump.stop] = False
    usual = np.median(level[outside], axis=0)
    centred = bump.curve_db - bump.curve_db.mean()
    size = centred @ centred
    strength = np.where(playing, (level - usual) @ centred / size, 0.0)
    smooth = np.convolve(strength, np.ones(FRAME_RATE), "same")
    smooth /= np.maximum(np.convolve(playing.astype(float), np.ones(FRAME_RATE), "same"), 1.0)
    on = smooth[bump.start : bump.stop] > 0.5
    at = np.flatnonzero(on)
    first, last = (int(at[0]), int(at[-1])) if len(at) else (0, bump.stop - bump.start - 1)
    return bump.start + first, bump.start + last + 1
