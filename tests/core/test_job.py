"""The job: analyses are kept and told as soon as they are known."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import MemorySource, Source, Track
from studiohand.core.errors import Cancelled
from studiohand.core.job import Arrays, Job


def mean(source: Source) -> Arrays:
    return {"mean": np.array([next(source.blocks()).mean()])}


class Kept:
    def __init__(self) -> None:
        self.arrays: dict[str, Arrays] = {}

    def get(self, key: str) -> Arrays | None:
        return self.arrays.get(key)

    def put(self, key: str, arrays: Arrays) -> None:
        self.arrays[key] = arrays


def tracks() -> list[Track]:
    return [
        Track(f"t{n}", MemorySource(np.full((10, 1), float(n)), 8000), sha256=f"{n}")
        for n in range(3)
    ]


def test_each_result_is_told_before_the_last_is_known_and_from_the_cache_too() -> None:
    told: list[tuple[str, float]] = []
    job = Job(cache=Kept())
    for _ in range(2):
        results = job.analyse(
            mean, tracks(), "mean", each=lambda t, a: told.append((t.name, float(a["mean"][0])))
        )
        assert [float(r["mean"][0]) for r in results] == [0.0, 1.0, 2.0]
    assert told == [("t0", 0.0), ("t1", 1.0), ("t2", 2.0)] * 2


def test_what_was_analysed_before_a_stop_is_kept() -> None:
    kept, asked = Kept(), iter([False, False, True])
    job = Job(cache=kept, cancelled=lambda: next(asked))
    with pytest.raises(Cancelled):
        job.analyse(mean, tracks(), "mean")
    assert len(kept.arrays) == 2
