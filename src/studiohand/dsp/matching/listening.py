"""Listening to the records that are to be matched, each once."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from studiohand.core.audio import BLOCK_FRAMES, Block, Source, SourceOf, Track
from studiohand.core.errors import Cancelled
from studiohand.core.job import Arrays, Item, Job, Result
from studiohand.dsp.kernels import loading
from studiohand.dsp.matching.profile import Profile, Profiler
from studiohand.dsp.meters.loudness import LoudnessMeter

_LOOK_S = 0.2
"""How often it is seen whether the person wants to stop."""


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


@dataclass(frozen=True, slots=True)
class _Until(SourceOf):
    """A source that ends with `Cancelled` once somebody has said stop."""

    stop: threading.Event

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        for block in self.source.blocks(size, start_frame, stop_frame):
            if self.stop.is_set():
                raise Cancelled
            yield block


class _Threads:
    """Hears everything side by side here, and loads what will be needed next.

    Workers of their own would take longer to start than most records, and as much memory again.
    """

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        done: Callable[[int], None],
        each: Callable[[int, Result], None],
    ) -> list[Result]:
        from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

        stop, results = threading.Event(), dict[int, Result]()
        with loading(), ThreadPoolExecutor(min(len(items), os.cpu_count() or 1) or 1) as threads:
            waiting = {
                threads.submit(function, cast("Item", _Until(cast("Source", item), stop))): index
                for index, item in enumerate(items)
            }
            try:
                while waiting:
                    for ended in wait(waiting, _LOOK_S, FIRST_COMPLETED).done:
                        index = waiting.pop(ended)
                        results[index] = ended.result()
                        each(index, results[index])
                    done(len(results))
            finally:
                stop.set()
        return [results[index] for index in range(len(items))]


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
