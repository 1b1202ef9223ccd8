"""Clashes against the rough mix: what is heard in the mix and no longer in the stems' sum.

Every deviation of a stem from the mix is a possible cause. It is undone in the model; the stem that
is heard best again was hidden by it. One clash for one cause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, FRAME_RATE
from studiohand.mir.mix.audibility import (
    Heard,
    Scene,
    Stack,
    audibility_db,
    heard,
    heard_among,
    share_of_hiding,
)
from studiohand.mir.mix.deviation import Deviation

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

CAUSE_DB = 2.5
"""Smallest deviation that counts as a cause."""
LOCAL_SHARE = 0.15
"""Share of the chunks in which a stem plays that a local deviation must fill, or two chunks."""
LEAST_LOSS_DB = 1.5
"""Audibility a stem must lose in the band before it is called hidden."""
_LEVEL_LOSS_DB = 4.0
_DROWNED = 0.35
"""Share of its loudness a stem keeps when it is still well heard."""
_LEAST_WEIGHT = 0.015
_SECOND_SHARE = 0.55
"""A second stem is named hidden if it loses this share of what the first loses."""
_MARGIN = 1
UNMIXED_CONFIDENCE = 0.35
_CORE = 0.4
"""Share of its peak from which a bump's bands are named."""

HOME = (CENTRES_HZ > 300.0) & (CENTRES_HZ < 3500.0)
"""Bands in which stems live: what makes them known."""
TILT = 1.5 * np.log2(CENTRES_HZ)
"""Treble is lifted a little, in dB, to find where."""

ROLE_WEIGHT = {
    Role.VOCALS: 2.0, Role.GUIDE: 0.2, Role.FX: 0.4, Role.PAD: 0.4, Role.BACKING_VOCALS: 0.7,
    Role.PERCUSSION: 0.7, Role.HATS: 0.7,
}  # fmt: skip
"""How much it matters that a role is heard; 1 unless given."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One stem hides another.

    Parameters
    ----------
    hidden, hider : int
        Indices of stems.
    bands : (int, int)
        First and last band, both included.
    spans : tuple of (int, int)
        Stretches of feature frames: the first, and the one after the last.
    loss_db : float
        Audibility that the hidden stem has lost in the band, in dB of loudness level.
    share_of_time : float
        Share of the frames in which the hidden stem plays.
    cause_db : float
        What the hider (or, if negative, the hidden) is above what it is held against.
    evidence : str
        What it is held against: ``"mix"``, ``"song"`` or ``"ear"``.
    confidence : float
    curve_db : tuple of float
        What the hider is above, in each band; empty where that is not known.
    """

    hidden: int
    hider: int
    bands: tuple[int, int]
    spans: tuple[tuple[int, int], ...]
    loss_db: float
    share_of_time: float
    cause_db: float
    evidence: str
    confidence: float
    curve_db: tuple[float, ...] = ()

    @property
    def start(self) -> int:
        """First frame."""
        return self.spans[0][0]

    @property
    def stop(self) -> int:
        """Frame after the last."""
        return self.spans[-1][1]


def stretches(where: Mask, gap: int = FRAME_RATE) -> tuple[tuple[int, int], ...]:
    """Runs of true frames, those less than `gap` apart joined."""
    at = np.flatnonzero(where)
    if not len(at):
        return ()
    breaks = np.flatnonzero(np.diff(at) > gap)
    starts = [at[0], *at[breaks + 1]]
    stops = [*(at[breaks] + 1), at[-1] + 1]
    return tuple((int(a), int(b)) for a, b in zip(starts, stops, strict=True))


def role_weight(role: Role) -> float:
    """How much it matters that a role is heard."""
    return ROLE_WEIGHT.get(role, 1.0)


