"""Clicks and crackle: found in the prediction error, told from drums, strings and voices.

A click is a spike of the prediction error that stands alone: nothing like it just before or just
after (a drum keeps ringing), nothing of its size in its neighbourhood (a voice or a reed repeats
with its pitch), and the sound around it goes on at the level it had (an attack does not).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.cleaning.autoregression import prediction_error, prediction_error_filter

Floats = npt.NDArray[np.float64]
AnyFloat = TypeVar("AnyFloat", bound=np.floating)
Flags = npt.NDArray[np.bool_]

CELL = 16  # frames; spikes are looked for as the maxima of such cells
ORDER = 32
_COARSE_ORDER = 8
_COARSE_EASE = 0.7  # of the limits, for the first look
_LOCAL_CELLS = 61
_SPIKE = 5.5  # times the local median of cell maxima (about 10 standard deviations of noise)
_BESIDE = 2.4  # times what is 0.7 to 5 ms away
_BOTH = 30.0  # product of the two
SURE = 150.0  # the same, where it can be nothing else
_NEAR_CELLS = 15
_PULSE, _PULSE_BESIDE = 3.0, 1.6  # what counts as a pulse of a row
_ALIKE = 0.5
_TRAIN_CELLS = 150  # 55 ms: down to the pitch of a low bass
_LOUDER_AFTER = 2.5  # amplitude ratio of after to before: above, it is an attack
_AUDIBLE = 0.3  # of the music's own level
_COARSE_AUDIBLE = 0.03  # the same for the interpolation error, which a wide click makes small
_FLOOR = 1e-5  # -100 dBFS: below, nobody hears it
_SIDE, _RING = 300, 140  # frames: what is compared; a click rings on no longer
_WIDEST = 32  # frames; wider is no click
_EDGE = 1.7  # times the local median: where a click begins and ends
_CORE, _TRACE = 0.15, 0.04  # of its height: what is measured, what is repaired
_HOLE = 8  # frames
_CONTEXT = 768
_EDGES = 256  # frames; a recording that is cut open or off is no click
_CHUNK = 16384
_MOST_CANDIDATES = 100  # in one chunk; more is texture, not clicks


@dataclass(frozen=True, slots=True)
class Click:
    """One click.

    Parameters
    ----------
    frame : int
    height : float
        Its prediction error, full scale = 1: what is heard of it.
    clearness : float
        How far it stands out of its surroundings times how far out of what is just beside it;
        `SURE` and more is no music.
    """

    frame: int
    height: float
    clearness: float


class ClickMeter:
    """Finds clicks while blocks go by; memory does not grow but for the clicks themselves.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        self._held = np.zeros((2 * _CONTEXT, channels))
        self._at = -2 * _CONTEXT
        self._clicks: list[Click] = []
        self._power, self._frames = 0.0, 0

    def update(self, block: Block) -> None:
        """Take in the next block, shape (frames, channels)."""
        self._held = np.concatenate([self._held, block])
        self._count(block)
        while len(self._held) >= _CHUNK + 2 * _CONTEXT:
            self._look(self._held[: _CHUNK + 2 * _CONTEXT])
            self._held = self._held[_CHUNK:]
            self._at += _CHUNK

    def clicks(self) -> list[Click]:
        """All clicks so far, in time; call it once, when everything has gone in."""
        tail = np.zeros((_CONTEXT + (-len(self._held) - _CONTEXT) % CELL, self._held.shape[1]))
        self._look(np.concatenate([self._held, tail]))
        audible = _AUDIBLE * self._level()
        end = self._at + len(self._held) - _EDGES
        merged: list[Click] = []
        for click in sorted(self._clicks, key=lambda c: c.frame):
            if click.height < audible or not _EDGES <= click.frame < end:
                continue
            if not merged or click.frame - merged[-1].frame > _WIDEST:
                merged.append(click)
        return merged

    def _count(self, block: Block) -> None:
        """Add to the music's own level; silence is not counted."""
        power = float(np.vdot(block, block)) / block.size
        if power > _FLOOR**2:
            self._power += power * len(block)
            self._frames += len(block)

    def _level(self) -> float:
        return float(np.sqrt(self._power / max(self._frames, 1)))

    def _look(self, samples: Block) -> None:
        quietest = _COARSE_AUDIBLE * self._level()
        for channel in range(samples.shape[1]):
            mono = samples[:, channel]
            for at in _candidates(mono, quietest):
                if not _CONTEXT <= at < len(mono) - _CONTEXT:
                    continue
                near = mono[at - _CONTEXT : at + _CONTEXT]
                seen, wrong, clearness = spikes(near)
                found = np.flatnonzero(wrong[_CONTEXT - CELL : _CONTEXT + 2 * CELL])
                if len(found):
                    first = _CONTEXT - CELL + int(found[0])
                    span = slice(first - CELL // 2, first + len(found) + CELL // 2)
                    frame = self._at + at - _CONTEXT + span.start + seen.matched[span].argmax()
                    height = float(np.maximum(seen.forward, seen.matched)[span].max())
                    self._clicks.append(Click(int(frame), height, clearness[first]))


def spikes(samples: Floats, ease: float = 1.0) -> tuple[Seen, Flags, Floats]:
    """A stretch through its predictor, which samples belong to clicks, how clearly.

    Parameters
    ----------
    samples : ndarray, shape (frames,)
        1000 to 10000 frames, so that one predictor fits.
    ease : float
        Multiplies the limits; below 1, weaker clicks count too.
    """
    wrong = np.zeros(len(samples), bool)
    clearness = np.zeros(len(samples))
    seen = _seen(samples, samples)
    maxima, local = _cells_of(seen.matched)
    suspect = np.repeat(maxima > _SPIKE * local, CELL)
    if suspect.any():
        seen = _seen(samples, _bridged(samples, suspect))
        maxima, local = _cells_of(seen.matched)
    clear = _clearness(maxima, local)
    alone = np.flatnonzero(_isolated(maxima, local, ease))
    if not len(alone):
        return seen, wrong, clearness
    both = np.minimum(seen.forward, np.abs(seen.backward()))
    usual = _local_median(_cell_maxima(both))
    for cell in alone:
        here = slice(int(cell) * CELL, int(cell + 1) * CELL)
        peak = here.start + int(np.argmax(seen.matched[here]))
        around = slice(max(peak - CELL // 2, 0), peak + CELL // 2)
        top = both[around].max()
        first, last = _extent(both, around, max(_EDGE * usual[cell], _CORE * top))
        if last - first > _WIDEST or _attack(samples, first, last):
            continue
        first, last = _extent(both, around, max(_EDGE * usual[cell], _TRACE * top))
        span = slice(max(first - 1, 0), last + 2)
        wrong[span] = True
        clearness[span] = clear[cell]
    return seen, wrong, clearness


@dataclass(frozen=True, slots=True)
class Seen:
    """One stretch through its predictor: `forward` and `matched` are absolute values."""

    samples: Floats
    taps: Floats
    forward: Floats
    matched: Floats

    def backward(self) -> Floats:
        """Error of predicting each sample from those after it.

        A click spoils the forward error behind it and the backward error before it; both
        together only where it is.
        """
        return prediction_error(self.samples[::-1], self.taps)[::-1]


def _seen(samples: Floats, model: Floats) -> Seen:
    """Prediction error by a predictor made from `model`, and what a matched filter makes of it.

    A click of one sample leaves its height times the predictor's own taps in the error; the
    filter that has these taps reversed gathers all of it in one place. What comes out is the
    error of interpolating each sample from both sides (S. V. Vaseghi, P. J. W. Rayner,
    "Detection and suppression of impulsive noise", IEE Proceedings I 137(1), 1990).
    """
    taps = prediction_error_filter(model, ORDER)
    error = prediction_error(samples, taps)
    matched = np.convolve(error, taps[::-1])[ORDER : ORDER + len(samples)] / np.dot(taps, taps)
    return Seen(samples, taps, np.abs(error), np.abs(matched))


def _extent(error: Floats, around: slice, limit: float) -> tuple[int, int]:
    """First and last sample over a limit about the highest of a span, small holes included."""
    peak = around.start + int(np.argmax(error[around]))
    start = max(peak - 3 * CELL, 0)
    over = np.flatnonzero(error[start : peak + 4 * CELL] > limit) + start
    over = np.union1d(over, [peak])
    at = int(np.searchsorted(over, peak))
    holes = np.diff(over) > _HOLE
    before, behind = np.flatnonzero(holes[:at]), np.flatnonzero(holes[at:])
    first = over[before[-1] + 1] if len(before) else over[0]
    last = over[at + behind[0]] if len(behind) else over[-1]
    return int(first), int(last)


def _cells_of(error: Floats) -> tuple[Floats, Floats]:
    """Maxima of an error's cells, and their local median."""
    maxima = _cell_maxima(error)
    return maxima, _local_median(maxima)


def _cell_maxima(error: npt.NDArray[AnyFloat]) -> npt.NDArray[AnyFloat]:
    """Maximum of each cell; by halves, which is several times `max(axis=1)` of short rows."""
    cells = error[: len(error) // CELL * CELL].reshape(-1, CELL)
    while cells.shape[1] > 1:
        half = cells.shape[1] // 2
        cells = np.maximum(cells[:, :half], cells[:, half:])
    return cells[:, 0]


def _bridged(samples: Floats, suspect: Flags) -> Floats:
    """Straight lines over suspect cells, so that a spike does not spoil its own predictor."""
    at = np.arange(len(suspect))
    out = samples.copy()
    if not suspect.all():
        out[: len(suspect)] = np.interp(at, at[~suspect], samples[: len(suspect)][~suspect])
    return out


def _candidates(mono: Floats, quietest: float) -> list[int]:
    """Frames near which a coarse look sees a spike higher than `quietest`."""
    light = mono.astype(np.float32)
    correlation = np.array(
        [np.dot(light[: len(light) - lag], light[lag:]) for lag in range(_COARSE_ORDER + 1)], float
    )
    if correlation[0] <= 0.0:
        return []
    error = np.abs(_whitened(light, correlation))
    maxima = _cell_maxima(error)
    groups = maxima[: len(maxima) // 64 * 64].reshape(-1, 64)
    medians = np.partition(groups, 32, axis=1)[:, 32]
    local = np.maximum(np.repeat(medians, 64), _FLOOR)
    local = np.pad(local, (0, len(maxima) - len(local)), mode="edge")
    high = np.flatnonzero(maxima > np.maximum(_COARSE_EASE * _SPIKE * local, quietest))
    if not len(high):
        return []
    picked = high[_isolated(maxima, local, ease=_COARSE_EASE)[high]]
    if len(picked) > _MOST_CANDIDATES:
        return []
    return [int(cell) * CELL for cell in picked]


def _whitened(light: npt.NDArray[np.float32], correlation: Floats) -> npt.NDArray[np.float32]:
    from scipy.linalg import solve_toeplitz

    correlation = correlation * (1.0 + 1e-6 * (np.arange(len(correlation)) == 0))
    taps = solve_toeplitz(correlation[:-1], -correlation[1:])
    taps = taps.astype(np.float32)
    error = light.copy()
    for lag, tap in enumerate(taps, start=1):
        error[lag:] += tap * light[:-lag]
    matched = error.copy()
    for lag, tap in enumerate(taps, start=1):
        matched[:-lag] += tap * error[lag:]
    matched /= 1.0 + np.dot(taps, taps)
    return matched


def _local_median(maxima: Floats) -> Floats:
    from scipy.ndimage import median_filter

    size = min(_LOCAL_CELLS, len(maxima))
    local: Floats = median_filter(maxima, size=size, mode="nearest")
    return np.maximum(local, _FLOOR)


def _isolated(
    maxima: npt.NDArray[np.floating], local: npt.NDArray[np.floating], ease: float = 1.0
) -> Flags:
    """Which cells hold a spike that stands alone."""
    from scipy.ndimage import maximum_filter1d

    top = maxima >= maximum_filter1d(maxima, 3, mode="nearest")
    over, out = _stands_out(maxima, local)
    alone = top & (over > ease * _SPIKE) & (out > ease * _BESIDE)
    alone &= over * out > ease * ease * _BOTH
    pulses = np.flatnonzero(top & (over > _PULSE) & (out > _PULSE_BESIDE))
    for cell in np.flatnonzero(alone):
        alone[cell] = not _in_train(int(cell), pulses, maxima)
    return alone


def _stands_out(
    maxima: npt.NDArray[np.floating], local: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Each cell against its surroundings, and against what is 0.7 to 5 ms away."""
    from scipy.ndimage import maximum_filter1d

    near = maximum_filter1d(maxima, _NEAR_CELLS, mode="nearest")
    before = _shifted(near, 3 + _NEAR_CELLS // 2)
    after = _shifted(near, -(3 + _NEAR_CELLS // 2))
    beside = np.maximum(np.maximum(before, after), _FLOOR)
    return maxima / np.maximum(local, _FLOOR), maxima / beside


def _clearness(maxima: Floats, local: Floats) -> Floats:
    over, out = _stands_out(maxima, local)
    product: Floats = over * out
    return product


def _in_train(cell: int, pulses: npt.NDArray[np.intp], maxima: npt.NDArray[np.floating]) -> bool:
    """Whether the spike is one of a row, as a voice, a reed or a square wave makes them."""
    a, b = np.searchsorted(pulses, [cell - _TRAIN_CELLS, cell + _TRAIN_CELLS + 1])
    near = pulses[a:b]
    like = near[maxima[near] > _ALIKE * maxima[cell]]
    left, right = int((like < cell - 1).sum()), int((like > cell + 1).sum())
    return left >= 2 or right >= 2 or (left >= 1 and right >= 1)


def _shifted(values: npt.NDArray[np.floating], by: int) -> npt.NDArray[np.floating]:
    """Values moved later by `by` cells (earlier when negative), edges repeated."""
    at = np.clip(np.arange(len(values)) - by, 0, len(values) - 1)
    return values[at]


def _attack(samples: Floats, first: int, last: int) -> bool:
    """Whether the sound is much louder after the spike than before, or is cut off by it.

    What rings on for less than 3 ms belongs to the click.
    """
    before = np.diff(samples[max(first - _SIDE, 0) : max(first - 2, 0)])
    after = np.diff(samples[last + 3 : last + 3 + _RING + _SIDE])
    if not len(before) or len(after) <= _RING:
        return False
    if before.any() and not after.any():
        return True
    rms_before = float(np.sqrt(np.mean(np.square(before))))
    rms_after = float(np.sqrt(np.mean(np.square(after[_RING:]))))
    return rms_after > _LOUDER_AFTER * max(rms_before, _FLOOR)
