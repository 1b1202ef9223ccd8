"""What a chain does to the tone beyond its equaliser, heard on parts of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import MemorySource, Source, read_all
from studiohand.core.effect import Effect
from studiohand.core.job import Job
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.eq import Eq, analogue_db
from studiohand.dsp.landing.land import reach
from studiohand.dsp.matching.profile import GRID_HZ, Profile, profile_of
from studiohand.dsp.matching.sections import typical_db, widened
from studiohand.dsp.meters.loudness import LoudnessMeter

Curve = npt.NDArray[np.float64]

PART_S, PARTS = 5.0, 4
"""Parts spread over the record; what is not longer than all of them is heard as a whole."""


def lean_db(
    job: Job, source: Source, heard: Profile, eq: Eq, others: Sequence[Effect],
    louder_lu: float | None, ceiling_dbtp: float,
) -> Curve:  # fmt: skip
    """Tone after an equaliser and what follows it, less that after the equaliser alone.

    Compressors and limiters turn hits down more than what lies between, and so darken or thin the
    sound in ways that levels over time do not tell; so a part of the record is played through them.

    Parameters
    ----------
    source, heard
        The record and its profile.
    eq : Eq
        The first step.
    others : sequence of Effect
        The steps behind it.
    louder_lu : float or None
        How much louder than the record the limiter at the end has to make it; None: no limiter.
    ceiling_dbtp : float
        Of that limiter.

    Returns
    -------
    ndarray, shape (117,)
    """
    parts, frames = _parts(source, heard)
    before = replace(heard, mid=heard.mid[frames], side=heard.side[frames])
    chain = ProcessedSource(parts, (eq, *others))
    played = MemorySource(read_all(chain), source.rate)
    if louder_lu is not None and (lufs := _lufs(parts)) is not None:
        limiter, _ = reach(job, played, lufs + louder_lu, ceiling_dbtp)
        played = MemorySource(read_all(ProcessedSource(played, (limiter,))), source.rate)
    gained = typical_db(profile_of(played)) - typical_db(before)
    return np.asarray(gained - widened(analogue_db(eq.bands, GRID_HZ)[None])[0])


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
