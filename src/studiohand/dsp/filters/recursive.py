"""Recursive filters as matrix products: as exact as a loop over samples, without one.

A biquad cascade is a linear system with a state s. Over L samples at once it reads

    y = H x + O s,    s' = A^L s + B x

so a long signal is a few large matrix products and a scan over its rows' states. That needs only
numpy: `scipy.signal` would take longer to import than an hour of audio takes to filter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

ROW_FRAMES = 32
"""L: longer rows cost arithmetic, shorter ones cost passes over memory."""


class RecursiveFilter:
    """Second-order sections in a row, with their state, for each channel.

    Parameters
    ----------
    sections : ndarray, shape (n, 6)
        b0 b1 b2 a0 a1 a2 of each section, as in `scipy.signal.sosfilt`.
    channels : int
    """

    def __init__(self, sections: Matrix, channels: int) -> None:
        self._a, self._b, self._c, self._d = _state_space(sections)
        order = len(self._a)
        powers = _powers(self._a, ROW_FRAMES)
        self._observe = np.stack([self._c @ power for power in powers[:-1]]).T
        response = np.concatenate([[self._d], [self._c @ p @ self._b for p in powers[:-2]]])
        lag = np.subtract.outer(np.arange(ROW_FRAMES), np.arange(ROW_FRAMES))
        self._direct = np.ascontiguousarray(np.where(lag >= 0, response[lag], 0.0).T)
        self._enter = np.stack([p @ self._b for p in powers[-2::-1]])
        self._row_step = powers[-1]
        self._state = np.zeros((channels, order))

    def peek(self, planes: Matrix) -> Matrix:
        """As `process`, but the filter does not move on."""
        state = self._state
        out = self.process(planes)
        self._state = state
        return out

    def process(self, planes: Matrix) -> Matrix:
        """Filter the next frames, whose number is a multiple of `ROW_FRAMES`.

        Parameters
        ----------
        planes : ndarray, shape (channels, frames)

        Returns
        -------
        ndarray, shape (channels, frames)
        """
        channels, frames = planes.shape
        rows = planes.reshape(channels, -1, ROW_FRAMES)
        states = self._scan(rows @ self._enter)
        out: Matrix = rows @ self._direct
        out += states @ self._observe
        return out.reshape(channels, frames)

    def _scan(self, entering: Matrix) -> Matrix:
        """State at the start of each row: a prefix sum with doubling steps."""
        states = np.concatenate([self._state[:, None, :], entering], axis=1)
        step, span = self._row_step, 1
        while span < states.shape[1]:
            states[:, span:] += states[:, :-span] @ step.T
            step, span = step @ step, span * 2
        self._state = states[:, -1].copy()
        return states[:, :-1]


def _state_space(sections: Matrix) -> tuple[Matrix, Matrix, Matrix, float]:
    """A, b, c, d of the cascade, from transposed direct form II sections."""
    a, b, c, d = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for b0, b1, b2, a0, a1, a2 in sections:
        b0, b1, b2, a1, a2 = b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0
        own_a = np.array([[-a1, 1.0], [-a2, 0.0]])
        own_b = np.array([b1 - a1 * b0, b2 - a2 * b0])
        own_c = np.array([1.0, 0.0])
        lower = np.outer(own_b, c)
        a = np.block([[a, np.zeros((len(a), 2))], [lower, own_a]])
        b = np.concatenate([b, own_b * d])
        c = np.concatenate([c * b0, own_c])
        d *= b0
    return a, b, c, d


def _powers(matrix: Matrix, highest: int) -> list[Matrix]:
    powers = [np.eye(len(matrix))]
    for _ in range(highest):
        powers.append(powers[-1] @ matrix)
    return powers
