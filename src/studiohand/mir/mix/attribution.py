"""Which stem a difference to the references comes from: loud with loud, band by band.

The sum of the stems is compared with the references on the ear's bands, the loudest third of each
with the loudest third of the other. Where the sum has more, every stem is asked what it would take
for it alone to carry the excess, and whether its own spectrum stands out there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ, FRAME_RATE, band_edges_hz
from studiohand.mir.mix.audibility import Scene

Grid = npt.NDArray[np.float64]

THIRDS = (0.6, 0.3, 0.1)
"""Weight of the loudest, the middle and the quietest third."""
_ACTIVE = 1e-3
_HEARD_HZ = (45.0, 13000.0)
EMPTY_DB = -45.0
"""A band this far under the strongest of its record is not played: a matter of arrangement."""
ARRANGED_DB = 12.0
"""A difference this large is no matter of an equaliser either."""
_USUAL_FACTOR = 1.5
"""An excess must stand out of what the records differ by anyway: of the median difference."""
_PEAK_SHARE = 0.5
"""A peak reaches down to this share of its height."""
_NEIGHBOURS = (4, 8)
"""Cams on both sides that a stem's own bump is held against."""
_LEAST_SHARE = 0.08
_MOST_CUT_DB = 12.0
_BUMP_WEIGHT, _SHARE_WEIGHT = 0.25, 1.0
_SMOOTH_S = 4.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A band in which the song has more than its references.

    Parameters
    ----------
    band_hz : (float, float)
    centre_hz : float
    db : float
        Excess of the sum; the references' mean is 0.
    spread_db : float
        How far the references lie apart there; infinite for a single one.
    arranged : bool
        True where the references hardly play: an arrangement, nothing to equalise.
    stem : int
        The stem that carries it, in the scene.
    share : float
        Its share of the band's power, 0 to 1.
    cut_db : float
        What that stem would have to lose there for the excess to be gone.
    others : tuple of int
        The stems that come next.
    """

    band_hz: tuple[float, float]
    centre_hz: float
    db: float
    spread_db: float
    arranged: bool
    stem: int
    share: float
    cut_db: float
    others: tuple[int, ...]


def differences(
    scene: Scene, references: Sequence[npt.NDArray[np.floating]], least_db: float
) -> list[Difference]:
    """Excesses of the stems' sum over the references, the largest first.

    Parameters
    ----------
    scene : Scene
    references : sequence of ndarray, shape (frames, bands)
        Excitation of each reference.
    least_db : float
        Smallest excess that counts; records that differ much everywhere need a larger one.
    """
    frames = _thirds(scene.total)
    if not frames or not references:
        return []
    own = _curve(scene.total, frames)
    theirs = np.stack([_curve(r, _thirds(r)) for r in references])
    away = own - theirs
    heard = (_HEARD_HZ[0] < CENTRES_HZ) & (_HEARD_HZ[1] > CENTRES_HZ)
    heard &= own > own.max() + EMPTY_DB
    away -= np.median(away[:, heard], axis=1, keepdims=True)
    excess = np.where(heard, away.mean(axis=0), -np.inf)
    power = np.stack([_mean_power(row, frames) for row in scene.power])
    empty = (theirs < theirs.max(axis=1, keepdims=True) + EMPTY_DB).any(axis=0)
    spread = away.std(axis=0) if len(away) > 1 else np.full(BANDS, np.inf)
    usual_db = _USUAL_FACTOR * float(np.median(np.abs(excess[heard])))
    found = [
        _difference(power, excess, spread, empty, peak)
        for peak in _peaks(excess, max(least_db, usual_db))
    ]
    return sorted(found, key=lambda each: -each.db)


def loud_span_s(scene: Scene) -> tuple[float, float]:
    """The longest stretch of the loudest third, in seconds: a chorus, where there is one."""
    level = scene.total.sum(axis=1)
    width = round(_SMOOTH_S * FRAME_RATE)
    smooth = np.convolve(level, np.ones(width) / width, "same")
    loud = np.concatenate([[False], smooth >= np.percentile(smooth, 66.7), [False]])
    edges = np.flatnonzero(np.diff(loud.astype(np.int8)))
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return float(starts[longest]) / FRAME_RATE, float(stops[longest]) / FRAME_RATE


def _thirds(power: npt.NDArray[np.floating]) -> list[npt.NDArray[np.intp]]:
    """Frames of the loudest, middle and quietest third of what sounds."""
    level = power.sum(axis=1)
    active = np.flatnonzero(level > _ACTIVE * level.max(initial=0.0))
    if len(active) < len(THIRDS):
        return []
    return list(np.array_split(active[np.argsort(-level[active])], len(THIRDS)))


def _curve(power: npt.NDArray[np.floating], frames: Sequence[npt.NDArray[np.intp]]) -> Grid:
    """Level in dB of every band, thirds by their weight."""
    levels = [10.0 * np.log10(power[at].mean(axis=0) + 1e-12) for at in frames]
    return np.asarray(np.average(levels, axis=0, weights=THIRDS), dtype=np.float64)


def _mean_power(power: npt.NDArray[np.floating], frames: Sequence[npt.NDArray[np.intp]]) -> Grid:
    means = [power[at].mean(axis=0, dtype=np.float64) for at in frames]
    return np.asarray(np.average(means, axis=0, weights=THIRDS))


def _peaks(excess: Grid, least_db: float) -> list[tuple[int, int, int]]:
    """Peaks as (first, top, last) band, no band in two of them."""
    left = excess.copy()
    out = []
    while left.max() >= least_db:
        top = int(left.argmax())
        floor = _PEAK_SHARE * left[top]
        first = last = top
        while first > 0 and floor < left[first - 1] <= left[first] + 0.5:
            first -= 1
        while last < BANDS - 1 and floor < left[last + 1] <= left[last] + 0.5:
            last += 1
        out.append((first, top, last))
        left[max(first - 1, 0) : last + 2] = -np.inf
    return out


def _difference(
    power: Grid,
    excess: Grid,
    spread: Grid,
    empty: npt.NDArray[np.bool_],
    peak: tuple[int, int, int],
) -> Difference:
    first, top, last = peak
    span = slice(first, last + 1)
    db = float(excess[top])
    share = power[:, top] / max(float(power[:, top].sum()), 1e-12)
    bump = np.array([_bump_db(row, top) for row in power])
    score = _SHARE_WEIGHT * np.log(np.maximum(share, 1e-6)) + _BUMP_WEIGHT * np.clip(bump, -9, 9)
    order = np.argsort(-np.where(share > _LEAST_SHARE, score, -np.inf))
    stem = int(order[0])
    return Difference(
        band_hz=band_edges_hz(first, last),
        centre_hz=float(CENTRES_HZ[top]),
        db=db,
        spread_db=float(spread[span].mean()),
        arranged=bool(empty[top]) or db >= ARRANGED_DB,
        stem=stem,
        share=float(share[stem]),
        cut_db=cut_for(db, float(share[stem])),
        others=tuple(int(s) for s in order[1:] if share[s] > _LEAST_SHARE),
    )


def cut_for(excess_db: float, share: float) -> float:
    """What a part with a share of a band's power must lose for the whole to lose the excess.

    More than the part can give is answered with the largest cut that still makes sense.
    """
    left = (10.0 ** (-excess_db / 10.0) - (1.0 - share)) / max(share, 1e-9)
    return min(-10.0 * float(np.log10(left)), _MOST_CUT_DB) if left > 0.0 else _MOST_CUT_DB


def _bump_db(power: Grid, band: int) -> float:
    """How far a stem's band stands out from its own spectrum on both sides."""
    level = 10.0 * np.log10(power + 1e-12)
    near, far = _NEIGHBOURS
    sides = [
        level[max(band - far, 0) : max(band - near + 1, 0)],
        level[band + near : band + far + 1],
    ]
    around = [float(side.mean()) for side in sides if len(side)]
    return float(level[band]) - float(np.mean(around))
