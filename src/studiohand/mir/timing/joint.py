"""A stem and the others fitted to the mix together: which of several delays explains it best.

A correlation is biased where another stem holds much the same sound (a DI and its amplifier, two
microphones on one drum). Fitting all of them at once by least squares is not: what the others
explain is taken from the mix and from the stem alike, and the delay at which the rest of the
stem explains most of the rest of the mix is the right one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import Source
from studiohand.dsp.align import Spectrum
from studiohand.mir.timing.mix_match import REACH_FRAMES, SIZE, Search, bands_of, taper_of
from studiohand.mir.timing.spans import one_channel

_RIDGE = 1e-6
_SPANS, _NEAR_FRAMES = 2, 16


@dataclass(frozen=True, slots=True)
class Question:
    """A search whose likely delays are known.

    Parameters
    ----------
    search : Search
        Its `others` are fitted together with the stem.
    delays : tuple of int
        The best of them is followed uphill to its peak.
    """

    search: Search
    delays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The delay that explains most.

    Parameters
    ----------
    late_frames, sign : int
    explained : float
        Share of what the others leave of the mix that the stem explains there, 0 to 1.
    elsewhere : float
        The same at the best of the asked delays that is another place.
    """

    late_frames: int
    sign: int
    explained: float
    elsewhere: float


def fitted_together(question: Question) -> Answer:
    """Try the delays, then climb from the best; module-level, so that it can run in parallel."""
    rests = [_Rest(question.search, start) for start in question.search.starts[:_SPANS]]
    left = sum(rest.energy for rest in rests) + 1e-30
    shares: dict[int, float] = {}

    def height(delay: int) -> float:
        if delay not in shares:
            shares[delay] = sum(rest.explained_by(delay) for rest in rests) / left
        return abs(shares[delay])

    best = max(question.delays, key=height)
    for step in (4, 2, 1):
        while height(better := max(best - step, best + step, key=height)) > height(best):
            best = better
    others = [height(delay) for delay in question.delays if abs(delay - best) > _NEAR_FRAMES]
    return Answer(best, 1 if shares[best] >= 0 else -1, height(best), max(others, default=0.0))


class _Rest:
    """What the other stems leave of a span of the mix, band by band."""

    def __init__(self, search: Search, start: int) -> None:
        self._search, self._first = search, start - REACH_FRAMES
        self._parts = np.stack([self._spectrum(o.source, o.late_frames) for o in search.others])
        whole = self._spectrum(search.mix, 0)
        self._bands = bands_of(len(whole), search.rate)
        self._inverses = [self._inverse(low, high) for low, high in self._bands]
        self._rest = self._without(whole)
        self.energy = float(np.vdot(self._rest, self._rest).real)

    def explained_by(self, delay: int) -> float:
        """Energy of the rest that the stem explains at a delay, with the sign of its gain."""
        rest = self._without(self._spectrum(self._search.stem, delay))
        total = 0.0
        for low, high in self._bands:
            common = float(np.vdot(rest[low:high], self._rest[low:high]).real)
            own = float(np.vdot(rest[low:high], rest[low:high]).real) + 1e-20
            total += abs(common) * common / own
        return total

    def _spectrum(self, source: Source, late_frames: int) -> Spectrum:
        from scipy import fft

        search = self._search
        samples = one_channel(source, self._first + late_frames, SIZE, search.rate, search.side)
        return np.asarray(fft.rfft(samples * taper_of(SIZE)))

    def _inverse(self, low: int, high: int) -> Spectrum:
        piece = self._parts[:, low:high]
        gram = piece.conj() @ piece.T
        pull = _RIDGE * float(np.trace(gram).real) / len(piece) + 1e-20
        return np.asarray(np.linalg.inv(gram + pull * np.eye(len(piece))))

    def _without(self, spectrum: Spectrum) -> Spectrum:
        rest = spectrum.copy()
        for (low, high), inverse in zip(self._bands, self._inverses, strict=True):
            piece = self._parts[:, low:high]
            rest[low:high] -= (inverse @ (piece.conj() @ spectrum[low:high])) @ piece
        return rest
