"""Clicks and crackle: found in the prediction error, told from drums, strings and voices.

A click is a pulse of a few frames that stands out of the prediction error and stands alone: it is
over at once (a drum keeps ringing), nothing of its size comes in even steps about it (a voice or a
reed repeats with its pitch), and no sound as high as it begins or ends there (a note does). A
coarse look at everything names candidates, a fine one judges each.
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

CELL = 16  # frames; what a place is held against are the maxima of such cells
ORDER = 32
_COARSE_ORDER = 8
_COARSE_OVER, _COARSE_BESIDE, _COARSE_BOTH = 2.5, 1.2, 5.0  # as below, for the first look
_NEAR_CELLS = 15
_MOST_CANDIDATES = 12  # in one chunk: the clearest
_GLITCHES = np.stack(
    [
        np.pad(shape, (0, 8 - len(shape)))
        for shape in (
            *(np.ones(frames) for frames in (1, 3, 6)),
            *(np.linspace(1.0, -1.0, frames) for frames in (3, 5, 8)),
        )
    ]
)
"""Pulses with sharp edges, level or tilted, one to eight frames long."""
_FIRST_BOTH = 5.5  # over the neighbourhood times over what is beside it, its own predictor spoilt
_OVER = 4.5  # times the median of the neighbourhood's cells, the predictor made without it
_BESIDE = 3.5  # times what is 0.7 to 5 ms away
_AMPLE = 30.0  # over the neighbourhood: more does not make it clearer
SURE = 150.0  # product of the two, where it can be nothing else
_OWN = 5  # frames to either side of its peak that are kept from the predictor
_REACH, _GAP = 220, 30  # frames: what is beside it, and what may be its own ringing
_WIDEST = 12  # frames; wider is no click
_WIDEST_ALONE, _ALONE = 32, 7.0  # unless what is beside it is so many times smaller
_CORE, _TRACE = 0.2, 0.04  # of its height: what is measured, what is repaired
_HOLE = 4  # frames
_EDGE = 1.7  # times the local median: where what is repaired begins and ends
_PULSE, _PULSE_BESIDE = 3.0, 1.6  # what counts as a pulse of a row, in the first look
_ALIKE = 0.5  # of its height
_EVEN, _EVEN_CELLS = 0.04, 1.0  # how regular a row is: share of a distance, and cells
_ROW_CELLS = 150  # 55 ms: down to the pitch of a low bass
_LOUDER_AFTER, _LOUDER_BEFORE = 3.7, 30.0  # amplitude ratios: a sound begins, or is cut off
_AUDIBLE = 0.3  # of the music's own level
_COARSE_AUDIBLE = 0.03  # the same for the interpolation error, which a wide click makes small
_FLOOR = 1e-5  # -100 dBFS: below, nobody hears it
_SIDE, _RING = 300, 140  # frames: what is compared; a click rings on no longer
_MERGED = 32  # frames; nearer ones are one
_CONTEXT = 768
_EDGES = 256  # frames; a recording that is cut open or off is no click
_CHUNK = 16384


@dataclass(frozen=True, slots=True)
class Click:
    """One click.

    Parameters
    ----------
    frame : int
    height : float
        Its prediction error, full scale = 1: what is heard of it.
    clearness : float
        How far it stands out of its surroundings (30 at most) times how far out of what is beside
        it; `SURE` and more is no music.
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
        while len(self._held) >= _CHUNK + 2 * _CONTEXT:
            self._count(self._held[2 * _CONTEXT : _CHUNK + 2 * _CONTEXT])
            self._look(self._held[: _CHUNK + 2 * _CONTEXT])
            self._held = self._held[_CHUNK:]
            self._at += _CHUNK

    def clicks(self) -> list[Click]:
        """All clicks so far, in time; call it once, when everything has gone in."""
        self._count(self._held[2 * _CONTEXT :])
        tail = np.zeros((_CONTEXT + (-len(self._held) - _CONTEXT) % CELL, self._held.shape[1]))
        self._look(np.concatenate([self._held, tail]))
        audible = _AUDIBLE * self._level()
        end = self._at + len(self._held) - _EDGES
        merged: list[Click] = []
        for click in sorted(self._clicks, key=lambda c: c.frame):
            if click.height < audible or not _EDGES <= click.frame < end:
                continue
            if not merged or click.frame - merged[-1].frame > _MERGED:
                merged.append(click)
        return merged

    def _count(self, block: Block) -> None:
        """Add to the music's own level; silence is not counted."""
        power = float(np.vdot(block, block)) / max(block.size, 1)
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
                glitch = judged(mono[at - _CONTEXT : at + _CONTEXT])
                if glitch is not None:
                    frame = self._at + at - _CONTEXT + glitch.peak
                    self._clicks.append(Click(frame, glitch.height, glitch.clearness))


