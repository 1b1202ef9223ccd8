"""What a chain does to tone and sides beyond its equaliser, heard on parts of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import MemorySource, Source, read_all
from studiohand.core.effect import Effect
from studiohand.core.job import Job
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.eq import Eq, analogue_db
from studiohand.dsp.effects.width import Width
from studiohand.dsp.landing.land import reach
from studiohand.dsp.matching.foresee import foreseen
from studiohand.dsp.matching.profile import GRID_HZ, Profile, profile_of
from studiohand.dsp.matching.sections import typical_db, widened
from studiohand.dsp.meters.loudness import LoudnessMeter

Curve = npt.NDArray[np.float64]

PART_S, PARTS = 5.0, 4
"""Parts spread over the record; what is not longer than all of them is heard as a whole."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Parts of a record as they are, and as a chain leaves them.

    Parameters
    ----------
    before, after : Profile
    """

    before: Profile
    after: Profile

    def lean_db(self, eq: Eq, more: Sequence[Eq | Width]) -> Curve:
        """Tone after the chain and what else follows, less that after its equaliser alone.

        Returns
        -------
        ndarray, shape (117,)
        """
        after = self.after
        for step in more:
            after = foreseen(after, step)
        gained = typical_db(after) - typical_db(self.before)
        return np.asarray(gained - widened(analogue_db(eq.bands, GRID_HZ)[None])[0])


def rehearse(
    job: Job, source: Source, heard: Profile, chain: Sequence[Effect],
    louder_lu: float | None, ceiling_dbtp: float,
) -> Rehearsal:  # fmt: skip
    """Play parts of a record through a chain and a limiter at its end.

    Compressors and limiters turn hits down more than what lies between, and loud parts more than
    quiet ones; so they darken, thin or widen the sound in ways that levels over time do not tell.

    Parameters
    ----------
    source, heard
        The record and its profile.
    chain : sequence of Effect
    louder_lu : float or None
        How much louder than the record the limiter at the end has to make it; None: no limiter.
    ceiling_dbtp : float
        Of that limiter.
    """
    parts, frames = _parts(source, heard)
    before = replace(heard, mid=heard.mid[frames], side=heard.side[frames])
    played = MemorySource(read_all(ProcessedSource(parts, tuple(chain))), source.rate)
    if louder_lu is not None and (lufs := _lufs(parts)) is not None:
        limiter, _ = reach(job, played, lufs + louder_lu, ceiling_dbtp)
        played = MemorySource(read_all(ProcessedSource(played, (limiter,))), source.rate)
    return Rehearsal(before, profile_of(played))


def _parts(source: Source, heard: Profile) -> tuple[MemorySource, npt.NDArray[np.int64]]:
    """The parts one after the other, and which frames of the profile they are."""
    hop = round(heard.hop_s * source.rate)
    count, wide = len(heard.mid), round(PART_S / heard.hop_s)
    if count <= PARTS * wide:
        return MemorySource(read_all(source), source.rate), np.arange(count)
    starts = np.linspace(0, count - wide, PARTS).astype(np.int64)
    parts = [read_all(source, at * hop, (at + wide) * hop) for at in starts.tolist()]
    frames = (starts[:, None] + np.arange(wide)).ravel()
    return MemorySource(np.concatenate(parts), source.rate), frames


def _lufs(source: Source) -> float | None:
    meter = LoudnessMeter(source.rate, source.channels)
    for block in source.blocks():
        meter.update(block)
    return meter.integrated_lufs()
