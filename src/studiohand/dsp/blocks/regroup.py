"""Blocks of any length in, pieces of one length out: why no meter depends on the cutting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Planes = npt.NDArray[np.float64]
"""Samples, shape (channels, frames): each channel contiguous, as arithmetic likes it."""


class Regroup:
    """Collects blocks of any length and hands out pieces of one length.

    Parameters
    ----------
    frames : int
        Length of a piece.
    channels : int
    """

    def __init__(self, frames: int, channels: int) -> None:
        self._held: Planes = np.empty((channels, frames))
        self._have = 0

    def feed(self, block: Block) -> list[Planes]:
        """Pieces completed by `block`, shape (channels, frames); not to be written to.

        A block in Fortran order is not copied on the way.
        """
        planes = np.asfortranarray(block).T
        frames = self._held.shape[1]
        if self._have + len(block) < frames:
            self._hold(planes)
            return []
        pieces: list[Planes] = []
        at = 0
        if self._have:
            at = frames - self._have
            self._hold(planes[:, :at])
            pieces.append(self._held)
            self._held = np.empty_like(self._held)
        whole = at + (len(block) - at) // frames * frames
        pieces.extend(planes[:, start : start + frames] for start in range(at, whole, frames))
        self._have = 0
        self._hold(planes[:, whole:])
        return pieces

    def rest(self) -> Planes:
        """Frames that do not fill a piece yet, shape (channels, fewer)."""
        return self._held[:, : self._have].copy()

    def _hold(self, planes: Planes) -> None:
        self._held[:, self._have : self._have + planes.shape[1]] = planes
        self._have += planes.shape[1]
