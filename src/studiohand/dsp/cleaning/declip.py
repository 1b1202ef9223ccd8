"""Clipping restored: the sparsest spectrum that agrees with every sample that was not clipped.

A-SPADE (S. Kitić, N. Bertin, R. Gribonval, "Sparsity and cosparsity for audio declipping", 2015;
P. Záviška, P. Rajmic, O. Mokrý, Z. Průša 2019 for the projection): in overlapping frames, an
alternating search keeps the strongest k coefficients of a twice redundant Fourier transform, k
growing, while reliable samples are held and clipped ones are kept beyond the clipping level and
under the declared peak. Only clipped samples change; the search runs in single precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.units import db_to_gain
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_FRAME_S = 0.0465
_OVERLAP = 4
_HOPS = 16
_ROUNDS = 70
_NEAR = 0.998  # of the level: this high counts as clipped
_CLOSE = 0.02  # of a frame's own size: the spectrum explains it
_STEP_SHARE = 0.004  # of the coefficients joins in every round


@step
@dataclass(frozen=True, slots=True)
class Declip:
    """Restore clipped tops.

    Parameters
    ----------
    levels : tuple of float
        Clipping level of each channel (absolute, full scale = 1); 0 leaves a channel alone.
    peak_dbfs : float
        -60 to 24: no restored sample is higher.
    strength_percent : float
        0 to 150; the share of each restored top, at most all of it.
    """

    do: ClassVar[str] = "declip"
    kind: ClassVar[StepKind] = "process"
    levels: tuple[float, ...]
    peak_dbfs: float = 6.0
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "peak_dbfs", self.peak_dbfs, -60.0, 24.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)
        for level in self.levels:
            within(self.do, "levels", level, 0.0, 16.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0 or not any(self.levels):
            return Nothing(channels)
        return subtracting(_Tops(self, rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Tops:
    """Finds by how much the tops of a window are too low."""

    def __init__(self, settings: Declip, rate: int) -> None:
        self._size = 1 << round(math.log2(_FRAME_S * rate))
        self._hop = self._size // _OVERLAP
        self.hop_frames = _HOPS * self._hop
        self.window_frames = self._size + self.hop_frames - self._hop
        self._levels = settings.levels
        self._peak = db_to_gain(settings.peak_dbfs)
        self._share = min(settings.strength_percent / 100.0, 1.0)
        phase = 2.0 * np.pi * np.arange(self._size) / self._size
        self._fade = (0.5 - 0.5 * np.cos(phase)) * (2.0 / _OVERLAP)

    def removed(self, window: Block) -> Block:
        out = np.zeros_like(window)
        for channel, level in enumerate(self._levels[: window.shape[1]]):
            samples = window[:, channel]
            clipped = np.abs(samples) >= _NEAR * level
            if level > 0.0 and clipped.any():
                out[:, channel] = self._too_low(samples, clipped)
        return out

    def _too_low(self, samples: Floats, clipped: Flags) -> Floats:
        """Input minus restored, faded so that the frames add up to one."""
        starts = np.arange(_HOPS) * self._hop
        at = starts[:, None] + np.arange(self._size)
        hit = clipped[at].any(axis=1)
        frames, missing = samples[at[hit]], clipped[at[hit]]
        restored = sparse_tops(frames, missing, max(self._peak, float(np.abs(samples).max())))
        change = np.where(missing, frames - restored, 0.0) * self._fade * self._share
        out = np.zeros_like(samples)
        for row, start in zip(change, starts[hit], strict=True):
            out[start : start + self._size] += row
        return out


def sparse_tops(frames: Floats, missing: Flags, peak: float) -> Floats:
    """Frames with their clipped samples restored, shape (count, size).

    Parameters
    ----------
    frames, missing : ndarray, shape (count, size)
        Clipped samples hold the clipping level with its sign.
    peak : float
        Highest size of a restored sample.
    """
    from scipy.fft import irfft, rfft

    count, size = frames.shape
    shape = np.sqrt(0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(size) + 0.5) / size)) + 0.05
    lowest = np.where(missing, np.where(frames > 0.0, frames, -peak), frames) * shape
    highest = np.where(missing, np.where(frames > 0.0, peak, frames), frames) * shape
    lowest, highest = lowest.astype(np.float32), highest.astype(np.float32)
    guess = (frames * shape).astype(np.float32)
    sizes = np.linalg.norm(guess, axis=1) + 1e-12
    dual = np.zeros((count, size + 1), np.complex64)
    open_ = np.ones(count, bool)
    step = max(round(_STEP_SHARE * size), 1)
    for turn in range(1, _ROUNDS + 1):
        rows = np.flatnonzero(open_)
        if not len(rows):
            break
        before = dual[rows]
        kept = rfft(guess[rows], 2 * size)
        kept += before
        _keep_strongest(kept, step * turn)
        new = irfft(kept - before, 2 * size)[:, :size]
        np.clip(new, lowest[rows], highest[rows], out=new)
        guess[rows] = new
        rest = rfft(new, 2 * size)
        rest -= kept
        dual[rows] = before + rest
        error = np.sqrt(np.mean(np.square(rest.real) + np.square(rest.imag), axis=1))
        open_[rows] = error > _CLOSE * sizes[rows]
    restored: Floats = guess / shape
    return restored


def _keep_strongest(spectra: npt.NDArray[np.complex64], count: int) -> None:
    """Set all but the `count` strongest coefficients of each row to zero."""
    power = np.square(spectra.real) + np.square(spectra.imag)
    if count < power.shape[1]:
        limit = np.partition(power, -count, axis=1)[:, -count]
        spectra *= power >= limit[:, None]
