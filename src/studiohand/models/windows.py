"""Overlapped windows over a stream of any length: flat memory, no seams, any rate and layout.

A window's edges are thrown away, the rest is crossfaded with its neighbours by weights that add
up to one, so a model that copies its input gives the input back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import BLOCK_FRAMES, Block, Source
from studiohand.models.protocol import SeparationModel, Shape

Stack = npt.NDArray[np.float64]
"""Stems side by side, shape (frames, 2 * stems)."""


def weights(shape: Shape) -> npt.NDArray[np.float64]:
    """Weight of each frame of a window; neighbours' weights add up to one."""
    out = np.zeros(shape.window_frames)
    first, last = shape.margin_frames, shape.window_frames - shape.margin_frames
    rise = (np.arange(shape.fade_frames) + 0.5) / max(shape.fade_frames, 1)
    out[first:last] = 1.0
    out[first : first + shape.fade_frames] = rise
    out[last - shape.fade_frames : last] = rise[::-1]
    return out


class Windows:
    """Stereo at the model's rate in, stems out; the first frame out is the first frame in."""

    def __init__(self, model: SeparationModel, stems: tuple[str, ...]) -> None:
        shape = model.shape
        if shape.step_frames < shape.fade_frames:
            raise ValueError("the margins and the overlap leave no step between windows")
        self._model, self._stems, self._shape = model, stems, shape
        self._weights = weights(shape)[:, None]
        lead = shape.margin_frames + shape.fade_frames
        self._input = np.zeros((lead, 2))
        self._sum = np.zeros((shape.window_frames, 2 * len(stems)))
        self._skip = lead
        self._given = self._taken = 0

    def process(self, block: Block) -> Stack:
        """Frames that became complete; perhaps none."""
        self._taken += len(block)
        self._input = np.concatenate([self._input, block])
        done = []
        while len(self._input) >= self._shape.window_frames:
            done.append(self._step())
        return self._out(done)

    def flush(self) -> Stack:
        """The rest: exactly as many frames came out as went in."""
        done: list[Stack] = []
        while self._given + sum(len(part) for part in done) < self._taken:
            missing = self._shape.window_frames - len(self._input)
            if missing > 0:
                self._input = np.concatenate([self._input, np.zeros((missing, 2))])
            done.append(self._step())
        out = self._out(done)
        return out[: len(out) - max(0, self._given - self._taken)]

    def _step(self) -> Stack:
        shape = self._shape
        window = self._input[: shape.window_frames].astype(np.float32)
        if np.any(window):
            parts = self._model.separate(window, self._stems)
            joined = np.concatenate([parts[stem] for stem in self._stems], axis=1)
            self._sum += joined * self._weights
        ready = self._sum[: shape.step_frames].copy()
        self._sum[: -shape.step_frames] = self._sum[shape.step_frames :]
        self._sum[-shape.step_frames :] = 0.0
        self._input = self._input[shape.step_frames :]
        skipped = min(self._skip, len(ready))
        self._skip -= skipped
        return ready[skipped:]

    def _out(self, done: list[Stack]) -> Stack:
        out = np.concatenate(done) if done else np.zeros((0, self._sum.shape[1]))
        self._given += len(out)
        return out


class Resampled:
    """`Windows` behind sample-rate converters; as many frames come out as go in."""

    def __init__(self, model: SeparationModel, stems: tuple[str, ...], rate: int) -> None:
        import soxr

        self._windows = Windows(model, stems)
        self._into = soxr.ResampleStream(rate, model.shape.rate, 2, "float64", quality="HQ")
        self._back = soxr.ResampleStream(
            model.shape.rate, rate, 2 * len(stems), "float64", quality="HQ"
        )
        self._taken = self._given = 0

    def process(self, block: Block) -> Stack:
        """Frames that became complete; perhaps none."""
        self._taken += len(block)
        parts = self._windows.process(self._into.resample_chunk(np.ascontiguousarray(block)))
        return self._out(self._back.resample_chunk(parts))

    def flush(self) -> Stack:
        """The rest, to the exact length."""
        end = self._windows.process(self._into.resample_chunk(np.zeros((0, 2)), last=True))
        end = np.concatenate([end, self._windows.flush()])
        out = self._out(self._back.resample_chunk(end, last=True))
        missing = self._taken - self._given
        if missing > 0:
            return np.concatenate([out, np.zeros((missing, out.shape[1]))])
        return out[: len(out) + missing]

    def _out(self, out: Stack) -> Stack:
        self._given += len(out)
        return out


def pairs(channels: int) -> list[tuple[int, int]]:
    """Channels taken two by two; a channel without a partner is taken twice."""
    return [(i, min(i + 1, channels - 1)) for i in range(0, channels, 2)]


def separated(
    source: Source, model: SeparationModel, stems: tuple[str, ...], size: int = BLOCK_FRAMES
) -> Iterator[Stack]:
    """Blocks of the asked stems at the source's rate and length, (frames, stems, channels).

    They come in order and without gaps, but not in the sizes of the blocks read. Memory does not
    grow with length.
    """
    runs: Sequence[Windows | Resampled] = [
        Windows(model, stems)
        if source.rate == model.shape.rate
        else Resampled(model, stems, source.rate)
        for _ in pairs(source.channels)
    ]
    for block in source.blocks(size):
        parts = [
            run.process(block[:, list(p)])
            for run, p in zip(runs, pairs(source.channels), strict=True)
        ]
        yield _layout(parts, len(stems), source.channels)
    yield _layout([run.flush() for run in runs], len(stems), source.channels)


def _layout(parts: list[Stack], stems: int, channels: int) -> Stack:
    """Pairs of channels back to the source's layout; a doubled channel is the mean of its two."""
    out = np.zeros((len(parts[0]), stems, channels))
    for part, (left, right) in zip(parts, pairs(channels), strict=True):
        by_stem = part.reshape(len(part), stems, 2)
        if left == right:
            out[:, :, left] = by_stem.mean(axis=2)
        else:
            out[:, :, left], out[:, :, right] = by_stem[:, :, 0], by_stem[:, :, 1]
    return out
