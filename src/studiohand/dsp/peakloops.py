"""The loops that look for peaks, on samples and between them; `kernels.compiled` compiles them.

Arrays are float64 unless said.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Drawn = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


def highest(values: Block, width: int, out: Block) -> None:
    """Largest magnitude of each row of `width` values.

    Parameters
    ----------
    values : ndarray, shape (rows width,)
    width : int
    out : ndarray, shape (rows,)
    """
    for row in range(out.shape[0]):
        top = 0.0
        for n in range(row * width, row * width + width):
            top = max(top, abs(values[n]))
        out[row] = top


def most_bent(values: Block, width: int, out: Block) -> None:
    """Largest magnitude of the second difference in each row of `width` values, its ends left out.

    Parameters
    ----------
    values : ndarray, shape (rows width,)
    width : int
    out : ndarray, shape (rows,)
    """
    for row in range(out.shape[0]):
        top = 0.0
        first, last = max(row * width, 1), min(row * width + width, values.shape[0] - 1)
        for n in range(first, last):
            top = max(top, abs(values[n + 1] - 2.0 * values[n] + values[n - 1]))
        out[row] = top


def crest(
    samples: Block, points: Drawn, rows: Numbers, peak: Block, top: Block, state: Block
) -> None:
    """Largest magnitude of the curve from each frame to just before the next, in some rows.

    A parabola through the largest point finds the height between the points.

    Parameters
    ----------
    samples : ndarray, shape (frames + 1,)
    points : ndarray of float32, shape (some rows, frames of a row, phases)
        The curve after each frame at 1/phases, 2/phases, ...; last something else to be found.
    rows : ndarray of int64, shape (some rows,)
        Which rows of frames these are, rising.
    peak : ndarray, shape (frames,)
        Filled in those rows.
    top : ndarray, shape (frames,)
        Filled in those rows with the magnitude of what stands last.
    state : ndarray, shape (1,)
        Last point of the frame before, infinite where it was not drawn.
    """
    wide, between = points.shape[1], points.shape[2] - 1
    next_row, left = 0, state[0]
    for i in range(rows.shape[0]):
        if rows[i] != next_row:
            left = math.inf
        next_row = rows[i] + 1
        first = rows[i] * wide
        for n in range(wide):
            after = abs(samples[first + n + 1])
            here, before, right = abs(samples[first + n]), left, 0.0
            at = 0
            for p in range(between):
                now = abs(float(points[i, n, p]))
                if now > here:
                    here = now
                    at = p + 1
            if at > 0:
                before = abs(samples[first + n])
                if at > 1:
                    before = abs(float(points[i, n, at - 2]))
            right = abs(float(points[i, n, at])) if at < between else after
            bend = before - 2.0 * here + right
            if here >= before and here >= right and bend < 0.0:
                here -= 0.125 * (before - right) * (before - right) / bend
            peak[first + n] = here
            top[first + n] = abs(float(points[i, n, between]))
            left = abs(float(points[i, n, between - 1]))
    state[0] = left if next_row * wide == peak.shape[0] else math.inf
