"""Lower the sample rate of a mono stream for analyses that only need the low band."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

_FIRST_FACTOR = 4
_TAPS_PER_STEP = 12  # transition 0.37 to 0.63 of the new rate with 50 dB of stop band
_FIRST_TAPS_PER_STEP = 5  # enough: only the lowest tenth of the band is used afterwards
_KAISER_BETA = 4.6


def mono_of(block: Block) -> npt.NDArray[np.float64]:
    """Mean of the channels, shape (frames,); adds columns, which is fifty times `mean(axis=1)`."""
    if block.shape[1] == 1:
        return block[:, 0]
    total = block[:, 0] + block[:, 1]
    for channel in range(2, block.shape[1]):
        total += block[:, channel]
    total *= 1.0 / block.shape[1]
    return total


class Decimator:
    """Brings a mono stream to about a wanted rate behind linear-phase low-passes.

    The pass band ends at 0.37 of the new rate.

    Parameters
    ----------
    rate : int
        Hz.
    wanted_hz : float
        The new rate is the nearest that whole factors reach; see `rate`.
    """

    def __init__(self, rate: int, wanted_hz: float) -> None:
        self._stages = []
        factor = max(round(rate / wanted_hz), 1)
        if factor >= 2 * _FIRST_FACTOR:
            self._stages.append(_Stage(_FIRST_FACTOR, _FIRST_TAPS_PER_STEP))
            factor = round(rate / _FIRST_FACTOR / wanted_hz)
        self._stages.append(_Stage(factor, _TAPS_PER_STEP))
        self.rate = rate / np.prod([stage.factor for stage in self._stages])

    def process(self, mono: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Next output samples of input shape (frames,)."""
        out = mono.astype(np.float32)
        for stage in self._stages:
            out = stage.process(out)
        return out


class _Stage:
    """Keeps every `factor`-th sample behind one low-pass."""

    def __init__(self, factor: int, taps_per_step: int) -> None:
        self.factor = factor
        length = taps_per_step * factor
        at = np.arange(length) - (length - 1) / 2.0
        taps = np.sinc(at / factor) * np.kaiser(length, _KAISER_BETA)
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._held = np.zeros(0, np.float32)

    def process(self, mono: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if self.factor == 1:
            return mono
        joined = np.concatenate([self._held, mono])
        ready = max((len(joined) - len(self._taps)) // self.factor + 1, 0)
        out = np.zeros(ready, np.float32)
        stop = ready * self.factor
        for at, tap in enumerate(self._taps):
            out += tap * joined[at : at + stop : self.factor][:ready]
        self._held = joined[stop:]
        return out
