from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from studiohand.core.audio import BLOCK_FRAMES, Block, MemorySource, SourceOf, Track
from studiohand.core.errors import Cancelled
from studiohand.core.job import Job
from studiohand.dsp.matching.listening import listen
from tests.signals import pink


@dataclass(frozen=True, slots=True)
class Slow(SourceOf):
    """A tenth of a second for every block."""

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        for block in self.source.blocks(4096, start_frame, stop_frame):
            time.sleep(0.1)
            yield block


def test_listening_stops_soon_when_the_person_wants_it(rng: np.random.Generator) -> None:
    sound = pink(rng, 30.0, 44100, 2)
    tracks = [Track(name, Slow(MemorySource(sound, 44100))) for name in ("a", "b", "c")]
    asked = [0.0]

    def wanted() -> bool:
        asked[0] = asked[0] or time.monotonic()
        return time.monotonic() - asked[0] > 0.3

    with pytest.raises(Cancelled):
        listen(Job(cancelled=wanted), tracks)
    assert time.monotonic() - asked[0] < 10.0  # heard to the end it takes over thirty


def test_every_record_is_heard_as_it_is_by_itself(rng: np.random.Generator) -> None:
    sounds = [pink(rng, seconds, 44100, 2) for seconds in (3.0, 5.0, 4.0)]
    tracks = [Track(str(i), MemorySource(s, 44100)) for i, s in enumerate(sounds)]
    together = listen(Job(), tracks)
    for track, (profile, lufs) in zip(tracks, together, strict=True):
        (alone, own) = listen(Job(), [track])[0]
        assert lufs == own
        np.testing.assert_array_equal(profile.mid, alone.mid)
