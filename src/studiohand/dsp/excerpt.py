"""A source from a later start on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studiohand.core.audio import BLOCK_FRAMES, Block, Source


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A source without its first frames.

    Parameters
    ----------
    source : Source
    skip_frames : int
        0 to its length less one.
    """

    source: Source
    skip_frames: int

    @property
    def rate(self) -> int:
        return self.source.rate

    @property
    def channels(self) -> int:
        return self.source.channels

    @property
    def frames(self) -> int:
        return self.source.frames - self.skip_frames

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        skip = self.skip_frames
        return self.source.blocks(size, start_frame + skip, stop + skip)
