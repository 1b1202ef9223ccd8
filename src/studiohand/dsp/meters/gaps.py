"""Silence where there should be none: at the ends, and cut into the sound."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.units import db_to_gain

STEP_S = 0.001
SILENT_DBFS = -90.0
"""Peak below which nothing sounds: the noise of 16-bit dither lies there."""
ABRUPT_DBFS = -45.0
"""Sound that was this loud a millisecond before it stopped did not fade: it was cut."""
SHORTEST_S, LONGEST_S = 0.01, 0.5
"""Cut silences outside these are not heard, or are breaks that the music wants."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole in the sound.

    Parameters
    ----------
    start_s, end_s : float
    """

    start_s: float
    end_s: float


class GapMeter:
    """Finds silence in a stream.

    Parameters
    ----------
    rate : int
        Hz.
    """

    def __init__(self, rate: int) -> None:
        self._step = max(round(STEP_S * rate), 1)
        self._step_s = self._step / rate
        self._open = np.zeros(0)
        self._peaks: list[npt.NDArray[np.float32]] = []

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        joined = np.concatenate([self._open, np.abs(block.T).max(axis=0)])
        whole = len(joined) - len(joined) % self._step
        self._open = joined[whole:]
        self._peaks.append(joined[:whole].reshape(-1, self._step).max(axis=1).astype(np.float32))

    def lead_s(self) -> float:
        """Seconds of silence at the start; the whole length when nothing sounds."""
        sounding = np.flatnonzero(~self._silent())
        return float(sounding[0] if len(sounding) else len(self._all())) * self._step_s

    def tail_s(self) -> float:
        """Seconds of silence at the end; the whole length when nothing sounds."""
        sounding = np.flatnonzero(~self._silent())
        last = sounding[-1] + 1 if len(sounding) else 0
        return float(len(self._all()) - last) * self._step_s

    def gaps(self) -> list[Gap]:
        """Short silences that begin and end abruptly inside the sound."""
        peaks, silent = self._all(), self._silent()
        edges = np.flatnonzero(np.diff(silent.astype(np.int8)))
        found = []
        for before, after in pairwise(edges):
            # `before` is the last sounding step, `after` the last silent one
            seconds = (after - before) * self._step_s
            if not silent[before + 1] or not SHORTEST_S <= seconds <= LONGEST_S:
                continue
            if min(peaks[before], peaks[after + 1]) > db_to_gain(ABRUPT_DBFS):
                found.append(Gap((before + 1) * self._step_s, (after + 1) * self._step_s))
        return found

    def _all(self) -> npt.NDArray[np.float32]:
        self._peaks = [np.concatenate([*self._peaks, np.zeros(0, np.float32)])]
        return self._peaks[0]

    def _silent(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self._all() < db_to_gain(SILENT_DBFS))
