"""The song as it would be with its files' own faults repaired, for tools that judge the music."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from studiohand.core.audio import BLOCK_FRAMES, Block, Material, Source, SourceOf, Track
from studiohand.core.effect import Step, step_to_json
from studiohand.core.outcome import Move, Outcome, Severity
from studiohand.dsp.effects.filesteps import DeclareRate
from studiohand.dsp.effects.simple import Gain, Offset, Polarity

_MUTED_DB = -100.0


@dataclass(frozen=True, slots=True)
class ShiftedSource(SourceOf):
    """A source moved in time and perhaps inverted, of the same length, read from any frame.

    Parameters
    ----------
    frames_later : int
        Positive: later. Zeros come in, the other end is lost.
    factor : float
        1 or -1.
    """

    frames_later: int
    factor: float = 1.0

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        start = min(start_frame, stop)
        first = min(max(self.frames_later, start), stop)
        last = max(min(self.frames + self.frames_later, stop), first)
        yield from self._silence(first - start, size)
        if last > first:
            inside = (first - self.frames_later, last - self.frames_later)
            for block in self.source.blocks(size, *inside):
                yield block * self.factor
        yield from self._silence(stop - last, size)

    def _silence(self, frames: int, size: int) -> Iterator[Block]:
        for left in range(frames, 0, -size):
            yield np.zeros((min(left, size), self.channels))


def repaired_material(material: Material, outcomes: Sequence[Outcome]) -> Material:
    """The material with the repairs of what must or should be repaired in its files.

    Offsets, polarity and declared rates are applied, copies that a move would mute are left out.
    """
    weights = {f.id: f.severity for outcome in outcomes for f in outcome.findings}
    moves = [
        move
        for move in chain.from_iterable(outcome.moves for outcome in outcomes)
        if any(weights.get(i, Severity.COULD) is not Severity.COULD for i in move.because)
    ]
    stems = [_repaired(track, _steps_on(track.name, moves)) for track in material.stems]
    return replace(material, stems=tuple(track for track in stems if track is not None))


def _steps_on(name: str, moves: Sequence[Move]) -> list[Step]:
    return [step for move in moves if name in move.targets for step in move.steps]


def _repaired(track: Track, steps: Sequence[Step]) -> Track | None:
    """The track after its repairs; None for one that would be muted."""
    for step in steps:
        if isinstance(step, Gain) and step.db <= _MUTED_DB:
            return None
        if isinstance(step, Offset | Polarity | DeclareRate):
            track = replace(
                track, source=_through(track.source, step), sha256=_key(track.sha256, step)
            )
    return track


def _through(source: Source, step: Offset | Polarity | DeclareRate) -> Source:
    if isinstance(step, DeclareRate):
        return step.apply(source)
    if isinstance(step, Offset):
        return ShiftedSource(source, step.frames)
    return ShiftedSource(source, 0, -1.0) if step.invert else source


def _key(sha256: str, step: Step) -> str:
    """Another name for analyses of the changed sound; none where the original has none."""
    if not sha256:
        return ""
    text = sha256 + json.dumps(step_to_json(step), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
