"""Sounds one after the other on one time axis: gaps, overlaps, fades at their ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import BLOCK_FRAMES, Block, Source
from studiohand.dsp.effects.chain import Aligned

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound and where it begins.

    Parameters
    ----------
    source : Source
    start_frame : int
        On the programme's axis, >= 0.
    fade_in_frames, fade_out_frames : int
        Half a cosine from silence to the whole level, and back.
    """

    source: Source
    start_frame: int
    fade_in_frames: int = 0
    fade_out_frames: int = 0

    @property
    def end_frame(self) -> int:
        """First frame after it."""
        return self.start_frame + self.source.frames

    def faded(self, block: Block, at: int) -> Block:
        """A block of the sound that begins at its frame `at`, with the fades."""
        before_end = self.source.frames - at
        if at >= self.fade_in_frames and before_end - len(block) >= self.fade_out_frames:
            return block
        frames = np.arange(at, at + len(block), dtype=np.float64)
        gain = _half_cosine(frames + 0.5, self.fade_in_frames)
        gain *= _half_cosine(self.source.frames - frames - 0.5, self.fade_out_frames)
        return np.asarray(block * gain[:, None])


@dataclass(frozen=True, slots=True)
class Programme:
    """Placed sounds as one source; where they overlap they add up, between them is silence.

    Parameters
    ----------
    parts : tuple of Placed
        All at one rate; a mono part goes to every channel.
    rate : int
        Hz.
    tail_frames : int
        Silence after the last sound.
    """

    parts: tuple[Placed, ...]
    rate: int
    tail_frames: int = 0

    @property
    def channels(self) -> int:
        """Number of channels of the widest part."""
        return max((part.source.channels for part in self.parts), default=2)

    @property
    def frames(self) -> int:
        """Length in frames."""
        return max((part.end_frame for part in self.parts), default=0) + self.tail_frames

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the programme; only the parts that sound are read."""
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        readers: dict[int, Aligned] = {}
        for at in range(start_frame, stop, size):
            end = min(at + size, stop)
            out = np.zeros((end - at, self.channels))
            for number, part in enumerate(self.parts):
                first, last = max(at, part.start_frame), min(end, part.end_frame)
                if first >= last:
                    readers.pop(number, None)
                    continue
                inside = first - part.start_frame
                reader = readers.setdefault(number, Aligned(part.source, size, inside))
                sound = part.faded(reader.next(last - first), inside)
                width = self.channels if sound.shape[1] == 1 else sound.shape[1]
                out[first - at : last - at, :width] += sound
            yield out


def _half_cosine(frames: Curve, length: int) -> Curve:
    """Rises from 0 to 1 over `length` frames; 1 everywhere for no length."""
    if length <= 0:
        return np.ones(len(frames))
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(frames / length, 0.0, 1.0)))
