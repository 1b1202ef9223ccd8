"""The curve between the samples: interpolation filters for detection and for saturation."""

from __future__ import annotations

import functools

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp import kernels

FINEST_RATE = 352_800
"""Oversampling goes to about this rate in Hz: 8 times 44.1 kHz."""


def factor_for(rate: int, finest_rate: int = FINEST_RATE) -> int:
    """Oversampling factor, a power of two from 2 to 64, for a sample rate in Hz."""
    factor = 2
    while factor * rate < 0.9 * finest_rate and factor < 64:
        factor *= 2
    return factor


@functools.lru_cache(maxsize=16)
def phases(factor: int, taps: int, cutoff: float = 0.5, beta: float = 7.0) -> Block:
    """Kaiser-windowed sinc as `factor` phases of `taps` taps each, shape (factor, taps).

    Row p interpolates at p/factor after the sample in the middle; the taps stand in the order of
    the samples. The delay is taps/2 frames. `cutoff` is the half-amplitude frequency over the rate.
    """
    middle = taps // 2
    at = np.arange(taps)[None, :] - (middle - 1) - np.arange(factor)[:, None] / factor
    window = np.i0(beta * np.sqrt(np.maximum(1.0 - (at / middle) ** 2, 0.0))) / np.i0(beta)
    window[np.abs(at) >= middle] = 0.0
    rows = np.asarray(2.0 * cutoff * np.sinc(2.0 * cutoff * at) * window)
    rows /= rows.sum(axis=1, keepdims=True)
    rows.setflags(write=False)
    return rows


class Bent:
    """What an instantaneous curve adds to a signal, computed at a higher rate.

    Parameters
    ----------
    rate, channels : int
    hop_frames : int
        Frames of each call.
    """

    TAPS = 48

    def __init__(self, rate: int, channels: int, hop_frames: int) -> None:
        self._factor = factor_for(rate, 176_400)
        self._up = np.array(phases(self._factor, self.TAPS, 0.47, 8.0))
        self._before_up = np.zeros((channels, self.TAPS - 1))
        self._before_down = np.zeros((channels, self._factor, self.TAPS))
        self._everywhere = np.ones(1)
        self._hop = hop_frames
        self._interpolate = kernels.compiled(kernels.interpolate)
        self._convolve = kernels.compiled(kernels.convolve)
        self.latency = self.TAPS

    def up(self, channel: int, samples: Block) -> Block:
        """The hop at the higher rate, shape (factor, frames), taps/2 frames late."""
        joined = np.concatenate([self._before_up[channel], samples])
        self._before_up[channel] = joined[self._hop :]
        curve = np.zeros((self._factor, self._hop))
        self._interpolate(joined, self._up, self._everywhere, curve)
        return curve

    def down(self, channel: int, curve: Block) -> Block:
        """Back at the rate, shape (frames,), another taps/2 frames late."""
        out = np.zeros(self._hop)
        joined = np.concatenate([self._before_down[channel], curve], axis=1)
        self._before_down[channel] = joined[:, self._hop :]
        for p in range(self._factor):
            # The transposed filter: phase p looks forward by p/factor, so its taps run backwards.
            taps = np.ascontiguousarray(self._up[p][::-1]) / self._factor
            line = np.ascontiguousarray(joined[p])
            self._convolve(line[: self._hop + self.TAPS - 1], taps, out)
        return out
