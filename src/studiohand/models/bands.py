"""Bands between bins and masks: what the shipped network hears and answers in.

The network sees the power of left and right and their cross power in 512 bands and answers with
one mask for each stem, side, frame and band. `training/` uses the same functions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 44100
WINDOW, HOP, FRAMES = 4096, 1024, 128
SINGLE, BANDS = 256, 512
SPAN = WINDOW + HOP * (FRAMES - 1)
"""Frames of sound under one window of the network: 3.04 s."""

Real = npt.NDArray[np.float32]
Complex = npt.NDArray[np.complex64]


def edges() -> npt.NDArray[np.int64]:
    """First bin of each band, and the end; shape (513,).

    256 bands of one bin (10.8 Hz) each up to 2.76 kHz, then 256 bands widening to 240 Hz.
    """
    rest = WINDOW // 2 + 1 - SINGLE
    grow = np.exp(np.linspace(0, 3.0, BANDS - SINGLE))
    widths = np.maximum(1, np.round(grow / grow.sum() * rest)).astype(int)
    missing = rest - int(widths.sum())
    widths[-1 - missing : -1] += 1
    return np.concatenate([np.arange(SINGLE), SINGLE, SINGLE + np.cumsum(widths)], axis=None)


EDGES = edges()


def pooled(x: Real) -> Real:
    """Sum of the last axis (2049 bins) in each band (512)."""
    high = np.add.reduceat(x[..., SINGLE:], EDGES[SINGLE:-1] - SINGLE, axis=-1)
    out: Real = np.concatenate([x[..., :SINGLE], high], axis=-1)
    return out


def spread(bands: Real) -> Real:
    """Each band's value at each of its bins: (..., 512) to (..., 2049)."""
    out: Real = np.repeat(bands, np.diff(EDGES), axis=-1)
    return out


def powers(left: Complex, right: Complex) -> Real:
    """Left, right and cross power in bands, shape (3, frames, 512); spectra are (frames, 2049)."""
    stacked = np.stack(
        [
            left.real**2 + left.imag**2,
            right.real**2 + right.imag**2,
            left.real * right.real + left.imag * right.imag,
        ]
    )
    return pooled(stacked)
