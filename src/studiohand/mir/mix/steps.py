"""Steps in a stem's tone: a band that is louder for a while, in the shape of an equaliser.

What a stem plays moves many bands together, in ways of its own. The gain of a bell is read over
time through weights that let least of that through; an equaliser that is switched in for a few bars
lifts it like a box in time. The boxes that stand out most are looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.hearing.earbands import FRAME_RATE
from studiohand.mir.mix.bells import bell_shape

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FIRST_BAND, LAST_BAND = 6, 32
SEEN = slice(3, 37)
"""Bands that are looked at: above and below, hum and hiss decide."""
_BELL_Q = 0.7
_RIDGE_DB2, _WIDE_RIDGE_DB2 = 3.0, 30.0
"""Added to how each band moves: in a stretch and outside it; where a step is not taken out yet and
would otherwise be held for the stem's own movement."""
_LEAST_OF_SECOND = 0.3
_FAINT_DB, _DEEPEST_DB = 0.0, 60.0
_LEAST_PLAYED_S = 8.0
_GRID_FRAMES = 5
_MOST_EDGES = 96
_SHORTEST_S, _LARGEST_SHARE = 3.0, 0.7
_LEAST_INSIDE_S, _LEAST_OUTSIDE_S = 1.5, 4.0
_BLOCK_S = 2.0
_LEAST_BLOCKS = 4
_STILL_DB = 0.3
"""Added to the wander of a stem's tone: nothing is steadier than we can measure."""
_LEAST_DB, _LEAST_CLEAR = 2.5, 1.5
_EACH = 4
_NEAR = 2


@dataclass(frozen=True, slots=True)
class Step:
    """A band of a stem that is louder for a while.

    Parameters
    ----------
    band : int
    start, stop : int
        Frames: the first, and the one after the last.
    clear : float
        Size against the stem's own wander over as long a time.
    wander_db : float
        That wander, for blocks of two seconds.
    """

    band: int
    start: int
    stop: int
    clear: float
    wander_db: float


def level_over_time(power: npt.NDArray[np.floating], plays: Mask) -> Grid:
    """Level in dB, shape (frames, bands), of power 1.0 = 0 dB SPL; not below what is heard."""
    level = 10.0 * np.log10(np.maximum(power.astype(np.float64), 10.0 ** (_FAINT_DB / 10.0)))
    return np.asarray(np.maximum(level, level[plays].max(initial=_FAINT_DB) - _DEEPEST_DB))


