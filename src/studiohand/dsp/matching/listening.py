"""Listening to the records that are to be matched, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studiohand.core.audio import Source, Track
from studiohand.core.job import Arrays, Job, OneWorker
from studiohand.dsp.matching.profile import Profile, Profiler
from studiohand.dsp.meters.loudness import LoudnessMeter

FEW_S = 600.0
"""Listening to less than this takes less time than workers take to start."""


def listen_to(source: Source) -> Arrays:
    """Profile and loudness of a source, as arrays to keep."""
    profiler = Profiler(source.rate, source.channels)
    loudness = LoudnessMeter(source.rate, source.channels)
    for block in source.blocks():
        planar = np.asfortranarray(block)
        profiler.update(planar)
        loudness.update(planar)
    lufs = loudness.integrated_lufs()
    return {
        **profiler.finish().to_arrays(),
        "lufs": np.array(math.nan if lufs is None else lufs),
    }


def listen(job: Job, tracks: Sequence[Track]) -> list[tuple[Profile, float]]:
    """Profile and LUFS (NaN in silence) of each track, on all cores where they are long."""
    if sum(track.source.frames / track.source.rate for track in tracks) < FEW_S:
        job = replace(job, workers=OneWorker())
    return [
        (
            Profile.from_arrays({name: each for name, each in arrays.items() if name != "lufs"}),
            float(np.asarray(arrays["lufs"]).item()),
        )
        for arrays in job.analyse(listen_to, tracks, "listen")
    ]
