"""A possible clash that no mix speaks for: a bump in one stem over another, measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.mir.mix.victims import Victim

Grid = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A bump of one stem, a stem that it would hide, and what is known of both.

    Parameters
    ----------
    hider : int
    victim : Victim
    curve_db : ndarray, shape (bands,)
        The bump.
    span : (int, int)
        Frames in which it is there: the first, and the one after the last.
    evidence : str
        ``"song"``: it comes and goes; ``"ear"``: it is there all along.
    measured : tuple of float
        What its log odds are a weighted sum of; which they are depends on the evidence.
    """

    hider: int
    victim: Victim
    curve_db: Grid
    span: tuple[int, int]
    evidence: str
    measured: tuple[float, ...]

    @property
    def band(self) -> int:
        """Where the bump has its middle."""
        return int(self.curve_db.argmax())
