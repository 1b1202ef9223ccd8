"""Stems at another rate than the song, brought to it window by window, from any frame at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from studiohand.core.audio import BLOCK_FRAMES, Block, Span, Track
from studiohand.core.outcome import Move
from studiohand.dsp.effects.chain import Aligned
from studiohand.dsp.effects.filesteps import DeclareRate, Resample
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.run.songs.rendering import scaled_steps

_MARGIN_FRAMES = 4096


@dataclass(frozen=True, slots=True)
class WindowResampled(ResampledSource):
    """A source at another rate, each span converted alone.

    A window begins where a frame of one rate falls on a frame of the other.
    """

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the converted sound."""
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        if stop <= start_frame:
            return
        common = math.gcd(self.source.rate, self.rate)
        theirs, ours = self.source.rate // common, self.rate // common
        turns = max(start_frame // ours - math.ceil(_MARGIN_FRAMES / theirs), 0)
        last = math.ceil(stop * theirs / ours) + _MARGIN_FRAMES
        window = Span(self.source, turns * theirs, last)
        converted = Aligned(ResampledSource(window, self.rate))
        if start_frame > turns * ours:
            converted.next(start_frame - turns * ours)
        for at in range(start_frame, stop, size):
            yield converted.next(min(size, stop - at))


def at_rate(track: Track, rate: int) -> Track:
    """The track for listening at a rate: itself where it has that rate."""
    if track.source.rate == rate:
        return track
    return replace(track, source=WindowResampled(track.source, rate))


def brought(track: Track, moves: Sequence[Move], rate: int) -> Track | None:
    """A stem as the moves bring it to the song's rate; None where none does."""
    source = track.source
    steps = [step for step in scaled_steps(track.name, moves) if step.kind == "file"]
    for step in steps:
        if isinstance(step, DeclareRate):
            source = step.apply(source)
    resampled = any(isinstance(step, Resample) for step in steps)
    if source.rate != rate and not resampled:
        return None
    return at_rate(replace(track, source=source), rate)


def processing_only(moves: Sequence[Move]) -> list[Move]:
    """The moves without their file steps, which `brought` has carried out already."""
    return [
        replace(move, steps=tuple(step for step in move.steps if step.kind == "process"))
        for move in moves
    ]