@dataclass(frozen=True, slots=True)
class Glitch:
    """One click within a short stretch of sound.

    Parameters
    ----------
    peak : int
        Its frame in the stretch.
    height, clearness : float
        As in `Click`.
    span : slice
        The frames to repair.
    """

    peak: int
    height: float
    clearness: float
    span: slice


def spoilt(samples: Floats, ease: float = 1.0) -> Flags:
    """Which samples of a stretch belong to clicks; not those within 768 frames of its ends.

    Parameters
    ----------
    samples : ndarray, shape (frames,)
        Some thousand frames.
    ease : float
        As for `judged`.
    """
    wrong = np.zeros(len(samples), bool)
    for at in _candidates(samples, 0.0):
        if _CONTEXT <= at < len(samples) - _CONTEXT:
            start = at - _CONTEXT
            glitch = judged(samples[start : at + _CONTEXT], ease)
            if glitch is not None:
                wrong[start + glitch.span.start : start + glitch.span.stop] = True
    return wrong


def judged(near: Floats, ease: float = 1.0) -> Glitch | None:
    """The click in the middle of a stretch, or None where it is music.

    It is looked at twice: a click spoils the predictor it is held against, so what may be one is
    kept from the predictor before it is judged.

    Parameters
    ----------
    near : ndarray, shape (1536,)
    ease : float
        Multiplies the limits; below 1, weaker clicks count too.
    """
    seen = _seen(near, near)
    peak = seen.peak()
    over, out = seen.stands_out(peak)
    if over * out < ease * ease * _FIRST_BOTH:
        return None
    seen = _seen(near, _without(near, peak))
    peak = seen.peak()
    over, out = seen.stands_out(peak)
    if over < ease * _OVER or out < ease * _BESIDE:
        return None
    if _begins_or_ends(near, peak, seen.height(peak)):
        return None
    both = np.minimum(seen.forward, seen.backward())
    top = peak - CELL // 2 + int(np.argmax(both[peak - CELL // 2 : peak + CELL // 2 + 1]))
    usual = _usual(both)
    first, last = _extent(both, top, max(usual, _CORE * both[top]))
    if last - first >= (_WIDEST_ALONE if out > _ALONE else _WIDEST):
        return None
    first, last = _extent(both, top, max(_EDGE * usual, _TRACE * both[top]))
    around = slice(peak - CELL // 2, peak + CELL // 2 + 1)
    height = float(max(seen.forward[around].max(), seen.matched[around].max()))
    return Glitch(peak, height, min(over, _AMPLE) * out, slice(first - 1, last + 2))


@dataclass(frozen=True, slots=True)
class _Seen:
    """One stretch through its predictor, all but the samples absolute.

    `matched` is what a matched filter makes of the error `forward`, `glitches` the same for the
    pulse of `_GLITCHES` that fits best, each sample the first of the pulse.
    """

    samples: Floats
    taps: Floats
    forward: Floats
    matched: Floats
    glitches: Floats

    def peak(self) -> int:
        """Where the middle of the stretch is highest."""
        middle = len(self.samples) // 2
        return middle - CELL + int(np.argmax(self.matched[middle - CELL : middle + 2 * CELL]))

    def height(self, peak: int) -> float:
        """Of the best pulse about a peak."""
        return float(self.glitches[peak - 2 * _OWN : peak + 2 * _OWN].max())

    def stands_out(self, peak: int) -> tuple[float, float]:
        """A place against the whole stretch, and against what is 0.7 to 5 ms away."""
        height = self.height(peak)
        before = self.glitches[peak - _REACH : peak - _GAP].max()
        after = self.glitches[peak + _GAP : peak + _REACH].max()
        beside = max(before, after, _FLOOR)
        return float(height / _usual(self.glitches)), float(height / beside)

    def backward(self) -> Floats:
        """Error of predicting each sample from those after it.

        A click spoils the forward error behind it and the backward error before it; both
        together only where it is.
        """
        return np.abs(prediction_error(self.samples[::-1], self.taps)[::-1])


def _seen(samples: Floats, model: Floats) -> _Seen:
    """Prediction error by a predictor made from `model`, and what matched filters make of it.

    A click of one sample leaves its height times the predictor's own taps in the error; the
    filter that has these taps reversed gathers all of it in one place. What comes out is the
    error of interpolating each sample from both sides (S. V. Vaseghi, P. J. W. Rayner,
    "Detection and suppression of impulsive noise", IEE Proceedings I 137(1), 1990). A wider
    pulse leaves its own shape filtered by the taps, and is gathered likewise.
    """
    taps = prediction_error_filter(model, ORDER)
    error = prediction_error(samples, taps)
    energy = float(np.dot(taps, taps))
    matched = np.convolve(error, taps[::-1])[ORDER : ORDER + len(samples)] / energy
    padded = np.concatenate([matched, np.zeros(_GLITCHES.shape[1] - 1)])
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _GLITCHES.shape[1])
    scale = np.sqrt(energy / _energies(taps))
    glitches = np.abs((_GLITCHES * scale[:, None]) @ pieces.T).max(axis=0)
    return _Seen(samples, taps, np.abs(error), np.abs(matched), glitches)


