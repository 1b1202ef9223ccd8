"""Listening to the records that are to be matched, each once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from studiohand.core.ahead import together
from studiohand.core.audio import Source, Track
from studiohand.core.job import Arrays, Item, Job, Result
from studiohand.dsp.kernels import loading
from studiohand.dsp.matching.profile import Profile, Profiler
from studiohand.dsp.meters.loudness import LoudnessMeter


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


class _Threads:
    """Runs everything side by side here, and loads what will be needed next.

    Workers of their own would take longer to start than most records, and as much memory again.
    """

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        done: Callable[[int], None],
        each: Callable[[int, Result], None],
    ) -> list[Result]:
        calls = [partial(function, item) for item in items]
        with loading():
            results = together(calls)
        for index, result in enumerate(results):
            each(index, result)
            done(index + 1)
        return results


def listen(job: Job, tracks: Sequence[Track]) -> list[tuple[Profile, float]]:
    """Profile and LUFS (NaN in silence) of each track, side by side."""
    job = replace(job, workers=_Threads())
    return [
        (
            Profile.from_arrays({name: each for name, each in arrays.items() if name != "lufs"}),
            float(np.asarray(arrays["lufs"]).item()),
        )
        for arrays in job.analyse(listen_to, tracks, "listen")
    ]
