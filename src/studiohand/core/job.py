"""The job: progress, cancel, seed, and analyses that are computed once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from studiohand.core.ahead import ahead
from studiohand.core.audio import BLOCK_FRAMES, Block, Source, Track
from studiohand.core.errors import Cancelled

if TYPE_CHECKING:
    from studiohand.core.outcome import Finding

Arrays = Mapping[str, npt.NDArray[np.generic]]
"""What an analysis returns: named arrays of numbers (never objects), small enough to keep."""

Analysis = Callable[[Source], Arrays]
"""A module-level function of one source; slow, so it runs in parallel and its result is kept."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Cache(Protocol):
    """Keeps the results of analyses between runs."""

    def get(self, key: str) -> Arrays | None:
        """Arrays kept under a key, or None."""

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep arrays under a key."""


class Workers(Protocol):
    """Runs a module-level function over many items, on all cores."""

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        done: Callable[[int], None],
        each: Callable[[int, Result], None],
    ) -> list[Result]:
        """Results in the order of the items.

        `done(count)` and `each(index, result)` are called as they finish, in any order.
        """


class NoCache:
    """Keeps nothing."""

    def get(self, key: str) -> Arrays | None:
        return None

    def put(self, key: str, arrays: Arrays) -> None:
        return None


class OneWorker:
    """Runs everything here, one after the other."""

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        done: Callable[[int], None],
        each: Callable[[int, Result], None],
    ) -> list[Result]:
        results = []
        for count, item in enumerate(items, start=1):
            results.append(function(item))
            each(count - 1, results[-1])
            done(count)
        return results


@dataclass(slots=True)
class Job:
    """What a running tool is given to talk to the person who waits.

    Parameters
    ----------
    on_progress : callable
        Called with what is being done and the share done, 0 to 1.
    on_found : callable
        Called with a finding as soon as it is known.
    cancelled : callable
        True once the person wants to stop.
    may_run : callable
        Whether a learned model may run here, by its name; a song can forbid what a person allows.
    trying : callable
        Called with a sound that is played in full to see where it lands, and with its blocks, which
        it hands on: whoever will write the sound can keep them.
    workers, cache
        Where analyses run and are kept.
    seed : int
        The only source of randomness.
    """

    on_progress: Callable[[str, float], None] = lambda what, share: None
    on_found: Callable[[Finding], None] = lambda finding: None
    cancelled: Callable[[], bool] = lambda: False
    may_run: Callable[[str], bool] = lambda name: True
    trying: Callable[[Source, Iterator[Block]], Iterator[Block]] = lambda source, blocks: blocks
    workers: Workers = field(default_factory=OneWorker)
    cache: Cache = field(default_factory=NoCache)
    seed: int = 0

    def progress(self, what: str, share: float) -> None:
        """Say how far it is; raises `Cancelled` when the person has stopped it."""
        if self.cancelled():
            raise Cancelled
        self.on_progress(what, min(max(share, 0.0), 1.0))

    def found(self, *findings: Finding) -> None:
        """Show findings before the tool is done; they must also be in its outcome."""
        for finding in findings:
            self.on_found(finding)

    def read(self, source: Source, what: str, size: int = BLOCK_FRAMES) -> Iterator[Block]:
        """Blocks of a source, with progress and cancel."""
        at = 0
        blocks = source.blocks(size)
        for block in ahead(blocks) if source.frames > size else blocks:
            self.progress(what, at / max(source.frames, 1))
            at += len(block)
            yield block
        self.progress(what, 1.0)

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        what: str,
        each: Callable[[int, Result], None] = lambda index, result: None,
    ) -> list[Result]:
        """`function` (module-level) of every item on all cores, in order.

        `each(index, result)` is called here as soon as a result is known, in any order.
        """
        self.progress(what, 0.0)
        return self.workers.map(
            function, items, lambda count: self.progress(what, count / max(len(items), 1)), each
        )

    def analyse(
        self,
        analysis: Analysis,
        tracks: Sequence[Track],
        what: str,
        version: int = 1,
        each: Callable[[Track, Arrays], None] = lambda track, result: None,
    ) -> list[Arrays]:
        """Results of an analysis for each track, from the cache where they are known.

        Parameters
        ----------
        analysis : callable
            Module-level, reads the source in blocks, returns named arrays.
        what : str
            What the person reads meanwhile.
        version : int
            Raise it when the analysis changes, so that kept results are not used.
        each : callable
            Called with a track and its result as soon as that is known, in any order.
        """
        kept = [self.kept(analysis, track, version) for track in tracks]
        missing = [i for i, result in enumerate(kept) if result is None]

        def keep(number: int, result: Arrays) -> None:
            track = tracks[missing[number]]
            kept[missing[number]] = result
            if track.sha256:
                self.cache.put(_key(analysis, track, version), result)
            each(track, result)

        for track, known in zip(tracks, kept, strict=True):
            if known is not None:
                each(track, known)
        self.map(analysis, [tracks[i].source for i in missing], what, keep)
        return [result for result in kept if result is not None]

    def kept(self, analysis: Analysis, track: Track, version: int = 1) -> Arrays | None:
        """Result of an analysis where it is in the cache, None where it is not."""
        return self.cache.get(_key(analysis, track, version)) if track.sha256 else None


def _key(analysis: Analysis, track: Track, version: int) -> str:
    name = f"{analysis.__module__.removeprefix('studiohand.')}.{analysis.__name__}"
    return f"{name}-{version}-{track.sha256}"
