"""Sample-rate conversion by libsoxr at its best quality, streamed; only ever when told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import BLOCK_FRAMES, Block, Source

QUALITY = "VHQ"
"""libsoxr's 28-bit recipe: linear phase, pass band to 0.913 of the lower Nyquist frequency."""


@dataclass(frozen=True, slots=True)
class ResampledSource:
    """A source at another rate: no latency, and round(frames x ratio) frames, at least one.

    Parameters
    ----------
    source : Source
    rate : int
        Hz. The source's own rate leaves every sample as it is.
    """

    source: Source
    rate: int

    @property
    def channels(self) -> int:
        return self.source.channels

    @property
    def frames(self) -> int:
        return max(1, round(self.source.frames * self.rate / self.source.rate))

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the converted sound; a span equals the same span of the whole."""
        if self.rate == self.source.rate:
            yield from self.source.blocks(size, start_frame, stop_frame)
            return
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        at = 0
        for block in self._converted():
            wanted = block[max(start_frame - at, 0) : max(stop - at, 0)]
            at += len(block)
            for cut in range(0, len(wanted), size):
                yield wanted[cut : cut + size]
            if at >= stop:
                return

    def _converted(self) -> Iterator[Block]:
        """The whole in blocks of the converter's choosing; at least `frames` frames."""
        import soxr

        stream = soxr.ResampleStream(
            self.source.rate, self.rate, self.channels, "float64", quality=QUALITY
        )
        came = taken = 0
        for block in self.source.blocks():
            taken += len(block)
            last = taken >= self.source.frames
            out = stream.resample_chunk(np.ascontiguousarray(block), last=last)
            came += len(out)
            if len(out):
                yield out
        if came < self.frames:  # libsoxr rounds half a frame the other way
            yield np.zeros((self.frames - came, self.channels))
