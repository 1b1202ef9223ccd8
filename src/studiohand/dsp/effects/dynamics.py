"""What all dynamics effects share: time constants, and the curve of what they did."""

from __future__ import annotations

import math

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp import kernels

CURVE_HOP_S = 0.01
RMS_MS = 10.0
"""Averaging time of the RMS detector."""


def pace(ms: float, rate: float) -> float:
    """One-pole coefficient that covers 1 - 1/e of a step in a time in milliseconds; 0 ms: 0."""
    return math.exp(-1000.0 / (ms * rate)) if ms > 0.0 else 0.0


class Detector:
    """Power of the loudest channel: its peak, or its mean over `RMS_MS`."""

    def __init__(self, kind: str, rate: int) -> None:
        self._averaging = pace(RMS_MS, rate) if kind == "rms" else 0.0
        self._state = np.zeros(0)
        self._run = kernels.compiled(kernels.detect)

    def process(self, block: Block) -> Block:
        """Power, shape (frames,)."""
        if not len(self._state):
            self._state = np.zeros(block.shape[1])
        power = np.empty(len(block))
        self._run(np.array(block, dtype=np.float64, order="C"), self._averaging, power, self._state)
        return power


class ReductionCurve:
    """Deepest gain in each hundredth of a second, kept as an effect runs.

    Parameters
    ----------
    rate : int
        Hz.
    skip_frames : int
        Frames to leave out at the start, where an effect runs ahead of its output.
    """

    def __init__(self, rate: int, skip_frames: int = 0) -> None:
        self._hop, self._skip = max(round(CURVE_HOP_S * rate), 1), skip_frames
        self._open = np.zeros(0)
        self._lowest: list[Block] = []

    def add(self, gain: Block) -> None:
        """Take up the next gain factors, shape (frames,)."""
        skipped = min(self._skip, len(gain))
        self._skip -= skipped
        joined = np.concatenate([self._open, gain[skipped:]])
        whole = len(joined) - len(joined) % self._hop
        if whole:
            lowest = joined[:whole].reshape(-1, self._hop).min(axis=1)
            self._lowest.append(lowest.astype(np.float32))
        self._open = joined[whole:]

    def db(self) -> Block:
        """The curve in dB <= 0, one value each `CURVE_HOP_S`, shape (hops,)."""
        rest = [np.array([self._open.min()])] if len(self._open) else []
        gain = np.concatenate([np.zeros(0), *self._lowest, *rest])
        return np.asarray(20.0 * np.log10(np.maximum(gain, 1e-10)))
