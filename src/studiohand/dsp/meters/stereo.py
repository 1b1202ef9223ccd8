"""Correlation, width and DC of a stream."""

from __future__ import annotations

import math

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp.blocks.regroup import Planes, Regroup

_PIECE_FRAMES = 32768


class StereoMeter:
    """How the first two channels belong together, and the DC of all.

    Mono counts as the same signal on both sides: correlation 1, width 0.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        self._pair = min(channels, 2)
        self._regroup = Regroup(_PIECE_FRAMES, channels)
        self._products = np.zeros((self._pair, self._pair))
        self._sums = np.zeros(channels)
        self._frames = 0

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        self._frames += len(block)
        for piece in self._regroup.feed(block):
            self._products += _products(piece, self._pair)
            self._sums += piece.sum(axis=1)

    def correlation(self) -> float | None:
        """Zero-lag correlation of left and right, -1 to 1; None when one of them is silent."""
        ll, lr, rr = self._powers()
        if ll <= 0.0 or rr <= 0.0:
            return None
        return min(max(lr / math.sqrt(ll * rr), -1.0), 1.0)

    def width(self) -> float | None:
        """RMS of the side over RMS of the mid; None for silence and where nothing is in the middle.

        0 is mono, 1 is two sides that have nothing in common, above is out of phase.
        """
        ll, lr, rr = self._powers()
        mid, side = ll + rr + 2.0 * lr, ll + rr - 2.0 * lr
        if mid <= 1e-12 * (ll + rr):
            return None
        return math.sqrt(max(side, 0.0) / mid)

    def dc(self) -> float:
        """Mean of the channel whose mean is farthest from zero, full scale = 1."""
        means = (self._sums + self._regroup.rest().sum(axis=1)) / max(self._frames, 1)
        return float(means[np.argmax(np.abs(means))])

    def _powers(self) -> tuple[float, float, float]:
        products = self._products + _products(self._regroup.rest(), self._pair)
        return float(products[0, 0]), float(products[0, -1]), float(products[-1, -1])


def _products(planes: Planes, pair: int) -> Planes:
    first = planes[:pair]
    products: Planes = first @ first.T
    return products