def against_mix(scene: Scene, off: Deviation) -> list[Clash]:
    """Clashes that the stems have and the rough mix has not, the worst first.

    Where most stems differ from the mix they are simply not mixed yet: levels are then left to the
    balance, and the rest is said with little confidence.
    """
    now = heard(scene.power)
    every = [causes(scene, now, off, stem) for stem in range(len(scene.names))]
    unmixed = sum(bool(c) for c in every) > max(1, len(every) // 2)
    found = []
    for found_causes in every:
        for cause in (c for c in found_causes if not (unmixed and c.whole)):
            find = _too_soft if cause.db < 0.0 else _hides
            found += find(scene, now, cause)
    if unmixed:
        found = [replace(c, confidence=UNMIXED_CONFIDENCE) for c in found]
    return sorted(_once(found), key=lambda c: -c.loss_db * role_weight(scene.roles[c.hidden]))


@dataclass(frozen=True, slots=True)
class Cause:
    """A stem that differs from the mix in some bands at some times.

    Parameters
    ----------
    stem : int
    bands : (int, int)
        First and last band, both included.
    where : ndarray of bool, shape (frames,)
    undone : ndarray, shape (frames, bands)
        Power factor that puts the stem back.
    db : float
        Mean deviation, positive = too loud.
    curve_db : ndarray, shape (bands,)
        The same in each band, relative to the stem as a whole if only some bands differ.
    whole : bool
        The stem as a whole, rather than some bands.
    """

    stem: int
    bands: tuple[int, int]
    where: Mask
    undone: npt.NDArray[np.float32]
    db: float
    curve_db: Grid
    whole: bool


def causes(scene: Scene, now: Heard, off: Deviation, stem: int) -> list[Cause]:
    """What is different in one stem: as a whole, and in runs of bands."""
    playing = scene.playing[stem]
    if not playing.any():
        return []
    out = []
    level = float(off.level_db[stem])
    if abs(level) >= CAUSE_DB:
        undone = np.broadcast_to(np.float32(10.0 ** (-level / 10.0)), (scene.frames, BANDS))
        loud = _main_bands(now.alone[stem][playing].mean(axis=0))
        curve = np.full(BANDS, level)
        out.append(Cause(stem, loud, playing, undone, level, curve, whole=True))
    over = off.over(stem, scene.frames, FRAME_RATE)
    relative = np.where(off.known[stem][None, :], over - level, 0.0)
    for first, last in _runs(relative, playing):
        inside = relative[:, first : last + 1]
        where = playing & (inside.max(axis=1) >= 0.5 * CAUSE_DB)
        peak = relative[where, first : last + 1].mean(axis=0).max() if where.any() else 0.0
        if peak < CAUSE_DB:
            continue
        undone = np.ones((scene.frames, BANDS), dtype=np.float32)
        undone[:, first : last + 1] = 10.0 ** (-np.maximum(inside, 0.0) / 10.0)
        curve = relative[where].mean(axis=0)
        core = first + np.flatnonzero(curve[first : last + 1] >= _CORE * peak)
        curve[: max(first - 3, 0)] = curve[last + 4 :] = 0.0
        bands = (int(core[0]), int(core[-1]))
        out.append(Cause(stem, bands, where, undone, float(peak), curve, whole=False))
    return out


def _runs(relative: Grid, playing: Mask) -> list[tuple[int, int]]:
    """Runs of bands that are too loud for long enough, with their slopes down to half."""
    high = relative[playing] >= CAUSE_DB
    least = max(min(LOCAL_SHARE * float(len(high)), 4.0 * FRAME_RATE), 1.0)
    loud = high.sum(axis=0) >= least
    return [(first, after - 1) for first, after in stretches(np.asarray(loud), gap=1)]


def _main_bands(loudness: Grid) -> tuple[int, int]:
    """Bands that hold the middle 80 % of a stem's loudness."""
    passed = np.cumsum(loudness) / max(float(loudness.sum()), 1e-30)
    first, last = np.searchsorted(passed, [0.1, 0.9])
    return int(first), min(int(last), BANDS - 1)


def _hides(scene: Scene, now: Heard, cause: Cause) -> list[Clash]:
    """The stems that are heard best again when a too loud stem is put back; two at most."""
    before = _undone(scene, cause)
    span = slice(max(cause.bands[0] - _MARGIN, 0), cause.bands[1] + _MARGIN + 1)
    ranked: list[tuple[float, Clash]] = []
    for stem in range(len(scene.names)):
        where = cause.where & scene.playing[stem]
        paired = stem == cause.stem or scene.one_source[stem, cause.stem]
        if paired or where.sum() < FRAME_RATE:
            continue
        all_then = heard_among(scene.power[stem][where], before[where])
        then, still = all_then[:, span].sum(axis=1), now.among[stem][where, span].sum(axis=1)
        weight = float((then - still).sum() / max(float(all_then.sum()), 1e-30))
        loss = audibility_db(float(then.mean()), float(still.mean()))
        hidden = np.zeros_like(where)
        hidden[where] = then > 1.1 * still
        clash = _clash(scene, stem, cause.stem, cause, hidden, loss)
        least = _LEVEL_LOSS_DB if cause.whole else LEAST_LOSS_DB
        if clash is not None and weight >= _LEAST_WEIGHT and loss >= least:
            at_home = _at_home(scene.power[stem][where], cause)
            ranked.append((weight * at_home * role_weight(scene.roles[stem]), clash))
    ranked.sort(key=lambda pair: -pair[0])
    return [c for w, c in ranked[:2] if w >= _SECOND_SHARE * ranked[0][0]]


def _undone(scene: Scene, cause: Cause) -> Grid:
    """Excitation of the sum with a cause taken back, shape (frames, bands)."""
    return np.asarray(scene.total + scene.power[cause.stem] * (cause.undone - 1.0))


def _at_home(power: Stack, cause: Cause) -> float:
    """How much the middle of a cause is where a stem is strongest: 1 at home, 0.2 far away."""
    strongest = strongest_band(10.0 * np.log10(power.mean(axis=0) + 1e-9))
    middle = cause.bands[0] + int(np.argmax(cause.curve_db[cause.bands[0] : cause.bands[1] + 1]))
    middle = (cause.bands[0] + cause.bands[1]) // 2 if cause.whole else middle
    return 0.2 + 0.8 * math.exp(-(((strongest - middle) / 3.0) ** 2))


def strongest_band(level_db: Grid) -> int:
    """Where a stem lives: its strongest band between 300 Hz and 3.5 kHz, treble lifted a little."""
    return int(np.where(HOME, level_db + TILT, -np.inf).argmax())


def _too_soft(scene: Scene, now: Heard, cause: Cause) -> list[Clash]:
    """A stem that is softer than in the mix, where it no longer comes through."""
    stem = cause.stem
    where = cause.where
    own = scene.power[stem][where] * cause.undone[where]
    then = heard_among(own, _undone(scene, cause)[where]).sum(axis=1)
    still = now.among[stem][where].sum(axis=1)
    loss = audibility_db(float(then.mean()), float(still.mean()))
    kept = float(still.sum() / max(now.alone[stem][where].sum(), 1e-30))
    lead = scene.roles[stem] is Role.VOCALS
    if loss < _LEVEL_LOSS_DB or (kept > _DROWNED and not lead):
        return []
    lost = now.alone[stem][where] - now.among[stem][where]
    share = share_of_hiding(scene, lost, stem, where)
    share[scene.one_source[stem]] = 0.0
    hider = int(share.sum(axis=1).argmax())
    clash = _clash(scene, stem, hider, cause, where, loss) if hider != stem else None
    return [clash] if clash is not None else []


def _clash(
    scene: Scene, hidden: int, hider: int, cause: Cause, where: Mask, loss: float
) -> Clash | None:
    spans = stretches(where)
    if not spans:
        return None
    together = float(where.sum() / max(scene.playing[hidden].sum(), 1))
    return Clash(
        hidden=hidden,
        hider=hider,
        bands=cause.bands,
        spans=spans,
        loss_db=loss,
        share_of_time=min(together, 1.0),
        cause_db=cause.db,
        evidence="mix",
        confidence=float(np.clip(0.5 + 0.07 * loss, 0.5, 0.98)),
        curve_db=() if cause.whole else tuple(float(x) for x in cause.curve_db),
    )


def _once(clashes: list[Clash]) -> list[Clash]:
    """One clash for a pair in touching bands: the one with the greater loss."""
    kept: list[Clash] = []
    for clash in sorted(clashes, key=lambda c: -c.loss_db):
        same = (
            k.hidden == clash.hidden
            and k.hider == clash.hider
            and k.bands[0] <= clash.bands[1] + 1
            and clash.bands[0] <= k.bands[1] + 1
            for k in kept
        )
        if not any(same):
            kept.append(clash)
    return kept
