"""Hum taken out by subtraction: the mains tracked with its drift, every harmonic fitted.

Windows of eight seconds overlap by half. In each, the mains frequency and its drift are those that
bring most harmonics to rest; then the complex amplitude of each harmonic, measured eight times a
second, is fitted by a parabola over time, robustly: a note that coincides with a harmonic for a
second is an outlier and stays. Nothing is filtered, so nothing rings and nothing else is touched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

Complexes = npt.NDArray[np.complex128]
Floats = npt.NDArray[np.float64]

_LOW_RATE_HZ = 6000.0
_PERIODS = 6  # of the mains in a block: a Hann window of two blocks is zero at all other harmonics
_BLOCKS = 66  # in a window: eight seconds at 50 Hz
_HIGHEST_SHARE = 0.42  # of the low rate
_SEARCH_HZ, _STEP_HZ = 0.4, 0.005
_CHIRPS_HZ_PER_S = np.array([-0.03, -0.02, -0.01, -0.004, 0.0, 0.004, 0.01, 0.02, 0.03])
_TRACKED = 12  # harmonics that vote on the frequency
_ROUNDS = 8
_TUNING = 1.5  # residuals beyond this many typical ones lose weight (Cauchy)
_SURE = 2.5  # amplitude over its own uncertainty
_GROWTH = 1.6  # a harmonic never takes more than this times what it usually takes
_REMEMBERED = 9


@step
@dataclass(frozen=True, slots=True)
class Dehum:
    """Take mains hum out.

    Parameters
    ----------
    mains_hz : float
        40 to 70: where the search begins; the true frequency and its drift are tracked.
    harmonics : int
        1 to 60: how many are looked for; absent ones are left alone.
    strength_percent : float
        0 to 150. Up to 100 the share of the hum that is taken away; above, weaker harmonics are
        taken too.
    """

    do: ClassVar[str] = "dehum"
    kind: ClassVar[StepKind] = "process"
    mains_hz: float
    harmonics: int = 32
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "mains_hz", self.mains_hz, 40.0, 70.0)
        within(self.do, "harmonics", self.harmonics, 1, 60)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0:
            return Nothing(channels)
        return subtracting(_Hum(self, rate, channels), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Hum:
    """Finds the hum of a window."""

    def __init__(self, settings: Dehum, rate: int, channels: int) -> None:
        self._factor = max(round(rate / _LOW_RATE_HZ), 1)
        self._rate = rate / self._factor
        self._block = round(_PERIODS * self._rate / settings.mains_hz)
        highest = int(_HIGHEST_SHARE * self._rate / settings.mains_hz)
        self._count = min(settings.harmonics, highest)
        self.hop_frames = self._factor * self._block * _BLOCKS // 2
        self.window_frames = 2 * self.hop_frames
        self._hz, self._search_hz = settings.mains_hz, _SEARCH_HZ
        self._share = min(settings.strength_percent / 100.0, 1.0)
        self._sure = _SURE / max(settings.strength_percent / 100.0, 1.0)
        self._usual: list[Floats] = []
        phase = 2.0 * np.pi * np.arange(self.window_frames) / self.window_frames
        self._fade = (0.5 - 0.5 * np.cos(phase))[:, None]
        low_frames = self._block * _BLOCKS
        self._time_s = (np.arange(low_frames) - low_frames / 2.0) / self._rate

    def removed(self, window: Block) -> Block:
        from scipy.signal import resample_poly

        if not window.any():
            return np.zeros_like(window)
        low = resample_poly(window, 1, self._factor, axis=0)
        sounding = _sounding(window, _BLOCKS)
        if int(sounding.sum()) < _BLOCKS // 4:
            return np.zeros_like(window)
        chirp = self._settle(low, sounding)
        hum = self._fitted(low, sounding, chirp)
        full = resample_poly(hum, self._factor, 1, axis=0)[: len(window)]
        full *= self._share * self._fade
        full *= np.repeat(sounding, self._factor * self._block)[:, None]
        out: Block = full
        return out

    def _settle(self, low: Block, sounding: npt.NDArray[np.bool_]) -> float:
        """Bring the mains frequency of this window to its best value; returns its drift, Hz/s."""
        chirp = 0.0
        for _ in range(2):
            turning = self._amplitudes(low, self._phase(chirp), min(self._count, _TRACKED))
            offset_hz, more = self._stillest(turning, sounding)
            self._hz += offset_hz
            chirp += more
            if abs(offset_hz) * _TRACKED < 0.3:
                break
        self._search_hz = 0.15
        return chirp

    def _phase(self, chirp: float) -> Complexes:
        turns = self._hz * self._time_s + 0.5 * chirp * np.square(self._time_s)
        turn: Complexes = np.exp(-2j * np.pi * turns)
        return turn

    def _amplitudes(self, low: Block, turn: Complexes, count: int) -> Complexes:
        """Complex amplitude of each harmonic between blocks, shape (harmonics, times, channels)."""
        ramp = np.arange(2 * self._block) / (2 * self._block)
        shape = (0.5 - 0.5 * np.cos(2.0 * np.pi * ramp)) / self._block
        rising, falling = shape[: self._block], shape[self._block :]
        out = np.empty((count, _BLOCKS - 1, low.shape[1]), np.complex128)
        harmonic = np.ones_like(turn)
        for h in range(count):
            harmonic *= turn
            for channel in range(low.shape[1]):
                blocks = (low[:, channel] * harmonic).reshape(_BLOCKS, self._block)
                out[h, :, channel] = blocks[:-1] @ rising + blocks[1:] @ falling
        return 2.0 * out

    def _stillest(self, turning: Complexes, sounding: npt.NDArray[np.bool_]) -> tuple[float, float]:
        """Frequency offset and drift under which the harmonics stand still together."""
        weights = _between(sounding) * np.hanning(_BLOCKS + 1)[1:-1]
        time_s = (np.arange(_BLOCKS - 1) - (_BLOCKS - 2) / 2.0) * self._block / self._rate
        reach = np.arange(-self._search_hz, self._search_hz + _STEP_HZ, _STEP_HZ)
        score = np.zeros((len(_CHIRPS_HZ_PER_S), len(reach)))
        for h, amplitudes in enumerate(turning, start=1):
            size = np.abs(amplitudes)
            typical = np.median(size[weights > 0.0], axis=0) + 1e-12
            limited = amplitudes * np.minimum(1.0, typical / np.maximum(size, 1e-12)) / typical
            spins = np.exp(-2j * np.pi * h * np.outer(reach, time_s))
            for row, chirp in enumerate(_CHIRPS_HZ_PER_S):
                bend = weights * np.exp(-1j * np.pi * h * chirp * np.square(time_s))
                score[row] += np.square(np.abs(spins @ (bend[:, None] * limited))).sum(axis=1)
        best, column = divmod(int(np.argmax(score)), score.shape[1])
        return float(reach[column]), float(_CHIRPS_HZ_PER_S[best])

    def _fitted(self, low: Block, sounding: npt.NDArray[np.bool_], chirp: float) -> Block:
        turn = self._phase(chirp)
        amplitudes = self._amplitudes(low, turn, self._count)
        taken = _robust(amplitudes, _between(sounding), self._sure)
        self._limit(taken)
        at = (np.arange(_BLOCKS - 1) + 1.0) * self._block
        frames = np.arange(len(low))
        hum = np.zeros_like(low)
        back = np.conj(turn)
        harmonic = np.ones_like(back)
        for amplitude in taken:
            harmonic *= back
            for channel in range(low.shape[1]):
                values = amplitude[:, channel]
                if values.any():
                    smooth = np.interp(frames, at, values.real) + 1j * np.interp(
                        frames, at, values.imag
                    )
                    hum[:, channel] += (smooth * harmonic).real
        return hum

    def _limit(self, taken: Complexes) -> None:
        """Hold each harmonic to what it usually takes, so that a long note is not taken for it."""
        sizes = np.abs(taken).mean(axis=(1, 2))
        if len(self._usual) >= 2:
            usual = np.median(self._usual, axis=0)
            most = np.maximum(_GROWTH * usual, 1e-9)
            taken *= np.minimum(1.0, most / np.maximum(sizes, 1e-12))[:, None, None]
        self._usual = [*self._usual[-_REMEMBERED + 1 :], sizes]


def _sounding(window: Block, blocks: int) -> npt.NDArray[np.bool_]:
    """Which blocks are not digital silence."""
    parts = np.abs(window).reshape(blocks, -1)
    sounding: npt.NDArray[np.bool_] = np.median(parts, axis=1) > 0.0
    return sounding


def _between(sounding: npt.NDArray[np.bool_]) -> Floats:
    return np.asarray(sounding[1:] & sounding[:-1], float)


def _robust(amplitudes: Complexes, weights: Floats, sure: float) -> Complexes:
    """Parabola through each harmonic's amplitude over time, outliers losing their weight.

    Iteratively reweighted least squares with Cauchy weights. A harmonic that does not stand out
    of its own scatter is given zero.
    """
    count, times, channels = amplitudes.shape
    x = np.linspace(-1.0, 1.0, times)
    basis = np.stack([np.ones_like(x), x, np.square(x)], axis=1)
    out = np.zeros_like(amplitudes)
    for h in range(count):
        for channel in range(channels):
            values = amplitudes[h, :, channel]
            fit, error = _line(basis, values, weights)
            if math.sqrt(float(np.mean(np.square(np.abs(fit))))) > sure * error:
                out[h, :, channel] = fit
    return out


def _line(basis: Floats, values: Complexes, weights: Floats) -> tuple[Complexes, float]:
    centre = np.median(values[weights > 0.0].real) + 1j * np.median(values[weights > 0.0].imag)
    rest = np.abs(values - centre)
    current = weights
    fit = np.zeros_like(values)
    scale = 1e-12
    for _ in range(_ROUNDS):
        scale = 1.4826 * float(np.median(rest[weights > 0.0])) + 1e-12
        current = weights / (1.0 + np.square(rest / (_TUNING * scale)))
        left = basis.T @ (basis * current[:, None])
        left[np.diag_indices(3)] += [1e-9, 0.05 * current.sum(), 0.05 * current.sum()]
        fit = basis @ np.linalg.solve(left, basis.T @ (current * values))
        rest = np.abs(values - fit)
    independent = max(current.sum() / 1.5, 1.0)  # neighbours share half their window
    spread = float(np.sqrt(np.sum(current * np.square(rest)) / max(current.sum(), 1e-9)))
    return fit, spread * math.sqrt(3.0 / independent)
