"""From float to whole numbers, once and last: TPDF dither, exact where nothing is lost.

Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5),
1992: the sum of two independent uniform variables of one step each makes mean and power of the
error independent of the sound.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Integers = npt.NDArray[np.int32]
"""Samples as whole numbers in a word length's own range, shape (frames, channels)."""


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

    Attributes
    ----------
    clipped : int
        Samples that were beyond full scale, counted over all channels.
    """

    def __init__(self, bits: int, *, dither: bool, seed: int = 0) -> None:
        self._steps = 2.0 ** (bits - 1)
        self._random = np.random.default_rng(seed) if dither else None
        self.clipped = 0

    def process(self, block: Block) -> Integers:
        """Whole numbers for a block of samples, full scale = 1.0."""
        scaled = block * self._steps
        if self._random is not None:
            dice = self._random.random((*block.shape, 2))
            scaled += dice[..., 0] - dice[..., 1]
        whole = np.rint(scaled)
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