def steps(level_db: Grid, plays: Mask, near: int | None = None) -> list[Step]:
    """The clearest steps of one stem, the clearest first; four at most.

    Parameters
    ----------
    level_db : ndarray, shape (frames, bands)
    plays : ndarray of bool, shape (frames,)
    near : int or None
        Only steps at this band or two from it.
    """
    if plays.sum() < _LEAST_PLAYED_S * FRAME_RATE:
        return []
    rest = bell_gain_db(level_db, plays)
    wander = _wander(rest, plays)
    if wander is None:
        return []
    if near is not None:
        rest[:, : max(near - _NEAR, 0)] = rest[:, near + _NEAR + 1 :] = 0.0
    grid = max(_GRID_FRAMES, len(rest) // _MOST_EDGES)
    found = []
    for band, start, stop, clear in _boxes(rest, plays, wander, grid):
        own = rest[:, band]
        first, after = _sharpened(own, plays, start, stop, grid + 3)
        found.append(Step(band, first, after, clear, float(wander[band])))
    return found


def bell_gain_db(level_db: Grid, plays: Mask) -> Grid:
    """Gain over time of a bell at each band, dB, shape (frames, bands); 0 outside the range.

    The weights pass a bell unchanged and as little as possible of what else moves the spectrum
    (minimum variance; Capon 1969): inverse covariance times shape, over the same with the shape.
    """
    centred = level_db - level_db[plays].mean(axis=0)
    precision = np.linalg.inv(movement(centred, plays, _WIDE_RIDGE_DB2))
    out: Grid = np.zeros_like(centred)
    for band in range(FIRST_BAND, LAST_BAND + 1):
        shape = bell_shape(band, _BELL_Q)[SEEN]
        weights = precision @ shape
        out[:, band] = centred[:, SEEN] @ (weights / (shape @ weights))
    return out


def movement(centred_db: Grid, plays: Mask, ridge_db2: float = _RIDGE_DB2) -> Grid:
    """How a spectrum moves around its mean: covariance over the bands `SEEN`, dB squared.

    Seconds count beside single frames, because a step has to stand out of what lasts; the ridge
    keeps bells that are a little wider or narrower from being taken for movement.
    """
    frames = centred_db[plays][:, SEEN]
    out = frames.T @ frames / len(frames) + ridge_db2 * np.eye(frames.shape[1])
    blocks, _ = seconds(centred_db, plays)
    if len(blocks) >= _LEAST_BLOCKS:
        around = (blocks - blocks.mean(axis=0))[:, SEEN]
        out += around.T @ around / len(around)
    return np.asarray(out)


def seconds(level_db: Grid, plays: Mask) -> tuple[Grid, Grid]:
    """Mean level of each second in which a stem plays, and the frame in the middle of each."""
    starts = range(0, len(level_db) - FRAME_RATE + 1, FRAME_RATE)
    pieces = [slice(at, at + FRAME_RATE) for at in starts]
    pieces = [s for s in pieces if plays[s].sum() >= _LEAST_OF_SECOND * FRAME_RATE]
    means = [level_db[s][plays[s]].mean(axis=0) for s in pieces]
    middles = np.array([s.start + FRAME_RATE / 2.0 for s in pieces])
    return np.array(means).reshape(len(means), level_db.shape[1]), middles


def _wander(rest: Grid, plays: Mask) -> Grid | None:
    """How much blocks of two seconds differ from their neighbours, dB, shape (bands,)."""
    size = round(_BLOCK_S * FRAME_RATE)
    pieces = [slice(at, at + size) for at in range(0, len(rest) - size + 1, size)]
    blocks = [rest[s][plays[s]].mean(axis=0) for s in pieces if plays[s].sum() >= 0.4 * size]
    if len(blocks) < _LEAST_BLOCKS:
        return None
    middle = np.median(np.abs(np.diff(np.array(blocks), axis=0)), axis=0)
    return np.asarray(1.4826 / np.sqrt(2.0) * middle + _STILL_DB)


def _boxes(rest: Grid, plays: Mask, wander: Grid, grid: int) -> list[tuple[int, int, int, float]]:
    """Band, start, stop and clearness of the boxes that stand out most."""
    edges = np.arange(0, len(rest) + 1, grid)
    summed = _running(rest * plays[:, None])[edges]
    count = _running(plays.astype(np.float64)[:, None])[edges, 0]
    first, last = np.triu_indices(len(edges), 1)
    length = edges[last] - edges[first]
    inside, outside = count[last] - count[first], count[-1] - (count[last] - count[first])
    usable = (length >= _SHORTEST_S * FRAME_RATE) & (length <= _LARGEST_SHARE * len(rest))
    usable &= inside >= _LEAST_INSIDE_S * FRAME_RATE
    usable &= outside >= _LEAST_OUTSIDE_S * FRAME_RATE
    if not usable.any():
        return []
    first, last, inside, outside = (x[usable] for x in (first, last, inside, outside))
    within = summed[last] - summed[first]
    size = within / inside[:, None] - (summed[-1] - within) / outside[:, None]
    blocks = _BLOCK_S * FRAME_RATE * (1.0 / inside + 1.0 / outside)
    clear = np.where(size >= _LEAST_DB, size / (wander * np.sqrt(blocks)[:, None]), 0.0)
    found = []
    for _ in range(_EACH):
        row, band = np.unravel_index(int(clear.argmax()), clear.shape)
        if clear[row, band] < _LEAST_CLEAR:
            break
        span = int(edges[first[row]]), int(edges[last[row]])
        found.append((int(band), *span, float(clear[row, band])))
        clear[:, max(int(band) - 4, 0) : int(band) + 5] = 0.0
    return found


def sharpened(level_db: Grid, plays: Mask, band: int, span: tuple[int, int]) -> tuple[int, int]:
    """Ends of a stretch in which a band is louder, to the frame, from ends known to two seconds.

    Parameters
    ----------
    level_db : ndarray, shape (frames, bands)
    plays : ndarray of bool, shape (frames,)
    band : int
    span : (int, int)
        Frames: the first, and the one after the last. At the ends of the song it stays.
    """
    rest = bell_gain_db(level_db, plays)[:, min(max(band, FIRST_BAND), LAST_BAND)]
    start, stop = _sharpened(rest, plays, *span, 2 * FRAME_RATE)
    return (0 if span[0] <= 0 else start), (len(rest) if span[1] >= len(rest) else stop)


def _sharpened(rest: Grid, plays: Mask, start: int, stop: int, reach: int) -> tuple[int, int]:
    """Edges to the frame: the box near a coarse one that explains most of the variance."""
    total = _running(np.where(plays, rest, 0.0)[:, None])[:, 0]
    count = _running(plays.astype(np.float64)[:, None])[:, 0]
    starts = np.arange(max(start - reach, 0), min(start + reach, stop - FRAME_RATE) + 1)
    stops = np.arange(max(stop - reach, start + FRAME_RATE), min(stop + reach, len(rest)) + 1)
    if not len(starts) or not len(stops):
        return start, stop  # under a second at an end of the song
    inside = np.maximum(count[stops][None, :] - count[starts][:, None], 1e-9)
    outside = np.maximum(count[-1] - inside, 1e-9)
    within = total[stops][None, :] - total[starts][:, None]
    size = within / inside - (total[-1] - within) / outside
    explained = np.where(stops[None, :] - starts[:, None] >= FRAME_RATE, size**2, 0.0)
    explained *= inside * outside / (inside + outside)
    row, column = np.unravel_index(int(explained.argmax()), explained.shape)
    return int(starts[row]), int(stops[column])


def _running(values: Grid) -> Grid:
    """Sums of all rows before each, shape (rows + 1, columns)."""
    return np.asarray(np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)]))