def _energies(taps: Floats) -> Floats:
    """What each of `_GLITCHES` leaves in the prediction error, as energy."""
    rows = np.stack([np.convolve(shape, taps) for shape in _GLITCHES])
    energies: Floats = np.einsum("ij,ij->i", rows, rows)
    return energies


def _without(samples: Floats, peak: int) -> Floats:
    """A straight line where a click may be, so that it does not spoil its own predictor."""
    out = samples.copy()
    first, last = peak - _OWN, peak + _OWN + 1
    out[first:last] = np.interp(
        np.arange(first, last), [first - 1, last], [samples[first - 1], samples[last]]
    )
    return out


def _usual(error: Floats) -> float:
    """Median of an error's cells."""
    maxima = _cell_maxima(error)
    return max(float(np.partition(maxima, len(maxima) // 2)[len(maxima) // 2]), _FLOOR)


def _begins_or_ends(samples: Floats, peak: int, height: float) -> bool:
    """Whether a sound begins or is cut off here, and the spike is no higher than that sound.

    What rings on for less than 3 ms belongs to the click.
    """
    before = samples[peak - _SIDE - 2 * _OWN : peak - 2 * _OWN]
    after = samples[peak + 4 * _OWN : peak + _RING + _SIDE + 2 * _OWN]
    slopes_before = max(_rms(np.diff(before)), _FLOOR)
    slopes_after = max(_rms(np.diff(after[_RING - 2 * _OWN :])), _FLOOR)
    begins = slopes_after > _LOUDER_AFTER * slopes_before
    ends = slopes_before > _LOUDER_BEFORE * slopes_after
    return bool(
        (begins and height < np.abs(after).max()) or (ends and height < np.abs(before).max())
    )


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _extent(error: Floats, peak: int, limit: float) -> tuple[int, int]:
    """First and last sample over a limit about a peak, small holes included."""
    start = peak - 4 * CELL
    over = np.flatnonzero(error[start : peak + 5 * CELL] > limit) + start
    over = np.union1d(over, [peak])
    at = int(np.searchsorted(over, peak))
    holes = np.diff(over) > _HOLE
    before, behind = np.flatnonzero(holes[:at]), np.flatnonzero(holes[at:])
    first = over[before[-1] + 1] if len(before) else over[0]
    last = over[at + behind[0]] if len(behind) else over[-1]
    return int(first), int(last)


def _cell_maxima(error: npt.NDArray[AnyFloat]) -> npt.NDArray[AnyFloat]:
    """Maximum of each cell; by halves, which is several times `max(axis=1)` of short rows."""
    cells = error[: len(error) // CELL * CELL].reshape(-1, CELL)
    while cells.shape[1] > 1:
        half = cells.shape[1] // 2
        cells = np.maximum(cells[:, :half], cells[:, half:])
    return cells[:, 0]


def _candidates(mono: Floats, quietest: float) -> list[int]:
    """Frames near which a coarse look sees a spike higher than `quietest`, the clearest ones."""
    from scipy.ndimage import maximum_filter1d

    light = mono.astype(np.float32)
    correlation = np.array(
        [np.dot(light[: len(light) - lag], light[lag:]) for lag in range(_COARSE_ORDER + 1)], float
    )
    if correlation[0] <= 0.0:
        return []
    maxima = _cell_maxima(np.abs(_whitened(light, correlation)))
    groups = maxima[: len(maxima) // 64 * 64].reshape(-1, 64)
    medians = np.partition(groups, 32, axis=1)[:, 32]
    local = np.maximum(np.repeat(medians, 64), _FLOOR)
    local = np.pad(local, (0, len(maxima) - len(local)), mode="edge")
    high = np.flatnonzero(maxima > np.maximum(_COARSE_OVER * local, quietest))
    if not len(high):
        return []
    near = maximum_filter1d(maxima, _NEAR_CELLS, mode="nearest")
    apart = 3 + _NEAR_CELLS // 2
    before, after = near[np.maximum(high - apart, 0)], near[np.minimum(high + apart, len(near) - 1)]
    out = maxima[high] / np.maximum(np.maximum(before, after), _FLOOR)
    over = maxima[high] / local[high]
    tops = maxima[high] >= np.maximum(maxima[high - 1], maxima[(high + 1) % len(maxima)])
    pulses = high[tops & (over > _PULSE) & (out > _PULSE_BESIDE)]
    clear = np.flatnonzero(tops & (out > _COARSE_BESIDE) & (over * out > _COARSE_BOTH))
    clear = clear[np.argsort(-over[clear] * out[clear], kind="stable")]
    alone = [int(cell) for cell in high[clear] if not _in_row(int(cell), pulses, maxima)]
    return [cell * CELL for cell in sorted(alone[:_MOST_CANDIDATES])]


def _in_row(cell: int, pulses: npt.NDArray[np.intp], maxima: npt.NDArray[np.floating]) -> bool:
    """Whether a spike is one of a row, as a voice, a reed or a square wave makes them."""
    first, last = np.searchsorted(pulses, [cell - _ROW_CELLS, cell + _ROW_CELLS + 1])
    near = pulses[first:last]
    like = near[maxima[near] > _ALIKE * maxima[cell]]
    left, right = cell - like[like < cell - 1][::-1], like[like > cell + 1] - cell
    return _evenly(left, right) or _evenly(left, left / 2) or _evenly(right, right / 2)


def _evenly(some: npt.NDArray[np.intp], others: npt.NDArray[np.number]) -> bool:
    """Whether any of some distances is nearly any of others."""
    apart = np.abs(some[:, None] - others[None, :])
    return bool((apart <= _EVEN_CELLS + _EVEN * some[:, None]).any())


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
