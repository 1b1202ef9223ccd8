"""From float to whole numbers, once and last: TPDF dither, exact where nothing is lost.

Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5),
1992: the sum of two independent uniform variables of one step each makes mean and power of the
error independent of the sound. Noise shaping: Wannamaker, "Psychoacoustically Optimal Noise
Shaping", JAES 40(7/8), 1992, the nine-tap filter; it moves the noise to where hearing is dull.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting
from studiohand.dsp.kernels import compiled

Integers = npt.NDArray[np.int32]
"""Samples as whole numbers in a word length's own range, shape (frames, channels)."""

SHAPING_RATES = (44_100, 48_000)
"""Hz; the filter's zeros are placed for these."""
_SHAPING = np.array([2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847])


class Quantiser:
    """Rounds to whole numbers; the same seed and samples give the same numbers, however cut.

    Parameters
    ----------
    bits : int
        Word length, 8 to 32.
    dither : bool
        True: add TPDF dither of two steps peak to peak before rounding. False: for samples that
        fit already, which then come out exactly.
    seed : int
        Of the dither.
    shape_at : int or None
        Hz. Shape the noise for this rate; only for a final master, never for files that are
        worked on or encoded afterwards.

    Raises
    ------
    BadSetting
        The noise cannot be shaped at this rate.

    Attributes
    ----------
    clipped : int
        Samples that were beyond full scale, counted over all channels.
    """

    def __init__(
        self, bits: int, *, dither: bool, seed: int = 0, shape_at: int | None = None
    ) -> None:
        if shape_at is not None and shape_at not in SHAPING_RATES:
            raise BadSetting(
                f"Noise is shaped at 44100 and 48000 Hz, not at {shape_at} Hz.",
                todo="Use plain dither, or --rate 44100.",
            )
        self._steps = 2.0 ** (bits - 1)
        self._random = np.random.default_rng(seed) if dither else None
        self._shape = compiled(shape) if shape_at is not None else None
        self._errors = np.zeros((0, 0))
        self.clipped = 0

    def process(self, block: Block) -> Integers:
        """Whole numbers for a block of samples, full scale = 1.0."""
        scaled = block * self._steps
        noise = np.zeros_like(scaled)
        if self._random is not None:
            dice = self._random.random((*block.shape, 2))
            noise = dice[..., 0] - dice[..., 1]
        if self._shape is None:
            whole = np.rint(scaled + noise)
        else:
            whole = np.ascontiguousarray(scaled)
            if not self._errors.size:
                self._errors = np.zeros((len(_SHAPING), block.shape[1]))
            self._shape(whole, np.ascontiguousarray(noise), _SHAPING, self._errors)
        over = (whole > self._steps - 1) | (whole < -self._steps)
        if over.any():
            self.clipped += int(np.count_nonzero(over))
            whole = np.clip(whole, -self._steps, self._steps - 1)
        return whole.astype(np.int32)


def fits(block: Block, bits: int) -> bool:
    """Whether every sample is a whole number of steps of a word length, inside its range."""
    scaled = block * 2.0 ** (bits - 1)
    inside = scaled.max() <= 2.0 ** (bits - 1) - 1 and scaled.min() >= -(2.0 ** (bits - 1))
    return bool(inside and (scaled == np.rint(scaled)).all())


def shape(samples: Block, noise: Block, taps: Block, errors: Block) -> None:
    """Round in place, with the rounding errors of the last frames fed back through a filter.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        In steps; whole numbers afterwards.
    noise : ndarray, shape (frames, channels)
        Dither in steps.
    taps : ndarray, shape (taps,)
        The error is heard through 1 - sum(taps[k] z^-(k+1)).
    errors : ndarray, shape (taps, channels)
        The last errors, newest first; carried from block to block.
    """
    count = taps.shape[0]
    for n in range(samples.shape[0]):
        for c in range(samples.shape[1]):
            wanted = samples[n, c]
            for k in range(count):
                wanted -= taps[k] * errors[k, c]
            whole = math.floor(wanted + noise[n, c] + 0.5)
            for k in range(count - 1, 0, -1):
                errors[k, c] = errors[k - 1, c]
            errors[0, c] = whole - wanted
            samples[n, c] = whole
